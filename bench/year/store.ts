import {
  type ListPage,
  type ObjectInfo,
  type ObjectStore,
  type ObjectVersion,
  type PageRequest,
  type PartUpload,
  PreconditionFailedError,
  type StoredObject,
  type WriteCondition,
} from '../../lambda/compaction/store/object-store';
import { PagedListing } from '../../lambda/compaction/store/paged-listing';

interface Entry {
  readonly info: ObjectInfo;
  readonly body: Buffer;
  readonly versionId: string;
}

/** A data file that nobody writes: its size in bytes, and its rows. */
export interface ModelFile {
  readonly bytes: number;
  readonly rows: number;
}

const PAGE = 1_000;
const EMPTY = Buffer.alloc(0);

/** Keys of the simulation are ASCII: the order of strings is that of S3. */
class Bucket {
  readonly entries = new Map<string, Entry>();
  #keys: string[] = [];

  set(key: string, entry: Entry): void {
    if (!this.entries.has(key)) this.#keys.splice(this.from(key), 0, key);
    this.entries.set(key, entry);
  }

  delete(key: string): void {
    if (this.entries.delete(key)) this.#keys.splice(this.from(key), 1);
  }

  /** Index of the first key that is not before this one. */
  from(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  at(index: number): string | undefined {
    return this.#keys[index];
  }
}

/** S3 of a simulated lake: listings, conditions and times as S3 has them, and data files that are only sizes. */
export class YearStore extends PagedListing implements ObjectStore {
  readonly #buckets = new Map<string, Bucket>();
  /** Files of the converter, by path; and those in the lake, by key. */
  readonly local = new Map<string, ModelFile>();
  readonly files = new Map<string, ModelFile>();
  readonly requests = { lists: 0, puts: 0, gets: 0, deletes: 0 };
  /** Bytes of data files that were put. */
  written = 0;
  now = 0;
  #versions = 0;

  /** An object of a producer, who pays for it. */
  arrive(bucket: string, key: string, bytes: number, at: number): void {
    this.#put(bucket, key, EMPTY, bytes, at);
  }

  *objects(bucket: string, prefix = ''): Generator<ObjectInfo> {
    const own = this.#bucket(bucket);
    for (let index = own.from(prefix); ; index++) {
      const key = own.at(index);
      if (key?.startsWith(prefix) !== true) return;
      yield (own.entries.get(key) as Entry).info;
    }
  }

  body(bucket: string, key: string): Buffer | undefined {
    return this.#bucket(bucket).entries.get(key)?.body;
  }

  async listPage(bucket: string, prefix: string, { after, token, folders }: PageRequest): Promise<ListPage> {
    this.requests.lists++;
    const own = this.#bucket(bucket);
    const objects: ObjectInfo[] = [];
    const found: string[] = [];
    let start = token ?? after ?? '';
    // Of a folder that was told, all that is in it is behind it.
    if (start.endsWith('/')) start = `${start}\uffff`;
    let index = start < prefix ? own.from(prefix) : own.from(start);
    if (own.at(index) === start) index++;
    for (;;) {
      const key = own.at(index);
      if (key?.startsWith(prefix) !== true) return { objects, folders: found, token: undefined };
      if (objects.length + found.length === PAGE) {
        const last = own.at(index - 1) as string;
        return {
          objects,
          folders: found,
          token:
            found.at(-1) !== undefined && last.startsWith(found.at(-1) as string) ? (found.at(-1) as string) : last,
        };
      }
      const slash = folders === true ? key.indexOf('/', prefix.length) : -1;
      if (slash < 0) {
        objects.push((own.entries.get(key) as Entry).info);
        index++;
      } else {
        const folder = key.slice(0, slash + 1);
        found.push(folder);
        index = own.from(`${folder}\uffff`);
      }
    }
  }

  async get(bucket: string, key: string): Promise<StoredObject | undefined> {
    this.requests.gets++;
    const found = this.#bucket(bucket).entries.get(key);
    return found === undefined ? undefined : { ...found.info, body: found.body, versionId: found.versionId };
  }

  listVersions(): AsyncIterable<ObjectVersion> {
    throw new Error('the simulation keeps no versions');
  }

  getVersion(): Promise<Buffer | undefined> {
    throw new Error('the simulation keeps no versions');
  }

  getRange(..._: Parameters<ObjectStore['getRange']>): Promise<Buffer> {
    throw new Error('the simulation reads no part of a file');
  }

  getFile(): Promise<void> {
    throw new Error('the simulation reads no file');
  }

  async put(bucket: string, key: string, body: Buffer, condition: WriteCondition = {}): Promise<string> {
    this.requests.puts++;
    const found = this.#bucket(bucket).entries.get(key)?.info;
    if (
      (condition.ifAbsent === true && found !== undefined) ||
      (condition.ifMatch !== undefined && found?.etag !== condition.ifMatch)
    )
      throw new PreconditionFailedError('PutObject', bucket, key);
    return this.#put(bucket, key, body, body.length, this.now);
  }

  async putFile(bucket: string, key: string, path: string, condition?: WriteCondition): Promise<void> {
    const file = this.local.get(path);
    if (file === undefined) throw new Error(`no local file ${path}`);
    await this.put(bucket, key, EMPTY, condition);
    this.#put(bucket, key, EMPTY, file.bytes, this.now);
    this.files.set(key, file);
    this.local.delete(path);
    this.written += file.bytes;
  }

  openUpload(bucket: string, key: string): PartUpload {
    const parts: Buffer[] = [];
    return {
      add: async (part) => void parts.push(part),
      close: async () => void (await this.put(bucket, key, Buffer.concat(parts))),
      abort: async () => undefined,
    };
  }

  copy(): Promise<void> {
    throw new Error('nothing goes to quarantine in the simulation');
  }

  async deleteMatching(bucket: string, objects: readonly Pick<ObjectInfo, 'key' | 'etag'>[]): Promise<string[]> {
    this.requests.deletes += Math.ceil(objects.length / PAGE);
    const own = this.#bucket(bucket);
    const deleted = objects.filter(({ key, etag }) => own.entries.get(key)?.info.etag === etag).map(({ key }) => key);
    for (const key of deleted) {
      own.delete(key);
      this.files.delete(key);
    }
    return deleted;
  }

  #put(bucket: string, key: string, body: Buffer, size: number, at: number): string {
    const etag = `"${++this.#versions}"`;
    const info = { key, etag, size, lastModified: new Date(at) };
    this.#bucket(bucket).set(key, { info, body, versionId: String(this.#versions) });
    return etag;
  }

  #bucket(name: string): Bucket {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new Bucket();
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }
}
