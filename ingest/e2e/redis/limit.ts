import { ok } from 'node:assert';
import type { Redis } from 'ioredis';
import type { Report } from '../../../e2e/tools/report';
import type { Supervisor } from '../../../e2e/tools/supervisor';
import { race } from './workers';

/** Several processes at the same time: never over the limit, and most of it is given. */
export async function checkLimit(report: Report, supervisor: Supervisor, redis: Redis, url: string): Promise<void> {
  for (const [title, leases] of [
    ['by calls of the script alone', false],
    ['with leases', true],
  ] as const) {
    await report.check(`12 processes never get more than burst + rate x time, ${title}`, async () => {
      await redis.flushall();
      const options = { url, processes: 12, perSecond: 2_000, burst: 1_000, seconds: 4, leases };
      const { admitted, limit, checks, fellBack } = await race(supervisor, options);
      ok(!fellBack, 'the store did not answer in time');
      ok(admitted <= limit, `${admitted} were admitted, but the limit is ${limit}`);
      ok(admitted >= 0.8 * limit, `only ${admitted} were admitted of ${limit}`);
      return `${admitted} of at most ${Math.floor(limit)} admitted, ${checks} checks`;
    });
  }
  await report.check('one process at a high rate needs few round trips', async () => {
    await redis.flushall();
    await redis.config('RESETSTAT');
    const { admitted, limit, checks } = await race(supervisor, {
      url,
      processes: 1,
      // More than any machine asks for: near the limit, grants get small.
      perSecond: 2_000_000,
      burst: 4_000_000,
      seconds: 2,
      leases: true,
    });
    const calls = Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
    ok(admitted <= limit, `${admitted} were admitted, but the limit is ${limit}`);
    ok(calls <= checks / 20, `${calls} calls for ${checks} checks`);
    return `${checks} checks, ${calls} calls`;
  });
}
