/** Times of declared formats in Parquet files become what the same texts and numbers in NDJSON become. */

import fc from 'fast-check';
import type { Dataset, TimeFormat } from '../../lib/dataset';
import { checkNdjson } from '../rows/helpers';
import { ANNOTATIONS, type Cell, type Leaf, type Node, writeParquet } from '../support/parquet/writer';
import { ParquetIntake, ROW } from './support/parquet-intake';
import { testDataset } from './support/real-lake';

jest.setTimeout(120_000);

let intake: ParquetIntake;
beforeAll(async () => {
  intake = await ParquetIntake.open();
});
afterAll(async () => {
  await intake.close();
});

function datasetOf(format: TimeFormat, type: string): Dataset {
  const { columns, ...rest } = testDataset({
    columns: [
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'row_no', type: 'bigint' },
      { name: 'v', type, format },
    ],
    input: { formats: ['parquet'] },
  });
  const [, , value] = columns;
  if (value === undefined) throw new Error('there are three columns');
  // The name of the number of a row is a reserved word, which the engine does not mind.
  return { ...rest, columns: [{ name: 'row', type: { kind: 'bigint' }, notNull: false, comment: undefined }, value] };
}

const TEXT: Leaf = { physical: 'BYTE_ARRAY', annotation: ANNOTATIONS.STRING };
const BYTES: Leaf = { physical: 'BYTE_ARRAY' };

/** By row, what a format makes of cells in a file; `misfit` for what it refuses. */
async function inParquet(dataset: Dataset, leaf: Leaf, cells: readonly Cell[]): Promise<unknown[]> {
  const nodes: Node[] = [ROW, { name: 'v', ...leaf }];
  const outcome = await intake.consume(
    dataset,
    writeParquet(
      nodes,
      cells.map((v, row) => ({ row: BigInt(row), v })),
    ),
  );
  expect(outcome.unreadable).toBeUndefined();
  const values = new Map(outcome.rows.map(({ row, v }) => [Number(row), v]));
  return cells.map((_, row) => (outcome.rejected.has(row) ? 'misfit' : plain(values.get(row))));
}

/** Milliseconds since 1970. */
const plain = (value: unknown): unknown => {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'bigint') return Number(value / 1000n);
  return typeof value === 'string' ? Date.parse(/T/.test(value) ? value.replace(/Z?$/, 'Z') : value) : value;
};

function inNdjson({ columns }: Dataset, texts: readonly string[]): unknown[] {
  const { output, rejected } = checkNdjson(columns, [Buffer.from(texts.map((v) => `{"v":${v}}\n`).join(''))]);
  const lines = new Set(rejected.map(({ line }) => line));
  const rows = output.toString().split('\n');
  return texts.map((_, index) =>
    lines.has(index + 1) ? 'misfit' : plain((JSON.parse(rows.shift() ?? '') as { v: unknown }).v),
  );
}

const EPOCHS = ['s', 'ms', 'us', 'ns'] as const;
const NUMBERS = [
  ...['0', '-1', '1781517600', '1781517600.123', '-0.0005', '1781517600123456789', '1.7815176e12', '253402300799'],
  ...[
    '253402300800',
    '-62135596800',
    '-62135596801',
    '1e30',
    '1e300',
    '1e-300',
    '01',
    '.5',
    'soon',
    '',
    ' 1',
    '-',
    '1_0',
  ],
  ...['253402300799999999999', '9223372036854775808', '2026-06-15T10:00:00Z', '2026-06-15T10:00:00+02:00', '-0'],
  ...['0.99999999999999999999', '-0.99999999999999999999', '1781517600.1239999999999999999'],
  ...['2026-06-15 10:00:00', '2026-02-30T10:00:00Z', '2026-06-15T10:00:00.1234567890Z', 'NaN', 'Infinity'],
];

test.each(EPOCHS)('texts of an epoch in %s', async (epoch) => {
  const dataset = datasetOf({ epoch }, 'timestamp');
  const expected = inNdjson(
    dataset,
    NUMBERS.map((text) => JSON.stringify(text)),
  );
  const bytes = NUMBERS.map((text) => Buffer.from(text));
  expect(await inParquet(dataset, TEXT, bytes)).toEqual(expected);
  expect(expected.filter((value) => value !== 'misfit').length).toBeGreaterThan(6);
});

test.each(EPOCHS)('numbers of an epoch in %s', async (epoch) => {
  const dataset = datasetOf({ epoch }, 'timestamp');
  const integers = [0n, -1n, 1n, 1781517600n, 1781517600123n, 1781517600123456789n, -62135596801n, -999n, -1001n];
  const extremes = [-(2n ** 63n), 2n ** 63n - 1n, 253402300799n, 253402300800n, 253402300799999n, 253402300799999999n];
  const cells = [...integers, ...extremes];
  expect(await inParquet(dataset, { physical: 'INT64' }, cells)).toEqual(inNdjson(dataset, cells.map(String)));
  const small = [0, -1, 1781517600, 2 ** 31 - 1, -(2 ** 31)];
  expect(await inParquet(dataset, { physical: 'INT32' }, small)).toEqual(inNdjson(dataset, small.map(String)));
  const unsigned: Leaf = { physical: 'INT64', annotation: ANNOTATIONS.integer(64, false) };
  expect(await inParquet(dataset, unsigned, [1781517600n, -1n])).toEqual(
    inNdjson(dataset, ['1781517600', String(2n ** 64n - 1n)]),
  );
  const doubles = [
    0, -0, 1781517600, 1781517600.123, 0.1, -0.0001, 1781517600123.75, 1.7815176e18, 1e300, -1e21, 0.9995,
  ];
  const leaf: Leaf = { physical: 'DOUBLE' };
  expect(await inParquet(dataset, leaf, [...doubles, Number.NaN, Number.POSITIVE_INFINITY])).toEqual([
    ...inNdjson(
      dataset,
      doubles.map((value) => (Object.is(value, -0) ? '-0' : String(value))),
    ),
    'misfit',
    'misfit',
  ]);
});

const PATTERNS: readonly (readonly [TimeFormat, readonly string[]])[] = [
  [
    { pattern: '%d/%b/%Y:%H:%M:%S %z' },
    [
      '15/Jun/2026:10:00:00 +0000',
      '15/JUNE/2026:10:00:00 -01:30',
      '5/jun/2026:1:2:3 Z',
      '31/Jun/2026:10:00:00 Z',
      '15/Jux/2026:10:00:00 Z',
    ],
  ],
  [
    { pattern: '%m/%d/%Y %I:%M:%S %p', zone: '+02:00' },
    [
      '06/15/2026 12:00:00 AM',
      '6/15/2026 12:00:00 pm',
      '6/15/2026 1:00:00 PM',
      '6/15/2026 13:00:00 PM',
      '6/15/2026 0:00:00 AM',
    ],
  ],
  [
    { pattern: '%F %T.%f' },
    [
      '2026-06-15 10:00:00.123456',
      '2026-06-15 10:00:00.1',
      '2026-06-15 10:00:00.',
      '2026-06-15 10:00:00.1234567890',
      '2026-06-15 10:00:60.1',
      '0000-06-15 10:00:00.1',
      '0001-01-01 00:00:00.0',
    ],
  ],
  [
    { pattern: '%b %e %Y %H:%M' },
    ['Jun  5 2026 10:00', 'Jun 15 2026 10:00', 'Jun 5 2026 10:00', 'Jun   5 2026 10:00', 'May 15 2026 24:00'],
  ],
  [
    { pattern: '%Y%m%dT%H%M%S%z' },
    ['20260615T100000Z', '20260615T100000+0200', '2026615T100000Z', '20260230T100000Z', '99991231T235959-0100'],
  ],
  [
    { pattern: '[%A, %d %b %Y %T %Z] (100%%)*' },
    [
      '[Monday, 15 Jun 2026 10:00:00 GMT] (100%)*',
      '[mon, 15 Jun 2026 10:00:00 utc] (100%)*',
      '[Mond, 15 Jun 2026 10:00:00 utc] (100%)*',
    ],
  ],
  [{ pattern: '%Y/%m/%d %H', zone: '-09:30' }, ['2026/06/15 10', '2026/6/5 1', '2026/06/15 10:00', '9999/12/31 23']],
];

test.each(PATTERNS)('texts of the pattern %j', async (format, texts) => {
  const dataset = datasetOf(format, 'timestamp');
  const all = [...texts, ...NUMBERS];
  const expected = inNdjson(
    dataset,
    all.map((text) => JSON.stringify(text)),
  );
  const bytes = all.map((text) => Buffer.from(text));
  expect(await inParquet(dataset, TEXT, bytes)).toEqual(expected);
  // With a text that is not UTF-8 the file is read as bytes.
  expect(await inParquet(dataset, TEXT, [...bytes, Buffer.from([0xff])])).toEqual([...expected, 'misfit']);
  expect(expected.slice(0, texts.length)).toContain('misfit');
  expect(expected[0]).not.toBe('misfit');
});

test('texts of a pattern that were changed at one place', async () => {
  for (const [format, texts] of PATTERNS) {
    const changed = fc.sample(
      fc
        .tuple(fc.constantFrom(...texts), fc.nat(30), fc.constantFrom('', '0', '9', ' ', ':', 'x', '-', 'é'))
        .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1)),
      { numRuns: 150, seed: 7 },
    );
    const dataset = datasetOf(format, 'timestamp');
    const actual = await inParquet(
      dataset,
      TEXT,
      changed.map((text) => Buffer.from(text)),
    );
    const expected = inNdjson(
      dataset,
      changed.map((text) => JSON.stringify(text)),
    );
    const pairs = (values: readonly unknown[]) => changed.map((text, index) => [text, values[index]]);
    expect(pairs(actual)).toEqual(pairs(expected));
  }
});

test('dates of a pattern, and what is a date or a time in the file itself', async () => {
  const dataset = datasetOf({ pattern: '%d.%m.%Y' }, 'date');
  const texts = ['15.06.2026', '5.6.2026', '2026-06-15', '31.06.2026', '15-06-2026', '01.01.0001', '01.01.0000'];
  const expected = inNdjson(
    dataset,
    texts.map((text) => JSON.stringify(text)),
  );
  const days = (values: readonly unknown[]) =>
    values.map((value) => (typeof value === 'number' && Math.abs(value) < 10_000_000 ? value * 86_400_000 : value));
  expect(
    days(
      await inParquet(
        dataset,
        TEXT,
        texts.map((text) => Buffer.from(text)),
      ),
    ),
  ).toEqual(expected);
  const time: Leaf = { physical: 'INT64', annotation: ANNOTATIONS.timestamp('MILLIS', true) };
  expect(await inParquet(datasetOf({ epoch: 's' }, 'timestamp'), time, [1781517600123n])).toEqual([1781517600123]);
});

test('bytes and booleans are no times', async () => {
  const dataset = datasetOf({ epoch: 's' }, 'timestamp');
  for (const [leaf, cell] of [
    [BYTES, Buffer.from('1')],
    [{ physical: 'BOOLEAN' } satisfies Leaf, true],
  ] as const) {
    const file = writeParquet([ROW, { name: 'v', ...leaf }], [{ row: 0n, v: cell }]);
    expect((await intake.consume(dataset, file)).unreadable).toMatch(/^column v: the file has /);
  }
});
