import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitBreaker, StoreDownError } from '../../gateway/rate/breaker';
import { RateLimiter } from '../../gateway/rate/limiter';
import { LocalBucket } from '../../gateway/rate/local-bucket';
import type { TokenStore } from '../../gateway/rate/store-bucket';
import { logEvent, startRig } from './support/rig';

const LIMIT = { INGEST_RATE_PER_SECOND: '5', INGEST_RATE_BURST: '10', INGEST_MAX_EVENTS: '10' };

describe('the gateway', () => {
  test('answers 429 with Retry-After to who sends more than the limit, and takes nothing of it', async () => {
    const rig = await startRig({ settings: LIMIT });
    const ten = () => Array.from({ length: 10 }, () => logEvent());
    expect((await rig.post(ten())).status).toBe(200);
    const answer = await rig.post(ten());
    expect([answer.status, answer.body.type]).toEqual([429, 'urn:lake:ingest:rate-limited']);
    // One token comes within a second; once it is there the events are counted, and ten need two.
    expect(answer.headers.get('retry-after')).toMatch(/^[12]$/);
    expect(rig.events()).toHaveLength(10);
  });

  test('a spoofed X-Forwarded-For changes nothing: the verified subject is what counts', async () => {
    // Twenty requests take seconds on a busy machine, and each second gives tokens.
    const rig = await startRig({ settings: { ...LIMIT, INGEST_RATE_PER_SECOND: '1' } });
    const statuses: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const headers = {
        'x-forwarded-for': `203.0.113.${i}`,
        'x-real-ip': `198.51.100.${i}`,
        forwarded: `for=192.0.2.${i}`,
      };
      statuses.push((await rig.post([logEvent()], { headers })).status);
    }
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(5);
    const other = await rig.issuer.token({ sub: 'somebody else' });
    expect((await rig.post([logEvent()], { token: other })).status).toBe(200);
  });

  test('another token of the same subject has no separate limit', async () => {
    const rig = await startRig({ settings: LIMIT });
    await rig.post(Array.from({ length: 10 }, () => logEvent()));
    const token = await rig.issuer.token({ jti: 'another' });
    expect((await rig.post([logEvent(), logEvent()], { token })).status).toBe(429);
  });

  test('with its store down it limits by itself, at its share, and says so', async () => {
    const rig = await startRig({
      settings: {
        INGEST_REDIS_URL: 'redis://127.0.0.1:1',
        INGEST_NODES: '10',
        INGEST_RATE_PER_SECOND: '1000',
        INGEST_RATE_BURST: '1000',
        INGEST_MAX_EVENTS: '1000',
      },
    });
    let taken = 0;
    const started = performance.now();
    while (performance.now() - started < 800) {
      if ((await rig.post([logEvent()])).status === 200) taken += 1;
    }
    const seconds = (performance.now() - started) / 1000;
    // A tenth of the rate, from an empty bucket on.
    expect(taken).toBeGreaterThan(10);
    expect(taken).toBeLessThanOrEqual(100 * seconds + 1);
    expect((await rig.get('/metrics')).body).toContain('ingest_store_down 1\n');
    expect(rig.logs).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('store is down') }),
    );
    expect((await rig.get('/readyz')).status).toBe(200);
  });
});

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

describe('the circuit breaker', () => {
  test('opens after three failures, tries one call a second, and closes when it works', async () => {
    const clock = { now: 0 };
    const changes: boolean[] = [];
    const breaker = new CircuitBreaker(
      10,
      (isOpen) => changes.push(isOpen),
      () => clock.now,
    );
    let calls = 0;
    const fail = async () => {
      calls += 1;
      throw new Error('no');
    };
    for (let i = 0; i < 10; i += 1) await expect(breaker.call(fail)).rejects.toThrow(StoreDownError);
    expect([calls, breaker.isOpen]).toEqual([3, true]);
    clock.now = 1_000;
    await Promise.allSettled(Array.from({ length: 5 }, () => breaker.call(fail)));
    expect(calls).toBe(4);
    clock.now = 2_000;
    expect(await breaker.call(async () => 'fine')).toBe('fine');
    expect(changes).toEqual([true, false]);
  });

  test('waits for no answer longer than its time', async () => {
    const breaker = new CircuitBreaker(20);
    const started = performance.now();
    await expect(breaker.call(() => sleep(5_000, undefined, { ref: false }))).rejects.toThrow('no answer within 20 ms');
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
