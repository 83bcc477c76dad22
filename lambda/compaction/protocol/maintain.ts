import { recordPrefix } from '../../../lib/dataset/layout';
import type { ObjectInfo } from '../store/object-store';
import { graceMillis, isExpired, isSettled } from './ages';
import { readIntent } from './commit-intent';
import type { Converter } from './converter';
import { listDataFiles, statFiles, upload } from './data-files';
import { type Lake, nameOf, type PartitionRef } from './lake';
import { type Manifest, readManifest, replaceManifest } from './manifest';
import { chooseMerge, mergePolicy } from './merge-policy';
import { isTombstones } from './names';
import type { RowCounts } from './result';
import { maySnapshotsListMore } from './snapshots';
import { commitFiles, readVersion, retryContended } from './transaction';

/**
 * Merges undersized files until the policy finds nothing more to merge.
 *
 * A merge is a transaction like any other: the new file becomes visible, and the old ones invisible, by one replacement
 * of the manifest. The old files stay for running queries until the vacuum deletes them.
 *
 * @returns how many files were replaced by how many
 */
export async function mergeFiles(
  lake: Lake,
  ref: PartitionRef,
  converter: Converter,
): Promise<{ replaced: number; written: number }> {
  const policy = mergePolicy(ref.dataset);
  let replaced = 0;
  let written = 0;
  /** As of the first look: merged files are young themselves. */
  let packs: boolean | undefined;
  for (;;) {
    const merged = await retryContended(lake, nameOf(ref), 'merges met faster writers', async () => {
      const { manifest } = await readVersion(lake, ref);
      const rows = manifest.files.filter((key) => !isTombstones(key));
      const files = await statFiles(lake, ref, rows);
      packs ??= isSettled(lake, ref, files);
      const group = chooseMerge(files, policy, packs);
      return group.length === 0 ? { from: 0, to: 0 } : await merge(lake, ref, manifest, group, converter);
    });
    replaced += merged.from;
    written += merged.to;
    // Rows that do not pack into fewer files never will: merging them again would not end.
    if (merged.to >= merged.from) return { replaced, written };
  }
}

/** Numbers of merged and of written files. Undefined: another writer replaced one of the files first. */
async function merge(
  lake: Lake,
  ref: PartitionRef,
  start: Manifest,
  group: readonly ObjectInfo[],
  converter: Converter,
): Promise<{ readonly from: number; readonly to: number } | undefined> {
  const files = await converter.merge(ref, group);
  try {
    const { keys } = await upload(lake, ref, group, [], files.paths);
    const remove = group.map(({ key }) => key);
    let manifest = start;
    const outcome = await retryContended(
      lake,
      nameOf(ref),
      'commits met faster writers',
      async (attempt): Promise<'committed' | 'replaced' | undefined> => {
        if (attempt > 0) {
          manifest = await readManifest(lake, ref);
          const present = new Set(manifest.files);
          if (!remove.every((key) => present.has(key))) return 'replaced';
        }
        return (await commitFiles(lake, ref, manifest, keys, remove)) ? 'committed' : undefined;
      },
    );
    return outcome === 'committed' ? { from: group.length, to: keys.length } : undefined;
  } finally {
    await files.dispose();
  }
}

/**
 * Empties a partition whose retention is over. A later vacuum deletes its files, so that running queries can still read them.
 *
 * @returns the number of files that the partition no longer lists
 */
export async function expire(lake: Lake, ref: PartitionRef): Promise<number> {
  if (!isExpired(lake, ref)) return 0;
  const { manifest } = await readVersion(lake, ref);
  if (manifest.files.length === 0) return 0;
  // Losing the race is fine: the next run meets the newer version.
  const outcome = await replaceManifest(lake, ref, manifest, []);
  return outcome === 'committed' ? manifest.files.length : 0;
}

/**
 * Finds data files that no query can read any more: not in the manifest, older than the grace, in a partition whose
 * manifest is also older than the grace. The manifest's age is what protects running queries: the version before it was
 * replaced at least that long ago. The file's age protects a transaction that has uploaded but not committed yet.
 * Files that an Iceberg snapshot may list stay as well, however old they are.
 * Commit intents of transactions that never committed are deleted by the rule for manifests.
 */
export async function findVacuumable(lake: Lake, ref: PartitionRef, manifest: Manifest): Promise<ObjectInfo[]> {
  const before = lake.now().getTime() - graceMillis(ref.dataset);
  if ((manifest.lastModified?.getTime() ?? 0) >= before) return [];
  const listed = new Set(manifest.files);
  const old: ObjectInfo[] = [];
  for (const file of await listDataFiles(lake, ref)) {
    if (!listed.has(file.key) && file.lastModified.getTime() < before) old.push(file);
  }
  if (old.length > 0 && (await maySnapshotsListMore(lake, ref, manifest))) old.length = 0;
  for await (const object of lake.store.list(lake.buckets.curated, recordPrefix(ref.dataset.name, ref.partition))) {
    if (object.lastModified.getTime() >= before) continue;
    const intent = await readIntent(lake, object.key);
    if (intent?.etag === object.etag && !intent.record.files.some((file) => listed.has(file))) old.push(object);
  }
  return old;
}

/** Deletes what {@link findVacuumable} finds. @returns the number of objects deleted */
export async function vacuum(lake: Lake, ref: PartitionRef): Promise<number> {
  const { manifest } = await readVersion(lake, ref);
  const old = await findVacuumable(lake, ref, manifest);
  return (await lake.store.deleteMatching(lake.buckets.curated, old)).length;
}

export interface MaintainOutcome {
  readonly filesReplaced: number;
  readonly filesWritten: number;
  readonly filesExpired: number;
  readonly objectsVacuumed: number;
  /** Rows of transactions that a crashed worker had committed but not reported. */
  readonly counts: RowCounts;
}

/** Everything that a partition needs besides the compaction of new data. */
export async function maintain(lake: Lake, ref: PartitionRef, converter: Converter): Promise<MaintainOutcome> {
  const { recovered: counts } = await readVersion(lake, ref);
  const filesExpired = await expire(lake, ref);
  const { replaced, written } = await mergeFiles(lake, ref, converter);
  const objectsVacuumed = await vacuum(lake, ref);
  return { filesReplaced: replaced, filesWritten: written, filesExpired, objectsVacuumed, counts };
}
