import { quoteIdentifier } from '../../../lib/dataset/duckdb-types';
import type { Dataset } from '../../../lib/dataset/model';
import { mapConcurrently } from '../concurrency';
import type { ObjectInfo, ObjectStore } from '../store/object-store';
import { copyTo } from './parquet-output';
import { numberedRows, rowsOfAll } from './parquet-rows';
import { type EngineSession, literals } from './session';
import { fetchColumns } from './sparse-file';

const FILES_IN_FLIGHT = 4;

/**
 * Drops rows whose dedupe key is already in a file of the partition, or occurs earlier in the batch. It works on the
 * batch's Parquet file and reads only the key columns. Usually nothing is dropped, and the file stays
 * as it was written. Of rows with one key, the one with the earliest event time stays.
 */
export async function deduplicate(
  session: EngineSession,
  dataset: Dataset,
  source: { readonly path: string; readonly rows: number; readonly rowBytes: number },
  base: readonly string[],
  target: string,
): Promise<{ path: string; rows: number }> {
  const keys = dataset.dedupe.key.map(quoteIdentifier);
  const key = keys.join(', ');
  const rows = numberedRows(source.path);
  await session.run('CREATE OR REPLACE TEMP TABLE dropped (file_row_number BIGINT)');

  const distinct = await session.number(`SELECT count(*) FROM (SELECT DISTINCT ${key} FROM ${rows})`);
  if (distinct < source.rows) {
    await session.run(`INSERT INTO dropped
      SELECT file_row_number FROM (
        SELECT file_row_number, row_number() OVER (
          PARTITION BY ${key} ORDER BY ${quoteIdentifier(dataset.eventTime)}, file_row_number) AS occurrence
        FROM ${rows} SEMI JOIN (SELECT ${key} FROM ${rows} GROUP BY ALL HAVING count(*) > 1) USING (${key}))
      WHERE occurrence > 1`);
  }
  if (base.length > 0) {
    await session.run(`INSERT INTO dropped
      SELECT file_row_number FROM ${rows}
      SEMI JOIN (SELECT ${key} FROM ${rowsOfAll(base)}) USING (${key})
      ANTI JOIN dropped USING (file_row_number)`);
  }
  const dropped = await session.number('SELECT count(*) FROM dropped');
  if (dropped === 0) return { path: source.path, rows: source.rows };
  const expected = source.rows - dropped;
  if (expected > 0) {
    const query = `SELECT * EXCLUDE (file_row_number) FROM ${rows} ANTI JOIN dropped USING (file_row_number)`;
    const written = await copyTo(session, dataset, query, target, source.rowBytes);
    if (written !== expected) throw new Error(`Dropping ${dropped} of ${source.rows} rows left ${written}`);
  }
  return { path: target, rows: expected };
}

/**
 * Downloads the key columns of the partition's files to the local disk. A file from before the dataset had these columns
 * holds no keys, and is left out.
 */
export async function fetchKeys(
  session: EngineSession,
  keys: readonly string[],
  store: ObjectStore,
  bucket: string,
  files: readonly ObjectInfo[],
  prefix: string,
): Promise<string[]> {
  if (files.length === 0) return [];
  const paths = await mapConcurrently(files, FILES_IN_FLIGHT, (file, index) =>
    fetchColumns(store, bucket, file, keys, session, `${prefix}-${index}.parquet`),
  );
  const found = await session.rows(
    `SELECT file_name FROM parquet_schema(${literals(paths)}) WHERE list_contains(${literals(keys)}, name)
     GROUP BY file_name HAVING count(DISTINCT name) = ${keys.length}`,
  );
  return found.map(({ file_name }) => String(file_name));
}
