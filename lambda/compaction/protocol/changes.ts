import { randomUUID } from 'node:crypto';
import type { ObjectInfo } from '../store/object-store';
import type { Changes, LocalFiles } from './converter';
import { putOnce } from './data-files';
import type { Lake, PartitionRef } from './lake';
import { dataFileKey, isTombstones, tombstonesKey, transactionId } from './names';
import type { Written } from './result';

/** Rows and files of rewrites. */
export interface Rewritten {
  readonly placed: number;
  readonly removed: number;
  readonly added: number;
  readonly files: number;
  readonly bytes: number;
}

export const NOTHING_REWRITTEN: Rewritten = { placed: 0, removed: 0, added: 0, files: 0, bytes: 0 };

export function addRewritten(a: Rewritten, b: Rewritten): Rewritten {
  return {
    placed: a.placed + b.placed,
    removed: a.removed + b.removed,
    added: a.added + b.added,
    files: a.files + b.files,
    bytes: a.bytes + b.bytes,
  };
}

/** @param before parts of the changes that are committed: what they brought in is found to be there by now */
export function writtenChanges(changes: Changes, before: Rewritten, last: Rewritten): Written {
  const total = addRewritten(before, last);
  return {
    rowsOut: total.placed + total.added,
    duplicates: 0,
    superseded: changes.superseded - before.placed,
    deletions: changes.deletions,
    rowsReplaced: total.removed,
    rowsOutsidePartition: changes.rowsOutsidePartition,
    erased: changes.erased,
    filesOut: total.files,
    bytesOut: total.bytes,
  };
}

/** Changes of a partition, uploaded, but in no manifest yet. */
export interface UploadedChanges {
  readonly id: string;
  readonly keys: readonly string[];
  readonly remove: readonly string[];
  readonly rewritten: Rewritten;
  /** Whether these are all changes of the batch, so that its inputs are consumed too. */
  readonly complete: boolean;
}

/**
 * Writes and uploads the changes of a batch, file by file, so that the local disk holds one at a time. Names are random:
 * finding out whether two attempts change the same is not worth it.
 *
 * If too much must be rewritten, the changes are a part, and another part follows once this one is committed. A part holds all new
 * deletions: whatever is committed in between, no older row may bring a key back that a part has taken out.
 *
 * @param base all files of the manifest
 */
export async function uploadChanges(
  lake: Lake,
  ref: PartitionRef,
  base: readonly ObjectInfo[],
  changes: Changes,
): Promise<UploadedChanges> {
  const { rewrites, complete } = changes;
  const id = transactionId([], [], randomUUID());
  const keys: string[] = [];
  let bytes = 0;
  const upload = async (files: LocalFiles, keyOf: (index: number) => string): Promise<void> => {
    for (const path of files.paths) {
      const key = keyOf(keys.length);
      await putOnce(lake, ref, key, path);
      keys.push(key);
    }
    bytes += files.bytes;
    await files.dispose();
  };
  const dataKey = (index: number): string => dataFileKey(ref, id, index);
  for (const { file } of rewrites) await upload(await changes.rewrite(file), dataKey);
  if (complete && changes.added > 0) await upload(await changes.writeAdded(), dataKey);
  const remove = rewrites.map(({ file }) => file.key);
  // A commit is recognized by its files: one that only removes rows needs a file too.
  if (changes.buries || (keys.length === 0 && remove.length > 0)) {
    await upload(await changes.writeTombstones(), () => tombstonesKey(ref, id));
    remove.push(...base.map(({ key }) => key).filter(isTombstones));
  }
  const rewritten = {
    placed: rewrites.reduce((sum, { placed }) => sum + placed, 0),
    removed: rewrites.reduce((sum, { removed }) => sum + removed, 0),
    added: complete ? changes.added : 0,
    files: keys.length,
    bytes,
  };
  return { id, keys, remove, rewritten, complete };
}
