import { closeSync, readSync } from 'node:fs';
import { type Bucket, openVersion } from '../bucket';
import { isNotModified, readConditions } from '../conditions';
import { noSuchKey, S3Error } from '../errors';
import type { ObjectVersion } from '../journal';
import { describe, httpDate, override } from '../object-headers';
import type { Call, Operation, Reply } from '../operation';
import { type ByteRange, parseRange } from '../range';

/** Up to this an object is read and sent in one piece. */
const ONE_READ_BYTES = 1 << 20;

export const getObject: Operation = { name: 'GetObject', run: (call) => read(call, true) };

export const headObject: Operation = { name: 'HeadObject', run: (call) => read(call, false) };

/**
 * The version that a request names, with its ETag.
 * @throws S3Error NoSuchKey, NoSuchVersion; MethodNotAllowed for a delete marker named by its id
 */
export async function findVersion(bucket: Bucket, key: string, versionId: string | undefined): Promise<ObjectVersion> {
  const found = lookUp(bucket, key, versionId);
  if (found.etag !== '') return found;
  await bucket.settle(key);
  return lookUp(bucket, key, versionId);
}

function lookUp(bucket: Bucket, key: string, versionId: string | undefined): ObjectVersion {
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

async function read(call: Call, withBody: boolean): Promise<Reply> {
  const { bucket, key, query, headers } = call;
  if (query.has('partNumber')) {
    throw new S3Error('NotImplemented', { message: `${call.operation} by partNumber is not implemented.` });
  }
  const found = lookUp(bucket, key, query.get('versionId'));
  const version = found.etag === '' ? await findVersion(bucket, key, query.get('versionId')) : found;
  const fields = describe(version, bucket.versioning !== undefined, headers['x-amz-checksum-mode'] === 'ENABLED');
  if (isNotModified(readConditions(headers), version)) return { status: 304, headers: fields };
  const range = parseRange(headers.range, version.size);
  if (range !== undefined) {
    fields.push('Content-Range', `bytes ${range.start}-${range.start + range.length - 1}/${version.size}`);
  }
  override(fields, query);
  const wanted = range ?? { start: 0, length: version.size };
  const reply = { status: range === undefined ? 200 : 206, headers: fields };
  if (!withBody) return { ...reply, length: wanted.length };
  return { ...reply, body: open(bucket, version, wanted) };
}

/** Opens the file in the same turn in which the version was looked up, so that the two belong together. */
function open(bucket: Bucket, version: ObjectVersion, { start, length }: ByteRange): NonNullable<Reply['body']> {
  const fd = openVersion(bucket, version);
  if (fd === undefined) {
    bucket.reexamine(version);
    throw noSuchKey(version.key);
  }
  if (length > ONE_READ_BYTES) return { fd, start, length };
  try {
    const bytes = Buffer.allocUnsafe(length);
    if (readSync(fd, bytes, 0, length, start) === length) return bytes;
    bucket.reexamine(version);
    throw new S3Error('InternalError', { message: 'The file was changed behind the server. Please try again.' });
  } finally {
    closeSync(fd);
  }
}
