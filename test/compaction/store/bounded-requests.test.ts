/** How long a request may take, what it is told when that is over, and that nothing is left of it. */
import { getEventListeners } from 'node:events';
import { PassThrough } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { LEAST_BYTES } from '../../../lambda/compaction/limits/transfer-watch';
import { boundRequests, type RequestLimits } from '../../../lambda/compaction/store/bounded-requests';

const MINUTE = 60_000;
const GET = { method: 'GET', path: '/b/k' };
const PUT = { method: 'PUT', path: '/b/k' };
const COPY = { method: 'PUT', path: '/b/k', headers: { 'x-amz-copy-source': 'b/other' } };
const COMPLETE = { method: 'POST', path: '/b/k', query: { uploadId: 'u' } };

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** A client whose requests are answered by the test, and how one of them ends. */
function bounded(limits: RequestLimits = {}) {
  const sent: { readonly options: { readonly abortSignal?: AbortSignal; readonly own?: string } }[] = [];
  let settle: { resolve(answer: unknown): void; reject(error: Error): void } | undefined;
  const requestHandler = {
    handle: (_: unknown, options: (typeof sent)[number]['options']) => {
      sent.push({ options });
      return new Promise<never>((resolve, reject) => {
        settle = { resolve: resolve as (answer: unknown) => void, reject };
      });
    },
  };
  // All that is used of a client; one of the SDK has timers of its own.
  const client = { config: { requestHandler } } as unknown as S3Client;
  boundRequests(client, limits);
  const ask = (request: Asked) => {
    const outcome: { error?: Error; answer?: unknown } = {};
    const given = client.config.requestHandler.handle({ headers: {}, ...request } as never, { own: 'kept' } as never);
    given.then(
      (answer) => {
        outcome.answer = answer;
      },
      (error: Error) => {
        outcome.error = error;
      },
    );
    return outcome;
  };
  const answer = async (body = new PassThrough()): Promise<PassThrough> => {
    settle?.resolve({ response: { statusCode: 200, headers: {}, body } });
    await settled();
    return body;
  };
  return { ask, answer, sent, fail: (error: Error) => settle?.reject(error) };
}
const settled = () => jest.advanceTimersByTimeAsync(0);

test.each<[string, Asked, RequestLimits, number, string]>([
  ['a PUT', PUT, {}, 2 * MINUTE, 'PUT /b/k: no answer in 120 s'],
  ['a batch of deletes', { ...COMPLETE, query: {} }, {}, 2 * MINUTE, 'POST /b/k: no answer in 120 s'],
  ['a POST without a query', { method: 'POST', path: '/b/k' }, {}, 2 * MINUTE, 'POST /b/k: no answer in 120 s'],
  ['a part', { ...PUT, query: { uploadId: 'u' } }, {}, 2 * MINUTE, 'PUT /b/k: no answer in 120 s'],
  ['a copy', COPY, {}, 5 * MINUTE, 'PUT /b/k: no answer in 300 s'],
  ['the end of an upload', COMPLETE, {}, 5 * MINUTE, 'POST /b/k: no answer in 300 s'],
  ['a PUT with a limit of its own', PUT, { totalMillis: 7_500 }, 7_500, 'PUT /b/k: no answer in 7.5 s'],
  ['a copy with a limit of its own', COPY, { totalMillis: 7_000 }, 7_000, 'PUT /b/k: no answer in 7 s'],
])('%s without an answer is given up in time, and not before', async (_, request, limits, millis, message) => {
  const { ask, sent } = bounded(limits);
  const outcome = ask(request);
  await jest.advanceTimersByTimeAsync(millis - 1);
  expect(outcome).toEqual({});
  expect(sent[0]?.options).toMatchObject({ own: 'kept', abortSignal: { aborted: false } });
  await jest.advanceTimersByTimeAsync(1);
  // The SDK retries after an error of this name.
  expect(outcome.error).toMatchObject({ name: 'TimeoutError', message });
  expect(sent[0]?.options.abortSignal?.reason).toBe(outcome.error);
});

test.each([
  [{}, 30],
  [{ stallMillis: 4_000, totalMillis: 1 }, 4],
])(
  'a GET without an answer is given up when it makes no progress, with limits %j after %i s',
  async (limits, seconds) => {
    const { ask, sent } = bounded(limits);
    const outcome = ask(GET);
    await jest.advanceTimersByTimeAsync(seconds * 1_000);
    expect(outcome).toEqual({});
    await jest.advanceTimersByTimeAsync(seconds * 100);
    expect(outcome.error).toMatchObject({
      name: 'TimeoutError',
      message: `GET /b/k: no progress: 0 bytes came in ${seconds} s`,
    });
    expect(sent[0]?.options.abortSignal?.aborted).toBe(true);
  },
);

test('a body that makes progress may take any time, and one that does not ends with the reason', async () => {
  const { ask, answer } = bounded();
  const outcome = ask(GET);
  const body = await answer();
  expect(outcome.answer).toMatchObject({ response: { body } });
  // Nothing flows before its reader is there.
  expect(body.isPaused()).toBe(true);
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  body.resume();
  for (let second = 0; second < 300; second++) {
    body.write(Buffer.alloc(LEAST_BYTES / 16));
    await jest.advanceTimersByTimeAsync(1_000);
  }
  expect([bytes, body.destroyed]).toEqual([(300 * LEAST_BYTES) / 16, false]);
  await jest.advanceTimersByTimeAsync(70_000);
  expect(body.errored?.message).toMatch(/^GET \/b\/k: no progress: \d+ bytes came in 30 s$/);
});

test.each<[string, (body: PassThrough) => void]>([
  ['is read to its end', (body) => body.resume().end('abc')],
  ['is closed early', (body) => body.destroy()],
  ['breaks', (body) => body.destroy(new Error('broken'))],
])('nothing is left of a request whose body %s', async (_, end) => {
  for (const request of [GET, PUT]) {
    const abort = new AbortController();
    const { ask, answer } = bounded({ signal: abort.signal });
    ask(request);
    const body = await answer();
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
    end(body);
    await new Promise((resolve) => setImmediate(resolve));
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  }
});

test('the body of an answer counts into the time of a PUT', async () => {
  const { ask, answer } = bounded();
  ask(PUT);
  const body = await answer();
  await jest.advanceTimersByTimeAsync(2 * MINUTE - 1);
  expect(body.destroyed).toBe(false);
  await jest.advanceTimersByTimeAsync(1);
  expect(body.errored?.message).toBe('PUT /b/k: no answer in 120 s');
});

describe('the signal of a task', () => {
  test('that was raised before lets no request out', async () => {
    const { ask, sent } = bounded({ signal: AbortSignal.abort(new Error('over')) });
    const outcome = ask(PUT);
    await settled();
    expect(outcome.error?.message).toBe('over');
    expect(sent).toEqual([]);
  });

  test.each([GET, PUT])('ends a %j that waits, with its reason', async (request) => {
    const abort = new AbortController();
    const { ask, sent } = bounded({ signal: abort.signal });
    const outcome = ask(request);
    await settled();
    abort.abort(new Error('over'));
    await settled();
    expect(outcome.error?.message).toBe('over');
    expect(sent[0]?.options.abortSignal?.reason).toBe(outcome.error);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  test.each([GET, PUT])('ends the body of a %j, with its reason', async (request) => {
    const abort = new AbortController();
    const { ask, answer } = bounded({ signal: abort.signal });
    ask(request);
    const body = await answer();
    abort.abort(new Error('over'));
    expect(body.errored?.message).toBe('over');
  });
});

test('a request that fails leaves nothing, and its error is told as it is', async () => {
  for (const request of [GET, PUT]) {
    const abort = new AbortController();
    const { ask, fail } = bounded({ signal: abort.signal });
    const outcome = ask(request);
    await settled();
    fail(new Error('connection reset'));
    await settled();
    expect(outcome.error?.message).toBe('connection reset');
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  }
});
