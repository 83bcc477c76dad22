import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { LakeBuckets } from '../../../lambda/compaction/protocol/lake';
import { createS3Client } from '../../../lambda/compaction/runtime/lake';
import { boundRequests } from '../../../lambda/compaction/store/bounded-requests';
import { compareKeys } from '../../../lambda/compaction/store/key-order';
import { objectAt } from '../../../lambda/compaction/store/object-at';
import { PreconditionFailedError } from '../../../lambda/compaction/store/object-store';
import { S3ObjectStore } from '../../../lambda/compaction/store/s3-object-store';
import { RAW_PREFIX } from '../../../lib/dataset';
import { type S3Settings, s3ClientConfig } from '../../../lib/dataset/s3-settings';
import { UsageError } from '../../command-line';
import { parseS3, type S3Place } from '../../new-dataset/s3-samples';

export interface SourceObject {
  /** Key below the prefix, or path below the folder, with slashes. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Changes when the object does. */
  readonly etag: string;
}

/** What an import reads. It is never changed. */
export interface ImportSource {
  /** `s3://bucket/prefix/`, or the absolute path of a folder. */
  readonly name: string;
  /** Paths of symbolic links, which are not followed. Known once the source was listed. @default none */
  readonly links?: readonly string[];
  /** In the order of the UTF-8 bytes of the paths. */
  list(): AsyncIterable<SourceObject>;
  /** The object as it is now; undefined when it is gone. */
  find(path: string): Promise<SourceObject | undefined>;
  /**
   * Copies an object into a bucket of the lake, in one attempt: whether a failed one has copied it is for the caller to find out.
   *
   * @throws PreconditionFailedError when the object is no longer as it was listed
   */
  copy(object: SourceObject, bucket: string, key: string): Promise<void>;
  close(): void;
}

/**
 * @param text `s3://BUCKET/PREFIX`, or a folder of this machine
 * @throws UsageError when it is part of the lake, or no folder
 */
export async function openSource(text: string, settings: S3Settings, buckets: LakeBuckets): Promise<ImportSource> {
  const place = parseS3(text);
  if (place === undefined) return await openFolder(text, settings);
  const prefix = place.prefix === '' || place.prefix.endsWith('/') ? place.prefix : `${place.prefix}/`;
  const isInbox = place.bucket === buckets.raw && (prefix.startsWith(RAW_PREFIX) || RAW_PREFIX.startsWith(prefix));
  if (isInbox || place.bucket === buckets.curated || place.bucket === buckets.quarantine) {
    throw new UsageError('--source', 'it is part of this lake', 'write another bucket, or another prefix');
  }
  return new S3Source({ bucket: place.bucket, prefix }, settings);
}

/** Copies inside of S3: no object passes through this machine. */
class S3Source implements ImportSource {
  readonly name: string;
  readonly #place: S3Place;
  readonly #lister: S3Client;
  readonly #copier: S3Client;

  constructor(place: S3Place, settings: S3Settings) {
    this.name = `s3://${place.bucket}/${place.prefix}`;
    this.#place = place;
    this.#lister = createS3Client(settings);
    this.#lister.config.followRegionRedirects = true;
    this.#copier = singleAttempts(settings);
  }

  async *list(): AsyncGenerator<SourceObject> {
    const { bucket, prefix } = this.#place;
    for await (const { key, size, etag } of new S3ObjectStore(this.#lister).list(bucket, prefix)) {
      yield { path: key.slice(prefix.length), size, etag };
    }
  }

  async find(path: string): Promise<SourceObject | undefined> {
    const { bucket, prefix } = this.#place;
    const found = await objectAt(new S3ObjectStore(this.#lister), bucket, `${prefix}${path}`);
    return found && { path, size: found.size, etag: found.etag };
  }

  copy({ path, size, etag }: SourceObject, bucket: string, key: string): Promise<void> {
    const from = { bucket: this.#place.bucket, key: `${this.#place.prefix}${path}`, size, etag };
    return new S3ObjectStore(this.#copier).copy(from, { bucket, key });
  }

  close(): void {
    this.#lister.destroy();
    this.#copier.destroy();
  }
}

async function openFolder(text: string, settings: S3Settings): Promise<ImportSource> {
  const folder = resolve(text);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    throw new UsageError('--source', `there is no folder "${text}"`, 'write s3://BUCKET/PREFIX, or a folder');
  }
  return new FolderSource(folder, settings);
}

class FolderSource implements ImportSource {
  readonly #client: S3Client;

  constructor(
    readonly name: string,
    settings: S3Settings,
  ) {
    this.#client = singleAttempts(settings);
  }

  links: readonly string[] = [];

  async *list(): AsyncGenerator<SourceObject> {
    const entries = await readdir(this.name, { recursive: true, withFileTypes: true });
    const pathsOf = (some: typeof entries) =>
      some
        .map((entry) => relative(this.name, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .sort(compareKeys);
    const paths = pathsOf(entries.filter((entry) => entry.isFile()));
    // Pipes and sockets hold nothing.
    this.links = pathsOf(entries.filter((entry) => entry.isSymbolicLink()));
    for (const path of paths) {
      const found = await this.find(path);
      if (found !== undefined) yield found;
    }
  }

  async find(path: string): Promise<SourceObject | undefined> {
    const found = await stat(this.#file(path)).catch(() => undefined);
    return found === undefined ? undefined : { path, size: found.size, etag: `${found.size}-${found.mtimeMs}` };
  }

  async copy(object: SourceObject, bucket: string, key: string): Promise<void> {
    if ((await this.find(object.path))?.etag !== object.etag) {
      throw new PreconditionFailedError('import', this.name, object.path);
    }
    await new S3ObjectStore(this.#client).putFile(bucket, key, this.#file(object.path));
  }

  close(): void {
    this.#client.destroy();
  }

  #file(path: string): string {
    return join(this.name, ...path.split('/'));
  }
}

/**
 * The SDK tries again when an answer is lost, although the first attempt may have made the object, and compaction may have consumed
 * it since: it would be there twice.
 */
function singleAttempts(settings: S3Settings): S3Client {
  const client = new S3Client({ ...s3ClientConfig(settings), maxAttempts: 1 });
  boundRequests(client, {});
  return client;
}
