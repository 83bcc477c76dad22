import type { Dataset } from '../../../lib/dataset';
import { quoteIdentifier } from '../../../lib/dataset/duckdb-types';
import type { EngineSession } from './session';

/** Bytes of a value that is not as long as its producer likes. */
const FIXED_BYTES = 8;

/**
 * SQL of the bytes that a value takes in memory, roughly: for text and bytes their length, for what holds other values that of its text.
 *
 * @param type as DuckDB writes it
 */
export function bytesSql(type: string, value: string): string {
  if (type === 'VARCHAR') return `coalesce(strlen(${value}), 0)`;
  if (type === 'BLOB') return `coalesce(octet_length(${value}), 0)`;
  const holdsOthers = type.startsWith('STRUCT(') || type.startsWith('MAP(') || type.endsWith(']');
  if (holdsOthers) return `coalesce(strlen(CAST(${value} AS VARCHAR)), 0)`;
  return String(FIXED_BYTES);
}

/**
 * Average bytes of a row in memory, roughly. The size of a file does not tell: rows of 4 KB were found in 240 bytes each.
 *
 * @param rows what follows FROM
 */
export async function rowBytes(session: Pick<EngineSession, 'rows' | 'number'>, rows: string): Promise<number> {
  const columns = await session.rows(`DESCRIBE SELECT * FROM ${rows}`);
  const bytes = columns.map(({ column_name, column_type }) =>
    bytesSql(String(column_type), quoteIdentifier(String(column_name))),
  );
  return await session.number(`SELECT coalesce(avg(${bytes.join(' + ')}), 0) FROM ${rows}`);
}

/** The same of a dataset whose files are sorted. Undefined for any other: there, DuckDB counts the bytes as it writes. */
export async function rowBytesIfSorted(
  session: Pick<EngineSession, 'rows' | 'number'>,
  dataset: Pick<Dataset, 'sortBy'>,
  rows: string,
): Promise<number | undefined> {
  return dataset.sortBy.length === 0 ? undefined : await rowBytes(session, rows);
}
