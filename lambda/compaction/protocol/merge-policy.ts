import type { Dataset } from '../../../lib/dataset';
import { MIB } from '../../../lib/dataset/units';

/**
 * Files below this many bytes are undersized: Athena spends more on opening them than on reading them.
 * https://docs.aws.amazon.com/athena/latest/ug/performance-tuning-data-optimization-techniques.html
 */
export const UNDERSIZED_BYTES = 128 * MIB;

/** In a closed partition, files below this part of the target are packed together with others. */
const PACKED_PART = 0.75;

export interface MergePolicy {
  /** Merged files stay at or below this many bytes; two undersized files always fit. */
  readonly capBytes: number;
  readonly maxUndersized: number;
}

export function mergePolicy({ compaction }: Dataset): MergePolicy {
  return {
    capBytes: Math.max(compaction.targetFileMiB * MIB, 2 * UNDERSIZED_BYTES),
    maxUndersized: compaction.maxUndersizedFiles,
  };
}

/**
 * Chooses files of one partition to merge into one, or none when the partition is as it should be. Applied until it
 * answers none, an open partition holds at most `maxUndersized` undersized files, and a closed one about
 * ceil(bytes / target) files. Every merge lowers the number of files, so that this ends.
 *
 * While a partition is open, the smallest files go first and a larger one joins only when the smaller together outweigh
 * it: each row is then rewritten about log(n) times, not n times.
 */
export function chooseMerge<T extends { readonly size: number }>(
  files: readonly T[],
  policy: MergePolicy,
  closed: boolean,
): readonly T[] {
  const bySize = [...files].sort((a, b) => a.size - b.size);
  return closed ? fullestBin(bySize, policy) : smallestRun(bySize, policy);
}

function smallestRun<T extends { readonly size: number }>(bySize: readonly T[], policy: MergePolicy): readonly T[] {
  const undersized = bySize.filter(({ size }) => size < UNDERSIZED_BYTES);
  if (undersized.length <= policy.maxUndersized) return [];
  const needed = undersized.length - policy.maxUndersized + 1;
  const run: T[] = [];
  let bytes = 0;
  for (const file of undersized) {
    const wanted = run.length < Math.max(2, needed) || file.size <= bytes;
    if (!wanted || bytes + file.size > policy.capBytes) break;
    run.push(file);
    bytes += file.size;
  }
  return run;
}

function fullestBin<T extends { readonly size: number }>(bySize: readonly T[], policy: MergePolicy): readonly T[] {
  const bins: { files: T[]; bytes: number }[] = [];
  for (const file of bySize
    .filter(({ size }) => size < Math.max(policy.capBytes * PACKED_PART, UNDERSIZED_BYTES))
    .reverse()) {
    const bin = bins.find(({ bytes }) => bytes + file.size <= policy.capBytes);
    if (bin === undefined) bins.push({ files: [file], bytes: file.size });
    else {
      bin.files.push(file);
      bin.bytes += file.size;
    }
  }
  const mergeable = bins.filter((bin) => bin.files.length > 1);
  return mergeable.sort((a, b) => b.bytes - a.bytes)[0]?.files ?? [];
}
