/**
 * A process that takes tokens as fast as it may, and says what it got: `worker.ts URL RATE BURST NODES SECONDS LEASES SEED`.
 * Waits for a line on its input before it begins, so that all workers begin together.
 */

import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { Dice } from '../../../test/support/dice';
import { CircuitBreaker } from '../../gateway/rate/breaker';
import { RateLimiter } from '../../gateway/rate/limiter';
import { redisTokenStore } from '../../gateway/rate/store-bucket';
import { connectRedis } from '../../gateway/redis';

export interface WorkerResult {
  readonly admitted: number;
  readonly refused: number;
  readonly checks: number;
  readonly fellBack: boolean;
  /** By the clock of the store, microseconds. */
  readonly first: number;
  readonly last: number;
}

const [url = '', rate = '', burst = '', nodes = '', seconds = '', leases = '', seed = ''] = process.argv.slice(2);
const [perSecond, most] = [Number(rate), Number(burst)];

const storeTime = async (redis: Redis): Promise<number> => {
  const [whole, micros] = await redis.time();
  return Number(whole) * 1_000_000 + Number(micros);
};

async function main(): Promise<void> {
  const redis = connectRedis(
    {
      perSecond,
      burst: most,
      nodes: Number(nodes),
      redisUrl: url,
      redisUsername: undefined,
      redisPassword: process.env.WORKER_PASSWORD,
      redisPasswordFile: undefined,
      redisTimeoutMs: 1_000,
    },
    (error) => {
      process.stderr.write(`${error.message}\n`);
      if (process.env.WORKER_GIVES_UP !== undefined) process.exit(1);
    },
  );
  await once(redis, 'ready');
  let fellBack = false;
  const breaker = new CircuitBreaker(2_000, () => {
    fellBack = true;
  });
  const store = redisTokenStore(redis, perSecond, most);
  const limiter = new RateLimiter({ perSecond, burst: most, nodes: Number(nodes), store, breaker });
  const take = async (cost: number): Promise<boolean> =>
    leases === 'leases'
      ? (await limiter.take('subject', cost)).ok
      : (await store.grant('subject', cost, cost)).tokens > 0;
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');

  const dice = new Dice(Number(seed));
  const result = { admitted: 0, refused: 0, checks: 0 };
  const first = await storeTime(redis);
  const end = performance.now() + Number(seconds) * 1000;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const cost = dice.chance(0.05) ? 1 + dice.below(200) : 1;
      result.checks += 1;
      if (await take(cost)) {
        result.admitted += cost;
      } else {
        result.refused += 1;
        await new Promise((resolve) => setTimeout(resolve, dice.below(5)));
      }
      if (result.checks % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  const last = await storeTime(redis);
  redis.disconnect();
  const all: WorkerResult = { ...result, fellBack, first, last };
  process.stdout.write(`${JSON.stringify(all)}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
