/** Going back to an earlier version: its files are there again, under names that no vacuum is about to delete. */
import { keepErasure, newErasure } from '../../../lambda/compaction/protocol/erasures';
import { dataFileKey, tombstonesKey } from '../../../lambda/compaction/protocol/names';
import { copyFile, restoreFiles } from '../../../lambda/compaction/protocol/restore';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';
import { TextEraser } from '../support/text-eraser';

const ref = { dataset: testDataset(), partition: PARTITION };
const MANIFEST = `put curated/manifests/events/${PARTITION}/manifest`;
const [A, B, C] = ['a', 'b', 'c'].map((digit) => dataFileKey(ref, digit.repeat(32), 0)) as [string, string, string];
const TOMB = tombstonesKey(ref, 'e'.repeat(32));

let lake: MemoryLake;
/** How many erasures each eraser is made of. */
let erasers: number[];
beforeEach(() => {
  lake = new MemoryLake();
  erasers = [];
  for (const [key, rows] of [
    [A, 'a'],
    [B, 'xb'],
    [C, 'c'],
    [TOMB, 't'],
  ] as const)
    lake.put('curated', key, rows);
});
afterEach(() => {
  expect(lake.held).toBe(0);
});

const restore = (files: readonly string[], at = lake.now()) =>
  restoreFiles(lake, ref, { files, at }, (erasures) => {
    erasers.push(erasures.length);
    return new TextEraser(lake, 'x');
  });
const texts = () => lake.listed().map((key) => lake.text('curated', key));
const info = (key: string): ObjectInfo => lake.contents.list('curated', key)[0] as ObjectInfo;
const erasure = (id = '1', key = 'x') =>
  keepErasure(
    lake,
    'events',
    id,
    newErasure([key], [key], { column: 'id', partition: null, from: null, to: null, began: '' }),
  );
function once(when: 'before' | 'after', operation: string | RegExp, effect: () => void | Promise<void>): void {
  lake[when] = async (done) => {
    if (typeof operation === 'string' ? done !== operation : !operation.test(done)) return;
    lake[when] = () => undefined;
    await effect();
  };
}

test('its files come back as copies, in their order; those that are listed stay', async () => {
  lake.list([C]);
  const outcome = await restore([A, C, TOMB]);
  expect(outcome).toEqual({ outcome: 'restored', files: lake.listed() });
  expect(texts()).toEqual(['a', 'c', 't']);
  const [a, c, tomb] = lake.listed();
  expect(c).toBe(C);
  expect([a, tomb]).not.toEqual([A, TOMB]);
  expect(tomb).toMatch(/\/tomb-/);
  expect(lake.did('copy')).toEqual([`copy curated/${A}`, `copy curated/${TOMB}`]);
  expect(erasers).toEqual([]);
});

test('what was committed since leaves the table, and stays for running queries', async () => {
  lake.list([A, B, C]);
  await restore([A]);
  expect(lake.listed()).toEqual([A]);
  expect(lake.did('delete')).toEqual([]);
});

test('a version without files empties the partition', async () => {
  lake.list([A]);
  expect(await restore([])).toEqual({ outcome: 'restored', files: [] });
  expect(lake.listed()).toEqual([]);
});

test.each([
  ['the same', [A, C], 'current'],
  ['the same in another order', [C, A], 'current'],
  ['fewer', [A], 'restored'],
  ['more', [A, C, TOMB], 'restored'],
  ['as many others', [A, TOMB], 'restored'],
])('a version of %s files as it has now is %s', async (_, files, wanted) => {
  lake.list([A, C]);
  expect((await restore(files)).outcome).toBe(wanted);
});

test('files that are gone are told, and nothing is changed', async () => {
  lake.list([C]);
  for (const key of [A, TOMB]) lake.contents.objects.delete(`curated/${key}`);
  expect(await restore([A, C, TOMB])).toEqual({ outcome: 'missing', files: [A, TOMB] });
  expect(lake.listed()).toEqual([C]);
  expect(lake.did('copy')).toEqual([]);
});

test('a file that a vacuum deletes before it is copied is gone too', async () => {
  once('before', `copy curated/${A}`, () => void lake.contents.objects.delete(`curated/${A}`));
  expect(await restore([A, C])).toEqual({ outcome: 'missing', files: [A] });
  expect(lake.listed()).toEqual([]);
});

test('a writer that is faster does not matter: it starts again, with copies of its own', async () => {
  lake.list([C]);
  once('before', MANIFEST, () => void lake.list([C, TOMB]));
  expect(await restore([A, C])).toMatchObject({ outcome: 'restored' });
  expect(texts()).toEqual(['a', 'c']);
  expect(lake.did(`copy curated/${A}`)).toHaveLength(2);
});

test('it gives up when others are faster 20 times', async () => {
  lake.before = (operation) => {
    if (operation === MANIFEST) lake.list([C, dataFileKey(ref, String(lake.operations.length).padStart(32, '0'), 0)]);
  };
  await expect(restore([A])).rejects.toThrow(`events/${PARTITION}: 20 restores met faster writers`);
});

test('what was committed is finished first: its raw objects would bring rows back', async () => {
  lake.list([C]);
  const etag = lake.put('raw', 'raw/in', 'x');
  const record = { files: [C], inputs: [{ key: 'raw/in', etag }], counts: {}, attempt: '1' };
  lake.put('curated', `records/events/${PARTITION}/r.json`, JSON.stringify(record));
  await restore([A]);
  expect(lake.keys('raw')).toEqual([]);
});

describe('rows that were erased since', () => {
  test('stay away: their files are written again', async () => {
    const at = lake.now();
    await erasure();
    await restore([A, B], at);
    expect(texts()).toEqual(['a', 'b']);
    // A file that has none of them is copied.
    expect(lake.did(`copy curated/${A}`)).toHaveLength(1);
    expect(lake.did(`copy curated/${B}`)).toEqual([]);
    expect(erasers).toEqual([1]);
  });

  test('before it became current do not count: it has none of them', async () => {
    await erasure();
    await restore([B], new Date(lake.time + 1));
    expect(texts()).toEqual(['xb']);
    expect(erasers).toEqual([]);
  });

  test('while it copies make it start again', async () => {
    once('before', /^copy /, () => erasure().then(() => undefined));
    await restore([A, B]);
    expect(texts()).toEqual(['a', 'b']);
  });

  test('while another writer wins make it copy again', async () => {
    once('before', MANIFEST, async () => {
      lake.list([C]);
      await erasure();
    });
    await restore([A, B]);
    expect(texts()).toEqual(['a', 'b']);
    expect(erasers).toEqual([1]);
  });

  test('a file that is replaced while it is written again is gone', async () => {
    await erasure();
    once('before', `getRange curated/${B}`, () => void lake.contents.objects.delete(`curated/${B}`));
    expect(await restore([A, B])).toEqual({ outcome: 'missing', files: [B] });
  });
});

describe('a copy', () => {
  test('has a name of its own each time, of its kind', async () => {
    const [one, two] = [await copyFile(lake, ref, info(A)), await copyFile(lake, ref, info(A))];
    expect(one).toMatch(/\/part-[0-9a-f]{32}-000\.parquet$/);
    expect(one).not.toBe(two);
    expect(lake.text('curated', one as string)).toBe('a');
    expect(await copyFile(lake, ref, info(TOMB))).toMatch(/\/tomb-[0-9a-f]{32}-000\.parquet$/);
  });

  test('of what is gone, or was written again, is none', async () => {
    const file = info(A);
    lake.put('curated', A, 'again');
    expect(await copyFile(lake, ref, file)).toBeUndefined();
  });

  test('that fails otherwise ends with its error', async () => {
    lake.before = () => {
      throw new Error('no connection');
    };
    await expect(copyFile(lake, ref, info(A))).rejects.toThrow('no connection');
  });
});
