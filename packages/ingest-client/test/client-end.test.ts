import { getEventListeners } from 'node:events';
import { ClientClosedError, DeliveryError, type IngestClient } from '../src';
import { failure, hanging, open } from './support/open';

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

  test('abort() tells as the cause why, and the first reason counts', async () => {
    for (const [abort, cause] of [
      [(client) => client.abort(), 'the ingest client was aborted'],
      [(client) => client.abort(new Error('enough')), 'enough'],
    ] as readonly (readonly [(client: IngestClient) => void, string])[]) {
      const { client } = await open({}, { fetch: hanging, lingerMs: 0 });
      const sent = failure(client.send({}));
      await new Promise((done) => setTimeout(done, 20));
      abort(client);
      client.abort(new Error('again'));
      expect(await sent).toMatchObject({ cause: expect.objectContaining({ message: cause }) });
    }
  });

  test('abort() takes nothing more, keeps nobody waiting who lingers, and says so to who comes', async () => {
    const { client, gateway, results } = await open({}, { lingerMs: 60_000 });
    const lingering = failure(client.send({}));
    client.abort();
    expect(await lingering).toMatchObject({ message: expect.stringMatching(/^aborted after 0 attempts/) });
    expect(results).toHaveLength(1);
    expect(await failure(client.add({}))).toBeInstanceOf(ClientClosedError);
    expect(gateway.received).toEqual([]);
  });

  test('those who wait for room hear whether the client was closed or aborted', async () => {
    for (const [end, message] of [
      [(client) => void client.close(), 'the ingest client is closed: it takes no more events'],
      [(client) => client.abort(), 'the ingest client was aborted: it takes no more events'],
    ] as readonly (readonly [(client: IngestClient) => void, string])[]) {
      const { client } = await open({}, { fetch: hanging, bufferedBytes: 1_024, batchBytes: 1_024 });
      await client.add({ text: 'x'.repeat(900) });
      const waiting = failure(client.add({ text: 'x'.repeat(900) }));
      end(client);
      expect(await waiting).toEqual(new ClientClosedError(message));
      expect(await failure(client.add({}))).toEqual(new ClientClosedError(message));
      client.abort();
    }
  });

  test('a signal that was given before ends the client as it begins; no listener is left on it', async () => {
    const early = await open({}, { signal: AbortSignal.abort(new Error('too late')) });
    expect(await failure(early.client.add({}))).toBeInstanceOf(ClientClosedError);

    const controller = new AbortController();
    const { client } = await open({}, { signal: controller.signal, fetch: hanging, lingerMs: 0 });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    const sent = failure(client.send({}));
    await new Promise((done) => setTimeout(done, 20));
    controller.abort(new Error('by the caller'));
    expect(await sent).toMatchObject({ cause: new Error('by the caller') });

    const other = new AbortController();
    const ended = await open({}, { signal: other.signal });
    ended.client.abort();
    expect(getEventListeners(other.signal, 'abort')).toEqual([]);
  });

  test('a fault of the client itself fails the events that it holds, and says so', async () => {
    const broken = () => {
      throw new Error('no random numbers');
    };
    const { client, results } = await open({ fault: () => 503 }, { random: broken });
    expect(await failure(client.send({}))).toMatchObject({
      name: 'IngestError',
      message: 'the client itself failed',
      cause: new Error('no random numbers'),
    });
    expect(results.map(({ status }) => status)).toEqual(['failed']);
    expect(client.bufferedBytes).toBe(0);
  });

  test('a fault of the client itself leaves the results that are there', async () => {
    const { client, results } = await open(
      { maxEvents: 1, fault: (n) => (n === 2 ? 503 : 'none') },
      {
        batchEvents: 2,
        lingerMs: 60_000,
        random: () => {
          throw new Error('no random numbers');
        },
      },
    );
    await Promise.all([client.add({ event_id: 'a' }), client.add({ event_id: 'b' })]);
    await client.close();
    expect(results.map(({ id, status }) => `${id} ${status}`)).toEqual(['a stored', 'b failed']);
    expect(client.bufferedBytes).toBe(0);
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
