/** Which rows are stored, counted and put in quarantine, against a plain evaluation of the same checks in JavaScript. */
import fc from 'fast-check';
import { countFailures } from '../../lambda/compaction/engine/row-checks';
import { EngineSession } from '../../lambda/compaction/engine/session';
import { ChecksFailedError } from '../../lambda/compaction/protocol/checks-failed';
import type { CheckDefinition, DatasetDefinition } from '../../lib/dataset';
import { quoteText } from '../../lib/dataset/duckdb-types';
import { RealLake, testDataset } from './support/real-lake';

jest.setTimeout(300_000);

const COLUMNS: DatasetDefinition['columns'] = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'i', type: 'bigint' },
  { name: 'd', type: 'decimal(38,10)' },
  { name: 'f', type: 'double' },
  { name: 's', type: 'string' },
  { name: 'b', type: 'boolean' },
  { name: 'born', type: 'date' },
  { name: 't', type: 'timestamp' },
  { name: 'o', type: 'struct<x:decimal(38,10),y:struct<z:string>>' },
];

type Value = string | number | boolean;

/** Values of a column, as checks and lines write them, and how they are ordered. */
interface Kind {
  readonly path: string;
  readonly values: readonly Value[];
  readonly order: (value: Value) => bigint | number | string;
  readonly isListed: boolean;
  readonly isRanged: boolean;
}

/** Ten digits behind the point, as one number. */
const scaled = (value: Value): bigint => {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value)) ?? [];
  return BigInt(`${sign}${whole}${fraction.padEnd(10, '0')}`);
};
const same = (value: Value): string => JSON.stringify(value);
const DECIMALS = [
  '9007199254740993',
  '9007199254740993.0000000001',
  '-0.0000000001',
  '0',
  '1234567890123456789012345678.0123456789',
  '-1234567890123456789012345678.0123456789',
];
const TEXTS = ['', 'a', 'A', 'ä', 'a\u0308', '😀', "O'Neill", 'a b', 'a\nb', ' ', '\u0130', 'ab1_'];
const list = { isListed: true, isRanged: false, order: same };
const both = { isListed: true, isRanged: true };

const KINDS: readonly Kind[] = [
  {
    path: 'i',
    values: ['-9223372036854775808', '9223372036854775807', '9007199254740993', '9007199254740992', '0', '-1'],
    order: (value) => BigInt(String(value)),
    ...both,
  },
  { path: 'd', values: DECIMALS, order: scaled, ...both },
  {
    path: 'f',
    values: [0.1, 0.2, 0.1 + 0.2, -1e300, 1e300, 5e-324, 0],
    order: Number,
    isListed: false,
    isRanged: true,
  },
  { path: 's', values: TEXTS, ...list },
  { path: 'b', values: [true, false], ...list },
  { path: 'born', values: ['0001-01-01', '9999-12-31', '2024-02-29', '2026-06-15'], order: String, ...both },
  {
    path: 't',
    values: [
      '0001-01-01T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
      '1969-12-31T23:59:59.999Z',
      '2026-06-15T10:00:00.001Z',
      '2026-06-15T10:00:00.000Z',
    ],
    order: (value) => Date.parse(String(value)),
    ...both,
  },
  { path: 'o.x', values: DECIMALS, order: scaled, ...both },
  { path: 'o.y.z', values: TEXTS, ...list },
];

/** The same pattern for both. */
const PATTERNS: readonly (readonly [string, RegExp])[] = [
  ['[a-zA-Z]+', /^[a-zA-Z]+$/u],
  ['\\w*', /^\w*$/u],
  ['.{1,2}', /^.{1,2}$/u],
  ['[^a]*', /^[^a]*$/u],
  ['(?:ä|😀)+|a\\nb', /^(?:(?:ä|😀)+|a\nb)$/u],
  ['\\s|\\S\\s\\S', /^(?:\s|\S\s\S)$/u],
];

type Row = Readonly<Record<string, Value | null>>;

/** A check, its name, and whether a row passes it. */
interface Judge {
  readonly check: CheckDefinition;
  readonly passes: (row: Row) => boolean;
}

const judges: fc.Arbitrary<Judge> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    onFail: fc.constantFrom('warn', 'quarantine'),
    way: fc.constantFrom('in', 'notIn', 'range', 'min', 'max', 'matches'),
    picks: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
  })
  .map(({ kind, onFail, way, picks }) => {
    const { path, order } = kind;
    const [first = 0, second = first] = picks;
    const value = (pick: number): Value => kind.values[pick % kind.values.length] as Value;
    const base = { column: path, onFail: onFail as 'warn' | 'quarantine' };
    const judge = (check: object, passes: (value: Value) => boolean): Judge => ({
      check: { ...base, ...check } as CheckDefinition,
      passes: (row) => {
        const found = row[path] ?? null;
        return found === null || passes(found);
      },
    });
    if (way === 'matches' && (path === 's' || path === 'o.y.z')) {
      const [matches, regex] = PATTERNS[first % PATTERNS.length] as (typeof PATTERNS)[number];
      return judge({ matches }, (found) => regex.test(String(found)));
    }
    if (kind.isListed && (way === 'in' || way === 'notIn' || !kind.isRanged)) {
      const values = [...new Set(picks.map(value))];
      const has = (found: Value): boolean => values.some((one) => order(one) === order(found));
      return way === 'in' ? judge({ in: values }, has) : judge({ notIn: values }, (found) => !has(found));
    }
    const [low, high] =
      order(value(first)) <= order(value(second)) ? [value(first), value(second)] : [value(second), value(first)];
    if (way === 'min') return judge({ min: low }, (found) => order(found) >= order(low));
    if (way === 'max') return judge({ max: high }, (found) => order(found) <= order(high));
    return judge({ min: low, max: high }, (found) => order(found) >= order(low) && order(found) <= order(high));
  });

const rows: fc.Arbitrary<readonly Row[]> = fc.array(
  fc.record(Object.fromEntries(KINDS.map(({ path, values }) => [path, fc.constantFrom(null, ...values)]))),
  { minLength: 1, maxLength: 12 },
);

/** Numbers beyond 2^53 stand in the line with all their digits. */
const jsonOf = (row: Row, path: string): string => {
  const value = row[path] ?? null;
  return path === 'i' || path === 'd' || path.endsWith('.x') ? String(value) : JSON.stringify(value);
};
const lineOf = (row: Row, id: number): string =>
  `{"id":"${id}","at":"2026-06-15T10:00:00Z",${['i', 'd', 'f', 's', 'b', 'born', 't'].map((path) => `"${path}":${jsonOf(row, path)}`).join(',')},` +
  `"o":{"x":${jsonOf(row, 'o.x')},"y":{"z":${jsonOf(row, 'o.y.z')}}}}`;

const named = (found: readonly Judge[]) => found.map((judge, index) => ({ ...judge, name: `c${index}` }));

test('rows are stored, counted and put in quarantine as a plain evaluation says', async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.array(judges, { minLength: 1, maxLength: 6 }), async (values, found) => {
      const all = named(found);
      const dataset = testDataset({
        columns: COLUMNS,
        input: { formats: ['ndjson'] },
        checks: all.map(({ check, name }) => ({ ...check, name })),
      });
      const lake = await RealLake.open();
      try {
        await lake.put(dataset, 'a.json', values.map((row, id) => `${lineOf(row, id)}\n`).join(''));
        const [result] = await lake.compact(dataset);
        const failing = values.map((row) => all.filter(({ passes }) => !passes(row)));
        const isOut = failing.map((own) => own.some(({ check }) => check.onFail === 'quarantine'));
        expect((await lake.ids(dataset)).map(Number).sort((a, b) => a - b)).toEqual(
          values.flatMap((_, id) => (isOut[id] === true ? [] : [id])),
        );
        const expects = new Map(dataset.checks?.map(({ name, expects: words }) => [name, words]));
        expect((await lake.quarantined()).map(({ line, reason, raw }) => [line, reason, raw])).toEqual(
          values.flatMap((row, id) => {
            const out = failing[id]?.filter(({ check }) => check.onFail === 'quarantine') ?? [];
            const reasons = out.map(({ name }) => `check ${name}: expected ${expects.get(name)}`);
            return out.length === 0 ? [] : [[id + 1, reasons.join('; '), lineOf(row, id)]];
          }),
        );
        const counts = all.map(
          ({ name }) => [name, failing.filter((own) => own.some((one) => one.name === name)).length] as const,
        );
        const quarantined = isOut.filter(Boolean).length;
        expect(result).toMatchObject({
          rowsIn: values.length,
          rowsOut: values.length - quarantined,
          rowsQuarantined: quarantined,
          rowsFailed: quarantined,
          rowsWarned: failing.filter((own, id) => own.length > 0 && isOut[id] === false).length,
        });
        expect(result?.failedChecks).toEqual(Object.fromEntries(counts.filter(([, count]) => count > 0)));
      } finally {
        await lake.close();
      }
    }),
    { numRuns: 30 },
  );
});

test('a commit fails if and only if a row fails a check that fails it', async () => {
  await fc.assert(
    fc.asyncProperty(rows, judges, async (values, judge) => {
      const dataset = testDataset({
        columns: COLUMNS,
        input: { formats: ['ndjson'] },
        checks: [{ ...judge.check, name: 'own', onFail: 'fail' }],
      });
      const lake = await RealLake.open();
      try {
        await lake.put(dataset, 'a.json', values.map((row, id) => `${lineOf(row, id)}\n`).join(''));
        const failing = values.flatMap((row, id) => (judge.passes(row) ? [] : [id]));
        const outcome = await lake.compact(dataset).then(
          ([result]) => result?.rowsOut,
          (error: unknown) => (error instanceof ChecksFailedError ? [error.rows, error.message] : error),
        );
        expect(outcome).toEqual(
          failing.length === 0
            ? values.length
            : [failing.length, expect.stringContaining(`line ${(failing[0] ?? 0) + 1} of `)],
        );
        expect(await lake.keys('raw')).toHaveLength(failing.length === 0 ? 0 : 1);
      } finally {
        await lake.close();
      }
    }),
    { numRuns: 20 },
  );
});

test('NaN and infinity: NaN is in no range', async () => {
  const checks: CheckDefinition[] = [
    { name: 'from', column: 'f', min: -1e300 },
    { name: 'up_to', column: 'f', max: 1e300 },
    { name: 'of', column: 'g', max: 0.1 },
  ];
  const dataset = testDataset({
    columns: [...COLUMNS.slice(0, 2), { name: 'f', type: 'double' }, { name: 'g', type: 'float' }],
    checks,
  });
  const session = await EngineSession.open({ memoryMiB: 256, spillMiB: 16, threads: 1 });
  try {
    const path = session.path('rows.parquet');
    await session.run(
      `COPY (SELECT f::DOUBLE AS f, g::FLOAT AS g FROM (VALUES ('nan', '0.1'), ('inf', '0.2'), ('-inf', 'nan'), ('0', NULL)) t(f, g)) TO ${quoteText(path)} (FORMAT parquet)`,
    );
    const { byName } = await countFailures(session, dataset.checks ?? [], path);
    // 0.1 is the float that is nearest to 0.1.
    expect(byName).toEqual({ from: 2, up_to: 2, of: 2 });
  } finally {
    await session.close();
  }
});
