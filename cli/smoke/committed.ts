import { rowsOfAll } from '../../lambda/compaction/engine/parquet-rows';
import { EngineSession } from '../../lambda/compaction/engine/session';
import { fetchColumns } from '../../lambda/compaction/engine/sparse-file';
import { statFiles } from '../../lambda/compaction/protocol/data-files';
import { readManifest } from '../../lambda/compaction/protocol/manifest';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import type { Dataset } from '../../lib/dataset';
import type { OperatedLake } from '../verbs/lake';
import type { Measure } from './measures';

/** What DuckDB measures in the files that the manifest of a reserved partition lists. @returns the texts, in their order */
export async function measureCommitted(
  { lake, reserved: { dataset } }: { readonly lake: OperatedLake; readonly reserved: { readonly dataset: Dataset } },
  partition: string,
  measures: readonly Measure[],
): Promise<readonly (string | undefined)[]> {
  const names = dataset.columns.map(({ name }) => name);
  const select = measures.map(({ duckdb }, index) => `${duckdb} AS m${index}`).join(', ');
  const [row] = await askCommitted(lake, dataset, partition, names, (files) => `SELECT ${select} FROM ${files}`);
  return measures.map((_, index) => {
    const value = row?.[`m${index}`];
    return typeof value === 'string' ? value : undefined;
  });
}

/** Asks the files that a manifest lists: {@link askFiles}. */
export async function askCommitted(
  lake: OperatedLake,
  dataset: Dataset,
  partition: string,
  columns: readonly string[],
  query: (files: string) => string,
): Promise<Rows> {
  const ref = { dataset, partition };
  const { files } = await readManifest(lake, ref);
  return await askFiles(lake, await statFiles(lake, ref, files), columns, query);
}

type Rows = readonly Readonly<Record<string, unknown>>[];

/**
 * Asks data files in DuckDB. Without files there are no rows.
 *
 * @param columns that the query reads
 * @param query given what stands after FROM
 */
export async function askFiles(
  lake: OperatedLake,
  files: readonly ObjectInfo[],
  columns: readonly string[],
  query: (files: string) => string,
): Promise<Rows> {
  if (files.length === 0) return [];
  const { memoryMiB, threads, spillMiB, directory } = lake.settings.compactor;
  const session = await EngineSession.open({ memoryMiB, threads, spillMiB }, directory);
  try {
    const paths: string[] = [];
    for (const [index, file] of files.entries()) {
      paths.push(await fetchColumns(lake.store, lake.buckets.curated, file, columns, session, `file-${index}`));
    }
    return await session.rows(query(rowsOfAll(paths)));
  } finally {
    await session.close();
  }
}
