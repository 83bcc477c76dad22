import { existsSync, lstatSync, readdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { BucketFolders } from './bucket-files';
import type { JournalRecord, ObjectVersion } from './journal';
import { unescapeKey } from './keys';
import type { Placement } from './placement';

/** Droppings of desktop file managers; objects only when written through the protocol. */
const LITTER = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

export interface FoundFile {
  readonly path: string;
  readonly size: number;
  /** Modification time in milliseconds. */
  readonly stamp: number;
}

/** The state of a bucket as it was left, put in order: the versions of each key, oldest first. */
export interface Recovered {
  readonly stacks: Map<string, ObjectVersion[]>;
  /** Whether the journal holds anything else. */
  readonly stale: boolean;
}

/** Finds what lies below a folder. Symbolic links are never followed. */
export function findFiles(folder: string, onLink: (path: string) => void = () => {}): Map<string, FoundFile> {
  const found = new Map<string, FoundFile>();
  const pending = [''];
  for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
    for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) pending.push(path);
      else if (!entry.isFile()) onLink(path);
      else {
        const file = inspect(join(folder, path));
        if (file !== undefined) found.set(path, file);
      }
    }
  }
  return found;
}

/** Whether anything but litter lies below a folder. */
export const holdsFiles = (folder: string): boolean => {
  let links = 0;
  const files = findFiles(folder, () => links++);
  return links > 0 || [...files.keys()].some((path) => !isLitter(path));
};

const isLitter = (path: string): boolean => LITTER.has(path.slice(path.lastIndexOf('/') + 1));

export function inspect(path: string): FoundFile | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? { path, size: stats.size, stamp: Math.round(stats.mtimeMs) } : undefined;
}

/**
 * Brings folders and journal of a bucket together after a stop at any instant. The journal tells order and metadata, the
 * files tell which of its lines took effect:
 * - a line without its file was never committed, or its object was removed since;
 * - a file without a line was placed by hand;
 * - the newest line in effect decides what is current, so a move that was cut short is finished here.
 */
export function recover(
  folders: BucketFolders,
  records: readonly JournalRecord[],
  placement: Placement,
  newVersion: (key: string, file: FoundFile) => ObjectVersion,
): Recovered {
  const byKey = groupByKey(records);
  const plain = findFiles(folders.plain, (path) => placement.block(path));
  const odd = new Map([...findFiles(folders.odd)].map(([path, file]) => [unescapeKey(path), file]));
  const noncurrent = new Set(readdirSync(folders.versions));
  const stacks = new Map<string, ObjectVersion[]>();
  let live = 0;
  let unrecorded = false;

  const settle = (key: string, file: FoundFile | undefined): void => {
    const lines = byKey.get(key) ?? [];
    byKey.delete(key);
    const owner = file === undefined ? undefined : ownerOf(file, lines);
    if (file !== undefined && owner === undefined && isLitter(key)) return;
    const current = file === undefined ? undefined : (owner ?? newVersion(key, file));
    let stack = lines.filter((line) => line.marker || line === owner || noncurrent.has(line.id));
    if (current !== undefined && owner === undefined) stack.push(current);
    stack = dropOldNulls(stack);

    const top = stack.at(-1);
    if (file !== undefined && current !== undefined && top !== current) {
      if (stack.includes(current)) renameSync(file.path, join(folders.versions, current.id));
      else unlinkSync(file.path);
    }
    for (const version of stack) if (version !== top) noncurrent.delete(version.id);
    if (top === undefined) return;
    live += stack.length;
    if (current !== undefined && owner === undefined) unrecorded = true;
    stacks.set(key, stack);
    if (!top.marker && top !== current) {
      const place = placement.occupy(key);
      renameSync(join(folders.versions, top.id), join(place.odd ? folders.odd : folders.plain, place.path));
      noncurrent.delete(top.id);
    }
  };

  for (const [key, file] of odd) {
    if (plain.has(key)) unlinkSync(file.path);
    else placement.addOdd(key);
  }
  for (const key of plain.keys()) placement.occupy(key);
  for (const [key, file] of plain) settle(key, file);
  for (const [key, file] of odd) if (!plain.has(key)) settle(key, file);
  for (const key of [...byKey.keys()]) settle(key, undefined);
  for (const id of noncurrent) if (existsSync(join(folders.versions, id))) unlinkSync(join(folders.versions, id));
  return { stacks, stale: unrecorded || live !== records.length };
}

function groupByKey(records: readonly JournalRecord[]): Map<string, ObjectVersion[]> {
  const removed = new Set<string>();
  for (const record of records) if ('removed' in record) removed.add(record.removed);
  // A version recorded again (its ETag became known) stands where it first stood.
  const latest = new Map<string, ObjectVersion>();
  for (const record of records) if (!('removed' in record) && !removed.has(record.id)) latest.set(record.id, record);
  const byKey = new Map<string, ObjectVersion[]>();
  for (const version of latest.values()) {
    const lines = byKey.get(version.key);
    if (lines === undefined) byKey.set(version.key, [version]);
    else lines.push(version);
  }
  return byKey;
}

const ownerOf = (file: FoundFile, lines: readonly ObjectVersion[]): ObjectVersion | undefined =>
  lines.findLast((line) => !line.marker && line.size === file.size && line.stamp === file.stamp);

/** A key has at most one version whose id is `null`: the newest. */
function dropOldNulls(stack: readonly ObjectVersion[]): ObjectVersion[] {
  const newest = stack.findLast((version) => version.versionId === 'null');
  return stack.filter((version) => version.versionId !== 'null' || version === newest);
}
