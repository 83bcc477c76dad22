/** Rows that were erased, and only these, leave a file; and are told again by digests of their keys. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { DuckDbEraser, type EraseCondition } from '../../../lambda/compaction/engine/eraser';
import { erasedConditions, erasedSql, pathSql } from '../../../lambda/compaction/engine/erasure-sql';
import { seal, unseal } from '../../../lambda/compaction/engine/tombstones';
import type { ObjectInfo, ObjectStore } from '../../../lambda/compaction/store/object-store';
import type { Dataset } from '../../../lib/dataset';
import { PARTITION, testDataset } from '../support/test-dataset';
import { TestEngine } from '../support/test-engine';
import { testErasure } from '../support/test-erasure';

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.open();
});
afterAll(() => engine.close());

const DATASET = testDataset({
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'n', type: 'int' },
    { name: 'owner', type: 'struct<id:string>' },
  ],
  sortBy: ['n'],
  input: { formats: ['ndjson'] },
  compaction: { codec: 'zstd', rowGroupRows: 5_000 },
});

/** Only what is used of a store: the download of a file. */
const store = { getFile: async (_: string, key: string, __: string, path: string) => await copied(key, path) };
const copied = async (key: string, path: string): Promise<void> => {
  await engine.copy({ key } as ObjectInfo, path.slice(path.lastIndexOf('/') + 1));
};
const eraserOf = (conditions: readonly EraseCondition[], dataset: Dataset = DATASET): DuckDbEraser =>
  new DuckDbEraser(engine.session, store as unknown as ObjectStore, 'curated', dataset, conditions);

const ID_A: EraseCondition = { value: '"id"', condition: `"id" = 'a'` };
const rowsSql = (...rows: readonly string[]): string =>
  `SELECT id, TIMESTAMP '2026-06-15 10:00:00' AS "at", n::INT AS n FROM (VALUES ${rows.join(', ')}) t(id, n)`;
const fileOf = async (query: string, name = 'part-1.parquet'): Promise<ObjectInfo> =>
  await engine.object(await engine.parquet(query), name);

describe('a file', () => {
  test.each([
    ['with one of its rows', [`('a', 1)`, `('b', 2)`, `('a', 3)`], 2, ['b 2']],
    ['with none', [`('b', 2)`, `('c', 1)`], 0, ['b 2', 'c 1']],
    ['where the condition is neither true nor false', [`(NULL, 2)`, `('a', 1)`], 1, ['null 2']],
  ])('%s keeps all others', async (_, rows, count, rest) => {
    const file = await fileOf(rowsSql(...rows));
    const eraser = eraserOf([ID_A]);
    expect(await eraser.count(file)).toBe(count);
    const local = await eraser.rest(file);
    expect(await engine.texts(local.paths, `coalesce(id, 'null') || ' ' || n`)).toEqual(rest);
    expect(local).toMatchObject({ rows: rest.length, duplicates: 0 });
    expect(local.bytes).toBeGreaterThan(100);
    await local.dispose();
    expect(await engine.leftovers()).toEqual([]);
  });

  test('of nothing else leaves none', async () => {
    const file = await fileOf(rowsSql(`('a', 1)`, `('a', 2)`));
    const local = await eraserOf([ID_A]).rest(file);
    expect(local).toMatchObject({ paths: [], rows: 0, duplicates: 0, bytes: 0 });
    await local.dispose();
    expect(await engine.leftovers()).toEqual([]);
  });

  test('loses the rows of any of several conditions, and those about columns that it has not are no matter', async () => {
    const file = await fileOf(rowsSql(`('a', 1)`, `('b', 2)`, `('c', 3)`));
    const B = { value: '"n"', condition: '"n" = 2' };
    const missing = { value: `"owner"['id']`, condition: `"owner"['id'] = 'x'` };
    expect(await eraserOf([ID_A, B]).count(file)).toBe(2);
    expect(await eraserOf([missing, B]).count(file)).toBe(1);
    expect(await eraserOf([missing]).count(file)).toBe(0);
    expect(await eraserOf([]).count(file)).toBe(0);
    const { paths, dispose } = await eraserOf([missing]).rest(file);
    expect(await engine.texts(paths, 'id')).toEqual(['a', 'b', 'c']);
    await dispose();
  });

  test('is written as the dataset has its files: sorted, compressed, in its row groups', async () => {
    const file = await fileOf(
      `SELECT 'k' || i AS id, TIMESTAMP '2026-06-15 10:00:00' AS "at", (20000 - i)::INT AS n FROM range(20000) t(i)`,
    );
    const local = await eraserOf([{ value: 'id', condition: `id = 'k7'` }]).rest(file);
    const [path = ''] = local.paths;
    const [meta] = await engine.session.rows(
      `SELECT max(row_group_num_rows)::INT AS rows, min(compression) AS codec FROM parquet_metadata('${path}')`,
    );
    // DuckDB writes whole vectors of 2,048 rows.
    expect(meta).toEqual({ rows: 6144, codec: 'ZSTD' });
    expect(
      await engine.session.number(
        `SELECT count(*) FROM (SELECT n, lead(n) OVER (ORDER BY file_row_number) AS next
           FROM read_parquet('${path}', file_row_number = true, hive_partitioning = false)) WHERE next < n`,
      ),
    ).toBe(0);
    await local.dispose();
  });

  test('of which another number of rows is written than is left is an error', async () => {
    await engine.session.run('CREATE TEMP SEQUENCE turns');
    const file = await fileOf(rowsSql(`('a', 1)`, `('b', 2)`, `('c', 3)`));
    // Another condition whenever it is asked: of three rows two go first, and then one.
    const unsteady = { value: '"id"', condition: `nextval('turns') % 2 = 1` };
    await expect(eraserOf([unsteady]).rest(file)).rejects.toThrow(
      new Error(`${file.key} has 3 rows, 2 of them to erase, but 2 were written`),
    );
    for (const name of await engine.leftovers()) await rm(engine.session.path(name));
  });

  test('keeps columns that the dataset no longer declares', async () => {
    const file = await fileOf(`SELECT *, 'kept' AS old FROM (${rowsSql(`('a', 1)`, `('b', 2)`)})`);
    const { paths, dispose } = await eraserOf([ID_A]).rest(file);
    expect(await engine.texts(paths, 'old')).toEqual(['kept']);
    await dispose();
  });

  test('that cannot be read is an error, and nothing of it stays behind', async () => {
    const path = await engine.parquet(rowsSql(`('a', 1)`));
    await writeFile(path, 'no parquet at all');
    const file = await engine.object(path, 'part-1.parquet');
    await expect(eraserOf([ID_A]).count(file)).rejects.toThrow(/No magic bytes found|too small/i);
    await expect(eraserOf([ID_A]).rest(file)).rejects.toThrow(/No magic bytes found|too small/i);
    expect(await engine.leftovers()).toEqual([]);
  });

  test('of deletions loses them too, stays one of deletions, and is not sorted by columns that it has not', async () => {
    const path = await engine.parquet(`SELECT * FROM (VALUES ('a', 1), ('b', 2)) t(id, seq)`);
    await seal(engine.session, DATASET, path);
    const file = await engine.object(path, 'tomb-1.parquet');
    const eraser = eraserOf([ID_A]);
    expect(await eraser.count(file)).toBe(1);
    const local = await eraser.rest(file);
    expect(local.rows).toBe(1);
    expect(await engine.texts(local.paths, 'id')).toEqual([]);
    await unseal(local.paths[0] as string);
    expect(await engine.texts(local.paths, `id || ' ' || seq`)).toEqual(['b 2']);
    await local.dispose();
    expect(await engine.leftovers()).toEqual([]);
    // A file of rows that is sealed by mistake is not unsealed: its name says what it is.
    expect(await eraser.count({ ...file, key: file.key.replace('tomb-', 'part-') })).toBe(0);
  });
});

test('a file without rows has the columns of the dataset', async () => {
  const eraser = eraserOf([]);
  const local = await eraser.empty();
  expect(local).toMatchObject({ rows: 0, duplicates: 0 });
  const columns = await engine.session.rows(
    `DESCRIBE SELECT * FROM read_parquet('${local.paths[0]}', hive_partitioning = false)`,
  );
  expect(columns.map(({ column_name, column_type }) => `${column_name} ${column_type}`)).toEqual([
    'id VARCHAR',
    'at TIMESTAMP',
    'n INTEGER',
    'owner STRUCT(id VARCHAR)',
  ]);
  expect(await engine.texts(local.paths, 'id')).toEqual([]);
  await local.dispose();
  expect(await engine.leftovers()).toEqual([]);
});

describe('the seal of a file of deletions', () => {
  test('hides its rows from every reader, and comes off without a trace', async () => {
    const path = await engine.parquet(`SELECT i AS id FROM range(3000) t(i)`);
    const before = await readFile(path);
    await seal(engine.session, DATASET, path);
    const sealed = await readFile(path);
    expect(sealed.subarray(0, before.length)).toEqual(before);
    expect(await engine.session.rows(`SELECT * FROM read_parquet('${path}', hive_partitioning = false)`)).toEqual([]);
    const names = await engine.session.rows(
      `DESCRIBE SELECT * FROM read_parquet('${path}', hive_partitioning = false)`,
    );
    expect(names.map(({ column_name }) => column_name)).toEqual(['id', 'at', 'n', 'owner']);
    await unseal(path);
    expect(await readFile(path)).toEqual(before);
    expect(await engine.leftovers()).toEqual([]);
  });
});

describe('digests of keys', () => {
  const typed = (type: string): Dataset =>
    testDataset({
      columns: [
        { name: 'id', type: 'string', notNull: true },
        { name: 'at', type: 'timestamp', notNull: true },
        { name: 'k', type },
        { name: 'owner', type: 'struct<id:string>' },
      ],
      input: { formats: ['ndjson'] },
    });
  const UUID = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';

  test.each<[string, string, readonly string[], readonly string[]]>([
    ['string', `'x'`, ['x'], ['X', ' x', '']],
    ['string', `'${UUID.toUpperCase()}'`, [UUID], [UUID.toUpperCase()]],
    // Of the length of one, and none.
    [
      'string',
      `'${UUID.toUpperCase().replace('A', 'G')}'`,
      [UUID.toUpperCase().replace('A', 'G')],
      [UUID.replace('a', 'g')],
    ],
    ['string', `'${UUID.toUpperCase()}0'`, [`${UUID.toUpperCase()}0`], [`${UUID}0`]],
    [
      'string',
      `'${UUID.toUpperCase().replace('-', '')}'`,
      [UUID.toUpperCase().replace('-', '')],
      [UUID.replace('-', '')],
    ],
    ['tinyint', '-7::TINYINT', ['-7'], ['7', '-7.0']],
    ['bigint', '9007199254740993', ['9007199254740993'], ['9007199254740992']],
    ['decimal(12,2)', '10.50', ['10.5'], ['10.50']],
    ['decimal(12,2)', '10.00', ['10'], ['10.00', '1']],
    ['decimal(12,2)', '0.05', ['0.05'], ['.05']],
    ['decimal(12,0)', '100', ['100'], ['1']],
    ['date', `DATE '2026-06-15'`, ['2026-06-15'], ['2026-06-16']],
    [
      'timestamp',
      `TIMESTAMP '2026-06-15 10:00:00.123'`,
      ['1781517600123000'],
      ['1781517600123', '2026-06-15T10:00:00.123Z'],
    ],
    // An older file may have another type.
    ['string', '7', ['7'], ['07']],
    ['bigint', `'007'`, ['7'], ['007']],
    ['string', 'NULL', [], ['', 'null', 'NULL']],
  ])('of a column of %s: %s', async (type, value, texts, others) => {
    const ref = { dataset: typed(type), partition: PARTITION };
    const isErased = async (...keys: readonly string[]): Promise<unknown> => {
      const [row] = await engine.session.rows(
        `SELECT ${erasedSql(ref, [testErasure('k', ...keys)])} AS found FROM (SELECT ${value} AS k)`,
      );
      return row?.found;
    };
    for (const text of texts)
      expect([text, await isErased(text), await isErased('else', text)]).toEqual([text, true, true]);
    for (const text of others) expect([text, await isErased(text)]).toEqual([text, false]);
  });

  test('of a field of a struct, and of several erases', async () => {
    const ref = { dataset: typed('int'), partition: PARTITION };
    const sql = erasedSql(ref, [testErasure('owner.id', 'u'), testErasure('k', '5')]);
    const rows = await engine.session.rows(
      `SELECT n, ${sql} AS found FROM (VALUES (1, {'id': 'u'}, 1), (2, {'id': 'v'}, 5), (3, NULL, NULL), (4, {'id': NULL}, 4)) t(n, "owner", k) ORDER BY n`,
    );
    expect(rows.map(({ found }) => found)).toEqual([true, true, false, false]);
    expect(erasedConditions(ref, [testErasure('owner.id', 'u')]).map(({ value }) => value)).toEqual([`"owner"['id']`]);
    expect(pathSql('a.b.c')).toBe(`"a"['b']['c']`);
    expect(pathSql('a')).toBe('"a"');
    expect(erasedSql(ref, [])).toBe('false');
  });

  test('of a key of the partition: all of its rows, or none', () => {
    const dataset = testDataset({
      partition: {
        scheme: 'day',
        from: '2026-01-01',
        to: '2026-12-31',
        leading: [{ name: 'shop', kind: 'enum', values: ['de', 'fr'] }],
      },
    });
    const ref = { dataset, partition: `shop=de/${PARTITION}` };
    expect(erasedConditions(ref, [testErasure('shop', 'de'), testErasure('shop', 'fr')])).toEqual([
      { value: 'NULL', condition: 'true' },
      { value: 'NULL', condition: 'false' },
    ]);
  });

  test('of a column that is no longer one of keys are an error', () => {
    const ref = { dataset: typed('double'), partition: PARTITION };
    for (const column of ['k', 'gone', 'owner', 'owner.name']) {
      expect(() => erasedSql(ref, [testErasure(column, 'x')])).toThrow(
        new Error(`events has no column of keys "${column}"`),
      );
    }
  });
});
