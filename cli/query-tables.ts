import type { Dataset } from '../lib/dataset';
import { UsageError } from './command-line';
import { type IcebergTable, icebergTable, NoSnapshotError } from './iceberg/table';
import { tableFiles } from './tables/table-files';
import { zoneTables } from './tables/views';

/** What a query can name. */
export interface QueryTable extends IcebergTable {
  readonly dataset: Dataset;
}

/** The symlink tables of all datasets. */
export async function curatedTables(known: readonly Dataset[], root: string): Promise<QueryTable[]> {
  const found: QueryTable[] = [];
  for (const dataset of known) {
    const table = zoneTables(dataset).curated;
    found.push({ dataset, table, partitions: await tableFiles(table, root) });
  }
  return found;
}

/**
 * The Iceberg tables of the datasets that have one.
 *
 * @param keep the folder as it was written, for messages
 * @param at epoch milliseconds. @default now
 * @param sql the query: a table that it does not name need not have a snapshot of that time
 * @throws UsageError when there is none, or none of that time
 */
export async function icebergTables(
  known: readonly Dataset[],
  root: string,
  keep: string,
  at: number | undefined,
  sql: string,
): Promise<QueryTable[]> {
  const found: QueryTable[] = [];
  let hasEarlier = false;
  for (const dataset of known) {
    try {
      const own = await icebergTable(root, dataset, at);
      if (own !== undefined) found.push({ dataset, ...own });
    } catch (error) {
      if (!(error instanceof NoSnapshotError) || sql.toLowerCase().includes(dataset.name)) throw error;
      hasEarlier = true;
    }
  }
  if (found.length > 0 || hasEarlier) return found;
  throw new UsageError(
    '--iceberg',
    `the lake in "${keep}" has no Iceberg table`,
    'write iceberg: true in a dataset, and run npm start -- --keep DIR with it',
  );
}
