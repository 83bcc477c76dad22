import { createHash } from 'node:crypto';
import { type ObjectStore, PreconditionFailedError } from '../compaction/store/object-store';

const MAX_ATTEMPTS = 5;
const DIGEST_DIGITS = 32;

export const digestOf = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, DIGEST_DIGITS);
};

/** The metadata files of one table. Names hold a digest of what is in the file, so a file is never overwritten with another. */
export class TableFiles {
  readonly #store: ObjectStore;
  readonly #bucket: string;
  readonly prefix: string;

  /** @param location prefix of the table in the bucket, with a slash at its end */
  constructor(store: ObjectStore, bucket: string, location: string) {
    this.#store = store;
    this.#bucket = bucket;
    this.prefix = `${location}metadata/`;
  }

  uri(name: string): string {
    return `s3://${this.#bucket}/${this.prefix}${name}`;
  }

  /** The body, or undefined when it is gone or elsewhere. */
  async read(uri: string): Promise<Buffer | undefined> {
    const bucket = `s3://${this.#bucket}/`;
    if (!uri.startsWith(bucket)) return undefined;
    return (await this.#store.get(this.#bucket, uri.slice(bucket.length)))?.body;
  }

  /** @throws Error when there is none */
  async readExisting(uri: string): Promise<Buffer> {
    const body = await this.read(uri);
    if (body === undefined) throw new Error(`${uri} is part of the table, and does not exist`);
    return body;
  }

  /** Writes a file unless it exists. A refusal does not prove that it does: an upload at the same time may yet fail. */
  async write(name: string, body: Buffer): Promise<string> {
    const key = `${this.prefix}${name}`;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      try {
        await this.#store.put(this.#bucket, key, body, { ifAbsent: true });
        return this.uri(name);
      } catch (error) {
        if (!(error instanceof PreconditionFailedError)) throw error;
      }
      const found = await this.#store.get(this.#bucket, key);
      if (found?.body.equals(body) === true) return this.uri(name);
      if (found !== undefined) throw new Error(`${this.uri(name)} holds other bytes than its name says`);
    }
    throw new Error(`${this.uri(name)}: ${MAX_ATTEMPTS} uploads met other uploads of the same name`);
  }

  /** Deletes those of these files that are older than a time, in epoch milliseconds. */
  async removeOld(before: number, isUnused: (uri: string) => boolean): Promise<number> {
    const found: { key: string; etag: string }[] = [];
    for await (const { key, etag, lastModified } of this.#store.list(this.#bucket, this.prefix)) {
      if (lastModified.getTime() < before && isUnused(`s3://${this.#bucket}/${key}`)) found.push({ key, etag });
    }
    return (await this.#store.deleteMatching(this.#bucket, found)).length;
  }
}
