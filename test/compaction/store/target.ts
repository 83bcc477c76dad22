import { randomBytes } from 'node:crypto';
import type { ObjectStore } from '../../../lambda/compaction/store/object-store';

/** Bytes of a part of uploads: the least that S3 takes. */
export const PART_BYTES = 5 * 1024 * 1024;

/** A store and a bucket that a contract runs against, below a prefix of its own. */
export interface StoreTarget {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly prefix: string;
  /** A local path for `putFile` and `getFile`, unlike any before. */
  path(): string;
  /** Writes and reads what such a path holds. */
  writeLocal(path: string, body: Buffer): Promise<void>;
  readLocal(path: string): Promise<Buffer>;
  /** Writes an empty object at each name, the fastest way there is. */
  fill(names: readonly string[]): Promise<void>;
}

export const newPrefix = (): string => `store-${randomBytes(6).toString('hex')}/`;

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
