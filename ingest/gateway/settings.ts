import type { S3Settings } from '../../lib/dataset/s3-settings';
import { KIB, MIB } from '../../lib/dataset/units';
import { type Environment, EnvironmentReader, IngestSettingsError } from './environment';

/**
 * Settings of the ingest gateway, from environment variables. This file is the whole contract between the gateway and
 * whatever starts it: the launch template on AWS, the image, `npm run ingest`, the tests. The AWS SDK reads its own
 * variables besides (`AWS_REGION`, credentials, `AWS_ENDPOINT_URL_S3`).
 *
 * Every variable, its default and its limits are listed in ingest/docs/ingest.md#settings.
 */
export interface IngestSettings {
  readonly server: ServerSettings;
  /** `RAW_BUCKET`: where events are put, under `raw/<dataset>/<partition>/`. Required. */
  readonly rawBucket: string;
  /** `RAW_KMS_KEY_ARN`: key of the objects, when it is not the bucket's default. @default the bucket's own encryption */
  readonly rawKmsKeyArn: string | undefined;
  readonly s3: S3Settings;
  readonly auth: AuthSettings;
  readonly limits: LimitSettings;
  readonly commit: CommitSettings;
  readonly window: WindowSettings;
  readonly rate: RateSettings;
  readonly dedupe: DedupeSettings;
  readonly telemetry: TelemetrySettings;
}

export interface ServerSettings {
  /** `INGEST_HOST`: address to listen on. @default '127.0.0.1' */
  readonly host: string;
  /** `INGEST_PORT`, 0 to 65535; 0 for any free port. @default 5001 */
  readonly port: number;
  /** `INGEST_TLS_CERT_FILE`, `INGEST_TLS_KEY_FILE`: PEM files; together they turn HTTPS on. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** `INGEST_DRAIN_SECONDS`, 1 to 300: longest time from SIGTERM to the exit. Longer than the PUT budget, and no
   * shorter than the request time. @default 45 */
  readonly drainSeconds: number;
  /** `INGEST_REQUEST_SECONDS`, 1 to 300: time that a client may take to send a request, and to read the response. @default 30 */
  readonly requestSeconds: number;
  /**
   * `INGEST_BODY_BYTES_PER_SECOND`: least rate at which a body must arrive, within each five seconds, 0 (none) to 1 MiB; slower
   * ones are answered with 408. @default 4 KiB
   */
  readonly bodyBytesPerSecond: number;
  /** `INGEST_NODE_ID`: names the process in keys and logs; letters, digits and `-`, at most 32. @default random */
  readonly nodeId: string | undefined;
}

export interface AuthSettings {
  /** `INGEST_JWKS`: https URL, or path of a file, with the public keys (JWK Set). Required. */
  readonly jwks: string;
  /** `INGEST_JWT_ISSUER`: exact `iss` of every token. Required. */
  readonly issuer: string;
  /**
   * `INGEST_JWT_PROFILE`: `standard`, or `cognito` for access tokens that Cognito gives machine clients, which have no `aud`.
   * @default 'standard'
   */
  readonly profile: JwtProfile;
  /** `INGEST_JWT_AUDIENCE`: what `aud` must contain; with `cognito` the resource server that scopes name. Required. */
  readonly audience: string;
  /** `INGEST_JWT_ALGORITHMS`: some of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, separated by commas. @default RS256,ES256; RS256 with `cognito` */
  readonly algorithms: readonly JwtAlgorithm[];
  /** `INGEST_JWT_ROLES_CLAIM`: claim with the roles, words of a string or an array of strings; not with `cognito`. @default 'scope' */
  readonly rolesClaim: string;
  /**
   * `INGEST_JWT_PARTITIONS_CLAIM`: claim that confines a token to values of leading partition keys: `tenant=acme`, or
   * `orders:tenant=acme` for one dataset, as words of a string or an array of strings. @default none is read
   */
  readonly partitionsClaim?: string | undefined;
}

const JWT_PROFILES = ['standard', 'cognito'] as const;
export type JwtProfile = (typeof JWT_PROFILES)[number];

const JWT_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
] as const;
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

export interface LimitSettings {
  /** `INGEST_MAX_BODY_BYTES`: body as sent. 1 KiB to 64 MiB. @default 4 MiB */
  readonly bodyBytes: number;
  /** `INGEST_MAX_INFLATED_BYTES`: body after gunzip. 1 KiB to 256 MiB. @default 16 MiB */
  readonly inflatedBytes: number;
  /** `INGEST_MAX_EVENTS`: events of a request, 1 to 100,000. @default 10,000 */
  readonly events: number;
  /** `INGEST_MAX_EVENT_BYTES`: one event, 64 bytes to 8 MiB. @default 256 KiB */
  readonly eventBytes: number;
  /** `INGEST_MAX_FIELDS`: members of an event at all levels together, 1 to 100,000. @default 2,000 */
  readonly fields: number;
  /** `INGEST_MAX_DEPTH`: levels of nesting of an event, 1 to 64. @default 32 */
  readonly depth: number;
  /** `INGEST_MAX_PARTITIONS`: partitions that the events of a request may lie in, 1 to 10,000. @default 100 */
  readonly partitions: number;
  /**
   * `INGEST_MAX_BUFFERED_BYTES`: bytes of all requests that are not answered yet; above it 503, and 429 to a subject that
   * holds more of it than stays free. 1 MiB to 4 GiB. More than the default may be longer work than a health check waits:
   * ingest/docs/scaling.md. @default 48 MiB
   */
  readonly bufferedBytes: number;
}

export type LatencyClass = 'low' | 'balanced' | 'cheap';

/** Milliseconds that a batch waits for more events. A PUT costs money whatever it holds. */
export const LINGER_MS: Readonly<Record<LatencyClass, number>> = { low: 10, balanced: 100, cheap: 500 };

export interface CommitSettings {
  /** `INGEST_LATENCY_CLASS`: low (10 ms), balanced (100 ms) or cheap (500 ms) of linger. @default 'balanced' */
  readonly latencyClass: LatencyClass;
  readonly lingerMs: number;
  /** `INGEST_BATCH_BYTES`: text that closes a batch before its time, 1 KiB to 64 MiB. @default 8 MiB */
  readonly batchBytes: number;
  /** `INGEST_PUT_SECONDS`: budget of a PUT with its retries, 1 to 60. @default 20 */
  readonly putSeconds: number;
  /** `INGEST_PUT_ATTEMPT_SECONDS`: time of one attempt, 1 to 60. @default 5 */
  readonly putAttemptSeconds: number;
  /** `INGEST_PUTS_IN_FLIGHT`: PUTs at the same time, 1 to 1,000. @default 32 */
  readonly putsInFlight: number;
}

export interface WindowSettings {
  /** `INGEST_PAST_HOURS`: age of the oldest event time that is accepted, 1 to 876,000. @default 168 (7 days) */
  readonly pastHours: number;
  /** `INGEST_FUTURE_MINUTES`: how far an event time may lie ahead of this clock, 0 to 527,040. @default 15 */
  readonly futureMinutes: number;
}

export interface RateSettings {
  /** `INGEST_RATE_PER_SECOND`: events a second of one subject over all nodes, 1 to 10,000,000. @default 5,000 */
  readonly perSecond: number;
  /** `INGEST_RATE_BURST`: events at once; at least `INGEST_MAX_EVENTS`, at most 100,000,000. @default 20,000 */
  readonly burst: number;
  /** `INGEST_NODES`: most gateway processes that share the limit; divides it while the store is down. 1 to 1,000. @default 10 */
  readonly nodes: number;
  /**
   * `INGEST_REDIS_URL`: `redis://` or `rediss://host:port`, of Redis 6 or Valkey without cluster mode. Without one, every
   * process limits by itself, at the whole rate. @default none
   */
  readonly redisUrl: string | undefined;
  /** `INGEST_REDIS_USERNAME`. @default none */
  readonly redisUsername: string | undefined;
  /** `INGEST_REDIS_PASSWORD`, or the text of the file `INGEST_REDIS_PASSWORD_FILE`. @default none */
  readonly redisPassword: string | undefined;
  readonly redisPasswordFile: string | undefined;
  /** `INGEST_REDIS_TIMEOUT_MS`: longest wait for the store, 1 to 1,000. @default 25 */
  readonly redisTimeoutMs: number;
}

export interface DedupeSettings {
  /** `INGEST_DEDUPE_SECONDS`: how long the store remembers an event, 1 to 86,400. @default 600 */
  readonly seconds: number;
  /** `INGEST_DEDUPE_LOCAL`: events that the process itself remembers, 0 to 10,000,000. @default 50,000 */
  readonly localEvents: number;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface TelemetrySettings {
  /** `INGEST_LOG_LEVEL`: debug also logs every request. @default 'info' */
  readonly logLevel: LogLevel;
  /** `INGEST_METRICS_NAMESPACE`: CloudWatch namespace of the EMF lines. @default 'DataLake/Ingest' */
  readonly namespace: string;
  /** `INGEST_EMF_SECONDS`: seconds between EMF lines on the standard output, 0 (none) to 3,600. @default 60 */
  readonly emfSeconds: number;
}

/**
 * Reads and checks every setting.
 *
 * @throws IngestSettingsError that lists every mistake
 */
export function readSettings(environment: Environment): IngestSettings {
  const env = new EnvironmentReader(environment);
  const settings: IngestSettings = {
    server: readServer(env),
    rawBucket: env.required('RAW_BUCKET', 'the name of the raw bucket'),
    rawKmsKeyArn: env.optional('RAW_KMS_KEY_ARN'),
    s3: { endpoint: env.optional('AWS_ENDPOINT_URL_S3') ?? env.optional('AWS_ENDPOINT_URL') },
    auth: readAuth(env),
    limits: {
      bodyBytes: env.whole('INGEST_MAX_BODY_BYTES', 4 * MIB, KIB, 64 * MIB),
      inflatedBytes: env.whole('INGEST_MAX_INFLATED_BYTES', 16 * MIB, KIB, 256 * MIB),
      events: env.whole('INGEST_MAX_EVENTS', 10_000, 1, 100_000),
      eventBytes: env.whole('INGEST_MAX_EVENT_BYTES', 256 * KIB, 64, 8 * MIB),
      fields: env.whole('INGEST_MAX_FIELDS', 2_000, 1, 100_000),
      depth: env.whole('INGEST_MAX_DEPTH', 32, 1, 64),
      partitions: env.whole('INGEST_MAX_PARTITIONS', 100, 1, 10_000),
      bufferedBytes: env.whole('INGEST_MAX_BUFFERED_BYTES', 48 * MIB, MIB, 4 * 1024 * MIB),
    },
    commit: readCommit(env),
    window: {
      pastHours: env.whole('INGEST_PAST_HOURS', 168, 1, 876_000),
      futureMinutes: env.whole('INGEST_FUTURE_MINUTES', 15, 0, 527_040),
    },
    rate: readRate(env),
    dedupe: {
      seconds: env.whole('INGEST_DEDUPE_SECONDS', 600, 1, 86_400),
      localEvents: env.whole('INGEST_DEDUPE_LOCAL', 50_000, 0, 10_000_000),
    },
    telemetry: {
      logLevel: env.oneOf('INGEST_LOG_LEVEL', 'info', LOG_LEVELS),
      namespace: env.optional('INGEST_METRICS_NAMESPACE') ?? 'DataLake/Ingest',
      emfSeconds: env.whole('INGEST_EMF_SECONDS', 60, 0, 3_600),
    },
  };
  checkTogether(env, settings);
  for (const name of env.unknown('INGEST_')) {
    env.fail(
      name,
      'is not a setting of the gateway',
      'correct its spelling, or remove it (ingest/docs/ingest.md#settings)',
    );
  }
  if (env.problems.length > 0) throw new IngestSettingsError(env.problems);
  return settings;
}

function readServer(env: EnvironmentReader): ServerSettings {
  const host = env.optional('INGEST_HOST') ?? '127.0.0.1';
  const certFile = env.optional('INGEST_TLS_CERT_FILE');
  const keyFile = env.optional('INGEST_TLS_KEY_FILE');
  const plaintext = env.oneOf('INGEST_PLAINTEXT', 'loopback', ['loopback', 'allow']);
  if (certFile === undefined && keyFile !== undefined) {
    env.fail('INGEST_TLS_CERT_FILE', 'is not set, but INGEST_TLS_KEY_FILE is', 'set both or none');
  }
  if (certFile !== undefined && keyFile === undefined) {
    env.fail('INGEST_TLS_KEY_FILE', 'is not set, but INGEST_TLS_CERT_FILE is', 'set both or none');
  }
  if (certFile === undefined && plaintext !== 'allow' && !/^(?:127\.|localhost$|::1$)/.test(host)) {
    env.fail(
      'INGEST_HOST',
      `listens on ${JSON.stringify(host)} without TLS, so that tokens would cross the network in the clear`,
      'set INGEST_TLS_CERT_FILE and INGEST_TLS_KEY_FILE; or INGEST_PLAINTEXT=allow where another process ends TLS',
    );
  }
  const nodeId = env.optional('INGEST_NODE_ID');
  if (nodeId !== undefined && !/^[A-Za-z0-9-]{1,32}$/.test(nodeId)) {
    env.fail('INGEST_NODE_ID', `is ${JSON.stringify(nodeId.slice(0, 80))}`, 'write 1 to 32 letters, digits or hyphens');
  }
  return {
    host,
    port: env.whole('INGEST_PORT', 5001, 0, 65_535),
    tls: certFile !== undefined && keyFile !== undefined ? { certFile, keyFile } : undefined,
    drainSeconds: env.whole('INGEST_DRAIN_SECONDS', 45, 1, 300),
    requestSeconds: env.whole('INGEST_REQUEST_SECONDS', 30, 1, 300),
    bodyBytesPerSecond: env.whole('INGEST_BODY_BYTES_PER_SECOND', 4 * KIB, 0, MIB),
    nodeId,
  };
}

function readAuth(env: EnvironmentReader): AuthSettings {
  const profile = env.oneOf('INGEST_JWT_PROFILE', 'standard', JWT_PROFILES);
  const rolesClaim = env.optional('INGEST_JWT_ROLES_CLAIM');
  const isCognito = profile === 'cognito';
  if (isCognito && rolesClaim !== undefined && rolesClaim !== 'scope') {
    env.fail('INGEST_JWT_ROLES_CLAIM', 'is set, but tokens of Cognito have their rights in "scope"', 'remove it');
  }
  return {
    jwks: readJwks(env),
    issuer: env.required('INGEST_JWT_ISSUER', 'the iss claim of your tokens'),
    profile,
    audience: env.required(
      'INGEST_JWT_AUDIENCE',
      isCognito ? 'the identifier of your resource server' : 'the aud claim of your tokens',
    ),
    algorithms: isCognito
      ? env.listOf('INGEST_JWT_ALGORITHMS', ['RS256'], ['RS256'])
      : env.listOf('INGEST_JWT_ALGORITHMS', ['RS256', 'ES256'], JWT_ALGORITHMS),
    rolesClaim: rolesClaim ?? 'scope',
    partitionsClaim: env.optional('INGEST_JWT_PARTITIONS_CLAIM'),
  };
}

function readJwks(env: EnvironmentReader): string {
  const jwks = env.required('INGEST_JWKS', 'the https URL or the file of your JWK Set');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(jwks) && !isSecureUrl(jwks)) {
    env.fail('INGEST_JWKS', 'is a URL that anyone on the way could answer', 'use https, or a file');
  }
  return jwks;
}

const isSecureUrl = (text: string): boolean =>
  URL.canParse(text) && (text.startsWith('https://') || /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])[:/]/.test(text));

function readCommit(env: EnvironmentReader): CommitSettings {
  const latencyClass = env.oneOf('INGEST_LATENCY_CLASS', 'balanced', ['low', 'balanced', 'cheap']);
  return {
    latencyClass,
    lingerMs: LINGER_MS[latencyClass],
    batchBytes: env.whole('INGEST_BATCH_BYTES', 8 * MIB, KIB, 64 * MIB),
    putSeconds: env.whole('INGEST_PUT_SECONDS', 20, 1, 60),
    putAttemptSeconds: env.whole('INGEST_PUT_ATTEMPT_SECONDS', 5, 1, 60),
    putsInFlight: env.whole('INGEST_PUTS_IN_FLIGHT', 32, 1, 1_000),
  };
}

function readRate(env: EnvironmentReader): RateSettings {
  const redisUrl = env.optional('INGEST_REDIS_URL');
  if (redisUrl !== undefined && !(URL.canParse(redisUrl) && /^rediss?:\/\//.test(redisUrl))) {
    env.fail(
      'INGEST_REDIS_URL',
      'is not a URL of a Redis or Valkey server',
      'write redis://host:6379 or rediss://host:6379',
    );
  }
  return {
    perSecond: env.whole('INGEST_RATE_PER_SECOND', 5_000, 1, 10_000_000),
    burst: env.whole('INGEST_RATE_BURST', 20_000, 1, 100_000_000),
    nodes: env.whole('INGEST_NODES', 10, 1, 1_000),
    redisUrl,
    redisUsername: env.optional('INGEST_REDIS_USERNAME'),
    redisPassword: env.optional('INGEST_REDIS_PASSWORD'),
    redisPasswordFile: env.optional('INGEST_REDIS_PASSWORD_FILE'),
    redisTimeoutMs: env.whole('INGEST_REDIS_TIMEOUT_MS', 25, 1, 1_000),
  };
}

/** Checks of variables against each other. */
function checkTogether(env: EnvironmentReader, { server, limits, commit, rate }: IngestSettings): void {
  const demand = (ok: boolean, variable: string, problem: string, fix: string): void => {
    if (!ok) env.fail(variable, problem, fix);
  };
  demand(
    rate.burst >= limits.events,
    'INGEST_RATE_BURST',
    `is ${rate.burst}, so that a request of INGEST_MAX_EVENTS = ${limits.events} events could never pass`,
    `raise it to ${limits.events} or more, or lower INGEST_MAX_EVENTS`,
  );
  demand(
    server.drainSeconds > commit.putSeconds,
    'INGEST_DRAIN_SECONDS',
    `is ${server.drainSeconds}, but a PUT may take INGEST_PUT_SECONDS = ${commit.putSeconds}`,
    `raise it above ${commit.putSeconds}, or events would be cut off while they are stored`,
  );
  demand(
    server.drainSeconds >= server.requestSeconds || server.drainSeconds <= commit.putSeconds,
    'INGEST_DRAIN_SECONDS',
    `is ${server.drainSeconds}, but a request may take INGEST_REQUEST_SECONDS = ${server.requestSeconds} to be sent`,
    `raise it to ${server.requestSeconds} or more, or lower INGEST_REQUEST_SECONDS: requests that are under way would be cut off`,
  );
  demand(
    limits.inflatedBytes >= limits.eventBytes && limits.bufferedBytes >= limits.inflatedBytes,
    'INGEST_MAX_BUFFERED_BYTES',
    'must hold a whole body (INGEST_MAX_INFLATED_BYTES), and a body a whole event (INGEST_MAX_EVENT_BYTES)',
    'raise it, or lower the other two',
  );
  demand(
    rate.redisPassword === undefined || rate.redisPasswordFile === undefined,
    'INGEST_REDIS_PASSWORD',
    'and INGEST_REDIS_PASSWORD_FILE are both set',
    'set one of them',
  );
}
