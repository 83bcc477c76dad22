/** Which files an erase replaces, deletes, leaves and tells of. `../erase.test.ts` runs it beside other writers. */
import { eraseRows, findErasable, unlessGone, uploadRest } from '../../../lambda/compaction/protocol/erase';
import { dataFileKey, tombstonesKey } from '../../../lambda/compaction/protocol/names';
import { type ObjectInfo, PreconditionFailedError } from '../../../lambda/compaction/store/object-store';
import { HOUR_MS, MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';
import { TextEraser } from '../support/text-eraser';

const GRACE = 48;
const MANIFEST = `put curated/manifests/events/${PARTITION}/manifest`;
const ref = { dataset: testDataset({ compaction: { graceHours: GRACE } }), partition: PARTITION };
const table = { ...ref, dataset: testDataset({ compaction: { graceHours: GRACE }, iceberg: true }) };
const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((digit) => dataFileKey(ref, digit.repeat(32), 0)) as [
  string,
  string,
  string,
  string,
];
const TOMB = tombstonesKey(ref, 'e'.repeat(32));

let lake: MemoryLake;
let eraser: TextEraser;
beforeEach(() => {
  lake = new MemoryLake();
  eraser = new TextEraser(lake, 'x');
});
afterEach(() => {
  expect(lake.held).toBe(0);
});
const put = (key: string, rows: string, hoursAgo = 0) => lake.put('curated', key, rows, hoursAgo);
const info = (key: string): ObjectInfo => lake.contents.list('curated', key)[0] as ObjectInfo;
const keysOf = (files: readonly ObjectInfo[]): string[] => files.map(({ key }) => key);
const texts = () => lake.listed().map((key) => lake.text('curated', key));
const erase = (own = ref) => eraseRows(lake, own, eraser);

describe('finding', () => {
  test('tells files with rows of the keys, listed or not, and how many', async () => {
    put(A, 'xax');
    put(B, 'b');
    put(C, 'x');
    put(D, 'd');
    const found = await findErasable(lake, ref, [A, B], eraser);
    expect(found).toEqual({ listed: [{ file: info(A), rows: 2 }], unlisted: [info(C)] });
  });

  test('a listed file that does not exist is an error', async () => {
    put(B, 'x');
    lake.list([A, B]);
    await expect(findErasable(lake, ref, [A, B], eraser)).rejects.toThrow(
      `The manifest of events/${PARTITION} lists ${A}, which does not exist`,
    );
  });

  test('unless the manifest does not list it any more: then somebody replaced it', async () => {
    lake.list([B]);
    expect(await findErasable(lake, ref, [A], eraser)).toBeUndefined();
  });

  test('a listed file that goes while it is read was replaced too; an unlisted one is just gone', async () => {
    put(A, 'x');
    put(B, 'x');
    lake.before = (operation) => {
      if (operation === `getRange curated/${A}`) lake.contents.objects.delete(`curated/${A}`);
    };
    expect(await findErasable(lake, ref, [A], eraser)).toBeUndefined();
    put(A, 'x');
    expect(await findErasable(lake, ref, [B], eraser)).toEqual({ listed: [{ file: info(B), rows: 1 }], unlisted: [] });
  });

  test('any other error ends it', async () => {
    put(A, 'x');
    lake.before = (operation) => {
      if (operation.startsWith('getRange')) throw new Error('no connection');
    };
    await expect(findErasable(lake, ref, [A], eraser)).rejects.toThrow('no connection');
  });
});

describe('writing the rest', () => {
  test('a file each, of one new transaction', async () => {
    put(A, 'xa');
    put(B, 'bx');
    const keys = await uploadRest(lake, ref, eraser, [info(A), info(B)]);
    expect(keys.map((key) => lake.text('curated', key))).toEqual(['a', 'b']);
    const id = /part-([0-9a-f]{32})/.exec(keys[0] as string)?.[1] as string;
    expect(keys).toEqual([dataFileKey(ref, id, 0), dataFileKey(ref, id, 1)]);
  });

  test('remembered deletions stay such', async () => {
    put(TOMB, 'xt');
    const [key = ''] = await uploadRest(lake, ref, eraser, [info(TOMB)]);
    expect(key).toMatch(/\/tomb-[0-9a-f]{32}-000\.parquet$/);
    expect(lake.text('curated', key)).toBe('t');
  });

  test('a file without rows when nothing else is in them, by which the commit is recognized', async () => {
    put(A, 'x');
    put(B, 'xx');
    const keys = await uploadRest(lake, ref, eraser, [info(A), info(B)]);
    expect(keys.map((key) => lake.text('curated', key))).toEqual(['']);
    expect(keys[0]).toMatch(/\/part-[0-9a-f]{32}-000\.parquet$/);
  });

  test('not that one when another file is left', async () => {
    put(A, 'x');
    put(B, 'xb');
    expect(await uploadRest(lake, ref, eraser, [info(A), info(B)])).toHaveLength(1);
  });

  test('frees the disk when an upload fails', async () => {
    put(A, 'xa');
    lake.before = (operation) => {
      if (operation.startsWith('put')) throw new Error('no connection');
    };
    await expect(uploadRest(lake, ref, eraser, [info(A)])).rejects.toThrow('no connection');
  });
});

test('what is gone is undefined, and no other error is', async () => {
  const gone = new PreconditionFailedError('GetObject', 'curated', 'x');
  expect(await unlessGone(async () => 1)).toBe(1);
  expect(await unlessGone(() => Promise.reject(gone))).toBeUndefined();
  await expect(unlessGone(() => Promise.reject(new Error('no connection')))).rejects.toThrow('no connection');
});

describe('erasing', () => {
  test('replaces the files that have rows of the keys, and deletes them at once', async () => {
    put(A, 'xax');
    put(B, 'b');
    put(C, 'cx');
    lake.list([A, B, C]);
    expect(await erase()).toEqual({ rows: 3, files: 2, leftovers: 0, left: [], kept: [] });
    expect(texts()).toEqual(['b', 'a', 'c']);
    expect([A, C].map((key) => lake.text('curated', key))).toEqual([undefined, undefined]);
  });

  test('of nothing changes nothing', async () => {
    put(A, 'a');
    lake.list([A]);
    expect(await erase()).toEqual({ rows: 0, files: 0, leftovers: 0, left: [], kept: [] });
    expect([lake.did('put'), lake.did('delete')]).toEqual([[], []]);
  });

  test.each([
    ['of just the grace stays, and is told', GRACE, true],
    ['that is older than the grace is deleted', GRACE + 0.001, false],
  ])('a file that nobody listed yet, %s', async (_, hours, isLeft) => {
    put(B, 'xb', hours);
    const outcome = await erase();
    expect(outcome).toMatchObject({ rows: 0, files: 0, leftovers: isLeft ? 0 : 1, kept: [] });
    expect(keysOf(outcome.left)).toEqual(isLeft ? [B] : []);
    expect(lake.text('curated', B)).toBe(isLeft ? 'xb' : undefined);
  });

  test('a young file that an earlier version listed is deleted: nobody commits it again', async () => {
    put(A, 'a');
    put(B, 'xb');
    put(C, 'xc');
    lake.list([A, B]);
    lake.list([A]);
    const outcome = await erase();
    expect(outcome).toMatchObject({ rows: 0, leftovers: 1 });
    expect(keysOf(outcome.left)).toEqual([C]);
    expect([B, C].map((key) => lake.text('curated', key))).toEqual([undefined, 'xc']);
  });

  test('leftovers are counted without the files that it replaced', async () => {
    put(A, 'xa');
    put(B, 'x', GRACE + 1);
    lake.list([A]);
    expect(await erase()).toMatchObject({ rows: 1, files: 1, leftovers: 1 });
  });

  test('versions are read only when a young file is there', async () => {
    put(A, 'xa');
    put(B, 'x', GRACE + 1);
    lake.list([A]);
    await erase();
    expect(lake.did('list versions')).toEqual([]);
    // Once for what is to be replaced, and once to see that nothing is left.
    expect(lake.did('get curated/manifests')).toHaveLength(2);
  });

  test('of an Iceberg table what it replaced is kept for snapshots, and told with what is not listed', async () => {
    put(A, 'xa');
    put(B, 'x', GRACE + 1);
    lake.list([A]);
    const outcome = await erase(table);
    expect(outcome).toMatchObject({ rows: 1, files: 1, leftovers: 0, left: [] });
    expect(keysOf(outcome.kept).sort()).toEqual([A, B]);
    expect(lake.did('delete')).toEqual([]);
    expect(texts()).toEqual(['a']);
  });

  test('starts again when another writer is faster, and erases what that one wrote', async () => {
    put(A, 'xa');
    put(B, 'xb');
    lake.list([A]);
    lake.before = (operation) => {
      if (operation !== MANIFEST) return;
      lake.before = () => undefined;
      lake.list([A, B]);
    };
    expect(await erase()).toMatchObject({ rows: 2, files: 2 });
    expect(texts()).toEqual(['a', 'b']);
  });

  test('starts again when a file is replaced before it is read', async () => {
    put(A, 'xa');
    put(B, 'xb');
    lake.list([A]);
    lake.before = (operation) => {
      if (operation !== `getRange curated/${A}`) return;
      lake.before = () => undefined;
      lake.contents.objects.delete(`curated/${A}`);
      lake.list([B]);
    };
    expect(await erase()).toMatchObject({ rows: 1, files: 1 });
    expect(texts()).toEqual(['b']);
  });

  test('starts again when a file that it reads is replaced', async () => {
    put(A, 'xa');
    put(B, 'xb');
    lake.list([A]);
    let reads = 0;
    lake.before = (operation) => {
      // The second read is of the rest.
      if (operation !== `getRange curated/${A}` || ++reads < 2) return;
      lake.before = () => undefined;
      lake.contents.objects.delete(`curated/${A}`);
      lake.list([B]);
    };
    expect(await erase()).toMatchObject({ rows: 1, files: 1 });
    expect(texts()).toEqual(['b']);
  });

  test('goes on while a young file that others listed before is listed again meanwhile', async () => {
    put(A, 'a');
    put(B, 'xb');
    lake.list([A, B]);
    lake.list([A]);
    lake.after = (operation) => {
      if (!operation.startsWith('list versions')) return;
      lake.after = () => undefined;
      lake.list([A, B]);
    };
    const outcome = await erase();
    expect(outcome).toMatchObject({ rows: 1, files: 1, left: [] });
    expect(texts()).toEqual(['a', 'b']);
  });

  test('gives up when others are faster 20 times', async () => {
    put(A, 'xa');
    lake.list([A]);
    lake.before = (operation) => {
      if (operation !== MANIFEST) return;
      const key = dataFileKey(ref, String(lake.operations.length).padStart(32, '0'), 0);
      put(key, 'b');
      lake.list([A, key]);
    };
    await expect(erase()).rejects.toThrow(`events/${PARTITION}: 20 erasures met faster writers`);
  });

  test('finishes what was committed before, so that no raw object brings rows back', async () => {
    put(A, 'xa');
    lake.list([A]);
    const etag = lake.put('raw', 'raw/in', 'x');
    lake.put(
      'curated',
      `records/events/${PARTITION}/r.json`,
      JSON.stringify({ files: [A], inputs: [{ key: 'raw/in', etag }], counts: {}, attempt: '1' }),
    );
    lake.time += HOUR_MS;
    await erase();
    expect(lake.keys('raw')).toEqual([]);
  });
});
