/** What bounds the work of a task: calls in flight, transfers without progress, deadlines. */
import { mapConcurrently } from '../../lambda/compaction/concurrency';
import { unlessAborted } from '../../lambda/compaction/limits/deadline';
import { LEAST_BYTES, type StalledError, TransferWatch } from '../../lambda/compaction/limits/transfer-watch';
import { mostOf, withDeadline } from '../../lambda/compaction/runtime/time-limit';

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

  test('leaves neither a timer nor a listener', async () => {
    const abort = new AbortController();
    expect(await unlessAborted(abort.signal, Promise.resolve(1), 500)).toBe(1);
    abort.abort(new Error('after the end'));
    expect(jest.getTimerCount()).toBe(0);
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
  ])('is %s', async (_, left, wanted) => {
    expect(await toldAfter(limitOf(left), 1)).toBe(wanted);
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

  test('most of the time is two thirds of it', () => {
    const isOver = mostOf(limitOf(90_000), 1);
    jest.advanceTimersByTime(59_999);
    expect(isOver()).toBe(false);
    jest.advanceTimersByTime(1);
    expect(isOver()).toBe(true);
    expect(mostOf(undefined, 0)()).toBe(true);
  });
});
