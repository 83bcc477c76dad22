import { type Dataset, type InputFormat, pathsOf } from '../../lib/dataset';
import type { Random } from './random';
import { sourced, sourceObject } from './source-object';
import type { Value } from './values';

/** What a process that dies leaves in the file of another. Without a mark that could be a delimiter. */
const STRAY = 'producer stopped';

/** A row as its line in a file, under the names that producers give. Parquet is written from lines of JSON with the columns' own. */
export function lineOf(dataset: Dataset, format: InputFormat, row: Readonly<Record<string, Value>>): string {
  if (format === 'ndjson') return JSON.stringify(sourceObject(dataset.columns, row));
  if (format === 'parquet') return JSON.stringify(row);
  const { delimiter } = dataset.input.csv;
  return dataset.columns.map(({ name, type }) => field(sourced(type, row[name] ?? null), delimiter)).join(delimiter);
}

export const csvHeader = ({ columns, input }: Dataset): string =>
  columns
    .map((column) => pathsOf(column).find(({ length }) => length === 1)?.[0] ?? column.name)
    .map((name) => field(name, input.csv.delimiter))
    .join(input.csv.delimiter);

function field(value: unknown, delimiter: string): string {
  if (value === null) return '';
  const text = String(value);
  return text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What makes of a row's line one that compaction refuses. Undefined where nothing does. */
export function breakerOf(
  dataset: Dataset,
  format: InputFormat,
): ((random: Random, row: Readonly<Record<string, Value>>) => string) | undefined {
  // A row that deletes may lack the others.
  const required = dataset.columns.filter(({ notNull, unless }) => notNull && unless === undefined);
  const numbers = dataset.columns.filter(({ type }) => /int|float|double|decimal/.test(type.kind));
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
  if (format === 'ndjson') {
    ways.push(
      () => STRAY,
      (random, row) => {
        const line = lineOf(dataset, format, row);
        return line.slice(0, Math.floor(line.length * (0.3 + 0.5 * random.next())));
      },
    );
  }
  if (format === 'csv' && dataset.columns.length > 1) ways.push(() => STRAY);
  return ways.length === 0 ? undefined : (random, row) => ways[random.below(ways.length)]?.(random, row) ?? '';
}
