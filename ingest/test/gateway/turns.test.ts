import { setImmediate as nextTurn } from 'node:timers/promises';
import { FairQueue } from '../../gateway/work/fair-queue';
import { type Steps, Turns } from '../../gateway/work/turns';

test('a queue takes from each subject in turn, and keeps the order of each', () => {
  const queue = new FairQueue<string>();
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.push(item[0] as string, item);
  const taken: string[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next.item);
  expect(taken).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  expect(queue.isEmpty).toBe(true);
});

test('an item that is put back precedes the others of its subject, and follows the other subjects', () => {
  const queue = new FairQueue<string>();
  for (const item of ['a1', 'a2', 'b1']) queue.push(item[0] as string, item);
  const first = queue.take();
  queue.putBack('a', first?.item ?? '');
  expect([queue.take()?.item, queue.take()?.item, queue.take()?.item]).toEqual(['b1', 'a1', 'a2']);
});

/** Work whose steps take a millisecond each, by the clock of the test. */
function worker() {
  let now = 0;
  const turns = new Turns(() => now);
  const order: string[] = [];
  function* work(name: string, steps: number): Steps<string> {
    for (let i = 0; i < steps; i += 1) {
      now += 1;
      order.push(name);
      yield;
    }
    return name;
  }
  return { turns, order, work, clock: () => now };
}

test('a turn of the event loop gives no more than 4 ms to long work, whoever brings it', async () => {
  const { turns, work, clock } = worker();
  const all = ['a', 'b', 'c', 'a', 'b'].map((name) => turns.run(name, work(name, 50)));
  let before = 0;
  let loops = 0;
  for (; clock() < 250; loops += 1) {
    await nextTurn();
    expect(clock() - before).toBeLessThanOrEqual(4);
    before = clock();
  }
  expect(loops).toBeGreaterThanOrEqual(250 / 4);
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'a', 'b']);
});

test('a short task does not wait for the long ones of another subject', async () => {
  const { turns, work, clock } = worker();
  const long = Array.from({ length: 20 }, () => turns.run('greedy', work('greedy', 100)));
  await nextTurn();
  await turns.run('other', work('other', 1));
  expect(clock()).toBeLessThan(25);
  await Promise.all(long);
});

test('subjects that have used little go before those that have used much, which still get their share', async () => {
  const { turns, work, order } = worker();
  const heavy = ['a', 'b', 'c', 'd'].map((name) => turns.run(name, work(name, 400)));
  while (order.length < 300) await nextTurn();
  const from = order.length;
  await turns.run('light', work('light', 40));
  const meanwhile = order.slice(from);
  expect(meanwhile.filter((name) => name === 'light')).toHaveLength(40);
  // Three of four, where without a preference it would be one of five.
  expect(meanwhile.length - 40).toBeGreaterThanOrEqual(12);
  expect(meanwhile.length - 40).toBeLessThanOrEqual(14);
  await Promise.all(heavy);
});

test('of a turn of the event loop, those that have taken much get one millisecond together', async () => {
  const { turns, work, clock } = worker();
  const heavy = ['a', 'b', 'c'].map((name) => turns.run(name, work(name, 200)));
  while (clock() < 180) await nextTurn();
  for (let before = clock(); before < 400; before = clock()) {
    await nextTurn();
    expect(clock() - before).toBeLessThanOrEqual(1);
  }
  await Promise.all(heavy);
});

test('a subject that used much also goes later in the next seconds, until it has paused for as long as it worked', async () => {
  let now = 0;
  const turns = new Turns(() => now);
  function* work(milliseconds: number): Steps<string> {
    now += milliseconds;
    yield;
    return 'done';
  }
  await turns.run('a', work(5_000));
  const isLight = (): boolean => turns.runSmall('a', work(0)) === 'done';
  now += 8_000;
  expect(isLight()).toBe(false);
  now += 2_000;
  expect(isLight()).toBe(true);
});

test('only subjects that take little, when even they wait, make a batch linger', async () => {
  const { turns, work, order } = worker();
  const heavy = turns.run('a', work('a', 200));
  expect(turns.isBusy).toBe(true);
  while (order.length < 100) await nextTurn();
  expect(turns.isBusy).toBe(false);
  const light = turns.run('b', work('b', 1));
  expect(turns.isBusy).toBe(true);
  await Promise.all([heavy, light]);
});

test('small work is done at once, until its subject has had its part: then it waits as long work does', async () => {
  const { turns, work, order } = worker();
  for (let i = 0; i < 50; i += 1) expect(turns.runSmall('a', work('a', 1))).toBe('a');
  const waits = turns.runSmall('a', work('late', 1));
  expect(waits).toBeInstanceOf(Promise);
  expect(order).not.toContain('late');
  expect(turns.runSmall('b', work('b', 1))).toBe('b');
  expect(await waits).toBe('late');
});

test('small work that fails counts, too', () => {
  const { turns, work } = worker();
  function* failing(): Steps<never> {
    yield* work('a', 50);
    throw new Error('mine');
  }
  expect(() => turns.runSmall('a', failing())).toThrow('mine');
  expect(turns.runSmall('a', work('a', 1))).toBeInstanceOf(Promise);
});

test('an error of one task is its own', async () => {
  const { turns, work } = worker();
  // biome-ignore lint/correctness/useYield: it fails before its first step
  function* broken(): Steps<never> {
    throw new Error('mine');
  }
  const [good, bad] = await Promise.allSettled([turns.run('a', work('a', 5)), turns.run('a', broken())]);
  expect(good).toMatchObject({ value: 'a' });
  expect(bad).toMatchObject({ reason: new Error('mine') });
});
