import {
  ClientClosedError,
  DeliveryError,
  EventRejectedError,
  type EventResult,
  IngestClient,
  type IngestClientOptions,
  IngestOptionsError,
  InvalidEventError,
  RequestRefusedError,
} from '../src';
import { type GatewayStandIn, type StandInOptions, standIn } from './support/gateway-stand-in';

async function open(
  server: StandInOptions = {},
  options: Partial<IngestClientOptions> = {},
): Promise<{ gateway: GatewayStandIn; client: IngestClient; results: EventResult[] }> {
  const gateway = await standIn(server);
  const results: EventResult[] = [];
  const client = new IngestClient({
    url: gateway.url,
    dataset: 'access_logs',
    token: () => 'token',
    lingerMs: 1,
    backoffMs: 1,
    longestBackoffMs: 5,
    onResult: (result) => results.push(result),
    ...options,
  });
  return { gateway, client, results };
}

const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('did not fail');
    },
    (error: unknown) => error,
  );

describe('requests', () => {
  test('are NDJSON, compressed, with token, key and the id that was made', async () => {
    const { gateway, client } = await open({}, { headers: { 'lake-partition-site': 'a' } });
    const id = await client.send({ status: 200 });
    const [request] = gateway.received;
    expect(request).toMatchObject({
      path: '/v1/datasets/access_logs/events?results=all',
      authorization: 'Bearer token',
      lines: [JSON.stringify({ status: 200, event_id: id })],
    });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
      'lake-partition-site': 'a',
    });
    expect(request?.key).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('leave an id that is there as it is', async () => {
    const { gateway, client } = await open({}, { gzip: false });
    expect(await client.send({ event_id: 'mine' })).toBe('mine');
    expect(gateway.received[0]?.lines).toEqual(['{"event_id":"mine"}']);
    expect(gateway.received[0]?.headers).not.toHaveProperty('content-encoding');
  });

  test('hold batchEvents events at most', async () => {
    const { gateway, client } = await open({}, { batchEvents: 10, lingerMs: 1_000 });
    for (let i = 0; i < 25; i += 1) await client.add({ i });
    await client.flush();
    expect(gateway.received.map(({ lines }) => lines.length).sort()).toEqual([10, 10, 5]);
  });

  test('hold batchBytes bytes at most', async () => {
    const { gateway, client } = await open({}, { batchBytes: 1_024, lingerMs: 1_000 });
    for (let i = 0; i < 10; i += 1) await client.add({ event_id: String(i), text: 'x'.repeat(300) });
    await client.close();
    for (const { lines } of gateway.received) {
      expect(lines.reduce((sum, line) => sum + line.length + 1, 0)).toBeLessThanOrEqual(1_024);
    }
    expect(gateway.received.flatMap(({ lines }) => lines)).toHaveLength(10);
  });

  test('go out after lingerMs by themselves', async () => {
    const { gateway, client } = await open({}, { lingerMs: 20 });
    const sent = client.send({});
    expect(gateway.received).toHaveLength(0);
    await sent;
    expect(gateway.received).toHaveLength(1);
  });

  test('are never more than concurrency at a time', async () => {
    const { gateway, client } = await open({ delayMs: 10 }, { batchEvents: 1, concurrency: 3 });
    await Promise.all(Array.from({ length: 20 }, () => client.send({})));
    expect(gateway.mostInFlight).toBe(3);
  });

  test('are halved until the gateway takes them', async () => {
    const { gateway, client, results } = await open({ maxEvents: 3 }, { batchEvents: 10, lingerMs: 1_000 });
    for (let i = 0; i < 10; i += 1) await client.add({ event_id: `e${i}` });
    await client.close();
    expect(results.map(({ status }) => status)).toEqual(Array(10).fill('stored'));
    expect(new Set(gateway.received.map(({ key }) => key)).size).toBe(gateway.received.length);
    expect([...gateway.stored.values()]).toEqual(Array(10).fill(1));
  });
});

describe('attempts', () => {
  test.each([429, 500, 502, 503, 'broken', 'lost', 'half', 'proxy'] as const)(
    'after %s the same bytes are sent with the same key',
    async (fault) => {
      const { gateway, client } = await open({ fault: (n) => (n < 3 ? fault : 'none') });
      const ids = await Promise.all([client.send({}), client.send({}), client.send({ event_id: 'c' })]);
      expect(gateway.received).toHaveLength(4);
      const [first, ...others] = gateway.received;
      for (const { lines, key } of others) expect({ lines, key }).toEqual({ lines: first?.lines, key: first?.key });
      expect([...gateway.stored.keys()].sort()).toEqual([...ids].sort());
    },
  );

  test('wait for what Retry-After says, all of them', async () => {
    const { gateway, client } = await open(
      { fault: (n) => (n === 0 ? 429 : 'none'), retryAfter: '1' },
      { batchEvents: 1, concurrency: 1 },
    );
    await Promise.all([client.send({}), client.send({})]);
    const [first, ...others] = gateway.received;
    expect(others).toHaveLength(2);
    for (const { at } of others) expect(at - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test.each([400, 403, 404, 405, 415] as const)('%i is final, and stands in the error', async (status) => {
    const { gateway, client } = await open({ fault: () => status }, { deliveryMs: 2_000 });
    const error = await failure(client.send({}));
    expect(error).toBeInstanceOf(RequestRefusedError);
    expect(error).toMatchObject({ status, code: 'made-up' });
    expect(gateway.received).toHaveLength(1);
  });

  test('a refused token is asked for anew, once', async () => {
    const asked: boolean[] = [];
    const token = ({ isRefused }: { readonly isRefused: boolean }): string => {
      asked.push(isRefused);
      return isRefused ? 'new' : 'old';
    };
    const { gateway, client } = await open({ fault: (n) => (n === 0 ? 401 : 'none') }, { token });
    await client.send({});
    expect(asked).toEqual([false, true]);
    expect(gateway.received.map(({ authorization }) => authorization)).toEqual(['Bearer old', 'Bearer new']);

    const hopeless = await open({ fault: () => 401 });
    expect(await failure(hopeless.client.send({}))).toMatchObject({ status: 401 });
    expect(hopeless.gateway.received).toHaveLength(2);
  });

  test('follow no redirect, which would carry the token elsewhere', async () => {
    const calls: (RequestInit | undefined)[] = [];
    const { client } = await open(
      {},
      {
        fetch: async (_url, init) => {
          calls.push(init);
          return new Response(null, { status: 307, headers: { location: 'https://elsewhere.example' } });
        },
      },
    );
    expect(await failure(client.send({}))).toMatchObject({ status: 307 });
    expect(calls.map((init) => init?.redirect)).toEqual(['manual']);
  });
});

describe('results', () => {
  test('tell rejected events from stored ones', async () => {
    const { client, results } = await open({}, { batchEvents: 3, lingerMs: 1_000 });
    const [first, second, third] = await Promise.allSettled([
      client.send({ event_id: 'a' }),
      client.send({ event_id: 'b', status: 'broken' }),
      client.send({ event_id: 'c' }),
    ]);
    expect([first.status, third.status]).toEqual(['fulfilled', 'fulfilled']);
    const { reason } = second as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(EventRejectedError);
    expect(reason).toMatchObject({
      id: 'b',
      code: 'invalid',
      field: 'status',
      message: 'event b is rejected: status: no int',
    });
    expect(results.map(({ id, status }) => `${id} ${status}`)).toEqual(['a stored', 'b rejected', 'c stored']);
  });
});

describe('the buffer', () => {
  test('makes producers wait', async () => {
    const { gateway, client } = await open({ delayMs: 5 }, { bufferedBytes: 2_048, batchBytes: 1_024 });
    let most = 0;
    for (let i = 0; i < 100; i += 1) {
      await client.add({ event_id: String(i), text: 'x'.repeat(200) });
      most = Math.max(most, client.bufferedBytes);
    }
    expect(most).toBeLessThanOrEqual(2_048);
    expect(most).toBeGreaterThan(1_024);
    await client.close();
    expect(gateway.stored.size).toBe(100);
    expect(client.bufferedBytes).toBe(0);
  });

  test('takes an event that is larger than itself, alone', async () => {
    const { gateway, client } = await open({}, { bufferedBytes: 1_024, batchBytes: 1_024 });
    await Promise.all([client.send({}), client.send({ text: 'x'.repeat(5_000) }), client.send({})]);
    expect(gateway.stored.size).toBe(3);
  });

  test('does not let events linger while others wait for room', async () => {
    const { client } = await open({}, { bufferedBytes: 1_024, batchBytes: 1_024, lingerMs: 60_000 });
    for (let i = 0; i < 20; i += 1) await client.add({ text: 'x'.repeat(400) });
    await client.close();
  });
});

describe('the end', () => {
  test('close() sends what is left and takes nothing more', async () => {
    const { gateway, client } = await open({}, { lingerMs: 60_000 });
    await client.add({});
    await client.close();
    expect(gateway.stored.size).toBe(1);
    expect(await failure(client.add({}))).toBeInstanceOf(ClientClosedError);
  });

  test('abort() ends attempts, pauses and those who wait, at once', async () => {
    const controller = new AbortController();
    const { client, results } = await open(
      { fault: () => 503, retryAfter: '60' },
      { signal: controller.signal, bufferedBytes: 1_024, batchBytes: 1_024 },
    );
    const sent = [failure(client.send({ text: 'x'.repeat(900) })), failure(client.send({ text: 'x'.repeat(900) }))];
    await new Promise((done) => setTimeout(done, 50));
    controller.abort();
    const [first, second] = await Promise.all(sent);
    expect(first).toBeInstanceOf(DeliveryError);
    expect(second).toBeInstanceOf(ClientClosedError);
    expect(results).toHaveLength(1);
    await client.close();
  });

  test('an error of onResult is not taken for one of the delivery', async () => {
    const thrown: unknown[] = [];
    const queue = globalThis.queueMicrotask;
    const later = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) =>
      queue(() => {
        try {
          task();
        } catch (error) {
          thrown.push(error);
        }
      }),
    );
    const { gateway, client } = await open({}, { onResult: () => JSON.parse('nonsense') });
    await client.send({});
    later.mockRestore();
    expect(thrown).toEqual([expect.objectContaining({ message: expect.stringContaining('nonsense') })]);
    expect(gateway.received).toHaveLength(1);
    expect(client.bufferedBytes).toBe(0);
  });
});

describe('mistakes', () => {
  test('of options are reported together', () => {
    const build = (): IngestClient =>
      new IngestClient({
        url: 'http://ingest.example.com',
        dataset: '../x',
        token: () => '',
        batchEvents: 0,
        batchBytes: 4_096,
        bufferedBytes: 2_048,
      });
    expect(build).toThrow(IngestOptionsError);
    for (const mistake of [
      'url must begin with https',
      'dataset must be',
      'batchEvents must be',
      'bufferedBytes (2048)',
    ]) {
      expect(build).toThrow(mistake);
    }
  });

  test.each([
    ['an array', []],
    ['null', null],
    ['a number', 1],
    ['a bigint inside', { a: 1n }],
    ['an id that is not text', { event_id: { a: 1 } }],
    ['toJSON() that gives no object', { event_id: 'a', toJSON: () => 'text' }],
  ])('%s is not an event', async (_name, event) => {
    const { client, gateway } = await open();
    expect(await failure(client.send(event as never))).toBeInstanceOf(InvalidEventError);
    await client.close();
    expect(gateway.received).toHaveLength(0);
  });
});
