import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BucketFiles, isErrno, prepareFile } from './bucket-files';
import type { Checksum } from './checksums';
import { S3Error } from './errors';
import { md5OfFile } from './files';
import { Journal, type ObjectVersion } from './journal';
import { KeyIndex } from './key-index';
import { inFolder, LinkError, openReal, READ } from './no-links';
import { Placement } from './placement';
import { type FoundFile, holdsFiles, inspect, recover } from './recovery';
import { Uploads } from './uploads';

export type Versioning = 'Enabled' | 'Suspended';

export interface BucketOptions {
  readonly name: string;
  /** Folder of the buckets. */
  readonly root: string;
  /** Folder of everything about this bucket that is not an object's bytes under its own name. */
  readonly system: string;
  readonly created: number;
  readonly versioning: Versioning | undefined;
  readonly ignoresCase: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a write gives a new version. */
export interface NewObject {
  /** The bytes, or a file on the same file system that is moved into place. */
  readonly content: Buffer | string;
  readonly size: number;
  /** With quotes. */
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum: Checksum | undefined;
}

/** Result of a DELETE: the delete marker it wrote or removed, if any. */
export interface Deletion {
  readonly versionId?: string;
  readonly marker: boolean;
}

/**
 * The objects of one bucket. Every method that changes something is synchronous, from the check of a precondition by its
 * caller to the effect: nothing can come in between. Each change has one instant at which it takes effect (a rename, an
 * unlink or a journal line), so a process killed at any point leaves the state before or after it.
 */
export class Bucket {
  readonly name: string;
  readonly created: number;
  /** Every key that has a version, current or not. */
  readonly keys = new KeyIndex();
  readonly uploads: Uploads;
  versioning: Versioning | undefined;
  readonly #files: BucketFiles;
  readonly #stacks: Map<string, ObjectVersion[]>;
  readonly #journal: Journal;
  readonly #now: () => number;
  readonly #session = randomBytes(8).toString('hex');
  #ids = 0;

  constructor(options: BucketOptions) {
    this.name = options.name;
    this.created = options.created;
    this.versioning = options.versioning;
    this.#now = options.now;
    const folders = {
      plain: join(options.root, options.name),
      odd: join(options.system, 'odd'),
      versions: join(options.system, 'versions'),
    };
    for (const folder of [...Object.values(folders), join(options.system, 'uploads')]) {
      mkdirSync(folder, { recursive: true });
      inFolder(folder, () => undefined);
    }
    this.uploads = new Uploads(join(options.system, 'uploads'));
    this.#files = new BucketFiles(folders, new Placement(options.ignoresCase));
    const path = join(options.system, 'journal.jsonl');
    const { records, intact } = Journal.read(path);
    const recovered = recover(this.#files, records, handPlaced);
    this.#stacks = recovered.stacks;
    for (const key of this.#stacks.keys()) this.keys.add(key);
    const stale = recovered.stale || !intact;
    this.#journal = Journal.open(path, records.length, stale ? this.#records() : undefined);
  }

  get isEmpty(): boolean {
    return this.#stacks.size === 0;
  }

  /** The versions of a key, oldest first; the last is the current one, which may be a delete marker. */
  versions(key: string): readonly ObjectVersion[] {
    return this.#stacks.get(key) ?? [];
  }

  /** The current version, a delete marker included. */
  latest(key: string): ObjectVersion | undefined {
    const stack = this.#stacks.get(key);
    return stack?.[stack.length - 1];
  }

  /** The current object, if the key has one. */
  current(key: string): ObjectVersion | undefined {
    const latest = this.latest(key);
    return latest?.marker === true ? undefined : latest;
  }

  /** The path of a version's file. */
  path(version: ObjectVersion): string {
    return this.latest(version.key)?.id === version.id
      ? this.#files.current(version.key)
      : this.#files.noncurrent(version.id);
  }

  /** Sees to it that every version of the key has its ETag: a hand-placed file is hashed when someone first asks. */
  async settle(key: string): Promise<void> {
    for (;;) {
      const version = this.#stacks.get(key)?.find((candidate) => candidate.etag === '' && !candidate.marker);
      if (version === undefined) return;
      const fd = openVersion(this, version);
      if (fd === undefined) this.reexamine(version);
      else this.#replace(version, { ...version, etag: `"${await md5OfFile(fd)}"` });
    }
  }

  /** Looks at the file of a version again, after it was found changed or gone behind the server's back. */
  reexamine(version: ObjectVersion): void {
    const stack = this.#stacks.get(version.key);
    if (stack?.includes(version) !== true) return;
    const file = inspect(this.path(version));
    if (file === undefined) this.deleteVersion(version.key, version.versionId);
    else this.#replace(version, handPlaced(version.key, file));
  }

  /** Writes a new current version. */
  put(key: string, object: NewObject, tempFile: () => string): ObjectVersion {
    const stack = this.#stacks.get(key);
    const top = stack?.at(-1);
    const now = this.#now();
    const version: ObjectVersion = {
      key,
      ...this.#newId(),
      marker: false,
      size: object.size,
      etag: object.etag,
      modified: now,
      stamp: freeStamp(now, stack),
      headers: object.headers,
      ...(object.checksum === undefined ? {} : { checksum: object.checksum }),
    };
    const temp = prepareFile(object.content, version.stamp, tempFile);
    this.#journal.append(version);
    if (top !== undefined && !top.marker && this.#survives(top)) this.#files.keepCopy(top);
    this.#files.moveIntoPlace(temp, key);
    this.#push(key, version);
    return version;
  }

  /** Deletes the current object: for good without versioning, under a delete marker otherwise. */
  delete(key: string): Deletion {
    const stack = this.#stacks.get(key);
    const top = stack?.at(-1);
    if (this.versioning === undefined) {
      if (stack !== undefined && top !== undefined) {
        this.#files.removeCurrent(key);
        this.#dropLatest(key, stack);
      }
      return { marker: false };
    }
    const now = this.#now();
    const ids = this.#newId();
    const marker: ObjectVersion = {
      key,
      ...ids,
      marker: true,
      size: 0,
      etag: '',
      modified: now,
      stamp: now,
      headers: {},
    };
    this.#journal.append(marker);
    if (top !== undefined && !top.marker) {
      if (this.#survives(top)) this.#files.moveToVersions(top);
      else this.#files.removeCurrent(key);
    }
    this.#push(key, marker);
    return { versionId: marker.versionId, marker: true };
  }

  /** Deletes one version for good. Deleting a delete marker brings back what it hid. */
  deleteVersion(key: string, versionId: string): Deletion {
    const stack = this.#stacks.get(key);
    const at = stack?.findIndex((version) => version.versionId === versionId) ?? -1;
    const version = stack?.[at];
    if (stack === undefined || version === undefined) return { versionId, marker: false };
    if (at < stack.length - 1) {
      if (version.marker) this.#journal.append({ removed: version.id });
      else this.#files.removeNoncurrent(version.id);
      stack.splice(at, 1);
    } else {
      const below = stack[at - 1];
      if (version.marker) this.#journal.append({ removed: version.id });
      if (below !== undefined && !below.marker) {
        this.#files.moveIntoPlace(this.#files.noncurrent(below.id), key);
        stack.pop();
      } else {
        if (!version.marker) this.#files.removeCurrent(key);
        this.#dropLatest(key, stack);
      }
    }
    return { versionId, marker: version.marker };
  }

  /** Removes an empty bucket's folders. @throws S3Error BucketNotEmpty when something lies there that is not an object */
  destroy(system: string): void {
    if (!this.isEmpty || holdsFiles(this.#files.folders.plain)) {
      throw new S3Error('BucketNotEmpty', { details: { BucketName: this.name } });
    }
    this.close();
    rmSync(this.#files.folders.plain, { recursive: true });
    rmSync(system, { recursive: true, force: true });
  }

  close(): void {
    this.#journal.close();
  }

  /** Ids grow with time, so that a listing can go on behind a version that is gone. */
  #newId(): { id: string; versionId: string } {
    const id = `${this.#now().toString(36).padStart(9, '0')}${(this.#ids++).toString(36).padStart(5, '0')}${this.#session}`;
    return { id, versionId: this.versioning === 'Enabled' ? id : 'null' };
  }

  /** Whether a version stays as a noncurrent one when a new version comes. */
  #survives(version: ObjectVersion): boolean {
    return this.versioning === 'Enabled' || version.versionId !== 'null';
  }

  #push(key: string, version: ObjectVersion): void {
    const stack = this.#stacks.get(key);
    if (stack === undefined) {
      this.#stacks.set(key, [version]);
      this.keys.add(key);
    } else {
      if (version.versionId === 'null') this.#dropNull(stack);
      stack.push(version);
    }
    this.#journal.compact(() => this.#records());
  }

  /** Removes the `null` version that a new one replaces. */
  #dropNull(stack: ObjectVersion[]): void {
    const at = stack.findIndex((version) => version.versionId === 'null');
    const old = stack[at];
    if (old === undefined) return;
    if (at < stack.length - 1 && !old.marker) this.#files.removeNoncurrent(old.id);
    stack.splice(at, 1);
  }

  #dropLatest(key: string, stack: ObjectVersion[]): void {
    stack.pop();
    if (stack.length > 0) return;
    this.#stacks.delete(key);
    this.keys.remove(key);
  }

  #replace(version: ObjectVersion, successor: ObjectVersion): void {
    const stack = this.#stacks.get(version.key);
    const at = stack?.indexOf(version) ?? -1;
    if (stack === undefined || at < 0) return;
    stack[at] = successor;
    this.#journal.append(successor);
  }

  *#records(): Iterable<ObjectVersion> {
    for (const stack of this.#stacks.values()) yield* stack;
  }
}

function handPlaced(key: string, file: FoundFile): ObjectVersion {
  return {
    key,
    id: `hand${randomBytes(12).toString('hex')}`,
    versionId: 'null',
    marker: false,
    size: file.size,
    etag: '',
    modified: file.stamp,
    stamp: file.stamp,
    headers: {},
  };
}

/** A stamp that no file of the key has, so that a restart can tell which of its versions a file is. */
function freeStamp(now: number, stack: readonly ObjectVersion[] = []): number {
  let stamp = now;
  while (stack.some((version) => version.stamp === stamp)) stamp++;
  return stamp;
}

/** Opens a version's file for reading. @returns undefined when it is gone */
export function openVersion(bucket: Bucket, version: ObjectVersion): number | undefined {
  try {
    return openReal(bucket.path(version), READ);
  } catch (error) {
    // What a link has taken the place of is as good as gone.
    if (error instanceof LinkError || isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}
