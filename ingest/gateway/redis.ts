import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { RateSettings } from './settings';

/** Waits between attempts to connect grow up to this. */
const LONGEST_WAIT_MS = 2_000;

/**
 * Connects to Redis or Valkey. Nothing is queued while the connection is down: a call fails at once, and the caller has a
 * fallback.
 *
 * @throws Error when the file of the password cannot be read
 */
export function connectRedis(
  settings: RateSettings & { readonly redisUrl: string },
  onError: (error: Error) => void,
): Redis {
  const { redisUrl, redisUsername, redisPassword, redisPasswordFile } = settings;
  const password = redisPasswordFile === undefined ? redisPassword : readFileSync(redisPasswordFile, 'utf8').trim();
  const redis = new Redis(redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    disconnectTimeout: 500,
    connectionName: 'ingest',
    retryStrategy: (attempt) => Math.min(LONGEST_WAIT_MS, 50 * 2 ** Math.min(attempt, 10)),
    ...(redisUsername === undefined ? {} : { username: redisUsername }),
    ...(password === undefined ? {} : { password }),
    ...(redisUrl.startsWith('rediss:') ? { tls: { minVersion: 'TLSv1.2' as const } } : {}),
  });
  redis.on('error', onError);
  return redis;
}
