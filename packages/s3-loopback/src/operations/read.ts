import { type Bucket, openVersion } from '../bucket';
import { isNotModified, readConditions } from '../conditions';
import { noSuchKey, S3Error } from '../errors';
import type { FileSlice } from '../files';
import { readSlice } from '../files';
import type { ObjectVersion } from '../journal';
import { describe, httpDate, override } from '../object-headers';
import type { Call, Operation, Reply } from '../operation';
import { parseRange } from '../range';

/** Up to this an object is read and sent in one piece. */
const ONE_READ_BYTES = 1 << 20;

export const getObject: Operation = { name: 'GetObject', run: (call) => read(call, true) };

export const headObject: Operation = { name: 'HeadObject', run: (call) => read(call, false) };

/** Waits until the version that a request names has its ETag. @throws S3Error as `findVersion` does */
export async function settleVersion(bucket: Bucket, key: string, versionId: string | undefined): Promise<void> {
  while (findVersion(bucket, key, versionId).etag === '') await bucket.settle(key);
}

/**
 * The version that a request names.
 * @throws S3Error NoSuchKey, NoSuchVersion; MethodNotAllowed for a delete marker named by its id
 */
export function findVersion(bucket: Bucket, key: string, versionId: string | undefined): ObjectVersion {
  if (versionId === undefined) {
    const latest = bucket.latest(key);
    if (latest === undefined) throw noSuchKey(key);
    if (!latest.marker) return latest;
    throw noSuchKey(key, ['x-amz-delete-marker', 'true', 'x-amz-version-id', latest.versionId]);
  }
  const version = bucket.versions(key).find((candidate) => candidate.versionId === versionId);
  if (version === undefined) throw new S3Error('NoSuchVersion', { details: { Key: key, VersionId: versionId } });
  if (!version.marker) return version;
  throw new S3Error('MethodNotAllowed', {
    details: { Method: 'GET', ResourceType: 'DeleteMarker' },
    headers: ['Allow', 'DELETE', 'x-amz-delete-marker', 'true', 'Last-Modified', httpDate(version.modified)],
  });
}

/** Opens a version's file. Call it in the turn in which the version was found, so that the two belong together. */
export function openFound(bucket: Bucket, version: ObjectVersion): number {
  const fd = openVersion(bucket, version);
  if (fd !== undefined) return fd;
  bucket.reexamine(version);
  throw noSuchKey(version.key);
}

function read(call: Call, withBody: boolean): Reply | Promise<Reply> {
  const { bucket, key, query } = call;
  if (query.has('partNumber')) {
    throw new S3Error('NotImplemented', { message: `${call.operation} by partNumber is not implemented.` });
  }
  const versionId = query.get('versionId');
  const version = findVersion(bucket, key, versionId);
  if (version.etag !== '') return describeRead(call, version, withBody);
  return settleVersion(bucket, key, versionId).then(() => read(call, withBody));
}

function describeRead({ bucket, headers, query }: Call, version: ObjectVersion, withBody: boolean): Reply {
  const notModified = isNotModified(readConditions(headers), version);
  const range = notModified ? undefined : parseRange(headers.range, version.size);
  // A checksum of the whole object says nothing about part of it.
  const checksumMode = headers['x-amz-checksum-mode'] === 'ENABLED' && range === undefined;
  const fields = describe(version, bucket.versioning !== undefined, checksumMode);
  if (notModified) return { status: 304, headers: fields };
  if (range !== undefined) {
    fields.push('Content-Range', `bytes ${range.start}-${range.start + range.length - 1}/${version.size}`);
  }
  override(fields, query);
  const { start, length } = range ?? { start: 0, length: version.size };
  const reply = { status: range === undefined ? 200 : 206, headers: fields };
  if (!withBody) return { ...reply, length };
  return { ...reply, body: content(bucket, version, { fd: openFound(bucket, version), start, length }) };
}

function content(bucket: Bucket, version: ObjectVersion, slice: FileSlice): Buffer | FileSlice {
  if (slice.length > ONE_READ_BYTES) return slice;
  const bytes = readSlice(slice);
  if (bytes !== undefined) return bytes;
  bucket.reexamine(version);
  throw new S3Error('InternalError', { message: 'The file was changed behind the server. Please try again.' });
}
