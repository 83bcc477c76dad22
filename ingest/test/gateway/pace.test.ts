import { Pace } from '../../gateway/http/pace';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  // A process is never as young as its connections.
  jest.advanceTimersByTime(100_000);
});

afterEach(() => {
  jest.useRealTimers();
});

const seconds = (count: number): void => jest.advanceTimersByTime(count * 1_000);

describe('a body', () => {
  const watch = (pace: Pace) => {
    const body = { received: 0, isAborted: false, end: (): void => {} };
    body.end = pace.body(
      () => body.received,
      () => {
        expect(body.isAborted).toBe(false);
        body.isAborted = true;
      },
    );
    return body;
  };
  const paced = (bytesPerSecond = 100) => new Pace({ bytesPerSecond, answerSeconds: 30 });

  test.each([
    [499, true],
    [500, false],
  ])('of %s bytes in five seconds, where 100 a second must come: aborted is %s', (received, isAborted) => {
    const body = watch(paced());
    body.received = received;
    seconds(4.999);
    expect(body.isAborted).toBe(false);
    seconds(0.001);
    expect(body.isAborted).toBe(isAborted);
  });

  test('may pause for less than five seconds, and is measured anew in each window', () => {
    const body = watch(paced());
    body.received = 10_000;
    seconds(5);
    expect(body.isAborted).toBe(false);
    // What came before the window does not help.
    body.received += 499;
    seconds(5);
    expect(body.isAborted).toBe(true);
  });

  test('goes on for as long as each window has its bytes', () => {
    const body = watch(paced());
    for (let window = 0; window < 20; window += 1) {
      body.received += 500;
      seconds(5);
    }
    expect(body.isAborted).toBe(false);
    seconds(5);
    expect(body.isAborted).toBe(true);
  });

  test('that began between two checks has a window of its own, and must bring as much more as it is longer', () => {
    const pace = paced();
    watch(pace).received = 1_000_000;
    seconds(0.5);
    const [less, enough] = [watch(pace), watch(pace)];
    less.received = 549;
    enough.received = 550;
    seconds(5.4);
    expect(less.isAborted).toBe(false);
    seconds(0.1);
    expect([less.isAborted, enough.isAborted]).toEqual([true, false]);
  });

  test('that has ended is not aborted; ending twice is ending once', () => {
    const pace = paced();
    const [first, second, third] = [watch(pace), watch(pace), watch(pace)];
    first.end();
    first.end();
    seconds(5);
    expect([first, second, third].map(({ isAborted }) => isAborted)).toEqual([false, true, true]);
    // And after it was aborted.
    second.end();
    const next = watch(pace);
    second.end();
    seconds(5);
    expect(next.isAborted).toBe(true);
  });

  test('which ends while others are looked at is left alone', () => {
    const pace = paced();
    const bodies = Array.from({ length: 6 }, () => watch(pace));
    const [a, b, c, d, e, f] = bodies as [(typeof bodies)[0], ...(typeof bodies)[0][]];
    // As when one connection carries several.
    pace.body(
      () => {
        b?.end();
        return 0;
      },
      () => {
        e?.end();
        f?.end();
      },
    );
    d?.end();
    seconds(5);
    expect([a, c].map((body) => body?.isAborted)).toEqual([true, true]);
    expect(d?.isAborted).toBe(false);
  });

  test('is never aborted where no rate is set', () => {
    const body = watch(paced(0));
    expect(jest.getTimerCount()).toBe(0);
    seconds(3_600);
    expect(body.isAborted).toBe(false);
    body.end();
  });
});

describe('an answer', () => {
  const watch = (pace: Pace) => {
    const connection = {
      destroyed: 0,
      destroy(): void {
        this.destroyed += 1;
      },
    };
    return { connection, end: pace.answer(connection) };
  };

  test('that is not taken within its seconds loses its connection, once', () => {
    const { connection } = watch(new Pace({ bytesPerSecond: 0, answerSeconds: 30 }));
    seconds(29.999);
    expect(connection.destroyed).toBe(0);
    seconds(0.001);
    expect(connection.destroyed).toBe(1);
    seconds(60);
    expect(connection.destroyed).toBe(1);
  });

  test('that was taken in time keeps it', () => {
    const pace = new Pace({ bytesPerSecond: 0, answerSeconds: 30 });
    const [taken, slow] = [watch(pace), watch(pace)];
    taken.end();
    seconds(30);
    expect([taken.connection.destroyed, slow.connection.destroyed]).toEqual([0, 1]);
  });
});

test('one timer checks everything, once a second, and stops when there is nothing to check', () => {
  const pace = new Pace({ bytesPerSecond: 1, answerSeconds: 30 });
  expect(jest.getTimerCount()).toBe(0);
  const ends = [
    pace.body(
      () => 1_000,
      () => {},
    ),
    pace.answer({ destroy: () => {} }),
    pace.answer({ destroy: () => {} }),
  ];
  expect(jest.getTimerCount()).toBe(1);
  ends[0]?.();
  ends[1]?.();
  seconds(1);
  expect(jest.getTimerCount()).toBe(1);
  ends[2]?.();
  seconds(1);
  expect(jest.getTimerCount()).toBe(0);
  // And begins again.
  let isAborted = false;
  pace.body(
    () => 0,
    () => {
      isAborted = true;
    },
  );
  expect(jest.getTimerCount()).toBe(1);
  seconds(5);
  expect(isAborted).toBe(true);
  expect(jest.getTimerCount()).toBe(0);
});
