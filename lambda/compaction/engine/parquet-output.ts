import { stat } from 'node:fs/promises';
import type { Dataset } from '../../../lib/dataset';
import { quoteIdentifier, quoteText } from '../../../lib/dataset/duckdb-types';
import { MIB } from '../../../lib/dataset/units';
import { numberedRows, rowsOf } from './parquet-rows';
import { rowBytesIfSorted } from './row-bytes';
import type { EngineSession } from './session';

/**
 * Most bytes of rows (before compression) in a row group: the writer keeps one in memory for each
 * thread. Without it, rows of 4 KB at 500,000 a group took 6.6 GB.
 */
const ROW_GROUP_BYTES = 128 * MIB;
/** DuckDB writes in vectors of 2,048 rows; a smaller row group costs more than it prunes. */
const LEAST_ROW_GROUP_ROWS = 2048;

/**
 * Options of `COPY ... TO`.
 *
 * @param rowBytes average bytes of a row before compression. Undefined: DuckDB counts them, which it does not under ORDER BY.
 */
export function copyOptions(dataset: Dataset, rowBytes: number | undefined): string {
  const { codec, rowGroupRows } = dataset.compaction;
  if (rowBytes === undefined) {
    return `FORMAT parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE ${rowGroupRows}, ROW_GROUP_SIZE_BYTES ${ROW_GROUP_BYTES}`;
  }
  const byBytes = Math.floor(ROW_GROUP_BYTES / Math.max(1, rowBytes));
  const rows = Math.max(LEAST_ROW_GROUP_ROWS, Math.min(rowGroupRows, byBytes));
  return `FORMAT parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE ${rows}`;
}

/** `ORDER BY` of a dataset whose files are sorted, else nothing. */
export function orderBy(dataset: Dataset): string {
  return dataset.sortBy.length === 0 ? '' : `ORDER BY ${dataset.sortBy.map(quoteIdentifier).join(', ')}`;
}

/** Writes the rows of a query to a Parquet file. Resolves to the number of rows. */
export async function copyTo(
  session: EngineSession,
  dataset: Dataset,
  query: string,
  path: string,
  rowBytes: number | undefined,
): Promise<number> {
  return await session.number(
    `COPY (${query} ${orderBy(dataset)}) TO ${quoteText(path)} (${copyOptions(dataset, rowBytes)})`,
  );
}

/**
 * Divides a file that is too large into equal parts. A file within the limit stays as it is.
 *
 * @param limitBytes the largest size of one part; parts of equal row counts may exceed it a little
 */
export async function split(
  session: EngineSession,
  dataset: Dataset,
  path: string,
  rows: number,
  limitBytes: number,
): Promise<string[]> {
  const { size } = await stat(path);
  const parts = Math.ceil(size / limitBytes);
  if (parts <= 1) return [path];
  const bytes = await rowBytesIfSorted(session, dataset, rowsOf(path));
  const paths: string[] = [];
  let written = 0;
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((rows * part) / parts);
    const to = Math.floor((rows * (part + 1)) / parts);
    const target = `${path}-${part}`;
    const query = `SELECT * EXCLUDE (file_row_number) FROM ${numberedRows(path)}
      WHERE file_row_number >= ${from} AND file_row_number < ${to}`;
    written += await copyTo(session, dataset, query, target, bytes);
    paths.push(target);
  }
  if (written !== rows) throw new Error(`Dividing ${rows} rows into ${parts} files wrote ${written}`);
  return paths;
}
