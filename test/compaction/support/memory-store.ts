import { createHash } from 'node:crypto';
import { compareKeys } from '../../../lambda/compaction/store/key-order';
import {
  type ByteRange,
  type ListPage,
  type ListRange,
  type ObjectInfo,
  type ObjectStore,
  type ObjectVersion,
  type PageRequest,
  type PartUpload,
  PreconditionFailedError,
  type StoredObject,
  type WriteCondition,
} from '../../../lambda/compaction/store/object-store';

interface Entry {
  readonly body: Buffer;
  readonly etag: string;
  readonly versionId: string;
  readonly lastModified: Date;
}

/** Called around each operation; what it awaits is when the operation happens. */
export type Gate = (operation: string) => Promise<void>;

/** The objects of a model lake: S3's semantics in a map, with every operation atomic. */
export class MemoryBuckets {
  readonly objects = new Map<string, Entry>();
  /** Every version that was put, the oldest first: they stay when an object is overwritten or deleted. */
  readonly versions = new Map<string, readonly Entry[]>();
  /** `bucket/key etag` of objects whose GET is refused, as with a key that the reader may not use. */
  readonly locked = new Set<string>();
  /** Local files of converters, by path. */
  readonly files = new Map<string, Buffer>();
  now: () => Date = () => new Date();
  #versions = 0;

  /** The same objects, in buckets of their own. */
  copy(): MemoryBuckets {
    const copy = new MemoryBuckets();
    for (const [path, entry] of this.objects) copy.objects.set(path, entry);
    for (const [path, entries] of this.versions) copy.versions.set(path, entries);
    for (const state of this.locked) copy.locked.add(state);
    for (const [path, body] of this.files) copy.files.set(path, body);
    copy.#versions = this.#versions;
    return copy;
  }

  /** A local file of a converter. @returns its path */
  newFile(body: Buffer): string {
    const path = `local-${this.files.size}`;
    this.files.set(path, body);
    return path;
  }

  put(bucket: string, key: string, body: Buffer): string {
    // Equal bytes have equal ETags, as in S3 for single-part objects: what makes conditional deletes interesting.
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const versionId = String(++this.#versions);
    const path = `${bucket}/${key}`;
    const entry = { body, etag, versionId, lastModified: this.now() };
    this.objects.set(path, entry);
    this.versions.set(path, [...(this.versions.get(path) ?? []), entry]);
    return etag;
  }

  get(bucket: string, key: string): Entry | undefined {
    return this.objects.get(`${bucket}/${key}`);
  }

  getVersion(bucket: string, key: string, versionId: string): Entry | undefined {
    return this.versions.get(`${bucket}/${key}`)?.find((entry) => entry.versionId === versionId);
  }

  listVersions(bucket: string, prefix: string): ObjectVersion[] {
    const start = `${bucket}/`.length;
    return [...this.versions]
      .filter(([path]) => path.startsWith(`${bucket}/${prefix}`))
      .sort(([a], [b]) => compareKeys(a, b))
      .flatMap(([path, entries]) =>
        entries.toReversed().map((entry) => {
          const { body, etag, versionId, lastModified } = entry;
          const isLatest = this.objects.get(path) === entry;
          return { key: path.slice(start), etag, size: body.length, lastModified, versionId, isLatest };
        }),
      );
  }

  list(bucket: string, prefix: string, { after, through }: ListRange = {}): ObjectInfo[] {
    const found: ObjectInfo[] = [];
    const start = `${bucket}/`.length;
    const wanted = `${bucket}/${prefix}`;
    for (const [path, { etag, body, lastModified }] of this.objects) {
      if (!path.startsWith(wanted)) continue;
      const key = path.slice(start);
      if (after !== undefined && compareKeys(key, after) <= 0) continue;
      if (through !== undefined && compareKeys(key, through) > 0) continue;
      found.push({ key, etag, size: body.length, lastModified });
    }
    return found.sort((a, b) => compareKeys(a.key, b.key));
  }
}

/** One client's view of the buckets: each operation passes the gate before it takes effect and once after. */
export class MemoryStore implements ObjectStore {
  /** Objects and folders of a page. */
  pageSize = 1_000;
  readonly #buckets: MemoryBuckets;
  readonly #before: Gate;
  readonly #after: Gate;

  constructor(buckets: MemoryBuckets, before: Gate, after: Gate) {
    this.#buckets = buckets;
    this.#before = before;
    this.#after = after;
  }

  async *list(bucket: string, prefix: string, range?: ListRange): AsyncGenerator<ObjectInfo> {
    yield* await this.#step(`list ${bucket}/${prefix}`, () => this.#buckets.list(bucket, prefix, range));
  }

  listPage(bucket: string, prefix: string, { after, token, folders }: PageRequest): Promise<ListPage> {
    return this.#step(`list ${bucket}/${prefix}`, () => {
      const from = token ?? after;
      const objects: ObjectInfo[] = [];
      const found = new Set<string>();
      for (const object of this.#buckets.list(bucket, prefix)) {
        const slash = folders === true ? object.key.indexOf('/', prefix.length) : -1;
        const name = slash < 0 ? object.key : object.key.slice(0, slash + 1);
        // A token names the last that was told, be it a folder; all of such a folder is behind it.
        if (from !== undefined && compareKeys(name, from) <= 0) continue;
        if (found.has(name)) continue;
        if (objects.length + found.size === this.pageSize) {
          const last = [objects.at(-1)?.key ?? '', [...found].at(-1) ?? ''].sort(compareKeys).at(-1);
          return { objects, folders: [...found], token: last };
        }
        if (slash < 0) objects.push(object);
        else found.add(name);
      }
      return { objects, folders: [...found], token: undefined };
    });
  }

  listFolder(bucket: string, prefix: string): Promise<{ folders: string[]; objects: ObjectInfo[] }> {
    return this.#step(`listFolder ${bucket}/${prefix}`, () => {
      const all = this.#buckets.list(bucket, prefix);
      const below = (key: string): string => key.slice(prefix.length);
      const folders = all.map(({ key }) => below(key)).filter((rest) => rest.includes('/'));
      return {
        folders: [...new Set(folders.map((rest) => rest.slice(0, rest.indexOf('/'))))],
        objects: all.filter(({ key }) => !below(key).includes('/')),
      };
    });
  }

  get(bucket: string, key: string): Promise<StoredObject | undefined> {
    return this.#step(`get ${bucket}/${key}`, () => {
      const found = this.#buckets.get(bucket, key);
      return found === undefined ? undefined : { key, size: found.body.length, ...found };
    });
  }

  async *listVersions(bucket: string, prefix: string): AsyncGenerator<ObjectVersion> {
    yield* await this.#step(`list versions of ${bucket}/${prefix}`, () => this.#buckets.listVersions(bucket, prefix));
  }

  getVersion(bucket: string, key: string, versionId: string): Promise<Buffer | undefined> {
    return this.#step(
      `get ${bucket}/${key} of a version`,
      () => this.#buckets.getVersion(bucket, key, versionId)?.body,
    );
  }

  getRange(bucket: string, key: string, etag: string, range: ByteRange): Promise<Buffer> {
    return this.#step(`getRange ${bucket}/${key}`, () => {
      const body = this.#expect('GetObject', bucket, key, etag).body;
      return range.start < 0 ? body.subarray(range.start) : body.subarray(range.start, (range.end ?? body.length) + 1);
    });
  }

  getFile(bucket: string, key: string, etag: string, path: string): Promise<void> {
    return this.#step(`getFile ${bucket}/${key}`, () => {
      this.#buckets.files.set(path, this.#expect('GetObject', bucket, key, etag).body);
    });
  }

  put(bucket: string, key: string, body: Buffer, condition: WriteCondition = {}): Promise<string> {
    return this.#step(`put ${bucket}/${key}`, () => {
      const found = this.#buckets.get(bucket, key);
      const refused =
        (condition.ifAbsent === true && found !== undefined) ||
        (condition.ifMatch !== undefined && found?.etag !== condition.ifMatch);
      if (refused) throw new PreconditionFailedError('PutObject', bucket, key);
      return this.#buckets.put(bucket, key, body);
    });
  }

  async putFile(bucket: string, key: string, path: string, condition?: WriteCondition): Promise<void> {
    const body = this.#buckets.files.get(path);
    if (body === undefined) throw new Error(`no local file ${path}`);
    await this.put(bucket, key, body, condition);
  }

  openUpload(bucket: string, key: string): PartUpload {
    const parts: Buffer[] = [];
    return {
      add: async (part) => void parts.push(part),
      close: async () => void (await this.put(bucket, key, Buffer.concat(parts))),
      abort: async () => undefined,
    };
  }

  copy(
    { bucket, key, etag, versionId }: { bucket: string; key: string; etag: string; versionId?: string | undefined },
    to: { bucket: string; key: string },
  ): Promise<void> {
    return this.#step(`copy ${bucket}/${key}`, () => {
      const version = versionId === undefined ? undefined : this.#buckets.getVersion(bucket, key, versionId);
      this.#buckets.put(to.bucket, to.key, (version ?? this.#expect('CopyObject', bucket, key, etag)).body);
    });
  }

  deleteMatching(bucket: string, objects: readonly Pick<ObjectInfo, 'key' | 'etag'>[]): Promise<string[]> {
    // Object by object, as S3 does it: a crash may leave a batch half done.
    return objects.reduce<Promise<string[]>>(async (previous, { key, etag }) => {
      const deleted = await previous;
      const done = await this.#step(`delete ${bucket}/${key}`, () => {
        if (this.#buckets.get(bucket, key)?.etag !== etag) return false;
        return this.#buckets.objects.delete(`${bucket}/${key}`);
      });
      return done ? [...deleted, key] : deleted;
    }, Promise.resolve([]));
  }

  async #step<T>(operation: string, effect: () => T): Promise<T> {
    await this.#before(operation);
    let outcome: { value: T } | { error: unknown };
    try {
      outcome = { value: effect() };
    } catch (error) {
      outcome = { error };
    }
    await this.#after(operation);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  #expect(operation: string, bucket: string, key: string, etag: string): Entry {
    const found = this.#buckets.get(bucket, key);
    if (found?.etag !== etag) throw new PreconditionFailedError(operation, bucket, key);
    return found;
  }
}
