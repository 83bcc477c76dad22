/** A partition is built anew, with an engine whose every answer the test gives: what is read together, committed, left out, refused. */
import type { Batch, Changes, Converter, LoadedInput, LocalFiles } from '../../../lambda/compaction/protocol/converter';
import { keepErasure, newErasure } from '../../../lambda/compaction/protocol/erasures';
import { inputDigest } from '../../../lambda/compaction/protocol/names';
import { quarantine } from '../../../lambda/compaction/protocol/quarantine';
import { keptUntil, type ReplaySettings, replay, whyNot } from '../../../lambda/compaction/protocol/replay';
import { ReplayDenied, ReplayRefusal } from '../../../lambda/compaction/protocol/replay-quarantine';
import { type ReplaySource, readReplaySource } from '../../../lambda/compaction/protocol/replay-source';
import { NO_ROWS } from '../../../lambda/compaction/protocol/result';
import type { ObjectInfo, ObjectVersion } from '../../../lambda/compaction/store/object-store';
import type { DatasetDefinition } from '../../../lib/dataset';
import { fileOf, History } from '../support/history';
import { HOUR_MS, MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const GRACE = 48;
const RAW = `raw/events/${PARTITION}/`;
const MANIFEST = `manifests/events/${PARTITION}/manifest`;
const refOf = (more: Partial<DatasetDefinition> = {}) => ({
  dataset: testDataset({ compaction: { graceHours: GRACE, maxUndersizedFiles: 2, closeAfterHours: 24 }, ...more }),
  partition: PARTITION,
});
const ref = refOf();
const keyed = refOf({ dedupeKey: ['id'] });
const latest = refOf({ dedupe: { key: ['id'], keep: 'latest', by: 'n' } });

let lake: MemoryLake;
let history: History;
/** Names of the objects of each load, and how many erasures it is given. */
let loads: [readonly string[], number][];
let merges: number;
let disposed: number;
let progress: [number, number][];
beforeEach(() => {
  lake = new MemoryLake();
  // The partition is open: nothing is packed.
  lake.time = Date.parse('2026-06-15T12:00:00Z');
  history = new History(lake);
  [loads, merges, disposed, progress] = [[], 0, 0, []];
});

interface Given extends Partial<Omit<Batch, 'write' | 'change'>> {
  readonly write?: (base: readonly ObjectInfo[], rows: number) => LocalFiles;
  readonly change?: (base: readonly ObjectInfo[], rows: number) => Changes;
}

/** An engine that takes each object as one row, its body, unless it is told otherwise. */
function engine(
  given: (inputs: readonly LoadedInput[], objects: readonly ObjectInfo[]) => Given = () => ({}),
  merge: (files: readonly ObjectInfo[]) => LocalFiles = () => lake.files(['merged']),
): Converter {
  return {
    load: async (_ref, objects, erasures = []) => {
      loads.push([objects.map(({ key }) => key.slice(RAW.length)), erasures.length]);
      const inputs = objects.map(({ key, etag, size, versionId }) => ({
        key,
        etag,
        size,
        versionId,
        accepted: 1,
        rejected: [],
      }));
      const { write, change, ...more } = given(inputs, objects);
      const all = more.inputs ?? inputs;
      const rows = all.reduce((sum, { accepted }) => sum + accepted, 0);
      const text = all.map(({ key }) => key.slice(RAW.length)).join(' ');
      return {
        inputs: all,
        refused: [],
        complete: true,
        write: async (base) => write?.(base, rows) ?? lake.files([text], { rows }),
        change: async (base) => change?.(base, rows) as Changes,
        dispose: async () => void disposed++,
        ...more,
      };
    },
    merge: async (_ref, files) => {
      merges++;
      return merge(files);
    },
  };
}

const BUDGET = { bytes: 1_000, objects: 100 };
async function replayed(converter = engine(), own = ref, more: Partial<ReplaySettings> = {}) {
  const settings = { budget: BUDGET, onProgress: (...told: [number, number]) => void progress.push(told), ...more };
  try {
    return await replay(lake, own, converter, settings);
  } finally {
    expect(lake.held).toBe(0);
    expect(disposed).toBe(loads.length);
  }
}
const texts = () => lake.listed().map((key) => lake.text('curated', key));
/** The data files that are there, by what they hold. */
const files = () => lake.keys('curated', 'data/').map((key) => lake.text('curated', key));
const erase = (id: string) =>
  keepErasure(
    lake,
    'events',
    id,
    newErasure(['x'], ['x'], { column: 'id', partition: null, from: null, to: null, began: '' }),
  );
function once(when: 'before' | 'after', operation: string | RegExp, effect: () => unknown): void {
  lake[when] = async (done) => {
    if (typeof operation === 'string' ? done !== operation : !operation.test(done)) return;
    lake[when] = () => undefined;
    await effect();
  };
}
/** Two commits of two objects each. */
function twoCommits(): void {
  history.record('a', [history.raw('1'), history.raw('2')], { rowsIn: 2, rowsOut: 2 });
  history.manifest('a');
  history.record('b', [history.raw('3'), history.raw('4')], { rowsIn: 2, rowsOut: 2 });
  history.manifest('a', 'b');
}

describe('a partition', () => {
  test('has the rows of all that was compacted into it, and no other files, by one commit', async () => {
    twoCommits();
    const outcome = await replayed();
    expect(outcome).toEqual({
      counts: { ...NO_ROWS, rowsIn: 4, rowsOut: 4, objectsIn: 4, bytesIn: 4, filesOut: 1, bytesOut: 7 },
      recorded: { ...NO_ROWS, rowsIn: 4, rowsOut: 4 },
      erased: 0,
      files: lake.listed(),
    });
    expect(texts()).toEqual(['1 2 3 4']);
    expect(lake.did(`put curated/${MANIFEST}`)).toHaveLength(1);
    expect(lake.listed()).not.toEqual(expect.arrayContaining([fileOf('a')]));
    expect(lake.commits).toMatchObject([{ added: 1, removed: 2 }]);
  });

  test('is read in parts of the budget, and each is told', async () => {
    twoCommits();
    const outcome = await replayed(engine(), ref, { budget: { bytes: 1_000, objects: 3 } });
    expect(loads).toEqual([
      [['1', '2', '3'], 0],
      [['4'], 0],
    ]);
    expect(progress).toEqual([
      [3, 4],
      [4, 4],
    ]);
    expect(outcome.files).toHaveLength(2);
    expect(outcome.counts).toMatchObject({ rowsIn: 4, objectsIn: 4, filesOut: 2 });
  });

  test('nobody need listen', async () => {
    twoCommits();
    await replay(lake, ref, engine(), { budget: BUDGET });
    expect(texts()).toEqual(['1 2 3 4']);
  });

  test('an engine that stops early gets the rest again', async () => {
    twoCommits();
    await replayed(engine((inputs) => ({ inputs: inputs.slice(0, 3), complete: false })));
    expect(loads.map(([names]) => names)).toEqual([['1', '2', '3', '4'], ['4']]);
    expect(progress).toEqual([
      [3, 4],
      [4, 4],
    ]);
  });

  test('of rows with a key is built commit by commit, and compared with what is built already', async () => {
    twoCommits();
    const bases: number[] = [];
    const converter = engine(() => ({
      write: (base, rows) => {
        bases.push(base.length);
        return lake.files(['rows'], { rows });
      },
    }));
    await replayed(converter, keyed);
    expect(loads.map(([names]) => names)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(bases).toEqual([0, 1]);
  });

  test('of rows without a key is compared with nothing', async () => {
    twoCommits();
    const bases: number[] = [];
    const converter = engine(() => ({
      write: (base, rows) => {
        bases.push(base.length);
        return lake.files(['rows'], { rows });
      },
    }));
    await replayed(converter, ref, { budget: { bytes: 1_000, objects: 1 } });
    expect(bases).toEqual([0, 0, 0, 0]);
  });

  test('has all files of a conversion, in its order', async () => {
    twoCommits();
    await replayed(engine(() => ({ write: (_, rows) => lake.files(['x', 'y'], { rows }) })));
    expect(texts()).toEqual(['x', 'y']);
  });

  test('counts what checks found, and fails where repeated rows fail the commit', async () => {
    twoCommits();
    const checks = { rowsWarned: 1, rowsFailed: 0, failedChecks: { n_range: 1 } };
    expect((await replayed(engine(() => ({ checks })))).counts).toMatchObject(checks);
    const own = refOf({ checks: [{ name: 'one', unique: ['id'], onFail: 'fail' }] });
    const before = lake.listed();
    const converter = engine(() => ({ write: (_, rows) => lake.files(['x'], { rows, repeats: { one: 2 } }) }));
    await expect(replayed(converter, own)).rejects.toThrow('2 rows fail one');
    expect(lake.listed()).toEqual(before);
  });

  test('is not committed when rows are unaccounted for', async () => {
    twoCommits();
    const before = lake.listed();
    const converter = engine(() => ({ write: (_, rows) => lake.files(['x'], { rows: rows - 1 }) }));
    await expect(replayed(converter)).rejects.toThrow(`events/${PARTITION}: 4 rows in, but 3 out`);
    expect(lake.listed()).toEqual(before);
  });

  test('is packed as the next run would pack it: once no more data is expected', async () => {
    twoCommits();
    const build = () => replayed(engine(), ref, { budget: { bytes: 1_000, objects: 2 } });
    lake.time = Date.parse('2026-06-16T23:59:59Z');
    await build();
    expect([merges, texts()]).toEqual([0, ['1 2', '3 4']]);
    lake.time = Date.parse('2026-06-17T00:00:00Z');
    const before = lake.listed();
    await build();
    expect([merges, texts()]).toEqual([1, ['merged']]);
    // What nobody ever listed does not stay until the vacuum; what was listed does.
    expect([...lake.keys('curated', 'data/')].sort()).toEqual([...before, ...lake.listed()].sort());
  });

  test('is packed until nothing is left to merge', async () => {
    twoCommits();
    lake.time = Date.parse('2026-06-17T00:00:00Z');
    const merged = ['x y', 'z'].map((text) => text.split(' '));
    const converter = engine(
      () => ({}),
      () => lake.files(merged[merges - 1] ?? []),
    );
    await replayed(converter, ref, { budget: { bytes: 1_000, objects: 1 } });
    expect([merges, texts()]).toEqual([2, ['z']]);
  });

  test('packing ends when rows do not pack into fewer files', async () => {
    twoCommits();
    lake.time += 60 * HOUR_MS;
    const converter = engine(
      () => ({}),
      (own) => lake.files(own.map((_, index) => `packed ${index}`)),
    );
    await replayed(converter, ref, { budget: { bytes: 1_000, objects: 2 } });
    expect([merges, texts()]).toEqual([1, ['packed 0', 'packed 1']]);
  });
});

describe('where later rows supersede earlier ones', () => {
  test('each part is worked out on what is built already, until all is done', async () => {
    twoCommits();
    const bases: (string | undefined)[][] = [];
    let plans = 0;
    let freed = 0;
    const converter = engine(() => ({
      change: (base, rows) => {
        bases.push(base.map(({ key }) => lake.text('curated', key)));
        plans++;
        // Of the second batch, the first plan is a part.
        const complete = plans !== 2;
        const rewrites = plans === 2 ? [{ file: base[0] as ObjectInfo, removed: 1, placed: 1 }] : [];
        return {
          rewrites,
          complete,
          added: plans === 3 ? rows - 1 : rows,
          superseded: plans === 3 ? 1 : 0,
          deletions: 0,
          buries: false,
          rowsOutsidePartition: 0,
          rewrite: async () => lake.files(['rewritten']),
          writeAdded: async () => lake.files([`added ${plans}`]),
          writeTombstones: async () => lake.files(['tombstones']),
          dispose: async () => void freed++,
        };
      },
    }));
    const { counts } = await replayed(converter, latest, { budget: { bytes: 1_000, objects: 2 } });
    expect(bases).toEqual([[], ['added 1'], ['rewritten']]);
    expect(texts()).toEqual(['rewritten', 'added 3']);
    expect(counts).toMatchObject({ rowsIn: 4, rowsOut: 4, superseded: 0, rowsReplaced: 1, filesOut: 3 });
    expect(freed).toBe(3);
  });
});

test('remembered deletions are not packed with rows', async () => {
  twoCommits();
  lake.time = Date.parse('2026-06-17T00:00:00Z');
  const packed: string[][] = [];
  const converter = engine(
    () => ({
      change: (_, rows) => ({
        rewrites: [],
        complete: true,
        added: rows - 1,
        superseded: 0,
        deletions: 1,
        buries: true,
        rowsOutsidePartition: 0,
        rewrite: () => Promise.reject(new Error('nothing is rewritten')),
        writeAdded: async () => lake.files(['added']),
        writeTombstones: async () => lake.files(['tombstones']),
        dispose: async () => undefined,
      }),
    }),
    (own) => {
      packed.push(own.map(({ key }) => lake.text('curated', key) ?? ''));
      return lake.files(['packed']);
    },
  );
  const { counts } = await replayed(converter, latest, { budget: { bytes: 1_000, objects: 2 } });
  expect(packed).toEqual([['added', 'added']]);
  expect(texts()).toEqual(['tombstones', 'packed']);
  expect(counts).toMatchObject({ rowsIn: 4, rowsOut: 2, deletions: 2 });
});

test('of rows that supersede others all parts are counted, however many, and commits are read together', async () => {
  history.record('a', [history.raw('1'), history.raw('2')]);
  history.manifest('a');
  history.record('b', [history.raw('3')]);
  history.manifest('a', 'b');
  let plans = 0;
  const converter = engine(() => ({
    change: () => ({
      rewrites: [],
      complete: ++plans === 3,
      added: 3,
      superseded: 0,
      deletions: 0,
      // Each part has a file, by which it is told apart.
      buries: true,
      rowsOutsidePartition: 0,
      rewrite: () => Promise.reject(new Error('nothing is rewritten')),
      writeAdded: async () => lake.files(['added']),
      writeTombstones: async () => lake.files(['tombstones']),
      dispose: async () => undefined,
    }),
  }));
  const { counts } = await replayed(converter, latest);
  expect(counts).toMatchObject({ rowsIn: 3, rowsOut: 3, filesOut: 4, bytesOut: 3 * 10 + 5 });
  expect(loads).toEqual([[['1', '2', '3'], 0]]);
});

describe('rows that were erased', () => {
  test('are left out of what was committed before, and of nothing else', async () => {
    history.record('a', [history.raw('1')]);
    history.manifest('a');
    await erase('1');
    lake.time += 1_000;
    history.record('b', [history.raw('2')]);
    history.manifest('a', 'b');
    await erase('2');
    lake.time += 1_000;
    const converter = engine(() => ({ write: (_, rows) => lake.files(['rows'], { rows: rows - 1, erased: 1 }) }));
    const { counts, erased } = await replayed(converter);
    expect(loads).toEqual([
      [['1'], 2],
      [['2'], 1],
    ]);
    expect(erased).toBe(2);
    expect(counts.rowsIn).toBe(0);
  });

  test('an erase of the time of the commit counts', async () => {
    await erase('1');
    history.record('a', [history.raw('1')]);
    history.manifest('a');
    await replayed();
    expect(loads).toEqual([[['1'], 1]]);
  });

  test('of changes are counted too', async () => {
    history.record('a', [history.raw('1')]);
    history.manifest('a');
    await erase('1');
    const converter = engine(() => ({
      change: () => ({
        rewrites: [],
        complete: true,
        added: 0,
        superseded: 0,
        deletions: 0,
        buries: false,
        erased: 1,
        rowsOutsidePartition: 0,
        rewrite: () => Promise.reject(new Error('nothing is rewritten')),
        writeAdded: () => Promise.reject(new Error('nothing is added')),
        writeTombstones: () => Promise.reject(new Error('nothing is deleted')),
        dispose: async () => undefined,
      }),
    }));
    expect(await replayed(converter, latest)).toMatchObject({ erased: 1, counts: { rowsIn: 0 } });
  });

  test.each([
    ['kept as they arrive', ref],
    ['superseded by later ones', latest],
  ])('rejected lines of them do not come back to quarantine, and are counted, where rows are %s', async (_, own) => {
    history.record('a', [history.raw('1.json')]);
    history.manifest('a');
    await erase('1');
    const rejected = ['{"id":"x"}', '{"id":"y"}'].map((text, index) => ({
      line: index + 1,
      reason: 'bad',
      raw: Buffer.from(text),
    }));
    const converter = engine((inputs) => ({
      inputs: inputs.map((one) => ({ ...one, rejected })),
      change: (_base, rows) => ({
        rewrites: [],
        complete: true,
        added: rows,
        superseded: 0,
        deletions: 0,
        buries: false,
        rowsOutsidePartition: 0,
        rewrite: () => Promise.reject(new Error('nothing is rewritten')),
        writeAdded: async () => lake.files(['added']),
        writeTombstones: () => Promise.reject(new Error('nothing is deleted')),
        dispose: async () => undefined,
      }),
    }));
    const { counts, erased } = await replayed(converter, own);
    expect(erased).toBe(1);
    expect(counts).toMatchObject({ rowsIn: 2, rowsOut: 1, rowsQuarantined: 1 });
    expect(lake.keys('quarantine', 'lines/')).toHaveLength(1);
  });

  test.each([
    ['what somebody removed from quarantine stays away after an erase', true, 0],
    ['what somebody removed from quarantine comes back without one', false, 1],
  ])('%s', async (_, isErased, wanted) => {
    history.record('a', [history.raw('1.json')]);
    history.manifest('a');
    if (isErased) await erase('1');
    const rejected = [{ line: 1, reason: 'bad', raw: Buffer.from('{"id":"y"}') }];
    const converter = engine((inputs) => ({ inputs: inputs.map((one) => ({ ...one, rejected })) }));
    const [version] = lake.contents.listVersions('raw', RAW);
    await quarantine(lake, ref, [{ ...(version as ObjectVersion), accepted: 1, rejected }]);
    for (const key of lake.keys('quarantine')) lake.contents.objects.delete(`quarantine/${key}`);
    await replayed(converter);
    expect(lake.keys('quarantine')).toHaveLength(wanted);
  });

  test('while it is built make it begin anew, and what it wrote is deleted', async () => {
    twoCommits();
    once('after', /^put curated\/data/, () => erase('1'));
    await replayed();
    expect(loads).toEqual([
      [['1', '2', '3', '4'], 0],
      [['1', '2', '3', '4'], 1],
    ]);
    expect(lake.keys('curated', 'data/')).toEqual(lake.listed());
  });

  test('before its commit is tried again make it begin anew, and what may have been listed is deleted too', async () => {
    twoCommits();
    once('before', `put curated/${MANIFEST}`, async () => {
      history.manifest('a');
      await erase('1');
    });
    await replayed();
    expect(loads).toHaveLength(2);
    expect(lake.keys('curated', 'data/')).toEqual(lake.listed());
  });

  test('of an Iceberg table, what may have been listed stays for snapshots', async () => {
    twoCommits();
    once('before', `put curated/${MANIFEST}`, async () => {
      history.manifest('a');
      await erase('1');
    });
    await replayed(engine(), refOf({ iceberg: true }));
    expect(loads).toHaveLength(2);
    expect(lake.keys('curated', 'data/')).toHaveLength(2);
  });
});

describe('when another writer is faster', () => {
  test('what it took in is added, and nothing is read twice; files that may have been listed are copied', async () => {
    twoCommits();
    once('before', `put curated/${MANIFEST}`, () => {
      history.record('c', [history.raw('5')], { rowsIn: 1, rowsOut: 1 });
      history.manifest('a', 'b', 'c');
    });
    const { counts, recorded } = await replayed();
    expect(loads.map(([names]) => names)).toEqual([['1', '2', '3', '4'], ['5']]);
    expect(texts().sort()).toEqual(['1 2 3 4', '5']);
    expect(counts).toMatchObject({ rowsIn: 5, objectsIn: 5 });
    expect(recorded).toMatchObject({ rowsIn: 5 });
    expect(progress).toEqual([
      [4, 4],
      [5, 5],
    ]);
    // Once offered, the first file may have been listed without an answer: it is not deleted, and not listed again.
    expect(lake.did('copy curated')).toHaveLength(1);
    expect(lake.keys('curated', 'data/')).toHaveLength(3);
  });

  test('it gives up after 20 times', async () => {
    twoCommits();
    const other = ['a', 'b'];
    lake.before = (operation) => {
      if (operation === `put curated/${MANIFEST}`) history.manifest(...other.reverse());
    };
    await expect(replayed()).rejects.toThrow(`events/${PARTITION}: 20 replays met faster writers`);
  });

  test('a refusal that may be of a commit that is not finished is looked at again', async () => {
    twoCommits();
    const [entry] = lake.contents.versions.get(`raw/${RAW}1`) ?? [];
    lake.contents.objects.set(`raw/${RAW}1`, entry as never);
    let reads = 0;
    lake.before = (operation) => {
      if (operation !== `get curated/${MANIFEST}` || ++reads < 2) return;
      lake.before = () => undefined;
      lake.contents.objects.delete(`raw/${RAW}1`);
      history.manifest('b', 'a');
    };
    expect((await replayed()).counts).toMatchObject({ objectsIn: 4 });
  });

  test('one that is not is final', async () => {
    twoCommits();
    const [entry] = lake.contents.versions.get(`raw/${RAW}1`) ?? [];
    lake.contents.objects.set(`raw/${RAW}1`, entry as never);
    await expect(replayed()).rejects.toThrow(/in the inbox again/);
    expect(lake.sleeps).toEqual([]);
  });
});

describe('files that are half the grace old', () => {
  test.each([
    ['are copied before they are listed: a vacuum may be about to delete them', GRACE / 2 + 0.001, 1],
    ['to the hour are not', GRACE / 2, 0],
  ])('%s', async (_, hours, copies) => {
    twoCommits();
    once('after', /^put curated\/data/, () => {
      lake.time += hours * HOUR_MS;
    });
    await replayed();
    expect(lake.did('copy curated')).toHaveLength(copies);
    expect(texts()).toEqual(['1 2 3 4']);
    expect(files()).toEqual(['1 2 3 4']);
  });

  test('and are deleted before that make it give up', async () => {
    twoCommits();
    once('after', /^put curated\/data/, () => {
      lake.time += GRACE * HOUR_MS;
    });
    once('before', /^copy curated/, () => {
      for (const key of lake.keys('curated', 'data/')) lake.contents.objects.delete(`curated/${key}`);
    });
    await expect(replayed()).rejects.toThrow(
      /^data\/events\/.*\.parquet was deleted before it could be committed; start again$/,
    );
  });
});

describe('what S3 does not give', () => {
  const refused = (objects: readonly ObjectInfo[], error: string) =>
    objects.map(({ key, etag }) => ({ key, etag, error }));
  beforeEach(twoCommits);

  test('all of it, for want of a permission, is told as such', async () => {
    const converter = engine((_, objects) => ({ inputs: [], refused: refused(objects, 'HTTP 403 AccessDenied') }));
    const given = replayed(converter);
    await expect(given).rejects.toThrow(new ReplayDenied(`${RAW}1: HTTP 403 AccessDenied`));
    await expect(given).rejects.toMatchObject({ name: 'ReplayDenied' });
  });

  test.each<[string, (objects: readonly ObjectInfo[]) => Given]>([
    ['part of it', (objects) => ({ refused: refused(objects.slice(0, 2), 'HTTP 403 AccessDenied') })],
    [
      'all of it for several reasons',
      ([one, two]) => ({
        inputs: [],
        refused: [
          ...refused([one] as ObjectInfo[], 'HTTP 400 X'),
          ...refused([two] as ObjectInfo[], 'HTTP 403 AccessDenied'),
        ],
      }),
    ],
    [
      'all of it for another reason',
      (objects) => ({ inputs: [], refused: refused(objects.slice(0, 2), 'HTTP 400 X') }),
    ],
  ])('%s stops it, with what is needed', async (_, given) => {
    const before = lake.listed();
    await expect(replayed(engine((_inputs, objects) => given(objects)))).rejects.toThrow(
      /^S3 does not return 2 of its raw objects, raw\/.*\/1: HTTP 40[03] \w+\. Whoever replays needs s3:GetObjectVersion on the raw bucket, and kms:Decrypt with the key of the object$/,
    );
    expect(lake.listed()).toEqual(before);
  });

  test.each<[string, Given, string]>([
    ['in between', { complete: true }, '2'],
    ['before where the engine stopped', { complete: false }, '2'],
  ])('a version that expires while it is read, %s, stops it', async (_, more, gone) => {
    const converter = engine((inputs) => ({ ...more, inputs: inputs.filter(({ key }) => !key.endsWith(gone)) }));
    const [entry] = lake.contents.versions.get(`raw/${RAW}${gone}`) ?? [];
    await expect(replayed(converter)).rejects.toThrow(
      new ReplayRefusal(`${RAW}${gone} expired while it was read, version ${entry?.versionId}`),
    );
  });

  test('an engine that takes nothing in stops it too: it would not end', async () => {
    await expect(replayed(engine(() => ({ inputs: [], complete: false })))).rejects.toThrow(
      /\/1 expired while it was read/,
    );
  });
});

describe('what fits no more', () => {
  const rejected = [{ line: 1, reason: 'bad', raw: Buffer.from('x') }];
  const rejecting = engine((inputs) => ({ inputs: inputs.map((one) => ({ ...one, accepted: 0, rejected })) }));
  beforeEach(twoCommits);

  test('is in quarantine, and no more in the table', async () => {
    const { counts } = await replayed(rejecting);
    expect(counts).toMatchObject({ rowsIn: 4, rowsOut: 0, rowsQuarantined: 4 });
    expect(lake.keys('quarantine', 'lines/')).toHaveLength(4);
  });

  test('is in both when the replay stops afterwards, and the refusal says so', async () => {
    const converter = engine((inputs, objects) =>
      loads.length <= 2
        ? { inputs: inputs.map((one) => ({ ...one, rejected })) }
        : { refused: objects.map(({ key, etag }) => ({ key, etag, error: 'HTTP 500' })) },
    );
    const given = replayed(converter, ref, { budget: { bytes: 1_000, objects: 1 } });
    await expect(given).rejects.toThrow(
      /^S3 does not return .*\. Rows of 2 objects that fit no more are in quarantine already, and in the table until a replay of the partition ends$/,
    );
    await expect(given).rejects.toMatchObject({ name: 'ReplayRefusal', cause: { name: 'ReplayRefusal' } });
  });

  test('any other error is thrown as it is', async () => {
    lake.before = (operation) => {
      if (operation.startsWith('put curated/data')) throw new Error('no connection');
    };
    const converter = engine((inputs) => ({ inputs: inputs.map((one) => ({ ...one, rejected })) }));
    await expect(replayed(converter)).rejects.toThrow(new Error('no connection'));
  });

  test('and is in quarantine by now stops it when it fits after all', async () => {
    const one = lake.contents.listVersions('raw', `${RAW}1`)[0];
    await replayed(rejecting);
    expect(lake.keys('quarantine')).toContain(`lines/events/${PARTITION}/${inputDigest(one as never)}.json.gz`);
    await expect(replayed()).rejects.toThrow(/fit the dataset by now/);
  });
});

describe('a replay is refused', () => {
  test('of a partition of which nothing is known', async () => {
    await expect(replayed()).rejects.toThrow(
      new ReplayRefusal('there is no raw version to build it from, or no record of what was compacted'),
    );
  });

  test('of one whose manifest is none', async () => {
    lake.put('curated', MANIFEST, 'nonsense\n');
    await expect(replayed()).rejects.toMatchObject({
      name: 'ReplayRefusal',
      message:
        'Manifest line 1 must be a URI under s3://curated/, but is "nonsense": repair it first (verify --repair), or restore a version',
      cause: { name: 'MalformedManifestError' },
    });
  });

  test('any other error of reading it is thrown as it is', async () => {
    lake.before = () => {
      throw new Error('no connection');
    };
    await expect(replayed()).rejects.toThrow(new Error('no connection'));
  });

  test('without its first raw versions, unless what is left is enough', async () => {
    twoCommits();
    lake.contents.versions.delete(`raw/${RAW}1`);
    await expect(replayed()).rejects.toThrow(/^1 of its raw objects are gone, raw\/.*\/1 first/);
    await replayed(engine(), ref, { incomplete: true });
    expect(texts()).toEqual(['2 3 4']);
  });

  const SOURCE: ReplaySource = {
    transactions: [{ at: new Date(0), objects: [] }],
    recorded: NO_ROWS,
    expired: [],
    pendingAgain: [],
    pendingRetries: [],
    retries: [],
    begins: undefined,
    firstCommit: undefined,
  };
  const own = refOf({ retention: { curatedDays: 30, rawNoncurrentDays: 14 } });
  const version = (key: string) => ({ key, etag: '"e"', versionId: 'v' }) as never;
  const why = (source: Partial<ReplaySource>, incomplete = false, erasures: readonly never[] = []) =>
    whyNot(lake, own, { ...SOURCE, ...source }, erasures, incomplete);

  test('for nothing when all is there', () => {
    expect(why({})).toBeUndefined();
  });

  test('when its retention is over', () => {
    lake.time = Date.parse('2026-07-16T00:00:00Z');
    expect(why({})).toBe('it is older than 30 days: the next maintenance would empty it again');
  });

  test.each([false, true])('when its objects wait (incomplete: %s)', (incomplete) => {
    expect(why({ pendingAgain: [version('a'), version('b')] }, incomplete)).toBe(
      '2 of its raw objects are in the inbox again, a first: compact them first',
    );
    expect(why({ pendingRetries: [version('c')] }, incomplete)).toBe(
      '1 objects that were put back from quarantine wait, c first: compact them first',
    );
  });

  test('when its beginning is not known, unless what is left is enough', () => {
    const begins = new Date('2026-06-01T00:00:00Z');
    expect(why({ begins })).toBe(
      'its first commits were before 2026-06-01T00:00:00.000Z, and nothing tells any more what they took in. Raw versions of ' +
        'the dataset are kept for 14 days, records of commits for the noncurrentDays of the stage',
    );
    expect(why({ begins }, true)).toBeUndefined();
  });

  test('when versions are gone, unless what is left is enough', () => {
    const expired = [version('a'), version('b')];
    expect(why({ expired })).toBe(
      '2 of its raw objects are gone, a first. Raw versions of the dataset are kept for 14 days',
    );
    expect(why({ expired }, true)).toBeUndefined();
    expect(why({ expired, transactions: [] }, true)).toBe(
      'there is no raw version to build it from, or no record of what was compacted',
    );
  });

  test('when what was erased could not be left out', () => {
    expect(why({}, false, [{ column: 'gone', keys: 1, key: 'k' } as never])).toMatch(/^rows of 1 keys of "gone"/);
  });

  test('and until when all its raw versions are kept is known from its first commit', async () => {
    expect(keptUntil(own, SOURCE)).toBeUndefined();
    expect(keptUntil(own, { ...SOURCE, firstCommit: new Date('2026-06-01T00:00:00Z') })).toEqual(
      new Date('2026-06-15T00:00:00Z'),
    );
    twoCommits();
    const { firstCommit } = await readReplaySource(lake, own);
    expect(keptUntil(own, { ...SOURCE, firstCommit })?.getTime()).toBe(
      (firstCommit?.getTime() ?? 0) + 14 * 24 * HOUR_MS,
    );
  });
});
