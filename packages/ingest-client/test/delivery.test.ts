/** One batch from its first attempt to its last, over a transport that answers what the test says. */
import { getEventListeners } from 'node:events';
import timers from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { Batch, type Entry } from '../src/batch';
import { Delivery } from '../src/delivery';
import { DeliveryError, EventConflictError, EventRejectedError, RequestRefusedError } from '../src/errors';
import { type EventResult, type IngestClientOptions, readOptions } from '../src/options';

/** What the transport does with a request: a status, an answer, an error, or nothing for ever. */
type Answer = number | Response | Error | 'nothing';

interface Call {
  readonly url: string;
  readonly init: RequestInit;
  readonly lines: readonly string[];
}

const headersOf = ({ init }: Call): Record<string, string> => init.headers as Record<string, string>;

function open(answers: readonly Answer[], options: Partial<IngestClientOptions> = {}) {
  const calls: Call[] = [];
  const tokens: boolean[] = [];
  const results: EventResult[] = [];
  const abort = new AbortController();
  const transport = async (url: string, init: RequestInit): Promise<Response> => {
    const body = init.body as Buffer;
    const isGzip = (init.headers as Record<string, string>)['content-encoding'] === 'gzip';
    const text = (isGzip ? gunzipSync(body) : body).toString();
    expect(text.endsWith('\n')).toBe(true);
    const lines = text.slice(0, -1).split('\n');
    const answer = answers[calls.length] ?? stored(lines.length);
    calls.push({ url, init, lines });
    if (answer === 'nothing') {
      return new Promise((_, reject) => {
        const abort = (): void => reject(init.signal?.reason);
        if (init.signal?.aborted === true) abort();
        init.signal?.addEventListener('abort', abort);
      });
    }
    if (answer instanceof Error) throw answer;
    return typeof answer === 'number' ? problem(answer) : answer;
  };
  const delivery = new Delivery(
    readOptions({
      url: 'https://ingest.example.com',
      dataset: 'access_logs',
      token: ({ isRefused }) => {
        tokens.push(isRefused);
        return isRefused ? 'new' : 'old';
      },
      fetch: transport as typeof fetch,
      random: () => 0,
      ...options,
    }),
    abort.signal,
  );
  const batch = (...ids: readonly string[]): Batch =>
    new Batch(
      ids.map((id): Entry => {
        const line = JSON.stringify({ event_id: id });
        return { id, line, bytes: line.length + 1, settle: (result) => results.push(result) };
      }),
    );
  return { delivery, batch, calls, tokens, results, abort };
}

const account = (results: readonly object[], counts: Readonly<Record<string, number>>): Response =>
  new Response(
    JSON.stringify({ stored: 0, duplicates: 0, conflicts: 0, rejected: 0, failed: 0, skipped: 0, ...counts, results }),
  );

const stored = (count: number): Response =>
  account(
    Array.from({ length: count }, (_, index) => ({ index, status: 'stored' })),
    { stored: count },
  );

const problem = (status: number, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify({ type: 'urn:lake:ingest:made-up', detail: 'as the test wants it' }), {
    status,
    headers,
  });

const errorOf = (result: EventResult | undefined): DeliveryError =>
  (result as EventResult & { error: DeliveryError }).error;

describe('a request', () => {
  test('is a POST of NDJSON with token and key, follows nothing, and lets no header of the caller replace its own', async () => {
    const headers = {
      'lake-partition-site': 'a',
      authorization: 'mine',
      'content-type': 'mine',
      'idempotency-key': 'mine',
    };
    const { delivery, batch, calls } = open([], { headers });
    const sent = batch('a', 'b');
    await delivery.deliver(sent);
    const [call] = calls as [Call];
    // The header of gzip says that the quickest way was taken: https://www.rfc-editor.org/rfc/rfc1952#page-8
    expect((call.init.body as Buffer)[8]).toBe(4);
    expect(call.url).toBe('https://ingest.example.com/v1/datasets/access_logs/events?results=all');
    expect(call.lines).toEqual(['{"event_id":"a"}', '{"event_id":"b"}']);
    expect(call.init).toMatchObject({ method: 'POST', redirect: 'manual', signal: expect.any(AbortSignal) });
    expect(headersOf(call)).toEqual({
      'lake-partition-site': 'a',
      authorization: 'Bearer old',
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
      'idempotency-key': sent.key,
    });
  });

  test('is not compressed when that is not wanted', async () => {
    const { delivery, batch, calls } = open([], { gzip: false });
    await delivery.deliver(batch('a'));
    expect(Object.keys(headersOf(calls[0] as Call)).sort()).toEqual([
      'authorization',
      'content-type',
      'idempotency-key',
    ]);
  });

  test('leaves no timer and no listener behind', async () => {
    const started = jest.spyOn(globalThis, 'setTimeout');
    const cleared = jest.spyOn(globalThis, 'clearTimeout');
    const { delivery, batch, abort } = open([503, new Error('broken')]);
    await delivery.deliver(batch('a'));
    const timers = started.mock.results.filter((_, i) => started.mock.calls[i]?.[1] === 30_000);
    expect(timers).toHaveLength(3);
    expect(cleared.mock.calls).toEqual(timers.map(({ value }) => [value]));
    jest.restoreAllMocks();
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });
});

describe('results', () => {
  test('are those of the answer, each with the text of its event if it was not stored', async () => {
    const answer = account(
      [
        { index: 0, status: 'stored' },
        { index: 1, status: 'rejected', code: 'invalid', field: 'status', message: 'no int' },
        { index: 2, status: 'conflict' },
        { index: 3, status: 'duplicate' },
      ],
      { stored: 1, rejected: 1, conflicts: 1, duplicates: 1 },
    );
    const { delivery, batch, results } = open([answer]);
    await delivery.deliver(batch('a', 'b', 'c', 'd'));
    expect(results).toEqual([
      { status: 'stored', id: 'a' },
      { status: 'rejected', id: 'b', event: '{"event_id":"b"}', error: expect.any(EventRejectedError) },
      { status: 'conflict', id: 'c', event: '{"event_id":"c"}', error: expect.any(EventConflictError) },
      { status: 'duplicate', id: 'd' },
    ]);
  });

  test('of a refused request are failures of all its events', async () => {
    const { delivery, batch, results, calls } = open([400]);
    await delivery.deliver(batch('a', 'b'));
    const error = expect.any(RequestRefusedError);
    expect(results).toEqual([
      { status: 'failed', id: 'a', event: '{"event_id":"a"}', error },
      { status: 'failed', id: 'b', event: '{"event_id":"b"}', error },
    ]);
    expect(calls).toHaveLength(1);
  });
});

describe('what is sent again', () => {
  test('after an answer that promises better, a broken connection and a proxy is the same, with the same key', async () => {
    const { delivery, batch, results, calls } = open([503, new Error('broken'), new Response('<h1>Welcome</h1>'), 429]);
    const sent = batch('a', 'b');
    await delivery.deliver(sent);
    expect(calls.map(({ lines }) => lines)).toEqual(Array(5).fill(['{"event_id":"a"}', '{"event_id":"b"}']));
    expect(new Set(calls.map((call) => headersOf(call)['idempotency-key']))).toEqual(new Set([sent.key]));
    expect(results.map(({ status }) => status)).toEqual(['stored', 'stored']);
  });

  test('after a request that was too large is each half of it, with a key of its own', async () => {
    const { delivery, batch, results, calls } = open([413, 413]);
    await delivery.deliver(batch('a', 'b', 'c'));
    const ids = calls.map(({ lines }) => lines.map((line) => (JSON.parse(line) as { event_id: string }).event_id));
    expect(ids).toEqual([['a', 'b', 'c'], ['a', 'b'], ['a'], ['b'], ['c']]);
    expect(new Set(calls.map((call) => headersOf(call)['idempotency-key'])).size).toBe(5);
    expect(results.map(({ id, status }) => `${id} ${status}`)).toEqual(['a stored', 'b stored', 'c stored']);
  });

  test('is nothing, when a single event is too large', async () => {
    const { delivery, batch, results, calls } = open([413]);
    await delivery.deliver(batch('a'));
    expect(errorOf(results[0])).toMatchObject({ status: 413 });
    expect(calls).toHaveLength(1);
  });
});

describe('a token', () => {
  test('that is refused is asked for anew, once', async () => {
    const once = open([401]);
    await once.delivery.deliver(once.batch('a'));
    expect(once.tokens).toEqual([false, true]);
    expect(once.calls.map((call) => headersOf(call).authorization)).toEqual(['Bearer old', 'Bearer new']);
    expect(once.results).toEqual([{ status: 'stored', id: 'a' }]);

    const twice = open([401, 503, 401]);
    await twice.delivery.deliver(twice.batch('a'));
    expect(twice.tokens).toEqual([false, true, true]);
    expect(errorOf(twice.results[0])).toMatchObject({ status: 401, code: 'made-up' });
  });

  test('that does not come holds a request up for as long as it may take, and is asked for again', async () => {
    let asked = 0;
    const token = (): Promise<string> => {
      asked += 1;
      if (asked === 1) return Promise.reject(new Error('no issuer'));
      return asked === 2 ? new Promise(() => {}) : Promise.resolve('token');
    };
    const { delivery, batch, results, calls } = open([], { token, requestMs: 200 });
    await delivery.deliver(batch('a'));
    expect([asked, calls.length, results[0]?.status]).toEqual([3, 1, 'stored']);
  });
});

describe('the end', () => {
  const AFTER = 'the events may or may not be stored, and can be sent again with the same ids';

  test('comes when the wait that is asked for would be too long, with what stood in the way', async () => {
    const { delivery, batch, results, calls } = open([problem(503, { 'retry-after': '61' })], { deliveryMs: 60_000 });
    await delivery.deliver(batch('a'));
    expect(results).toEqual([
      { status: 'failed', id: 'a', event: '{"event_id":"a"}', error: expect.any(DeliveryError) },
    ]);
    const error = errorOf(results[0]);
    expect(error.message).toBe(`no acknowledgement in 60000 ms after 1 attempts; ${AFTER}`);
    expect(error.attempts).toBe(1);
    expect(error.cause).toMatchObject({ status: 503 });
    expect(calls).toHaveLength(1);
  });

  test('comes for others too, who would wait as long, without a request', async () => {
    const { delivery, batch, results, calls } = open([problem(429, { 'retry-after': '61' })], { deliveryMs: 60_000 });
    await delivery.deliver(batch('a'));
    await delivery.deliver(batch('b'));
    const error = errorOf(results[1]);
    expect(error.message).toBe(`no acknowledgement in 60000 ms after 0 attempts; ${AFTER}`);
    expect([error.attempts, 'cause' in error, calls.length]).toEqual([0, false, 1]);
  });

  test('comes after the time for all attempts, however many', async () => {
    const { delivery, batch, results, calls } = open(Array(1_000).fill('nothing'), { requestMs: 10, deliveryMs: 500 });
    await delivery.deliver(batch('a'));
    const error = errorOf(results[0]);
    expect(error.attempts).toBeGreaterThanOrEqual(calls.length);
    expect(error.attempts).toBeGreaterThan(1);
    expect(error.cause).toEqual(new Error('no answer in 10 ms'));
  });

  test('comes at once when the client is aborted: before an attempt, in one, and in a pause', async () => {
    const before = open([]);
    before.abort.abort();
    await before.delivery.deliver(before.batch('a'));
    expect(errorOf(before.results[0]).message).toBe(`aborted after 0 attempts; ${AFTER}`);
    expect(before.calls).toHaveLength(0);

    const during = open(['nothing']);
    setTimeout(() => during.abort.abort(new Error('enough')), 5);
    await during.delivery.deliver(during.batch('a'));
    expect(errorOf(during.results[0])).toMatchObject({ attempts: 1, cause: new Error('enough') });

    const pausing = open([problem(503, { 'retry-after': '60' })]);
    setTimeout(() => pausing.abort.abort(), 5);
    await pausing.delivery.deliver(pausing.batch('a'));
    expect(errorOf(pausing.results[0]).message).toBe(`aborted after 1 attempts; ${AFTER}`);
    expect(pausing.calls).toHaveLength(1);
  });

  test('tells what a supplier of tokens threw, even if it is not an error', async () => {
    const token = (): never => {
      throw 'no issuer';
    };
    const { delivery, batch, results } = open([], { token, deliveryMs: 1, random: () => 1 });
    await delivery.deliver(batch('a'));
    expect(errorOf(results[0])).toMatchObject({ attempts: 1, cause: new Error('no issuer') });
  });
});

describe('the wait before an attempt', () => {
  /** The clock stands, but for the waits, which are over at once. */
  function clock(): { readonly waits: number[]; now: number } {
    const time = { waits: [] as number[], now: 1_000 };
    jest.spyOn(performance, 'now').mockImplementation(() => time.now);
    jest.spyOn(timers, 'setTimeout').mockImplementation(async (milliseconds = 0) => {
      time.waits.push(milliseconds);
      time.now += milliseconds;
      return undefined as never;
    });
    return time;
  }
  afterEach(() => jest.restoreAllMocks());

  test.each<[number, readonly number[]]>([
    [0, []],
    [0.5, [10, 20, 25, 25]],
    [1, [20, 40, 50, 50]],
  ])('with %d as the random number is %j ms', async (random, waits) => {
    const time = clock();
    const options = { random: () => random, backoffMs: 20, longestBackoffMs: 50 };
    const { delivery, batch } = open([503, 503, 503, 503], options);
    await delivery.deliver(batch('a'));
    expect(time.waits).toEqual(waits);
  });

  test('comes on top of what the gateway asks for', async () => {
    const time = clock();
    const { delivery, batch } = open([problem(503, { 'retry-after': '3' })], { random: () => 1, backoffMs: 20 });
    await delivery.deliver(batch('a'));
    expect(time.waits).toEqual([3_020]);
  });

  test('is the longest after any number of attempts', async () => {
    const time = clock();
    const options = { random: () => 1, backoffMs: 1, longestBackoffMs: 2, deliveryMs: 86_400_000 };
    const { delivery, batch, results } = open(Array(1_100).fill(503), options);
    await delivery.deliver(batch('a'));
    expect(results[0]?.status).toBe('stored');
    expect(time.waits.slice(1)).toEqual(Array(1_099).fill(2));
  });

  test('may use up the time for all attempts, and no more', async () => {
    clock();
    const inTime = open([problem(503, { 'retry-after': '60' })], { deliveryMs: 60_000 });
    await inTime.delivery.deliver(inTime.batch('a'));
    expect([inTime.results[0]?.status, inTime.calls.length]).toEqual(['stored', 2]);
    const late = open([problem(503, { 'retry-after': '60' })], { deliveryMs: 59_999 });
    await late.delivery.deliver(late.batch('a'));
    expect([late.results[0]?.status, late.calls.length]).toEqual(['failed', 1]);
  });
});

test('a supplier of tokens that ends the client and never answers holds nothing up', async () => {
  const token = (): Promise<string> => {
    rig.abort.abort(new Error('enough'));
    return new Promise(() => {});
  };
  const rig = open([], { token });
  await rig.delivery.deliver(rig.batch('a'));
  expect(errorOf(rig.results[0])).toMatchObject({ attempts: 1, cause: new Error('enough') });
});
