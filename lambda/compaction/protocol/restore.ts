import { randomUUID } from 'node:crypto';
import { mapConcurrently } from '../concurrency';
import { type ObjectInfo, PreconditionFailedError } from '../store/object-store';
import { listDataFiles } from './data-files';
import { type Lake, nameOf, type PartitionRef } from './lake';
import { dataFileKey, isTombstones, tombstonesKey, transactionId } from './names';
import { commitVersion, readVersion, retryContended } from './transaction';

const COPIES_IN_FLIGHT = 8;

type RestoreOutcome =
  /** The files of the new version. */
  | { readonly outcome: 'restored'; readonly files: readonly string[] }
  /** The partition lists these files already. */
  | { readonly outcome: 'current' }
  /** Some of the files do not exist any more; nothing was changed. */
  | { readonly outcome: 'missing'; readonly files: readonly string[] };

/**
 * Makes the files of an earlier version those of a new one, by one replacement of the manifest.
 *
 * Files that the current version does not list are copied to names of their own: a vacuum that has begun may delete the old
 * ones at any time, and never a young one. What was committed since that version leaves the table, and its raw objects are
 * gone: the transactions of the current version are finished first, as before every other commit.
 *
 * @param files of the earlier version, keys in the curated bucket
 */
export async function restoreFiles(lake: Lake, ref: PartitionRef, files: readonly string[]): Promise<RestoreOutcome> {
  const copies = new Map<string, string>();
  return await retryContended(
    lake,
    nameOf(ref),
    'restores met faster writers',
    async (): Promise<RestoreOutcome | undefined> => {
      const { manifest } = await readVersion(lake, ref);
      const listed = new Set(manifest.files);
      if (files.length === listed.size && files.every((key) => listed.has(key))) return { outcome: 'current' };
      const found = new Map((await listDataFiles(lake, ref)).map((file) => [file.key, file]));
      const wanted = files.filter((key) => !listed.has(key) && !copies.has(key));
      const lost = files.filter((key) => !found.has(key) && !copies.has(key));
      if (lost.length > 0) return { outcome: 'missing', files: lost };
      await mapConcurrently(wanted, COPIES_IN_FLIGHT, async (key) => {
        const copy = await copyFile(lake, ref, found.get(key) as ObjectInfo);
        if (copy === undefined) lost.push(key);
        else copies.set(key, copy);
      });
      if (lost.length > 0) return { outcome: 'missing', files: lost };
      const next = files.map((key) => (listed.has(key) ? key : (copies.get(key) as string)));
      if (await commitVersion(lake, ref, manifest, next)) return { outcome: 'restored', files: next };
      // They may have been listed without an answer: then an erase that replaced them deletes them at any time.
      copies.clear();
      return undefined;
    },
  );
}

/** @returns the name of the copy; undefined when a vacuum was faster */
export async function copyFile(lake: Lake, ref: PartitionRef, file: ObjectInfo): Promise<string | undefined> {
  const { curated } = lake.buckets;
  const id = transactionId([file], [], randomUUID());
  const key = isTombstones(file.key) ? tombstonesKey(ref, id) : dataFileKey(ref, id, 0);
  try {
    await lake.store.copy({ ...file, bucket: curated }, { bucket: curated, key });
    return key;
  } catch (error) {
    if (error instanceof PreconditionFailedError) return undefined;
    throw error;
  }
}
