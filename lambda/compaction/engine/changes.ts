import { rm } from 'node:fs/promises';
import { quoteText } from '../../../lib/dataset/duckdb-types';
import type { Dataset } from '../../../lib/dataset/model';
import type { Changes, LocalFiles, Rewrite } from '../protocol/converter';
import { isTombstones } from '../protocol/names';
import type { ObjectInfo } from '../store/object-store';
import { type AllRows, localFiles } from './local-files';
import { copyTo, split } from './parquet-output';
import { rowsOf } from './parquet-rows';
import { Ranking } from './ranking';
import { rowBytesIfSorted } from './row-bytes';
import type { EngineSession } from './session';
import { SOURCE } from './source';
import { seal, unseal } from './tombstones';

/** Most files that one commit rewrites: each is a name in the list of a commit intent. */
const REWRITE_FILES = 200;

/** What the changes of a batch need besides its rows. */
export interface ChangeCalls {
  readonly divideBytes: number;
  /** Most bytes of files that one commit rewrites; a larger single file is rewritten alone. */
  readonly rewriteBytes: number;
  /** Downloads some columns of a file, or all of it, to the local disk. */
  readonly fetchColumns: (file: ObjectInfo, columns: readonly string[], name: string) => Promise<string>;
  readonly fetchFile: (file: ObjectInfo, name: string) => Promise<string>;
}

/**
 * Determines which rows of a batch are kept, and which of the partition's files have rows that they supersede. Of the files it reads the columns
 * that decide; a file is read whole only to be rewritten, or if rows are equal in all of these columns.
 *
 * @param name begins the names of local files
 */
export async function planChanges(
  session: EngineSession,
  dataset: Dataset,
  all: AllRows,
  base: readonly ObjectInfo[],
  name: string,
  calls: ChangeCalls,
): Promise<Changes> {
  const ranking = new Ranking(session, dataset, all.path);
  const files = base.filter(({ key }) => !isTombstones(key));
  const tombstones = base.find(({ key }) => isTombstones(key));
  await ranking.begin();
  for (const [index, file] of files.entries()) {
    const path = await calls.fetchColumns(file, ranking.columns, `${name}-keys.parquet`);
    await ranking.add(index + 1, path);
    await rm(path);
  }
  const remembered = tombstones && (await calls.fetchFile(tombstones, `${name}-tombstones.parquet`));
  if (remembered !== undefined) {
    await unseal(remembered);
    await ranking.add(SOURCE.REMEMBERED, remembered);
  }
  await ranking.rank(async (source, use) => {
    const file = files[source - 1];
    if (file === undefined) return await use(all.path);
    const path = await calls.fetchFile(file, `${name}-tied.parquet`);
    await use(path);
    await rm(path);
  });
  const { files: changed, ...counts } = await ranking.count();
  const needed = files.flatMap((file, index): Rewrite[] => {
    const rows = changed.get(index + 1);
    return rows === undefined ? [] : [{ file, ...rows }];
  });
  const rewrites = firstRewrites(needed, calls.rewriteBytes);

  /** Writes the rows of a query, and checks their number. */
  const write = async (query: string, rows: number, rowBytes?: number): Promise<LocalFiles> => {
    if (rows === 0) return await localFiles([], 0, 0, async () => {});
    const target = session.path(`${name}-new.parquet`);
    const written = await copyTo(session, dataset, query, target, rowBytes);
    if (written !== rows)
      throw new Error(`${rows} rows were to be written, but ${written} were; nothing was committed`);
    const paths = await split(session, dataset, target, rows, calls.divideBytes);
    return await localFiles(paths, rows, 0, async () => {
      await Promise.all([...new Set([target, ...paths])].map((path) => rm(path)));
    });
  };

  return {
    ...counts,
    rewrites,
    complete: rewrites.length === needed.length,
    rowsOutsidePartition: all.outside,
    erased: all.erased,
    newestEvent: all.newestEvent,
    async rewrite(file) {
      const rewrite = rewrites.find((one) => one.file.key === file.key);
      if (rewrite === undefined) throw new Error(`${file.key} has no rows that give way`);
      const source = files.findIndex(({ key }) => key === file.key) + 1;
      const path = await calls.fetchFile(file, `${name}-old.parquet`);
      const before = await session.number(
        `SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(${quoteText(path)})`,
      );
      const rows = before - rewrite.removed + rewrite.placed;
      const bytes = await rowBytesIfSorted(session, dataset, rowsOf(path));
      const written = await write(ranking.rewrittenSql(path, source), rows, bytes);
      await rm(path);
      return written;
    },
    writeAdded: () => write(ranking.addedSql(), counts.added, all.rowBytes),
    async writeTombstones() {
      const path = session.path(`${name}-buried.parquet`);
      const query = ranking.tombstonesSql(remembered);
      const rows = await session.number(`COPY (${query}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
      await seal(session, dataset, path);
      return await localFiles([path], rows, 0, () => rm(path));
    },
    async dispose() {
      if (remembered !== undefined) await rm(remembered);
    },
  };
}

/** The files that one commit rewrites: as many of them, from the first, as the limit of bytes and of names allows. */
export function firstRewrites(rewrites: readonly Rewrite[], limit: number): readonly Rewrite[] {
  let bytes = 0;
  const count = rewrites.findIndex(({ file }, index) => {
    bytes += file.size;
    return index > 0 && (bytes > limit || index >= REWRITE_FILES);
  });
  return count === -1 ? rewrites : rewrites.slice(0, count);
}
