/** Rows of whatever a fork declares: made from the declaration, taken in, compacted, and found by the three questions. */

import fc from 'fast-check';
import { type Dataset, formatHiveType, type InputFormat, parseDataset, partitionForTime } from '../../lib/dataset';
import { createValidator } from '../../lib/rows';
import { columnType } from '../../test/dataset/helpers';
import { generate } from '../generate';
import { breakerOf } from '../generate/lines';
import { Random } from '../generate/random';
import { generateRows } from '../generate/rows';
import { csvHeader } from '../generate/text-lines';
import { RowMaker } from '../generate/values';
import { oddDatasets } from './support/odd-datasets';
import { start } from './support/run';

/** Its key has fewer values than there are rows. */
const FEW_KEYS = 'few_keys_in_another_century';

/** Each partition costs a task. */
const rowsOf = ({ partition }: Dataset): number => (partition.scheme === 'hour' ? 30 : 240);

describe.each(oddDatasets.map((dataset) => [dataset.name, dataset] as const))('%s', (name, dataset) => {
  const ROWS = rowsOf(dataset);

  test('npm start takes generated rows in, compacts them, and gives equal answers', async () => {
    const { code, errors, result, output } = await start('--dataset', name, '--rows', String(ROWS));
    expect([code, errors, result.problems]).toEqual([0, '', []]);
    expect(result.dataset).toBe(name);
    expect(result.total).toMatchObject({ rowsIn: ROWS, unaccounted: 0 });
    expect(result.total.rowsOut + result.total.duplicates).toBeGreaterThan(ROWS * 0.98);
    expect(result.compaction.undeclared).toEqual([]);
    if (name === FEW_KEYS) {
      // Of rows that share a key and differ, either may stay: then both answers are right.
      const right = result.queries.map(({ equal, conflictingKeys }) => equal || conflictingKeys > 0);
      expect([right, result.ok]).toEqual([[true, true, true], true]);
      expect(output).toContain('Every row is accounted for');
      return;
    }
    expect(result.queries.map(({ equal }) => equal)).toEqual([true, true, true]);
    expect(output).toContain('Every row is accounted for, and both zones give the same answers');
  });

  test('the same arguments give the same bytes, another size gives other rows', () => {
    const lines = (rows: number): string[] => [...generate(dataset, rows).files].flatMap((file) => file.lines);
    expect(lines(ROWS)).toEqual(lines(ROWS));
    expect(lines(ROWS)).toHaveLength(ROWS);
    expect(lines(ROWS + 1)).not.toEqual(expect.arrayContaining(lines(ROWS)));
  });
});

test('for any declaration, every row is one of the dataset but those that are broken on purpose', () => {
  const declared = fc
    .record({
      types: fc.array(columnType, { maxLength: 6 }),
      required: fc.boolean(),
      scheme: fc.constantFrom('day' as const, 'hour' as const, 'dt' as const, 'month' as const),
      range: fc.constantFrom(['2024-02-29', '2024-02-29'], ['2026-06-17', '2030-12-31'], ['2012-01-01', '2019-12-31']),
      time: fc.constantFrom('timestamp', 'timestamp', 'date'),
      key: fc.boolean(),
      columnNames: fc.constantFrom('exact' as const, 'snake' as const),
      from: fc.constantFrom(
        () => ({}),
        (index: number) => ({ from: `Tag ${index}/"x"` }),
        (index: number) => ({ from: { firstOf: [{ path: ['in', `${index}`, '__proto__'] }, `else${index}`] } }),
      ),
    })
    .map(({ types, required, scheme, range: [from = '', to = ''], time, key, columnNames, from: fromOf }) =>
      parseDataset({
        name: 'anything',
        description: 'Any declaration.',
        columns: [
          { name: 'moment', type: scheme === 'hour' ? 'timestamp' : time, notNull: true },
          { name: 'id', type: 'string', notNull: true },
          ...types.map((type, index) => ({
            ...{ name: `c_${index}`, type: formatHiveType(type), notNull: required },
            ...fromOf(index),
          })),
        ],
        columnNames,
        partition:
          scheme === 'month' ? { scheme, from: `${from.slice(0, 7)}-01`, to: '2030-12-31' } : { scheme, from, to },
        eventTime: 'moment',
        ...(key ? { dedupeKey: ['id'] } : {}),
        input: { formats: ['ndjson'] },
      }),
    );
  fc.assert(
    fc.property(declared, fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 9 }), (dataset, rows, seed) => {
      fits(dataset, rows, seed, 'ndjson');
      const scalars = dataset.columns.filter(({ type }) => !['array', 'map', 'struct', 'binary'].includes(type.kind));
      fits({ ...dataset, columns: scalars }, rows, seed, 'csv');
    }),
    { numRuns: 60 },
  );
});

function fits(dataset: Dataset, rows: number, seed: number, format: InputFormat): void {
  const names = new Set<string>();
  const lines: string[] = [];
  let brokenRows = 0;
  for (const file of generateRows(dataset, rows, format, seed)) {
    const name = `${partitionForTime(dataset, file.time, file.leading)}/${file.name}`;
    expect([names.has(name), file.lines.length > 0]).toEqual([false, true]);
    brokenRows += file.broken;
    names.add(name);
    lines.push(...file.lines);
  }
  expect(lines).toHaveLength(rows);
  expect(accepted(dataset, format, lines)).toBe(rows - brokenRows);
  const random = new Random(seed);
  const maker = new RowMaker(dataset, random);
  const broken = Array.from({ length: 50 }, () => breakerOf(dataset, format)?.(random, maker.row(random, 0)) ?? '');
  // What is torn may be one rejection with the next that is torn, but takes no row along.
  const [whole = ''] = lines.filter((line) => accepted(dataset, format, [line]) === 1);
  expect(
    accepted(
      dataset,
      format,
      broken.flatMap((line) => [line, whole]),
    ),
  ).toBe(whole === '' ? 0 : 50);
}

function accepted(dataset: Dataset, format: InputFormat, lines: readonly string[]): number {
  const checker = createValidator(format, dataset, () => undefined);
  const header = format === 'csv' ? (csvHeader(dataset) ?? []) : [];
  checker.push(Buffer.from(`${[header, lines].flat().join('\n')}\n`));
  checker.end();
  return checker.accepted;
}
