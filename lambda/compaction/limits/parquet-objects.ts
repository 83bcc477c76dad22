import type { Dataset } from '../../../lib/dataset/model';

/** What is bounded where Parquet objects are many: their columns, as each object is read by a query of its own. */
export const MAX_COLUMNS = {
  /** To check one takes about half a millisecond; then the batch is committed, so that a task that runs out of time has made progress. */
  ofBatch: 100_000,
  /** The plan of a statement takes about 25 KB of memory for one, whatever the limit of the engine is. */
  ofStatement: 2_000,
};
/** What an object takes besides its columns, in columns. */
const OWN = 10;

/** The number of Parquet objects with so many columns; at least one. */
export const parquetObjects = ({ columns }: Pick<Dataset, 'columns'>, most: number): number =>
  Math.max(1, Math.floor(most / (columns.length + OWN)));

/** Queries that one statement may answer together. A file may have columns that the dataset does not declare: they are in the plan, too. */
export function inStatements(
  { columns }: Pick<Dataset, 'columns'>,
  objects: readonly { readonly columns: number; readonly query: string }[],
): string[][] {
  const statements: string[][] = [];
  let left = 0;
  for (const object of objects) {
    const needed = Math.max(columns.length, object.columns) + OWN;
    if (needed > left) {
      statements.push([]);
      left = MAX_COLUMNS.ofStatement;
    }
    statements.at(-1)?.push(object.query);
    left -= needed;
  }
  return statements;
}
