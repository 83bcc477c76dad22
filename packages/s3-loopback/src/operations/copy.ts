import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Bucket } from '../bucket';
import { checkWrite, isNotModified, readConditions } from '../conditions';
import { invalidArgument, invalidRequest, S3Error } from '../errors';
import { copySlice } from '../files';
import type { ObjectVersion } from '../journal';
import { isoDate, keptHeaders } from '../object-headers';
import type { Call, Operation } from '../operation';
import { singleHeader, xmlReply } from '../operation';
import { element, xmlDocument } from '../xml';
import { checksumElements } from './checksum-elements';
import { findVersion, openFound, settleVersion } from './read';
import { versionHeader } from './write';

export const copyObject: Operation = {
  name: 'CopyObject',
  async run(call) {
    const { bucket, headers, key, store } = call;
    const directive = singleHeader(headers['x-amz-metadata-directive']) ?? 'COPY';
    if (directive !== 'COPY' && directive !== 'REPLACE') {
      throw invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', directive);
    }
    const own = keptHeaders(headers);
    const source = parseSource(call);
    if (source.bucket === bucket && source.key === key && source.versionId === undefined && directive === 'COPY') {
      throw invalidRequest(
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      );
    }
    const { version, fd } = await openSource(source, headers);
    // The ETag of a multipart object does not describe the copy, which is written in one piece.
    const md5 = version.etag.includes('-') ? createHash('md5') : undefined;
    const slice = { fd, start: 0, length: version.size };
    const content = await copySlice(slice, store.tempFile, md5 === undefined ? [] : [md5]);
    try {
      await bucket.settle(key);
      checkWrite(headers, key, bucket.current(key));
      const object = {
        content,
        size: version.size,
        etag: md5 === undefined ? version.etag : `"${md5.digest('hex')}"`,
        headers: directive === 'COPY' ? version.headers : own,
        checksum: version.checksum?.type === 'FULL_OBJECT' ? version.checksum : undefined,
      };
      const copy = bucket.put(key, object, store.tempFile);
      return xmlReply(
        xmlDocument(
          'CopyObjectResult',
          element('LastModified', isoDate(copy.modified)) +
            element('ETag', copy.etag) +
            checksumElements(copy.checksum),
        ),
        [...versionHeader(bucket, copy), ...sourceVersionHeader(source.bucket, version)],
      );
    } finally {
      if (typeof content === 'string') rmSync(content, { force: true });
    }
  },
};

export interface CopySource {
  readonly bucket: Bucket;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** `x-amz-copy-source-version-id`, where the source has versions. */
export const sourceVersionHeader = (bucket: Bucket, { versionId }: ObjectVersion): string[] =>
  bucket.versioning === undefined ? [] : ['x-amz-copy-source-version-id', versionId];

/** What `x-amz-copy-source` names. @throws S3Error InvalidArgument, NoSuchBucket */
export function parseSource({ headers, store }: Call): CopySource {
  const header = singleHeader(headers['x-amz-copy-source']) ?? '';
  const match = /^\/?([^/]+)\/(.+?)(?:\?versionId=([^&]+))?$/s.exec(header);
  if (match === null) {
    throw invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      header,
    );
  }
  const [, bucket, key, versionId] = match as unknown as [string, string, string, string | undefined];
  return { bucket: store.bucket(decode(bucket)), key: decode(key), versionId };
}

/**
 * Opens the source of a copy, once its conditions hold. The caller closes it.
 * @throws S3Error NoSuchKey, NoSuchVersion, PreconditionFailed; InvalidRequest for a delete marker
 */
export async function openSource(
  { bucket, key, versionId }: CopySource,
  headers: Call['headers'],
): Promise<{ version: ObjectVersion; fd: number }> {
  try {
    await settleVersion(bucket, key, versionId);
  } catch (error) {
    if (!(error instanceof S3Error) || error.code !== 'MethodNotAllowed') throw error;
    throw invalidRequest('The source of a copy request may not specifically refer to a delete marker by version id.');
  }
  const version = findVersion(bucket, key, versionId);
  if (isNotModified(readConditions(headers, 'x-amz-copy-source-'), version)) {
    throw new S3Error('PreconditionFailed', { details: { Condition: 'x-amz-copy-source-If-None-Match' } });
  }
  return { version, fd: openFound(bucket, version) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidArgument('Invalid copy source encoding', 'x-amz-copy-source', text);
  }
}
