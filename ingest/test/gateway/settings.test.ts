import { read, section } from '../../../test/docs/pages';
import { IngestSettingsError } from '../../gateway/environment';
import { readSettings } from '../../gateway/settings';

const REQUIRED = {
  RAW_BUCKET: 'raw',
  INGEST_JWKS: '/etc/ingest/jwks.json',
  INGEST_JWT_ISSUER: 'https://issuer.example',
  INGEST_JWT_AUDIENCE: 'lake',
};

const problems = (environment: Record<string, string | undefined>): string[] => {
  try {
    readSettings({ ...REQUIRED, ...environment });
    return [];
  } catch (error) {
    if (!(error instanceof IngestSettingsError)) throw error;
    for (const { fix } of error.problems) expect(error.message).toContain(`fix: ${fix}`);
    return error.problems.map(({ subject }) => subject);
  }
};

test('what must be set is enough; the rest has defaults', () => {
  const { server, commit, limits, rate } = readSettings(REQUIRED);
  expect([server.host, server.port, server.tls]).toEqual(['127.0.0.1', 5001, undefined]);
  expect([commit.latencyClass, commit.lingerMs, commit.putSeconds]).toEqual(['balanced', 100, 20]);
  expect(limits.events).toBeLessThanOrEqual(rate.burst);
});

test('tokens of Cognito are signed with RS256, and must be for the gateway like others', () => {
  expect(readSettings({ ...REQUIRED, INGEST_JWT_PROFILE: 'cognito' }).auth).toMatchObject({
    profile: 'cognito',
    algorithms: ['RS256'],
    rolesClaim: 'scope',
  });
  expect(problems({ INGEST_JWT_PROFILE: 'cognito', INGEST_JWT_AUDIENCE: '' })).toEqual(['INGEST_JWT_AUDIENCE']);
});

test('an empty variable is an absent one', () => {
  expect(readSettings({ ...REQUIRED, INGEST_REDIS_URL: '', INGEST_PORT: '' }).rate.redisUrl).toBeUndefined();
});

test('every mistake is reported at once', () => {
  const message = () =>
    readSettings({ INGEST_PORT: '99999', INGEST_LATENCY_CLASS: 'fast', INGEST_JWT_ALGORITHMS: 'none' });
  expect(message).toThrow(IngestSettingsError);
  expect(problems({ RAW_BUCKET: '', INGEST_PORT: '99999', INGEST_LATENCY_CLASS: 'fast' })).toEqual([
    'INGEST_PORT',
    'RAW_BUCKET',
    'INGEST_LATENCY_CLASS',
  ]);
});

test.each<[string, Record<string, string>]>([
  ['INGEST_PORT', { INGEST_PORT: '-1' }],
  ['INGEST_PORT', { INGEST_PORT: '5001x' }],
  ['INGEST_PORT', { INGEST_PORT: '1e3' }],
  ['INGEST_MAX_EVENTS', { INGEST_MAX_EVENTS: '0' }],
  ['INGEST_JWT_ALGORITHMS', { INGEST_JWT_ALGORITHMS: 'RS256,HS256' }],
  ['INGEST_JWT_ALGORITHMS', { INGEST_JWT_ALGORITHMS: 'none' }],
  ['INGEST_JWT_ALGORITHMS', { INGEST_JWT_PROFILE: 'cognito', INGEST_JWT_ALGORITHMS: 'ES256' }],
  ['INGEST_JWT_ROLES_CLAIM', { INGEST_JWT_PROFILE: 'cognito', INGEST_JWT_ROLES_CLAIM: 'cognito:groups' }],
  ['INGEST_JWT_PROFILE', { INGEST_JWT_PROFILE: 'auth0' }],
  ['INGEST_JWKS', { INGEST_JWKS: 'http://issuer.example/jwks.json' }],
  ['INGEST_HOST', { INGEST_HOST: '0.0.0.0' }],
  ['INGEST_TLS_KEY_FILE', { INGEST_TLS_CERT_FILE: '/cert.pem' }],
  ['INGEST_TLS_CERT_FILE', { INGEST_TLS_KEY_FILE: '/key.pem' }],
  ['INGEST_RATE_BURST', { INGEST_RATE_BURST: '100' }],
  ['INGEST_DRAIN_SECONDS', { INGEST_DRAIN_SECONDS: '20' }],
  ['INGEST_MAX_BUFFERED_BYTES', { INGEST_MAX_BUFFERED_BYTES: '1048576' }],
  ['INGEST_REDIS_URL', { INGEST_REDIS_URL: 'localhost:6379' }],
  ['INGEST_REDIS_PASSWORD', { INGEST_REDIS_PASSWORD: 'a', INGEST_REDIS_PASSWORD_FILE: '/b' }],
  ['INGEST_NODE_ID', { INGEST_NODE_ID: 'a/b' }],
  ['INGEST_LATENCY', { INGEST_LATENCY: 'low' }],
])('%s is refused in %j', (variable, environment) => {
  expect(problems(environment)).toEqual([variable]);
});

test('a drain that is shorter than a request may take is refused with both settings; an equal one is taken', () => {
  expect(() => readSettings({ ...REQUIRED, INGEST_DRAIN_SECONDS: '29' })).toThrow(
    'INGEST_DRAIN_SECONDS: is 29, but a request may take INGEST_REQUEST_SECONDS = 30 to be sent',
  );
  expect(problems({ INGEST_REQUEST_SECONDS: '46' })).toEqual(['INGEST_DRAIN_SECONDS']);
  expect(problems({ INGEST_DRAIN_SECONDS: '30' })).toEqual([]);
});

test.each<[Record<string, string>]>([
  [{ INGEST_HOST: '0.0.0.0', INGEST_PLAINTEXT: 'allow' }],
  [{ INGEST_HOST: '0.0.0.0', INGEST_TLS_CERT_FILE: '/cert.pem', INGEST_TLS_KEY_FILE: '/key.pem' }],
  [{ INGEST_JWKS: 'https://issuer.example/jwks.json' }],
  [{ INGEST_JWKS: 'http://127.0.0.1:8080/jwks.json' }],
])('%j is accepted', (environment) => {
  expect(problems(environment)).toEqual([]);
});

test('the page on ingest documents every variable, and no other', () => {
  const documented = [...section('ingest/docs/ingest.md', '## Settings').matchAll(/^\| `([A-Z_]+)`/gm)].map(
    ([, name]) => name,
  );
  const known = new Set(read('ingest/gateway/settings.ts').match(/(?<=')(?:INGEST|RAW)_[A-Z_]*[A-Z](?=')/g));
  expect(documented.sort()).toEqual([...known].sort());
});
