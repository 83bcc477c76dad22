import type { Changes } from '../../../lambda/compaction/protocol/converter';
import type { MemoryLake } from './memory-lake';

/** Changes that change nothing, but for what a test gives. Their files say what they are. */
export const changesOf = (lake: MemoryLake, given: Partial<Changes> = {}): Changes => ({
  rewrites: [],
  complete: true,
  added: 0,
  superseded: 0,
  deletions: 0,
  buries: false,
  rowsOutsidePartition: 0,
  rewrite: async () => lake.files(['rewritten']),
  writeAdded: async () => lake.files(['added']),
  writeTombstones: async () => lake.files(['tombstones']),
  dispose: async () => undefined,
  ...given,
});
