import { randomUUID } from 'node:crypto';
import { dataPrefix, rawPrefix } from '../../../lib/dataset/layout';
import { backoffMillis } from '../limits/backoff';
import { type ListRange, type ObjectInfo, PreconditionFailedError } from '../store/object-store';
import { graceMillis } from './ages';
import { finish, recover, writeIntent } from './commit-intent';
import type { Batch, Converter, LoadedInput, LocalFiles, RefusedObject } from './converter';
import type { Lake, PartitionRef } from './lake';
import { type Manifest, readManifest, replaceManifest } from './manifest';
import { dataFileKey, type PinnedInput, transactionId } from './names';
import { quarantine } from './quarantine';
import { addCounts, assertBalanced, NO_ROWS, type RowCounts } from './result';

/** A commit that meets this many faster writers gives up; its inputs stay pending for the next run. */
export const MAX_ATTEMPTS = 20;
/** Pause after a lost race, in milliseconds, doubled each time up to the maximum, with full jitter. */
const BACKOFF = { first: 50, maximum: 5_000 };

/** Too many concurrent commits to one partition. Retryable: nothing was lost or half done. */
export class ContentionError extends Error {
  override readonly name = 'ContentionError';
}

export interface CompactOutcome {
  readonly counts: RowCounts;
  /** The last key of this transaction; undefined when the range held nothing. */
  readonly through: string | undefined;
  /** What this transaction took in: committed, or in quarantine. */
  readonly taken: readonly PinnedInput[];
  /** What S3 did not hand out. It is as pending as before. */
  readonly refused: readonly RefusedObject[];
}

/**
 * One transaction: takes pending raw objects of one partition and commits their rows.
 *
 * Invariants at every instant, with any number of concurrent workers and a crash at any call: every accepted row is in
 * exactly one of {pending raw object, file of the manifest}, where a raw object that a committed record names counts as
 * consumed; a reader of the manifest sees a complete version; nothing is deleted before its replacement is committed.
 */
export async function compactOnce(
  lake: Lake,
  ref: PartitionRef,
  range: ListRange,
  converter: Converter,
  take: (objects: AsyncIterable<ObjectInfo>) => Promise<ObjectInfo[]>,
): Promise<CompactOutcome> {
  let counts = NO_ROWS;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await backOff(lake, attempt);
    // The manifest is read, and its transactions are finished, before any input is read: what can be read afterwards is
    // not in this version, and a commit that consumes it meanwhile changes the manifest's ETag, so that ours is refused.
    const manifest = await readManifest(lake, ref);
    counts = addCounts(counts, await recover(lake, ref, manifest));
    const prefix = rawPrefix(ref.dataset.name, ref.partition);
    const pending = await take(lake.store.list(lake.buckets.raw, prefix, range));
    const last = pending.at(-1);
    if (last === undefined) return { counts, through: undefined, taken: [], refused: [] };
    const batch = await converter.load(ref, pending);
    try {
      const settled = await commitWithRetry(lake, ref, manifest, batch);
      counts = addCounts(counts, settled.counts);
      if (settled.outcome === 'settled') {
        const { inputs, refused } = batch;
        return { counts, through: batch.complete ? last.key : inputs.at(-1)?.key, taken: inputs, refused };
      }
    } finally {
      await batch.dispose();
    }
  }
  throw new ContentionError(
    `${ref.dataset.name}/${ref.partition}: ${MAX_ATTEMPTS} attempts met other writers; the inputs stay pending`,
  );
}

type Settled = { readonly outcome: 'settled' | 'consumed-elsewhere'; readonly counts: RowCounts };

async function commitWithRetry(lake: Lake, ref: PartitionRef, start: Manifest, batch: Batch): Promise<Settled> {
  const rewritten = await quarantine(lake, ref, batch.inputs);
  // An unreadable object that was rewritten before it could be kept is somebody's new object: leave it pending.
  const inputs = batch.inputs.filter(({ key }) => !rewritten.has(key));
  if (inputs.length === 0) return { outcome: 'settled', counts: NO_ROWS };

  let manifest = start;
  let recovered = NO_ROWS;
  let staged: Staged | undefined;
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (attempt > 0) {
        await backOff(lake, attempt);
        manifest = await readManifest(lake, ref);
        recovered = addCounts(recovered, await recover(lake, ref, manifest));
        if (!(await allPending(lake, ref, inputs))) return { outcome: 'consumed-elsewhere', counts: recovered };
      }
      const base = ref.dataset.dedupeKey.length > 0 ? manifest.files : [];
      if (staged === undefined || !sameFiles(staged.base, base)) {
        await staged?.files.dispose();
        staged = await stage(lake, ref, batch, inputs, base);
      }
      const committed = await commit(lake, ref, manifest, inputs, staged);
      if (committed !== undefined) return { outcome: 'settled', counts: addCounts(recovered, committed) };
    }
  } finally {
    await staged?.files.dispose();
  }
  throw new ContentionError(`${ref.dataset.name}/${ref.partition}: ${MAX_ATTEMPTS} commits met faster writers`);
}

/** Converted and uploaded, but in no manifest yet. */
interface Staged {
  readonly base: readonly string[];
  readonly files: LocalFiles;
  readonly counts: RowCounts;
  readonly id: string;
  readonly keys: readonly string[];
}

async function stage(
  lake: Lake,
  ref: PartitionRef,
  batch: Batch,
  inputs: readonly LoadedInput[],
  base: readonly string[],
): Promise<Staged> {
  const files = await batch.write(await describe(lake, ref, base));
  const counts = countRows(inputs, files);
  assertBalanced(counts, `${ref.dataset.name}/${ref.partition}`);
  return { base, files, counts, ...(await upload(lake, ref, inputs, base, files.paths)) };
}

/** Records and commits. Undefined: somebody else was faster, and nothing of ours is visible. */
async function commit(
  lake: Lake,
  ref: PartitionRef,
  manifest: Manifest,
  inputs: readonly LoadedInput[],
  { files, counts, id, keys }: Staged,
): Promise<RowCounts | undefined> {
  if (files.rows === 0) {
    // Everything is in quarantine, or was in files of the manifest before: no version to commit.
    await lake.store.deleteMatching(lake.buckets.raw, inputs);
    return counts;
  }
  const record = await writeIntent(lake, ref, id, {
    files: keys,
    inputs: inputs.map(({ key, etag, versionId }) => ({ key, etag, versionId })),
    counts,
    attempt: randomUUID(),
  });
  if (!(await commitFiles(lake, ref, manifest, keys, []))) return undefined;
  return await finish(lake, record);
}

/**
 * Commits a new version of the manifest. After a refusal or an unknown outcome it looks for its own files: an earlier
 * try of the same request may have succeeded unseen.
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

async function contains(lake: Lake, ref: PartitionRef, files: readonly string[]): Promise<boolean> {
  const now = new Set((await readManifest(lake, ref)).files);
  return files.every((file) => now.has(file));
}

/**
 * Puts the files under the transaction's name. A data file is immutable: one that exists was put by an earlier attempt
 * and holds the same rows, so it is taken over. Two cases need a name of their own: several files, because attempts may
 * divide the rows between them in different ways; and a file so old that a vacuum could be about to delete it.
 */
export async function upload(
  lake: Lake,
  ref: PartitionRef,
  inputs: readonly PinnedInput[],
  base: readonly string[],
  paths: readonly string[],
): Promise<{ id: string; keys: string[] }> {
  let id = transactionId(inputs, base);
  if (paths.length > 1 || (await tooOldToTakeOver(lake, ref, id))) id = transactionId(inputs, base, randomUUID());
  const keys = paths.map((_, index) => dataFileKey(ref, id, index));
  for (const [index, path] of paths.entries()) await putOnce(lake, ref, keys[index] as string, path);
  return { id, keys };
}

/**
 * Puts a data file unless it is there. A refusal alone does not say that it is: S3 also refuses (409) while another upload
 * of the same name is under way, and that one may come to nothing. What is committed must exist, so it is looked for.
 */
async function putOnce(lake: Lake, ref: PartitionRef, key: string, path: string): Promise<void> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    try {
      await lake.store.putFile(lake.buckets.curated, key, path, { ifAbsent: true });
      return;
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
    }
    if ((await listData(lake, ref)).some((file) => file.key === key)) return;
    await backOff(lake, attempt);
  }
  throw new ContentionError(`${key}: ${MAX_ATTEMPTS} uploads met other uploads of the same name`);
}

/** The vacuum deletes what is older than the grace; half of it is far more than any commit takes from here. */
async function tooOldToTakeOver(lake: Lake, ref: PartitionRef, id: string): Promise<boolean> {
  const limit = lake.now().getTime() - graceMillis(ref.dataset) / 2;
  const key = dataFileKey(ref, id, 0);
  return (await listData(lake, ref)).some((file) => file.key === key && file.lastModified.getTime() < limit);
}

async function listData(lake: Lake, ref: PartitionRef): Promise<ObjectInfo[]> {
  const files: ObjectInfo[] = [];
  for await (const file of lake.store.list(lake.buckets.curated, dataPrefix(ref.dataset.name, ref.partition))) {
    files.push(file);
  }
  return files;
}

/** Sizes and ETags of data files. @throws Error when a listed file does not exist: queries would fail on it */
export async function describe(lake: Lake, ref: PartitionRef, keys: readonly string[]): Promise<ObjectInfo[]> {
  if (keys.length === 0) return [];
  const found = new Map((await listData(lake, ref)).map((file) => [file.key, file]));
  return keys.map((key) => {
    const file = found.get(key);
    if (file === undefined) {
      throw new Error(`The manifest of ${ref.dataset.name}/${ref.partition} lists ${key}, which does not exist`);
    }
    return file;
  });
}

async function allPending(lake: Lake, ref: PartitionRef, inputs: readonly LoadedInput[]): Promise<boolean> {
  const missing = new Map(inputs.map(({ key, etag }) => [key, etag]));
  const last = inputs.at(-1)?.key;
  const prefix = rawPrefix(ref.dataset.name, ref.partition);
  for await (const object of lake.store.list(lake.buckets.raw, prefix, { through: last })) {
    if (missing.get(object.key) === object.etag) missing.delete(object.key);
  }
  return missing.size === 0;
}

function countRows(inputs: readonly LoadedInput[], files: LocalFiles): RowCounts {
  const rowsQuarantined = sum(inputs, ({ rejected }) => rejected.length);
  return {
    rowsIn: sum(inputs, ({ accepted }) => accepted) + rowsQuarantined,
    rowsOut: files.rows,
    rowsQuarantined,
    duplicates: files.duplicates,
    objectsIn: inputs.length,
    bytesIn: sum(inputs, ({ size }) => size),
    objectsQuarantined: sum(inputs, ({ unreadable }) => (unreadable === undefined ? 0 : 1)),
    rowsOutsidePartition: files.rowsOutsidePartition ?? 0,
    filesOut: files.paths.length,
    bytesOut: files.bytes,
  };
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

function sameFiles(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((file, index) => file === b[index]);
}

export async function backOff(lake: Lake, attempt: number): Promise<void> {
  await lake.sleep(backoffMillis(BACKOFF, attempt));
}
