import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitBreaker, StoreDownError } from '../../gateway/rate/breaker';

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

describe('its reports', () => {
  function start() {
    const clock = { now: 0 };
    const changes: [boolean, string][] = [];
    const breaker = new CircuitBreaker(
      1_000,
      (...change) => changes.push(change),
      () => clock.now,
    );
    const fail = (reason: unknown = new Error('no')) =>
      breaker.call(() => Promise.reject(reason)).catch((error) => error);
    const work = () => breaker.call(async () => 'fine');
    return { clock, changes, breaker, fail, work };
  }

  test('have the reason of the last failure, once, and that it works again', async () => {
    const { clock, changes, fail, work } = start();
    for (const reason of ['one', 'two', 'three', 'four']) await fail(new Error(reason));
    clock.now = 1_000;
    await fail('five');
    clock.now = 2_000;
    await work();
    await work();
    expect(changes).toEqual([
      [true, 'three'],
      [false, 'the store answers again'],
    ]);
  });

  test('a failure is an error of its own, with its reason; while it is open, that it is', async () => {
    const { fail } = start();
    expect(await fail(new Error('gone'))).toMatchObject({ name: 'StoreDownError', message: 'gone' });
    expect(await fail('odd')).toMatchObject({ message: 'odd' });
    await fail();
    expect(await fail()).toMatchObject({ name: 'StoreDownError', message: 'the breaker is open' });
  });

  test('a success between failures begins the count anew', async () => {
    const { breaker, fail, work } = start();
    for (let i = 0; i < 5; i += 1) {
      await fail();
      await fail();
      expect(await work()).toBe('fine');
    }
    expect(breaker.isOpen).toBe(false);
    await fail();
    await fail();
    expect(breaker.isOpen).toBe(false);
    await fail();
    expect(breaker.isOpen).toBe(true);
  });

  test('one call may try after a second, counted from the last failure; the others do not wait for it', async () => {
    const { clock, breaker, fail, work } = start();
    for (let i = 0; i < 3; i += 1) await fail();
    clock.now = 999;
    await expect(work()).rejects.toThrow('the breaker is open');
    clock.now = 1_000;
    let answer = (_: string): void => {};
    const trying = breaker.call(
      () =>
        new Promise<string>((resolve) => {
          answer = resolve;
        }),
    );
    await expect(work()).rejects.toThrow('the breaker is open');
    answer('back');
    expect(await trying).toBe('back');
    expect(await work()).toBe('fine');
    // One that fails again opens it for another second, and then the next may try.
    for (let i = 0; i < 3; i += 1) await fail();
    clock.now = 2_500;
    await fail();
    clock.now = 3_499;
    await expect(work()).rejects.toThrow('the breaker is open');
    clock.now = 3_500;
    expect(await work()).toBe('fine');
  });

  test('work that fails before it begins is a failure like others', async () => {
    const { breaker } = start();
    const broken = (): Promise<never> => {
      throw new Error('at once');
    };
    for (let i = 0; i < 3; i += 1) await expect(breaker.call(broken)).rejects.toThrow(StoreDownError);
    expect(breaker.isOpen).toBe(true);
  });
});

describe('with the time of the test', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test('an answer that came in time, but is read after the timer of a process that was busy, counts', async () => {
    const breaker = new CircuitBreaker(20);
    let answer = (_: string): void => {};
    const call = breaker.call(
      () =>
        new Promise<string>((resolve) => {
          answer = resolve;
        }),
    );
    jest.advanceTimersByTime(20);
    answer('late, but there');
    expect(await call).toBe('late, but there');
  });

  test('no answer within the time is a failure, not earlier; no timer is left of one that came or failed', async () => {
    const breaker = new CircuitBreaker(20);
    let outcome: unknown;
    breaker
      .call(() => new Promise(() => {}))
      .catch((error: Error) => {
        outcome = error.message;
      });
    jest.advanceTimersByTime(19);
    await new Promise(setImmediate);
    expect(outcome).toBeUndefined();
    jest.advanceTimersByTime(1);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(outcome).toBe('no answer within 20 ms');
    await breaker.call(async () => 'fine');
    await breaker.call(() => Promise.reject(new Error('no'))).catch(() => {});
    expect(jest.getTimerCount()).toBe(0);
  });
});
