/** What becomes of an object by the answers that S3 gives to its GET, small or large, and with how many requests. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Loaded, type LoaderSettings, loadObjects } from '../../lambda/compaction/download/loader';
import { RequestSigner } from '../../lambda/compaction/download/request-signer';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import { rawPrefix } from '../../lib/dataset';
import { fastFolder } from '../support/fast-folder';
import { type Answer, HostileServer } from './support/hostile-server';
import { line, PARTITION, RealLake, testDataset } from './support/real-lake';

const MIB = 1024 * 1024;
/** Largest object that is taken as a whole; what is larger goes through a stream. */
const WHOLE_BYTES = 4 * MIB;
const ATTEMPTS = 3;
const dataset = testDataset({ input: { formats: ['ndjson', 'csv'] } });

let directory: string;
let server: HostileServer;
beforeEach(async () => {
  directory = await mkdtemp(path.join(fastFolder(), 'download-errors-'));
  // No pause between attempts: how often is what counts here.
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await server?.close();
  await rm(directory, { recursive: true, force: true });
});

const settings = (more: Partial<LoaderSettings> = {}): LoaderSettings => ({
  dataset,
  directory,
  workers: 1,
  maxLocalBytes: 256 * MIB,
  maxObjectBytes: 64 * MIB,
  maxAttempts: ATTEMPTS,
  ...more,
});

const object = (key: string, body: Buffer): ObjectInfo => ({
  key,
  size: body.length,
  etag: `"etag of ${key}"`,
  lastModified: new Date(),
});

async function load(objects: readonly ObjectInfo[], answer: Answer, more: Partial<LoaderSettings> = {}) {
  server = await HostileServer.open(answer);
  const signer = {
    get: async (key: string, headers: Readonly<Record<string, string>>) => ({
      origin: server.origin,
      path: `/${key}`,
      headers,
    }),
  };
  return await loadObjects(signer, objects, settings(more));
}

/** The ids of all rows that the batch holds. */
async function idsOf({ segments }: Loaded): Promise<string[]> {
  const texts = await Promise.all(segments.map((segment) => readFile(segment.path, 'utf8')));
  return texts.flatMap((text) => [...text.matchAll(/"id":"(.*?)"/g)].map(([, id]) => id as string)).sort();
}

/** As many different rows as it takes to fill so many bytes. */
function rows(prefix: string, bytes: number): { body: Buffer; ids: string[] } {
  const ids: string[] = [];
  const lines: string[] = [];
  for (let size = 0; size < bytes; size += (lines.at(-1) as string).length) {
    ids.push(`${prefix}${ids.length}`);
    lines.push(line(ids.at(-1) as string).replace('}', `,"more":"${'x'.repeat(900)}"}`));
  }
  return { body: Buffer.from(lines.join('')), ids: ids.sort() };
}

const SIZES = [
  ['a small object', rows('s', 2_000)],
  ['a large one', rows('l', WHOLE_BYTES + 1)],
] as const;

const refusal =
  (status: number, code: string): Answer =>
  (response) =>
    void response.writeHead(status).end(`<?xml version="1.0"?>\n<Error><Code>${code}</Code></Error>`);

describe.each(SIZES)('%s', (_, { body, ids }) => {
  const whole: Answer = (response) => response.writeHead(200, { 'content-length': body.length }).end(body);
  const objects = [object('a.json', body)];

  test.each([
    [404, 'NoSuchKey'],
    [412, 'PreconditionFailed'],
  ])('that is not as it was listed (%i %s) is left out after one request', async (status, code) => {
    const loaded = await load(objects, refusal(status, code));
    expect(loaded).toMatchObject({ objects: [], refused: [], segments: [], complete: true });
    expect(server.requests).toBe(1);
  });

  test.each([
    [403, 'AccessDenied'],
    [403, 'InvalidObjectState'],
    [403, 'AllAccessDisabled'],
    [400, 'KMS.DisabledException'],
    [400, 'InvalidRequest'],
  ])('that S3 refuses (%i %s) is named as refused after one request', async (status, code) => {
    const loaded = await load(objects, refusal(status, code));
    expect(loaded).toMatchObject({ objects: [], segments: [] });
    expect(loaded.refused).toEqual([{ key: 'a.json', etag: '"etag of a.json"', error: `HTTP ${status} ${code}` }]);
    expect(server.requests).toBe(1);
  });

  test.each([
    [403, 'SignatureDoesNotMatch'],
    [403, 'InvalidAccessKeyId'],
    [301, 'PermanentRedirect'],
    [405, 'MethodNotAllowed'],
  ])('whose refusal is about the caller (%i %s) fails the batch after one request', async (status, code) => {
    await expect(load(objects, refusal(status, code))).rejects.toThrow(
      `GET a.json: HTTP ${status} ${code} (attempt 1 of ${ATTEMPTS})`,
    );
    expect(server.requests).toBe(1);
  });

  const PASSING: readonly (readonly [number, string])[] = [
    [500, 'InternalError'],
    [503, 'SlowDown'],
    [503, 'no error code'],
    [429, 'TooManyRequests'],
    [408, 'RequestTimeout'],
    [400, 'RequestTimeout'],
    [400, 'ExpiredToken'],
    [400, 'ThrottlingException'],
    [403, 'RequestTimeTooSkewed'],
  ];
  test.each(PASSING)('that fails with %i %s is tried as often as allowed, and no more', async (status, code) => {
    await expect(load(objects, refusal(status, code))).rejects.toThrow(
      `GET a.json: HTTP ${status} ${code} (attempt ${ATTEMPTS} of ${ATTEMPTS})`,
    );
    expect(server.requests).toBe(ATTEMPTS);
    await server.close();

    const passing: Answer = (response, request) =>
      (server.requests < ATTEMPTS ? refusal(status, code) : whole)(response, request);
    expect(await idsOf(await load(objects, passing))).toEqual(ids);
    expect(server.requests).toBe(ATTEMPTS);
  });

  test('whose connection breaks near its end is tried again, and each of its rows is there once', async () => {
    const loaded = await load(objects, (response, request) => {
      if (server.requests === ATTEMPTS) return whole(response, request);
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, -10), () => setTimeout(() => response.destroy(), 20));
    });
    expect(server.requests).toBe(ATTEMPTS);
    expect(await idsOf(loaded)).toEqual(ids);
    expect(loaded.objects).toMatchObject([{ status: 'taken', accepted: ids.length }]);
    expect(await readdir(directory)).toHaveLength(loaded.segments.length);
  });

  test('that is another one by now is not taken: every request names the ETag that was listed', async () => {
    const lake = await RealLake.open();
    try {
      await lake.put(dataset, 'a.json', body);
      await lake.put(dataset, 'b.json', body);
      const listed: ObjectInfo[] = [];
      for await (const info of lake.store.list('raw', rawPrefix(dataset.name, PARTITION))) listed.push(info);
      await lake.put(dataset, 'b.json', Buffer.from(body.toString().replaceAll('10:00', '11:00')));
      const signer = await RequestSigner.create(lake.client, 'raw');
      const loaded = await loadObjects(signer, listed, settings());
      expect(loaded.objects.map(({ object: { key } }) => path.basename(key))).toEqual(['a.json']);
      expect(await idsOf(loaded)).toEqual(ids);
    } finally {
      await lake.close();
    }
  });
});

describe('the limit of what an object may inflate to', () => {
  /** Inflates to just so many bytes: one row, and blank lines. */
  const plain = (bytes: number): Buffer =>
    Buffer.concat([Buffer.from(line('1')), Buffer.alloc(bytes, '\n')]).subarray(0, bytes);
  const LIMIT = WHOLE_BYTES + 1000;

  test.each([
    ['a gzip that is taken as a whole', 'x.json.gz', (bytes: number) => gzipSync(plain(bytes)), true],
    // Stored blocks: as large as what they hold.
    ['a gzip that comes in a stream', 'x.json.gz', (bytes: number) => gzipSync(plain(bytes), { level: 0 }), false],
  ])('of %s lets in what reaches it, and not a byte more', async (_, name, make, isWhole) => {
    for (const [bytes, status] of [
      [LIMIT - 1, 'taken'],
      [LIMIT, 'taken'],
      [LIMIT + 1, 'unreadable'],
    ] as const) {
      const body = make(bytes);
      expect(body.length <= WHOLE_BYTES).toBe(isWhole);
      const answer: Answer = (response) => void response.writeHead(200, { 'content-length': body.length }).end(body);
      const loaded = await load([object(name, body)], answer, { maxObjectBytes: LIMIT });
      expect([bytes, loaded.objects]).toMatchObject([bytes, [{ status }]]);
      expect(await idsOf(loaded)).toEqual(status === 'taken' ? ['1'] : []);
      await Promise.all(loaded.segments.map((segment) => rm(segment.path)));
      expect(await readdir(directory)).toEqual([]);
      await server.close();
    }
  });
});

test.each([WHOLE_BYTES - 1, WHOLE_BYTES, WHOLE_BYTES + 1])(
  'an object of %i bytes is taken in with every row',
  async (size) => {
    const { body, ids } = rows('r', size - 2_000);
    const padded = Buffer.concat([body, Buffer.alloc(size - body.length, '\n')]);
    const answer: Answer = (response) => void response.writeHead(200, { 'content-length': size }).end(padded);
    expect(await idsOf(await load([object('a.json', padded)], answer))).toEqual(ids);
  },
);

describe('a large object that proves unreadable at its end', () => {
  const bad = rows('bad', 6 * MIB).body;
  const packed = gzipSync(bad, { level: 0 });
  const broken = Buffer.from(packed);
  broken.writeUInt32LE((broken.readUInt32LE(broken.length - 8) ^ 1) >>> 0, broken.length - 8);
  const cases: readonly (readonly [string, string, Buffer])[] = [
    ['a gzip with a wrong checksum', 'bad.json.gz', broken],
    ['a gzip cut short', 'bad.json.gz', packed.subarray(0, -9)],
    [
      'a CSV whose last quote never ends',
      'bad.csv',
      Buffer.from(`id,at,n\n${'1,2026-06-15T10:00:00Z,1\n'.repeat(200_000)}"`),
    ],
  ];

  test.each(cases)('leaves no row in the batch, nor on the disk: %s', async (_, name, body) => {
    const before = rows('before', 5 * MIB);
    const after = rows('after', 1_000);
    const bodies: Record<string, Buffer> = { 'a.json': before.body, [name]: body, 'z.json': after.body };
    const answer: Answer = (response, { url = '' }) => {
      const found = bodies[url.slice(1)] as Buffer;
      response.writeHead(200, { 'content-length': found.length, 'x-amz-version-id': `v-${url.slice(1)}` }).end(found);
    };
    const objects = Object.entries(bodies).map(([key, content]) => object(key, content));
    const loaded = await load(objects, answer);
    expect(loaded.objects.map(({ status, versionId }) => [status, versionId])).toEqual([
      ['taken', 'v-a.json'],
      ['unreadable', `v-${name}`],
      ['taken', 'v-z.json'],
    ]);
    expect(await idsOf(loaded)).toEqual([...before.ids, ...after.ids].sort());
    expect((await readdir(directory)).sort()).toEqual(
      loaded.segments.map((segment) => path.basename(segment.path)).sort(),
    );
    expect(server.requests).toBe(3);
  });
});
