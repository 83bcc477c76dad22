import { EventEmitter } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TokenVerifier } from '../../gateway/auth/tokens';
import { Admission, NoRoomError } from '../../gateway/http/admission';
import { Gate } from '../../gateway/http/gate';
import { RefusedError } from '../../gateway/http/problems';
import { CircuitBreaker } from '../../gateway/rate/breaker';
import { RateLimiter } from '../../gateway/rate/limiter';
import { readSettings } from '../../gateway/settings';
import { Metrics } from '../../gateway/telemetry/metrics';

const OVERHEAD = 2_048;
const MIB = 1024 * 1024;

class Connection extends EventEmitter {
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

/** A gate with a limit of 10 events a second and a burst of 20, whose clock stands still. */
function start({ isShared = false } = {}) {
  const clock = { now: 0 };
  const settings = readSettings({
    RAW_BUCKET: 'raw',
    INGEST_JWKS: '/keys.json',
    INGEST_JWT_ISSUER: 'me',
    INGEST_JWT_AUDIENCE: 'you',
    INGEST_RATE_PER_SECOND: '10',
    INGEST_RATE_BURST: '20',
    INGEST_MAX_EVENTS: '20',
    INGEST_REQUEST_SECONDS: '7',
    INGEST_BODY_BYTES_PER_SECOND: '100',
  });
  const asked: number[] = [];
  const limiter = new RateLimiter({
    ...settings.rate,
    breaker: new CircuitBreaker(1_000),
    now: () => clock.now,
    store: isShared
      ? {
          grant: async (_, need) => {
            asked.push(need);
            return { tokens: need, retryAfterMs: 0 };
          },
        }
      : undefined,
  });
  const admission = new Admission(MIB);
  const metrics = new Metrics(
    () => admission.bytes,
    () => 0,
  );
  const heard: (string | undefined)[] = [];
  const tokens = {
    verify: async (header: string | undefined) => {
      heard.push(header);
      return { subject: 'me', datasets: new Set(['a']), partitions: undefined };
    },
  };
  const gate = new Gate({ settings, tokens: tokens as unknown as TokenVerifier, limiter, admission, metrics });
  /** A request of a subject on a connection. */
  const open = (socket = new Connection(), subject = 'me') => {
    const request = { raw: { socket }, headers: { authorization: 'Bearer x' } } as unknown as FastifyRequest;
    const response = new EventEmitter();
    const context = gate.open(request);
    context.principal = { subject, datasets: new Set<string>(), partitions: undefined };
    return { socket, request, context, response, reply: { raw: response } as unknown as FastifyReply };
  };
  return { clock, gate, admission, metrics, heard, open, asked };
}

const shed = async (metrics: Metrics): Promise<readonly string[]> =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith('ingest_shed_total{'));

const refusal = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return error.problem;
  }
  return undefined;
};

const limited = (retryAfterSeconds: number) => ({
  status: 429,
  code: 'rate-limited',
  detail: 'more events than your limit of 10 a second',
  retryAfterSeconds,
});

test('a request begins with nothing known of it, and is found at the request of Fastify', () => {
  const { gate } = start();
  const request = {} as FastifyRequest;
  const before = performance.now();
  const context = gate.open(request);
  expect(request.ingest).toBe(context);
  expect(context.started).toBeGreaterThanOrEqual(before);
  expect(context).toEqual({
    started: context.started,
    principal: undefined,
    headers: undefined,
    reservation: undefined,
    paid: 0,
    isHandled: false,
    isClosed: false,
  });
});

test('the caller is whom the token names', async () => {
  const { gate, heard, open } = start();
  const { request, context } = open();
  context.principal = undefined;
  const principal = await gate.authenticate(request, context);
  expect([heard, context.principal, principal.subject]).toEqual([['Bearer x'], principal, 'me']);
});

describe('payment', () => {
  test('is up to what the request costs in all, of which the part that was paid is not paid again', () => {
    const { gate, open } = start();
    const { context } = open();
    expect(gate.pay(context, 1)).toBeUndefined();
    expect(gate.pay(context, 1)).toBeUndefined();
    expect(gate.pay(context, 0)).toBeUndefined();
    expect(context.paid).toBe(1);
    gate.pay(context, 15);
    expect(context.paid).toBe(15);
    // Five are left.
    expect(refusal(() => gate.pay(open().context, 6))).toEqual(limited(1));
    expect(refusal(() => gate.pay(open().context, 5))).toBeUndefined();
  });

  test('of more than a full bucket is a full bucket', () => {
    const { gate, open } = start();
    const { context } = open();
    gate.pay(context, 1_000);
    expect(context.paid).toBe(20);
    expect(refusal(() => gate.pay(context, 5_000))).toBeUndefined();
  });

  test.each([
    [1, 1],
    [10, 1],
    [11, 2],
    [20, 2],
  ])(
    'of %s tokens, where none is left, is refused for %s seconds, counted, and nothing is paid',
    async (tokens, wait) => {
      const { gate, open, metrics } = start();
      gate.pay(open().context, 20);
      const { context } = open();
      expect(refusal(() => gate.pay(context, tokens))).toEqual(limited(wait));
      expect(context.paid).toBe(0);
      expect(await shed(metrics)).toEqual(['ingest_shed_total{reason="rate"} 1']);
    },
  );

  test('of a request that has paid a part is refused for as long as both parts take', () => {
    const { gate, open } = start();
    gate.pay(open().context, 5);
    const { context } = open();
    gate.pay(context, 15);
    expect(refusal(() => gate.pay(context, 20))).toEqual(limited(2));
    expect(context.paid).toBe(15);
  });

  test('is refused without asking while it is known that not even one token is there; what has begun asks', () => {
    const { clock, gate, open } = start();
    const begun = open().context;
    gate.pay(begun, 1);
    gate.pay(open().context, 19);
    expect(refusal(() => gate.pay(open().context, 1))).toEqual(limited(1));
    clock.now = 99;
    // Of the 100 ms until a token is there, one is left, for whatever is asked for.
    expect(refusal(() => gate.pay(open().context, 20))).toEqual(limited(1));
    expect(refusal(() => gate.pay(begun, 20))).toEqual(limited(2));
    clock.now = 100;
    expect(refusal(() => gate.pay(open().context, 20))).toEqual(limited(2));
  });

  test('by a store is awaited, and paid once it has answered', async () => {
    const { gate, open, asked } = start({ isShared: true });
    const { context } = open();
    const paying = gate.pay(context, 5);
    expect(paying).toBeInstanceOf(Promise);
    expect(context.paid).toBe(0);
    await paying;
    expect([context.paid, asked]).toEqual([5, [5]]);
  });
});

describe('room', () => {
  test('is held from its admission to the end of the response', () => {
    const { gate, open, admission } = start();
    const { context, request, reply, response } = open();
    gate.makeRoom(context, request, reply, 100);
    expect(admission.bytes).toBe(OVERHEAD);
    context.reservation?.resize(500);
    expect(admission.bytes).toBe(OVERHEAD + 500);
    response.emit('close');
    expect([context.isClosed, admission.bytes, admission.subjects]).toEqual([true, 0, 0]);
  });

  test('is refused to what is too large, of the subject that asks', () => {
    const { gate, open, admission } = start();
    const first = open(new Connection(), 'a');
    gate.makeRoom(first.context, first.request, first.reply, 0);
    const { context, request, reply } = open(new Connection(), 'b');
    expect(() => gate.makeRoom(context, request, reply, MIB)).toThrow(NoRoomError);
    expect([context.reservation, admission.subjects]).toEqual([undefined, 1]);
  });

  test('is held on by a handler that works on, until it is done', () => {
    const { gate, open, admission } = start();
    const { context, request, reply, response } = open();
    gate.makeRoom(context, request, reply, 0);
    context.isHandled = true;
    response.emit('close');
    expect([context.isClosed, admission.bytes]).toEqual([true, OVERHEAD]);
  });

  test('of all requests on a connection is free when it ends, though their responses are never closed', () => {
    const { gate, open, admission } = start();
    const socket = new Connection();
    const all = Array.from({ length: 20 }, () => open(socket));
    for (const { context, request, reply } of all) gate.makeRoom(context, request, reply, 0);
    expect(admission.bytes).toBe(20 * OVERHEAD);
    // One listener for all of them: Node.js warns of more than ten.
    expect(socket.listenerCount('close')).toBe(1);
    socket.destroy();
    expect(admission.bytes).toBe(0);
    expect(all.every(({ context }) => context.isClosed)).toBe(true);
  });

  test('of a response that was closed is not given back again when the connection ends', () => {
    const { gate, open } = start();
    const socket = new Connection();
    const { context, request, reply, response } = open(socket);
    gate.makeRoom(context, request, reply, 0);
    response.emit('close');
    context.isClosed = false;
    socket.destroy();
    response.emit('close');
    expect(context.isClosed).toBe(false);
  });

  test('of a connection that ended meanwhile is free at once', () => {
    const { gate, open, admission } = start();
    const socket = new Connection();
    socket.destroy();
    const { context, request, reply } = open(socket);
    gate.makeRoom(context, request, reply, 0);
    expect([context.isClosed, admission.bytes, socket.listenerCount('close')]).toEqual([true, 0, 0]);
  });
});

describe('with the time of the test', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test.each([
    [16_384, false],
    [16_385, true],
  ])('an answer of %s bytes that is not taken in the time of a request ends the connection: %s', (bytes, isEnded) => {
    const { gate, open } = start();
    const { request, reply, socket } = open();
    gate.awaitTaken(request, reply, bytes);
    jest.advanceTimersByTime(6_999);
    expect(socket.destroyed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(socket.destroyed).toBe(isEnded);
  });

  test('one that is taken does not', () => {
    const { gate, open } = start();
    const { request, reply, response, socket } = open();
    gate.awaitTaken(request, reply, 100_000);
    response.emit('close');
    jest.advanceTimersByTime(60_000);
    expect(socket.destroyed).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('a body has the rate of the settings', () => {
    const { gate } = start();
    const aborted: number[] = [];
    for (const received of [499, 500]) {
      gate.pace.body(
        () => received,
        () => aborted.push(received),
      );
    }
    jest.advanceTimersByTime(5_000);
    expect(aborted).toEqual([499]);
  });
});
