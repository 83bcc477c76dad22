import { quoteText } from '../../../lib/dataset/duckdb-types';
import { type EngineSession, literals } from './session';

/** The rows of a Parquet file, and nothing that the names of the folders around it look like: `n=7` would take the place of the column `n`. */
export const rowsOf = (path: string): string => `read_parquet(${quoteText(path)}, hive_partitioning = false)`;

/** The rows of several: their types are unified, never cast, and a column that a file lacks is null in its rows. */
export const rowsOfAll = (paths: readonly string[]): string =>
  `read_parquet(${literals(paths)}, union_by_name = true, hive_partitioning = false)`;

/** The rows of a Parquet file with their numbers, as the column `file_row_number`. */
export const numberedRows = (path: string): string =>
  `read_parquet(${quoteText(path)}, hive_partitioning = false, file_row_number = true)`;

/** Names of the columns that a Parquet file has. */
export async function columnsOf(session: EngineSession, path: string): Promise<ReadonlySet<string>> {
  const rows = await session.rows(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${rowsOf(path)})`);
  return new Set(rows.map(({ column_name }) => String(column_name)));
}
