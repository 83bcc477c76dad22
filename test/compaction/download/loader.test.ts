/** A batch of objects: how many at a time, until when, how often, and what is told of each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import timers from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Loaded, type LoaderSettings, loadObjects } from '../../../lambda/compaction/download/loader';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { fastFolder } from '../../support/fast-folder';
import { endsGone, endsWithRow, Held, listed, listedMany, MIB, ROW, turns } from '../support/batches';
import { type Answer, HostileServer } from '../support/hostile-server';
import { testDataset } from '../support/test-dataset';

const dataset = testDataset({ input: { formats: ['ndjson', 'csv'] } });

let directory: string;
let server: HostileServer;
beforeEach(() => {
  directory = mkdtempSync(join(fastFolder(), 'loader-'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

type Signed = [key: string, headers: Readonly<Record<string, string>>, versionId?: string];
async function load(
  offered: readonly ObjectInfo[],
  answer: Answer,
  more: Partial<LoaderSettings> = {},
  signed: Signed[] = [],
): Promise<Loaded> {
  await server?.close();
  server = await HostileServer.open(answer);
  const signer = {
    get: async (...of: Signed) => {
      signed.push(of);
      return { origin: server.origin, path: `/${of[0]}`, headers: {} };
    },
  };
  return await loadObjects(signer, offered, {
    dataset,
    directory,
    workers: 1,
    maxLocalBytes: 256 * MIB,
    maxObjectBytes: 64 * MIB,
    maxAttempts: 3,
    ...more,
  });
}
const row: Answer = (response) => void response.end(ROW);
const refusal =
  (status: number, code: string): Answer =>
  (response) =>
    void response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`);
test('what was offered first is told first, whatever comes first', async () => {
  const held = new Held();
  const loading = load(listedMany(5), held.answer);
  await held.gather(5);
  held.waiting.reverse();
  for (let left = 5; left > 0; left--) {
    held.release(1, endsWithRow);
    await turns(20);
  }
  const { objects: loaded, complete } = await loading;
  expect(loaded.map(({ object: { key }, id, status }) => [id, key, status])).toEqual(
    listedMany(5).map(({ key }, index) => [index, key, 'taken']),
  );
  expect(complete).toBe(true);
});

test('each request names the object as it was listed, and its version where that is meant', async () => {
  const signed: Signed[] = [];
  await load([listed('a.json'), listed('b.json', ROW.length, { versionId: 'v7' })], row, {}, signed);
  expect(signed.sort()).toEqual([
    ['a.json', { 'if-match': '"a.json"' }, undefined],
    ['b.json', { 'if-match': '"b.json"' }, 'v7'],
  ]);
});

test('each object is read as its name says, and rejected rows are those of its own', async () => {
  const csv = 'id,at,n\nx,2026-06-15T10:00:00Z,1\n';
  const offered = [listed('a.json'), listed('b.csv', csv.length), listed('c.json')];
  const answer: Answer = (response, { url }) => void response.end(url === '/b.csv' ? csv : ROW);
  const { objects: loaded } = await load(offered, answer, {
    vetoes: [new Map(), new Map([[0, 'not wanted']]), new Map()],
  });
  expect(loaded.map((own) => (own.status === 'taken' ? [own.accepted, own.rejected.length] : []))).toEqual([
    [1, 0],
    [0, 1],
    [1, 0],
  ]);
});

test('what is gone is left out, what is refused is named, what is unreadable is told', async () => {
  const answers: Record<string, Answer> = {
    '/0.json': refusal(404, 'NoSuchKey'),
    '/1.json': refusal(403, 'AccessDenied'),
    '/2.json': (response) => void response.end('x'.repeat(ROW.length)),
    '/3.json': (response) => void response.end(gzipSync('x').subarray(0, -4)),
    '/4.json': refusal(412, 'PreconditionFailed'),
  };
  const offered = listedMany(5).map((own, index) => (index === 3 ? { ...own, size: gzipSync('x').length - 4 } : own));
  const loaded = await load(offered, (response, request) => answers[request.url ?? '']?.(response, request));
  expect(loaded.objects.map(({ object: { key }, status }) => [key, status])).toEqual([
    ['2.json', 'taken'],
    ['3.json', 'unreadable'],
  ]);
  expect(loaded.refused).toEqual([{ key: '1.json', etag: '"1.json"', error: 'HTTP 403 AccessDenied' }]);
  expect(loaded.complete).toBe(true);
});

test('nothing is loaded of nothing', async () => {
  expect(await load([], row)).toEqual({ objects: [], refused: [], segments: [], complete: true });
});

describe('attempts', () => {
  const pauses = (): number[] => {
    const waited: number[] = [];
    jest.spyOn(Math, 'random').mockReturnValue(1);
    jest.spyOn(timers, 'setTimeout').mockImplementation(async (milliseconds = 0) => {
      waited.push(milliseconds);
      return undefined as never;
    });
    return waited;
  };

  test('are as many as are allowed, with pauses that double, up to 20 seconds', async () => {
    const waited = pauses();
    await expect(load(listedMany(1), refusal(503, 'SlowDown'), { maxAttempts: 11 })).rejects.toMatchObject({
      name: 'DownloadError',
      message: 'GET 0.json: HTTP 503 SlowDown (attempt 11 of 11)',
    });
    expect(server.requests).toBe(11);
    expect(waited).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 20_000, 20_000]);
  });

  test('end with the first that works', async () => {
    const waited = pauses();
    const { objects: loaded } = await load(listedMany(1), (...of) =>
      (server.requests < 3 ? refusal(503, 'SlowDown') : row)(...of),
    );
    expect([loaded.length, server.requests, waited]).toEqual([1, 3, [100, 200]]);
  });

  test('are one where another one would not help', async () => {
    const waited = pauses();
    await expect(load(listedMany(1), refusal(403, 'SignatureDoesNotMatch'))).rejects.toThrow(
      'GET 0.json: HTTP 403 SignatureDoesNotMatch (attempt 1 of 3)',
    );
    expect([server.requests, waited]).toEqual([1, []]);
  });

  test('are over for every object once one has failed for good', async () => {
    pauses();
    const held = new Held();
    const signed: Signed[] = [];
    const loading = load(listedMany(3), held.answer, { maxAttempts: 9 }, signed);
    const failure = expect(loading).rejects.toThrow('HTTP 405 Other');
    await held.gather(3);
    held.release(1, (response) => void response.writeHead(405).end('<Code>Other</Code>'));
    await failure;
    await server.allClosed();
    await turns();
    expect(signed).toHaveLength(3);
  });
});

test('a failure for good begins no other object', async () => {
  const held = new Held();
  const loading = load(listedMany(100), held.answer);
  const failure = expect(loading).rejects.toThrow('GET 0.json: HTTP 405 Other');
  await held.gather(64);
  held.release(1, (response) => void response.writeHead(405).end('<Code>Other</Code>'));
  await failure;
  expect(server.requests).toBe(64);
  await server.allClosed();
});

describe('objects at a time', () => {
  test('are 64, and the next begins when one has ended', async () => {
    const held = new Held();
    const loading = load(listedMany(70), held.answer);
    await held.gather(64);
    held.release(2, endsWithRow);
    await held.gather(64);
    expect(server.requests).toBe(66);
    held.release(64, endsWithRow);
    await held.gather(4);
    held.release(4, endsWithRow);
    expect((await loading).objects).toHaveLength(70);
  });

  test('are fewer where they are large: one that is larger than 32 MiB goes alone', async () => {
    const held = new Held();
    const large = listed('large.json', 33 * MIB);
    const loading = load([listed('0.json'), large, listed('1.json')], held.answer);
    await held.gather(1);
    expect(held.waiting.map(({ url }) => url)).toEqual(['0.json']);
    for (const url of ['large.json', '1.json']) {
      held.release(1, endsGone);
      await held.gather(1);
      expect(held.waiting.map((one) => one.url)).toEqual([url]);
    }
    held.end(endsGone);
    expect(await loading).toMatchObject({ objects: [], complete: true });
  });
});

describe('the disk', () => {
  /** Loads more objects than go at a time, and lets as many end, one by one, as might begin another one. */
  async function begun(count: number, maxLocalBytes: number) {
    const held = new Held();
    const loading = load(listedMany(count), held.answer, { maxLocalBytes });
    await held.gather(64);
    for (let ended = 64; ended < count; ended++) {
      held.release(1, endsWithRow);
      await turns();
    }
    held.end(endsGone);
    const { complete } = await loading;
    return { requests: server.requests, complete };
  }

  test.each([
    ['one row', ROW.length, 64, false],
    ['a byte more', ROW.length + 1, 65, false],
    ['two rows', 2 * ROW.length, 65, false],
    ['more than there is', 100 * ROW.length, 67, true],
  ])('that holds %s: no other object is begun once it is full', async (_, bytes, requests, complete) => {
    expect(await begun(67, bytes)).toEqual({ requests, complete });
  });

  test.each([
    ['96 MiB', 0, 65, false],
    ['a byte less', 1, 66, true],
  ])(
    'rejected lines of %s in memory: another object is begun until it is too much',
    async (_, less, requests, complete) => {
      const lines = (first: number): Buffer =>
        Buffer.from(['x'.repeat(first), ...Array.from({ length: 47 }, () => 'x'.repeat(MIB))].join('\n'));
      const bodies = [lines(MIB), lines(MIB - less)].map((text) => gzipSync(text, { level: 1 }));
      const held = new Held();
      const offered = [
        ...bodies.map(({ length }, index) => listed(`${index}.json`, length)),
        ...listedMany(66).slice(2),
      ];
      const loading = load(offered, held.answer);
      await held.gather(64);
      for (const [index, body] of bodies.entries()) {
        const at = held.waiting.findIndex(({ url }) => url === `${index}.json`);
        held.waiting.splice(at, 1)[0]?.response.end(body);
        if (index === 0 || complete) await held.gather(64);
        else await turns(2_000);
      }
      held.end(endsGone);
      expect((await loading).complete).toBe(complete);
      expect(server.requests).toBe(requests);
    },
  );

  describe('rejected lines', () => {
    const broken = (mib: number): Buffer => Buffer.from(`${'x'.repeat(MIB - 1)}\n`.repeat(mib));
    const clean = Buffer.concat([Buffer.from(ROW), Buffer.alloc(12 * MIB - ROW.length, '\n')]);
    const answer = (held: Held, body: Buffer) => held.release(1, (response) => void response.end(body));

    test('of objects that wait for room are not read any more once there are enough', async () => {
      const body = broken(20);
      const { objects: loaded, complete } = await load(
        listedMany(40, body.length),
        (response) => void response.end(body),
        { workers: 2 },
      );
      // Five of 20 MiB are more than 96, and no more than another one was under way.
      expect([loaded.length <= 6, complete]).toEqual([true, false]);
    });

    test('are foreseen: as many as would be too much are not in flight before one object has been read', async () => {
      const held = new Held();
      const loading = load(listedMany(10, clean.length), held.answer, { workers: 4 });
      await held.gather(4);
      answer(held, clean);
      // Two for each worker.
      await held.gather(8);
      held.end((response) => void response.end(clean));
      expect((await loading).objects).toHaveLength(10);
    });

    test('are foreseen: no other object is begun where it would be too much, if it were like those before', async () => {
      const held = new Held();
      const body = gzipSync(broken(10), { level: 1 });
      const objects = listedMany(70, body.length).map((object) => ({ ...object, key: `${object.key}.gz` }));
      const loading = load(objects, held.answer);
      await held.gather(64);
      answer(held, body);
      await turns(2_000);
      expect(server.requests).toBe(64);
      held.end(endsGone);
      expect((await loading).complete).toBe(true);
    });
  });

  test('that is full already still takes the first objects: every batch makes progress', async () => {
    const { objects: loaded, complete } = await load(listedMany(1), row, { maxLocalBytes: 0 });
    expect([loaded.length, complete]).toEqual([1, true]);
    expect(
      (await load(listedMany(2), row, { maxLocalBytes: 0, directory: mkdtempSync(join(directory, 'b')) })).complete,
    ).toBe(false);
  });
});

test('Parquet objects end a batch when they have 100,000 columns together', async () => {
  const columns = Array(49_990).fill(dataset.columns[0]);
  const wide = { ...dataset, columns, input: { ...dataset.input, formats: ['parquet'] } } as const;
  const { objects: loaded, complete } = await load(listedMany(70, 4), (response) => void response.end('PAR1'), {
    dataset: wide,
  });
  // The first that ends makes room for another one of 64, and no other one does.
  expect([loaded.length, server.requests, complete]).toEqual([65, 65, false]);
});

describe('a batch that is small', () => {
  const names = ({ segments }: Loaded): string[] => [...new Set(segments.map(({ path }) => basename(path)))].sort();
  const rows = (size: number): Buffer => Buffer.concat([Buffer.from(ROW), Buffer.alloc(size - ROW.length, '\n')]);

  test('is loaded in this thread: up to 200 objects', async () => {
    expect(names(await load(listedMany(200), row))).toEqual(['lines-main-0.ndjson']);
  });

  test('is loaded in this thread: up to 16 MiB', async () => {
    const body = rows(4 * MIB);
    const loaded = await load(listedMany(4, body.length), (response) => void response.end(body));
    expect(names(loaded)).toEqual(['lines-main-0.ndjson']);
  });
});

describe('a task that runs out of time', () => {
  test.each([
    [1, '0.json'],
    [5, '0.json, 1.json, 2.json, 3.json, 4.json'],
    [6, '0.json, 1.json, 2.json, 3.json, 4.json and 1 more'],
    [9, '0.json, 1.json, 2.json, 3.json, 4.json and 4 more'],
  ])('with %i objects under way names %s, and ends them', async (count, keys) => {
    const held = new Held();
    const abort = new AbortController();
    const loading = load(listedMany(count + 1), held.answer, { signal: abort.signal });
    const failure = expect(loading).rejects.toMatchObject({
      name: 'DeadlineError',
      message: `The time is over, downloading ${keys}`,
    });
    await held.gather(count + 1);
    // What has ended is not named.
    const last = held.waiting.findIndex(({ url }) => url === `${count}.json`);
    held.waiting.splice(last, 1)[0]?.response.end(ROW);
    await turns();
    abort.abort(new Error('The time is over'));
    await failure;
    await server.allClosed();
    expect(server.requests).toBe(count + 1);
  });

  test('while it waits to try again says so, and waits no longer', async () => {
    const abort = new AbortController();
    const ended: unknown[] = [];
    jest.spyOn(timers, 'setTimeout').mockImplementation(
      (_, __, { signal } = {}) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            ended.push(signal.reason);
            reject(signal.reason);
          });
        }),
    );
    const loading = load(listedMany(1), refusal(503, 'SlowDown'), { signal: abort.signal, maxAttempts: 99 });
    const failure = expect(loading).rejects.toThrow('The time is over, downloading 0.json');
    await turns();
    abort.abort(new Error('The time is over'));
    await failure;
    expect(ended).toEqual([new Error('The time is over')]);
  });
});
