import { quoteText } from '../../../lib/dataset/duckdb-types';
import type { EngineSession } from './session';

/** The rows of a Parquet file with their numbers, as the column `file_row_number`. */
export const numberedRows = (path: string): string =>
  `read_parquet(${quoteText(path)}, hive_partitioning = false, file_row_number = true)`;

/** Names of the columns that a Parquet file has. */
export async function columnsOf(session: EngineSession, path: string): Promise<ReadonlySet<string>> {
  const rows = await session.rows(
    `SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet(${quoteText(path)}, hive_partitioning = false))`,
  );
  return new Set(rows.map(({ column_name }) => String(column_name)));
}
