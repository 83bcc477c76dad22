import { randomUUID } from 'node:crypto';
import { type ObjectInfo, PreconditionFailedError } from '../store/object-store';
import { graceMillis } from './ages';
import type { LocalFiles } from './converter';
import { listDataFiles, MissingFileError, putOnce } from './data-files';
import { readManifestVersions } from './kept-versions';
import { type Lake, nameOf, type PartitionRef } from './lake';
import { readManifest } from './manifest';
import { dataFileKey, isTombstones, tombstonesKey, transactionId } from './names';
import { commitFiles, readVersion, retryContended } from './transaction';

/** Finds and removes the rows of some keys in the data files of one partition. */
export interface Eraser {
  /** Number of rows of the keys in a data file, or in the remembered deletions. @throws PreconditionFailedError when it is gone */
  count(file: ObjectInfo): Promise<number>;
  /** Writes a file without these rows; no file when nothing else is in it. @throws PreconditionFailedError when it is gone */
  rest(file: ObjectInfo): Promise<LocalFiles>;
  /** Writes a data file without rows. */
  empty(): Promise<LocalFiles>;
}

export interface EraseOutcome {
  /** Rows that left the table. */
  readonly rows: number;
  /** Files of the manifest that were replaced. */
  readonly files: number;
  /** Unlisted files that were deleted. */
  readonly leftovers: number;
  /** Unlisted files that have rows of the keys, and that an active transaction may still commit. */
  readonly left: readonly ObjectInfo[];
  /** Of an Iceberg table: unlisted files that have rows of the keys, and that snapshots may list. */
  readonly kept: readonly ObjectInfo[];
}

/** What an erase would do. */
export interface Found {
  readonly listed: readonly { readonly file: ObjectInfo; readonly rows: number }[];
  readonly unlisted: readonly ObjectInfo[];
}

/**
 * Finds the data files of a partition that have rows of the keys, listed or not. Undefined: a listed file was replaced meanwhile.
 *
 * @throws MissingFileError when a listed file does not exist
 */
export async function findErasable(
  lake: Lake,
  ref: PartitionRef,
  listed: readonly string[],
  eraser: Eraser,
): Promise<Found | undefined> {
  const files = await listDataFiles(lake, ref);
  const existing = new Set(files.map(({ key }) => key));
  const missing = listed.find((key) => !existing.has(key));
  if (missing !== undefined) {
    if (!(await readManifest(lake, ref)).files.includes(missing)) return undefined;
    throw new MissingFileError(ref, missing);
  }
  const isListed = new Set(listed);
  const found = { listed: [] as { file: ObjectInfo; rows: number }[], unlisted: [] as ObjectInfo[] };
  for (const file of files) {
    const rows = await unlessGone(() => eraser.count(file));
    if (rows === undefined && isListed.has(file.key)) return undefined;
    if (rows === undefined || rows === 0) continue;
    if (isListed.has(file.key)) found.listed.push({ file, rows });
    else found.unlisted.push(file);
  }
  return found;
}

/**
 * Removes the rows of some keys from a partition: from the files of its manifest by one commit, and then the files that held
 * them, which do not wait for running queries. What is pending must have been compacted before.
 *
 * Files that the manifest does not list are deleted if an earlier version listed them, which no transaction does twice, and once they are
 * older than the grace period; an active transaction may still commit another one. A commit always adds a file of a new name, so
 * that the manifest never becomes one that it was before: a writer that read that one must lose.
 *
 * Of an Iceberg table snapshots list these files: they stay until the vacuum finds that none does any more.
 *
 * Repeats until the current version has no row of the keys.
 */
export async function eraseRows(lake: Lake, ref: PartitionRef, eraser: Eraser): Promise<EraseOutcome> {
  let rows = 0;
  let files = 0;
  let leftovers = 0;
  for (;;) {
    const { listed, unlisted } = await retryContended(lake, nameOf(ref), 'erasures met faster writers', async () => {
      const { manifest } = await readVersion(lake, ref);
      const found = await findErasable(lake, ref, manifest.files, eraser);
      if (found === undefined || found.listed.length === 0) return found;
      const replaced = found.listed.map(({ file }) => file);
      const keys = await unlessGone(() => uploadRest(lake, ref, eraser, replaced));
      if (keys === undefined) return undefined;
      const remove = replaced.map(({ key }) => key);
      return (await commitFiles(lake, ref, manifest, keys, remove)) ? found : undefined;
    });
    const before = lake.now().getTime() - graceMillis(ref.dataset);
    const young = unlisted.filter(({ lastModified }) => lastModified.getTime() >= before);
    const everListed = young.length === 0 ? NONE : await filesOfVersions(lake, ref);
    // Since the manifest was read above, another writer may have listed some: these are in the table.
    const nowListed = everListed.size === 0 ? NONE : new Set((await readManifest(lake, ref)).files);
    const left = young.filter(({ key }) => !everListed.has(key) || nowListed.has(key));
    const isBehind = left.some(({ key }) => nowListed.has(key));
    const gone = [...listed.map(({ file }) => file), ...unlisted.filter((file) => !left.includes(file))];
    const isTable = ref.dataset.iceberg === true;
    if (!isTable) {
      await lake.store.deleteMatching(lake.buckets.curated, gone);
      leftovers += gone.length - listed.length;
    }
    if (listed.length === 0 && !isBehind) return { rows, files, leftovers, left, kept: isTable ? gone : [] };
    rows += listed.reduce((sum, found) => sum + found.rows, 0);
    files += listed.length;
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Every data file that a version of the manifest listed, as long as the version is kept. */
async function filesOfVersions(lake: Lake, ref: PartitionRef): Promise<ReadonlySet<string>> {
  const versions = await readManifestVersions(lake, ref);
  const prefix = `s3://${lake.buckets.curated}/`;
  const lines = versions.flatMap(({ body }) => body.toString('utf8').split('\n'));
  return new Set(lines.flatMap((line) => (line.startsWith(prefix) ? [line.slice(prefix.length)] : [])));
}

/** Writes files without the rows of the keys; one without rows when nothing else is in them. @returns their keys @throws PreconditionFailedError when a file is gone */
export async function uploadRest(
  lake: Lake,
  ref: PartitionRef,
  eraser: Eraser,
  files: readonly ObjectInfo[],
): Promise<readonly string[]> {
  const id = transactionId([], [], randomUUID());
  const keys: string[] = [];
  const upload = async (files: LocalFiles, keyOf: (index: number) => string): Promise<void> => {
    try {
      for (const path of files.paths) {
        const key = keyOf(keys.length);
        await putOnce(lake, ref, key, path);
        keys.push(key);
      }
    } finally {
      await files.dispose();
    }
  };
  const dataKey = (index: number): string => dataFileKey(ref, id, index);
  for (const file of files) {
    await upload(await eraser.rest(file), isTombstones(file.key) ? () => tombstonesKey(ref, id) : dataKey);
  }
  // A commit is recognized by its files.
  if (keys.length === 0) await upload(await eraser.empty(), dataKey);
  return keys;
}

export async function unlessGone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PreconditionFailedError) return undefined;
    throw error;
  }
}
