/** Merging, expiry and vacuum: what is replaced, what leaves, and above all what is deleted, and what is not yet. */
import { type CommitIntent, writeIntent } from '../../../lambda/compaction/protocol/commit-intent';
import type { Converter, LocalFiles } from '../../../lambda/compaction/protocol/converter';
import { expire, findVacuumable, maintain, mergeFiles, vacuum } from '../../../lambda/compaction/protocol/maintain';
import { readManifest } from '../../../lambda/compaction/protocol/manifest';
import { dataFileKey, tombstonesKey } from '../../../lambda/compaction/protocol/names';
import { NO_ROWS } from '../../../lambda/compaction/protocol/result';
import { storeSnapshotsSince } from '../../../lambda/compaction/protocol/snapshots';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import type { DatasetDefinition } from '../../../lib/dataset';
import { HOUR_MS, MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const GRACE = 48;
const MANIFEST = `manifests/events/${PARTITION}/manifest`;
const RECORDS = `records/events/${PARTITION}/`;
const refOf = (more: Partial<DatasetDefinition> = {}) => ({
  dataset: testDataset({ compaction: { graceHours: GRACE, maxUndersizedFiles: 2, closeAfterHours: 24 }, ...more }),
  partition: PARTITION,
});
const ref = refOf();
const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((digit) => dataFileKey(ref, digit.repeat(32), 0)) as [
  string,
  string,
  string,
  string,
];
const TOMB = tombstonesKey(ref, 'e'.repeat(32));

let lake: MemoryLake;
let merges: (readonly string[])[];
beforeEach(() => {
  lake = new MemoryLake();
  merges = [];
});

/** An engine that merges files into one. */
function engine(write = (_files: readonly ObjectInfo[]): LocalFiles => lake.files(['merged'])): Converter {
  return {
    load: () => Promise.reject(new Error('maintenance loads nothing')),
    merge: async (_ref, files) => {
      merges.push(files.map(({ key }) => key));
      return write(files);
    },
  };
}
const put = (hoursAgo: number, ...keys: readonly string[]) => {
  for (const key of keys) lake.put('curated', key, key, hoursAgo);
};
/** A transaction that was committed, and whose raw object is still there. */
const unfinished = (...files: readonly string[]) => {
  const etag = lake.put('raw', 'raw/x', 'x');
  return writeIntent(lake, ref, 'id', { files, inputs: [{ key: 'raw/x', etag }], counts: NO_ROWS, attempt: '1' });
};
const exists = (key: string): boolean => lake.contents.get('curated', key) !== undefined;

describe('merging', () => {
  // The partition is of 15 June, and open until the end of 16 June.
  const open = () => {
    lake.time = Date.parse('2026-06-16T23:59:59Z');
  };

  test('replaces too many small files by one', async () => {
    open();
    put(1, A, B);
    lake.put('curated', C, 'x'.repeat(1_000), 1);
    lake.list([A, B, C]);
    expect(await mergeFiles(lake, ref, engine())).toEqual({ replaced: 2, written: 1 });
    // Once to choose, and once to see that nothing is left.
    expect(lake.did(`get curated/${MANIFEST}`)).toHaveLength(2);
    const [kept, merged] = lake.listed();
    expect(kept).toBe(C);
    expect(lake.text('curated', merged as string)).toBe('merged');
    // Running queries may read them.
    expect([A, B].map(exists)).toEqual([true, true]);
    expect(lake.held).toBe(0);
    expect(lake.commits).toMatchObject([{ added: 1, removed: 2 }]);
  });

  test('finishes what was committed before: without its files nobody could tell that it was', async () => {
    open();
    put(1, A, B, C);
    lake.list([A, B, C]);
    await unfinished(A, B);
    await mergeFiles(lake, ref, engine());
    expect([lake.keys('raw'), lake.keys('curated', RECORDS)]).toEqual([[], []]);
  });

  test('leaves an open partition with few alone', async () => {
    open();
    put(1, A, B);
    lake.list([A, B]);
    expect(await mergeFiles(lake, ref, engine())).toEqual({ replaced: 0, written: 0 });
    expect([merges, lake.did('put')]).toEqual([[], []]);
  });

  test('packs all files of a partition that is closed and settled', async () => {
    put(25, A, B);
    lake.list([A, B]);
    expect(await mergeFiles(lake, ref, engine())).toEqual({ replaced: 2, written: 1 });
    expect(lake.listed()).toHaveLength(1);
  });

  test('does not pack while late data keeps coming', async () => {
    put(25, A);
    put(23, B);
    lake.list([A, B]);
    expect(await mergeFiles(lake, ref, engine())).toEqual({ replaced: 0, written: 0 });
  });

  test('goes on until nothing is left to merge, as it found the partition: merged files are young', async () => {
    put(25, A, B, C);
    lake.list([A, B, C]);
    let turn = 0;
    // The first merge leaves two files of three, which are packed in a second one.
    const outcome = await mergeFiles(
      lake,
      ref,
      engine(() => lake.files(turn++ === 0 ? ['1', '2'] : ['3'])),
    );
    expect(outcome).toEqual({ replaced: 5, written: 3 });
    expect(lake.listed()).toHaveLength(1);
  });

  test('ends when rows do not pack into fewer files', async () => {
    put(25, A, B);
    lake.list([A, B]);
    expect(
      await mergeFiles(
        lake,
        ref,
        engine(() => lake.files(['1', '2'])),
      ),
    ).toEqual({ replaced: 2, written: 2 });
    expect(merges).toHaveLength(1);
  });

  test('leaves remembered deletions alone', async () => {
    put(25, A, B, TOMB);
    lake.list([A, TOMB, B]);
    await mergeFiles(lake, ref, engine());
    expect(merges).toEqual([[expect.any(String), expect.any(String)]]);
    expect(merges.flat().sort()).toEqual([A, B]);
    expect(lake.listed()[0]).toBe(TOMB);
  });

  test('commits again, without merging again, when others add files meanwhile', async () => {
    put(25, A, B, D);
    lake.list([A, B]);
    lake.before = (operation) => {
      if (operation !== `put curated/${MANIFEST}`) return;
      lake.before = () => undefined;
      lake.list([A, B, D]);
    };
    const { replaced } = await mergeFiles(lake, ref, engine());
    expect(merges[0]?.length).toBe(2);
    expect(lake.listed()).toHaveLength(1);
    // Once the files of the first look, once what came meanwhile.
    expect(merges).toHaveLength(2);
    expect(replaced).toBe(4);
  });

  test('starts again when one of its files was replaced meanwhile: its rows are elsewhere', async () => {
    put(25, A, B, D);
    lake.list([A, B]);
    lake.before = (operation) => {
      if (operation !== `put curated/${MANIFEST}`) return;
      lake.before = () => undefined;
      lake.list([A, D]);
    };
    expect(await mergeFiles(lake, ref, engine())).toEqual({ replaced: 2, written: 1 });
    expect(merges.map((keys) => [...keys].sort())).toEqual([
      [A, B],
      [A, D],
    ]);
    expect(lake.held).toBe(0);
  });

  test('gives up when others are faster 20 times', async () => {
    put(25, A, B);
    lake.list([A, B]);
    const more = () => dataFileKey(ref, String(lake.operations.length).padStart(32, '0'), 0);
    lake.before = (operation) => {
      if (operation === `put curated/${MANIFEST}`) lake.list([A, B, more()]);
    };
    await expect(mergeFiles(lake, ref, engine())).rejects.toThrow(`events/${PARTITION}: 20 commits met faster writers`);
    expect(lake.held).toBe(0);
  });

  test('gives up when its files are replaced 20 times', async () => {
    lake.list([A, B]);
    put(25, A, B);
    let turn = 0;
    lake.before = (operation) => {
      if (operation !== `put curated/${MANIFEST}`) return;
      const next = [0, 1].map((index) => dataFileKey(ref, String(++turn).padStart(32, '0'), index));
      put(25, ...next);
      lake.list(next);
    };
    await expect(mergeFiles(lake, ref, engine())).rejects.toThrow(`events/${PARTITION}: 20 merges met faster writers`);
    expect(lake.held).toBe(0);
  });

  test('frees the disk when it fails', async () => {
    put(25, A, B);
    lake.list([A, B]);
    lake.before = (operation) => {
      if (operation.startsWith('put')) throw new Error('no connection');
    };
    await expect(mergeFiles(lake, ref, engine())).rejects.toThrow('no connection');
    expect(lake.held).toBe(0);
  });
});

describe('expiry', () => {
  const expiring = refOf({ retention: { curatedDays: 30 } });
  const end = Date.parse('2026-06-16T00:00:00Z') + 30 * 24 * HOUR_MS;
  beforeEach(() => {
    put(0, A, B);
    lake.list([A, B]);
  });

  test('empties a partition whose retention is over, and deletes no file', async () => {
    lake.time = end;
    expect(await expire(lake, expiring)).toBe(2);
    expect(lake.listed()).toEqual([]);
    expect([A, B].map(exists)).toEqual([true, true]);
    expect(lake.did('delete')).toEqual([]);
  });

  test('does nothing before, nor without a retention', async () => {
    lake.time = end - 1;
    expect(await expire(lake, expiring)).toBe(0);
    lake.time = end + 1_000 * 24 * HOUR_MS;
    expect(await expire(lake, ref)).toBe(0);
    expect(lake.operations).toEqual([]);
  });

  test('writes no version of a partition that is empty', async () => {
    lake.time = end;
    lake.list([]);
    expect(await expire(lake, expiring)).toBe(0);
    expect(lake.did('put')).toEqual([]);
  });

  test('leaves it to the next run when another writer is faster', async () => {
    lake.time = end;
    lake.before = (operation) => {
      if (operation === `put curated/${MANIFEST}`) lake.list([A, B, C]);
    };
    expect(await expire(lake, expiring)).toBe(0);
    expect(lake.listed()).toEqual([A, B, C]);
  });

  test('finishes what was committed before it', async () => {
    lake.time = end;
    await unfinished(A);
    await expire(lake, expiring);
    expect(lake.keys('raw')).toEqual([]);
  });
});

describe('the vacuum', () => {
  const old = GRACE + 0.001;
  const found = async (own = ref) =>
    (await findVacuumable(lake, own, await readManifest(lake, own))).map(({ key }) => key);

  test('deletes files that no manifest lists once they and the manifest are older than the grace', async () => {
    put(old, A, B);
    lake.list([A], old);
    expect(await vacuum(lake, ref)).toBe(1);
    expect([A, B].map(exists)).toEqual([true, false]);
  });

  test('finishes what was committed before it', async () => {
    put(old, A);
    lake.list([A], old);
    await unfinished(A);
    await vacuum(lake, ref);
    expect([lake.keys('raw'), lake.keys('curated', RECORDS)]).toEqual([[], []]);
  });

  test.each([
    ['a file of just the grace', GRACE, old],
    ['any file while the manifest is of just the grace', old, GRACE],
    ['a young file', 1, old],
    ['any file while the manifest is young', old, 1],
  ])('keeps %s', async (_, fileHours, manifestHours) => {
    put(fileHours, B);
    lake.list([A], manifestHours);
    expect(await found()).toEqual([]);
  });

  test('deletes what is old where there never was a manifest', async () => {
    put(old, A);
    put(1, B);
    expect(await found()).toEqual([A]);
  });

  test('looks at each file', async () => {
    put(1, A);
    put(old, B, C);
    lake.list([C], old);
    put(old, D);
    expect(await found()).toEqual([B, D]);
  });

  test('deletes none that was rewritten since it was found', async () => {
    put(old, B);
    lake.list([A], old);
    lake.before = (operation) => {
      if (operation === `delete curated/${B}`) lake.put('curated', B, 'again');
    };
    expect(await vacuum(lake, ref)).toBe(0);
    expect(exists(B)).toBe(true);
  });

  describe('of an Iceberg table', () => {
    const table = refOf({ iceberg: true });
    beforeEach(() => {
      put(old, B);
      lake.list([A], old);
    });

    test('keeps what snapshots may list', async () => {
      expect(await found(table)).toEqual([]);
      await storeSnapshotsSince(lake, table.dataset, lake.time - 100 * HOUR_MS);
      expect(await found(table)).toEqual([]);
    });

    test('deletes what no snapshot has any more', async () => {
      await storeSnapshotsSince(lake, table.dataset, lake.time - HOUR_MS);
      expect(await found(table)).toEqual([B]);
    });

    test('asks for snapshots only when there is something to delete', async () => {
      lake.contents.objects.delete(`curated/${B}`);
      await found(table);
      expect(lake.did('get curated/iceberg')).toEqual([]);
    });

    test('deletes old records of what never was committed, which no snapshot lists', async () => {
      lake.put('curated', `${RECORDS}r.json`, JSON.stringify({ files: [C], inputs: [] }), old);
      expect(await found(table)).toEqual([`${RECORDS}r.json`]);
    });
  });

  describe('of records', () => {
    const record = (files: readonly string[]): CommitIntent => ({ files, inputs: [], counts: NO_ROWS, attempt: '1' });
    const keep = (hours: number, files: readonly string[]) =>
      lake.put('curated', `${RECORDS}r.json`, JSON.stringify(record(files)), hours);
    beforeEach(() => {
      lake.list([A, B], old);
    });

    test.each([
      ['that never was committed is deleted', old, [C], true],
      ['of just the grace stays', GRACE, [C], false],
      ['that is young stays', 1, [C], false],
      ['that is committed stays: its inputs are to be deleted', old, [A, B], false],
      ['that is committed in part stays', old, [C, B], false],
    ])('one %s', async (_, hours, files, isDeleted) => {
      keep(hours, files);
      expect(await found()).toEqual(isDeleted ? [`${RECORDS}r.json`] : []);
    });

    test('one that was written again while it was read stays', async () => {
      keep(old, [C]);
      lake.before = (operation) => {
        if (operation === `get curated/${RECORDS}r.json`) keep(0, [C, D]);
      };
      expect(await found()).toEqual([]);
    });

    test('one that is gone when it is read is none', async () => {
      keep(old, [C]);
      lake.before = (operation) => {
        if (operation === `get curated/${RECORDS}r.json`) lake.contents.objects.delete(`curated/${RECORDS}r.json`);
      };
      expect(await found()).toEqual([]);
    });

    test('each is looked at', async () => {
      keep(1, [C]);
      lake.put('curated', `${RECORDS}s.json`, JSON.stringify(record([D])), old);
      expect(await found()).toEqual([`${RECORDS}s.json`]);
    });
  });
});

test('maintenance finishes, expires, merges and deletes, and tells each', async () => {
  const etag = lake.put('raw', 'raw/x', 'x');
  put(100, A, B, C, D);
  lake.list([A, B, C], 100);
  const counts = { ...NO_ROWS, rowsIn: 2, rowsOut: 2 };
  await writeIntent(lake, ref, 'id', { files: [A], inputs: [{ key: 'raw/x', etag }], counts, attempt: '1' });
  const first = await maintain(lake, ref, engine());
  // The merge has made a young manifest: what it replaced, and what nobody lists, stays for the grace.
  expect(first).toEqual({ filesReplaced: 3, filesWritten: 1, filesExpired: 0, objectsVacuumed: 0, counts });
  lake.time += (GRACE + 1) * HOUR_MS;
  expect(await maintain(lake, ref, engine())).toEqual({
    filesReplaced: 0,
    filesWritten: 0,
    filesExpired: 0,
    objectsVacuumed: 4,
    counts: NO_ROWS,
  });
  const expiring = refOf({ retention: { curatedDays: 5 } });
  lake.time += 30 * 24 * HOUR_MS;
  expect(await maintain(lake, expiring, engine())).toMatchObject({ filesExpired: 1, objectsVacuumed: 0 });
});
