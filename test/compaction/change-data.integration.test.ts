import { readFile } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { isTombstones } from '../../lambda/compaction/protocol/names';
import { RealLake, testDataset } from './support/real-lake';

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
  lake.now = () => new Date('2026-06-15T12:00:00Z');
});
afterEach(() => lake.close());

const dataset = testDataset({
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'seq', type: 'bigint', notNull: true },
    { name: 'op', type: 'string', notNull: true },
    { name: 'n', type: 'int', notNull: true },
  ],
  dedupe: { key: ['id'], keep: 'latest', by: 'seq', deleted: { column: 'op', values: ['D'] } },
  compaction: { maxUndersizedFiles: 2 },
});

const row = (id: string, seq: number, n: number, op = 'U'): string =>
  `${JSON.stringify({ id, at: '2026-06-15T10:00:00Z', seq, op, n })}\n`;
const rows = async (): Promise<string[]> =>
  (await lake.query(dataset, "id || ' ' || seq || ' ' || n AS text", 'ORDER BY text')).map(({ text }) => String(text));

test('a later row takes the place of an earlier one, and an earlier one that comes later does not', async () => {
  await lake.put(dataset, 'a.json', row('1', 1, 10) + row('2', 5, 20) + row('2', 4, 0));
  const [first] = await lake.compact(dataset);
  expect(first).toMatchObject({ rowsIn: 3, rowsOut: 2, superseded: 1, deletions: 0, rowsReplaced: 0, duplicates: 0 });
  await lake.put(dataset, 'b.json', row('1', 2, 11) + row('2', 3, 21) + row('3', 1, 30));
  const [second] = await lake.compact(dataset);
  expect(second).toMatchObject({ rowsIn: 3, rowsOut: 2, superseded: 1, rowsReplaced: 1 });
  expect(await rows()).toEqual(['1 2 11', '2 5 20', '3 1 30']);
});

test('a key that was deleted stays so for older rows, in later runs and after merges, and comes back with a later row', async () => {
  await lake.put(dataset, 'a.json', row('1', 1, 10) + row('2', 1, 20));
  await lake.compact(dataset);
  await lake.put(
    dataset,
    'b.json',
    `${JSON.stringify({ id: '1', seq: 5, op: 'D' })}\n${JSON.stringify({ id: '9', seq: 5, op: 'D' })}\n`,
  );
  const [deleted] = await lake.compact(dataset);
  expect(deleted).toMatchObject({ rowsIn: 2, rowsOut: 0, deletions: 2, rowsReplaced: 1 });
  expect(await rows()).toEqual(['2 1 20']);
  for (const [index, id] of ['3', '4', '5', '6'].entries()) {
    await lake.put(dataset, `c${index}.json`, row('1', 4, 14) + row('9', 3, 90) + row(id, 1, 30));
    await lake.compact(dataset);
  }
  expect(await rows()).toEqual(['2 1 20', '3 1 30', '4 1 30', '5 1 30', '6 1 30']);
  await lake.put(dataset, 'd.json', row('9', 6, 96));
  await lake.compact(dataset);
  expect(await rows()).toContain('9 6 96');
  const files = await lake.files(dataset);
  expect(files.filter(isTombstones)).toHaveLength(1);
  expect(files.length).toBeLessThanOrEqual(4);
});

test('a deletion needs nothing but key and order; any other row needs all', async () => {
  await lake.put(
    dataset,
    'a.json',
    `${JSON.stringify({ id: '1', seq: 5, op: 'D' })}\n${JSON.stringify({ id: '2', seq: 5, op: 'U' })}\n`,
  );
  const [result] = await lake.compact(dataset);
  expect(result).toMatchObject({ rowsIn: 2, rowsQuarantined: 1, deletions: 1 });
  expect((await lake.quarantined()).map(({ reason }) => reason)).toEqual([
    'at: no value, and only a row that deletes needs none',
  ]);
});

test('DMS: full load and changes in CSV, the deletions with nothing but the key', async () => {
  const dms = testDataset({
    name: 'customers',
    columns: [
      { name: 'op', type: 'string', from: 'Op' },
      { name: 'id', type: 'bigint', notNull: true },
      { name: 'name', type: 'string', notNull: true },
      { name: 'created_at', type: 'timestamp', notNull: true },
      { name: 'committed_at', type: 'timestamp', notNull: true },
    ],
    eventTime: 'created_at',
    dedupe: { key: ['id'], keep: 'latest', by: 'committed_at', deleted: { column: 'op', values: ['D'] } },
    input: { formats: ['csv'] },
  });
  const header = 'Op,id,name,created_at,committed_at\n';
  const at = (minute: number): string => `2026-06-15 10:${minute}:00.000000`;
  await lake.put(
    dms,
    'LOAD1.csv',
    `${header},101,Smith,${at(0)}0,${at(10)}\n,102,Jones,${at(0)}0,${at(10)}\n`.replaceAll(`${at(0)}0`, at(10)),
  );
  await lake.put(
    dms,
    '1.csv',
    `${header}I,103,"Lee, Kim",${at(11)},${at(11)}\nU,101,Smyth,${at(10)},${at(12)}\nD,102,,,${at(13)}\n`,
  );
  const results = await lake.compact(dms);
  await lake.put(dms, '0.csv', `${header}U,102,Johns,${at(10)},${at(12)}\n`);
  results.push(...(await lake.compact(dms)));
  expect(results.map(({ rowsQuarantined }) => rowsQuarantined)).toEqual(results.map(() => 0));
  expect(await lake.query(dms, "id || ' ' || name AS text", 'ORDER BY text')).toEqual([
    { text: '101 Smyth' },
    { text: '103 Lee, Kim' },
  ]);
});

test('Debezium: snapshot, create, update and delete, of which a deletion has only the image before', async () => {
  const debezium = testDataset({
    name: 'products',
    columns: [
      { name: 'op', type: 'string', notNull: true },
      {
        name: 'id',
        type: 'int',
        notNull: true,
        from: { firstOf: [{ path: ['after', 'id'] }, { path: ['before', 'id'] }] },
      },
      { name: 'name', type: 'string', notNull: true, from: { path: ['after', 'name'] } },
      { name: 'at', type: 'timestamp', notNull: true, from: 'ts_ms', format: { epoch: 'ms' } },
      { name: 'lsn', type: 'bigint', notNull: true, from: { path: ['source', 'lsn'] } },
    ],
    dedupe: { key: ['id'], keep: 'latest', by: 'lsn', deleted: { column: 'op', values: ['d'] } },
    input: { formats: ['ndjson'] },
  });
  const event = (op: string, id: number, lsn: number, name = 'x'): string => {
    const image = { id, name };
    const images = op === 'd' ? { before: { id }, after: null } : { before: null, after: image };
    return `${JSON.stringify({ ...images, source: { lsn }, op, ts_ms: Date.UTC(2026, 5, 15, 10) })}\n`;
  };
  await lake.put(debezium, 'a.json', event('r', 1, 1) + event('c', 2, 2) + event('u', 1, 3, 'y') + event('d', 2, 4));
  await lake.put(
    debezium,
    'b.json',
    `${JSON.stringify({ before: null, after: { id: 7 }, source: { lsn: 9 }, op: 'u', ts_ms: 1 })}\n`,
  );
  const [result] = await lake.compact(debezium);
  expect(result).toMatchObject({ rowsIn: 5, rowsOut: 1, superseded: 2, deletions: 1, rowsQuarantined: 1 });
  expect(await lake.query(debezium, 'id, name, lsn::INT AS lsn')).toEqual([{ id: 1, name: 'y', lsn: 3 }]);
});

test('in Parquet too a deletion needs nothing but key and order', async () => {
  const file = await lake.parquet(`SELECT * FROM (VALUES ('1', NULL::TIMESTAMP, 5::BIGINT, 'D', NULL::INT),
    ('2', TIMESTAMP '2026-06-15 10:00:00', 5, 'U', 1), ('3', NULL, 5, 'U', NULL)) t(id, "at", seq, op, n)`);
  await lake.put(dataset, 'a.json', row('1', 1, 10));
  await lake.compact(dataset);
  await lake.put(dataset, 'b.parquet', file);
  const [result] = await lake.compact(dataset);
  expect(result).toMatchObject({ rowsIn: 3, rowsOut: 1, rowsQuarantined: 1, deletions: 1, rowsReplaced: 1 });
  expect(await rows()).toEqual(['2 5 1']);
  expect((await lake.quarantined()).map(({ reason }) => reason)).toEqual([
    'at: null in a column that must have a value',
  ]);
});

test('the last row over partitions is found by the query of the guide', async () => {
  for (const [name, partition] of [
    ['a', 'year=2026/month=06/day=15'],
    ['b', 'year=2026/month=06/day=16'],
  ] as const) {
    await lake.put(dataset, `${name}.json`, row('1', name === 'a' ? 2 : 1, 10) + row(name, 1, 1), partition);
  }
  await lake.compact(dataset);
  const files = [...(await lake.files(dataset)), ...(await lake.files(dataset, 'year=2026/month=06/day=16'))];
  const sql =
    /```sql\n(SELECT \* FROM \([\s\S]+?WHERE place = 1)\n```/.exec(await readFile('docs/guide.md', 'utf8'))?.[1] ?? '';
  const own = sql.replace('order_id', 'id').replace('committed_at DESC, lsn DESC', 'seq DESC');
  const list = files.map((file) => `'${file}'`).join(', ');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const answer = await connection.runAndReadAll(
    `SELECT id, seq::INT AS seq FROM (${own.replace('FROM orders', `FROM read_parquet([${list}], union_by_name = true)`)}) ORDER BY id`,
  );
  expect(answer.getRowObjectsJson()).toEqual([
    { id: '1', seq: 2 },
    { id: 'a', seq: 1 },
    { id: 'b', seq: 1 },
  ]);
  connection.closeSync();
  instance.closeSync();
});

const deletion = (id: string, seq: number): string => `${JSON.stringify({ id, seq, op: 'D' })}\n`;

test('a deletion counts before any row that is equal in what decides, whatever its event time', async () => {
  await lake.put(dataset, 'a.json', row('1', 5, 10) + row('2', 1, 20));
  await lake.compact(dataset);
  await lake.put(dataset, 'b.json', deletion('1', 5));
  await lake.compact(dataset);
  expect(await rows()).toEqual(['2 1 20']);
});

test('deletions of one run are remembered beside those of the runs before', async () => {
  for (const [index, id] of ['1', '2', '3'].entries()) {
    await lake.put(dataset, `${index}.json`, deletion(id, 5));
    await lake.compact(dataset);
  }
  await lake.put(dataset, 'old.json', row('1', 4, 1) + row('2', 4, 2) + row('3', 4, 3) + row('4', 4, 4));
  await lake.compact(dataset);
  expect(await rows()).toEqual(['4 4 4']);
});

test.each([
  ['in one object', [row('1', 5, 10) + row('1', 5, 30) + row('1', 5, 20)]],
  ['the least first', [row('1', 5, 10), row('1', 5, 30), row('1', 5, 20)]],
  ['the greatest first', [row('1', 5, 30), row('1', 5, 20), row('1', 5, 10)]],
])('of rows that are equal in all that decides, their contents decide: %s', async (_, objects) => {
  for (const [index, object] of objects.entries()) {
    await lake.put(dataset, `${index}.json`, object);
    await lake.compact(dataset);
  }
  expect(await rows()).toEqual(['1 5 30']);
});
