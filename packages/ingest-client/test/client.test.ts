import { EventRejectedError, type IngestClientOptions, RequestRefusedError } from '../src';
import { failure, open } from './support/open';

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

describe('a batch', () => {
  /** An event of so many bytes with its newline. */
  const eventOf = (bytes: number) => ({
    event_id: 'a',
    text: 'x'.repeat(bytes - '{"event_id":"a","text":""}\n'.length),
  });
  /** How many events each request holds. */
  async function requestsOf(
    events: readonly object[],
    options: Partial<IngestClientOptions>,
  ): Promise<readonly number[]> {
    const { client, gateway } = await open({}, { lingerMs: 60_000, concurrency: 1, batchBytes: 1_024, ...options });
    const sent = events.map((event) => client.add(event as Record<string, unknown>));
    await Promise.all(sent);
    const buffered = client.bufferedBytes;
    expect(buffered).toBe(events.reduce((sum, event) => sum + JSON.stringify(event).length + 1, 0));
    await client.flush();
    return gateway.received.map(({ lines }) => lines.length);
  }

  test('is as large as may be, newlines included, and not a byte larger', async () => {
    expect(await requestsOf([eventOf(512), eventOf(512), eventOf(100)], {})).toEqual([2, 1]);
    expect(await requestsOf([eventOf(512), eventOf(513), eventOf(100)], {})).toEqual([1, 2]);
    expect(await requestsOf([eventOf(2_000), eventOf(100), eventOf(100)], { bufferedBytes: 8_192 })).toEqual([1, 2]);
    expect(await requestsOf([eventOf(100), eventOf(2_000), eventOf(100)], { bufferedBytes: 8_192 })).toEqual([1, 1, 1]);
  });

  test.each<[string, Partial<IngestClientOptions>]>([
    ['events', { batchEvents: 2 }],
    ['bytes', { batchBytes: 1_024 }],
  ])('that is full of %s goes out at once, and what comes after it waits anew', async (_, options) => {
    const { client, gateway } = await open({}, { lingerMs: 60_000, ...options });
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const cleared = jest.spyOn(globalThis, 'clearTimeout');
    const lingering = () =>
      timers.mock.calls.flatMap(([, ms], i) => (ms === 60_000 ? [timers.mock.results[i]?.value] : []));
    await Promise.all([client.send(eventOf(512)), client.send(eventOf(512))]);
    expect(gateway.received.map(({ lines }) => lines.length)).toEqual([2]);
    expect(lingering()).toHaveLength(1);
    expect(cleared.mock.calls.flat()).toContain(lingering()[0]);
    await client.add(eventOf(100));
    expect(lingering()).toHaveLength(2);
    await client.close();
    for (const timer of lingering()) expect(cleared.mock.calls.flat()).toContain(timer);
    jest.restoreAllMocks();
  });

  test('without events is not sent', async () => {
    const token = jest.fn(() => 'token');
    const { client } = await open({}, { token });
    await client.flush();
    await client.close();
    await new Promise(setImmediate);
    expect(token).not.toHaveBeenCalled();
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
