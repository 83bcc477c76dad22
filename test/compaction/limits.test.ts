/** What bounds the work of a task: calls in flight, transfers without progress, deadlines. */

import { getEventListeners } from 'node:events';
import { mapConcurrently } from '../../lambda/compaction/concurrency';
import { backoffMillis } from '../../lambda/compaction/limits/backoff';
import { Deadline, DeadlineError, sleep, unlessAborted, within } from '../../lambda/compaction/limits/deadline';
import { inStatements, MAX_COLUMNS, parquetObjects } from '../../lambda/compaction/limits/parquet-objects';
import {
  LEAST_BYTES,
  STALL_MILLIS as SHIPPED_STALL_MILLIS,
  type StalledError,
  TransferWatch,
} from '../../lambda/compaction/limits/transfer-watch';
import { mostOf, withDeadline } from '../../lambda/compaction/runtime/time-limit';
import { testDataset } from './support/test-dataset';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('calls at a time', () => {
  test('are never more than the limit, and results are in the order of the input', async () => {
    let running = 0;
    let most = 0;
    const results = mapConcurrently([30, 10, 20, 5, 1], 2, async (delay, index) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, delay));
      running--;
      return `${index}:${delay}`;
    });
    await jest.runAllTimersAsync();
    expect(await results).toEqual(['0:30', '1:10', '2:20', '3:5', '4:1']);
    expect(most).toBe(2);
  });

  test('end with the first failure: what is in flight goes on, nothing else begins', async () => {
    const begun: number[] = [];
    const results = mapConcurrently([0, 1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      await new Promise((resolve) => setTimeout(resolve, item === 0 ? 10 : 50));
      if (item === 0) throw new Error('the first');
    });
    const failure = expect(results).rejects.toThrow('the first');
    await jest.runAllTimersAsync();
    await failure;
    expect(begun).toEqual([0, 1]);
  });
});

describe('a promise and a signal', () => {
  const later = <T>(milliseconds: number, value: T): Promise<T> =>
    new Promise((resolve) => setTimeout(() => resolve(value), milliseconds));

  test('without a grace the abort is told at once', async () => {
    const abort = new AbortController();
    const given = unlessAborted(abort.signal, later(1_000, 'late'));
    const failure = expect(given).rejects.toThrow('enough');
    abort.abort(new Error('enough'));
    await failure;
  });

  test.each([
    [400, 'done'],
    [600, undefined],
  ])('with a grace of 500 ms, work that ends %i ms after the abort gives %s', async (milliseconds, wanted) => {
    const abort = new AbortController();
    const given = unlessAborted(abort.signal, later(milliseconds, 'done'), 500).catch(() => undefined);
    abort.abort(new Error('enough'));
    await jest.advanceTimersByTimeAsync(650);
    expect(await given).toBe(wanted);
  });

  test('a signal that was raised before is noticed too', async () => {
    await expect(unlessAborted(AbortSignal.abort(new Error('before')), later(1_000, 'late'))).rejects.toThrow('before');
  });

  test('a signal that was raised before leaves the grace too', async () => {
    const given = unlessAborted(AbortSignal.abort(new Error('before')), later(400, 'done'), 500);
    await jest.advanceTimersByTimeAsync(400);
    expect(await given).toBe('done');
    expect(jest.getTimerCount()).toBe(0);
  });

  test('leaves neither a timer nor a listener', async () => {
    const abort = new AbortController();
    expect(await unlessAborted(abort.signal, Promise.resolve(1), 500)).toBe(1);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    abort.abort(new Error('after the end'));
    expect(jest.getTimerCount()).toBe(0);
  });

  test('the error of the work is the outcome', async () => {
    await expect(unlessAborted(new AbortController().signal, Promise.reject(new Error('failed')))).rejects.toThrow(
      'failed',
    );
  });

  test('without a signal it is as the promise', async () => {
    expect(await unlessAborted(undefined, Promise.resolve(1), 500)).toBe(1);
    await expect(unlessAborted(undefined, Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  });
});

describe('a sleep', () => {
  test.each([
    ['without a signal', undefined],
    ['with a signal that is not raised', new AbortController().signal],
  ])('takes its time %s', async (_, signal) => {
    jest.useRealTimers();
    const { setTimeout: timer } = await import('node:timers/promises');
    expect(await Promise.race([sleep(1, signal).then(() => 'slept'), timer(10_000, 'late', { ref: false })])).toBe(
      'slept',
    );
  });

  test('ends with the reason of its signal', async () => {
    jest.useRealTimers();
    const abort = new AbortController();
    const slept = sleep(60_000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(slept).rejects.toThrow(new Error('enough'));
    await expect(sleep(60_000, AbortSignal.abort(new Error('before')))).rejects.toThrow(new Error('before'));
  });
});

describe('a promise and a time', () => {
  test('that is over first: the error says what took how long', async () => {
    const failure = expect(within(1_500, 'Closing it', new Promise(() => undefined))).rejects.toThrow(
      new Error('Closing it took more than 1.5 s'),
    );
    await jest.advanceTimersByTimeAsync(1_500);
    await failure;
  });

  test('that is not: its outcome, and no timer is left', async () => {
    expect(await within(1_500, 'It', Promise.resolve(1))).toBe(1);
    await expect(within(1_500, 'It', Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('the wait before another attempt', () => {
  const BACKOFF = { first: 50, maximum: 5_000 };

  test.each([
    [0, 50],
    [1, 100],
    [2, 200],
    [6, 3_200],
    [7, 5_000],
    [100, 5_000],
  ])('after attempt %i is any part of %i ms', (attempt, longest) => {
    const random = jest.spyOn(Math, 'random');
    for (const part of [0, 0.25, 1]) {
      random.mockReturnValue(part);
      expect(backoffMillis(BACKOFF, attempt)).toBe(part * longest);
    }
    random.mockRestore();
  });
});

describe('a transfer', () => {
  const STALL_MILLIS = 10_000;

  /** Begins one that is told of so many bytes each second. */
  function begin(watch: TransferWatch, bytesPerSecond: number) {
    const given: StalledError[] = [];
    const transfer = watch.begin((error) => given.push(error));
    const timer = setInterval(() => transfer.count(bytesPerSecond), 1_000);
    return { transfer, given, stop: () => clearInterval(timer) };
  }

  const ENOUGH = Math.ceil(LEAST_BYTES / 9);

  test('that makes progress is left alone, one that does not is given up once, with what came', async () => {
    const watch = new TransferWatch(STALL_MILLIS);
    const [fast, slow] = [begin(watch, ENOUGH), begin(watch, 10)];
    await jest.advanceTimersByTimeAsync(STALL_MILLIS * 6);
    expect(fast.given).toEqual([]);
    expect(slow.given).toHaveLength(1);
    expect(slow.given[0]?.message).toMatch(/^no progress: \d+ bytes came in 10 s$/);
    expect(slow.given[0]?.name).toBe('TimeoutError');
    fast.stop();
    slow.stop();
    fast.transfer.end();
  });

  /** Milliseconds until a transfer that gets so many bytes at once is given up; undefined: it is not. */
  async function givenUpAfter(watch: TransferWatch, bytes: number, most: number): Promise<number | undefined> {
    const started = Date.now();
    let after: number | undefined;
    const transfer = watch.begin((error) => {
      after = Date.now() - started;
      expect(error.message).toBe(`no progress: ${bytes} bytes came in 10 s`);
    });
    transfer.count(bytes);
    await jest.advanceTimersByTimeAsync(most);
    transfer.end();
    return after;
  }

  test('needs 128 KiB in each period, which is counted in ticks of a tenth: a late one is one', async () => {
    expect(LEAST_BYTES).toBe(131_072);
    const watch = new TransferWatch(STALL_MILLIS);
    expect(await givenUpAfter(watch, LEAST_BYTES - 1, 60_000)).toBe(11_000);
    // Enough for the first period, but nothing came in the second.
    const given: StalledError[] = [];
    const transfer = watch.begin((error) => given.push(error));
    transfer.count(LEAST_BYTES);
    await jest.advanceTimersByTimeAsync(21_999);
    expect(given).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(given.map(({ message }) => message)).toEqual(['no progress: 0 bytes came in 10 s']);
  });

  test('has 30 seconds as it is shipped', async () => {
    expect(SHIPPED_STALL_MILLIS).toBe(30_000);
    const given: StalledError[] = [];
    new TransferWatch().begin((error) => given.push(error));
    await jest.advanceTimersByTimeAsync(32_999);
    expect(given).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(given).toHaveLength(1);
  });

  test('of several is given up by itself, and the timer stays for the others', async () => {
    const watch = new TransferWatch(STALL_MILLIS);
    const [slow, fast] = [begin(watch, 0), begin(watch, ENOUGH)];
    await jest.advanceTimersByTimeAsync(STALL_MILLIS * 3);
    expect([slow.given.length, fast.given.length]).toEqual([1, 0]);
    fast.stop();
    await jest.advanceTimersByTimeAsync(STALL_MILLIS * 3);
    expect(fast.given).toHaveLength(1);
    slow.stop();
  });

  test('is watched when another one has ended', async () => {
    const watch = new TransferWatch(STALL_MILLIS);
    const [first, second] = [begin(watch, 0), begin(watch, 0)];
    first.transfer.end();
    await jest.advanceTimersByTimeAsync(STALL_MILLIS * 2);
    expect([first.given.length, second.given.length]).toEqual([0, 1]);
    first.stop();
    second.stop();
  });

  test('is watched when all before it have ended, and no timer is left after the last', async () => {
    const watch = new TransferWatch(STALL_MILLIS);
    watch.begin(() => undefined).end();
    expect(jest.getTimerCount()).toBe(0);
    const given: StalledError[] = [];
    watch.begin((error) => given.push(error));
    await jest.advanceTimersByTimeAsync(STALL_MILLIS * 2);
    expect(given).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('that nobody waits for is not given up, however long', async () => {
    const watch = new TransferWatch(STALL_MILLIS);
    const { transfer, given, stop } = begin(watch, 0);
    transfer.pause();
    await jest.advanceTimersByTimeAsync(STALL_MILLIS * 10);
    expect(given).toEqual([]);
    transfer.resume();
    await jest.advanceTimersByTimeAsync(STALL_MILLIS * 2);
    expect(given).toHaveLength(1);
    stop();
  });
});

describe('the deadline of a function', () => {
  const limitOf = (left: number) => ({ getRemainingTimeInMillis: () => left });

  /** Milliseconds until work that ends at the signal was told to. */
  async function toldAfter(limit: { getRemainingTimeInMillis(): number } | undefined, taskMillis: number) {
    const started = Date.now();
    const told = withDeadline(limit, taskMillis, async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return Date.now() - started;
    });
    await jest.advanceTimersByTimeAsync(1_000_000);
    return await told;
  }

  test.each([
    ['20 seconds before Lambda ends it', 300_000, 280_000],
    ['after half of a short time', 30_000, 15_000],
    ['20 seconds before, where that is half of it', 40_000, 20_000],
    ['20 seconds before, where that is more than half', 41_000, 21_000],
  ])('is %s', async (_, left, wanted) => {
    expect(await toldAfter(limitOf(left), 1)).toBe(wanted);
  });

  test('is told by an error of its own, with the seconds', async () => {
    const deadline = new Deadline(1_499);
    await jest.advanceTimersByTimeAsync(1_498);
    expect(deadline.signal.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(deadline.signal.reason).toEqual(new DeadlineError('The task was given up after 1 s, its limit'));
    expect(deadline.signal.reason.name).toBe('DeadlineError');
  });

  test('never comes once the work is done', async () => {
    const deadline = new Deadline(1_000);
    deadline.close();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(deadline.signal.aborted).toBe(false);
  });

  test('is that of the task where there is no Lambda', async () => {
    expect(await toldAfter(undefined, 70_000)).toBe(70_000);
  });

  test('leaves no timer when the work is done, or failed', async () => {
    expect(await withDeadline(limitOf(300_000), 1, async () => 'done')).toBe('done');
    expect(jest.getTimerCount()).toBe(0);
    await expect(withDeadline(limitOf(300_000), 1, () => Promise.reject(new Error('failed')))).rejects.toThrow(
      'failed',
    );
    expect(jest.getTimerCount()).toBe(0);
  });

  test('work that does not end when it is told to is left after 15 seconds', async () => {
    const left = expect(withDeadline(limitOf(300_000), 1, () => new Promise(() => undefined))).rejects.toThrow();
    await jest.advanceTimersByTimeAsync(280_000 + 14_999);
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    await left;
  });

  test('work that does not end is left after a quarter of a short time', async () => {
    const left = expect(withDeadline(limitOf(20_000), 1, () => new Promise(() => undefined))).rejects.toThrow(
      'The task was given up after 10 s, its limit',
    );
    await jest.advanceTimersByTimeAsync(10_000 + 4_999);
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    await left;
  });

  test('most of the time is two thirds of it', () => {
    const isOver = mostOf(limitOf(90_000), 1);
    jest.advanceTimersByTime(59_999);
    expect(isOver()).toBe(false);
    jest.advanceTimersByTime(1);
    expect(isOver()).toBe(true);
    expect(mostOf(undefined, 0)()).toBe(true);
  });
});

test('Parquet objects of a batch and of a statement are fewer the more columns there are, and at least one', () => {
  const most = (columns: number, of: number): number => parquetObjects({ columns: Array(columns) }, of);
  expect([1, 10, 90, 1_990].map((columns) => most(columns, 2_000))).toEqual([181, 100, 20, 1]);
  expect([most(5_000, 2_000), most(90, 1_999), most(0, 10)]).toEqual([1, 19, 1]);
  expect([
    parquetObjects(testDataset(), MAX_COLUMNS.ofStatement),
    parquetObjects(testDataset(), MAX_COLUMNS.ofBatch),
  ]).toEqual([153, 7_692]);
});

test('statements have the columns of the dataset for each Parquet object, or those of its file where they are more', () => {
  const statements = (columns: number, ...files: readonly number[]): string[] => {
    const objects = files.map((of, index) => ({ columns: of, query: String(index) }));
    return inStatements({ columns: Array(columns) }, objects).map((queries) => queries.join(' '));
  };
  expect(statements(490, 1, 490, 3, 4, 5)).toEqual(['0 1 2 3', '4']);
  expect(statements(3, 990, 990, 1, 1_990, 1)).toEqual(['0 1', '2', '3', '4']);
  expect(statements(3, 5_000, 3, 5_000)).toEqual(['0', '1', '2']);
  expect(statements(3)).toEqual([]);
});
