import { UsageError } from '../../command-line';
import { parseEstimate } from '../../estimate/options';
import { bytesPerDayOf } from '../../estimate/units';
import { DEFAULT_WORKLOAD } from '../../estimate/workload';

const workload = (...args: string[]) => {
  const options = parseEstimate(args);
  if (options.kind !== 'estimate') throw new Error(`${options.kind}, not an estimate`);
  return options.workload;
};

test('without options, the defaults that the help names', () => {
  expect(workload()).toEqual(DEFAULT_WORKLOAD);
});

test.each([
  ['1KB', 1_000],
  ['1kb', 1_000],
  ['1PB', 1e15],
  ['0', 0],
  ['0B', 0],
  ['1.5 TB', 1.5e12],
  ['.5GB', 0.5e9],
  ['1,000MB', 1e9],
  ['  2 GiB ', 2 * 2 ** 30],
])('--per-day %j is %d bytes', (text, bytes) => {
  expect(workload('--per-day', text).bytesPerDay).toBe(bytes);
});

test.each([
  ['1min', 60],
  ['0.5h', 1_800],
  ['1 d', 86_400],
])('--every %j is %d seconds', (text, seconds) => {
  expect(workload('--every', text).everySeconds).toBe(seconds);
});

test.each([
  [['--freshness', '--iceberg'], { freshness: true, iceberg: true }],
  [['--keep', '2y'], { keptDays: 730 }],
  [['--query-range', '12h'], { queryDays: 0.5 }],
  [['--query-share', '5%'], { queryShare: 0.05 }],
  [['--query-share', '0.05'], { queryShare: 0.05 }],
  [['--queries', '0'], { queriesPerDay: 0 }],
  [['--queries', '0.1'], { queriesPerDay: 0.1 }],
  [['--queries', '1,000'], { queriesPerDay: 1_000 }],
  [
    ['--input', 'ZSTD', '--codec=zstd', '--scheme', 'hour'],
    { inputCodec: 'zstd', outputCodec: 'zstd', scheme: 'hour' },
  ],
])('%j', (args, expected) => {
  expect(workload(...args)).toEqual({ ...DEFAULT_WORKLOAD, ...expected });
});

test.each([
  ['--per-day=5', '"5" has no unit', 'write a size such as --per-day 10GB'],
  ['--per-day=ten GB', 'does not begin with a number', 'write a size such as --per-day 10GB'],
  ['--per-day=1,5GB', '"1,5GB" is not a number', 'write the decimals behind a point: --per-day 1.5GB'],
  ['--per-day=1.000.000MB', 'is not a number', 'write a size'],
  ['--per-day=-5GB', '"-5GB" is negative', 'write a size'],
  ['--per-day=1e3GB', 'there is no unit "e3GB" here', 'units are B, kB'],
  ['--per-day=5 parsecs', 'there is no unit "parsecs" here', 'units are B, kB'],
  ['--per-day=5GB/s', 'there is no unit "GB/s" here', 'units are B, kB'],
  ['--per-day=10Gb', '"10Gb" is in bits', 'write bytes: --per-day 10GB'],
  ['--per-day=11PB', 'is too much', 'write at most 10PB'],
  ['--per-day=NaN', 'does not begin with a number', 'write a size'],
  ['--per-day=Infinity', 'does not begin with a number', 'write a size'],
  ['--object-size=0', 'is too little', 'from 1B to 5TB'],
  ['--object-size=1d', 'there is no unit "d" here', 'units are B, kB'],
  ['--every=15', 'has no unit', 'write a time such as --every 15min'],
  ['--every=1s', 'is too little', 'from 1min to 1d'],
  ['--every=5GB', 'there is no unit "GB" here', 'units are s, min, h'],
  ['--keep=0d', 'is too little', 'from 1d'],
  ['--query-range=2y', 'longer than rows are kept, 365 days', 'a longer --keep'],
  ['--query-share=25', 'is too much', 'from 0% to 100%'],
  ['--query-share=101%', 'is too much', 'from 0% to 100%'],
  ['--queries=100/d', 'there is no unit "/d" here', 'without a unit'],
  ['--queries=-1', 'is negative', 'write a number'],
  ['--datasets=0', 'is too little', 'from 1 to 10,000'],
  ['--datasets=2.5', 'is not a whole number', 'write --datasets 3'],
  ['--codec=lz4', '"lz4" is none of its values', 'write one of snappy, zstd'],
  ['--scheme=week', 'is none of its values', 'write one of hour, day, dt, month'],
  ['--write', 'it belongs to --tables', '--tables --write'],
  ['--perday=1GB', 'there is no such option', 'write --per-day'],
  ['10GB', 'no argument belongs here', 'write the option'],
])('%s is refused', (arg, problem, fix) => {
  const refused = () => parseEstimate([arg]);
  expect(refused).toThrow(UsageError);
  expect(refused).toThrow(problem);
  expect(refused).toThrow(fix);
});

test('--tables stands alone', () => {
  expect(parseEstimate(['--tables', '--write'])).toEqual({ kind: 'tables', write: true });
  expect(() => parseEstimate(['--tables', '--per-day', '1GB'])).toThrow(
    '--per-day: it changes nothing beside --tables',
  );
});

test.each<[string, number]>([
  ['24GB/hour', 576e9],
  ['1TB/day', 1e12],
  ['7 GB per week', 1e9],
  ['730 GB / month', 24e9], // a month of 730 hours, as AWS bills it
  ['365 MB/y', 1e6],
  ['1.5 TiB/day', 1.5 * 1024 ** 4],
])('%s are %d bytes a day', (text, bytes) => {
  const bounds = { least: 0, most: Number.POSITIVE_INFINITY, words: '' };
  expect(bytesPerDayOf('--scale', text, bounds)).toBeCloseTo(bytes, -3);
});
