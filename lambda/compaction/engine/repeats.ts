import { quoteIdentifier } from '../../../lib/dataset/duckdb-types';
import { rowsOfAll } from './parquet-rows';
import type { EngineSession } from './session';

/**
 * Counts rows that have the values of an earlier row of the same files, or of one in other files. Rows with a null among them do not count.
 *
 * @param others files of the same partition that have the columns
 */
export async function countRepeats(
  session: EngineSession,
  columns: readonly string[],
  files: readonly string[],
  others: readonly string[],
): Promise<number> {
  const names = columns.map(quoteIdentifier);
  const list = names.join(', ');
  const rows = `FROM ${rowsOfAll(files)} WHERE ${names.map((name) => `${name} IS NOT NULL`).join(' AND ')}`;
  const known = others.length === 0 ? '' : `ANTI JOIN (SELECT ${list} FROM ${rowsOfAll(others)}) USING (${list})`;
  return await session.number(
    `SELECT (SELECT count(*) ${rows}) - (SELECT count(*) FROM (SELECT DISTINCT ${list} ${rows}) ${known})`,
  );
}
