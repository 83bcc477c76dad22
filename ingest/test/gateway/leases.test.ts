import { CircuitBreaker } from '../../gateway/rate/breaker';
import { RateLimiter } from '../../gateway/rate/limiter';
import type { Grant } from '../../gateway/rate/store-bucket';

describe('leases', () => {
  /** A store that grants what it is asked for, unless the test says otherwise. */
  function leasing({ perSecond = 10_000, burst = 20_000, nodes = 10 } = {}) {
    const clock = { now: 0 };
    const asked: (readonly [need: number, want: number])[] = [];
    const answers: ((need: number, want: number) => Promise<Grant> | Grant)[] = [];
    const limiter = new RateLimiter({
      ...{ perSecond, burst, nodes },
      store: {
        grant: async (_, need, want) => {
          asked.push([need, want]);
          return answers.shift()?.(need, want) ?? { tokens: want, retryAfterMs: 0 };
        },
      },
      breaker: new CircuitBreaker(1_000, undefined, () => clock.now),
      now: () => clock.now,
    });
    return { clock, asked, answers, limiter };
  }
  const granted = (tokens: number): Grant => ({ tokens, retryAfterMs: 0 });
  const refused = (retryAfterMs: number): Grant => ({ tokens: 0, retryAfterMs });

  test('are small at first, and twice as large each time that one is used up early, up to a tenth of a second', async () => {
    const { asked, limiter } = leasing();
    for (let i = 0; i < 4_000; i += 1) await limiter.take('s', 1);
    expect(asked.map(([, want]) => want)).toEqual([20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000]);
    expect(asked.every(([need]) => need === 1)).toBe(true);
  });

  test.each([
    ['half of the burst', { perSecond: 10_000, burst: 10, nodes: 1 }, 5],
    ['one token', { perSecond: 1, burst: 1, nodes: 1 }, 1],
  ])('are never more than %s', async (_, limits, most) => {
    const { asked, limiter } = leasing(limits);
    for (let i = 0; i < 40; i += 1) await limiter.take('s', 1);
    expect(Math.max(...asked.map(([, want]) => want))).toBe(most);
  });

  test('of no more than a hundredth of the burst, over all nodes, last for half a minute', async () => {
    const { clock, asked, limiter } = leasing();
    await limiter.take('s', 1);
    clock.now = 29_999;
    await limiter.take('s', 1);
    expect(asked).toHaveLength(1);
    clock.now = 30_000;
    await limiter.take('s', 1);
    // And one that was not used up is not followed by a larger one.
    expect(asked).toEqual([
      [1, 20],
      [1, 20],
    ]);
  });

  test('of more last for a second', async () => {
    const { clock, asked, answers, limiter } = leasing();
    answers.push(() => granted(21));
    await limiter.take('s', 1);
    clock.now = 999;
    await limiter.take('s', 1);
    expect(asked).toHaveLength(1);
    clock.now = 1_000;
    await limiter.take('s', 1);
    expect(asked).toHaveLength(2);
  });

  test('are used up before more is asked for, and what is left of them counts', async () => {
    const { asked, answers, limiter } = leasing();
    await limiter.take('s', 15);
    answers.push(() => granted(7));
    // Five are left: five are needed, and the next lease is asked for.
    await limiter.take('s', 10);
    expect(asked).toEqual([
      [15, 20],
      [5, 40],
    ]);
    await limiter.take('s', 2);
    expect(asked).toHaveLength(2);
    await limiter.take('s', 1);
    expect(asked).toHaveLength(3);
  });

  test('that run out while the store answers are lost', async () => {
    const { clock, asked, answers, limiter } = leasing();
    await limiter.take('s', 15);
    answers.push(
      () => {
        clock.now = 30_000;
        return granted(7);
      },
      () => granted(10),
    );
    // Seven are too few for ten: it asks again.
    await limiter.take('s', 10);
    expect(asked).toEqual([
      [15, 20],
      [5, 40],
      [3, 80],
    ]);
  });

  test('cover all that wait, whom one call serves in their order', async () => {
    const { asked, limiter } = leasing();
    const order: number[] = [];
    const takes = [30, 1, 40].map(async (cost) => {
      const answer = await limiter.take('s', cost);
      order.push(cost);
      return answer;
    });
    expect(await Promise.all(takes)).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
    expect(order).toEqual([30, 1, 40]);
    // What came while the first was asked for is in the second call.
    expect(asked).toEqual([
      [30, 30],
      [1, 41],
    ]);
  });

  test('are never more than the burst, however many wait', async () => {
    const { asked, limiter } = leasing({ perSecond: 100, burst: 50, nodes: 1 });
    await Promise.all(Array.from({ length: 10 }, () => limiter.take('s', 30)));
    expect(Math.max(...asked.map(([, want]) => want))).toBe(50);
  });

  test('of one subject say nothing of another', async () => {
    const { asked, limiter } = leasing();
    await limiter.take('a', 1);
    await limiter.take('b', 1);
    expect(asked).toHaveLength(2);
  });

  test('a refusal of several tokens is one of the first that waits alone; the others ask for themselves', async () => {
    const { asked, answers, limiter } = leasing();
    answers.push(() => refused(70));
    const [first, second, third] = [limiter.take('s', 2), limiter.take('s', 3), limiter.take('s', 1)];
    expect(await first).toEqual({ ok: false, retryAfterMs: 70 });
    expect([await second, await third]).toEqual([{ ok: true }, { ok: true }]);
    expect(limiter.refused('s')).toEqual({ ok: true });
    expect(asked.map(([need]) => need)).toEqual([2, 3]);
  });

  test('a refusal of a single token is one of all that wait, for as long as it says', async () => {
    const { clock, answers, limiter } = leasing();
    answers.push(() => refused(70));
    const all = await Promise.all([limiter.take('s', 1), limiter.take('s', 300), limiter.take('s', 1, 5_000)]);
    // The last has paid half a second already.
    expect(all.map((answer) => (answer.ok ? 0 : answer.retryAfterMs))).toEqual([70, 70, 570]);
    clock.now = 69.5;
    expect(limiter.refused('s')).toEqual({ ok: false, retryAfterMs: 1 });
    clock.now = 70;
    expect(limiter.refused('s')).toEqual({ ok: true });
  });

  test('what is left of a lease makes a refusal of two tokens one of a single token', async () => {
    const { answers, limiter } = leasing();
    await limiter.take('s', 19);
    answers.push(() => refused(70));
    expect(await limiter.take('s', 2)).toEqual({ ok: false, retryAfterMs: 70 });
    expect(limiter.refused('s')).toEqual({ ok: false, retryAfterMs: 70 });
    // A grant ends it.
    await limiter.take('s', 2);
    expect(limiter.refused('s')).toEqual({ ok: true });
  });

  test('nobody is told to come back at once', async () => {
    const { answers, limiter } = leasing();
    answers.push(() => refused(0));
    expect(await limiter.take('s', 5)).toEqual({ ok: false, retryAfterMs: 1 });
  });

  test.each([
    [1, 100, 50],
    [2, 100, 50],
    [4, 100, 25],
  ])(
    'of %s nodes, each takes over at its share, but at most half, from an empty bucket, while the store is down',
    async (nodes, perSecond, share) => {
      const { clock, answers, limiter } = leasing({ perSecond, burst: 1_000, nodes });
      const down = (): never => {
        throw new Error('down');
      };
      answers.push(down, down, down, down);
      expect(await limiter.take('s', 1, 1)).toEqual({ ok: false, retryAfterMs: 2_000 / share });
      clock.now = 1_000;
      expect(await limiter.take('s', share)).toEqual({ ok: true });
      expect(await limiter.take('s', 1)).toEqual({ ok: false, retryAfterMs: 1_000 / share });
      // Its bucket holds the whole burst, however long it takes to gain it.
      clock.now = 60_000_000;
      answers.push(down);
      expect(await limiter.take('s', 1_000)).toEqual({ ok: true });
      expect((await limiter.take('s', 1)).ok).toBe(false);
    },
  );

  test('the older half of twenty thousand subjects is forgotten, but nobody whom the store is asked about', async () => {
    const { asked, answers, limiter } = leasing();
    let answer = (_: Grant): void => {};
    answers.push(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const waiting = limiter.take('first', 1);
    for (let i = 1; i < 20_000; i += 1) await limiter.take(`s${i}`, 1);
    await limiter.take('one more', 1);
    asked.length = 0;
    // Whoever is remembered has a lease.
    await limiter.take('s10001', 1);
    expect(asked).toEqual([]);
    await limiter.take('s10000', 1);
    expect(asked).toHaveLength(1);
    const second = limiter.take('first', 1);
    answer(granted(2));
    expect(await Promise.all([waiting, second])).toEqual([{ ok: true }, { ok: true }]);
    expect(asked).toHaveLength(1);
  });
});
