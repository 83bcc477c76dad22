/** Uploads and copies in parts, request by request. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fastFolder } from '../../support/fast-folder';
import {
  always,
  conditionsOf,
  gatherRequests,
  INCOMPLETE,
  SCRIPTED_PART as PART,
  refusal,
  type ScriptedAnswer,
  type SentRequest,
  scriptedStore,
} from './scripted-client';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(fastFolder(), 'store-uploads-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const local = (bytes: number): { path: string; body: Buffer } => {
  const path = join(folder, 'local');
  const body = Buffer.from(Array.from({ length: bytes }, (_, index) => index % 251));
  writeFileSync(path, body);
  return { path, body };
};

/** Answers to an upload in parts. */
const parts = (request: SentRequest): ScriptedAnswer => {
  const { method, query } = request;
  if (method === 'POST' && 'uploads' in query) {
    return { body: '<InitiateMultipartUploadResult><UploadId>u-1</UploadId></InitiateMultipartUploadResult>' };
  }
  if (method === 'POST') {
    return { body: '<CompleteMultipartUploadResult><ETag>"done"</ETag></CompleteMultipartUploadResult>' };
  }
  if (method === 'DELETE') return { status: 204 };
  return { headers: { etag: `"part-${query.partNumber}"` } };
};
/** In the order of the parts: three are on their way at a time. */
const names = (requests: readonly SentRequest[]): string[] =>
  requests
    .map(({ method, query: { partNumber, uploadId, uploads } }) =>
      [method, partNumber, uploadId, uploads === undefined ? undefined : 'uploads']
        .filter((part) => part !== undefined)
        .join(' '),
    )
    .sort((a, b) => Number(a.startsWith('PUT') && b.startsWith('PUT')) * a.localeCompare(b));

describe('putFile', () => {
  test.each([0, 1, PART - 1, PART])('of %i bytes is one request', async (bytes) => {
    const { path, body } = local(bytes);
    const { store, requests } = always({ headers: { etag: '"new"' } });
    await store.putFile('b', 'k', path, { ifMatch: '"e"' });
    expect(requests.map((request) => [request.method, request.body])).toEqual([['PUT', body]]);
    expect(conditionsOf(requests[0] as SentRequest)).toEqual({ 'if-match': '"e"' });
  });

  test.each([
    [PART + 1, [PART, 1]],
    [2 * PART - 1, [PART, PART - 1]],
    [2 * PART, [PART, PART]],
    [5 * PART + 3, [PART, PART, PART, PART, PART, 3]],
  ])('of %i bytes is an upload of parts of %j', async (bytes, sizes) => {
    const { path, body } = local(bytes);
    const { store, requests } = scriptedStore(parts);
    await store.putFile('b', 'a/k', path, { ifAbsent: true });
    const puts = sizes.map((_, index) => `PUT ${index + 1} u-1`);
    expect(names(requests)).toEqual(['POST uploads', ...puts, 'POST u-1']);
    const uploaded = requests
      .filter(({ method }) => method === 'PUT')
      .sort((a, b) => Number(a.query.partNumber) - Number(b.query.partNumber));
    expect(uploaded.map((request) => request.body.length)).toEqual(sizes);
    expect(Buffer.concat(uploaded.map((request) => request.body))).toEqual(body);
    expect(new Set(requests.map((request) => request.path))).toEqual(new Set(['/b/a/k']));
    // The object appears with the last request: that one has the condition.
    expect(requests.map(conditionsOf).slice(0, -1)).toEqual(requests.slice(1).map(() => ({})));
    expect(conditionsOf(requests.at(-1) as SentRequest)).toEqual({ 'if-none-match': '*' });
    expect(partsOf(requests.at(-1))).toEqual(sizes.map((_, index) => [`"part-${index + 1}"`, String(index + 1)]));
  });

  const partsOf = (request: SentRequest | undefined): string[][] =>
    [...String(request?.body).matchAll(/<ETag>(.*?)<\/ETag>.*?<PartNumber>(\d+)<\/PartNumber>/g)].map(
      ([, etag = '', number = '']) => [etag.replaceAll('&quot;', '"'), number],
    );

  test('has three parts on their way at a time, and so in memory', async () => {
    const { arrive, most } = gatherRequests(3);
    const { store } = scriptedStore(async (request) => {
      if (request.method === 'PUT') await arrive();
      return parts(request);
    });
    await store.putFile('b', 'k', local(9 * PART).path);
    expect(most()).toBe(3);
  });

  test.each<[string, (request: SentRequest) => ScriptedAnswer | undefined, object]>([
    [
      'a part is refused',
      ({ query }) => (query.partNumber === '2' ? refusal(403, 'AccessDenied') : undefined),
      { name: 'AccessDenied' },
    ],
    ['a part has no ETag', ({ query }) => (query.partNumber === '1' ? {} : undefined), { message: INCOMPLETE }],
    [
      'somebody was faster',
      ({ method, query }) =>
        method === 'POST' && query.uploadId !== undefined ? refusal(412, 'PreconditionFailed') : undefined,
      {
        name: 'PreconditionFailedError',
        message: 'CompleteMultipartUpload s3://b/k: the object is not in the state that the request demanded',
      },
    ],
  ])('is given up when %s, and takes back its parts', async (_, spoil, wanted) => {
    const { path } = local(2 * PART);
    const { store, requests } = scriptedStore((request) => spoil(request) ?? parts(request));
    await expect(store.putFile('b', 'k', path)).rejects.toMatchObject(wanted);
    expect(names(requests).filter((name) => name.startsWith('DELETE'))).toEqual(['DELETE u-1']);
    expect(requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/b/k' });
  });

  test('that cannot take back its parts tells why it was given up', async () => {
    const { store } = scriptedStore((request) =>
      request.method === 'DELETE' || request.query.partNumber !== undefined
        ? refusal(403, request.method === 'DELETE' ? 'Other' : 'AccessDenied')
        : parts(request),
    );
    await expect(store.putFile('b', 'k', local(2 * PART).path)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('an upload without an id is an error, and nothing is sent to it', async () => {
    const { store, requests } = always({ body: '<InitiateMultipartUploadResult/>' });
    await expect(store.putFile('b', 'k', local(2 * PART).path)).rejects.toThrow(INCOMPLETE);
    expect(requests).toHaveLength(1);
  });

  test('of a file that becomes shorter meanwhile is an error that says where it ends', async () => {
    const { path } = local(3 * PART);
    const { store, requests } = scriptedStore((request) => {
      if (request.method === 'POST') truncateSync(path, 2 * PART + 4);
      return parts(request);
    });
    await expect(store.putFile('b', 'k', path)).rejects.toThrow(`${path} ended at byte 24, before 30`);
    expect(requests.at(-1)?.method).toBe('DELETE');
  });
});

describe('copy', () => {
  const GIB = 1024 ** 3;
  const from = { bucket: 'theirs', key: 'a/b c', etag: '"e"', size: 4 * GIB + 1 };
  const copying = (request: SentRequest): ScriptedAnswer =>
    request.query.partNumber === undefined
      ? parts(request)
      : { body: `<CopyPartResult><ETag>"part-${request.query.partNumber}"</ETag></CopyPartResult>` };

  test('of the object as it is names no version', async () => {
    const { store, requests } = always({ body: '<CopyObjectResult><ETag>"n"</ETag></CopyObjectResult>' });
    await store.copy({ ...from, size: 4 * GIB }, { bucket: 'b', key: 'k' });
    expect(requests.map(({ method, path }) => [method, path])).toEqual([['PUT', '/b/k']]);
    expect(requests[0]?.headers['x-amz-copy-source']).toBe('theirs/a/b%20c');
    expect(conditionsOf(requests[0] as SentRequest)).toEqual({ 'x-amz-copy-source-if-match': '"e"' });
  });

  test('in parts gives each part its bytes and its number, and needs no condition at the end', async () => {
    const { store, requests } = scriptedStore(copying);
    await store.copy({ ...from, versionId: 'v' }, { bucket: 'b', key: 'k' });
    expect(names(requests)).toEqual(['POST uploads', 'PUT 1 u-1', 'PUT 2 u-1', 'POST u-1']);
    const sources = requests.filter(({ method }) => method === 'PUT').map(({ headers }) => headers);
    expect(sources.map((headers) => headers['x-amz-copy-source-range']).sort()).toEqual([
      `bytes=0-${4 * GIB - 1}`,
      `bytes=${4 * GIB}-${4 * GIB}`,
    ]);
    expect(new Set(sources.map((headers) => headers['x-amz-copy-source']))).toEqual(
      new Set(['theirs/a/b%20c?versionId=v']),
    );
    expect(conditionsOf(requests.at(-1) as SentRequest)).toEqual({});
    expect(new Set(requests.map(({ path }) => path))).toEqual(new Set(['/b/k']));
  });

  test.each<[string, ScriptedAnswer, string]>([
    [
      'whose source is another one by now',
      refusal(412, 'PreconditionFailed'),
      'UploadPartCopy s3://theirs/a/b c: the object is not in the state that the request demanded',
    ],
    ['without a result', { body: '<Other/>' }, INCOMPLETE],
  ])('a part %s ends it', async (_, answer, message) => {
    const { store, requests } = scriptedStore((request) =>
      request.query.partNumber === '2' ? answer : copying(request),
    );
    await expect(store.copy(from, { bucket: 'b', key: 'k' })).rejects.toThrow(message);
    expect(requests.at(-1)?.method).toBe('DELETE');
  });
});

describe('an upload part by part', () => {
  const bytes = (text: string): Buffer => Buffer.from(text);

  test.each([
    [[], ''],
    [['only'], 'only'],
  ])('of %j is one request', async (given, wanted) => {
    const { store, requests } = always({ headers: { etag: '"e"' } });
    const upload = store.openUpload('b', 'k');
    for (const part of given) await upload.add(bytes(part));
    expect(requests).toEqual([]);
    await upload.close();
    expect(requests.map(({ method, path, body }) => [method, path, body.toString()])).toEqual([
      ['PUT', '/b/k', wanted],
    ]);
  });

  test('sends each part once, in their order, and the last with the end', async () => {
    const { store, requests } = scriptedStore(parts);
    const upload = store.openUpload('b', 'k');
    for (const [index, part] of ['one', 'two', 'three'].entries()) {
      await upload.add(bytes(part));
      expect(requests.filter(({ method }) => method === 'PUT')).toHaveLength(index);
    }
    await upload.close();
    expect(requests.map(({ query, body }) => [query.partNumber, body.toString().slice(0, 6)])).toEqual([
      [undefined, ''],
      ['1', 'one'],
      ['2', 'two'],
      ['3', 'three'],
      [undefined, '<?xml '],
    ]);
    expect(requests.slice(1).map(({ query }) => query.uploadId)).toEqual(['u-1', 'u-1', 'u-1', 'u-1']);
    const end = requests.at(-1)?.body.toString().replaceAll('&quot;', '"');
    expect([...(end ?? '').matchAll(/<Part>.*?<\/Part>/g)]).toHaveLength(3);
    for (const number of [1, 2, 3]) {
      expect(end).toContain(`<ETag>"part-${number}"</ETag><PartNumber>${number}</PartNumber>`);
    }
  });

  test('that was not begun has nothing to take back; one that was is taken back, or left to the bucket', async () => {
    const { store, requests } = scriptedStore((request) =>
      request.method === 'DELETE' ? refusal(500, 'InternalError') : parts(request),
    );
    const none = store.openUpload('b', 'k');
    await none.add(bytes('one'));
    await none.abort();
    expect(requests).toEqual([]);
    const begun = store.openUpload('b', 'k');
    await begun.add(bytes('one'));
    await begun.add(bytes('two'));
    await begun.abort();
    expect(requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/b/k', query: { uploadId: 'u-1' } });
  });

  test.each(['upload', 'part'])('without an id of the %s is an error', async (what) => {
    const { store } = scriptedStore((request) => (request.method === 'POST' && what === 'part' ? parts(request) : {}));
    const upload = store.openUpload('b', 'k');
    await upload.add(bytes('one'));
    await expect(upload.add(bytes('two'))).rejects.toThrow(INCOMPLETE);
  });
});
