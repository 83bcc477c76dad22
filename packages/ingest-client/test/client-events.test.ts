import { IngestClient, IngestOptionsError, InvalidEventError } from '../src';
import { failure, open } from './support/open';

describe('ids', () => {
  test.each([
    [7, '7'],
    ['', ''],
  ])('%j is an id', async (given, id) => {
    const { gateway, client } = await open();
    expect(await client.send({ event_id: given })).toBe(id);
    expect(gateway.received[0]?.lines).toEqual([JSON.stringify({ event_id: given })]);
  });

  test.each([null, undefined])('%j is none, and one is made; another column may hold it', async (given) => {
    const { client, results } = await open({}, { idField: 'order_id' });
    const id = await client.add({ order_id: given, event_id: {} });
    await client.close();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(results.map((result) => result.id)).toEqual([id]);
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
    ['an array', [], 'an event must be an object with a member for each column'],
    ['null', null, 'an event must be an object with a member for each column'],
    ['a number', 1, 'an event must be an object with a member for each column'],
    ['a function', () => {}, 'an event must be an object with a member for each column'],
    ['a bigint inside', { event_id: 'a', a: 1n }, 'event a cannot be written as JSON'],
    ['an id that is an object', { event_id: { a: 1 } }, 'event_id must be a string or a number, but is {"a":1}'],
    ['an id that is true', { event_id: true }, 'event_id must be a string or a number, but is true'],
    [
      'toJSON() that gives text',
      { event_id: 'a', toJSON: () => 'text' },
      'event a is not an object when written as JSON',
    ],
    [
      'toJSON() that gives nothing',
      { event_id: 'a', toJSON: () => undefined },
      'event a is not an object when written as JSON',
    ],
  ])('%s is not an event', async (_name, event, message) => {
    const { client, gateway } = await open();
    const error = await failure(client.send(event as never));
    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ message });
    if (message.includes('cannot be')) expect(error).toMatchObject({ cause: expect.any(TypeError) });
    expect(client.bufferedBytes).toBe(0);
    await client.close();
    expect(gateway.received).toHaveLength(0);
  });
});
