import { createHash } from 'node:crypto';
import { closeSync, rmSync } from 'node:fs';
import { type Checksum, type ChecksumAlgorithm, createDigest, isChecksumAlgorithm } from '../checksums';
import { invalidArgument, invalidRequest, S3Error } from '../errors';
import type { FileSlice } from '../files';
import { copySlice } from '../files';
import type { ObjectVersion } from '../journal';
import { isoDate, keptHeaders } from '../object-headers';
import type { Call, Operation } from '../operation';
import { singleHeader, xmlReply } from '../operation';
import { parseRange } from '../range';
import type { Upload, UploadSettings } from '../uploads';
import { element, xmlDocument } from '../xml';
import { openSource, parseSource, sourceVersionHeader } from './copy';

const MAX_PART_NUMBER = 10_000;

export const createMultipartUpload: Operation = {
  name: 'CreateMultipartUpload',
  run({ bucket, headers, key, now }) {
    const checksum = requestedChecksum(headers);
    const settings = {
      key,
      initiated: now(),
      headers: keptHeaders(headers),
      ...(checksum === undefined ? {} : { checksum }),
    };
    const upload = bucket.uploads.create(settings);
    const fields =
      checksum === undefined
        ? []
        : ['x-amz-checksum-algorithm', checksum.algorithm.toUpperCase(), 'x-amz-checksum-type', checksum.type];
    return xmlReply(
      xmlDocument(
        'InitiateMultipartUploadResult',
        element('Bucket', bucket.name) + element('Key', key) + element('UploadId', upload.id),
      ),
      fields,
    );
  },
};

export const uploadPart: Operation = {
  name: 'UploadPart',
  body: 'object',
  run(call) {
    const { body, now } = call;
    const upload = findUpload(call);
    const number = partNumber(call.query);
    const checksum = partChecksum(upload, body.checksum);
    upload.put({ number, size: body.size, md5: body.md5, modified: now(), ...checksum }, body.content);
    const sum = body.checksum;
    const fields = sum === undefined ? [] : [`x-amz-checksum-${sum.algorithm}`, sum.value];
    return { status: 200, headers: ['ETag', `"${body.md5}"`, ...fields] };
  },
};

export const uploadPartCopy: Operation = {
  name: 'UploadPartCopy',
  async run(call) {
    const { headers, now, query, store } = call;
    const wanted = findUpload(call).settings.checksum;
    const number = partNumber(query);
    const source = parseSource(call);
    const { version, fd } = await openSource(source, headers);
    const slice = sourceSlice(fd, version, singleHeader(headers['x-amz-copy-source-range']));
    const md5 = createHash('md5');
    const digest = wanted === undefined ? undefined : createDigest(wanted.algorithm);
    const content = await copySlice(slice, store.tempFile, digest === undefined ? [md5] : [md5, digest]);
    try {
      const hex = md5.digest('hex');
      const checksum =
        wanted === undefined || digest === undefined
          ? {}
          : { checksum: { algorithm: wanted.algorithm, value: digest.digest().toString('base64') } };
      findUpload(call).put({ number, size: slice.length, md5: hex, modified: now(), ...checksum }, content);
      return xmlReply(
        xmlDocument('CopyPartResult', element('LastModified', isoDate(now())) + element('ETag', `"${hex}"`)),
        sourceVersionHeader(source.bucket, version),
      );
    } finally {
      if (typeof content === 'string') rmSync(content, { force: true });
    }
  },
};

/** Closes the file when the range is not one of its. @throws S3Error InvalidArgument, InvalidRange */
function sourceSlice(fd: number, { size }: ObjectVersion, header: string | undefined): FileSlice {
  if (header === undefined) return { fd, start: 0, length: size };
  try {
    const range = parseRange(header, size);
    if (range !== undefined) return { fd, ...range };
    throw invalidArgument(
      'The x-amz-copy-source-range value must be of the form bytes=first-last',
      'x-amz-copy-source-range',
      header,
    );
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

export const abortMultipartUpload: Operation = {
  name: 'AbortMultipartUpload',
  run(call) {
    call.bucket.uploads.remove(findUpload(call).id);
    return { status: 204 };
  },
};

/** @throws S3Error NoSuchUpload */
export const findUpload = ({ bucket, key, query }: Call): Upload =>
  bucket.uploads.find(query.get('uploadId') ?? '', key);

function partNumber(query: ReadonlyMap<string, string>): number {
  const text = query.get('partNumber') ?? '';
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number >= 1 && number <= MAX_PART_NUMBER) return number;
  throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text);
}

/** @throws S3Error InvalidRequest, NotImplemented */
function requestedChecksum(headers: Call['headers']): UploadSettings['checksum'] {
  const algorithm = singleHeader(headers['x-amz-checksum-algorithm'])?.toLowerCase();
  const type = singleHeader(headers['x-amz-checksum-type']);
  if (algorithm === undefined) {
    if (type === undefined) return undefined;
    throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
  }
  if (!isChecksumAlgorithm(algorithm)) {
    throw new S3Error('NotImplemented', { details: { Header: 'x-amz-checksum-algorithm' } });
  }
  const chosen = type ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  if ((chosen !== 'FULL_OBJECT' && chosen !== 'COMPOSITE') || !ALLOWED[chosen].includes(algorithm)) {
    throw invalidRequest(
      `The ${chosen} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type: chosen };
}

/** A CRC can be combined over parts, a SHA cannot; S3 keeps CRC-64 for whole objects only. */
const ALLOWED: Readonly<Record<Checksum['type'], readonly ChecksumAlgorithm[]>> = {
  FULL_OBJECT: ['crc32', 'crc32c', 'crc64nvme'],
  COMPOSITE: ['crc32', 'crc32c', 'sha1', 'sha256'],
};

/** @throws S3Error InvalidRequest when the part's checksum is not of the kind that the upload was created with */
function partChecksum(
  upload: Upload,
  checksum: Checksum | undefined,
): Pick<Checksum, never> | { checksum: Pick<Checksum, 'algorithm' | 'value'> } {
  const wanted = upload.settings.checksum;
  const required = wanted?.type === 'COMPOSITE';
  if (checksum === undefined ? required : wanted !== undefined && checksum.algorithm !== wanted.algorithm) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${wanted?.algorithm}, actual checksum Type: ${checksum?.algorithm ?? 'null'}`,
    );
  }
  return checksum === undefined ? {} : { checksum: { algorithm: checksum.algorithm, value: checksum.value } };
}
