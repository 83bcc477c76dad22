import { randomUUID } from 'node:crypto';
import { comparesRows, supersedes } from '../../../lib/dataset';
import type { ObjectInfo } from '../store/object-store';
import { addRewritten, NOTHING_REWRITTEN, type Rewritten, uploadChanges, writtenChanges } from './changes';
import { finish, writeIntent } from './commit-intent';
import type { Batch, Converter, LoadedInput, RefusedObject } from './converter';
import { statFiles, upload } from './data-files';
import { type KeyRange, listRanges, rangesAfter, rangesThrough } from './key-ranges';
import { type Lake, nameOf, type PartitionRef } from './lake';
import type { Manifest } from './manifest';
import type { PinnedInput } from './names';
import { noteNewest } from './newest';
import { quarantine } from './quarantine';
import { addCounts, countRows, NO_ROWS, type RowCounts, withRepeats, writtenFiles } from './result';
import { commitFiles, readVersion, retryContended, type Version } from './transaction';

export interface CompactOutcome {
  readonly counts: RowCounts;
  /** The rest of the ranges; undefined when they held nothing. */
  readonly rest: readonly KeyRange[] | undefined;
  /** What this transaction consumed: committed, or in quarantine. */
  readonly taken: readonly PinnedInput[];
  /** Objects that S3 refused to return. They stay pending. */
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
  ranges: readonly KeyRange[],
  converter: Converter,
  take: (objects: AsyncIterable<ObjectInfo>) => Promise<ObjectInfo[]>,
): Promise<CompactOutcome> {
  let counts = NO_ROWS;
  return await retryContended(
    lake,
    nameOf(ref),
    'attempts met other writers; the inputs stay pending',
    async (): Promise<CompactOutcome | undefined> => {
      // The manifest is read, and its transactions are finished, before any input is read: what can be read afterwards is
      // not in this version, and a commit that consumes it meanwhile changes the manifest's ETag, so that ours is refused.
      const version = await readVersion(lake, ref);
      counts = addCounts(counts, version.recovered);
      const pending = await take(listRanges(lake, ranges));
      const last = pending.at(-1);
      if (last === undefined) return { counts, rest: undefined, taken: [], refused: [] };
      const batch = await converter.load(ref, pending);
      try {
        const settled = await commitWithRetry(lake, ref, ranges, version, batch);
        counts = addCounts(counts, settled.counts);
        if (settled.outcome === 'consumed-elsewhere') return undefined;
        const { inputs, refused } = batch;
        const through = batch.complete ? last.key : inputs.at(-1)?.key;
        const rest = through === undefined ? undefined : rangesAfter(ranges, through);
        return { counts, rest, taken: inputs, refused };
      } finally {
        await batch.dispose();
      }
    },
  );
}

type Settled = { readonly outcome: 'settled' | 'consumed-elsewhere'; readonly counts: RowCounts };

async function commitWithRetry(
  lake: Lake,
  ref: PartitionRef,
  ranges: readonly KeyRange[],
  start: Version,
  batch: Batch,
): Promise<Settled> {
  const rewritten = await quarantine(lake, ref, batch.inputs);
  // An unreadable object that was rewritten before it could be copied is a new object: leave it pending.
  const inputs = batch.inputs.filter(({ key }) => !rewritten.has(key));
  if (inputs.length === 0) return { outcome: 'settled', counts: NO_ROWS };

  let version: Version | undefined = start;
  let recovered = NO_ROWS;
  let staged: Staged | undefined;
  let parts = NOTHING_REWRITTEN;
  const attempt = async (): Promise<Settled | 'part' | undefined> => {
    if (version === undefined) {
      version = await readVersion(lake, ref);
      recovered = addCounts(recovered, version.recovered);
      if (!(await allPending(lake, ranges, inputs))) return { outcome: 'consumed-elsewhere', counts: recovered };
    }
    const { manifest } = version;
    version = undefined;
    const base = comparesRows(ref.dataset) ? manifest.files : [];
    if (staged === undefined || !sameFiles(staged.base, base)) {
      await staged?.dispose();
      staged = await stage(lake, ref, batch, inputs, base, parts);
    }
    if (staged.part !== undefined) {
      if (!(await commitFiles(lake, ref, manifest, staged.keys, staged.remove))) return undefined;
      parts = addRewritten(parts, staged.part);
      return 'part';
    }
    const committed = await commit(lake, ref, manifest, inputs, staged);
    return committed === undefined ? undefined : { outcome: 'settled', counts: addCounts(recovered, committed) };
  };
  try {
    for (;;) {
      const outcome = await retryContended(lake, nameOf(ref), 'commits met faster writers', attempt);
      // After each part, less is left to do than before.
      if (outcome !== 'part') return outcome;
    }
  } finally {
    await staged?.dispose();
  }
}

/** Converted and uploaded, but in no manifest yet. */
interface Staged {
  readonly base: readonly string[];
  readonly id: string;
  readonly keys: readonly string[];
  /** Files of the base that they replace. */
  readonly remove: readonly string[];
  readonly counts: RowCounts;
  readonly newestEvent?: number | undefined;
  /** Set when these are a part of the changes: the inputs are consumed with the last one. */
  readonly part?: Rewritten;
  dispose(): Promise<void>;
}

/** @param before parts of the changes that are committed */
async function stage(
  lake: Lake,
  ref: PartitionRef,
  batch: Batch,
  inputs: readonly LoadedInput[],
  base: readonly string[],
  before: Rewritten,
): Promise<Staged> {
  const files = await statFiles(lake, ref, base);
  if (supersedes(ref.dataset)) return { base, ...(await stageChanges(lake, ref, batch, inputs, files, before)) };
  const local = await batch.write(files);
  const counted = withRepeats(ref.dataset, { checks: batch.checks, inputs }, local);
  const counts = countRows(counted, writtenFiles(local), nameOf(ref));
  const uploaded = await upload(lake, ref, inputs, base, local.paths);
  const { newestEvent } = local;
  return { base, ...uploaded, remove: [], counts, newestEvent, dispose: () => local.dispose() };
}

async function stageChanges(
  lake: Lake,
  ref: PartitionRef,
  batch: Batch,
  inputs: readonly LoadedInput[],
  base: readonly ObjectInfo[],
  before: Rewritten,
): Promise<Omit<Staged, 'base'>> {
  const changes = await batch.change(base);
  try {
    const { id, keys, remove, rewritten, complete } = await uploadChanges(lake, ref, base, changes);
    const staged = { id, keys, remove, dispose: async () => {} };
    if (!complete) return { ...staged, counts: NO_ROWS, part: rewritten };
    const { newestEvent } = changes;
    return {
      ...staged,
      newestEvent,
      counts: countRows({ checks: batch.checks, inputs }, writtenChanges(changes, before, rewritten), nameOf(ref)),
    };
  } finally {
    await changes.dispose();
  }
}

/** Writes the commit intent, and commits. Undefined: another writer was faster, and nothing of this attempt is visible. */
async function commit(
  lake: Lake,
  ref: PartitionRef,
  manifest: Manifest,
  inputs: readonly LoadedInput[],
  { counts, id, keys, remove, newestEvent }: Staged,
): Promise<RowCounts | undefined> {
  if (keys.length === 0) {
    // Everything is in quarantine, or was in files of the manifest before: no version to commit.
    if (newestEvent !== undefined) await noteNewest(lake, ref.dataset.name, newestEvent);
    await lake.store.deleteMatching(lake.buckets.raw, inputs);
    return counts;
  }
  const record = await writeIntent(lake, ref, id, {
    files: keys,
    inputs: inputs.map(({ key, etag, versionId }) => ({ key, etag, versionId })),
    counts,
    ...(newestEvent === undefined ? {} : { newestEvent }),
    attempt: randomUUID(),
  });
  if (!(await commitFiles(lake, ref, manifest, keys, remove))) return undefined;
  return await finish(lake, ref, record);
}

async function allPending(lake: Lake, ranges: readonly KeyRange[], inputs: readonly LoadedInput[]): Promise<boolean> {
  const missing = new Map(inputs.map(({ key, etag }) => [key, etag]));
  const last = inputs.at(-1)?.key ?? '';
  for await (const object of listRanges(lake, rangesThrough(ranges, last))) {
    if (missing.get(object.key) === object.etag) missing.delete(object.key);
  }
  return missing.size === 0;
}

function sameFiles(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((file, index) => file === b[index]);
}
