import { chooseMerge, type MergePolicy, UNDERSIZED_BYTES } from '../../lambda/compaction/protocol/merge-policy';

interface File {
  readonly size: number;
}

/** What becomes of the files of one partition. */
export interface PartitionLife {
  /** Files when it is closed and merged. */
  readonly files: number;
  /** Most files at the end of a run. */
  readonly mostFiles: number;
  /** Bytes of Parquet that were written for each byte that stays: 1 where nothing was merged. */
  readonly writeAmplification: number;
  readonly merges: number;
}

/** Files of one run that are followed one by one; of more, so many stand for all. */
const MOST_FILES = 8;
/** The same, of files that wait until their partition is closed. */
const MOST_WAITING = 256;

/**
 * Follows a partition through its runs with the merge policy of the lake.
 *
 * @param runs runs that find data of it
 * @param bytes Parquet that one run adds
 * @param files files that they are
 */
export function partitionLife(runs: number, bytes: number, files: number, policy: MergePolicy): PartitionLife {
  const scale = Math.max(1, files / MOST_FILES);
  const each = bytes / files;
  const followed = Math.min(files, MOST_FILES);
  /** Undersized files alone: no merge of an open partition takes another. */
  let held: readonly File[] = [];
  const large: File[] = [];
  let rewritten = 0;
  let merges = 0;
  let mostFiles = 0;
  const merge = (from: readonly File[], isClosed: boolean): readonly File[] => {
    let left = from;
    for (;;) {
      const group = chooseMerge(left, policy, isClosed);
      if (group.length < 2) return left;
      const size = group.reduce((sum, file) => sum + file.size, 0);
      const gone = new Set(group);
      left = [...left.filter((file) => !gone.has(file)), { size }];
      rewritten += size;
      merges++;
    }
  };
  for (let run = 0; run < runs; run++) {
    const added = Array.from({ length: followed }, () => ({ size: each }));
    const after = merge([...held, ...added], false);
    held = after.filter(({ size }) => size < UNDERSIZED_BYTES);
    for (const file of after) if (file.size >= UNDERSIZED_BYTES) large.push(file);
    mostFiles = Math.max(mostFiles, held.length + large.length);
  }
  // When it closes, all files are looked at; of very many alike, some of them.
  const waiting = [...held, ...large];
  const step = Math.max(1, waiting.length / MOST_WAITING);
  const sample = waiting.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
  const before = { rewritten, merges };
  const closed = merge(sample, true);
  rewritten = before.rewritten + (rewritten - before.rewritten) * step;
  merges = before.merges + (merges - before.merges) * step;
  const stays = runs * followed * each;
  return {
    files: Math.max(Math.min(1, runs), closed.length * step) * scale,
    mostFiles: mostFiles * scale,
    writeAmplification: stays === 0 ? 1 : (stays + rewritten) / stays,
    merges: merges * scale,
  };
}
