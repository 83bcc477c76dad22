/** Changes of a partition: which files replace which, and what is counted. */
import {
  addRewritten,
  NOTHING_REWRITTEN,
  uploadChanges,
  writtenChanges,
} from '../../../lambda/compaction/protocol/changes';
import type { Changes } from '../../../lambda/compaction/protocol/converter';
import { dataFileKey, tombstonesKey } from '../../../lambda/compaction/protocol/names';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { MemoryLake } from '../support/memory-lake';
import { changesOf } from '../support/scripted-changes';
import { PARTITION, testDataset } from '../support/test-dataset';

const ref = { dataset: testDataset(), partition: PARTITION };
const info = (key: string): ObjectInfo => ({ key, etag: `"${key}"`, size: 1, lastModified: new Date(0) });
const A = info(dataFileKey(ref, 'a'.repeat(32), 0));
const B = info(dataFileKey(ref, 'b'.repeat(32), 0));
const OLD = info(tombstonesKey(ref, 'c'.repeat(32)));

let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});

/** Of an engine that writes two files for one, and none for the other. */
const given = (more: Partial<Changes>): Changes =>
  changesOf(lake, {
    rewrite: async ({ key }) => lake.files(key === A.key ? ['A without', 'A more'] : []),
    ...more,
  });

async function uploaded(more: Partial<Changes>, base: readonly ObjectInfo[] = [A, B]) {
  const outcome = await uploadChanges(lake, ref, base, given(more));
  expect(lake.held).toBe(0);
  return { ...outcome, texts: outcome.keys.map((key) => lake.text('curated', key)) };
}
const REWRITES = [
  { file: A, removed: 5, placed: 3 },
  { file: B, removed: 2, placed: 0 },
];

test('files are rewritten one by one, and what is added is a file of its own', async () => {
  const { id, keys, remove, texts, rewritten, complete } = await uploaded({ rewrites: REWRITES, added: 4 });
  expect(texts).toEqual(['A without', 'A more', 'added']);
  expect(keys).toEqual([0, 1, 2].map((index) => dataFileKey(ref, id, index)));
  expect(remove).toEqual([A.key, B.key]);
  expect(rewritten).toEqual({ placed: 3, removed: 7, added: 4, files: 3, bytes: 9 + 6 + 5 });
  expect(complete).toBe(true);
});

test('a part of the changes adds nothing yet: the rest does', async () => {
  const { texts, rewritten, complete } = await uploaded({ rewrites: REWRITES, added: 4, complete: false });
  expect(texts).toEqual(['A without', 'A more']);
  expect(rewritten.added).toBe(0);
  expect(complete).toBe(false);
});

test('without rows to add no file is written for them', async () => {
  expect((await uploaded({ rewrites: REWRITES })).texts).toEqual(['A without', 'A more']);
});

test('new deletions replace those that were remembered, and no data file', async () => {
  const { id, keys, remove, texts } = await uploaded({ rewrites: [REWRITES[1] as never], buries: true }, [A, OLD, B]);
  expect(texts).toEqual(['tombstones']);
  expect(keys).toEqual([tombstonesKey(ref, id)]);
  expect(remove).toEqual([B.key, OLD.key]);
});

test('a commit that only takes rows out has a file nevertheless, by which it is recognized', async () => {
  const { id, keys, remove } = await uploaded({ rewrites: [REWRITES[1] as never] }, [A, B, OLD]);
  expect(keys).toEqual([tombstonesKey(ref, id)]);
  expect(remove).toEqual([B.key, OLD.key]);
});

test('changes that change nothing write nothing', async () => {
  const { keys, remove, rewritten } = await uploaded({}, [A, OLD]);
  expect([keys, remove]).toEqual([[], []]);
  expect(rewritten).toEqual(NOTHING_REWRITTEN);
});

test('names are another transaction each time', async () => {
  const [one, two] = [await uploaded({ added: 1 }), await uploaded({ added: 1 })];
  expect(one.id).not.toBe(two.id);
});

test('parts add up, and all of them are counted with the last', () => {
  const before = { placed: 1, removed: 2, added: 4, files: 8, bytes: 16 };
  const last = { placed: 100, removed: 200, added: 300, files: 400, bytes: 500 };
  expect(addRewritten(before, last)).toEqual({ placed: 101, removed: 202, added: 304, files: 408, bytes: 516 });
  const changes = given({ superseded: 11, deletions: 3, rowsOutsidePartition: 5, erased: 7 });
  expect(writtenChanges(changes, before, last)).toEqual({
    rowsOut: 101 + 304,
    duplicates: 0,
    // What the parts before brought in is found to be there by now, and would count as superseded.
    superseded: 10,
    deletions: 3,
    rowsReplaced: 202,
    rowsOutsidePartition: 5,
    erased: 7,
    filesOut: 408,
    bytesOut: 516,
  });
});
