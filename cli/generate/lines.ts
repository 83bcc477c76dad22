import type { Dataset, InputFormat } from '../../lib/dataset';
import type { Random } from './random';
import { sourceObject } from './source-object';
import { csvRecord, PatternLines } from './text-lines';
import type { Value } from './values';

/** What a process that dies leaves in the file of another. Without a mark that could be a delimiter. */
const STRAY = 'producer stopped';

/** A row as its line in a file, under the names that producers give. Parquet is written from lines of JSON with the columns' own. */
export function lineOf(dataset: Dataset, format: InputFormat, row: Readonly<Record<string, Value>>): string {
  if (format === 'ndjson' || format === 'json') return JSON.stringify(sourceObject(dataset.columns, row));
  if (format === 'parquet') return JSON.stringify(row);
  return format === 'lines' ? patternOf(dataset).line(row) : csvRecord(dataset, row);
}

const patterns = new WeakMap<Dataset, PatternLines>();

function patternOf(dataset: Dataset): PatternLines {
  const known = patterns.get(dataset) ?? new PatternLines(dataset);
  patterns.set(dataset, known);
  return known;
}

/** What makes of a row's line one that compaction refuses. Undefined where nothing does. */
export function breakerOf(
  dataset: Dataset,
  format: InputFormat,
): ((random: Random, row: Readonly<Record<string, Value>>) => string) | undefined {
  // A row that deletes may lack the others.
  const required = dataset.columns.filter(({ notNull, unless }) => notNull && unless === undefined);
  const numbers = dataset.columns.filter(({ type }) => /int|float|double|decimal/.test(type.kind));
  if (format === 'lines') {
    // Whether a line is a row is for the pattern to say, and some take any line.
    return patternOf(dataset).matches(STRAY) ? undefined : () => STRAY;
  }
  const { csv } = dataset.input;
  const ways: ((random: Random, row: Readonly<Record<string, Value>>) => string)[] = [
    ...required.map(
      (column) => (_: Random, row: Readonly<Record<string, Value>>) =>
        lineOf(dataset, format, { ...row, [column.name]: null }),
    ),
  ];
  if (format !== 'parquet') {
    ways.push(
      ...numbers.map(
        (column) => (_: Random, row: Readonly<Record<string, Value>>) =>
          lineOf(dataset, format, { ...row, [column.name]: STRAY }),
      ),
    );
  }
  // Within an envelope, what is not JSON would not be one record.
  if ((format === 'ndjson' || format === 'json') && dataset.input.json === undefined) {
    ways.push(
      () => STRAY,
      (random, row) => {
        const line = lineOf(dataset, format, row);
        return line.slice(0, Math.floor(line.length * (0.3 + 0.5 * random.next())));
      },
    );
  }
  if (format === 'csv' && dataset.columns.length > 1 && csv.delimiter !== ' ' && csv.missingFields !== 'null') {
    ways.push(() => STRAY);
  }
  return ways.length === 0 ? undefined : (random, row) => ways[random.below(ways.length)]?.(random, row) ?? '';
}
