import { backoffMillis } from '../limits/backoff';
import { recover } from './commit-intent';
import type { Lake, PartitionRef } from './lake';
import { type Manifest, readManifest, replaceManifest } from './manifest';
import { transactionOf } from './names';
import type { RowCounts } from './result';

/** A commit that loses to this many other writers gives up; its inputs stay pending for the next run. */
const MAX_ATTEMPTS = 20;
/** Pause after a lost race, in milliseconds, doubled each time up to the maximum, with full jitter. */
const BACKOFF = { first: 100, maximum: 5_000 };

/** Too many concurrent commits to one partition. Retryable: nothing was lost or half done. */
export class ContentionError extends Error {
  override readonly name = 'ContentionError';
}

/**
 * Repeats until an attempt, counted from 0, has an outcome; waits after a lost race.
 *
 * @param where names the partition or the object
 * @param met what the attempts met, such as `commits met faster writers`
 * @throws ContentionError after the last attempt
 */
export async function retryContended<T>(
  lake: Lake,
  where: string,
  met: string,
  run: (attempt: number) => Promise<T | undefined>,
): Promise<T> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await lake.sleep(backoffMillis(BACKOFF, attempt - 1));
    const outcome = await run(attempt);
    if (outcome !== undefined) return outcome;
  }
  throw new ContentionError(`${where}: ${MAX_ATTEMPTS} ${met}`);
}

/** A version of a partition whose transactions are finished. */
export interface Version {
  readonly manifest: Manifest;
  /** Rows of transactions that another task had committed, and that were finished here. */
  readonly recovered: RowCounts;
}

/**
 * Reads the current version and finishes its transactions: afterwards no raw object is also in a file of it. Whatever pins
 * inputs, or judges what is pending or listed, starts here.
 */
export async function readVersion(lake: Lake, ref: PartitionRef): Promise<Version> {
  const manifest = await readManifest(lake, ref);
  return { manifest, recovered: await recover(lake, ref, manifest) };
}

/**
 * Commits a new version of the manifest. After a refusal or an unknown outcome it checks for its own files: an earlier
 * attempt of the same request may have succeeded without a response.
 *
 * @returns whether the files are in the manifest now
 */
export async function commitFiles(
  lake: Lake,
  ref: PartitionRef,
  manifest: Manifest,
  add: readonly string[],
  remove: readonly string[],
): Promise<boolean> {
  const isThere = await tryFiles(lake, ref, manifest, add, remove);
  if (isThere && add.length + remove.length > 0) tell(lake, ref, add, remove.length);
  return isThere;
}

async function tryFiles(
  lake: Lake,
  ref: PartitionRef,
  manifest: Manifest,
  add: readonly string[],
  remove: readonly string[],
): Promise<boolean> {
  const removed = new Set(remove);
  const present = new Set(manifest.files);
  if (add.every((file) => present.has(file)) && remove.every((file) => !present.has(file))) return true;
  const files = [...manifest.files.filter((file) => !removed.has(file)), ...add.filter((file) => !present.has(file))];
  try {
    if ((await replaceManifest(lake, ref, manifest, files)) === 'committed') return true;
  } catch (error) {
    if (await contains(lake, ref, add)) return true;
    throw error;
  }
  return await contains(lake, ref, add);
}

/**
 * Commits a version that lists just these files. After a refusal or an unknown outcome it looks: the write may have succeeded unseen.
 *
 * @returns whether the manifest lists them, and nothing else, now
 */
export async function commitVersion(
  lake: Lake,
  ref: PartitionRef,
  previous: Manifest,
  files: readonly string[],
): Promise<boolean> {
  const isThere = await tryVersion(lake, ref, previous, files);
  if (isThere) {
    const [before, after] = [new Set(previous.files), new Set(files)];
    const added = files.filter((key) => !before.has(key));
    tell(lake, ref, added, previous.files.filter((key) => !after.has(key)).length);
  }
  return isThere;
}

function tell(
  { committed }: Lake,
  { dataset, partition }: PartitionRef,
  added: readonly string[],
  removed: number,
): void {
  const [first] = added;
  const id = first === undefined ? undefined : transactionOf(first);
  committed?.({ id, dataset: dataset.name, partition, added: added.length, removed });
}

async function tryVersion(
  lake: Lake,
  ref: PartitionRef,
  previous: Manifest,
  files: readonly string[],
): Promise<boolean> {
  const isThere = async (): Promise<boolean> => {
    const now = (await readManifest(lake, ref)).files;
    return now.length === files.length && now.every((key, index) => key === files[index]);
  };
  try {
    if ((await replaceManifest(lake, ref, previous, files)) === 'committed') return true;
  } catch (error) {
    if (await isThere()) return true;
    throw error;
  }
  return await isThere();
}

async function contains(lake: Lake, ref: PartitionRef, files: readonly string[]): Promise<boolean> {
  const now = new Set((await readManifest(lake, ref)).files);
  return files.every((file) => now.has(file));
}
