/**
 * What the compaction protocol needs from S3, and nothing more. The protocol is written against this interface so that
 * its crash tests can stop it before and after every single call; `S3ObjectStore` is the one implementation that ships.
 */

export interface ObjectInfo {
  readonly key: string;
  /** Opaque: not a digest under SSE-KMS or after a multipart upload. Compared for equality only. */
  readonly etag: string;
  /** Bytes as stored. */
  readonly size: number;
  readonly lastModified: Date;
  /** The version that is meant, where it need not be the current one. @default the current one */
  readonly versionId?: string | undefined;
}

/** A version of an object that the bucket still keeps. */
export interface ObjectVersion extends ObjectInfo {
  readonly versionId: string;
  /** Whether it is the object as it is now: not overwritten, not deleted. */
  readonly isLatest: boolean;
}

export interface StoredObject extends ObjectInfo {
  readonly body: Buffer;
  readonly versionId: string | undefined;
}

/** At most one of the two. */
export interface WriteCondition {
  /** Write only if the object exists with this ETag. */
  readonly ifMatch?: string;
  /** Write only if no object exists. */
  readonly ifAbsent?: boolean;
}

export interface ListRange {
  /** Only keys after this one (exclusive). */
  readonly after?: string | undefined;
  /** Only keys up to this one (inclusive). */
  readonly through?: string | undefined;
}

/** One answer to ListObjectsV2. */
export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  /** Common prefixes as S3 names them: whole, with the final slash. */
  readonly folders: readonly string[];
  /** Token of the next page. Undefined: this was the last. */
  readonly token: string | undefined;
}

/** Which page of a listing. Pages hold at most 1,000 objects and folders. */
export interface PageRequest {
  /** Only keys after this one (exclusive). */
  readonly after?: string | undefined;
  /** Token that the previous page returned. Absent: the first page. */
  readonly token?: string | undefined;
  /** Whether keys with a further slash are grouped into folders. @default false */
  readonly folders?: boolean;
}

export interface ByteRange {
  /** First byte; negative: the last `-start` bytes of the object. */
  readonly start: number;
  /** Last byte, inclusive. Ignored when `start` is negative. */
  readonly end?: number;
}

export interface PartUpload {
  /** Resolves when the part is stored. Parts are added one after the other; all but the last hold 5 MiB or more. */
  add(part: Buffer): Promise<void>;
  close(): Promise<void>;
  /** Leaves no object. Never rejects. */
  abort(): Promise<void>;
}

export interface ObjectStore {
  /** Objects under a prefix in the byte order of their keys, read page by page. */
  list(bucket: string, prefix: string, range?: ListRange): AsyncIterable<ObjectInfo>;
  /** One page of such a listing: one request. */
  listPage(bucket: string, prefix: string, request: PageRequest): Promise<ListPage>;
  /** The direct children of a prefix that ends in a slash: names of folders, and objects. */
  listFolder(bucket: string, prefix: string): Promise<{ folders: string[]; objects: ObjectInfo[] }>;
  /** All versions of the objects under a prefix, without delete markers: in the byte order of keys, of each key the newest first. */
  listVersions(bucket: string, prefix: string): AsyncIterable<ObjectVersion>;
  /** What a version holds, or undefined when it is gone. */
  getVersion(bucket: string, key: string, versionId: string): Promise<Buffer | undefined>;
  /** The object, or undefined when it does not exist. */
  get(bucket: string, key: string): Promise<StoredObject | undefined>;
  /** Part of an object, if it still has this ETag. @throws PreconditionFailedError */
  getRange(bucket: string, key: string, etag: string, range: ByteRange): Promise<Buffer>;
  /** Copies an object to a local file with bounded memory. @throws PreconditionFailedError when the ETag differs. */
  getFile(bucket: string, key: string, etag: string, path: string): Promise<void>;
  /** Resolves to the new ETag. @throws PreconditionFailedError when the condition does not hold, or another write won. */
  put(bucket: string, key: string, body: Buffer, condition?: WriteCondition): Promise<string>;
  /** Uploads a local file, in parts when it is large; visible wholly or not at all. @throws PreconditionFailedError */
  putFile(bucket: string, key: string, path: string, condition?: WriteCondition): Promise<void>;
  /** An object that is written part by part; visible wholly once it is closed, or not at all. */
  openUpload(bucket: string, key: string): PartUpload;
  /** Server-side copy, if the source, or the version of it that is named, has this ETag. @throws PreconditionFailedError */
  copy(
    from: { bucket: string; key: string; etag: string; size: number; versionId?: string | undefined },
    to: { bucket: string; key: string },
  ): Promise<void>;
  /**
   * Deletes each object that still has the given ETag. An object that is gone or was rewritten meanwhile is left alone.
   * Resolves to the keys that this call deleted.
   */
  deleteMatching(bucket: string, objects: readonly Pick<ObjectInfo, 'key' | 'etag'>[]): Promise<string[]>;
}

/**
 * A conditional request was refused (HTTP 412, or 409 for a concurrent write): another writer was faster, or is still writing
 * and may yet fail. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export class PreconditionFailedError extends Error {
  override readonly name = 'PreconditionFailedError';
  constructor(operation: string, bucket: string, key: string) {
    super(`${operation} s3://${bucket}/${key}: the object is not in the state that the request demanded`);
  }
}
