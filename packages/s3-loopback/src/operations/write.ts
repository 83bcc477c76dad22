import type { Bucket } from '../bucket';
import { checkWrite } from '../conditions';
import type { ObjectVersion } from '../journal';
import { checksumHeaders, keptHeaders } from '../object-headers';
import type { Operation } from '../operation';

export const putObject: Operation = {
  name: 'PutObject',
  body: 'object',
  async run({ bucket, body, headers, key, store }) {
    const kept = keptHeaders(headers);
    await bucket.settle(key);
    checkWrite(headers, key, bucket.current(key));
    const object = {
      content: body.content,
      size: body.size,
      etag: `"${body.md5}"`,
      headers: kept,
      checksum: body.checksum,
    };
    const version = bucket.put(key, object, store.tempFile);
    return {
      status: 200,
      headers: ['ETag', version.etag, ...checksumHeaders(version), ...versionHeader(bucket, version)],
    };
  },
};

/** `x-amz-version-id`, where the bucket has versions. */
export const versionHeader = (bucket: Bucket, { versionId }: ObjectVersion): string[] =>
  bucket.versioning === undefined ? [] : ['x-amz-version-id', versionId];
