import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type Dataset, takesEvents } from '../../lib/dataset';
import { type KeySource, keySource } from './auth/keys';
import { TokenVerifier } from './auth/tokens';
import { Committer, type EventMemory } from './commit/committer';
import { RedisEventMemory } from './commit/redis-memory';
import { createS3Client, S3Sink } from './commit/s3-sink';
import type { Sink } from './commit/sink';
import { EventValidator } from './events/validator';
import { Admission } from './http/admission';
import type { Target } from './http/events-handler';
import { IngestServer } from './http/server';
import { CircuitBreaker } from './rate/breaker';
import { RateLimiter } from './rate/limiter';
import { redisTokenStore, type TokenStore } from './rate/store-bucket';
import { connectRedis } from './redis';
import type { IngestSettings } from './settings';
import { Log } from './telemetry/log';
import { Metrics } from './telemetry/metrics';
import { Turns } from './work/turns';

export interface GatewayOptions {
  /** Events of those that accept NDJSON are accepted. */
  readonly datasets: readonly Dataset[];
  /** Takes log lines and embedded metrics. @default the standard output */
  readonly write?: (text: string) => void;
  /** Where batches go. @default S3, by the AWS SDK */
  readonly sink?: Sink;
  /** @default the system's clock */
  readonly now?: () => number;
}

export interface Gateway {
  /** `http://127.0.0.1:5001` */
  readonly url: string;
  readonly metrics: Metrics;
  /**
   * Drains: accepts nothing new, stores what it has, answers all waiting requests, and closes.
   *
   * @returns whether everything was stored and answered within the time
   */
  stop(): Promise<boolean>;
}

/**
 * Puts the gateway together and listens.
 *
 * @throws Error when the port is taken, a file of the settings cannot be read, or no dataset accepts NDJSON
 */
export async function startGateway(settings: IngestSettings, options: GatewayOptions): Promise<Gateway> {
  const nodeId = settings.server.nodeId ?? randomBytes(4).toString('hex');
  const write = options.write ?? ((text: string) => void process.stdout.write(text));
  const log = new Log(settings.telemetry.logLevel, write, { node: nodeId });
  const targets = targetsOf(settings, options);
  const admission = new Admission(settings.limits.bufferedBytes);
  const metrics = new Metrics(
    () => admission.bytes,
    () => keys.ageSeconds,
  );
  const keys = loadKeys(settings, metrics, log);
  // The issuer may come up later; the node is not ready until then.
  await keys.ready().catch(() => {});
  const shared = connectStore(settings, metrics, log);
  const turns = new Turns();
  const committer = new Committer({
    sink: options.sink ?? s3Sink(settings, metrics),
    settings: settings.commit,
    nodeId,
    localEvents: settings.dedupe.localEvents,
    memory: shared?.memory,
    isBusy: () => turns.isBusy,
    observer: {
      batch: (dataset, events, _, storedBytes) => metrics.batch(dataset, events, storedBytes),
      failed: (dataset, events, reason) => {
        metrics.batchFailed(dataset);
        log.error('a batch could not be stored; none of its events was acknowledged', { dataset, events, reason });
      },
    },
  });
  const server = new IngestServer({
    settings,
    targets,
    tokens: new TokenVerifier(settings.auth, keys, options.now),
    keys,
    limiter: new RateLimiter({
      ...settings.rate,
      store: shared?.tokens,
      breaker: shared?.breaker ?? new CircuitBreaker(settings.rate.redisTimeoutMs),
    }),
    committer,
    turns,
    admission,
    metrics,
    log,
    nodeId,
  });
  const close = (): void => {
    keys.close();
    shared?.redis.disconnect();
  };
  const { host, port } = settings.server;
  await server.app.listen({ host, port, backlog: 4096 }).catch((error: unknown) => {
    close();
    throw error;
  });
  const url = urlOf(settings, server.app.server.address() as AddressInfo);
  const emit = (): void => {
    for (const line of metrics.emf(settings.telemetry.namespace, admission.bytes)) write(`${line}\n`);
  };
  const { emfSeconds } = settings.telemetry;
  const emitting = emfSeconds === 0 ? undefined : setInterval(emit, emfSeconds * 1000);
  log.info('listening', { url, latencyClass: settings.commit.latencyClass, store: shared !== undefined });

  const drain = async (): Promise<boolean> => {
    log.info('draining');
    const started = performance.now();
    server.drain();
    const drained = Promise.all([server.app.close(), committer.drain()])
      // Requests in progress may have added more in the meantime.
      .then(() => committer.drain())
      .then(() => true);
    const isDrained = await Promise.race([drained, sleep(settings.server.drainSeconds * 1000, false, { ref: false })]);
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    if (isDrained) log.info('drained: everything is stored and answered', { seconds });
    else log.error('not drained in time', { seconds, batches: committer.unsettled, bytes: admission.bytes });
    server.app.server.closeAllConnections();
    clearInterval(emitting);
    if (emfSeconds !== 0) emit();
    close();
    return isDrained;
  };
  let stopping: Promise<boolean> | undefined;
  return {
    url,
    metrics,
    stop: () => {
      stopping ??= drain();
      return stopping;
    },
  };
}

function loadKeys({ auth }: IngestSettings, metrics: Metrics, log: Log): KeySource {
  return keySource(auth.jwks, {
    algorithms: auth.algorithms,
    observer: {
      failing: (reason, keys) => log.error('the keys of the issuer cannot be loaded', { reason, keysInUse: keys }),
      loaded: (keys) => log.info('the keys of the issuer are loaded', { keys }),
      attempted: (ok) => metrics.keyLoad(ok),
    },
  });
}

interface Shared {
  readonly redis: Redis;
  readonly breaker: CircuitBreaker;
  readonly tokens: TokenStore;
  readonly memory: EventMemory;
}

function connectStore({ rate, dedupe }: IngestSettings, metrics: Metrics, log: Log): Shared | undefined {
  if (rate.redisUrl === undefined) return undefined;
  let reported = '';
  const redis = connectRedis({ ...rate, redisUrl: rate.redisUrl }, (error) => {
    // Every attempt to connect would log the same.
    if (error.message !== reported) log.warn('the store of the rate limits', { error: error.message });
    reported = error.message;
  });
  redis.on('ready', () => {
    reported = '';
  });
  const breaker = new CircuitBreaker(rate.redisTimeoutMs, (isDown, reason) => {
    metrics.storeDown(isDown);
    if (isDown) log.error('the store is down: this node limits and remembers by itself', { reason });
    else log.info(reason);
  });
  return {
    redis,
    breaker,
    tokens: redisTokenStore(redis, rate.perSecond, rate.burst),
    memory: new RedisEventMemory(redis, breaker, dedupe.seconds),
  };
}

function s3Sink({ rawBucket, rawKmsKeyArn, s3, commit }: IngestSettings, metrics: Metrics): Sink {
  const target = { bucket: rawBucket, kmsKeyArn: rawKmsKeyArn };
  return new S3Sink(createS3Client(s3, commit.putsInFlight), target, commit, {
    attempted: (outcome, milliseconds) => metrics.putAttempt(outcome, milliseconds),
  });
}

function targetsOf({ limits, window }: IngestSettings, { datasets, now }: GatewayOptions): ReadonlyMap<string, Target> {
  const open = datasets.filter(takesEvents);
  if (open.length === 0)
    throw new Error('no dataset has "ndjson" among its input.formats, so there is nothing to take');
  return new Map(
    open.map((dataset) => [dataset.name, { dataset, validator: new EventValidator(dataset, limits, window, now) }]),
  );
}

function urlOf({ server }: IngestSettings, { address, family, port }: AddressInfo): string {
  return `${server.tls === undefined ? 'http' : 'https'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
