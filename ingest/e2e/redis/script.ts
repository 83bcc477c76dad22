import { deepStrictEqual as equal, ok } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Report } from '../../../e2e/tools/report';
import { redisTokenStore } from '../../gateway/rate/store-bucket';

/** One bucket, one caller: what each call answers. */
export async function checkScript(report: Report, redis: Redis): Promise<void> {
  const keyOf = (subject: string): string => `ingest:rate:{${subject}}`;

  await report.check('a bucket begins full, gives what is wanted, and then tells how long to wait', async () => {
    const store = redisTokenStore(redis, 10, 100);
    equal(await store.grant('a', 1, 40), { tokens: 40, retryAfterMs: 0 });
    const rest = await store.grant('a', 1, 1_000);
    ok(rest.tokens >= 60 && rest.tokens <= 61);
    const { tokens, retryAfterMs } = await store.grant('a', 5, 5);
    equal(tokens, 0);
    ok(retryAfterMs > 300 && retryAfterMs <= 500, `${retryAfterMs} ms`);
    await sleep(retryAfterMs);
    equal((await store.grant('a', 5, 5)).tokens, 5);
  });

  await report.check('more than the burst is never granted, all or nothing of what is needed', async () => {
    const store = redisTokenStore(redis, 10, 100);
    equal((await store.grant('b', 101, 101)).tokens, 0);
    equal((await store.grant('b', 100, 100)).tokens, 100);
  });

  await report.check('a bucket that is full again is forgotten, not kept for ever', async () => {
    const store = redisTokenStore(redis, 1_000, 100);
    await store.grant('c', 100, 100);
    const life = await redis.pttl(keyOf('c'));
    ok(life > 0 && life <= 1_100, `${life} ms`);
    await sleep(life + 50);
    equal(await redis.exists(keyOf('c')), 0);
    equal((await store.grant('c', 100, 100)).tokens, 100);
  });

  await report.check('the largest rate and burst lose no token to rounding', async () => {
    const store = redisTokenStore(redis, 10_000_000, 100_000_000);
    const started = performance.now();
    equal((await store.grant('d', 1, 99_999_999)).tokens, 99_999_999);
    const answered = performance.now();
    let granted = 0;
    let lastCall = 0;
    while (performance.now() - started < 300) {
      const called = performance.now();
      granted += (await store.grant('d', 1, 100_000_000)).tokens;
      lastCall = (performance.now() - called) / 1000;
    }
    const seconds = (performance.now() - started) / 1000;
    ok(granted <= 1 + 10_000_000 * seconds, `${granted} in ${seconds} s`);
    // The last call may lie a little before the end.
    const least = (performance.now() - answered) / 1000 - lastCall;
    ok(granted >= 10_000_000 * least - 1, `${granted} in ${seconds} s`);
  });

  await report.check('the slowest rate gains its token after a second, not before', async () => {
    const store = redisTokenStore(redis, 1, 1);
    equal((await store.grant('e', 1, 1)).tokens, 1);
    const { retryAfterMs } = await store.grant('e', 1, 1);
    ok(retryAfterMs > 900 && retryAfterMs <= 1_000, `${retryAfterMs} ms`);
    await sleep(retryAfterMs - 100);
    equal((await store.grant('e', 1, 1)).tokens, 0);
    await sleep(120);
    equal((await store.grant('e', 1, 1)).tokens, 1);
  });

  await report.check('a clock of the store that went back gives nothing', async () => {
    const store = redisTokenStore(redis, 1_000, 100);
    await store.grant('f', 100, 100);
    const ahead = Number(await redis.hget(keyOf('f'), 't')) + 60_000_000;
    await redis.hset(keyOf('f'), 't', String(ahead));
    const { tokens, retryAfterMs } = await store.grant('f', 50, 50);
    equal(tokens, 0);
    // And holds nobody until the clock is where it was: 50 tokens take 50 ms.
    ok(retryAfterMs > 0 && retryAfterMs <= 50, `${retryAfterMs} ms`);
    await sleep(retryAfterMs + 1);
    equal((await store.grant('f', 50, 50)).tokens, 50);
  });

  await report.check('subjects of any characters have buckets of their own', async () => {
    const store = redisTokenStore(redis, 1, 10);
    for (const subject of ['{', '}', '{}', 'a}b', 'ä\u0000\r\n', 'x'.repeat(256)]) {
      equal((await store.grant(subject, 10, 10)).tokens, 10);
      equal((await store.grant(subject, 10, 10)).tokens, 0);
    }
  });
}
