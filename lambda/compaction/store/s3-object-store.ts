import { createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { MIB } from '../../../lib/dataset/units';
import { mapConcurrently } from '../concurrency';
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
} from './object-store';
import { required, S3Listing } from './s3-listing';
import { S3PartUpload } from './s3-upload';
import { listVersions } from './s3-versions';

/** Files up to this size are uploaded in one request. Also the part size of larger ones: memory is 3 parts at most. */
export const PART_BYTES = 16 * MIB;
const PARTS_IN_FLIGHT = 3;
/** The limit of CopyObject is 5 GB: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
const COPY_PART_BYTES = 4 * 1024 ** 3;
/** The limit of DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const DELETE_BATCH = 1000;
const DELETE_BATCHES_IN_FLIGHT = 4;

export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #listing: S3Listing;
  readonly #partBytes: number;

  /** @param partBytes part size of a multipart upload, and the largest file that is uploaded in one request; S3 requires 5 MiB:
   *   https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html. @default 16 MiB */
  constructor(client: S3Client, partBytes = PART_BYTES) {
    this.#client = client;
    this.#listing = new S3Listing(client);
    this.#partBytes = partBytes;
  }

  list(bucket: string, prefix: string, range?: ListRange): AsyncIterable<ObjectInfo> {
    return this.#listing.list(bucket, prefix, range);
  }

  listPage(bucket: string, prefix: string, request: PageRequest): Promise<ListPage> {
    return this.#listing.listPage(bucket, prefix, request);
  }

  listFolder(bucket: string, prefix: string): Promise<{ folders: string[]; objects: ObjectInfo[] }> {
    return this.#listing.listFolder(bucket, prefix);
  }

  listVersions(bucket: string, prefix: string): AsyncIterable<ObjectVersion> {
    return listVersions(this.#client, bucket, prefix);
  }

  async getVersion(bucket: string, key: string, versionId: string): Promise<Buffer | undefined> {
    try {
      const found = await this.#client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
      return Buffer.from(await required(found.Body).transformToByteArray());
    } catch (error) {
      if (error instanceof S3ServiceException && GONE.has(error.name)) return undefined;
      throw error;
    }
  }

  async get(bucket: string, key: string): Promise<StoredObject | undefined> {
    try {
      const found = await this.#client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const body = Buffer.from(await required(found.Body).transformToByteArray());
      return {
        key,
        body,
        etag: required(found.ETag),
        size: body.length,
        lastModified: required(found.LastModified),
        versionId: found.VersionId,
      };
    } catch (error) {
      if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  async getRange(bucket: string, key: string, etag: string, range: ByteRange): Promise<Buffer> {
    const header = range.start < 0 ? `bytes=${range.start}` : `bytes=${range.start}-${range.end ?? ''}`;
    const found = await translate('GetObject', bucket, key, () =>
      this.#client.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag, Range: header })),
    );
    return Buffer.from(await required(found.Body).transformToByteArray());
  }

  async getFile(bucket: string, key: string, etag: string, path: string): Promise<void> {
    const found = await translate('GetObject', bucket, key, () =>
      this.#client.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag })),
    );
    await pipeline(required(found.Body) as Readable, createWriteStream(path));
  }

  async put(bucket: string, key: string, body: Buffer, condition: WriteCondition = {}): Promise<string> {
    const written = await translate('PutObject', bucket, key, () =>
      this.#client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...headers(condition) })),
    );
    return required(written.ETag);
  }

  async putFile(bucket: string, key: string, path: string, condition: WriteCondition = {}): Promise<void> {
    const { size } = await stat(path);
    const partBytes = this.#partBytes;
    if (size <= partBytes) {
      await this.put(bucket, key, await readPart(path, 0, size), condition);
      return;
    }
    await this.#multipart(bucket, key, Math.ceil(size / partBytes), condition, async (UploadId, index) => {
      const start = index * partBytes;
      const Body = await readPart(path, start, Math.min(size, start + partBytes));
      const part = await this.#client.send(
        new UploadPartCommand({ Bucket: bucket, Key: key, UploadId, PartNumber: index + 1, Body }),
      );
      return part;
    });
  }

  openUpload(bucket: string, key: string): PartUpload {
    return new S3PartUpload(this.#client, bucket, key);
  }

  async copy(
    from: { bucket: string; key: string; etag: string; size: number; versionId?: string | undefined },
    to: { bucket: string; key: string },
  ): Promise<void> {
    const version = from.versionId === undefined ? '' : `?versionId=${encodeURIComponent(from.versionId)}`;
    const source = {
      CopySource: `${from.bucket}/${from.key.split('/').map(encodeURIComponent).join('/')}${version}`,
      CopySourceIfMatch: from.etag,
    };
    if (from.size <= COPY_PART_BYTES) {
      await translate('CopyObject', from.bucket, from.key, () =>
        // Tags are not copied: reading and writing them would take two more permissions.
        this.#client.send(
          new CopyObjectCommand({ Bucket: to.bucket, Key: to.key, TaggingDirective: 'REPLACE', ...source }),
        ),
      );
      return;
    }
    await this.#multipart(to.bucket, to.key, Math.ceil(from.size / COPY_PART_BYTES), {}, async (UploadId, index) => {
      const start = index * COPY_PART_BYTES;
      const CopySourceRange = `bytes=${start}-${Math.min(from.size, start + COPY_PART_BYTES) - 1}`;
      const part = await translate('UploadPartCopy', from.bucket, from.key, () =>
        this.#client.send(
          new UploadPartCopyCommand({
            Bucket: to.bucket,
            Key: to.key,
            UploadId,
            PartNumber: index + 1,
            CopySourceRange,
            ...source,
          }),
        ),
      );
      return required(part.CopyPartResult);
    });
  }

  async deleteMatching(bucket: string, objects: readonly Pick<ObjectInfo, 'key' | 'etag'>[]): Promise<string[]> {
    const batches: (typeof objects)[] = [];
    for (let start = 0; start < objects.length; start += DELETE_BATCH) {
      batches.push(objects.slice(start, start + DELETE_BATCH));
    }
    const deleted = await mapConcurrently(batches, DELETE_BATCHES_IN_FLIGHT, (batch) =>
      this.#deleteBatch(bucket, batch),
    );
    return deleted.flat();
  }

  async #deleteBatch(
    bucket: string,
    batch: readonly Pick<ObjectInfo, 'key' | 'etag'>[],
    attempt = 1,
  ): Promise<string[]> {
    const answer = await this.#client.send(
      new DeleteObjectsCommand({
        Bucket: bucket,
        Delete: { Objects: batch.map(({ key, etag }) => ({ Key: key, ETag: etag })) },
      }),
    );
    const retried = attempt < CONFLICT_ATTEMPTS ? CONFLICT : undefined;
    const errors = answer.Errors ?? [];
    const failed = errors.filter(({ Code }) => !LEFT_ALONE.has(Code ?? '') && Code !== retried);
    const [first] = failed;
    if (first !== undefined) {
      throw new Error(
        `DeleteObjects s3://${bucket}: ${failed.length} of ${batch.length} failed, ` +
          `first ${first.Key}: ${first.Code} ${first.Message}`,
      );
    }
    const deleted = (answer.Deleted ?? []).map(({ Key }) => required(Key));
    const again = new Set(errors.filter(({ Code }) => Code === retried).map(({ Key }) => Key));
    if (again.size === 0) return deleted;
    await sleep(CONFLICT_PAUSE_MILLIS * attempt);
    const rest = batch.filter(({ key }) => again.has(key));
    return [...deleted, ...(await this.#deleteBatch(bucket, rest, attempt + 1))];
  }

  async #multipart(
    bucket: string,
    key: string,
    parts: number,
    condition: WriteCondition,
    upload: (uploadId: string, index: number) => Promise<{ ETag?: string | undefined }>,
  ): Promise<void> {
    const target = { Bucket: bucket, Key: key };
    const created = await this.#client.send(new CreateMultipartUploadCommand(target));
    const UploadId = required(created.UploadId);
    try {
      const indexes = Array.from({ length: parts }, (_, index) => index);
      const uploaded = await mapConcurrently(indexes, PARTS_IN_FLIGHT, (index) => upload(UploadId, index));
      const Parts = uploaded.map(({ ETag }, index) => ({ ETag: required(ETag), PartNumber: index + 1 }));
      await translate('CompleteMultipartUpload', bucket, key, () =>
        this.#client.send(
          new CompleteMultipartUploadCommand({
            ...target,
            UploadId,
            MultipartUpload: { Parts },
            ...headers(condition),
          }),
        ),
      );
    } catch (error) {
      // Best effort: the bucket's lifecycle rule for incomplete multipart uploads removes what is left.
      await this.#client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => undefined);
      throw error;
    }
  }
}

const GONE = new Set(['NoSuchKey', 'NoSuchVersion']);
/** Codes of a conditional delete that found nothing to do: rewritten meanwhile, or gone. */
const LEFT_ALONE = new Set(['PreconditionFailed', 'NoSuchKey', 'NoSuchVersion']);
/** Another request for the key is in progress and may fail: the object may still be as it was. */
const CONFLICT = 'ConditionalRequestConflict';
const CONFLICT_ATTEMPTS = 5;
const CONFLICT_PAUSE_MILLIS = 100;

function headers(condition: WriteCondition): { IfMatch?: string; IfNoneMatch?: string } {
  return {
    ...(condition.ifMatch === undefined ? {} : { IfMatch: condition.ifMatch }),
    ...(condition.ifAbsent === true ? { IfNoneMatch: '*' } : {}),
  };
}

/** Turns the refusals of a conditional request into the one error that the protocol handles. */
async function translate<T>(operation: string, bucket: string, key: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof S3ServiceException && error.name !== 'NoSuchBucket') {
      const status = error.$metadata.httpStatusCode;
      // 404: an If-Match write to an object that is gone, or a conditional read of one.
      if (status === 412 || status === 409 || status === 404) {
        throw new PreconditionFailedError(operation, bucket, key);
      }
    }
    throw error;
  }
}

async function readPart(path: string, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - start);
  const file = await open(path);
  try {
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
      if (bytesRead === 0) throw new Error(`${path} ended at byte ${start + at}, before ${end}`);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
  return bytes;
}
