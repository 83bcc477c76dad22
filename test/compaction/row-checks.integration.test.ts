/** Rows that fail checks: what is stored, what is in quarantine and with which place and reason, and what is counted. */
import { gzipSync } from 'node:zlib';
import { ChecksFailedError } from '../../lambda/compaction/protocol/checks-failed';
import type { DatasetDefinition } from '../../lib/dataset';
import { rawPrefix } from '../../lib/dataset';
import { PARTITION, RealLake, testDataset } from './support/real-lake';

jest.setTimeout(120_000);

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
});
afterEach(() => lake.close());

const AT = '2026-06-15T10:00:00Z';
const COLUMNS: DatasetDefinition['columns'] = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'n', type: 'int' },
];
const N: DatasetDefinition['checks'] = [{ column: 'n', min: 0, max: 99, onFail: 'quarantine' }];

const row = (id: string, n: number | null): string => JSON.stringify({ id, at: AT, n });
const REASON = 'check n_range: expected n from 0 to 99';

test('rows that fail are in quarantine with the name of the check, their object and their line; the others are stored', async () => {
  const dataset = testDataset({ columns: COLUMNS, checks: N });
  await lake.put(
    dataset,
    'a.json',
    `${row('a', 1)}\n\n${row('b', -1)}\nnot json\n${row('c', null)}\n${row('d', 100)}\n`,
  );
  await lake.put(dataset, 'b.json.gz', gzipSync(`[${row('e', 5)},\n ${row('f', -5)}, ${row('g', 7)}]\n`));
  await lake.put(dataset, 'c.csv', `id,at,n\r\nh,${AT},8\r\n"i ",${AT},-8\r\n\r\nj,${AT},\r\n`);
  const [result] = await lake.compact(dataset);
  expect(await lake.ids(dataset)).toEqual(['a', 'c', 'e', 'g', 'h', 'j']);
  expect(result).toMatchObject({
    rowsIn: 11,
    rowsOut: 6,
    rowsQuarantined: 5,
    rowsFailed: 4,
    rowsWarned: 0,
    failedChecks: { n_range: 4 },
  });
  const entries = (await lake.quarantined()).map((entry) => [
    entry.source_key.split('/').at(-1),
    entry.line,
    entry.raw,
    entry.reason.startsWith('check') ? entry.reason : 'other',
  ]);
  expect(entries.sort()).toEqual([
    ['a.json', 3, row('b', -1), REASON],
    ['a.json', 4, 'not json', 'other'],
    ['a.json', 6, row('d', 100), REASON],
    ['b.json.gz', 2, row('f', -5), REASON],
    ['c.csv', 3, `"i ",${AT},-8`, REASON],
  ]);
});

test('rows of Parquet, of large objects and of paths that give columns have their places too', async () => {
  const dataset = testDataset({
    columns: [...COLUMNS, { name: 'region', type: 'string' }],
    input: { formats: ['ndjson', 'parquet'], layout: '{region}/{yyyy}/{MM}/{dd}/' },
    checks: [...N, { column: 'region', notIn: ['moon'], onFail: 'quarantine' }],
  });
  const prefix = rawPrefix(dataset.name);
  const put = (key: string, body: Buffer) => lake.store.put('raw', `${prefix}${key}`, body);
  const parquet = await lake.parquet(
    `SELECT 'p' || i AS id, TIMESTAMP '${AT}' AS at, (i * 50)::INTEGER AS n FROM range(4) t(i)`,
  );
  await put('eu/2026/06/15/p.parquet', parquet);
  await put('moon/2026/06/15/q.json', Buffer.from(`${row('q', 1)}\n${row('r', -1)}\n`));
  const long = Array.from({ length: 60_000 }, (_, i) =>
    JSON.stringify({ id: `l${i}`, at: AT, n: i === 40_000 ? 100 : i % 100, x: 'x'.repeat(100) }),
  );
  await put('eu/2026/06/15/long.json', Buffer.from(`${long.join('\n')}\n`));
  const [result] = await lake.compact(dataset);
  expect(result).toMatchObject({ rowsIn: 60_006, rowsQuarantined: 5, failedChecks: { n_range: 4, region_not_in: 2 } });
  expect(await lake.ids(dataset)).toHaveLength(60_001);
  const moon = 'check region_not_in: expected region not in "moon"';
  expect(
    (await lake.quarantined()).map(({ source_key, line, reason }) => [source_key.split('/').at(-1), line, reason]),
  ).toEqual([
    ['long.json', 40_001, REASON],
    ['p.parquet', 3, REASON],
    ['p.parquet', 4, REASON],
    ['q.json', 1, moon],
    ['q.json', 2, `${REASON}; ${moon}`],
  ]);
});

test('a check that warns only counts, duplicates included, and no row that is in quarantine', async () => {
  const dataset = testDataset({
    columns: COLUMNS,
    dedupeKey: ['id'],
    checks: [
      { name: 'small', column: 'n', max: 9 },
      { column: 'n', min: 0, max: 99, onFail: 'quarantine' },
    ],
  });
  await lake.put(
    dataset,
    'a.json',
    `${row('a', 10)}\n${row('a', 10)}\n${row('b', 100)}\n${row('c', 1)}\n${row('d', null)}\n`,
  );
  const [result] = await lake.compact(dataset);
  expect(result).toMatchObject({
    rowsIn: 5,
    rowsOut: 3,
    duplicates: 1,
    rowsQuarantined: 1,
    rowsWarned: 2,
    rowsFailed: 1,
  });
  expect(result?.failedChecks).toEqual({ small: 3, n_range: 1 });
});

test('a check that fails the commit commits nothing, says why, and leaves the objects and other partitions alone', async () => {
  const dataset = testDataset({ columns: COLUMNS, checks: [{ column: 'n', min: 0, onFail: 'fail' }] });
  await lake.put(dataset, 'a.json', `${row('a', 1)}\n`);
  await lake.put(dataset, 'b.json', `${row('b', 1)}\n${row('c', -1)}\n${row('d', -1)}\n`);
  const failed = await lake.compact(dataset).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ChecksFailedError);
  expect(failed).toMatchObject({
    failedChecks: { n_range: 2 },
    rows: 2,
    message:
      'nothing of events was committed: 2 rows fail n_range, which expects n from 0 on (2 rows). For example line 2 of ' +
      `${rawPrefix(dataset.name, PARTITION)}b.json: check n_range: expected n from 0 on. The raw objects stay where they are`,
  });
  expect(await lake.keys('raw')).toHaveLength(2);
  expect(await lake.keys('quarantine')).toEqual([]);
  expect(await lake.files(dataset)).toEqual([]);
});

describe('where too many rows fail', () => {
  const dataset = testDataset({ columns: COLUMNS, checks: N });

  test('batches are smaller, and every row is in quarantine all the same', async () => {
    for (let i = 0; i < 9; i++)
      await lake.put(dataset, `${i}.json`, `${row(`a${i}`, -1)}\n${row(`b${i}`, 100)}\n${row(`c${i}`, i)}\n`);
    const [result] = await lake.compact(dataset, { maxFailingRows: 5 });
    expect(result).toMatchObject({ rowsIn: 27, rowsOut: 9, rowsQuarantined: 18, complete: true });
    expect(await lake.quarantined()).toHaveLength(18);
    expect(await lake.keys('raw')).toEqual([]);
  });

  test('an object with too many is in quarantine as a whole, and those around it are compacted', async () => {
    await lake.put(dataset, 'a.json', `${row('a', 1)}\n${row('b', -1)}\n`);
    await lake.put(dataset, 'b.json', Array.from({ length: 7 }, (_, i) => `${row(`x${i}`, -i)}\n`).join(''));
    await lake.put(dataset, 'c.json', `${row('c', 1)}\n`);
    const [result] = await lake.compact(dataset, { maxFailingRows: 5 });
    expect(result).toMatchObject({ rowsIn: 3, rowsOut: 2, rowsQuarantined: 1, objectsIn: 3, objectsQuarantined: 1 });
    expect((await lake.quarantined()).map(({ line, reason }) => [line, reason])).toEqual([
      [2, REASON],
      [null, `more than 5 rows fail, 6 of them check n_range: expected n from 0 to 99`],
    ]);
  });
});

test('an object that is rewritten between the two looks at it is left for the next run, and the others are compacted', async () => {
  const dataset = testDataset({ columns: COLUMNS, checks: N });
  await lake.put(dataset, 'a.json', `${row('a', 1)}\n${row('b', -1)}\n`);
  await lake.put(dataset, 'b.json', `${row('c', 1)}\n${row('d', -1)}\n`);
  await lake.put(dataset, 'c.json', `${row('e', 1)}\n`);
  let reads = 0;
  lake.refuse = (bucket, key) =>
    bucket === 'raw' && key.endsWith('a.json') && ++reads === 2
      ? { status: 412, code: 'PreconditionFailed' }
      : undefined;
  const [first] = await lake.compact(dataset);
  expect(first).toMatchObject({ rowsIn: 3, rowsOut: 2, rowsQuarantined: 1, objectsIn: 2, complete: true });
  expect((await lake.keys('raw')).map((key) => key.split('/').at(-1))).toEqual(['a.json']);
  const [second] = await lake.compact(dataset);
  expect(second).toMatchObject({ rowsIn: 2, rowsOut: 1, rowsQuarantined: 1 });
  expect(await lake.ids(dataset)).toEqual(['a', 'c', 'e']);
});

describe('checks in SQL', () => {
  test('null passes, false fails, and an error fails as well', async () => {
    const sql = 'CAST(id AS INTEGER) < n';
    const dataset = testDataset({ columns: COLUMNS, checks: [{ name: 'below', sql, onFail: 'quarantine' }] });
    await lake.put(
      dataset,
      'a.json',
      `${row('1', 2)}\n${row('2', 2)}\n${row('x', 2)}\n${row('3', null)}\n${row('4', 5)}\n`,
    );
    const [result] = await lake.compact(dataset);
    expect(result).toMatchObject({ rowsIn: 5, rowsOut: 3, failedChecks: { below: 2 } });
    expect(await lake.ids(dataset)).toEqual(['1', '3', '4']);
    expect((await lake.quarantined()).map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'check below: expected CAST(id AS INTEGER) < n'],
      [3, 'check below: expected CAST(id AS INTEGER) < n'],
    ]);
  });

  test('one that is none fails the task before anything is read', async () => {
    const dataset = testDataset({ columns: COLUMNS, checks: [{ name: 'now', sql: '"at" < now()' }] });
    await lake.put(dataset, 'a.json', `${row('1', 2)}\n`);
    const reads: string[] = [];
    lake.refuse = (bucket) => void reads.push(bucket);
    await expect(lake.compact(dataset)).rejects.toThrow('Check now of dataset events: uses now, which depends on more');
    expect(reads).not.toContain('raw');
  });
});

describe('rows that should be unique', () => {
  const unique = (onFail: 'warn' | 'fail', more: Partial<DatasetDefinition> = {}) =>
    testDataset({ columns: COLUMNS, checks: [{ unique: ['n', 'id'], onFail }], ...more });

  test('are counted in the commit and against the files of the partition; nulls are no values', async () => {
    const dataset = unique('warn');
    await lake.put(
      dataset,
      'a.json',
      `${row('a', 1)}\n${row('a', 1)}\n${row('a', 1)}\n${row('a', 2)}\n${row('b', null)}\n${row('b', null)}\n`,
    );
    const [first] = await lake.compact(dataset);
    expect(first).toMatchObject({ rowsOut: 6, rowsWarned: 2, failedChecks: { n_id_unique: 2 } });
    await lake.put(dataset, 'b.json', `${row('a', 2)}\n${row('c', 1)}\n${row('c', 1)}\n${row('b', null)}\n`);
    const [second] = await lake.compact(dataset);
    expect(second).toMatchObject({ rowsOut: 4, rowsWarned: 2, failedChecks: { n_id_unique: 2 } });
    const [merged] = await lake.compact(dataset);
    expect(merged).toBeUndefined();
    expect(await lake.ids(dataset)).toHaveLength(10);
  });

  test('fail the commit; in another partition the same values are no repetition', async () => {
    const dataset = unique('fail');
    await lake.put(dataset, 'a.json', `${row('a', 1)}\n`);
    await lake.compact(dataset);
    await lake.put(dataset, 'a.json', `${row('a', 1)}\n`, 'year=2026/month=06/day=16');
    const [other] = await lake.compact(dataset);
    expect(other).toMatchObject({ rowsOut: 1, failedChecks: {} });
    await lake.put(dataset, 'b.json', `${row('a', 1)}\n${row('b', 1)}\n`);
    await expect(lake.compact(dataset)).rejects.toThrow(
      'nothing of events was committed: 1 row fails n_id_unique, which expects n, id to be unique in the partition (1 row)',
    );
    expect(await lake.ids(dataset)).toEqual(['a']);
    expect(await lake.keys('raw')).toHaveLength(1);
  });

  test('are what is left once duplicates are dropped', async () => {
    const dataset = unique('warn', { dedupeKey: ['id'], checks: [{ unique: ['n'] }] });
    await lake.put(dataset, 'a.json', `${row('a', 1)}\n${row('a', 1)}\n${row('b', 1)}\n`);
    const [result] = await lake.compact(dataset);
    expect(result).toMatchObject({ rowsOut: 2, duplicates: 1, rowsWarned: 1, failedChecks: { n_unique: 1 } });
  });
});
