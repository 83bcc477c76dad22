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

const MIB = 1024 * 1024;

test('defaults are those of the page', () => {
  expect(readSettings(REQUIRED)).toEqual({
    server: {
      host: '127.0.0.1',
      port: 5001,
      tls: undefined,
      drainSeconds: 45,
      requestSeconds: 30,
      bodyBytesPerSecond: 4_096,
      nodeId: undefined,
    },
    rawBucket: 'raw',
    rawKmsKeyArn: undefined,
    s3: { endpoint: undefined },
    auth: {
      jwks: '/etc/ingest/jwks.json',
      issuer: 'https://issuer.example',
      profile: 'standard',
      audience: 'lake',
      algorithms: ['RS256', 'ES256'],
      rolesClaim: 'scope',
      partitionsClaim: undefined,
    },
    limits: {
      bodyBytes: 4 * MIB,
      inflatedBytes: 16 * MIB,
      events: 10_000,
      eventBytes: 262_144,
      fields: 2_000,
      depth: 32,
      partitions: 100,
      bufferedBytes: 48 * MIB,
    },
    commit: {
      latencyClass: 'balanced',
      lingerMs: 100,
      batchBytes: 8 * MIB,
      putSeconds: 20,
      putAttemptSeconds: 5,
      putsInFlight: 32,
    },
    window: { pastHours: 168, futureMinutes: 15 },
    rate: {
      perSecond: 5_000,
      burst: 20_000,
      nodes: 10,
      redisUrl: undefined,
      redisUsername: undefined,
      redisPassword: undefined,
      redisPasswordFile: undefined,
      redisTimeoutMs: 25,
    },
    dedupe: { seconds: 600, localEvents: 50_000 },
    telemetry: { logLevel: 'info', namespace: 'DataLake/Ingest', emfSeconds: 60 },
  });
});

/** The settings by their paths, such as `server.port`. */
function flat(settings: object, path = ''): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(flat(value, `${path}${name}.`))
        : [[`${path}${name}`, value]],
    ),
  );
}

test.each<[string, string, Readonly<Record<string, unknown>>]>([
  ['INGEST_HOST', '::1', { 'server.host': '::1' }],
  ['INGEST_PORT', '80', { 'server.port': 80 }],
  ['INGEST_DRAIN_SECONDS', '50', { 'server.drainSeconds': 50 }],
  ['INGEST_REQUEST_SECONDS', '20', { 'server.requestSeconds': 20 }],
  ['INGEST_BODY_BYTES_PER_SECOND', '0', { 'server.bodyBytesPerSecond': 0 }],
  ['INGEST_NODE_ID', 'node-1', { 'server.nodeId': 'node-1' }],
  ['RAW_BUCKET', 'other', { rawBucket: 'other' }],
  ['RAW_KMS_KEY_ARN', 'arn:aws:kms:x', { rawKmsKeyArn: 'arn:aws:kms:x' }],
  ['AWS_ENDPOINT_URL', 'http://all', { 's3.endpoint': 'http://all' }],
  ['AWS_ENDPOINT_URL_S3', 'http://s3', { 's3.endpoint': 'http://s3' }],
  ['INGEST_JWKS', 'https://issuer.example/jwks', { 'auth.jwks': 'https://issuer.example/jwks' }],
  ['INGEST_JWT_ISSUER', 'me', { 'auth.issuer': 'me' }],
  ['INGEST_JWT_AUDIENCE', 'you', { 'auth.audience': 'you' }],
  ['INGEST_JWT_ALGORITHMS', 'ES256', { 'auth.algorithms': ['ES256'] }],
  ['INGEST_JWT_ROLES_CLAIM', 'roles', { 'auth.rolesClaim': 'roles' }],
  ['INGEST_JWT_PARTITIONS_CLAIM', 'tenants', { 'auth.partitionsClaim': 'tenants' }],
  ['INGEST_MAX_BODY_BYTES', '1024', { 'limits.bodyBytes': 1_024 }],
  ['INGEST_MAX_INFLATED_BYTES', '300000', { 'limits.inflatedBytes': 300_000 }],
  ['INGEST_MAX_EVENTS', '7', { 'limits.events': 7 }],
  ['INGEST_MAX_EVENT_BYTES', '64', { 'limits.eventBytes': 64 }],
  ['INGEST_MAX_FIELDS', '8', { 'limits.fields': 8 }],
  ['INGEST_MAX_DEPTH', '9', { 'limits.depth': 9 }],
  ['INGEST_MAX_PARTITIONS', '10', { 'limits.partitions': 10 }],
  ['INGEST_MAX_BUFFERED_BYTES', `${20 * MIB}`, { 'limits.bufferedBytes': 20 * MIB }],
  ['INGEST_LATENCY_CLASS', 'low', { 'commit.latencyClass': 'low', 'commit.lingerMs': expect.any(Number) }],
  ['INGEST_LATENCY_CLASS', 'cheap', { 'commit.latencyClass': 'cheap', 'commit.lingerMs': expect.any(Number) }],
  ['INGEST_BATCH_BYTES', '2048', { 'commit.batchBytes': 2_048 }],
  ['INGEST_PUT_SECONDS', '21', { 'commit.putSeconds': 21 }],
  ['INGEST_PUT_ATTEMPT_SECONDS', '6', { 'commit.putAttemptSeconds': 6 }],
  ['INGEST_PUTS_IN_FLIGHT', '33', { 'commit.putsInFlight': 33 }],
  ['INGEST_PAST_HOURS', '1', { 'window.pastHours': 1 }],
  ['INGEST_FUTURE_MINUTES', '0', { 'window.futureMinutes': 0 }],
  ['INGEST_RATE_PER_SECOND', '1', { 'rate.perSecond': 1 }],
  ['INGEST_RATE_BURST', '10000', { 'rate.burst': 10_000 }],
  ['INGEST_NODES', '11', { 'rate.nodes': 11 }],
  ['INGEST_REDIS_URL', 'rediss://cache:6379', { 'rate.redisUrl': 'rediss://cache:6379' }],
  ['INGEST_REDIS_USERNAME', 'gateway', { 'rate.redisUsername': 'gateway' }],
  ['INGEST_REDIS_PASSWORD', 'secret', { 'rate.redisPassword': 'secret' }],
  ['INGEST_REDIS_PASSWORD_FILE', '/run/secret', { 'rate.redisPasswordFile': '/run/secret' }],
  ['INGEST_REDIS_TIMEOUT_MS', '26', { 'rate.redisTimeoutMs': 26 }],
  ['INGEST_DEDUPE_SECONDS', '601', { 'dedupe.seconds': 601 }],
  ['INGEST_DEDUPE_LOCAL', '0', { 'dedupe.localEvents': 0 }],
  ['INGEST_LOG_LEVEL', 'debug', { 'telemetry.logLevel': 'debug' }],
  ['INGEST_METRICS_NAMESPACE', 'Mine', { 'telemetry.namespace': 'Mine' }],
  ['INGEST_EMF_SECONDS', '0', { 'telemetry.emfSeconds': 0 }],
])('%s = %s changes what it is about, and nothing else', (variable, text, changed) => {
  const [before, after] = [flat(readSettings(REQUIRED)), flat(readSettings({ ...REQUIRED, [variable]: text }))];
  expect(after).toEqual({ ...before, ...changed });
  expect(after).not.toEqual(before);
});

test('TLS takes a certificate and a key, and nothing less', () => {
  const both = { INGEST_TLS_CERT_FILE: '/c', INGEST_TLS_KEY_FILE: '/k' };
  expect(readSettings({ ...REQUIRED, ...both, INGEST_HOST: '0.0.0.0' }).server.tls).toEqual({
    certFile: '/c',
    keyFile: '/k',
  });
  expect(problems({ INGEST_TLS_CERT_FILE: '/c' })).toEqual(['INGEST_TLS_KEY_FILE']);
  expect(problems({ INGEST_TLS_KEY_FILE: '/k' })).toEqual(['INGEST_TLS_CERT_FILE']);
});

test('rights of Cognito are in "scope", which may be said', () => {
  expect(problems({ INGEST_JWT_PROFILE: 'cognito', INGEST_JWT_ROLES_CLAIM: 'scope' })).toEqual([]);
  expect(problems({ INGEST_JWT_PROFILE: 'cognito', INGEST_JWT_ROLES_CLAIM: 'roles' })).toEqual([
    'INGEST_JWT_ROLES_CLAIM',
  ]);
});

test.each([
  ['http://issuer.example/jwks', false],
  ['HTTP://issuer.example/jwks', false],
  ['ftp://issuer.example/jwks', false],
  ['http://localhost.issuer.example/jwks', false],
  ['ftp://issuer.example/?http://localhost/', false],
  ['http://127.0.0.1:8080/jwks', true],
  ['http://localhost/jwks', true],
  ['http://[::1]:1/jwks', true],
  ['https://issuer.example/jwks', true],
  ['C:/keys.json', true],
])('keys at %s: %s', (INGEST_JWKS, isTaken) => {
  expect(problems({ INGEST_JWKS })).toEqual(isTaken ? [] : ['INGEST_JWKS']);
});
