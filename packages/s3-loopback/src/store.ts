import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Bucket, type Versioning } from './bucket';
import { S3Error } from './errors';
import { atPath, CREATE, inFolder, openReal, REPLACE } from './no-links';

const SYSTEM = '.s3';

interface BucketSettings {
  readonly created: number;
  readonly versioning?: Versioning;
}

/** All buckets below one folder. A plain folder put there by hand is a bucket too, if its name can be one. */
export class Store {
  readonly buckets = new Map<string, Bucket>();
  private readonly root: string;
  readonly #system: string;
  readonly #temp: string;
  readonly #ignoresCase: boolean;
  readonly #session = randomBytes(4).toString('hex');
  #tempFiles = 0;

  /** @throws Error when another live process serves the folder */
  constructor(
    root: string,
    private readonly now: () => number,
  ) {
    mkdirSync(root, { recursive: true });
    this.root = realpathSync.native(root);
    this.#system = join(this.root, SYSTEM);
    this.#temp = join(this.#system, 'tmp');
    mkdirSync(this.#system, { recursive: true });
    inFolder(this.#system, () => undefined);
    lock(join(this.#system, 'lock'));
    try {
      rmSync(this.#temp, { recursive: true, force: true });
      mkdirSync(this.#temp);
      this.#ignoresCase = ignoresCase(this.#temp);
      for (const entry of readdirSync(this.root, { withFileTypes: true })) {
        if (entry.isDirectory() && isBucketName(entry.name)) this.#open(entry.name);
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @throws S3Error NoSuchBucket */
  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: name } });
    return bucket;
  }

  /** @throws S3Error InvalidBucketName, BucketAlreadyOwnedByYou */
  create(name: string): Bucket {
    if (!isBucketName(name)) throw new S3Error('InvalidBucketName', { details: { BucketName: name } });
    if (this.buckets.has(name)) throw new S3Error('BucketAlreadyOwnedByYou', { details: { BucketName: name } });
    return this.#open(name);
  }

  /** @throws S3Error NoSuchBucket, BucketNotEmpty */
  remove(name: string): void {
    this.bucket(name).destroy(this.systemFolder(name));
    this.buckets.delete(name);
  }

  setVersioning(bucket: Bucket, versioning: Versioning): void {
    this.#saveSettings(bucket.name, { created: bucket.created, versioning });
    bucket.versioning = versioning;
  }

  /** Where everything about a bucket lies that is not an object's bytes under its own name. */
  systemFolder(name: string): string {
    return join(this.#system, name);
  }

  /** A fresh path for a file that will be renamed into place. */
  readonly tempFile = (): string => join(this.#temp, `${this.#session}-${++this.#tempFiles}`);

  close(): void {
    for (const bucket of this.buckets.values()) bucket.close();
    unlock(join(this.#system, 'lock'));
  }

  #open(name: string): Bucket {
    mkdirSync(this.systemFolder(name), { recursive: true });
    inFolder(this.systemFolder(name), () => undefined);
    const settings = this.#loadSettings(name);
    const bucket = new Bucket({
      name,
      root: this.root,
      system: this.systemFolder(name),
      created: settings.created,
      versioning: settings.versioning,
      ignoresCase: this.#ignoresCase,
      now: this.now,
    });
    this.buckets.set(name, bucket);
    return bucket;
  }

  #loadSettings(name: string): BucketSettings {
    const path = this.#settingsPath(name);
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
    const settings = { created: this.now() };
    this.#saveSettings(name, settings);
    return settings;
  }

  #saveSettings(name: string, settings: BucketSettings): void {
    const temp = this.tempFile();
    const fd = openReal(temp, CREATE);
    writeFileSync(fd, JSON.stringify(settings));
    closeSync(fd);
    atPath(temp, (from) => atPath(this.#settingsPath(name), (to) => renameSync(from, to)));
  }

  #settingsPath(name: string): string {
    return join(this.systemFolder(name), 'bucket.json');
  }
}

function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !/^\d+\.\d+\.\d+\.\d+$/.test(name);
}

function ignoresCase(folder: string): boolean {
  writeFileSync(join(folder, 'probe'), '');
  const ignored = existsSync(join(folder, 'PROBE'));
  unlinkSync(join(folder, 'probe'));
  return ignored;
}

/** Locks of this process: its own id in a lock file is otherwise one that the system has handed out again. */
const held = new Set<string>();

/** Two servers on one folder would overwrite each other's index. The lock of a process that is gone is taken over. */
function lock(path: string): void {
  const owner = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  if (held.has(path) || (owner !== process.pid && isAlive(owner))) {
    throw new Error(`The folder is served by process ${owner} already. If that is not an S3 server, delete ${path}.`);
  }
  const fd = openReal(path, REPLACE);
  writeFileSync(fd, `${process.pid}`);
  closeSync(fd);
  held.add(path);
}

function unlock(path: string): void {
  held.delete(path);
  rmSync(path, { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
