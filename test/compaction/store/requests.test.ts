/** Objects, request by request: what each call of the store sends, and what it makes of each answer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PreconditionFailedError } from '../../../lambda/compaction/store/object-store';
import type { S3ObjectStore } from '../../../lambda/compaction/store/s3-object-store';
import { fastFolder } from '../../support/fast-folder';
import { always, conditionsOf, INCOMPLETE, refusal, type SentRequest, scriptedStore } from './scripted-client';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(fastFolder(), 'store-requests-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const TIME = 'Mon, 15 Jun 2026 10:00:00 GMT';
const FOUND = { headers: { etag: '"e"', 'last-modified': TIME, 'x-amz-version-id': 'v1' }, body: 'abc' };

describe('get', () => {
  test('gives all that is known of the object', async () => {
    const { store, requests } = always(FOUND);
    expect(await store.get('b', 'a/k')).toEqual({
      key: 'a/k',
      body: Buffer.from('abc'),
      etag: '"e"',
      size: 3,
      lastModified: new Date(TIME),
      versionId: 'v1',
    });
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /b/a/k']);
  });

  test.each(['etag', 'last-modified'])('of an answer without %s is an error', async (name) => {
    const { [name]: _, ...headers } = FOUND.headers as Record<string, string>;
    await expect(always({ ...FOUND, headers }).store.get('b', 'k')).rejects.toThrow(INCOMPLETE);
  });

  test.each([
    ['get', 404, 'NoSuchKey', true],
    ['get', 404, 'NoSuchVersion', false],
    ['get', 404, 'NoSuchBucket', false],
    ['get', 403, 'AccessDenied', false],
    ['getVersion', 404, 'NoSuchKey', true],
    ['getVersion', 404, 'NoSuchVersion', true],
    ['getVersion', 404, 'NoSuchBucket', false],
    ['getVersion', 403, 'AccessDenied', false],
  ] as const)('%s: %i %s says that there is none: %p', async (call, status, code, isGone) => {
    const { store } = always(refusal(status, code));
    const given = call === 'get' ? store.get('b', 'k') : store.getVersion('b', 'k', 'v');
    if (isGone) expect(await given).toBeUndefined();
    else await expect(given).rejects.toMatchObject({ name: code });
  });

  test('what is no answer of S3 is an error', async () => {
    const { store } = scriptedStore(() => Promise.reject(Object.assign(new Error('no route'), { name: 'NoSuchKey' })));
    await expect(store.get('b', 'k')).rejects.toThrow('no route');
    await expect(store.getVersion('b', 'k', 'v')).rejects.toThrow('no route');
  });

  test('of a version asks for it', async () => {
    const { store, requests } = always(FOUND);
    expect(await store.getVersion('b', 'k', 'v/1')).toEqual(Buffer.from('abc'));
    expect(requests[0]?.query).toMatchObject({ versionId: 'v/1' });
  });
});

test.each([
  [{ start: 0 }, 'bytes=0-'],
  [{ start: 0, end: 0 }, 'bytes=0-0'],
  [{ start: 5, end: 9 }, 'bytes=5-9'],
  [{ start: -1 }, 'bytes=-1'],
  [{ start: -8, end: 3 }, 'bytes=-8'],
])('getRange %j asks for %s, of the version that is meant', async (range, header) => {
  const { store, requests } = always(FOUND);
  expect(await store.getRange('b', 'k', '"e"', range)).toEqual(Buffer.from('abc'));
  expect(requests[0]?.headers.range).toBe(header);
  expect(conditionsOf(requests[0] as SentRequest)).toEqual({ 'if-match': '"e"' });
});

test('getFile writes the version that is meant', async () => {
  const { store, requests } = always(FOUND);
  await store.getFile('b', 'k', '"e"', join(folder, 'copy'));
  expect(await readFile(join(folder, 'copy'), 'utf8')).toBe('abc');
  expect(conditionsOf(requests[0] as SentRequest)).toEqual({ 'if-match': '"e"' });
});

test.each([
  [undefined, {}],
  [{}, {}],
  [{ ifMatch: '"e"' }, { 'if-match': '"e"' }],
  [{ ifAbsent: true }, { 'if-none-match': '*' }],
  [{ ifAbsent: false }, {}],
])('put with %j sends %j', async (condition, wanted) => {
  const { store, requests } = always({ headers: { etag: '"new"' } });
  expect(await store.put('b', 'k', Buffer.from('body'), condition)).toBe('"new"');
  expect(requests.map(({ method, body }) => [method, body.toString()])).toEqual([['PUT', 'body']]);
  expect(conditionsOf(requests[0] as SentRequest)).toEqual(wanted);
});

test('put without an ETag in its answer is an error', async () => {
  await expect(always({}).store.put('b', 'k', Buffer.from('body'))).rejects.toThrow(INCOMPLETE);
});

const localFile = (): string => {
  writeFileSync(join(folder, 'local'), 'abc');
  return join(folder, 'local');
};

describe('a refusal of a conditional request', () => {
  const from = { bucket: 'theirs', key: 'source', etag: '"e"', size: 3 };
  const CALLS: readonly [string, string, (store: S3ObjectStore) => Promise<unknown>][] = [
    ['GetObject', 's3://b/k', (store) => store.getRange('b', 'k', '"e"', { start: 0 })],
    ['GetObject', 's3://b/k', (store) => store.getFile('b', 'k', '"e"', join(folder, 'none'))],
    ['PutObject', 's3://b/k', (store) => store.put('b', 'k', Buffer.from('x'), { ifMatch: '"e"' })],
    ['PutObject', 's3://b/k', (store) => store.putFile('b', 'k', localFile(), { ifAbsent: true })],
    ['CopyObject', 's3://theirs/source', (store) => store.copy(from, { bucket: 'b', key: 'k' })],
  ];

  describe.each(CALLS)('%s of %s', (operation, uri, call) => {
    test.each([
      [404, 'NoSuchKey'],
      [409, 'ConditionalRequestConflict'],
      [412, 'PreconditionFailed'],
    ])('%i %s: another writer was faster, or is still writing', async (status, code) => {
      const given = call(always(refusal(status, code)).store);
      await expect(given).rejects.toThrow(PreconditionFailedError);
      await expect(given).rejects.toThrow(
        expect.objectContaining({
          name: 'PreconditionFailedError',
          message: `${operation} ${uri}: the object is not in the state that the request demanded`,
        }),
      );
    });

    test.each([
      [404, 'NoSuchBucket'],
      [403, 'AccessDenied'],
      [400, 'InvalidRequest'],
      [411, 'MissingContentLength'],
      [500, 'InternalError'],
    ])('%i %s is another error', async (status, code) => {
      await expect(call(always(refusal(status, code)).store)).rejects.toMatchObject({ name: code });
    });
  });

  test('what is no answer of S3 is another error, whatever its status', async () => {
    const lost = Object.assign(new Error('lost'), { $metadata: { httpStatusCode: 412 } });
    const { store } = scriptedStore(() => Promise.reject(lost));
    await expect(store.put('b', 'k', Buffer.from('x'), { ifAbsent: true })).rejects.toThrow('lost');
  });
});
