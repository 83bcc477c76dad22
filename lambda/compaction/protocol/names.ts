import { createHash } from 'node:crypto';
import { dataPrefix } from '../../../lib/dataset/layout';
import type { PartitionRef } from './lake';

/** One version of a raw object: what was read, not what the key may hold later. */
export interface PinnedInput {
  readonly key: string;
  readonly etag: string;
  /** Absent when the bucket is not versioned. */
  readonly versionId?: string | undefined;
}

const DIGEST_DIGITS = 32;
const INDEX_DIGITS = 3;

/**
 * The name of a transaction: a digest of everything that decides which rows its files hold, so that a retry with the
 * same inputs converges on the same files, and two transactions whose rows differ can never share a name.
 *
 * @param base the data files against which rows were deduplicated; they decide which rows are dropped
 * @param salt makes a name that no other attempt shares
 */
export function transactionId(inputs: readonly PinnedInput[], base: readonly string[], salt = ''): string {
  const hash = createHash('sha256');
  const parts = inputs.map(({ key, etag, versionId }) => JSON.stringify([key, etag, versionId ?? null]));
  hash.update(JSON.stringify([parts.sort(), [...base].sort(), salt]));
  return hash.digest('hex').slice(0, DIGEST_DIGITS);
}

/** Key of the n-th data file of a transaction. All names of a partition have one length: see `manifestFileCount`. */
export function dataFileKey({ dataset, partition }: PartitionRef, id: string, index: number): string {
  return `${dataPrefix(dataset.name, partition)}part-${id}-${String(index).padStart(INDEX_DIGITS, '0')}.parquet`;
}

/**
 * Key of the deletions that a partition remembers, of the same length as that of a data file. Readers see a data file without rows:
 * see `engine/tombstones.ts`.
 */
export function tombstonesKey({ dataset, partition }: PartitionRef, id: string): string {
  return `${dataPrefix(dataset.name, partition)}tomb-${id}-${'0'.repeat(INDEX_DIGITS)}.parquet`;
}

/** The transaction that a data file is named by; undefined for another name. */
export const transactionOf = (key: string): string | undefined =>
  /\/(?:part|tomb)-([0-9a-f]+)-\d+\.parquet$/.exec(key)?.[1];

export const isTombstones = (key: string): boolean => /\/tomb-[^/]+$/.test(key);

/** Stable name for what one raw object leaves in quarantine, whichever task processes it: retries overwrite, and never add. */
export function inputDigest(input: PinnedInput): string {
  return transactionId([input], []);
}
