import { lstatSync, readdirSync, type Stats, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type BucketFiles, isErrno } from './bucket-files';
import type { JournalRecord, ObjectVersion } from './journal';
import { unescapeKey } from './keys';
import { atPath, LinkError } from './no-links';

/** Droppings of desktop file managers; objects only when written through the protocol. */
const LITTER = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

export interface FoundFile {
  /** Relative to the folder that was searched. */
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
        if (file !== undefined) found.set(path, { ...file, path });
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
  let stats: Stats | undefined;
  try {
    stats = atPath(path, (real) => lstatSync(real, { throwIfNoEntry: false }));
  } catch (error) {
    if (!(error instanceof LinkError) && !isErrno(error, 'ENOENT') && !isErrno(error, 'ENOTDIR')) throw error;
  }
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
  files: BucketFiles,
  records: readonly JournalRecord[],
  newVersion: (key: string, file: FoundFile) => ObjectVersion,
): Recovered {
  const { folders, placement } = files;
  const byKey = groupByKey(records);
  const plain = findFiles(folders.plain, (path) => placement.block(path));
  const odd = new Map([...findFiles(folders.odd)].map(([path, file]) => [unescapeKey(path), file]));
  const noncurrent = new Set(readdirSync(folders.versions));
  const stacks = new Map<string, ObjectVersion[]>();
  let unrecorded = false;

  const settle = (key: string, file: FoundFile | undefined): void => {
    const lines = byKey.get(key) ?? [];
    byKey.delete(key);
    const owner = file === undefined ? undefined : ownerOf(file, lines);
    if (file !== undefined && owner === undefined && isLitter(key)) return;
    const present = lines.filter((line) => line.marker || line === owner || noncurrent.has(line.id));
    const placed = file === undefined || owner !== undefined ? undefined : newVersion(key, file);
    if (placed !== undefined) unrecorded = true;
    const stack = dropOldNulls(placed === undefined ? present : [...present, placed]);
    const top = stack.at(-1);
    const inPlace = owner ?? placed;
    if (inPlace !== undefined && inPlace !== top) {
      if (stack.includes(inPlace)) files.moveToVersions(inPlace);
      else files.removeCurrent(key);
    }
    if (top !== undefined && !top.marker && top !== inPlace) files.moveIntoPlace(files.noncurrent(top.id), key);
    for (const version of stack) if (version !== top) noncurrent.delete(version.id);
    if (top !== undefined) stacks.set(key, stack);
  };

  for (const key of odd.keys()) if (!plain.has(key)) placement.addOdd(key);
  for (const key of plain.keys()) placement.occupy(key);
  for (const [key, file] of plain) settle(key, file);
  for (const [key, file] of odd) {
    if (plain.has(key)) unlinkSync(join(folders.odd, file.path));
    else settle(key, file);
  }
  for (const key of [...byKey.keys()]) settle(key, undefined);
  for (const id of noncurrent) files.removeNoncurrent(id);
  let live = 0;
  for (const stack of stacks.values()) live += stack.length;
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
