import { recordPrefix } from '../../../lib/dataset/layout';
import type { Lake, PartitionRef } from './lake';
import type { Manifest } from './manifest';
import type { PinnedInput } from './names';
import { noteNewest } from './newest';
import { addCounts, NO_ROWS, type RowCounts } from './result';

/**
 * Says which raw inputs a transaction's files hold, so that the next task can finish deleting them. Written before
 * the commit; it counts only once its files are in the manifest. It also carries the transaction's row counts: they are
 * reported by the task that deletes the record: once, even after a crash.
 */
export interface CommitIntent {
  readonly files: readonly string[];
  readonly inputs: readonly PinnedInput[];
  readonly counts: RowCounts;
  /** Newest event time of its rows, of a dataset with `freshness`: remembered once they are committed. Epoch milliseconds. */
  readonly newestEvent?: number | undefined;
  /** Gives each attempt's record a different ETag, so that no task deletes the record of a later attempt. */
  readonly attempt: string;
}

export interface WrittenIntent {
  readonly key: string;
  readonly etag: string;
  readonly record: CommitIntent;
}

export async function writeIntent(
  lake: Lake,
  ref: PartitionRef,
  id: string,
  record: CommitIntent,
): Promise<WrittenIntent> {
  const key = `${recordPrefix(ref.dataset.name, ref.partition)}${id}.json`;
  const etag = await lake.store.put(lake.buckets.curated, key, Buffer.from(JSON.stringify(record)));
  return { key, etag, record };
}

/** Remembers the newest event, deletes the inputs that the record names, each only if it is still the object that was read; then the record. */
export async function finish(
  lake: Lake,
  { dataset }: PartitionRef,
  { key, etag, record }: WrittenIntent,
): Promise<RowCounts> {
  if (record.newestEvent !== undefined) await noteNewest(lake, dataset.name, record.newestEvent);
  await lake.store.deleteMatching(lake.buckets.raw, record.inputs);
  const deleted = await lake.store.deleteMatching(lake.buckets.curated, [{ key, etag }]);
  return deleted.length === 1 ? record.counts : NO_ROWS;
}

/** Undefined: another task has finished it. */
export async function readIntent(lake: Lake, key: string): Promise<WrittenIntent | undefined> {
  const found = await lake.store.get(lake.buckets.curated, key);
  if (found === undefined) return undefined;
  return { key, etag: found.etag, record: JSON.parse(found.body.toString('utf8')) as CommitIntent };
}

/** Finishes every committed transaction that left inputs behind. See `readVersion`. */
export async function recover(lake: Lake, ref: PartitionRef, manifest: Manifest): Promise<RowCounts> {
  const committed = new Set(manifest.files);
  let counts = NO_ROWS;
  for await (const { key } of lake.store.list(lake.buckets.curated, recordPrefix(ref.dataset.name, ref.partition))) {
    const intent = await readIntent(lake, key);
    if (intent?.record.files.every((file) => committed.has(file)) === true) {
      counts = addCounts(counts, await finish(lake, ref, intent));
    }
  }
  return counts;
}
