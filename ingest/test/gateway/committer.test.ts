import { gunzipSync } from 'node:zlib';
import type { BatchOutcome, Pending } from '../../gateway/commit/batch';
import { Committer, type CommitterOptions, type EventMemory } from '../../gateway/commit/committer';
import { type Sink, SinkError } from '../../gateway/commit/sink';
import type { CommitSettings } from '../../gateway/settings';

interface Options {
  readonly settings?: Partial<CommitSettings>;
  readonly sink?: Sink;
  readonly memory?: EventMemory;
  readonly localEvents?: number;
  readonly isBusy?: CommitterOptions['isBusy'];
}

/** A committer before a sink that keeps what it gets, and holds each PUT if it is told to. */
function start({ settings = {}, sink, memory, localEvents = 10, isBusy }: Options = {}) {
  const puts: { key: string; text: string }[] = [];
  const held: (() => void)[] = [];
  const seen: (string | number)[][] = [];
  const state = { isHolding: false };
  const own: Sink = {
    put: async (key, body) => {
      puts.push({ key, text: gunzipSync(body).toString() });
      if (state.isHolding) await new Promise<void>((resolve) => held.push(resolve));
    },
  };
  const committer = new Committer({
    sink: sink ?? own,
    settings: {
      ...{ latencyClass: 'low', lingerMs: 10, batchBytes: 1_000 },
      ...{ putSeconds: 1, putAttemptSeconds: 1, putsInFlight: 2 },
      ...settings,
    },
    nodeId: 'node',
    localEvents,
    memory,
    observer: {
      batch: (...all) => seen.push(['batch', ...all]),
      failed: (...all) => seen.push(['failed', ...all]),
    },
    ...(isBusy === undefined ? {} : { isBusy }),
  });
  const add = (text: string, { identity, content = 'c', partition = 'day=1' }: Partial<Event> = {}) => {
    const bytes = Buffer.from(`${text}\n`);
    return committer.add('clicks', partition, { bytes, start: 0, end: bytes.length, content }, identity);
  };
  return { committer, add, puts, held, seen, state };
}

interface Event {
  readonly identity: string;
  readonly content: string;
  readonly partition: string;
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
});

afterEach(() => {
  jest.useRealTimers();
});

const { setTimeout: later } = globalThis;

/** Compression happens on other threads, in its own time. */
const until = async (condition: () => boolean): Promise<void> => {
  for (let turns = 0; turns < 1_000 && !condition(); turns += 1)
    await new Promise((done) => later(done, turns < 50 ? 0 : 5));
  expect(condition()).toBe(true);
};
const outcome = async (pending: Pending | undefined): Promise<BatchOutcome | undefined> => {
  let settled: BatchOutcome | undefined;
  void pending?.batch.settled.then((own) => {
    settled = own;
  });
  await until(() => settled !== undefined);
  return settled;
};
const pass = (milliseconds: number): void => jest.advanceTimersByTime(milliseconds);
const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('a batch', () => {
  test('lingers for as long as the settings say, and is then one object of all its lines', async () => {
    const { add, puts, seen, committer } = start();
    const first = add('{"a":1}');
    pass(9);
    const second = add('{"b":2}');
    expect(second).toBe(first);
    await settle();
    expect(puts).toEqual([]);
    expect(committer.unsettled).toBe(1);
    pass(1);
    expect(await outcome(first)).toEqual({ ok: true });
    expect(puts.map(({ text }) => text)).toEqual(['{"a":1}\n{"b":2}\n']);
    expect(seen).toEqual([['batch', 'clicks', 2, 16, expect.any(Number)]]);
    expect(seen[0]?.[4]).toBeGreaterThan(20);
    expect(committer.unsettled).toBe(0);
  });

  test('has a name of the time, the node, its number and a part at random, below its partition', async () => {
    jest.setSystemTime(Date.parse('2026-06-15T10:11:12.345Z'));
    const { add, puts } = start();
    const one = add('{}');
    pass(10);
    await outcome(one);
    const two = add('{}');
    pass(10);
    await outcome(two);
    const name = /^raw\/clicks\/day=1\/ingest-20260615T101112(\d{3})Z-node-(\d+)-([0-9a-f-]{36})\.json\.gz$/;
    const parts = puts.map(({ key }) => name.exec(key)?.slice(1));
    expect(parts.map((part) => part?.slice(0, 2))).toEqual([
      ['355', '1'],
      ['365', '2'],
    ]);
    expect(parts[0]?.[2]).not.toBe(parts[1]?.[2]);
  });

  test('is of one partition', async () => {
    const { add, puts } = start();
    const [one, other] = [add('{"a":1}'), add('{"b":1}', { partition: 'day=2' })];
    expect(one?.batch).not.toBe(other?.batch);
    pass(10);
    await outcome(one);
    await outcome(other);
    expect(puts.map(({ key, text }) => [key.split('/')[2], text]).sort()).toEqual([
      ['day=1', '{"a":1}\n'],
      ['day=2', '{"b":1}\n'],
    ]);
  });

  test.each([
    [99, false],
    [100, true],
    [101, true],
  ])('of %s bytes of a hundred goes at once: %s', async (bytes, isSent) => {
    const { add } = start({ settings: { batchBytes: 100 } });
    const pending = add('x'.repeat(bytes - 1));
    // What comes next is in another one.
    expect(add('{}')?.batch === pending?.batch).toBe(!isSent);
    if (!isSent) pass(10);
    expect(await outcome(pending)).toEqual({ ok: true });
  });

  test('which waits for a free slot goes on growing, and is unsettled once', async () => {
    const { add, puts, held, state, committer } = start({ settings: { putsInFlight: 1 } });
    state.isHolding = true;
    const first = add('{"a":1}');
    pass(10);
    await until(() => held.length === 1);
    const second = add('{"b":1}', { partition: 'day=2' });
    pass(10);
    expect(add('{"b":2}', { partition: 'day=2' })).toBe(second);
    pass(10);
    await settle();
    expect([puts.length, committer.unsettled]).toEqual([1, 2]);
    held.pop()?.();
    expect(await outcome(first)).toEqual({ ok: true });
    await until(() => held.length === 1);
    // It is on its way: what comes now is for another.
    const third = add('{"b":3}', { partition: 'day=2' });
    expect(third?.batch).not.toBe(second?.batch);
    expect(committer.unsettled).toBe(2);
    held.pop()?.();
    await outcome(second);
    expect(puts[1]?.text).toBe('{"b":1}\n{"b":2}\n');
    state.isHolding = false;
    pass(10);
    await outcome(third);
    expect(puts[2]?.text).toBe('{"b":3}\n');
  });

  test('which is full while it waits does not take the place of a newer one of its partition', async () => {
    const { add, puts, held, state } = start({ settings: { putsInFlight: 1, batchBytes: 20 } });
    state.isHolding = true;
    add('{"a":1}');
    pass(10);
    await until(() => held.length === 1);
    const full = add('x'.repeat(30));
    const newer = add('{"c":1}');
    expect(newer?.batch).not.toBe(full?.batch);
    held.pop()?.();
    await until(() => held.length === 1);
    // The newer one still lingers, and takes more.
    expect(add('{"c":2}')).toBe(newer);
    state.isHolding = false;
    held.pop()?.();
    pass(10);
    await outcome(newer);
    expect(puts.map(({ text }) => text)).toEqual(['{"a":1}\n', `${'x'.repeat(30)}\n`, '{"c":1}\n{"c":2}\n']);
  });

  test('which becomes full while it waits goes once', async () => {
    const { add, puts, held, state, committer } = start({ settings: { putsInFlight: 1, batchBytes: 20 } });
    state.isHolding = true;
    const first = add('{"a":1}');
    pass(10);
    await until(() => held.length === 1);
    add('{"b":1}', { partition: 'day=2' });
    pass(10);
    const full = add('x'.repeat(30), { partition: 'day=2' });
    expect(committer.unsettled).toBe(2);
    const newer = add('{"c":1}', { partition: 'day=2' });
    expect(newer?.batch).not.toBe(full?.batch);
    // On its way, due and full, and open.
    expect(committer.unsettled).toBe(3);
    state.isHolding = false;
    held.pop()?.();
    await outcome(first);
    await outcome(full);
    pass(10);
    await outcome(newer);
    expect(puts.map(({ text }) => text)).toEqual(['{"a":1}\n', `{"b":1}\n${'x'.repeat(30)}\n`, '{"c":1}\n']);
  });

  test('there are as many on their way as the settings say', async () => {
    const { add, held, state, puts } = start({ settings: { putsInFlight: 2 } });
    state.isHolding = true;
    for (let day = 1; day <= 5; day += 1) add('{}', { partition: `day=${day}` });
    pass(10);
    await until(() => held.length === 2);
    await settle();
    expect(puts).toHaveLength(2);
    held.shift()?.();
    await until(() => puts.length === 3);
    state.isHolding = false;
    for (const open of held) open();
    await until(() => puts.length === 5);
  });

  test.each([
    ['busy', true, 50],
    ['not busy', false, 10],
  ])('of a process that is %s (%s) lingers for %s ms', async (_, busy, milliseconds) => {
    const { add, puts } = start({ isBusy: () => busy });
    const pending = add('{}');
    pass(milliseconds - 1);
    await settle();
    expect(puts).toEqual([]);
    pass(1);
    await outcome(pending);
    expect(puts).toHaveLength(1);
  });

  test('lingers no longer once the process is not busy any more', async () => {
    let isBusy = true;
    const { add, puts } = start({ isBusy: () => isBusy });
    const pending = add('{}');
    pass(25);
    isBusy = false;
    pass(5);
    await outcome(pending);
    expect(puts).toHaveLength(1);
  });
});

describe('an event', () => {
  test('without an identity is stored as often as it is added', async () => {
    const { add, puts } = start();
    const pending = add('{"a":1}');
    expect(add('{"a":1}')).toBe(pending);
    pass(10);
    await outcome(pending);
    expect(add('{"a":1}')).toBeDefined();
    expect(puts[0]?.text).toBe('{"a":1}\n{"a":1}\n');
  });

  test('that is on its way is not added again: it waits for the first, as a repeat or as a conflict', async () => {
    const { add, puts } = start();
    const first = add('{"a":1}', { identity: 'a', content: '111111111111' });
    expect(first).toMatchObject({ isRepeat: false, isConflict: false });
    const again = add('{"a":1}', { identity: 'a', content: '111111111111' });
    expect(again).toEqual({ batch: first?.batch, isRepeat: true, isConflict: false });
    const other = add('{"a":2}', { identity: 'a', content: '222222222222' });
    expect(other).toEqual({ batch: first?.batch, isRepeat: false, isConflict: true });
    // The batch may be full, or on its way, by then.
    pass(10);
    expect(add('{"a":1}', { identity: 'a', content: '111111111111' })).toEqual(again);
    await outcome(first);
    expect(puts.map(({ text }) => text)).toEqual(['{"a":1}\n']);
  });

  test('that was stored is known as long as it is remembered', async () => {
    const { add } = start({ localEvents: 2 });
    const store = async (identity: string) => {
      const pending = add('{}', { identity, content: '111111111111' });
      pass(10);
      if (pending !== undefined) await outcome(pending);
      return pending;
    };
    await store('a');
    expect(await store('a')).toBeUndefined();
    const conflict = add('{}', { identity: 'a', content: '222222222222' });
    expect(conflict).toMatchObject({ isRepeat: false, isConflict: true });
    expect(await outcome(conflict)).toEqual({ ok: true });
    await store('b');
    await store('c');
    expect(await store('a')).toBeDefined();
  });

  test('that could not be stored is not known, and is stored when it is added again', async () => {
    let isDown = true;
    const puts: string[] = [];
    const sink: Sink = {
      put: async (key) => {
        if (isDown) throw new SinkError('gone');
        puts.push(key);
      },
    };
    const remembered: (readonly string[])[] = [];
    const memory: EventMemory = { known: async () => new Map(), remember: (events) => remembered.push(events) };
    const { add, seen } = start({ sink, memory });
    const pending = add('{"a":1}', { identity: 'a' });
    add('{"b":1}');
    pass(10);
    expect(await outcome(pending)).toEqual({ ok: false, reason: 'gone' });
    expect(seen).toEqual([['failed', 'clicks', 2, 'gone']]);
    expect(remembered).toEqual([]);
    isDown = false;
    const again = add('{"a":1}', { identity: 'a' });
    expect(again).toMatchObject({ isRepeat: false, isConflict: false });
    pass(10);
    expect(await outcome(again)).toEqual({ ok: true });
    expect([puts.length, remembered]).toEqual([1, [['a', 'c']]]);
  });

  test('of a batch that fails with something else than an error has that as the reason', async () => {
    const { add } = start({ sink: { put: () => Promise.reject('odd') } });
    const pending = add('{}');
    pass(10);
    expect(await outcome(pending)).toEqual({ ok: false, reason: 'odd' });
  });
});

describe('the shared memory', () => {
  const world = (stored: readonly [string, string][] = []) => {
    const asked: (readonly string[])[] = [];
    const remembered: (readonly string[])[] = [];
    const memory: EventMemory = {
      known: async (identities) => {
        asked.push(identities);
        return new Map(stored.filter(([identity]) => identities.includes(identity)));
      },
      remember: (events) => remembered.push(events),
    };
    return { asked, remembered, ...start({ memory }) };
  };

  test('is asked about the events that have an identity, and told of those that were stored, with their content', async () => {
    const { add, asked, remembered, puts } = world();
    const pending = add('{"a":1}', { identity: 'a', content: '1' });
    add('{"b":1}');
    add('{"c":1}', { identity: 'c', content: '3' });
    pass(10);
    await outcome(pending);
    expect(asked).toEqual([['a', 'c']]);
    expect(remembered).toEqual([['a', '1', 'c', '3']]);
    expect(puts[0]?.text).toBe('{"a":1}\n{"b":1}\n{"c":1}\n');
  });

  test('leaves out of the object what another node has stored, and is not told of it again', async () => {
    const { add, remembered, puts, seen } = world([['b', '2']]);
    const pending = add('{"a":1}', { identity: 'a', content: '1' });
    add('{"b":1}', { identity: 'b', content: 'x' });
    add('{"c":1}', { identity: 'c', content: '3' });
    pass(10);
    await outcome(pending);
    expect(puts[0]?.text).toBe('{"a":1}\n{"c":1}\n');
    expect(remembered).toEqual([['a', '1', 'c', '3']]);
    expect(seen).toEqual([['batch', 'clicks', 2, 16, expect.any(Number)]]);
    expect([...(pending?.batch.known ?? [])]).toEqual([['b', '2']]);
    // With the content that the other node has stored.
    expect(add('{"b":1}', { identity: 'b', content: '2' })).toBeUndefined();
  });

  test('that knows all of a batch makes it no object at all', async () => {
    const { add, remembered, puts, seen } = world([['a', '1']]);
    const pending = add('{"a":1}', { identity: 'a', content: '1' });
    pass(10);
    expect(await outcome(pending)).toEqual({ ok: true });
    expect([puts, remembered, seen]).toEqual([[], [], []]);
  });
});

describe('draining', () => {
  test('is done at once where nothing waits', async () => {
    const { committer } = start();
    let isDrained = false;
    void committer.drain().then(() => {
      isDrained = true;
    });
    await until(() => isDrained);
  });

  test('sends what lingers, waits for what is on its way, and then is done', async () => {
    const { committer, add, puts, held, state } = start();
    state.isHolding = true;
    add('{"a":1}');
    add('{"b":1}', { partition: 'day=2' });
    let drained = 0;
    const both = [committer.drain(), committer.drain()].map((each) => each.then(() => (drained += 1)));
    await until(() => held.length === 2);
    await settle();
    expect([puts.length, drained]).toEqual([2, 0]);
    held.pop()?.();
    await settle();
    expect(drained).toBe(0);
    held.pop()?.();
    await until(() => drained === 2);
    await Promise.all(both);
    expect([drained, committer.unsettled, jest.getTimerCount()]).toEqual([2, 0, 0]);
  });

  test('lets nothing linger any more, however busy the process is', async () => {
    const { committer, add, puts } = start({ isBusy: () => true });
    await committer.drain();
    const pending = add('{}');
    pass(0);
    await outcome(pending);
    expect(puts).toHaveLength(1);
  });

  test('waits also for a batch that waits for its slot', async () => {
    const { committer, add, puts, held, state } = start({ settings: { putsInFlight: 1 } });
    state.isHolding = true;
    for (let day = 1; day <= 3; day += 1) add('{}', { partition: `day=${day}` });
    let isDrained = false;
    const drained = committer.drain().then(() => {
      isDrained = true;
    });
    for (let put = 1; put <= 3; put += 1) {
      await until(() => held.length === 1);
      await settle();
      expect([puts.length, isDrained]).toEqual([put, false]);
      held.pop()?.();
    }
    await until(() => isDrained);
    await drained;
  });
});

test('draining waits also for what is added while the last PUT ends', async () => {
  const { committer, add, held, state, puts } = start();
  state.isHolding = true;
  add('{"a":1}');
  let isDrained = false;
  void committer.drain().then(() => {
    isDrained = true;
  });
  await until(() => held.length === 1);
  add('{"b":1}');
  held.pop()?.();
  await settle();
  expect(isDrained).toBe(false);
  pass(0);
  await until(() => held.length === 1);
  held.pop()?.();
  await until(() => isDrained);
  expect(puts).toHaveLength(2);
});
