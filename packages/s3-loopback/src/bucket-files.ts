import { closeSync, futimesSync, linkSync, mkdirSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ObjectVersion } from './journal';
import { atPath, CREATE, LinkError, openReal, READ } from './no-links';
import type { Placement } from './placement';

export interface BucketFolders {
  /** Objects under the paths that their keys spell. */
  readonly plain: string;
  /** Objects whose keys cannot be paths. */
  readonly odd: string;
  /** Noncurrent versions, named by id. */
  readonly versions: string;
}

/** The files of a bucket: moves them between their places, each move in one atomic step. */
export class BucketFiles {
  constructor(
    readonly folders: BucketFolders,
    readonly placement: Placement,
  ) {}

  /** Path of the file of a key's current version. */
  current(key: string): string {
    const place = this.placement.locate(key);
    return `${place.odd ? this.folders.odd : this.folders.plain}/${place.path}`;
  }

  /** Path of the file of a noncurrent version. */
  noncurrent(id: string): string {
    return join(this.folders.versions, id);
  }

  /** Makes a file the current one of a key, in place of any other. */
  moveIntoPlace(from: string, key: string): void {
    const place = this.placement.occupy(key);
    const path = this.current(key);
    try {
      renameInto(from, path);
    } catch (error) {
      // Something placed by hand meanwhile is in the way: a folder at the path, a file or a link among its folders.
      const isInTheWay =
        error instanceof LinkError ||
        ['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY', 'ELOOP'].some((code) => isErrno(error, code));
      if (place.odd || !isInTheWay) throw error;
      this.placement.vacate(key);
      this.placement.addOdd(key);
      renameInto(from, this.current(key));
    }
  }

  /** Gives the current file a second name among the versions, so that the rename of its successor leaves it there. */
  keepCopy(version: ObjectVersion): void {
    try {
      atPath(this.current(version.key), (from) => atPath(this.noncurrent(version.id), (to) => linkSync(from, to)));
    } catch (error) {
      // Behind a link there is nothing of this bucket to keep.
      if (!(error instanceof LinkError) && !isErrno(error, 'EEXIST')) throw error;
    }
  }

  moveToVersions(version: ObjectVersion): void {
    try {
      atPath(this.current(version.key), (from) => atPath(this.noncurrent(version.id), (to) => renameSync(from, to)));
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
    }
    this.vacate(version.key);
  }

  removeCurrent(key: string): void {
    unlinkIfThere(this.current(key));
    this.vacate(key);
  }

  removeNoncurrent(id: string): void {
    unlinkIfThere(this.noncurrent(id));
  }

  /** Gives up the place of a key whose file is gone, and the folders that only it needed. */
  vacate(key: string): void {
    for (const folder of this.placement.vacate(key)) {
      try {
        atPath(join(this.folders.plain, folder), rmdirSync);
      } catch {
        // Something that is not ours lies there; the folder stays.
      }
    }
  }
}

/**
 * Makes a temporary file ready to be moved into place.
 * @param content bytes, or the temporary file that holds them
 * @param stamp modification time to give it, in milliseconds
 */
export function prepareFile(content: Buffer | string, stamp: number, tempFile: () => string): string {
  const path = typeof content === 'string' ? content : tempFile();
  const fd = openReal(path, typeof content === 'string' ? READ : CREATE);
  try {
    if (typeof content !== 'string') writeFileSync(fd, content);
    futimesSync(fd, stamp / 1000, stamp / 1000);
  } finally {
    closeSync(fd);
  }
  return path;
}

function renameInto(from: string, path: string): void {
  const rename = (): void => atPath(from, (source) => atPath(path, (target) => renameSync(source, target)));
  try {
    rename();
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    makeFolder(dirname(path));
    rename();
  }
}

/** Makes a folder and those above it, none of them through a link. */
function makeFolder(path: string): void {
  try {
    atPath(path, (real) => mkdirSync(real));
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return;
    if (!isErrno(error, 'ENOENT')) throw error;
    makeFolder(dirname(path));
    makeFolder(path);
  }
}

function unlinkIfThere(path: string): void {
  try {
    atPath(path, unlinkSync);
  } catch (error) {
    if (!(error instanceof LinkError) && !isErrno(error, 'ENOENT')) throw error;
  }
}

export const isErrno = (error: unknown, code: string): boolean =>
  (error as NodeJS.ErrnoException | undefined)?.code === code; // no instanceof: errors of node:fs have another realm in tests
