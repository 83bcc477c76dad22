import { EngineSession, literals } from '../../lambda/compaction/engine/session';
import { fetchColumns } from '../../lambda/compaction/engine/sparse-file';
import { listDataFiles } from '../../lambda/compaction/protocol/data-files';
import { readManifest } from '../../lambda/compaction/protocol/manifest';
import type { SmokeContext } from './context';
import type { Measure } from './measures';

/** What DuckDB measures in the files that the manifest of a reserved partition lists. @returns the texts, in their order */
export async function measureCommitted(
  { lake, reserved: { dataset } }: Pick<SmokeContext, 'lake' | 'reserved'>,
  partition: string,
  measures: readonly Measure[],
): Promise<readonly (string | undefined)[]> {
  const { memoryMiB, threads, spillMiB, directory } = lake.settings.compactor;
  const session = await EngineSession.open({ memoryMiB, threads, spillMiB }, directory);
  try {
    const ref = { dataset, partition };
    const { files } = await readManifest(lake, ref);
    const listed = (await listDataFiles(lake, ref)).filter(({ key }) => files.includes(key));
    const names = dataset.columns.map(({ name }) => name);
    const paths: string[] = [];
    for (const [index, file] of listed.entries()) {
      paths.push(await fetchColumns(lake.store, lake.buckets.curated, file, names, session, `file-${index}`));
    }
    const select = measures.map(({ duckdb }, index) => `${duckdb} AS m${index}`).join(', ');
    const [row = {}] = await session.rows(`SELECT ${select} FROM read_parquet(${literals(paths)})`);
    return measures.map((_, index) => {
      const value = row[`m${index}`];
      return typeof value === 'string' ? value : undefined;
    });
  } finally {
    await session.close();
  }
}
