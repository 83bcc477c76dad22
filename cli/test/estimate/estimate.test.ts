import * as fc from 'fast-check';
import { PRICES } from '../../../lib/prices';
import { billOf, totalOf } from '../../estimate/bill';
import { resultOf, run } from '../../estimate/estimate';
import { figuresOf } from '../../estimate/figures';
import { DEFAULT_WORKLOAD, type Workload } from '../../estimate/workload';
import { Terminal } from '../../terminal';

const workloads: fc.Arbitrary<Workload> = fc.record({
  bytesPerDay: fc.constantFrom(0, 1, 1e3, 1e6, 1e9, 3.3e11, 1e12, 1e15),
  objectBytes: fc.constantFrom(1, 200, 10e3, 1e6, 128e6, 5e12),
  inputCodec: fc.constantFrom('none', 'gzip', 'zstd'),
  outputCodec: fc.constantFrom('snappy', 'zstd'),
  datasets: fc.constantFrom(1, 3, 1_000),
  partitions: fc.constantFrom(1, 7, 1_000),
  scheme: fc.constantFrom('hour', 'day', 'dt', 'month'),
  everySeconds: fc.constantFrom(60, 900, 86_400),
  keptDays: fc.constantFrom(1, 365),
  queriesPerDay: fc.constantFrom(0, 0.1, 1e6),
  queryDays: fc.constantFrom(0.01, 1),
  queryShare: fc.constantFrom(0, 0.25, 1),
  freshness: fc.boolean(),
  iceberg: fc.boolean(),
  ingest: fc.boolean(),
});

const total = (workload: Workload): number => totalOf(billOf(workload, figuresOf(workload)));

test('every figure of every workload is finite and not negative, and the same twice', () => {
  fc.assert(
    fc.property(workloads, (workload) => {
      const { perDay, month } = resultOf(workload);
      const figures = [...Object.values(perDay), month.dollars, ...month.parts.map(({ dollars }) => dollars)];
      for (const figure of figures) expect(figure).toBeGreaterThanOrEqual(0);
      expect(figures.every(Number.isFinite)).toBe(true);
      expect(month.dollars).toBeCloseTo(
        month.parts.reduce((sum, { dollars }) => sum + dollars, 0),
        6,
      );
      expect(resultOf(workload)).toEqual(resultOf(workload));
    }),
    { numRuns: 60 },
  );
});

test('longer retention, more queries and the ingest tier cost more; more data and smaller objects, more PUTs', () => {
  const puts = (workload: Workload): number =>
    billOf(workload, figuresOf(workload)).find(({ part }) => part === "producers' PUTs")?.dollars ?? Number.NaN;
  fc.assert(
    fc.property(workloads, (workload) => {
      const changed = (change: Partial<Workload>): Workload => ({ ...workload, ...change });
      expect(total(changed({ keptDays: workload.keptDays + 1 }))).toBeGreaterThanOrEqual(total(workload));
      expect(total(changed({ queriesPerDay: workload.queriesPerDay + 10 }))).toBeGreaterThan(total(workload));
      expect(total(changed({ ingest: true }))).toBeGreaterThanOrEqual(total(workload));
      expect(puts(changed({ bytesPerDay: workload.bytesPerDay * 10 }))).toBeGreaterThanOrEqual(puts(workload));
      expect(puts(changed({ objectBytes: workload.objectBytes / 2 }))).toBeGreaterThanOrEqual(puts(workload));
    }),
    { numRuns: 40 },
  );
});

test('the arithmetic of a day, by hand', () => {
  const workload = {
    ...DEFAULT_WORKLOAD,
    bytesPerDay: 1e12,
    objectBytes: 100e3,
    inputCodec: 'none',
    datasets: 1,
  } as const;
  const figures = figuresOf(workload);
  expect(figures).toMatchObject({ objects: 1e7, rawBytes: 1e12, runs: 96, busyRuns: 96 });
  // 104,167 objects a run, 20,000 a task: six tasks a run, and the maintenance of a day.
  expect(figures.tasks).toBe(96 * 6 + 1);
  const parts = Object.fromEntries(billOf(workload, figures).map(({ part, dollars }) => [part, dollars]));
  const days = 730 / 24;
  expect(parts["producers' PUTs"]).toBeCloseTo(1e7 * days * PRICES.s3Write.usd, 6);
  // 111 GB of the dataset a day, of which a query reads a quarter.
  expect(figures.queryBytes).toBeCloseTo((1e12 / 7.5) * 0.25, -6);
  expect(parts.Athena).toBeCloseTo(100 * days * (figures.queryBytes / 1e12) * 5, 6);
});

test('freshness and Iceberg tables add metrics and alarms of each dataset', () => {
  const workload = { ...DEFAULT_WORKLOAD, datasets: 7 };
  const pair = 7 * 2 * (PRICES.metric.usd + PRICES.alarm.usd);
  expect(total({ ...workload, freshness: true }) - total(workload)).toBeCloseTo(pair, 6);
  expect(total({ ...workload, freshness: true, iceberg: true }) - total(workload)).toBeCloseTo(2 * pair, 6);
});

test('a query of little data is billed for the minimum, and none for nothing', () => {
  const athena = (workload: Workload): number | undefined =>
    billOf(workload, figuresOf(workload)).find(({ part }) => part === 'Athena')?.dollars;
  const little = { ...DEFAULT_WORKLOAD, bytesPerDay: 1_000 };
  expect(athena(little)).toBeCloseTo(((100 * 730) / 24 / 1e5) * 5, 6);
  expect(athena({ ...little, queriesPerDay: 0 })).toBe(0);
});

test('names the limits that a workload reaches, and none below them', () => {
  expect(resultOf(DEFAULT_WORKLOAD).limits).toEqual([]);
  const limits = (change: Partial<Workload>): string => resultOf({ ...DEFAULT_WORKLOAD, ...change }).limits.join('\n');
  expect(limits({ bytesPerDay: 1e15, objectBytes: 10e3 })).toMatch(
    /put 38,580 objects a second into one partition; S3 takes 3,500[\s\S]*A plan would take 10 min [\s\S]*Set compaction\.maxConcurrency to/,
  );
  expect(limits({ bytesPerDay: 1e15, objectBytes: 10e6, partitions: 1_000 })).toMatch(
    /^Set compaction\.maxConcurrency to \d+ or more/,
  );
  expect(limits({ bytesPerDay: 10e15, objectBytes: 1e3, everySeconds: 300 })).toMatch(/at most 1,000\. Divide/);
});

test('says what larger objects and other codecs save', () => {
  const { savings } = resultOf({ ...DEFAULT_WORKLOAD, bytesPerDay: 1e12, objectBytes: 10e3, inputCodec: 'none' });
  expect(savings.map(({ change }) => change)).toEqual([
    'raw objects of 1 MB',
    'raw objects of 10 MB',
    'gzip at the producer',
    "codec: 'zstd' for Parquet",
  ]);
  for (const { dollars } of savings) expect(dollars).toBeGreaterThan(0);
  const best = { ...DEFAULT_WORKLOAD, objectBytes: 100e6, outputCodec: 'zstd' } as const;
  expect(resultOf(best).savings).toEqual([]);
});

describe('prints', () => {
  const said = async (...args: string[]): Promise<string> => {
    let text = '';
    expect(await run(args, new Terminal({ write: (part) => (text += part) }, {}))).toBe(0);
    return text;
  };

  test('JSON with a version, the date of its prices, and all that the text says', async () => {
    const result = JSON.parse(await said('--json', '--per-day', '1KB', '--ingest'));
    expect(result).toMatchObject({
      formatVersion: 1,
      prices: { region: 'us-east-1' },
      workload: { bytesPerDay: 1_000 },
    });
    expect(result).toEqual(
      JSON.parse(JSON.stringify(resultOf({ ...DEFAULT_WORKLOAD, bytesPerDay: 1_000, ingest: true }))),
    );
  });

  test.each([
    ['--per-day', '1KB'],
    ['--per-day', '1PB', '--object-size', '1kB'],
    ['--per-day', '0'],
    ['--queries', '0'],
  ])('%s %s as sentences without fractions of bytes, NaN and signs of nothing', async (...args) => {
    const text = await said(...args);
    expect(text).toContain('list prices of us-east-1');
    expect(text).not.toMatch(/NaN|Infinity|undefined|-\$|\$-|\d\.\d{4,} (?:B|kB)/);
  });

  test('its help, with each default', async () => {
    expect(await said('--help')).toMatch(/--per-day SIZE .*\(10GB\)[\s\S]*--query-share SHARE .*\(25%\)/);
  });
});
