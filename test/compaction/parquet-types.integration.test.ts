import type { ScalarType } from '../../lambda/compaction/engine/parquet/rule';
import { formatHiveType } from '../../lib/dataset/types';
import { type Cell, writeParquet } from '../support/parquet/writer';
import { datasetOf, expectVerdicts, ParquetIntake, ROW } from './support/parquet-intake';
import type { Meaning } from './support/parquet-model';
import { judge, SCALARS, SOURCES, type Source } from './support/parquet-sources';

let intake: ParquetIntake;
beforeAll(async () => {
  intake = await ParquetIntake.open();
});
afterAll(async () => {
  await intake.close();
});

/** One file of a column for each type, with rows of their own, in which the others are null. */
async function takeInAll(source: Source, types: readonly ScalarType[], dictionary: boolean): Promise<void> {
  const cells = [null, ...source.edges];
  const names = types.map((_, index) => `v${index}`);
  const places = names.flatMap((name) => cells.map((cell) => ({ name, cell })));
  const rows = places.map(({ name, cell }, row): Record<string, Cell> => {
    const others = Object.fromEntries(names.map((other) => [other, null]));
    return { row: BigInt(row), ...others, [name]: cell };
  });
  const dataset = datasetOf({
    row: 'bigint',
    ...Object.fromEntries(types.map((type, index) => [`v${index}`, formatHiveType(type)])),
  });
  const columns = names.map((name) => ({ name, ...source.leaf }));
  const outcome = await intake.consume(dataset, writeParquet([ROW, ...columns], rows, { dictionary }));
  expect(outcome.unreadable).toBeUndefined();
  // As if each column had come by itself.
  for (const [index, name] of names.entries()) {
    const first = index * cells.length;
    const own = <T>(all: ReadonlyMap<number, T>): ReadonlyMap<number, T> =>
      new Map([...all].flatMap(([row, value]) => (places[row]?.name === name ? [[row - first, value] as const] : [])));
    expectVerdicts(
      {
        ...outcome,
        rejected: own(outcome.rejected),
        rows: outcome.rows.flatMap((row) =>
          places[Number(row.row)]?.name === name
            ? [{ row: String(Number(row.row) - first), v: row[name] ?? null }]
            : [],
        ),
      },
      cells.map((cell) => judge(source, cell, types[index] as ScalarType)),
      name,
    );
  }
}

const isNegativeZero = (meaning: Meaning): boolean => 'value' in meaning && Object.is(meaning.value, -0);

/** Types that one file can be tried for. */
function together(source: Source, types: readonly ScalarType[]): readonly (readonly ScalarType[])[] {
  // With many more rows than values, DuckDB writes a dictionary, in which 0 and -0 are one value.
  if (source.edges.some((cell) => isNegativeZero(source.meaning(cell)))) return types.map((type) => [type]);
  // A text that is not UTF-8 has all texts of the file read as bytes; what is not text anyway stays by itself.
  const isBinary = ({ kind }: ScalarType): boolean => kind === 'binary';
  return [types.filter((type) => !isBinary(type)), types.filter(isBinary)].filter(({ length }) => length > 0);
}

describe('every type of Parquet in every type of the lake: exact, as docs/input.md says, or refused', () => {
  test.each(SOURCES.map((source) => [source.name, source] as const))('%s', async (_, source) => {
    const possible: ScalarType[] = [];
    for (const type of SCALARS) {
      const verdicts = source.edges.map((cell) => judge(source, cell, type));
      if (!verdicts.includes('refused')) {
        possible.push(type);
        continue;
      }
      expect(new Set(verdicts)).toEqual(new Set(['refused']));
      const column = { name: 'v', ...source.leaf };
      const outcome = await intake.consumeColumn(column, [null, ...source.edges], formatHiveType(type));
      expect(outcome.unreadable).toMatch(/^column v: the file has .+, the dataset declares an? .+; write it as /);
      expect(outcome.unreadable).toContain(formatHiveType(type));
    }
    for (const types of together(source, possible)) {
      for (const dictionary of [false, true]) await takeInAll(source, types, dictionary);
    }
  });
});

// What docs/input.md says of the two zeros: a dictionary of DuckDB has one entry for both.
test.each(['float', 'double'])('of a column of %s with 0.0 and -0.0 each row keeps a zero', async (type) => {
  const cells = Array.from({ length: 1_000 }, (_, index) => (index % 2 === 0 ? 0 : -0));
  const { rejected, rows } = await intake.consumeColumn({ name: 'v', physical: 'DOUBLE' }, cells, type);
  expect([rejected.size, rows.length]).toEqual([0, cells.length]);
  expect(rows.filter(({ v }) => Number(v) !== 0)).toEqual([]);
});
