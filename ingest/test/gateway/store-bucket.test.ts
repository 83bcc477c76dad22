import * as fc from 'fast-check';
import type { Redis } from 'ioredis';
import { GRANT_SCRIPT, redisTokenStore } from '../../gateway/rate/store-bucket';
import { compileLua } from './support/lua';

const KEY = 'ingest:rate:{s}';
const script = compileLua(GRANT_SCRIPT);

/** As `expect`, which takes longer than what is looked at: properties ask a hundred thousand times. */
function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** One bucket, by a clock of the test, in microseconds. It expires by that clock, too. */
class Bucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #hash: Record<string, string> = {};
  #expiresAt = Number.POSITIVE_INFINITY;
  lifeMs = 0;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  grant(now: number, need: number, want = need): { tokens: number; waitMs: number } {
    if (now >= this.#expiresAt) this.#hash = {};
    const [tokens, waitMs] = script([KEY], [this.#perSecond, this.#burst, need, want], (command, ...args) => {
      switch (command) {
        case 'TIME':
          return [String(Math.floor(now / 1e6)), String(now % 1e6)];
        case 'HMGET':
          return [this.#hash.n ?? false, this.#hash.t ?? false];
        case 'HSET':
          this.#hash = { n: String(args[2]), t: String(args[4]) };
          for (const value of Object.values(this.#hash)) must(/^\d+$/.test(value), `${value} is stored`);
          return 2;
        case 'PEXPIRE':
          this.lifeMs = Number(args[1]);
          this.#expiresAt = now + this.lifeMs * 1_000;
          return 1;
      }
      throw new Error(command);
    }) as [number, number];
    return { tokens, waitMs };
  }
}

const limits = fc
  .record({
    perSecond: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 10_000_000 })),
    burst: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 100_000_000 })),
  })
  .map((limit) => ({ ...limit, periodMs: (limit.burst / limit.perSecond) * 1_000 }));
const START = 1_800_000_000_000_000;
const DAY = 86_400_000_000;
/** Microseconds between two calls; now and then the clock is set back, or ahead. */
const step = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 2_000_000 }), weight: 6 },
  { arbitrary: fc.integer({ min: -5_000_000, max: -1 }), weight: 2 },
  { arbitrary: fc.integer({ min: -10_000 * DAY, max: -1 }), weight: 1 },
  { arbitrary: fc.integer({ min: 1, max: 1_000 * DAY }), weight: 1 },
);
const call = fc.record({
  step,
  need: fc.double({ min: 0, max: 1, noNaN: true }),
  more: fc.double({ min: 0, max: 2, noNaN: true }),
});

test('whatever the clock of the store does, nobody waits longer than a bucket takes to fill', () => {
  fc.assert(
    fc.property(limits, fc.array(call, { minLength: 1, maxLength: 60 }), ({ perSecond, burst, periodMs }, calls) => {
      const bucket = new Bucket(perSecond, burst);
      let now = START;
      for (const { step: by, need: part, more } of calls) {
        now = Math.max(1_000_000, now + by);
        const need = Math.max(1, Math.round(part * burst));
        const want = Math.max(need, Math.round(more * burst));
        const { tokens, waitMs } = bucket.grant(now, need, want);
        if (tokens > 0) {
          must(Number.isInteger(tokens) && tokens >= need && tokens <= want, `${tokens} of ${need} to ${want} tokens`);
        } else {
          must(waitMs > 0 && waitMs <= Math.ceil(periodMs), `${waitMs} ms to wait`);
          // And the wait that is told is true: after it, the tokens are there.
          now += waitMs * 1_000;
          const later = bucket.grant(now, need).tokens;
          must(later === need, `${later} of ${need} tokens after the wait`);
        }
        // The key is gone when the bucket is full, and never much later.
        must(bucket.lifeMs <= Math.ceil(periodMs) + 1_000, `the key lives for ${bucket.lifeMs} ms`);
      }
    }),
    { numRuns: 500 },
  );
});

test('while the clock only goes forward, never more than burst + rate x time; each step back adds nothing', () => {
  fc.assert(
    fc.property(limits, fc.array(call, { minLength: 1, maxLength: 60 }), ({ perSecond, burst }, calls) => {
      const bucket = new Bucket(perSecond, burst);
      let now = START;
      let forward = 0;
      let admitted = 0;
      for (const { step: by, need: part, more } of calls) {
        const next = Math.max(1_000_000, now + by);
        forward += Math.max(0, next - now);
        now = next;
        const need = Math.max(1, Math.round(part * burst));
        admitted += bucket.grant(now, need, Math.max(need, Math.round(more * burst))).tokens;
        must(admitted <= burst + (perSecond * forward) / 1e6 + 1e-6, `${admitted} were admitted`);
      }
    }),
    { numRuns: 500 },
  );
});

test('an hour back: who was refused before gets his tokens after his wait, not after an hour', () => {
  const bucket = new Bucket(10, 100);
  expect(bucket.grant(START, 100).tokens).toBe(100);
  const back = START - 3_600_000_000;
  expect(bucket.grant(back, 10)).toEqual({ tokens: 0, waitMs: 1_000 });
  expect(bucket.grant(back + 1_000_000, 10).tokens).toBe(10);
  // Full again after its period.
  expect(bucket.grant(back + 11_000_000, 100).tokens).toBe(100);
});

test('tokens come with each microsecond, are granted whole, and a part of one is kept', () => {
  const bucket = new Bucket(10, 100);
  // As many as there are of what is wanted, and never fewer than are needed.
  expect(bucket.grant(START, 1, 60)).toEqual({ tokens: 60, waitMs: 0 });
  expect(bucket.grant(START, 41)).toEqual({ tokens: 0, waitMs: 100 });
  // 0.55 of a token.
  expect(bucket.grant(START + 55_000, 1, 1_000)).toEqual({ tokens: 40, waitMs: 0 });
  expect(bucket.grant(START + 99_999, 1)).toEqual({ tokens: 0, waitMs: 1 });
  expect(bucket.grant(START + 100_000, 1)).toEqual({ tokens: 1, waitMs: 0 });
  expect(bucket.grant(START + 100_000, 100)).toEqual({ tokens: 0, waitMs: 10_000 });
  expect(bucket.grant(START + 10_099_999, 100)).toEqual({ tokens: 0, waitMs: 1 });
  expect(bucket.grant(START + 10_100_000, 100)).toEqual({ tokens: 100, waitMs: 0 });
});

test('what is needed beyond the burst is never granted', () => {
  expect(new Bucket(10, 100).grant(START, 101)).toEqual({ tokens: 0, waitMs: 100 });
});

test('a key lives for as long as its bucket takes to fill, and a second', () => {
  const bucket = new Bucket(10, 100);
  bucket.grant(START, 1);
  expect(bucket.lifeMs).toBe(1_100);
  bucket.grant(START, 99);
  expect(bucket.lifeMs).toBe(11_000);
  // Rounded up, or it would be full too early.
  bucket.grant(START + 1, 1);
  expect(bucket.lifeMs).toBe(11_000);
  bucket.grant(START + 1_500, 1);
  expect(bucket.lifeMs).toBe(10_999);
});

test('the store is asked about the bucket of a subject, which is all that a cluster looks at, with the limits of the settings', async () => {
  const asked: unknown[][] = [];
  const defined: Record<string, { numberOfKeys: number; lua: string }> = {};
  const redis = {
    defineCommand: (name: string, command: { numberOfKeys: number; lua: string }) => {
      defined[name] = command;
    },
    ingestGrant: async (...all: unknown[]) => {
      asked.push(all);
      return [3, 40];
    },
  };
  const store = redisTokenStore(redis as unknown as Redis, 10, 100);
  expect(defined).toEqual({ ingestGrant: { numberOfKeys: 1, lua: GRANT_SCRIPT } });
  expect(await store.grant('me', 5, 7)).toEqual({ tokens: 3, retryAfterMs: 40 });
  expect(asked).toEqual([['ingest:rate:{me}', 10, 100, 5, 7]]);
});
