import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Pace } from '../../gateway/http/pace';
import { RefusedError } from '../../gateway/http/problems';
import { receive } from '../../gateway/http/receive';

interface Options {
  readonly announced?: number | undefined;
  readonly bodyBytes?: number;
  readonly room?: (bytes: number) => void;
  readonly pace?: Pace;
}

/** A body that arrives piece by piece, and what becomes of it. */
function receiving({ announced, bodyBytes = 1_000, room = () => {}, pace = NO_PACE }: Options = {}) {
  const stream = new PassThrough();
  const outcomes: (string | object)[] = [];
  receive(stream, { announced, bodyBytes, pace, room }, (error, body) => {
    if (error === null) outcomes.push((body as Buffer).toString());
    else outcomes.push(error instanceof RefusedError ? error.problem : error);
  });
  return {
    stream,
    outcomes,
    send: async (...pieces: string[]): Promise<void> => {
      for (const piece of pieces) {
        stream.write(piece);
        await nextTurn();
      }
    },
    end: async (): Promise<void> => {
      stream.end();
      await nextTurn();
    },
  };
}

const NO_PACE = new Pace({ bytesPerSecond: 0, answerSeconds: 30 });
const CUT_OFF = { status: 400, code: 'bad-body', detail: 'the body ended before its length' };
const TOO_LARGE = { status: 413, code: 'too-large', detail: 'the body is larger than 1000 bytes' };
const IN_PIECES = {
  status: 400,
  code: 'bad-body',
  detail: 'the body comes in pieces of less than 32 bytes; send larger chunks',
};

test.each([undefined, 6])(
  'a body of announced length %s is whole, with a newline, once it has ended',
  async (announced) => {
    const { send, end, outcomes } = receiving({ announced });
    await send('abc', 'def');
    expect(outcomes).toEqual([]);
    await end();
    expect(outcomes).toEqual(['abcdef\n']);
  },
);

test('an empty one is a newline', async () => {
  const { end, outcomes } = receiving({ announced: 0 });
  await end();
  expect(outcomes).toEqual(['\n']);
});

test.each([
  ['shorter', 7],
  ['longer', 5],
])('one that is %s than announced is refused', async (_, announced) => {
  const { send, end, outcomes } = receiving({ announced });
  await send('abcdef');
  await end();
  expect(outcomes).toEqual([CUT_OFF]);
});

test('as many bytes as allowed are taken; the first beyond them is the end of it', async () => {
  const enough = receiving();
  await enough.send('x'.repeat(600), 'x'.repeat(400));
  await enough.end();
  expect(enough.outcomes).toEqual([`${'x'.repeat(1_000)}\n`]);
  const more = receiving();
  await more.send('x'.repeat(600), 'x'.repeat(401), 'x');
  await more.end();
  expect(more.outcomes).toEqual([TOO_LARGE]);
});

test.each([
  ['an error of the connection', (stream: PassThrough) => stream.emit('error', new Error('reset'))],
  ['a connection that is gone', (stream: PassThrough) => stream.emit('close')],
])('%s ends it, once, and nothing listens any more', async (_, happens) => {
  const { stream, send, outcomes } = receiving({ announced: 6 });
  await send('abc');
  const before = stream.listenerCount('data');
  happens(stream);
  expect(outcomes).toEqual([CUT_OFF]);
  expect(before - stream.listenerCount('data')).toBe(1);
  stream.emit('close');
  expect(outcomes).toHaveLength(1);
});

test('a thousand pieces are taken however small they are, and more if they have 32 bytes on average', async () => {
  const small = receiving({ bodyBytes: 100_000 });
  await small.send(...Array.from({ length: 1_000 }, () => 'x'));
  expect(small.outcomes).toEqual([]);
  await small.send('x');
  expect(small.outcomes).toEqual([IN_PIECES]);
  const large = receiving({ bodyBytes: 100_000 });
  // The piece itself is not counted before it is there.
  await large.send('x'.repeat(64), ...Array.from({ length: 1_000 }, () => 'x'.repeat(32)));
  expect(large.outcomes).toEqual([]);
  await large.send('x'.repeat(31));
  expect(large.outcomes).toEqual([]);
  await large.send('x');
  expect(large.outcomes).toEqual([IN_PIECES]);
}, 30_000);

test.each([
  [undefined, [11, 22]],
  [15, [16]],
  [1_000_000, [65_537]],
])(
  'of the %s bytes that are announced, 64 KiB are reserved at most, and nothing before the first byte',
  async (announced, asked) => {
    const rooms: number[] = [];
    const { send } = receiving({ announced, bodyBytes: 10_000_000, room: (bytes) => rooms.push(bytes) });
    expect(rooms).toEqual([]);
    await send('x'.repeat(10), 'xxxxx');
    expect(rooms).toEqual(asked);
  },
);

test('without room it ends with the reason', async () => {
  const full = new Error('no room');
  const { send, outcomes } = receiving({
    room: () => {
      throw full;
    },
  });
  await send('x');
  expect(outcomes).toEqual([full]);
});

describe('its pace', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test('is that of the bytes which have arrived: a body below it is refused', async () => {
    const { send, outcomes } = receiving({ pace: new Pace({ bytesPerSecond: 1, answerSeconds: 30 }) });
    await send('12345');
    jest.advanceTimersByTime(5_000);
    expect(outcomes).toEqual([]);
    await send('1234');
    jest.advanceTimersByTime(5_000);
    expect(outcomes).toEqual([
      { status: 408, code: 'too-slow', detail: 'the body arrives too slowly; send it faster, or send less' },
    ]);
  });

  test('does not matter any more once it has ended', async () => {
    const { send, end, outcomes } = receiving({ pace: new Pace({ bytesPerSecond: 1, answerSeconds: 30 }) });
    await send('a');
    await end();
    jest.advanceTimersByTime(20_000);
    expect(outcomes).toEqual(['a\n']);
    expect(jest.getTimerCount()).toBe(0);
  });
});
