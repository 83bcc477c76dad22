import * as fc from 'fast-check';
import { GRANT_SCRIPT } from '../../gateway/rate/store-bucket';
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
