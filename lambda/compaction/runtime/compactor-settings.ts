import { availableParallelism } from 'node:os';
import { STALL_MILLIS } from '../limits/transfer-watch';
import { positiveEnv } from './environment';

export interface CompactorSettings {
  readonly memoryMiB: number;
  readonly spillMiB: number;
  readonly threads: number;
  readonly maxLocalBytes: number;
  readonly maxObjectBytes: number;
  readonly stallMillis: number;
}

const MIB = 1024 * 1024;

/**
 * Sizes that decide how much one compactor takes in at a time; whatever the partition's size, memory and disk stay
 * within them. Defaults fit a Lambda of 3,008 MB with 10,240 MB of ephemeral storage.
 *
 * - `COMPACTION_MEMORY_MIB` (default: the Lambda's memory, else 3,008): DuckDB gets 40% of it. Its limit is soft, and
 *   what it does not count, Node and the download buffers take about as much again.
 * - `COMPACTION_LOCAL_MIB` (default 2,560): text on the local disk for one transaction.
 * - `COMPACTION_SPILL_MIB` (default 4,096): what sorting may spill.
 * - `COMPACTION_MAX_OBJECT_MIB` (default 3,072): largest inflated size of one raw object; a larger one goes to
 *   quarantine as a whole, which is also what stops a decompression bomb.
 * - `COMPACTION_THREADS` (default: the processors available, at most 4).
 * - `COMPACTION_STALL_SECONDS` (default 30): time in which a download must get on by 128 KiB, or end.
 */
export function compactorSettings(): CompactorSettings {
  const memory = positiveEnv('COMPACTION_MEMORY_MIB', positiveEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 3008));
  return {
    memoryMiB: Math.floor(memory * 0.4),
    spillMiB: positiveEnv('COMPACTION_SPILL_MIB', 4096),
    threads: positiveEnv('COMPACTION_THREADS', Math.min(4, availableParallelism())),
    maxLocalBytes: positiveEnv('COMPACTION_LOCAL_MIB', 2560) * MIB,
    maxObjectBytes: positiveEnv('COMPACTION_MAX_OBJECT_MIB', 3072) * MIB,
    stallMillis: positiveEnv('COMPACTION_STALL_SECONDS', STALL_MILLIS / 1000) * 1000,
  };
}
