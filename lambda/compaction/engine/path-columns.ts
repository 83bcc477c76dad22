import {
  type Dataset,
  type PathValues,
  pathColumns,
  pathValueSql,
  quoteIdentifier,
  rowsDataset,
} from '../../../lib/dataset';
import { quoteText } from '../../../lib/dataset/duckdb-types';
import { readLinesSql } from '../../../lib/rows';
import type { Segment } from '../download/segments';
import { ROW_COLUMNS } from './parquet-input';
import { literals } from './session';

/** Name of the column of a segment's path: no column of a dataset has a space. */
const FILE = 'source file';
const fromPath = (name: string): string => quoteIdentifier(`path ${name}`);

/** Queries that return the rows of all segments, with every column of the dataset in its order. */
export function segmentQueries(dataset: Dataset, segments: readonly Pick<Segment, 'path' | 'columns'>[]): string[] {
  const queries: string[] = [];
  const whole = segments.filter(({ columns }) => columns === undefined);
  if (whole.length > 0) {
    const { columns, options, select } = readLinesSql(dataset);
    queries.push(`SELECT ${select} FROM read_json(${paths(whole)}, columns = ${columns}, ${options})`);
  }
  const others = segments.flatMap(({ path, columns }) => (columns === undefined ? [] : [{ path, columns }]));
  const [first] = others;
  if (first !== undefined) {
    // One scan of all files, however many values there are, joined with a table of the values of their paths.
    const { columns, options, select } = readLinesSql(rowsDataset(dataset, first.columns), FILE);
    const given = pathColumns(dataset);
    const file = quoteIdentifier(FILE);
    const rows = others.map(({ path, columns: values }) => {
      const typed = given.map((column) => pathValueSql(column, values[column.name] ?? ''));
      return `(${[quoteText(path), ...typed].join(', ')})`;
    });
    const names = [file, ...given.map(({ name }) => fromPath(name))];
    queries.push(
      `SELECT ${dataset.columns
        .map(({ name }) => {
          const own = quoteIdentifier(name);
          return Object.hasOwn(first.columns, name) ? `${fromPath(name)} AS ${own}` : own;
        })
        .join(', ')}
      FROM (SELECT ${select}, ${file} FROM read_json(${paths(others)}, columns = ${columns}, ${options}))
      JOIN (VALUES ${rows.join(', ')}) AS places(${names.join(', ')}) USING (${file})`,
    );
  }
  return queries;
}

const paths = (segments: readonly { readonly path: string }[]): string => literals(segments.map(({ path }) => path));

/** The rows of one object, with the columns that its path gives. */
export function withPathColumns(dataset: Dataset, query: string, values: PathValues | undefined): string {
  if (values === undefined) return query;
  const columns = dataset.columns.map((column) => {
    const name = quoteIdentifier(column.name);
    const text = values[column.name];
    return text === undefined ? name : `${pathValueSql(column, text)} AS ${name}`;
  });
  return `SELECT ${columns.join(', ')} FROM (${query})`;
}

/** The dataset with the columns of numbered rows. */
export const withNumbers = (dataset: Dataset): Dataset => ({
  ...dataset,
  columns: [
    ...dataset.columns,
    ...ROW_COLUMNS.map((name) => ({ name, type: { kind: 'string' } as const, notNull: true, comment: undefined })),
  ],
});
