import type { Problem } from '../../../lib/dataset/problems';
import { IngestSettingsError } from '../../gateway/environment';
import { readSettings } from '../../gateway/settings';

const KIB = 1024;
const MIB = 1024 * KIB;

const REQUIRED = {
  RAW_BUCKET: 'raw',
  INGEST_JWKS: '/etc/ingest/jwks.json',
  INGEST_JWT_ISSUER: 'https://issuer.example',
  INGEST_JWT_AUDIENCE: 'lake',
};

type Variables = Readonly<Record<string, string>>;

function mistakes(environment: Variables): readonly Problem[] {
  try {
    readSettings({ ...REQUIRED, ...environment });
    return [];
  } catch (error) {
    if (!(error instanceof IngestSettingsError)) throw error;
    return error.problems;
  }
}

test('an error names itself, what it is about, and each variable with what to do', () => {
  const read = (): unknown => readSettings({ ...REQUIRED, RAW_BUCKET: '', INGEST_NODES: '0' });
  expect(read).toThrow(
    expect.objectContaining({
      name: 'IngestSettingsError',
      message: [
        '2 mistakes in the ingest settings:',
        '  RAW_BUCKET: is not set',
        '    fix: set it to the name of the raw bucket',
        '  INGEST_NODES: must be a whole number, but is "0"',
        '    fix: write a number from 1 to 1000',
      ].join('\n'),
    }),
  );
});

const COGNITO = { INGEST_JWT_PROFILE: 'cognito' };
const ALGORITHMS = 'RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,EdDSA';
const NO_TLS = 'without TLS, so that tokens would cross the network in the clear';
const TLS =
  'set INGEST_TLS_CERT_FILE and INGEST_TLS_KEY_FILE; or INGEST_PLAINTEXT=allow where another process ends TLS';
const HELD = 'must hold a whole body (INGEST_MAX_INFLATED_BYTES), and a body a whole event (INGEST_MAX_EVENT_BYTES)';
const NOT_SECURE = 'is a URL that anyone on the way could answer';
const NO_REDIS = 'is not a URL of a Redis or Valkey server';
const REDIS = 'write redis://host:6379 or rediss://host:6379';

test.each<[string, Variables, string, string]>([
  ['RAW_BUCKET', { RAW_BUCKET: '' }, 'is not set', 'set it to the name of the raw bucket'],
  ['INGEST_JWKS', { INGEST_JWKS: '' }, 'is not set', 'set it to the https URL or the file of your JWK Set'],
  ['INGEST_JWT_ISSUER', { INGEST_JWT_ISSUER: '' }, 'is not set', 'set it to the iss claim of your tokens'],
  ['INGEST_JWT_AUDIENCE', { INGEST_JWT_AUDIENCE: '' }, 'is not set', 'set it to the aud claim of your tokens'],
  [
    'INGEST_JWT_AUDIENCE',
    { ...COGNITO, INGEST_JWT_AUDIENCE: '' },
    'is not set',
    'set it to the identifier of your resource server',
  ],
  ['INGEST_JWT_PROFILE', { INGEST_JWT_PROFILE: 'auth0' }, 'has no value "auth0"', 'write one of standard, cognito'],
  [
    'INGEST_JWT_ALGORITHMS',
    { INGEST_JWT_ALGORITHMS: 'RS256, HS256,none' },
    'has no value "HS256", "none"',
    `write some of ${ALGORITHMS}`,
  ],
  [
    'INGEST_JWT_ALGORITHMS',
    { ...COGNITO, INGEST_JWT_ALGORITHMS: 'ES256' },
    'has no value "ES256"',
    'write some of RS256',
  ],
  [
    'INGEST_JWT_ROLES_CLAIM',
    { ...COGNITO, INGEST_JWT_ROLES_CLAIM: 'cognito:groups' },
    'is set, but tokens of Cognito have their rights in "scope"',
    'remove it',
  ],
  ['INGEST_JWKS', { INGEST_JWKS: 'http://issuer.example/jwks.json' }, NOT_SECURE, 'use https, or a file'],
  [
    'INGEST_TLS_KEY_FILE',
    { INGEST_TLS_CERT_FILE: '/c' },
    'is not set, but INGEST_TLS_CERT_FILE is',
    'set both or none',
  ],
  ['INGEST_TLS_CERT_FILE', { INGEST_TLS_KEY_FILE: '/k' }, 'is not set, but INGEST_TLS_KEY_FILE is', 'set both or none'],
  ['INGEST_HOST', { INGEST_HOST: '0.0.0.0' }, `listens on "0.0.0.0" ${NO_TLS}`, TLS],
  ['INGEST_HOST', { INGEST_HOST: '10.127.0.1' }, `listens on "10.127.0.1" ${NO_TLS}`, TLS],
  ['INGEST_HOST', { INGEST_HOST: 'localhost.example' }, `listens on "localhost.example" ${NO_TLS}`, TLS],
  ['INGEST_HOST', { INGEST_HOST: '::1:2' }, `listens on "::1:2" ${NO_TLS}`, TLS],
  ['INGEST_PLAINTEXT', { INGEST_PLAINTEXT: 'yes' }, 'has no value "yes"', 'write one of loopback, allow'],
  ['INGEST_NODE_ID', { INGEST_NODE_ID: 'a/b' }, 'is "a/b"', 'write 1 to 32 letters, digits or hyphens'],
  [
    'INGEST_NODE_ID',
    { INGEST_NODE_ID: 'x'.repeat(100) },
    `is "${'x'.repeat(80)}"`,
    'write 1 to 32 letters, digits or hyphens',
  ],
  [
    'INGEST_LATENCY_CLASS',
    { INGEST_LATENCY_CLASS: `fast${'!'.repeat(100)}` },
    `has no value "fast${'!'.repeat(76)}"`,
    'write one of low, balanced, cheap',
  ],
  ['INGEST_LOG_LEVEL', { INGEST_LOG_LEVEL: 'trace' }, 'has no value "trace"', 'write one of debug, info, warn, error'],
  ...['localhost:6379', 'http://localhost', 'x://redis://localhost', 'redis://['].map(
    (INGEST_REDIS_URL): [string, Variables, string, string] => [
      'INGEST_REDIS_URL',
      { INGEST_REDIS_URL },
      NO_REDIS,
      REDIS,
    ],
  ),
  [
    'INGEST_REDIS_PASSWORD',
    { INGEST_REDIS_PASSWORD: 'a', INGEST_REDIS_PASSWORD_FILE: '/b' },
    'and INGEST_REDIS_PASSWORD_FILE are both set',
    'set one of them',
  ],
  [
    'INGEST_RATE_BURST',
    { INGEST_RATE_BURST: '9999' },
    'is 9999, so that a request of INGEST_MAX_EVENTS = 10000 events could never pass',
    'raise it to 10000 or more, or lower INGEST_MAX_EVENTS',
  ],
  [
    'INGEST_DRAIN_SECONDS',
    { INGEST_DRAIN_SECONDS: '20' },
    'is 20, but a PUT may take INGEST_PUT_SECONDS = 20',
    'raise it above 20, or events would be cut off while they are stored',
  ],
  [
    'INGEST_DRAIN_SECONDS',
    { INGEST_DRAIN_SECONDS: '29' },
    'is 29, but a request may take INGEST_REQUEST_SECONDS = 30 to be sent',
    'raise it to 30 or more, or lower INGEST_REQUEST_SECONDS: requests that are under way would be cut off',
  ],
  [
    'INGEST_MAX_BUFFERED_BYTES',
    { INGEST_MAX_BUFFERED_BYTES: String(16 * MIB - 1) },
    HELD,
    'raise it, or lower the other two',
  ],
  [
    'INGEST_MAX_BUFFERED_BYTES',
    { INGEST_MAX_INFLATED_BYTES: String(256 * KIB - 1) },
    HELD,
    'raise it, or lower the other two',
  ],
  [
    'INGEST_LATENCY',
    { INGEST_LATENCY: 'low' },
    'is not a setting of the gateway',
    'correct its spelling, or remove it (ingest/docs/ingest.md#settings)',
  ],
])('%s in %j: what is wrong, and what to do', (subject, environment, problem, fix) => {
  expect(mistakes(environment)).toEqual([{ subject, problem, fix }]);
});

test.each<[Variables]>([
  [{ INGEST_RATE_BURST: '10000' }],
  [{ INGEST_DRAIN_SECONDS: '21', INGEST_REQUEST_SECONDS: '21' }],
  [{ INGEST_DRAIN_SECONDS: '30' }],
  [{ INGEST_MAX_BUFFERED_BYTES: String(16 * MIB) }],
  [{ INGEST_MAX_INFLATED_BYTES: String(256 * KIB) }],
  [{ INGEST_NODE_ID: 'x'.repeat(32) }],
  [{ INGEST_HOST: '127.9.9.9' }],
  [{ INGEST_HOST: 'localhost' }],
  [{ INGEST_HOST: '::1' }],
  [{ INGEST_REDIS_URL: 'redis://localhost' }],
  [{ INGEST_REDIS_URL: 'rediss://localhost:6379' }],
  [{ INGEST_JWKS: '/etc/https://keys.json' }],
  // Other programs have variables, too.
  [{ LATENCY: 'low', XINGEST_LATENCY: 'low' }],
])('%j is right', (environment) => {
  expect(mistakes(environment)).toEqual([]);
});

test('words of a list may have white space around them; their order does not matter', () => {
  const { auth } = readSettings({ ...REQUIRED, INGEST_JWT_ALGORITHMS: ' ES256 ,RS256' });
  expect(auth.algorithms).toEqual(['RS256', 'ES256']);
  expect(readSettings({ ...REQUIRED, ...COGNITO, INGEST_JWT_ALGORITHMS: 'RS256' }).auth.algorithms).toEqual(['RS256']);
});

/** What must change with a variable, so that no check of several variables fails. */
const BESIDES: Readonly<Record<string, Variables>> = {
  INGEST_MAX_EVENTS: { INGEST_RATE_BURST: '100000' },
  INGEST_RATE_BURST: { INGEST_MAX_EVENTS: '1' },
  INGEST_MAX_INFLATED_BYTES: { INGEST_MAX_EVENT_BYTES: '64', INGEST_MAX_BUFFERED_BYTES: String(4_096 * MIB) },
  INGEST_MAX_BUFFERED_BYTES: { INGEST_MAX_EVENT_BYTES: '64', INGEST_MAX_INFLATED_BYTES: String(KIB) },
  INGEST_DRAIN_SECONDS: { INGEST_PUT_SECONDS: '1', INGEST_REQUEST_SECONDS: '1' },
  INGEST_REQUEST_SECONDS: { INGEST_DRAIN_SECONDS: '300' },
  INGEST_PUT_SECONDS: { INGEST_DRAIN_SECONDS: '300' },
};

describe.each<[string, number, number]>([
  ['INGEST_PORT', 0, 65_535],
  ['INGEST_DRAIN_SECONDS', 2, 300],
  ['INGEST_REQUEST_SECONDS', 1, 300],
  ['INGEST_BODY_BYTES_PER_SECOND', 0, MIB],
  ['INGEST_MAX_BODY_BYTES', KIB, 64 * MIB],
  ['INGEST_MAX_INFLATED_BYTES', KIB, 256 * MIB],
  ['INGEST_MAX_EVENTS', 1, 100_000],
  ['INGEST_MAX_EVENT_BYTES', 64, 8 * MIB],
  ['INGEST_MAX_FIELDS', 1, 100_000],
  ['INGEST_MAX_DEPTH', 1, 64],
  ['INGEST_MAX_PARTITIONS', 1, 10_000],
  ['INGEST_MAX_BUFFERED_BYTES', MIB, 4_096 * MIB],
  ['INGEST_BATCH_BYTES', KIB, 64 * MIB],
  ['INGEST_PUT_SECONDS', 1, 60],
  ['INGEST_PUT_ATTEMPT_SECONDS', 1, 60],
  ['INGEST_PUTS_IN_FLIGHT', 1, 1_000],
  ['INGEST_PAST_HOURS', 1, 876_000],
  ['INGEST_FUTURE_MINUTES', 0, 527_040],
  ['INGEST_RATE_PER_SECOND', 1, 10_000_000],
  ['INGEST_RATE_BURST', 1, 100_000_000],
  ['INGEST_NODES', 1, 1_000],
  ['INGEST_REDIS_TIMEOUT_MS', 1, 1_000],
  ['INGEST_DEDUPE_SECONDS', 1, 86_400],
  ['INGEST_DEDUPE_LOCAL', 0, 10_000_000],
  ['INGEST_EMF_SECONDS', 0, 3_600],
])('%s', (variable, least, most) => {
  const given = (text: string) => mistakes({ ...BESIDES[variable], [variable]: text });

  test(`is from ${least} to ${most}, both included`, () => {
    expect([given(String(least)), given(String(most))]).toEqual([[], []]);
  });

  test('is nothing else: not one less or more, and not another way to write a number', () => {
    // A drain of one second is a number, but shorter than any PUT.
    const beyond = variable === 'INGEST_DRAIN_SECONDS' ? [0, most + 1] : [least - 1, most + 1];
    for (const text of [...beyond.map(String), '1e3', '0x10', ' 7', '7.0', 'seven', '1'.repeat(17)]) {
      expect(given(text)).toContainEqual({
        subject: variable,
        problem: `must be a whole number, but is "${text}"`,
        fix: `write a number from ${variable === 'INGEST_DRAIN_SECONDS' ? 1 : least} to ${most}`,
      });
    }
  });
});
