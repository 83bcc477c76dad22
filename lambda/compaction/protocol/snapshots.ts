import { publishedKey } from '../../../lib/dataset/layout';
import type { Dataset } from '../../../lib/dataset/model';
import type { Lake, PartitionRef } from './lake';
import type { Manifest } from './manifest';

/**
 * Since when the snapshots of a dataset that is an Iceberg table know its manifests: each snapshot that is retained holds every
 * partition as its manifest was at this time, or later. What was true stays true: snapshots only expire, and new ones are later.
 *
 * @returns epoch milliseconds; undefined when nothing was published yet, or nobody can tell
 */
export async function readSnapshotsSince({ store, buckets }: Lake, dataset: Dataset): Promise<number | undefined> {
  const found = await store.get(buckets.curated, publishedKey(dataset.name));
  try {
    const stored = JSON.parse(found?.body.toString('utf8') ?? '{}') as { readonly readSince?: unknown } | null;
    return typeof stored?.readSince === 'number' ? stored.readSince : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Tells the vacuum of a publication, once it is committed: before, a snapshot that expires with it is still there for readers.
 * Of two publishers at a time the earlier may write last, which makes the vacuum wait and nothing worse.
 */
export async function storeSnapshotsSince(lake: Lake, dataset: Dataset, readSince: number): Promise<void> {
  const known = await readSnapshotsSince(lake, dataset);
  if (known !== undefined && known >= readSince) return;
  await lake.store.put(lake.buckets.curated, publishedKey(dataset.name), Buffer.from(JSON.stringify({ readSince })));
}

/**
 * Whether a snapshot may list files of a partition that its manifest does not list. Without a manifest nobody knows since when there
 * is none.
 */
export async function maySnapshotsListMore(
  lake: Lake,
  { dataset }: PartitionRef,
  manifest: Manifest,
): Promise<boolean> {
  if (dataset.iceberg !== true) return false;
  const since = await readSnapshotsSince(lake, dataset);
  const written = manifest.lastModified?.getTime();
  return since === undefined || written === undefined || written >= since;
}
