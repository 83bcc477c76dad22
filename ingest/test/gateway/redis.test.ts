import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { connectRedis } from '../../gateway/redis';
import { readSettings } from '../../gateway/settings';
import { folder, later } from './support/rig';

/** A port that nobody listens on. */
const NOWHERE = '127.0.0.1:1';

function connect(environment: Record<string, string> = {}, url = `redis://${NOWHERE}`) {
  const { rate } = readSettings({
    RAW_BUCKET: 'raw',
    INGEST_JWKS: '/keys.json',
    INGEST_JWT_ISSUER: 'me',
    INGEST_JWT_AUDIENCE: 'you',
    ...environment,
  });
  const errors: Error[] = [];
  const redis: Redis = connectRedis({ ...rate, redisUrl: url }, (error) => errors.push(error));
  later(() => redis.disconnect());
  return { redis, errors };
}

test('a call fails at once while there is no connection: nothing is queued, and nothing is tried again', async () => {
  const { redis, errors } = connect();
  await expect(redis.get('a')).rejects.toThrow("Stream isn't writeable and enableOfflineQueue options is false");
  while (errors.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(errors[0]?.message).toBe(`connect ECONNREFUSED ${NOWHERE}`);
  const { enableOfflineQueue, maxRetriesPerRequest, connectTimeout, disconnectTimeout, connectionName } = redis.options;
  expect({ enableOfflineQueue, maxRetriesPerRequest, connectTimeout, disconnectTimeout, connectionName }).toEqual({
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    disconnectTimeout: 500,
    connectionName: 'ingest',
  });
});

test('the connection is tried again after 100 ms, then after twice as long each time, up to two seconds, for ever', () => {
  const { redis } = connect();
  const waits = [1, 2, 3, 4, 5, 6, 7, 2_000].map((attempt) => redis.options.retryStrategy?.(attempt));
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000]);
});

test('TLS is what the URL says, of version 1.2 or newer', () => {
  expect(connect().redis.options.tls).toBeUndefined();
  expect(connect({}, `rediss://${NOWHERE}`).redis.options.tls).toEqual({ minVersion: 'TLSv1.2' });
});

test('the user and the password are those of the settings, or of the URL where they say nothing', () => {
  const of = ({ redis: { options } }: ReturnType<typeof connect>) => [options.username, options.password];
  expect(of(connect())).toEqual([null, null]);
  expect(of(connect({}, `redis://a:b@${NOWHERE}`))).toEqual(['a', 'b']);
  const environment = { INGEST_REDIS_USERNAME: 'user', INGEST_REDIS_PASSWORD: 'word' };
  expect(of(connect(environment))).toEqual(['user', 'word']);
});

test('a password from a file has no line end; a file that is not there stops the start', () => {
  const file = join(folder(), 'password');
  writeFileSync(file, ' word\n');
  const environment = { INGEST_REDIS_PASSWORD_FILE: file };
  expect(connect(environment).redis.options.password).toBe('word');
  rmSync(file);
  expect(() => connect(environment)).toThrow(/ENOENT/);
});
