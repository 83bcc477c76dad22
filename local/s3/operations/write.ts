import { checkWrite } from '../conditions';
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
    const fields = ['ETag', version.etag, ...checksumHeaders(version)];
    if (bucket.versioning !== undefined) fields.push('x-amz-version-id', version.versionId);
    return { status: 200, headers: fields };
  },
};
