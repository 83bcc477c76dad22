/** What rows that arrive change in the files of a partition: which of them stay, go, and are remembered as deleted. */
import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { type ChangeCalls, firstRewrites, planChanges } from '../../../lambda/compaction/engine/changes';
import { seal, unseal } from '../../../lambda/compaction/engine/tombstones';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { type Dataset, type DedupeDefinition, quoteIdentifier } from '../../../lib/dataset';
import { testDataset } from '../support/test-dataset';
import { TestEngine } from '../support/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.open();
});
afterAll(() => engine.close());

/** `id seq minute n op`; a dash is null. Without all, minute 0, n 0 and an update. */
type Row = string;
interface Parsed {
  readonly id: string;
  readonly seq: number | null;
  readonly minute: number | null;
  readonly n: number | null;
  readonly op: string;
}
const parse = (row: Row): Parsed => {
  const [id = '', seq = '-', minute = '0', n = '0', op = 'U'] = row.split(' ');
  const number = (text: string): number | null => (text === '-' ? null : Number(text));
  return { id, seq: number(seq), minute: number(minute), n: number(n), op };
};
const format = ({ id, seq, minute, n, op }: Parsed): Row => [id, seq ?? '-', minute ?? '-', n ?? '-', op].join(' ');
const full = (row: Row): Row => format(parse(row));

const COLUMNS = ['id', 'at', 'seq', 'op', 'n'];
const select = (rows: readonly Row[], columns: readonly string[] = COLUMNS): string => {
  const values = rows.map(parse).map(({ id, seq, minute, n, op }) => {
    const at = minute === null ? 'NULL' : `TIMESTAMP '2026-06-15 10:00:00' + INTERVAL ${minute} MINUTE`;
    return `('${id}', ${at}, ${seq ?? 'NULL'}, ${op === '-' ? 'NULL' : `'${op}'`}, ${n ?? 'NULL'})`;
  });
  return `SELECT ${columns.map(quoteIdentifier).join(', ')} FROM (SELECT id, "at"::TIMESTAMP AS "at", seq::BIGINT AS seq, op::VARCHAR AS op, n::INT AS n
    FROM (VALUES ${values.join(', ')}) t(id, "at", seq, op, n))${rows.length === 0 ? ' LIMIT 0' : ''}`;
};
const TEXT = `id || ' ' || coalesce(seq::VARCHAR, '-') || ' ' || coalesce(minute("at")::VARCHAR, '-') || ' ' || coalesce(n::VARCHAR, '-') || ' ' || coalesce(op, '-')`;

const DELETED: Partial<DedupeDefinition> = { deleted: { column: 'op', values: ['D', 'X'] } };

function changing(dedupe: Partial<DedupeDefinition> = DELETED): Dataset {
  return testDataset({
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'seq', type: 'bigint', notNull: true },
      { name: 'op', type: 'string', notNull: true },
      { name: 'n', type: 'int' },
    ],
    dedupe: { key: ['id'], keep: 'latest', by: 'seq', ...dedupe },
    sortBy: ['n'],
  });
}
const DATASET = changing();

interface Given {
  readonly dataset?: Dataset;
  readonly arrive: readonly Row[];
  /** Rows of each file; a row of columns that it has. */
  readonly files?: readonly (readonly Row[])[];
  readonly columns?: readonly string[];
  /** `id seq` of deletions. */
  readonly remembered?: readonly string[];
  readonly calls?: Partial<ChangeCalls>;
}

/** Everything that comes of it, files by their number from 1. */
async function outcome({ dataset = DATASET, arrive, files = [], columns = COLUMNS, remembered, calls }: Given) {
  const batch = await engine.parquet(select(arrive));
  const base: ObjectInfo[] = [];
  for (const rows of files) {
    base.push(await engine.object(await engine.parquet(select(rows, columns)), `part-${base.length + 1}.parquet`));
  }
  if (remembered !== undefined) {
    const path = await engine.parquet(select(remembered, ['id', 'seq']));
    await seal(engine.session, dataset, path);
    base.splice(1, 0, await engine.object(path, 'tomb-1.parquet'));
  }
  const fetched: string[] = [];
  const asked = new Set<string>();
  const all: ChangeCalls = {
    divideBytes: 1e9,
    rewriteBytes: 1e9,
    fetchColumns: async (file, names, name) => {
      asked.add(names.join(' '));
      return await engine.copy(file, name);
    },
    fetchFile: async (file, name) => {
      fetched.push(name);
      return await engine.copy(file, name);
    },
    ...calls,
  };
  const rows = { path: batch, rows: arrive.length, erased: 3, rowBytes: 100, outside: 2, newestEvent: 7 };
  const changes = await planChanges(engine.session, dataset, rows, base, 'c', all);
  const { rewrites, rewrite, writeAdded, writeTombstones, dispose, ...rest } = changes;
  expect(rest).toMatchObject({ rowsOutsidePartition: 2, erased: 3, newestEvent: 7 });
  const rewritten: Record<string, readonly Row[]> = {};
  for (const { file, removed, placed } of rewrites) {
    const local = await rewrite(file);
    const name = file.key.slice(file.key.lastIndexOf('-') + 1, -'.parquet'.length);
    rewritten[name] = await engine.texts(local.paths, TEXT);
    expect(local).toMatchObject({ rows: rewritten[name]?.length, duplicates: 0 });
    expect(local.paths).toHaveLength(Math.min(1, local.rows));
    const before = files[Number(name) - 1]?.length ?? 0;
    expect([name, before - removed + placed]).toEqual([name, local.rows]);
    await local.dispose();
  }
  const added = await writeAdded();
  const addedRows = await engine.texts(added.paths, TEXT);
  expect([added.rows, addedRows.length]).toEqual([rest.added, rest.added]);
  expect(added.paths).toHaveLength(Math.min(1, rest.added));
  await added.dispose();
  const buried = await writeTombstones();
  // A reader sees no row of it.
  expect(await engine.texts(buried.paths, TEXT)).toEqual([]);
  await unseal(buried.paths[0] as string);
  const tombstones = await engine.texts(buried.paths, "id || ' ' || seq");
  expect(buried.rows).toBe(tombstones.length);
  await buried.dispose();
  await dispose();
  expect(await engine.leftovers()).toEqual([]);
  // Of the files nothing is read at first but the columns that decide.
  const { key, by, deleted } = dataset.dedupe;
  const deciding = new Set([...key, ...by, 'at', ...(deleted === undefined ? [] : [deleted.column])]);
  expect([...asked]).toEqual(files.length === 0 ? [] : [[...deciding].join(' ')]);
  const { complete, superseded, deletions, buries } = rest;
  return { rewritten, added: addedRows, tombstones, complete, superseded, deletions, buries, fetched };
}

const NOTHING = {
  rewritten: {},
  added: [],
  tombstones: [],
  complete: true,
  superseded: 0,
  deletions: 0,
  buries: false,
  fetched: [],
};

test('a key that is in no file is added', async () => {
  expect(await outcome({ arrive: ['a 1', 'b 2'], files: [['c 9']] })).toEqual({
    ...NOTHING,
    added: ['a 1 0 0 U', 'b 2 0 0 U'],
  });
});

test('a later row takes the place of an earlier one in its file, and the other rows of the file stay', async () => {
  expect(await outcome({ arrive: ['a 2 0 5', 'new 1'], files: [['x 1'], ['a 1', 'b 1', 'c 1']] })).toEqual({
    ...NOTHING,
    rewritten: { 2: ['a 2 0 5 U', 'b 1 0 0 U', 'c 1 0 0 U'] },
    added: ['new 1 0 0 U'],
    fetched: ['c-old.parquet'],
  });
});

test('an earlier row changes nothing, whatever else it holds', async () => {
  expect(await outcome({ arrive: ['a 1 9 9', 'b - 9 9'], files: [['a 2'], ['b 0']] })).toEqual({
    ...NOTHING,
    superseded: 2,
  });
});

test('of rows with one key in a batch the last is kept, and the others are superseded', async () => {
  expect(await outcome({ arrive: ['a 1', 'a 3', 'a 2', 'a -'] })).toEqual({
    ...NOTHING,
    added: ['a 3 0 0 U'],
    superseded: 3,
  });
});

test('a row that takes the place of several goes where the first was, and all of them go', async () => {
  expect(await outcome({ arrive: ['a 5'], files: [['x 1'], ['a 1', 'b 1'], ['a 2', 'c 1'], ['a 3']] })).toEqual({
    ...NOTHING,
    rewritten: { 2: ['a 5 0 0 U', 'b 1 0 0 U'], 3: ['c 1 0 0 U'], 4: [] },
    fetched: ['c-old.parquet', 'c-old.parquet', 'c-old.parquet'],
  });
});

test('of a key in several files all but the last go, also where what arrived is not the last', async () => {
  expect(await outcome({ arrive: ['a 0'], files: [['a 1', 'b 1'], ['a 2']] })).toMatchObject({
    rewritten: { 1: ['b 1 0 0 U'] },
    added: [],
    superseded: 1,
  });
});

describe('of rows that are equal in what is declared', () => {
  test('a deletion counts first, then the event time, then the columns in their order', async () => {
    expect(await outcome({ arrive: ['a 1 9 9', 'a 1 0 0 D'] })).toEqual({
      ...NOTHING,
      tombstones: ['a 1'],
      superseded: 1,
      deletions: 1,
      buries: true,
    });
    expect((await outcome({ arrive: ['a 1 3 0', 'a 1 5 0', 'a 1 4 9', 'a 1 - 99'] })).added).toEqual(['a 1 5 0 U']);
    expect((await outcome({ arrive: ['a 1 5 2', 'a 1 5 3', 'a 1 5 -', 'a 1 5 1'] })).added).toEqual(['a 1 5 3 U']);
    // The column op comes before n.
    expect((await outcome({ arrive: ['a 1 5 2 I', 'a 1 5 1 U'] })).added).toEqual(['a 1 5 1 U']);
  });

  test('one that is committed stays where all is equal, and no file changes', async () => {
    expect(await outcome({ arrive: ['a 1 5 3'], files: [['b 1'], ['a 1 5 3']] })).toMatchObject({
      rewritten: {},
      added: [],
      superseded: 1,
    });
    // Of several that are committed, the first.
    const { rewritten, fetched } = await outcome({
      arrive: ['a 1 5 3'],
      files: [['b 1'], ['a 1 5 3'], ['a 1 5 3', 'c 1']],
    });
    expect(rewritten).toEqual({ 3: ['c 1 0 0 U'] });
    // Only files with equal rows are read to compare them.
    expect(fetched).toEqual(['c-tied.parquet', 'c-tied.parquet', 'c-old.parquet']);
  });

  test('the contents decide between what is there and what arrives', async () => {
    expect((await outcome({ arrive: ['a 1 5 3'], files: [['a 1 5 2', 'b 1']] })).rewritten).toEqual({
      1: ['a 1 5 3 U', 'b 1 0 0 U'],
    });
    expect((await outcome({ arrive: ['a 1 5 2'], files: [['a 1 5 3', 'b 1']] })).rewritten).toEqual({});
    expect(
      (
        await outcome({
          arrive: ['a 1 5 1', 'b 1 5 1'],
          files: [
            ['a 1 5 0', 'b 1 5 9'],
            ['a 1 5 2', 'b 1 5 0'],
          ],
        })
      ).rewritten,
    ).toEqual({ 1: ['b 1 5 9 U'], 2: ['a 1 5 2 U'] });
  });

  test('of deletions the one that arrived counts, and the files lose the key', async () => {
    const found = await outcome({
      arrive: ['a 1 0 0 D', 'a 1 0 1 X'],
      files: [['a 1', 'b 1']],
      remembered: ['a 1', 'z 7'],
    });
    expect(found).toMatchObject({
      rewritten: { 1: ['b 1 0 0 U'] },
      tombstones: ['a 1', 'z 7'],
      superseded: 1,
      deletions: 1,
      buries: false,
    });
  });
});

describe('deletions', () => {
  test('remove the row, are remembered beside those before, and are no rows', async () => {
    const found = await outcome({
      arrive: ['a 5 0 0 D', 'q 1 0 0 X'],
      files: [['a 1', 'b 1']],
      remembered: ['z 7', 'q 0'],
    });
    expect(found).toEqual({
      ...NOTHING,
      rewritten: { 1: ['b 1 0 0 U'] },
      tombstones: ['a 5', 'q 1', 'z 7'],
      deletions: 2,
      buries: true,
      fetched: ['c-tombstones.parquet', 'c-old.parquet'],
    });
  });

  test('that are remembered hold back older rows, and give way to later ones', async () => {
    const old = await outcome({ arrive: ['a 4', 'b 5'], remembered: ['a 5', 'b 5'] });
    expect(old).toMatchObject({ added: [], superseded: 2, deletions: 0, tombstones: ['a 5', 'b 5'] });
    expect(old.buries).toBe(false);
    const later = await outcome({ arrive: ['a 6'], remembered: ['a 5', 'b 5'] });
    expect(later).toMatchObject({ added: ['a 6 0 0 U'], superseded: 0, tombstones: ['a 5', 'b 5'], buries: false });
  });

  test('that are later than those remembered take their place, and equal ones are no news', async () => {
    const later = await outcome({ arrive: ['a 5 0 0 D'], remembered: ['a 1', 'z 7'] });
    expect(later).toMatchObject({ tombstones: ['a 5', 'z 7'], deletions: 1, superseded: 0, buries: true });
    // Equal in everything, the event time included, which neither has.
    const again = await outcome({ arrive: ['a 1 - - D'], remembered: ['a 1'] });
    expect(again).toMatchObject({ tombstones: ['a 1'], deletions: 1, superseded: 0, buries: false });
    const earlier = await outcome({ arrive: ['a 0 0 0 D'], remembered: ['a 1'] });
    expect(earlier).toMatchObject({ tombstones: ['a 1'], deletions: 0, superseded: 1, buries: false });
  });

  test('that are older than a row change nothing but what is counted', async () => {
    expect(await outcome({ arrive: ['a 1 0 0 D'], files: [['a 2']] })).toEqual({ ...NOTHING, superseded: 1 });
  });

  test('are told by the values that are declared', async () => {
    expect((await outcome({ arrive: ['a 1 0 0 d', 'b 1 0 0 DD'] })).added).toEqual(['a 1 0 0 d', 'b 1 0 0 DD']);
    // A null says nothing, and so deletes nothing.
    const unsaid = await outcome({ arrive: ['a 1 0 0 -', 'b 2 0 0 -'], files: [['b 1 0 0 -', 'c 1']] });
    expect(unsaid).toMatchObject({ added: ['a 1 0 0 -'], rewritten: { 1: ['b 2 0 0 -', 'c 1 0 0 U'] }, deletions: 0 });
    const never = changing({});
    expect((await outcome({ dataset: never, arrive: ['a 1 0 0 D'] })).added).toEqual(['a 1 0 0 D']);
  });
});

test('where the earliest stays, everything is the other way round, and nulls come last all the same', async () => {
  const dataset = changing({ keep: 'earliest' });
  expect(
    await outcome({
      dataset,
      arrive: ['a 1', 'a 2', 'b 5', 'c -', 'c 9', 'd 1 5', 'd 1 4 8', 'd 1 4 7'],
      files: [['a 3', 'b 4']],
    }),
  ).toMatchObject({ rewritten: { 1: ['a 1 0 0 U', 'b 4 0 0 U'] }, added: ['c 9 0 0 U', 'd 1 4 7 U'], superseded: 5 });
});

test('several columns decide in their order, and several are a key', async () => {
  const by = changing({ by: ['seq', 'n'] });
  const decided = await outcome({
    dataset: by,
    arrive: ['a 1 0 9', 'a 2 0 1', 'a 2 0 2', 'a 2 9 -'],
    files: [['a 2 9 1']],
  });
  expect(decided).toMatchObject({ rewritten: { 1: ['a 2 0 2 U'] }, superseded: 3 });
  const key = changing({ key: ['id', 'op'] });
  const found = await outcome({ dataset: key, arrive: ['a 2 0 0 I', 'a 2 0 0 U'], files: [['a 1 0 0 U', 'b 1']] });
  expect(found).toMatchObject({ added: ['a 2 0 0 I'], rewritten: { 1: ['a 2 0 0 U', 'b 1 0 0 U'] } });
});

describe('files from before a column was there', () => {
  test('hold no keys where it is one of the key', async () => {
    const found = await outcome({ arrive: ['a 5'], files: [['z 1']], columns: ['at', 'seq', 'op', 'n'] });
    expect(found).toMatchObject({ added: ['a 5 0 0 U'], rewritten: {} });
  });

  test('are older where it decides, and do not delete where it is the marker', async () => {
    const noSeq = await outcome({ arrive: ['a 0'], files: [['a 9', 'b 9']], columns: ['id', 'at', 'op', 'n'] });
    expect(noSeq).toMatchObject({ rewritten: { 1: ['a 0 0 0 U', 'b - 0 0 U'] } });
    const noOp = await outcome({ arrive: ['a 2'], files: [['a 1 0 0 D', 'b 1']], columns: ['id', 'at', 'seq', 'n'] });
    expect(noOp.superseded).toBe(0);
  });
});

describe('a commit rewrites', () => {
  const files = (...sizes: readonly number[]) =>
    sizes.map((size, index) => ({
      file: { key: `${index}`, etag: '', size, lastModified: new Date(0) },
      removed: 1,
      placed: 0,
    }));
  test.each([
    [[10, 10, 10], 30, 3],
    [[10, 10, 10], 29, 2],
    [[10, 10, 10], 20, 2],
    [[10, 10, 10], 19, 1],
    [[10, 10, 10], 1, 1],
    [[99, 1], 50, 1],
    [[], 50, 0],
    [Array<number>(200).fill(1), 1e9, 200],
    [Array<number>(201).fill(1), 1e9, 200],
  ])('some of the files within a limit of bytes and of names: %#', (sizes, limit, count) => {
    const all = files(...sizes);
    expect(firstRewrites(all, limit)).toEqual(all.slice(0, count));
  });

  test('the first files alone where all are too many, and says that it is not complete', async () => {
    const found = await outcome({
      arrive: ['a 9', 'b 9', 'c 9'],
      files: [['a 1'], ['b 1'], ['c 1']],
      calls: { rewriteBytes: 1 },
    });
    expect(found).toMatchObject({ complete: false, rewritten: { 1: ['a 9 0 0 U'] }, added: [] });
  });

  test('into several files where one would be too large', async () => {
    const rows = Array.from({ length: 4_000 }, (_, index) => `k${index} 1 0 ${index}`);
    const batch = await engine.parquet(select(rows));
    const calls: ChangeCalls = {
      divideBytes: 10_000,
      rewriteBytes: 1e9,
      fetchColumns: engine.copy.bind(engine),
      fetchFile: engine.copy.bind(engine),
    } as never;
    const all = { path: batch, rows: rows.length, erased: 0, rowBytes: 100, outside: 0 };
    const changes = await planChanges(engine.session, DATASET, all, [], 'c', calls);
    const { paths, rows: written, dispose } = await changes.writeAdded();
    expect([paths.length > 1, written, (await engine.texts(paths, 'id')).length]).toEqual([true, 4_000, 4_000]);
    await dispose();
    await changes.dispose();
    expect(await engine.leftovers()).toEqual([]);
  });
});

test('a file that is another one by the time it is rewritten, or has nothing to rewrite, is an error', async () => {
  const batch = await engine.parquet(select(['a 9']));
  const file = await engine.object(await engine.parquet(select(['b 1', 'c 1', 'a 1'])), 'part-1.parquet');
  const other = await engine.object(await engine.parquet(select(['b 1'])), 'part-2.parquet');
  const calls: ChangeCalls = {
    divideBytes: 1e9,
    rewriteBytes: 1e9,
    fetchColumns: (one, _, name) => engine.copy(one, name),
    fetchFile: (_, name) => engine.copy(other, name),
  };
  const all = { path: batch, rows: 1, erased: 0, rowBytes: 1, outside: 0 };
  const changes = await planChanges(engine.session, DATASET, all, [file, other], 'c', calls);
  await expect(changes.rewrite(file)).rejects.toThrow(
    new Error('1 rows were to be written, but 2 were; nothing was committed'),
  );
  await expect(changes.rewrite(other)).rejects.toThrow(new Error(`${other.key} has no rows that give way`));
  for (const name of await engine.leftovers()) await rm(engine.session.path(name));
});

/** A plain model: every row that was ever there, and of each key the greatest. */
const compare = (a: Parsed, b: Parsed): number => {
  const least = Number.NEGATIVE_INFINITY;
  const value = ({ seq, minute, n, op }: Parsed): (number | string)[] => [
    ...[seq ?? least, /[DX]/.test(op) ? 1 : 0, minute ?? least, op, n ?? least],
  ];
  const [left, right] = [value(a), value(b)];
  for (const [index, one] of left.entries()) {
    const other = right[index] as number | string;
    if (one !== other) return one > other ? 1 : -1;
  }
  return 0;
};

test('of any rows, in the batch and in files, the greatest of each key is what readers see', async () => {
  const row = fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(2), fc.nat(1), fc.nat(1), fc.constantFrom('U', 'I', 'D'))
    .map((parts) => parts.join(' '));
  const stored = row.map((one) => one.replace('D', 'U'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 6 }),
      fc.array(fc.array(stored, { minLength: 1, maxLength: 4 }), { maxLength: 3 }),
      async (arrive, files) => {
        const found = await outcome({ arrive, files });
        const keys = new Set(arrive.map((one) => parse(one).id));
        const best = new Map<string, Parsed>();
        for (const one of [...arrive, ...files.flat()].map(parse)) {
          const other = best.get(one.id);
          if (other === undefined || compare(one, other) > 0) best.set(one.id, one);
        }
        const untouched = files
          .flat()
          .map(full)
          .filter((one) => !keys.has(parse(one).id));
        const winners = [...best.values()].filter(({ id, op }) => keys.has(id) && op !== 'D').map(format);
        const seen = [...found.added, ...files.flatMap((rows, index) => found.rewritten[index + 1] ?? rows.map(full))];
        expect(seen.sort()).toEqual([...untouched, ...winners].sort());
        const gone = [...best.values()].filter(({ id, op }) => keys.has(id) && op === 'D');
        expect(found.tombstones).toEqual(gone.map(({ id, seq }) => `${id} ${seq}`).sort());
        expect(found.superseded + found.added.length + found.deletions).toBeLessThanOrEqual(arrive.length);
      },
    ),
    { numRuns: 15, seed: 11 },
  );
});
