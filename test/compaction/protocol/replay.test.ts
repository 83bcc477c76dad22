/** A partition is built anew, with an engine whose every answer the test gives: what is read together, packed, and committed. */
import { NO_ROWS } from '../../../lambda/compaction/protocol/result';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { fileOf } from '../support/history';
import { HOUR_MS, type MemoryLake } from '../support/memory-lake';
import { GRACE_HOURS, MANIFEST, RAW, ReplayBench, refOf } from '../support/replay-bench';
import { changesOf } from '../support/scripted-changes';
import { PARTITION } from '../support/test-dataset';

const ref = refOf();
const keyed = refOf({ dedupeKey: ['id'] });
const latest = refOf({ dedupe: { key: ['id'], keep: 'latest', by: 'n' } });

let bench: ReplayBench;
let lake: MemoryLake;
beforeEach(() => {
  bench = new ReplayBench();
  ({ lake } = bench);
});

describe('a partition', () => {
  test('has the rows of all that was compacted into it, and no other files, by one commit', async () => {
    bench.twoCommits();
    const outcome = await bench.replayed();
    expect(outcome).toEqual({
      counts: { ...NO_ROWS, rowsIn: 4, rowsOut: 4, objectsIn: 4, bytesIn: 4, filesOut: 1, bytesOut: 7 },
      recorded: { ...NO_ROWS, rowsIn: 4, rowsOut: 4 },
      erased: 0,
      files: lake.listed(),
    });
    expect(bench.texts()).toEqual(['1 2 3 4']);
    expect(lake.did(`put curated/${MANIFEST}`)).toHaveLength(1);
    expect(lake.listed()).not.toEqual(expect.arrayContaining([fileOf('a')]));
    expect(lake.commits).toMatchObject([{ added: 1, removed: 2 }]);
  });

  test('is read in parts of the budget, and each is told', async () => {
    bench.twoCommits();
    const outcome = await bench.replayed(bench.engine(), ref, { budget: { bytes: 1_000, objects: 3 } });
    expect(bench.loads).toEqual([
      [['1', '2', '3'], 0],
      [['4'], 0],
    ]);
    expect(bench.progress).toEqual([
      [3, 4],
      [4, 4],
    ]);
    expect(outcome.files).toHaveLength(2);
    expect(outcome.counts).toMatchObject({ rowsIn: 4, objectsIn: 4, filesOut: 2 });
  });

  test('nobody need listen', async () => {
    bench.twoCommits();
    await bench.replayed(undefined, ref, { onProgress: undefined as never });
    expect(bench.texts()).toEqual(['1 2 3 4']);
  });

  test('an engine that stops early gets the rest again', async () => {
    bench.twoCommits();
    await bench.replayed(bench.engine((inputs) => ({ inputs: inputs.slice(0, 3), complete: false })));
    expect(bench.loads.map(([names]) => names)).toEqual([['1', '2', '3', '4'], ['4']]);
    expect(bench.progress).toEqual([
      [3, 4],
      [4, 4],
    ]);
  });

  test('of rows with a key is built commit by commit, and compared with what is built already', async () => {
    bench.twoCommits();
    const bases: number[] = [];
    const converter = bench.engine(() => ({
      write: (base, rows) => {
        bases.push(base.length);
        return lake.files(['rows'], { rows });
      },
    }));
    await bench.replayed(converter, keyed);
    expect(bench.loads.map(([names]) => names)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(bases).toEqual([0, 1]);
  });

  test('of rows without a key is compared with nothing', async () => {
    bench.twoCommits();
    const bases: number[] = [];
    const converter = bench.engine(() => ({
      write: (base, rows) => {
        bases.push(base.length);
        return lake.files(['rows'], { rows });
      },
    }));
    await bench.replayed(converter, ref, { budget: { bytes: 1_000, objects: 1 } });
    expect(bases).toEqual([0, 0, 0, 0]);
  });

  test('has all files of a conversion, in its order', async () => {
    bench.twoCommits();
    await bench.replayed(bench.engine(() => ({ write: (_, rows) => lake.files(['x', 'y'], { rows }) })));
    expect(bench.texts()).toEqual(['x', 'y']);
  });

  test('counts what checks found, and fails where repeated rows fail the commit', async () => {
    bench.twoCommits();
    const checks = { rowsWarned: 1, rowsFailed: 0, failedChecks: { n_range: 1 } };
    expect((await bench.replayed(bench.engine(() => ({ checks })))).counts).toMatchObject(checks);
    const own = refOf({ checks: [{ name: 'one', unique: ['id'], onFail: 'fail' }] });
    const before = lake.listed();
    const converter = bench.engine(() => ({ write: (_, rows) => lake.files(['x'], { rows, repeats: { one: 2 } }) }));
    await expect(bench.replayed(converter, own)).rejects.toThrow('2 rows fail one');
    expect(lake.listed()).toEqual(before);
  });

  test('is not committed when rows are unaccounted for', async () => {
    bench.twoCommits();
    const before = lake.listed();
    const converter = bench.engine(() => ({ write: (_, rows) => lake.files(['x'], { rows: rows - 1 }) }));
    await expect(bench.replayed(converter)).rejects.toThrow(`events/${PARTITION}: 4 rows in, but 3 out`);
    expect(lake.listed()).toEqual(before);
  });

  test('is packed as the next run would pack it: once no more data is expected', async () => {
    bench.twoCommits();
    const build = () => bench.replayed(bench.engine(), ref, { budget: { bytes: 1_000, objects: 2 } });
    lake.time = Date.parse('2026-06-16T23:59:59Z');
    await build();
    expect([bench.merges, bench.texts()]).toEqual([0, ['1 2', '3 4']]);
    lake.time = Date.parse('2026-06-17T00:00:00Z');
    const before = lake.listed();
    await build();
    expect([bench.merges, bench.texts()]).toEqual([1, ['merged']]);
    // What nobody ever listed does not stay until the vacuum; what was listed does.
    expect([...lake.keys('curated', 'data/')].sort()).toEqual([...before, ...lake.listed()].sort());
  });

  test('is packed until nothing is left to merge', async () => {
    bench.twoCommits();
    lake.time = Date.parse('2026-06-17T00:00:00Z');
    const merged = ['x y', 'z'].map((text) => text.split(' '));
    const converter = bench.engine(
      () => ({}),
      () => lake.files(merged[bench.merges - 1] ?? []),
    );
    await bench.replayed(converter, ref, { budget: { bytes: 1_000, objects: 1 } });
    expect([bench.merges, bench.texts()]).toEqual([2, ['z']]);
  });

  test('packing ends when rows do not pack into fewer files', async () => {
    bench.twoCommits();
    lake.time += 60 * HOUR_MS;
    const converter = bench.engine(
      () => ({}),
      (own) => lake.files(own.map((_, index) => `packed ${index}`)),
    );
    await bench.replayed(converter, ref, { budget: { bytes: 1_000, objects: 2 } });
    expect([bench.merges, bench.texts()]).toEqual([1, ['packed 0', 'packed 1']]);
  });
});

describe('where later rows supersede earlier ones', () => {
  test('each part is worked out on what is built already, until all is done', async () => {
    bench.twoCommits();
    const bases: (string | undefined)[][] = [];
    let plans = 0;
    let freed = 0;
    const converter = bench.engine(() => ({
      change: (base, rows) => {
        bases.push(base.map(({ key }) => lake.text('curated', key)));
        plans++;
        // Of the second batch, the first plan is a part.
        const complete = plans !== 2;
        const rewrites = plans === 2 ? [{ file: base[0] as ObjectInfo, removed: 1, placed: 1 }] : [];
        return changesOf(lake, {
          rewrites,
          complete,
          added: plans === 3 ? rows - 1 : rows,
          superseded: plans === 3 ? 1 : 0,
          writeAdded: async () => lake.files([`added ${plans}`]),
          dispose: async () => void freed++,
        });
      },
    }));
    const { counts } = await bench.replayed(converter, latest, { budget: { bytes: 1_000, objects: 2 } });
    expect(bases).toEqual([[], ['added 1'], ['rewritten']]);
    expect(bench.texts()).toEqual(['rewritten', 'added 3']);
    expect(counts).toMatchObject({ rowsIn: 4, rowsOut: 4, superseded: 0, rowsReplaced: 1, filesOut: 3 });
    expect(freed).toBe(3);
  });
});

test('remembered deletions are not packed with rows', async () => {
  bench.twoCommits();
  lake.time = Date.parse('2026-06-17T00:00:00Z');
  const packed: string[][] = [];
  const converter = bench.engine(
    () => ({
      change: (_, rows) =>
        changesOf(lake, {
          added: rows - 1,
          deletions: 1,
          buries: true,
        }),
    }),
    (own) => {
      packed.push(own.map(({ key }) => lake.text('curated', key) ?? ''));
      return lake.files(['packed']);
    },
  );
  const { counts } = await bench.replayed(converter, latest, { budget: { bytes: 1_000, objects: 2 } });
  expect(packed).toEqual([['added', 'added']]);
  expect(bench.texts()).toEqual(['tombstones', 'packed']);
  expect(counts).toMatchObject({ rowsIn: 4, rowsOut: 2, deletions: 2 });
});

test('of rows that supersede others all parts are counted, however many, and commits are read together', async () => {
  bench.history.record('a', [bench.history.raw('1'), bench.history.raw('2')]);
  bench.history.manifest('a');
  bench.history.record('b', [bench.history.raw('3')]);
  bench.history.manifest('a', 'b');
  let plans = 0;
  const converter = bench.engine(() => ({
    change: () =>
      changesOf(lake, {
        complete: ++plans === 3,
        added: 3,
        // Each part has a file, by which it is told apart.
        buries: true,
      }),
  }));
  const { counts } = await bench.replayed(converter, latest);
  expect(counts).toMatchObject({ rowsIn: 3, rowsOut: 3, filesOut: 4, bytesOut: 3 * 10 + 5 });
  expect(bench.loads).toEqual([[['1', '2', '3'], 0]]);
});

describe('when another writer is faster', () => {
  test('what it took in is added, and nothing is read twice; files that may have been listed are copied', async () => {
    bench.twoCommits();
    bench.once('before', `put curated/${MANIFEST}`, () => {
      bench.history.record('c', [bench.history.raw('5')], { rowsIn: 1, rowsOut: 1 });
      bench.history.manifest('a', 'b', 'c');
    });
    const { counts, recorded } = await bench.replayed();
    expect(bench.loads.map(([names]) => names)).toEqual([['1', '2', '3', '4'], ['5']]);
    expect([...bench.texts()].sort()).toEqual(['1 2 3 4', '5']);
    expect(counts).toMatchObject({ rowsIn: 5, objectsIn: 5 });
    expect(recorded).toMatchObject({ rowsIn: 5 });
    expect(bench.progress).toEqual([
      [4, 4],
      [5, 5],
    ]);
    // Once offered, the first file may have been listed without an answer: it is not deleted, and not listed again.
    expect(lake.did('copy curated')).toHaveLength(1);
    expect(lake.keys('curated', 'data/')).toHaveLength(3);
  });

  test('it gives up after 20 times', async () => {
    bench.twoCommits();
    const other = ['a', 'b'];
    lake.before = (operation) => {
      if (operation === `put curated/${MANIFEST}`) bench.history.manifest(...other.reverse());
    };
    await expect(bench.replayed()).rejects.toThrow(`events/${PARTITION}: 20 replays met faster writers`);
  });

  test('a refusal that may be of a commit that is not finished is looked at again', async () => {
    bench.twoCommits();
    const [entry] = lake.contents.versions.get(`raw/${RAW}1`) ?? [];
    lake.contents.objects.set(`raw/${RAW}1`, entry as never);
    let reads = 0;
    lake.before = (operation) => {
      if (operation !== `get curated/${MANIFEST}` || ++reads < 2) return;
      lake.before = () => undefined;
      lake.contents.objects.delete(`raw/${RAW}1`);
      bench.history.manifest('b', 'a');
    };
    expect((await bench.replayed()).counts).toMatchObject({ objectsIn: 4 });
  });

  test('one that is not is final', async () => {
    bench.twoCommits();
    const [entry] = lake.contents.versions.get(`raw/${RAW}1`) ?? [];
    lake.contents.objects.set(`raw/${RAW}1`, entry as never);
    await expect(bench.replayed()).rejects.toThrow(/in the inbox again/);
    expect(lake.sleeps).toEqual([]);
  });
});

describe('files that are half the grace old', () => {
  test.each([
    ['are copied before they are listed: a vacuum may be about to delete them', GRACE_HOURS / 2 + 0.001, 1],
    ['to the hour are not', GRACE_HOURS / 2, 0],
  ])('%s', async (_, hours, copies) => {
    bench.twoCommits();
    bench.once('after', /^put curated\/data/, () => {
      lake.time += hours * HOUR_MS;
    });
    await bench.replayed();
    expect(lake.did('copy curated')).toHaveLength(copies);
    expect(bench.texts()).toEqual(['1 2 3 4']);
    expect(lake.keys('curated', 'data/')).toEqual(lake.listed());
  });

  test('and are deleted before that make it give up', async () => {
    bench.twoCommits();
    bench.once('after', /^put curated\/data/, () => {
      lake.time += GRACE_HOURS * HOUR_MS;
    });
    bench.once('before', /^copy curated/, () => {
      for (const key of lake.keys('curated', 'data/')) lake.contents.objects.delete(`curated/${key}`);
    });
    await expect(bench.replayed()).rejects.toThrow(
      /^data\/events\/.*\.parquet was deleted before it could be committed; start again$/,
    );
  });
});
