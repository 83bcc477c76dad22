import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { QueryEngine } from '../../tables/engine';
import { folderWith } from '../support/folder';
import { proposeFor, shareOf } from './support';

jest.setTimeout(600_000);

/** Ways of a column to hold values; one in some rows is of another. */
const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  int: fc.integer(),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  mixedNumber: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.double({ min: 0, max: 9, noNaN: true })),
  text: fc.string({ maxLength: 12, unit: 'grapheme' }),
  digits: fc.stringMatching(/^\d{3,6}$/),
  boolean: fc.boolean(),
  epoch: fc.integer({ min: 1_700_000_000, max: 1_790_000_000 }),
  time: fc
    .date({ min: new Date('2026-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  list: fc.array(fc.integer({ max: 9 }), { maxLength: 3 }),
  object: fc.record({ 'Some-Name': fc.string({ maxLength: 3 }), n: fc.integer() }, { requiredKeys: [] }),
  any: fc.jsonValue({ maxDepth: 2 }),
};

const NAMES = [
  'id',
  'UserID',
  '@timestamp',
  'event time',
  'date',
  'select',
  'größe',
  'a.b',
  'year',
  'Ts',
  'ts',
  'x-y',
  'X_Y',
  '1st',
];

interface Plan {
  readonly columns: readonly (readonly [name: string, kind: string])[];
  readonly rows: readonly (readonly unknown[])[];
  readonly broken: readonly string[];
}

const plans: fc.Arbitrary<Plan> = fc
  .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 7 })
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), fc.constantFrom(...Object.keys(VALUES))))),
  )
  .chain((columns) => {
    const value = ([, kind]: readonly [string, string]) =>
      fc.oneof(
        { weight: 20, arbitrary: VALUES[kind] ?? fc.constant(null) },
        { weight: 2, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.constant('n/a') },
      );
    return fc.record({
      columns: fc.constant(columns),
      rows: fc.array(fc.tuple(...columns.map(value)), { minLength: 1, maxLength: 12 }),
      broken: fc.array(fc.constantFrom('{"id":', '"', '[1]', 'x,y,z', '{"id":1,"id":2}', '{}'), { maxLength: 2 }),
    });
  });

/** Most samples have a time in every row. */
const timeOf = (row: number): string => new Date(Date.UTC(2026, 5, 15, row)).toISOString();

function json({ columns, rows, broken }: Plan): string {
  const lines = rows.map((row, n) =>
    JSON.stringify({ seen: timeOf(n), ...Object.fromEntries(columns.map(([name], index) => [name, row[index]])) }),
  );
  return `${[...lines, ...broken].join('\n')}\n`;
}

/** Records within an envelope within another, one document a file. */
function envelope(plan: Plan): string {
  const records = json({ ...plan, broken: [] })
    .trimEnd()
    .split('\n');
  return `{"version":"1","detail":{"source":"x","records":[${records.join(',')}]}}`;
}

/** Lines of a log in no known form; the rest of each is whatever the row holds. */
function log({ rows, broken }: Plan): string {
  const lines = rows.map(
    (row, n) => `${timeOf(n)} worker-${n % 3} [${n % 2 === 0 ? 'INFO' : 'WARN'}] ${JSON.stringify(row)}`,
  );
  return `${[...lines, ...broken].join('\n')}\n`;
}

function csv({ columns, rows, broken }: Plan, delimiter: string): string {
  const field = (value: unknown): string => {
    const text = value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
    return text === '' || !/["\r\n\s,;|\t]/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
  };
  const lines = rows.map((row, n) => [timeOf(n), ...row].map(field).join(delimiter));
  const tail = broken.filter((text) => !text.includes('"'));
  return `${[['seen', ...columns.map(([name]) => name)].map(field).join(delimiter), ...lines, ...tail].join('\n')}\n`;
}

async function parquet({ columns, rows }: Plan, path: string): Promise<void> {
  const source = folderWith({
    'rows.json': `${json({ columns: columns.filter(([name]) => name !== 'Ts'), rows, broken: [] })}`,
  });
  const engine = await QueryEngine.open(folderWith());
  await engine.run(
    `COPY (FROM read_json('${join(source, 'rows.json')}', format = 'newline_delimited')) TO '${path}' (FORMAT parquet)`,
  );
  engine.close();
}

test('whatever the samples hold: the lake accepts of them what the command says', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      plans,
      fc.constantFrom('json', 'csv', 'parquet', 'envelope', 'log'),
      fc.constantFrom(',', ';', '\t', '|'),
      async (plan, kind, delimiter) => {
        const folder = folderWith({ 'notes.md': 'x' });
        const half = Math.ceil(plan.rows.length / 2);
        const parts = [plan.rows.slice(0, half), plan.rows.slice(half)].map((rows) => ({ ...plan, rows }));
        const files: Record<string, string | Buffer> = {};
        for (const [index, part] of parts.entries()) {
          if (part.rows.length === 0) continue;
          if (kind === 'parquet') await parquet(part, join(folder, `${index}.parquet`));
          else if (kind === 'json') files[`${index}.json`] = json(part);
          else if (kind === 'envelope') files[`${index}`] = gzipSync(envelope(part));
          else if (kind === 'log') files[`${index}.log`] = log(part);
          else files[`${index}.csv.gz`] = gzipSync(csv(part, delimiter));
        }
        const input = kind === 'parquet' ? folder : folderWith(files);
        const proposed = await proposeFor(input);
        expect(await shareOf(input, proposed.dataset)).toEqual(proposed.share);
        // Each type takes every value, and each row has a time.
        const text = proposed.text.replace(/\n\s*\/\/ /g, ' ');
        // Parquet files whose types have none in common are said to be so.
        if (/files differ in its type/i.test(text)) expect(kind).toBe('parquet');
        else expect(proposed.share[0]).toBe(plan.rows.length);
        expect(text).toContain(`${proposed.share[0]} of ${proposed.share[1]} row`);
        runs += 1;
      },
    ),
    { numRuns: Math.max(8, Number(process.env.FUZZ_ROUNDS ?? 0)), seed: 20260615, endOnFailure: true },
  );
  expect(runs).toBeGreaterThan(0);
});
