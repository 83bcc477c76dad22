/** Layouts of producers, through the shipped store and engine, in every format. */

import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { runTask } from '../../lambda/compaction/task/run-task';
import type { Dataset, DatasetDefinition } from '../../lib/dataset';
import { RealLake, testDataset } from './support/real-lake';
import { AMPLE } from './support/settings';

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
});
afterEach(async () => {
  await lake.close();
});

const columns: DatasetDefinition['columns'] = [
  // Not the last ones, so that a mistake in the order of columns shows.
  { name: 'account', type: 'string', notNull: true },
  { name: 'id', type: 'string', notNull: true },
  { name: 'shard', type: 'bigint', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'n', type: 'int' },
];
const LAYOUT = 'AWSLogs/{account}/s{shard}/{yyyy}/{MM}/{dd}/{HH}/';
const dataset = testDataset({ columns, input: { formats: ['ndjson', 'csv', 'parquet'], layout: LAYOUT } });
const distinct = testDataset({
  ...{ columns, input: { formats: ['ndjson', 'csv', 'parquet'], layout: LAYOUT } },
  dedupeKey: ['account', 'id'],
});

const put = (name: string, body: string | Buffer) => lake.store.put('raw', `raw/events/${name}`, Buffer.from(body));
const AT = '2026-06-15T10:00:00Z';
const json = (id: string, more: object = {}) => `${JSON.stringify({ id, at: AT, n: 1, ...more })}\n`;
const rows = (of: Dataset) =>
  lake.query(of, 'account, shard, id, n, "at"::VARCHAR AS "at"', 'ORDER BY id, account, shard');
const row = (account: string, shard: string, id: string, n: number | null = 1) => ({
  account,
  shard,
  id,
  n,
  at: '2026-06-15 10:00:00',
});
const place = (account: string, shard: number, hour = '10') => `AWSLogs/${account}/s${shard}/2026/06/15/${hour}/`;

test('columns from the path reach the rows of NDJSON, CSV and Parquet, over all places of a partition', async () => {
  await put(`${place('0111', 1)}a.json`, json('a'));
  await put(`${place('0111', 1, '11')}b.json.gz`, gzipSync(json('b')));
  await put(`${place('0222', -2)}c.csv`, `n,at,id\n,${AT},c\n`);
  await put(`${place('0333', 3)}no-ending`, json('d'));
  await put(
    `${place("it's", 9)}e.parquet`,
    await lake.parquet(`SELECT 'e' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 5 AS n`),
  );
  const [result, ...others] = await lake.compact(dataset);
  expect(others).toEqual([]);
  expect(result).toMatchObject({ rowsIn: 5, rowsOut: 5, rowsQuarantined: 0, objectsIn: 5, complete: true });
  expect(await rows(dataset)).toEqual([
    row('0111', '1', 'a'),
    row('0111', '1', 'b'),
    row('0222', '-2', 'c', null),
    row('0333', '3', 'd'),
    row("it's", '9', 'e', 5),
  ]);
  expect(await lake.keys('raw')).toEqual([]);
});

test('a member of the row with the name of such a column is an undeclared one: the path wins', async () => {
  const found: string[] = [];
  await put(`${place('0111', 1)}a.json`, json('a', { account: 'other', shard: 'text' }));
  await put(`${place('0111', 1)}b.csv`, `id,account,at\nb,other,${AT}\n`);
  await put(
    `${place('0111', 1)}c.parquet`,
    await lake.parquet(`SELECT 'c' AS id, 'other' AS account, TIMESTAMP '2026-06-15 10:00:00' AS at`),
  );
  await lake.compact(dataset, { onUnknownFields: (fields) => found.push(...fields.map(({ name }) => name)) });
  expect(await rows(dataset)).toEqual([
    row('0111', '1', 'a'),
    row('0111', '1', 'b', null),
    row('0111', '1', 'c', null),
  ]);
  expect(found.sort()).toEqual(['account', 'account', 'account', 'shard']);
});

test('rows are kept once by a key that the path is part of, across places, runs and formats', async () => {
  await put(`${place('1', 1)}a.json`, json('a') + json('a'));
  await put(`${place('1', 2)}b.json`, json('a', { at: '2026-06-15T10:00:01Z' }));
  await put(`${place('2', 1)}c.json`, json('a'));
  const [first] = await lake.compact(distinct);
  expect(first).toMatchObject({ rowsIn: 4, rowsOut: 2, duplicates: 2 });
  await put(`${place('2', 7)}d.parquet`, await lake.parquet(`SELECT 'a' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at`));
  await put(`${place('3', 7)}e.csv`, `id,at,n\na,${AT},1\n`);
  const [second] = await lake.compact(distinct);
  expect(second).toMatchObject({ rowsIn: 2, rowsOut: 1, duplicates: 1 });
  expect(await rows(distinct)).toEqual([row('1', '1', 'a'), row('2', '1', 'a'), row('3', '7', 'a')]);
});

test('what the gateway wrote in Hive folders has these columns in its rows, where they are checked', async () => {
  await put('year=2026/month=06/day=15/own.json', json('a', { account: '9', shard: 9 }) + json('b', { shard: 9 }));
  await put(`${place('1', 1)}p.json`, json('c'));
  const [result] = await lake.compact(dataset);
  expect(result).toMatchObject({ rowsIn: 3, rowsOut: 2, rowsQuarantined: 1 });
  expect(await rows(dataset)).toEqual([row('9', '9', 'a'), row('1', '1', 'c')]);
});

test('an object too large for memory is streamed, and has its columns too', async () => {
  const lines: string[] = [];
  // Random text, so that gzip leaves more than the size from which objects are streamed.
  for (let i = 0; i < 60_000; i++) {
    lines.push(json(createHash('sha512').update(`${i}`).digest('base64') + i, { n: i }));
  }
  const body = gzipSync(lines.join(''));
  expect(body.length).toBeGreaterThan(4 * 1024 * 1024);
  await put(`${place('big', 1)}large.json.gz`, body);
  await put(`${place('small', 2)}small.json`, json('small'));
  const [result] = await lake.compact(dataset);
  expect(result).toMatchObject({ rowsIn: 60_001, rowsOut: 60_001 });
  expect(await lake.query(dataset, 'account, shard, count(*)::INT AS n', 'GROUP BY ALL ORDER BY ALL')).toEqual([
    { account: 'big', shard: '1', n: 60_000 },
    { account: 'small', shard: '2', n: 1 },
  ]);
});

test('more places than files are kept open, in several transactions and workers: every row has its own', async () => {
  const accounts = Array.from({ length: 230 }, (_, index) => `a${index}`);
  for (const account of accounts) {
    await put(`${place(account, 1)}x.json`, json(`x-${account}`));
    await put(`${place(account, 2)}y.json`, json(`y-${account}`));
  }
  const results = await lake.compact(dataset);
  expect(results.length).toBeGreaterThan(1);
  expect(results.reduce((sum, { rowsOut }) => sum + rowsOut, 0)).toBe(460);
  const wrong = "count(*) FILTER (id <> CASE shard WHEN 1 THEN 'x-' ELSE 'y-' END || account)::INT AS wrong";
  expect(await lake.query(dataset, `count(*)::INT AS n, count(DISTINCT account)::INT AS accounts, ${wrong}`)).toEqual([
    { n: 460, accounts: 230, wrong: 0 },
  ]);
});

test('a transaction that takes only part of its places goes on where it ended', async () => {
  for (const [index, account] of ['a', 'b', 'c', 'd'].entries()) {
    await put(`${place(account, 1)}x.json`, json(`${index}`).repeat(40));
    await put(`${place(account, 1)}y.json`, json(`${index}`).repeat(40));
  }
  const partition = 'year=2026/month=06/day=15';
  const ranges = ['a', 'b', 'c', 'd'].map((account) => ({ prefix: `raw/events/${place(account, 1)}` }));
  const task = { kind: 'compact' as const, dataset: 'events', partition, ranges };
  // Less than the planner had: each transaction takes one object.
  const settings = { ...AMPLE, maxLocalBytes: 3_000 };
  const result = await runTask(lake.lake(), { dataset, partition }, task, await lake.converter(), settings);
  expect(result).toMatchObject({ objectsIn: 8, rowsOut: 320, filesOut: 8, complete: true });
  expect(await lake.query(dataset, 'account, count(*)::INT AS n', 'GROUP BY ALL ORDER BY ALL')).toEqual(
    ['a', 'b', 'c', 'd'].map((account) => ({ account, n: 80 })),
  );
  expect(await lake.keys('raw')).toEqual([]);
});

test('a task takes nothing of other partitions, wherever its ranges reach', async () => {
  await put(`${place('1', 1)}a.json`, json('a'));
  await put('AWSLogs/1/s1/2026/06/16/10/b.json', json('b', { at: '2026-06-16T10:00:00Z' }));
  const partition = 'year=2026/month=06/day=15';
  const task = { kind: 'compact' as const, dataset: 'events', partition, ranges: [{ prefix: 'raw/events/' }] };
  const result = await runTask(lake.lake(), { dataset, partition }, task, await lake.converter(), AMPLE);
  expect(result).toMatchObject({ rowsOut: 1, complete: true });
  expect(await lake.keys('raw')).toEqual(['raw/events/AWSLogs/1/s1/2026/06/16/10/b.json']);
});

test('months are one partition each, from hours of producers', async () => {
  const month = testDataset({
    partition: { scheme: 'month', from: '2026-01-01', to: '2026-12-31' },
    input: { formats: ['ndjson'], layout: '{yyyy}/{MM}/{dd}/{HH}/' },
  });
  await put('2026/06/01/00/a', json('a', { at: '2026-06-01T00:00:00Z' }));
  await put('2026/06/30/23/b', json('b', { at: '2026-06-30T23:59:59Z' }));
  await put('2026/07/01/00/c', json('c', { at: '2026-07-01T00:00:00Z' }));
  const results = await lake.compact(month);
  expect(
    results.map(({ partition, rowsOut, rowsOutsidePartition }) => [partition, rowsOut, rowsOutsidePartition]),
  ).toEqual([
    ['year=2026/month=06', 2, 0],
    ['year=2026/month=07', 1, 0],
  ]);
  expect(await lake.query(month, 'id', 'ORDER BY id', 'year=2026/month=06')).toEqual([{ id: 'a' }, { id: 'b' }]);
});
