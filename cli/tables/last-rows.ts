import { isDeletion } from '../../lambda/compaction/engine/deletion';
import { type Dataset, quoteIdentifier, supersedes } from '../../lib/dataset';

/** Whether a row deletes its key, as SQL. */
export function deletesSql({ dedupe: { deleted } }: Dataset): string {
  return deleted === undefined ? 'false' : isDeletion(quoteIdentifier(deleted.column), deleted);
}

/** SQL that orders the rows of one key so that the one that counts is the first. */
export function orderSql(dataset: Dataset): string {
  const { by, keep } = dataset.dedupe;
  const best = keep === 'latest' ? 'DESC NULLS LAST' : 'ASC NULLS LAST';
  const columns = [dataset.eventTime, ...dataset.columns.map(({ name }) => name)];
  const order = (names: readonly string[]): string[] => names.map((name) => `${quoteIdentifier(name)} ${best}`);
  return [...order(by), `${deletesSql(dataset)} DESC`, ...order(columns)].join(', ');
}

/** A query for the rows of the view `raw` that the curated table shows, of a dataset with a key. */
export function lastRows(dataset: Dataset, columns: readonly string[], filter: string): string {
  const key = [...dataset.dedupe.key.map(quoteIdentifier), '"partition no"'].join(', ');
  const list = columns.map(quoteIdentifier).join(', ');
  if (!supersedes(dataset)) return `(SELECT DISTINCT ON (${key}) ${list} FROM raw${filter})`;
  // What a query asks for may be true of a row that counts no more: first it is decided which one does.
  return `(SELECT ${list} FROM (
    SELECT * FROM raw QUALIFY row_number() OVER (PARTITION BY ${key} ORDER BY ${orderSql(dataset)}) = 1)
    ${filter === '' ? 'WHERE' : `${filter} AND`} NOT ${deletesSql(dataset)})`;
}
