/** Footers of Parquet files: what is read of them, and what they tell. */
import { readFooter } from '../../lambda/iceberg/footer';
import { bound, tableShape } from '../../lib/iceberg';
import { COLUMNS, testDataset } from '../compaction/support/test-dataset';
import { IcebergLake } from './lake';

const PARTITION = 'year=2026/month=06/day=15';
const KIB = 1024;

let world: IcebergLake;
beforeAll(() => {
  world = new IcebergLake();
});
afterAll(() => world.close());
afterEach(() => {
  jest.restoreAllMocks();
});

async function footerOf(query: string, columns: readonly [name: string, type: string][] = [], options = '') {
  const dataset = testDataset({
    columns: [...COLUMNS, ...columns.map(([name, type]) => ({ name, type }))],
    input: { formats: ['ndjson'] },
  });
  const shape = tableShape(dataset);
  const body = await world.parquet(query, options);
  const key = await world.put(dataset, PARTITION, body);
  const etag = (await world.store.get('curated', key))?.etag as string;
  const getRange = jest.spyOn(world.store, 'getRange').mockClear();
  const object = { key, etag, size: body.length, lastModified: new Date(0) };
  const { metrics } = await readFooter(world.store, 'curated', object, shape);
  const id = (path: string): number => shape.leaves.get(path)?.id as number;
  const of = (list: readonly { readonly key: number; readonly value: unknown }[], path: string): unknown =>
    list.find((own) => own.key === id(path))?.value;
  return {
    metrics,
    size: body.length,
    ranges: getRange.mock.calls.map(([, , , range]) => range),
    conditions: getRange.mock.calls.map(([bucket, own, tag]) => [bucket, own === key, tag === etag]),
    bounds: (path: string) => [of(metrics.lower_bounds, path), of(metrics.upper_bounds, path)],
    nulls: (path: string) => of(metrics.null_value_counts, path),
    values: (path: string) => of(metrics.value_counts, path),
    bytes: (path: string) => of(metrics.column_sizes, path),
  };
}
const row = (more: string): string =>
  `SELECT 'a' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 1::INTEGER AS n, ${more}`;
const both = (type: string, least: bigint | number | boolean | Buffer, greatest = least) => [
  bound(type, least, 'lower'),
  bound(type, greatest, 'upper'),
];

test.each<[string, string, string, readonly unknown[]]>([
  ['boolean', 'boolean', `unnest([true, false])`, both('boolean', false, true)],
  ['tinyint', 'tinyint', `unnest([-3, 7])::TINYINT`, both('int', -3, 7)],
  ['int', 'int', `unnest([5, -70000])::INTEGER`, both('int', -70_000, 5)],
  ['bigint', 'bigint', `unnest([9007199254740993, -1])::BIGINT`, both('long', -1n, 9_007_199_254_740_993n)],
  ['date', 'date', `unnest([DATE '1970-01-02', DATE '1969-12-31'])`, both('date', -1, 1)],
  ['timestamp of microseconds', 'timestamp', `TIMESTAMP '1970-01-01 00:00:00.000001'`, both('timestamp', 1n)],
  ['timestamp of milliseconds', 'timestamp', `TIMESTAMP_MS '1970-01-01 00:00:00.002'`, both('timestamp', 2_000n)],
  ['string', 'string', `unnest(['b', 'ä', 'a'])`, both('string', Buffer.from('a'), Buffer.from('ä'))],
  ['decimal(15,2)', 'decimal(15,2)', `-1234567890123.45::DECIMAL(15,2)`, both('decimal(15, 2)', -123_456_789_012_345n)],
  ['decimal(9,0)', 'decimal(9,0)', `42::DECIMAL(9,0)`, both('decimal(9, 0)', 42n)],
  ['decimal of more digits than are exact', 'decimal(16,2)', `1.5::DECIMAL(16,2)`, [undefined, undefined]],
  ['double', 'double', '1.5::DOUBLE', [undefined, undefined]],
  ['list', 'array<int>', '[1]', [undefined, undefined]],
])('bounds of a %s', async (name, type, value, wanted) => {
  const { bounds } = await footerOf(row(`${value} AS x`), [['x', type]]);
  expect(bounds(name === 'list' ? 'x.list.element' : 'x')).toEqual(wanted);
});

const GROUPS = 'ROW_GROUP_SIZE 2048';
/** Three row groups, of which the one in the middle has the least and the greatest value. */
const MIDDLE = `CASE WHEN i // 2048 = 1 THEN (i % 2) * 18000 - 9000 ELSE i END`;
const groups = (value: string): string =>
  `SELECT 'a' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 1::INTEGER AS n, ${value} AS x FROM range(6144) t(i)`;

test('bounds are those of all row groups, whatever their order', async () => {
  const { bounds } = await footerOf(groups(`(${MIDDLE})::INTEGER`), [['x', 'int']], GROUPS);
  expect(bounds('x')).toEqual(both('int', -9_000, 9_000));
  const texts = await footerOf(
    groups(`CASE WHEN i // 2048 = 1 THEN chr(97 + 20 * (i % 2)::INT) ELSE 'm' END`),
    [['x', 'string']],
    GROUPS,
  );
  expect(texts.bounds('x')).toEqual(both('string', Buffer.from('a'), Buffer.from('u')));
});

test('a row group of nothing but nulls has no bounds, and takes none from the others', async () => {
  const { bounds, nulls, values } = await footerOf(
    groups('CASE WHEN i // 2048 = 1 THEN NULL ELSE i END::INTEGER'),
    [['x', 'int']],
    GROUPS,
  );
  expect(bounds('x')).toEqual(both('int', 0, 6_143));
  expect([nulls('x'), values('x')]).toEqual([2_048, 6_144]);
});

test('sizes are those of the compressed columns, added up', async () => {
  const { metrics, bytes, size } = await footerOf(groups('i::BIGINT'), [['x', 'bigint']], GROUPS);
  expect(bytes('x')).toBeGreaterThan(1_000);
  const total = metrics.column_sizes.reduce((sum, { value }) => sum + value, 0);
  expect(total).toBeLessThan(size);
  expect(total).toBeGreaterThan(size * 0.5);
  expect(metrics.record_count).toBe(6_144);
  expect(metrics.column_sizes.map(({ key }) => key)).toEqual([1, 2, 3, 4]);
});

test('metrics are in the order of ids, whatever the order of the columns', async () => {
  const { metrics } = await footerOf(`SELECT 1::INTEGER AS n, TIMESTAMP '2026-06-15 10:00:00' AS at, 'a' AS id`);
  for (const list of [metrics.column_sizes, metrics.value_counts, metrics.lower_bounds, metrics.upper_bounds]) {
    expect(list.map(({ key }) => key)).toEqual([1, 2, 3]);
  }
});

test('a column that the table has not is left out', async () => {
  const { metrics } = await footerOf(row('1 AS other, 2 AS n2'));
  expect(metrics.value_counts.map(({ key }) => key)).toEqual([1, 2, 3]);
});

describe('the end of a file is read', () => {
  const last = (count: number, size: number) => ({ start: size - count, end: size - 1 });
  /** Texts that hardly get smaller. */
  const random = (bytes: number, columns = 1): string =>
    `SELECT 'a' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 1::INTEGER AS n, ${Array.from(
      { length: columns },
      (_, index) => `md5((i * ${columns} + ${index})::VARCHAR) AS x${index}`,
    ).join(', ')} FROM range(${Math.ceil(bytes / 32 / columns)}) t(i)`;

  test('8 KiB of a file of few columns, in one request, of the version that is meant', async () => {
    const { ranges, size, conditions } = await footerOf(random(300 * KIB));
    expect(size).toBeGreaterThan(8 * KIB);
    expect(ranges).toEqual([last(8 * KIB, size)]);
    expect(conditions).toEqual([['curated', true, true]]);
  });

  test('a file that is smaller, as a whole', async () => {
    const { ranges, size } = await footerOf(row('1 AS x'));
    expect(ranges).toEqual([{ start: 0, end: size - 1 }]);
  });

  test('more of a file of many columns: 300 bytes for each, in each 4 MiB of the file', async () => {
    const names = Array.from({ length: 40 }, (_, index): [string, string] => [`x${index}`, 'string']);
    const small = await footerOf(random(300 * KIB, 40), names);
    expect(small.ranges[0]).toEqual(last(43 * 300, small.size));
    const large = await footerOf(random(5 * KIB * KIB, 40), names, 'COMPRESSION uncompressed');
    expect(large.size).toBeGreaterThan(4 * KIB * KIB);
    expect(large.size).toBeLessThan(8 * KIB * KIB);
    expect(large.ranges[0]).toEqual(last(2 * 43 * 300, large.size));
  });

  test('64 KiB at most', async () => {
    const names = Array.from({ length: 300 }, (_, index): [string, string] => [`x${index}`, 'string']);
    const { ranges, size } = await footerOf(random(600 * KIB, 300), names);
    expect(ranges[0]).toEqual(last(64 * KIB, size));
  });
});

test('what is no Parquet file is an error', async () => {
  const dataset = testDataset();
  const key = await world.put(dataset, PARTITION, Buffer.alloc(10_000, 'x'));
  const etag = (await world.store.get('curated', key))?.etag as string;
  const object = { key, etag, size: 10_000, lastModified: new Date(0) };
  await expect(readFooter(world.store, 'curated', object, tableShape(dataset))).rejects.toThrow();
});
