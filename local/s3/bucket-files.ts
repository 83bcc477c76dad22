import { linkSync, mkdirSync, renameSync, rmdirSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ObjectVersion } from './journal';
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
      // Something placed by hand meanwhile is in the way: a folder at the path, a file among its folders.
      if (place.odd || !['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY'].some((code) => isErrno(error, code))) throw error;
      this.placement.vacate(key);
      this.placement.addOdd(key);
      renameInto(from, this.current(key));
    }
  }

  /** Gives the current file a second name among the versions, so that the rename of its successor leaves it there. */
  keepCopy(version: ObjectVersion): void {
    try {
      linkSync(this.current(version.key), this.noncurrent(version.id));
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  }

  moveToVersions(version: ObjectVersion): void {
    renameSync(this.current(version.key), this.noncurrent(version.id));
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
        rmdirSync(join(this.folders.plain, folder));
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
  if (typeof content !== 'string') writeFileSync(path, content, { flag: 'wx' });
  utimesSync(path, stamp / 1000, stamp / 1000);
  return path;
}

function renameInto(from: string, path: string): void {
  try {
    renameSync(from, path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    mkdirSync(dirname(path), { recursive: true });
    renameSync(from, path);
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

export const isErrno = (error: unknown, code: string): boolean =>
  (error as NodeJS.ErrnoException | undefined)?.code === code; // no instanceof: errors of node:fs have another realm in tests
