/** Deletes in batches, request by request. */
import timers from 'node:timers/promises';
import {
  always,
  gatherRequests,
  INCOMPLETE,
  type ScriptedAnswer,
  type SentRequest,
  scriptedStore,
} from './scripted-client';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('deleteMatching', () => {
  const objects = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ key: `k${index}`, etag: `"e${index}"` }));
  const deleted = (...keys: readonly string[]): string =>
    keys.map((key) => `<Deleted><Key>${key}</Key></Deleted>`).join('');
  const error = (key: string, code: string): string =>
    `<Error><Key>${key}</Key><Code>${code}</Code><Message>Told so</Message></Error>`;
  const result = (inner: string): ScriptedAnswer => ({ body: `<DeleteResult>${inner}</DeleteResult>` });
  const asked = ({ body }: SentRequest): string[][] =>
    [...body.toString().matchAll(/<Object>.*?<\/Object>/g)].map(([text]) => [
      /<Key>(.*?)<\/Key>/.exec(text)?.[1] ?? '',
      (/<ETag>(.*?)<\/ETag>/.exec(text)?.[1] ?? '').replaceAll('&quot;', '"'),
    ]);
  const pauses = (): number[] => {
    const waited: number[] = [];
    jest.spyOn(timers, 'setTimeout').mockImplementation(async (milliseconds = 0) => {
      waited.push(milliseconds);
      return undefined as never;
    });
    return waited;
  };

  test('of none asks for nothing', async () => {
    const { store, requests } = always(result(''));
    expect(await store.deleteMatching('b', [])).toEqual([]);
    expect(requests).toEqual([]);
  });

  test.each([
    [1, [1]],
    [999, [999]],
    [1_000, [1_000]],
    [1_001, [1_000, 1]],
    [2_500, [1_000, 1_000, 500]],
  ])('of %i objects are requests for %j, each with its ETag', async (count, sizes) => {
    const all = objects(count);
    const { store, requests } = scriptedStore((request) => result(deleted(...asked(request).map(([key = '']) => key))));
    expect(await store.deleteMatching('b', all)).toEqual(all.map(({ key }) => key));
    expect(requests.map((request) => asked(request).length)).toEqual(sizes);
    expect(requests.flatMap(asked)).toEqual(all.map(({ key, etag }) => [key, etag]));
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual(sizes.map(() => 'POST /b/'));
  });

  test('has four requests on their way at a time', async () => {
    const { arrive, most } = gatherRequests(4);
    const { store } = scriptedStore(async () => {
      await arrive();
      return result('');
    });
    await store.deleteMatching('b', objects(8_000));
    expect(most()).toBe(4);
  });

  test('leaves alone what was rewritten or is gone, and does not claim it', async () => {
    const { store, requests } = always(
      result(
        deleted('k0') +
          error('k1', 'PreconditionFailed') +
          error('k2', 'NoSuchKey') +
          error('k3', 'NoSuchVersion') +
          deleted('k4'),
      ),
    );
    expect(await store.deleteMatching('b', objects(5))).toEqual(['k0', 'k4']);
    expect(requests).toHaveLength(1);
  });

  test.each(['AccessDenied', 'InternalError'])('tells %s with the first key that it is about', async (code) => {
    const { store } = always(result(deleted('k0') + error('k1', 'NoSuchKey') + error('k2', code) + error('k3', 'X')));
    await expect(store.deleteMatching('b', objects(4))).rejects.toThrow(
      `DeleteObjects s3://b: 2 of 4 failed, first k2: ${code} Told so`,
    );
  });

  test('an error without a code is an error', async () => {
    const { store } = always(result('<Error><Key>k0</Key></Error>'));
    await expect(store.deleteMatching('b', objects(1))).rejects.toThrow(
      'DeleteObjects s3://b: 1 of 1 failed, first k0',
    );
  });

  test('a key that is deleted and not named is an error', async () => {
    await expect(always(result('<Deleted/>')).store.deleteMatching('b', objects(1))).rejects.toThrow(INCOMPLETE);
  });

  test('of keys with a conflict only those are asked for again, after longer and longer pauses', async () => {
    const waited = pauses();
    let left = 4;
    const { store, requests } = scriptedStore((request) => {
      const keys = asked(request).map(([key = '']) => key);
      const met = left-- > 0 ? keys.filter((key) => key !== 'k0') : [];
      return result(
        deleted(...keys.filter((key) => !met.includes(key))) +
          met.map((key) => error(key, 'ConditionalRequestConflict')).join(''),
      );
    });
    expect(await store.deleteMatching('b', objects(3))).toEqual(['k0', 'k1', 'k2']);
    expect(requests.map((request) => asked(request).map(([key]) => key))).toEqual([
      ['k0', 'k1', 'k2'],
      ...Array.from({ length: 4 }, () => ['k1', 'k2']),
    ]);
    expect(requests.flatMap(asked)).toContainEqual(['k2', '"e2"']);
    expect(waited).toEqual([100, 200, 300, 400]);
  });

  test('a conflict in the fifth request is an error', async () => {
    const waited = pauses();
    const { store, requests } = always(result(error('k0', 'ConditionalRequestConflict')));
    await expect(store.deleteMatching('b', objects(1))).rejects.toThrow(
      'DeleteObjects s3://b: 1 of 1 failed, first k0: ConditionalRequestConflict Told so',
    );
    expect(requests).toHaveLength(5);
    expect(waited).toHaveLength(4);
  });
});
