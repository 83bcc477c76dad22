import { CircuitBreaker } from '../../gateway/rate/breaker';
import { RateLimiter } from '../../gateway/rate/limiter';
import { LocalBucket } from '../../gateway/rate/local-bucket';
import type { TokenStore } from '../../gateway/rate/store-bucket';

describe('the local bucket', () => {
  test('begins full, and gains what the rate says, up to the burst', () => {
    const bucket = new LocalBucket(10, 5, 0);
    expect(bucket.take(5, 0)).toEqual({ ok: true });
    expect(bucket.take(1, 0)).toEqual({ ok: false, retryAfterMs: 100 });
    expect(bucket.take(1, 100)).toEqual({ ok: true });
    expect(bucket.take(5, 100_000)).toEqual({ ok: true });
    expect(bucket.take(1, 100_000).ok).toBe(false);
  });

  test('a clock that goes back adds no tokens', () => {
    const bucket = new LocalBucket(10, 5, 1_000);
    bucket.take(5, 1_000);
    expect(bucket.take(1, 0).ok).toBe(false);
    expect(bucket.take(1, 1_000).ok).toBe(false);
  });
});

/** What the script does, in this process, with a clock of the test. */
function sharedStore(perSecond: number, burst: number, now: () => number) {
  const bucket = { tokens: burst, at: now() };
  const store: TokenStore & { calls: number; isDown: boolean } = {
    calls: 0,
    isDown: false,
    async grant(_, need, want) {
      this.calls += 1;
      if (this.isDown) throw new Error('down');
      bucket.tokens = Math.min(burst, bucket.tokens + ((now() - bucket.at) / 1000) * perSecond);
      bucket.at = now();
      if (bucket.tokens < need)
        return { tokens: 0, retryAfterMs: Math.ceil(((need - bucket.tokens) / perSecond) * 1000) };
      const tokens = Math.max(need, Math.min(want, Math.floor(bucket.tokens)));
      bucket.tokens -= tokens;
      return { tokens, retryAfterMs: 0 };
    },
  };
  return store;
}

describe('the shared limiter', () => {
  const world = (perSecond: number, burst: number, nodes: number) => {
    const clock = { now: 0 };
    const store = sharedStore(perSecond, burst, () => clock.now);
    const limiters = Array.from(
      { length: nodes },
      () =>
        new RateLimiter({
          perSecond,
          burst,
          nodes,
          store,
          breaker: new CircuitBreaker(1_000, undefined, () => clock.now),
          now: () => clock.now,
        }),
    );
    return { clock, store, limiters };
  };

  test('never admits more than burst + rate x time over all nodes, whatever is asked, and hardly less', async () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      let state = seed;
      const random = (n: number) => {
        state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
        return state % n;
      };
      const [perSecond, burst] = [100 + random(5_000), 200 + random(2_000)];
      const { clock, limiters } = world(perSecond, burst, 1 + random(6));
      let admitted = 0;
      for (let step = 0; step < 400; step += 1) {
        clock.now += random(20);
        const asked = Array.from({ length: random(20) }, async () => {
          const cost = 1 + random(random(10) === 0 ? 150 : 5);
          const answer = await limiters[random(limiters.length)]?.take('s', cost);
          if (answer?.ok === true) admitted += cost;
        });
        await Promise.all(asked);
        // Not `expect`, which takes longer than a step.
        if (admitted > burst + (perSecond * clock.now) / 1000 + 1e-6) throw new Error(`${admitted} at ${clock.now} ms`);
      }
    }
  });

  test('asks the store for few of many checks', async () => {
    const { clock, store, limiters } = world(10_000, 20_000, 1);
    let admitted = 0;
    for (let i = 0; i < 10_000; i += 1) {
      clock.now += 0.2;
      if ((await limiters[0]?.take('s', 1))?.ok === true) admitted += 1;
    }
    expect(admitted).toBe(10_000);
    expect(store.calls).toBeLessThan(100);
  });

  test('asks the store seldom for who sends seldom', async () => {
    const { clock, store, limiters } = world(5_000, 20_000, 10);
    for (let i = 0; i < 100; i += 1) {
      clock.now += 3_000;
      expect((await limiters[0]?.take('s', 1))?.ok).toBe(true);
    }
    expect(store.calls).toBeLessThanOrEqual(11);
  });

  test('a large request does not starve behind small ones, nor they behind it', async () => {
    const { clock, limiters } = world(100, 100, 1);
    const [limiter] = limiters as [RateLimiter];
    await limiter.take('s', 100);
    const [large, small] = await Promise.all([limiter.take('s', 90), limiter.take('s', 1)]);
    expect(large).toEqual({ ok: false, retryAfterMs: 900 });
    expect(small.ok).toBe(false);
    clock.now += 50;
    expect(await Promise.all([limiter.take('s', 90), limiter.take('s', 1)])).toMatchObject([
      { ok: false },
      { ok: true },
    ]);
    clock.now += 1_000;
    expect((await limiter.take('s', 90)).ok).toBe(true);
  });

  test('takes no larger leases than a tenth of a second, and small ones at first, which others may need', async () => {
    const { clock, store, limiters } = world(10_000, 20_000, 10);
    const asked: { readonly need: number; readonly want: number }[] = [];
    const grant = store.grant.bind(store);
    store.grant = (name, need, want) => {
      asked.push({ need, want });
      return grant(name, need, want);
    };
    for (let i = 0; i < 5_000; i += 1) {
      clock.now += 0.2;
      expect((await limiters[0]?.take('s', 1))?.ok).toBe(true);
    }
    // A hundredth of the burst is shared by ten nodes; the largest lease is a tenth of a second of the rate.
    expect(asked[0]).toEqual({ need: 1, want: 20 });
    expect(Math.max(...asked.map(({ want }) => want))).toBe(1_000);
  });

  test('a retry that needs what was paid before as well is told to wait for both', async () => {
    const { limiters } = world(100, 100, 1);
    const [limiter] = limiters as [RateLimiter];
    expect(await limiter.take('s', 100)).toEqual({ ok: true });
    expect(await limiter.take('s', 30, 20)).toEqual({ ok: false, retryAfterMs: 300 + 200 });
  });

  test('once a single event was refused, bodies are not even read, until the store has tokens again', async () => {
    const { clock, limiters } = world(100, 100, 1);
    const [limiter] = limiters as [RateLimiter];
    await limiter.take('s', 100);
    expect(limiter.refused('s')).toEqual({ ok: true });
    expect(await limiter.take('s', 1)).toEqual({ ok: false, retryAfterMs: 10 });
    expect(limiter.refused('s')).toEqual({ ok: false, retryAfterMs: 10 });
    expect(limiter.refused('other')).toEqual({ ok: true });
    clock.now += 9.5;
    expect(limiter.refused('s')).toEqual({ ok: false, retryAfterMs: 1 });
    clock.now += 0.5;
    expect(limiter.refused('s')).toEqual({ ok: true });
    expect(await limiter.take('s', 1)).toEqual({ ok: true });
  });

  test('with the store down each node admits its share, and none of the time before counts twice', async () => {
    const { clock, store, limiters } = world(1_000, 1_000, 4);
    await Promise.all(limiters.map((limiter) => limiter.take('s', 1)));
    store.isDown = true;
    clock.now += 10_000;
    let admitted = 0;
    const from = clock.now;
    while (clock.now < from + 5_000) {
      clock.now += 1;
      for (const limiter of limiters) if ((await limiter.take('s', 1)).ok) admitted += 1;
    }
    // Four nodes at a quarter each; what was leased before may still be spent.
    expect(admitted).toBeGreaterThan(4_500);
    expect(admitted).toBeLessThanOrEqual(5_000 + 4 * 100);
    store.isDown = false;
    clock.now += 2_000;
    expect((await limiters[0]?.take('s', 500))?.ok).toBe(true);
  });

  test('with the store down again, the time in between gives a node nothing, as the store has counted it', async () => {
    const { clock, store, limiters } = world(1_000, 1_000, 4);
    const [limiter] = limiters as [RateLimiter];
    store.isDown = true;
    expect((await limiter.take('s', 500)).ok).toBe(false);
    store.isDown = false;
    clock.now += 2_000;
    expect((await limiter.take('s', 500)).ok).toBe(true);
    // Long enough for every lease to end.
    clock.now += 60_000;
    store.isDown = true;
    expect((await limiter.take('s', 500)).ok).toBe(false);
    clock.now += 2_000;
    expect((await limiter.take('s', 500)).ok).toBe(true);
    expect((await limiter.take('s', 1)).ok).toBe(false);
  });
});

describe('a limiter on its own', () => {
  const alone = () => {
    const clock = { now: 0 };
    const options = { perSecond: 10, burst: 5, nodes: 1, store: undefined, breaker: new CircuitBreaker(1_000) };
    return { clock, limiter: new RateLimiter({ ...options, now: () => clock.now }) };
  };

  test('knows of a refused event for as long as it takes, and says nothing after a refused request of several', () => {
    const { clock, limiter } = alone();
    limiter.take('s', 5);
    expect(limiter.take('s', 3)).toEqual({ ok: false, retryAfterMs: 300 });
    expect(limiter.refused('s')).toEqual({ ok: true });
    expect(limiter.take('s', 1)).toEqual({ ok: false, retryAfterMs: 100 });
    clock.now = 99.5;
    expect(limiter.refused('s')).toEqual({ ok: false, retryAfterMs: 1 });
    clock.now = 100;
    expect(limiter.refused('s')).toEqual({ ok: true });
  });

  test('remembers who was refused among twenty thousand others, and forgets the older half of more', () => {
    const { limiter } = alone();
    limiter.take('s', 5);
    for (let i = 1; i < 20_000; i += 1) limiter.take(`other-${i}`, 5);
    expect(limiter.take('s', 1)).toMatchObject({ ok: false });
    limiter.take('one more', 5);
    // Whoever is forgotten begins anew; the newer half is not.
    expect(limiter.take('other-19999', 1)).toMatchObject({ ok: false });
    expect(limiter.take('other-10000', 1)).toMatchObject({ ok: false });
    expect(limiter.take('other-9999', 5)).toEqual({ ok: true });
  });
});
