import { stat } from 'node:fs/promises';
import type { LocalFiles } from '../protocol/converter';

/** One Parquet file of every accepted row of a batch. */
export interface AllRows {
  readonly path: string;
  readonly rows: number;
  /** Rows that were left out because they were erased. */
  readonly erased: number;
  readonly rowBytes: number;
  /** Rows whose event time is more than a day outside of the partition. */
  readonly outside: number;
  /** Newest event time up to now, epoch milliseconds; only of a dataset with `freshness`. */
  readonly newestEvent?: number | undefined;
}

export async function localFiles(
  paths: readonly string[],
  rows: number,
  duplicates: number,
  dispose: () => Promise<void>,
): Promise<LocalFiles> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return { paths, rows, duplicates, bytes: sizes.reduce((total, size) => total + size, 0), dispose };
}
