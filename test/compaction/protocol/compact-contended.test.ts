/** Transactions beside other writers, and those of several commits: what is tried again, counted once, and given up. */
import { compactOnce } from '../../../lambda/compaction/protocol/compact';
import type { Changes } from '../../../lambda/compaction/protocol/converter';
import { hiveRange } from '../../../lambda/compaction/protocol/key-ranges';
import { dataFileKey } from '../../../lambda/compaction/protocol/names';
import { NO_ROWS } from '../../../lambda/compaction/protocol/result';
import { ContentionError } from '../../../lambda/compaction/protocol/transaction';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { BASE, CompactBench, everything, FOLDER, MANIFEST, names, OTHER, refOf } from '../support/compact-bench';
import type { MemoryLake } from '../support/memory-lake';
import { changesOf } from '../support/scripted-changes';
import { PARTITION } from '../support/test-dataset';

const ref = refOf();
const keyed = refOf({ dedupeKey: ['id'] });
const latest = refOf({ dedupe: { key: ['id'], keep: 'latest', by: 'n' } });

let bench: CompactBench;
let lake: MemoryLake;
beforeEach(() => {
  bench = new CompactBench();
  ({ lake } = bench);
});

describe('when another writer is faster', () => {
  test('the rows are the same as before where they are compared with none: the upload is used again', async () => {
    bench.onWrite('before', () => void lake.list([OTHER]));
    await bench.compacted();
    expect(bench.asked).toEqual([[]]);
    expect(lake.keys('curated', 'data/')).toHaveLength(1);
    expect(lake.listed()).toHaveLength(2);
    expect(lake.sleeps).toHaveLength(1);
  });

  test('rows with a key are compared with the new version', async () => {
    for (const key of [BASE, OTHER]) lake.put('curated', key, 'base');
    lake.list([BASE]);
    bench.onWrite('before', () => void lake.list([BASE, OTHER]));
    await bench.compacted(keyed);
    expect(bench.asked).toEqual([[BASE], [BASE, OTHER]]);
    expect(lake.listed()).toHaveLength(3);
  });

  test('rows with a key are compared again with as many other files', async () => {
    for (const key of [BASE, OTHER]) lake.put('curated', key, 'base');
    lake.list([BASE]);
    bench.onWrite('before', () => void lake.list([OTHER]));
    await bench.compacted(keyed);
    expect(bench.asked).toEqual([[BASE], [OTHER]]);
  });

  test('rows are not compared again with the same files', async () => {
    lake.put('curated', BASE, 'base');
    lake.list([BASE]);
    bench.onWrite('before', () => void lake.put('curated', MANIFEST.slice('curated/'.length), `s3://curated/${BASE}`));
    await bench.compacted(keyed);
    expect(bench.asked).toEqual([[BASE]]);
  });

  test('who has consumed an input, the batch is given up, and another one is loaded', async () => {
    bench.onWrite('before', () => {
      lake.list([OTHER]);
      lake.contents.objects.delete(`raw/${FOLDER}b`);
    });
    const { taken, counts } = await bench.compacted();
    expect(names(taken)).toEqual(['a', 'c']);
    expect(counts).toMatchObject({ rowsIn: 4, rowsOut: 4, objectsIn: 2 });
    expect(bench.loads).toBe(2);
    expect(lake.keys('raw')).toEqual([]);
  });

  test('who has rewritten the last input, the batch is given up too', async () => {
    bench.onWrite('before', () => {
      lake.list([OTHER]);
      lake.put('raw', `${FOLDER}c`, 'rewritten');
    });
    const { counts } = await bench.compacted();
    expect(bench.loads).toBe(2);
    expect(counts.bytesIn).toBe(2 + 'rewritten'.length);
  });

  test('what that one had committed is counted here, once, whoever wins', async () => {
    const theirs = { files: [OTHER], inputs: [], counts: { ...NO_ROWS, rowsIn: 50, rowsOut: 50 }, attempt: 'x' };
    bench.onWrite('before', () => {
      lake.list([OTHER]);
      lake.put('curated', `records/events/${PARTITION}/theirs.json`, JSON.stringify(theirs));
    });
    expect((await bench.compacted()).counts).toMatchObject({ rowsIn: 56, rowsOut: 56 });
    lake.put('raw', `${FOLDER}a`, 'more');
    bench.onWrite('before', () => {
      lake.list([OTHER]);
      lake.put('curated', `records/events/${PARTITION}/theirs.json`, JSON.stringify(theirs));
      lake.contents.objects.delete(`raw/${FOLDER}a`);
    });
    expect((await bench.compacted()).counts).toMatchObject({ rowsIn: 50, rowsOut: 50, objectsIn: 0 });
  });

  test('20 times, it gives up, the inputs stay pending, and the disk is freed', async () => {
    lake.before = (operation) => {
      if (operation === `put ${MANIFEST}`) lake.list([dataFileKey(ref, 'c'.repeat(32), lake.operations.length)]);
    };
    const given = compactOnce(lake, ref, [hiveRange(ref)], bench.engine(), everything);
    await expect(given).rejects.toThrow(new ContentionError(`events/${PARTITION}: 20 commits met faster writers`));
    expect(lake.keys('raw')).toHaveLength(3);
    expect([bench.disposed, lake.held]).toEqual([1, 0]);
  });

  test('and consumes each batch that is loaded, it gives up too, with what it met', async () => {
    lake.before = (operation) => {
      if (operation !== `put ${MANIFEST}`) return;
      lake.list([dataFileKey(ref, 'c'.repeat(32), lake.operations.length)]);
      lake.put('raw', `${FOLDER}a`, String(lake.operations.length));
    };
    await expect(compactOnce(lake, ref, [hiveRange(ref)], bench.engine(), everything)).rejects.toThrow(
      `events/${PARTITION}: 20 attempts met other writers; the inputs stay pending`,
    );
    expect([bench.loads, bench.disposed, lake.held]).toEqual([20, 20, 0]);
  });
});

describe('where later rows supersede earlier ones', () => {
  let plans: number;
  let freed: number;
  beforeEach(() => {
    [plans, freed] = [0, 0];
    for (const key of [BASE, OTHER]) lake.put('curated', key, 'base');
    lake.list([BASE, OTHER]);
  });

  /** Changes that rewrite one file at a time: the first call is a part, the last is all. */
  const changes = (base: readonly ObjectInfo[], parts = 2): Changes => {
    plans++;
    const file = base.find(({ key }) => [BASE, OTHER].includes(key));
    const complete = plans >= parts;
    return changesOf(lake, {
      rewrites: file === undefined ? [] : [{ file, removed: 2, placed: 2 }],
      complete,
      added: 1,
      // What the part before brought in counts as superseded by itself.
      superseded: 1 + 2 * (plans - 1),
      newestEvent: 9,
      rewrite: async () => lake.files([`rewritten ${plans}`]),
      dispose: async () => void freed++,
    });
  };

  test('parts are committed one after the other, and the inputs are consumed with the last', async () => {
    const rawAt: number[] = [];
    lake.after = (operation) => {
      if (operation === `put ${MANIFEST}`) rawAt.push(lake.keys('raw').length);
    };
    const { counts } = await bench.compacted(
      latest,
      bench.engine(() => ({ change: (base) => changes(base) })),
    );
    expect(lake.listed().map((key) => lake.text('curated', key))).toEqual(['rewritten 1', 'rewritten 2', 'added']);
    expect(rawAt).toEqual([3, 3]);
    expect(lake.did('put curated/records/')).toHaveLength(1);
    expect(lake.keys('raw')).toEqual([]);
    expect(counts).toEqual({
      ...NO_ROWS,
      rowsIn: 6,
      rowsOut: 5,
      superseded: 1,
      rowsReplaced: 4,
      objectsIn: 3,
      bytesIn: 3,
      filesOut: 3,
      bytesOut: 11 + 11 + 5,
    });
    expect(freed).toBe(2);
    expect(lake.keys('curated', 'newest/')).toEqual(['newest/events/0000000000009']);
  });

  test('all parts are counted, however many', async () => {
    const { counts } = await bench.compacted(
      latest,
      bench.engine(() => ({
        change: (base) => {
          const planned = changes(base, 3);
          return { ...planned, superseded: 1 + 2 * (Math.min(plans, 3) - 1) };
        },
      })),
    );
    expect(bench.asked).toHaveLength(3);
    // Two files of the base are rewritten, one a part; the last part has what is added alone.
    expect(counts).toMatchObject({ rowsIn: 6, rowsOut: 5, superseded: 1, rowsReplaced: 4, filesOut: 3, bytesOut: 27 });
  });

  test('a part that meets a faster writer is made again', async () => {
    bench.onWrite('before', () => void lake.list([OTHER]));
    const { counts } = await bench.compacted(
      latest,
      bench.engine(() => ({ change: (base) => changes(base, 3) })),
    );
    // The first plan was made on two files and lost; the second is a part, and the third the rest.
    expect(bench.asked.map((files) => files.length)).toEqual([2, 1, 1]);
    expect(lake.listed().map((key) => lake.text('curated', key))).toEqual(['rewritten 2', 'added']);
    // The part that lost is not counted.
    expect(counts).toMatchObject({ rowsIn: 6, rowsOut: 3, superseded: 3, rowsReplaced: 2, filesOut: 2 });
    expect(freed).toBe(3);
  });

  test('an engine that fails frees what it has, and consumes nothing', async () => {
    const converter = bench.engine(() => ({
      change: (base) => ({ ...changes(base), rewrite: () => Promise.reject(new Error('the disk is full')) }),
    }));
    await expect(compactOnce(lake, latest, [hiveRange(latest)], converter, everything)).rejects.toThrow(
      'the disk is full',
    );
    expect([freed, bench.disposed]).toEqual([1, 1]);
    expect(lake.keys('raw')).toHaveLength(3);
  });
});
