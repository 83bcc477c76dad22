import { randomUUID } from 'node:crypto';
import { mapConcurrently } from '../concurrency';
import { type ObjectInfo, PreconditionFailedError } from '../store/object-store';
import { listDataFiles } from './data-files';
import { type Eraser, unlessGone, uploadRest } from './erase';
import { type Erasure, type KeptErasure, readErasures, sameErasures } from './erasures';
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
 * Rows that were erased since that version stay away: files that have such rows are written again without them. A restore that
 * has not seen an erase is seen by it, as its copies are there before it looks for the last time.
 *
 * @param version the earlier version: its files, keys in the curated bucket, and when it became current
 * @param eraserOf makes what leaves out the rows of erasures
 */
export async function restoreFiles(
  lake: Lake,
  ref: PartitionRef,
  { files, at }: { readonly files: readonly string[]; readonly at: Date },
  eraserOf: (erasures: readonly Erasure[]) => Eraser,
): Promise<RestoreOutcome> {
  const since = async (): Promise<readonly KeptErasure[]> =>
    (await readErasures(lake, ref)).filter((erasure) => erasure.at >= at);
  return await retryContended(
    lake,
    nameOf(ref),
    'restores met faster writers',
    async (): Promise<RestoreOutcome | undefined> => {
      const { manifest } = await readVersion(lake, ref);
      const listed = new Set(manifest.files);
      if (files.length === listed.size && files.every((key) => listed.has(key))) return { outcome: 'current' };
      const erasures = await since();
      const found = new Map((await listDataFiles(lake, ref)).map((file) => [file.key, file]));
      const wanted = files.filter((key) => !listed.has(key));
      const lost = files.filter((key) => !found.has(key));
      if (lost.length > 0) return { outcome: 'missing', files: lost };
      const eraser = erasures.length === 0 ? undefined : eraserOf(erasures);
      // Of this attempt alone: those of one that lost may have been listed without an answer, and an erase that replaced them deletes
      // them at any time.
      const copies = new Map<string, readonly string[]>();
      await mapConcurrently(wanted, COPIES_IN_FLIGHT, async (key) => {
        const file = found.get(key) as ObjectInfo;
        const copy = await unlessGone(() => copyWithout(lake, ref, file, eraser));
        if (copy === undefined) lost.push(key);
        else copies.set(key, copy);
      });
      if (lost.length > 0) return { outcome: 'missing', files: lost };
      if (!sameErasures(await since(), erasures)) return undefined;
      const next = files.flatMap((key) => (listed.has(key) ? [key] : (copies.get(key) as readonly string[])));
      return (await commitVersion(lake, ref, manifest, next)) ? { outcome: 'restored', files: next } : undefined;
    },
  );
}

async function copyWithout(
  lake: Lake,
  ref: PartitionRef,
  file: ObjectInfo,
  eraser: Eraser | undefined,
): Promise<readonly string[] | undefined> {
  if (eraser !== undefined && (await eraser.count(file)) > 0) return await uploadRest(lake, ref, eraser, [file]);
  const copy = await copyFile(lake, ref, file);
  return copy === undefined ? undefined : [copy];
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
