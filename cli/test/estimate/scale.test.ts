import { parseDataset } from '../../../lib/dataset';
import { DAYS_PER_MONTH, scanDollars } from '../../../lib/prices';
import { datasetByName } from '../../../test/fixtures/datasets';
import type { Figures } from '../../accounting';
import { type Measured, scaled } from '../../estimate/scale';
import { bytesPerDayOf } from '../../estimate/units';
import { parseOptions } from '../../options';
import { price } from '../../tables/pricing';

const bounds = { least: 1, most: 10e15, words: 'from 1 byte to 10PB a day' };
const perDay = (text: string): number => bytesPerDayOf('--scale', text, bounds);

test.each<[string, number]>([
  ['1TB/day', 1e12],
  ['500GB/day', 500e9],
  ['2.5TB/month', 2.5e12 / DAYS_PER_MONTH],
  [' 1 tb / D ', 1e12],
  ['1TB per day', 1e12],
  ['10 GiB/hour', 10 * 2 ** 30 * 24],
  ['7TB/week', 1e12],
  ['365GB/year', 1e9],
  ['1,000MB/day', 1e9],
])('%j is %d bytes a day', (text, bytes) => {
  expect(perDay(text)).toBeCloseTo(bytes, 0);
});

test.each<[string, RegExp]>([
  ['1TB', /does not say in which time.*1TB\/day/s],
  ['1TB/', /there is no time ""/],
  ['1TB/fortnight', /there is no time "fortnight".*hour, day, week, month, year/s],
  ['1/day', /has no unit/],
  ['TB/day', /does not begin with a number/],
  ['1Tb/day', /is in bits.*1TB/s],
  ['1,5TB/day', /decimals behind a point.*1\.5TB/s],
  ['-1TB/day', /is negative/],
  ['0TB/day', /too little/],
  ['11PB/day', /too much.*10PB a day/s],
  ['1TB/day/day', /there is no (?:time|unit)/],
  ['', /does not begin with a number/],
  ['lots', /does not begin with a number/],
])('%j is refused, with what to write', (text, message) => {
  expect(() => perDay(text)).toThrow(message);
  expect(() => parseOptions(['--scale', text], ['orders'])).toThrow(/--scale/);
});

test('without the option there is no scale, and with it what was written is kept', () => {
  expect(parseOptions([], ['orders'])).toMatchObject({ scale: undefined });
  expect(parseOptions(['--scale', '500GB/day'], ['orders'])).toMatchObject({
    scale: { given: '500GB/day', bytesPerDay: 500e9 },
  });
});

const figures: Figures = {
  ...{
    rowsIn: 1_000_000,
    rowsOut: 1_000_000,
    rowsQuarantined: 0,
    duplicates: 0,
    erased: 0,
    unaccounted: 0,
    objectsQuarantined: 0,
  },
  ...{ filesBefore: 200, filesAfter: 4, bytesBefore: 20_000_000, bytesAfter: 8_000_000 },
};
const cost = (bytes: number) => ({ bytes, files: 1, seconds: 1, dollars: price(bytes) });
const query = {
  title: 'q',
  sql: '',
  raw: cost(5_000_000),
  curated: cost(100_000),
  equal: true,
  conflictingKeys: 0,
  answer: [],
};
const days = (...names: readonly string[]) => names.map((partition) => ({ partition, ...figures }));
const logs = datasetByName('access_logs');
const measured: Measured = {
  total: figures,
  partitions: days('year=2026/month=06/day=15', 'year=2026/month=06/day=16'),
  queries: [query],
  inputCodec: 'gzip',
};
const at = (bytesPerDay: number, more: Partial<Measured> = {}, dataset = logs) =>
  scaled(dataset, { ...measured, ...more }, { given: 'so much', bytesPerDay });

test('everything that was measured is kept in proportion', () => {
  const large = at(1e12);
  // 10 MB a day were measured, so that a day at this scale is 100,000 of them.
  expect(large?.times).toBeCloseTo(100_000);
  expect(large?.day.rawBytes).toBe(1e12);
  expect(large?.day.curatedBytes).toBeCloseTo(0.4e12);
  expect(large?.day.objects).toBeCloseTo(1e12 / 100_000);
  expect(large?.day.rows).toBeCloseTo(1e12 / 20);
  expect(large?.queries[0]?.raw.bytes).toBeCloseTo(5e11);
  expect(large?.queries[0]?.curated.bytes).toBeCloseTo(1e10);
  expect(large?.queries[0]?.raw.dollars).toBeCloseTo(scanDollars(5e11));
  expect(large?.queriesOfMonth.raw).toBeCloseTo(scanDollars(5e11) * 10 * DAYS_PER_MONTH);
});

test('a query never costs less than the minimum of Athena', () => {
  expect(at(1e7)?.queries[0]?.curated).toEqual({ bytes: 100_000, dollars: scanDollars(10e6) });
});

test('the stored Parquet of the bill is that of the run, and not of another benchmark', () => {
  const storage = (more: Partial<Measured>): number =>
    at(1e12, more)?.month.parts.find(({ part }) => part === 'S3 storage')?.dollars ?? Number.NaN;
  const half = storage({ total: { ...figures, bytesAfter: figures.bytesAfter / 2 } });
  const raw = storage({ total: { ...figures, bytesAfter: 0 } });
  expect(half - raw).toBeCloseTo((storage({}) - raw) / 2, 6);
  expect(storage({})).toBeGreaterThan(half);
});

test('raw data of any compression is as much as was written', () => {
  for (const inputCodec of ['none', 'gzip', 'zstd'] as const) {
    const requests = at(1e12, { inputCodec })?.month.parts.find(({ part }) => part === "producers' PUTs");
    expect(requests?.of).toBe('304,166,667 objects'); // 10,000,000 a day
  }
});

test('twice the scale costs about twice as much, and the small parts stay', () => {
  const [one, two] = [at(1e12), at(2e12)].map((found) => found?.month.dollars ?? Number.NaN);
  expect((two ?? 0) / (one ?? 1)).toBeGreaterThan(1.9);
  expect((two ?? 0) / (one ?? 1)).toBeLessThanOrEqual(2);
});

test('days are counted once, whatever other keys partitions have; rows in no partition are no day', () => {
  const orders = datasetByName('orders');
  const partitions = days(
    'tenant=acme/year=2026/month=06/day=15',
    'tenant=globex/year=2026/month=06/day=15',
    'unplaced',
  );
  expect(at(1e12, { partitions }, orders)?.measuredDays).toBe(1);
  const hourly = parseDataset({
    ...{ name: 'hourly', description: 'x', eventTime: 'at', input: { formats: ['ndjson'] } },
    columns: [{ name: 'at', type: 'timestamp', notNull: true }],
    partition: { scheme: 'hour', from: '2026-01-01', to: '2026-12-31' },
  });
  const six = Array.from({ length: 6 }, (_, hour) => `year=2026/month=06/day=15/hour=0${hour}`);
  expect(at(1e12, { partitions: days(...six) }, hourly)?.measuredDays).toBe(0.25);
});

test('where objects are small, it says what larger ones save', () => {
  const [first] = at(1e12)?.savings ?? [];
  expect(first).toEqual({ change: 'raw objects of 1 MB', dollars: expect.any(Number) });
  expect(first?.dollars).toBeGreaterThan(1_000);
  expect(at(1e12, { total: { ...figures, filesBefore: 1, bytesBefore: 100e6 } })?.savings).toEqual([]);
});

test('of nothing there is no proportion', () => {
  expect(at(1e12, { total: { ...figures, bytesBefore: 0, filesBefore: 0 } })).toBeUndefined();
  expect(at(1e12, { partitions: days('unplaced') })).toBeUndefined();
});
