import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Body } from '../body';
import { type Checksum, createDigest, type Digest } from '../checksums';
import { checkWrite } from '../conditions';
import { invalidRequest, S3Error } from '../errors';
import { concatenate } from '../files';
import type { Call, Operation } from '../operation';
import { singleHeader, xmlReply } from '../operation';
import type { Part, Upload } from '../uploads';
import { childText, element, parseXml, xmlDocument } from '../xml';
import { checksumElement, checksumElements } from './checksum-elements';
import { text } from './delete';
import { findUpload } from './multipart';
import { versionHeader } from './write';

/** 5 MiB. Only the last part may be smaller. */
const MIN_PART_BYTES = 5 << 20;
const MAX_PARTS = 10_000;

export const completeMultipartUpload: Operation = {
  name: 'CompleteMultipartUpload',
  body: 'xml',
  ownChecksum: true,
  async run(call) {
    const { bucket, body, headers, key, store } = call;
    const upload = findUpload(call);
    const parts = chooseParts(upload, parseParts(body));
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    const promised = singleHeader(headers['x-amz-mp-object-size']);
    if (promised !== undefined && promised !== `${size}`) {
      throw invalidRequest('The provided x-amz-mp-object-size header value does not match the size of the parts.');
    }
    const temp = store.tempFile();
    try {
      const checksum = await upload.whileCompleting(() => assemble(upload, parts, temp, headers));
      await bucket.settle(key);
      checkWrite(headers, key, bucket.current(key));
      const object = { content: temp, size, etag: multipartEtag(parts), headers: upload.settings.headers, checksum };
      const version = bucket.put(key, object, store.tempFile);
      bucket.uploads.remove(upload.id);
      return xmlReply(
        xmlDocument(
          'CompleteMultipartUploadResult',
          element('Location', `http://${headers.host ?? ''}/${bucket.name}/${encodeURIComponent(key)}`) +
            element('Bucket', bucket.name) +
            element('Key', key) +
            element('ETag', version.etag) +
            checksumElements(version.checksum),
        ),
        versionHeader(bucket, version),
      );
    } finally {
      rmSync(temp, { force: true });
    }
  },
};

interface NamedPart {
  readonly number: number;
  readonly etag: string;
  /** Value by element name, for example `ChecksumCRC32`. */
  readonly checksum: (element: string) => string | undefined;
}

/** @throws S3Error MalformedXML, InvalidPartOrder */
function parseParts(body: Body): NamedPart[] {
  const document = parseXml(text(body));
  const nodes = document.children.filter((child) => child.name === 'Part');
  if (document.name !== 'CompleteMultipartUpload' || nodes.length === 0 || nodes.length > MAX_PARTS) {
    throw new S3Error('MalformedXML');
  }
  const parts = nodes.map((node) => {
    const number = childText(node, 'PartNumber');
    const etag = childText(node, 'ETag');
    if (number === undefined || etag === undefined || !/^\d{1,5}$/.test(number)) throw new S3Error('MalformedXML');
    return { number: Number(number), etag, checksum: (name: string) => childText(node, name) };
  });
  if (parts.some((part, i) => i > 0 && part.number <= (parts[i - 1] as NamedPart).number)) {
    throw new S3Error('InvalidPartOrder');
  }
  return parts;
}

/** The uploaded parts that the request names. @throws S3Error InvalidPart, EntityTooSmall, InvalidRequest */
function chooseParts(upload: Upload, named: readonly NamedPart[]): Part[] {
  const parts = named.map((name) => {
    const part = upload.part(name.number);
    if (part === undefined || part.md5 !== name.etag.replaceAll('"', '')) {
      throw new S3Error('InvalidPart', {
        details: { UploadId: upload.id, PartNumber: `${name.number}`, ETag: name.etag.replaceAll('"', '') },
      });
    }
    checkPartChecksum(upload, part, name);
    return part;
  });
  for (const part of parts.slice(0, -1)) {
    if (part.size >= MIN_PART_BYTES) continue;
    throw new S3Error('EntityTooSmall', {
      details: {
        ProposedSize: `${part.size}`,
        MinSizeAllowed: `${MIN_PART_BYTES}`,
        PartNumber: `${part.number}`,
        ETag: part.md5,
      },
    });
  }
  return parts;
}

function checkPartChecksum(upload: Upload, part: Part, name: NamedPart): void {
  const wanted = upload.settings.checksum;
  if (part.checksum === undefined) return;
  const value = name.checksum(checksumElement(part.checksum.algorithm));
  if (value === undefined && wanted?.type === 'COMPOSITE') {
    throw invalidRequest(
      `The upload was created using a ${wanted.algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${part.number} in the request.`,
    );
  }
  if (value !== undefined && value !== part.checksum.value) {
    throw new S3Error('InvalidPart', { details: { UploadId: upload.id, PartNumber: `${part.number}` } });
  }
}

/** Writes the parts one behind the other and works out the object's checksum. @throws S3Error BadDigest */
async function assemble(
  upload: Upload,
  parts: readonly Part[],
  target: string,
  headers: Call['headers'],
): Promise<Checksum | undefined> {
  const wanted = upload.settings.checksum;
  const whole = wanted?.type === 'FULL_OBJECT' ? createDigest(wanted.algorithm) : undefined;
  const files = parts.map((part) => ({ path: upload.path(part), size: part.size }));
  await concatenate(files, target, whole === undefined ? [] : [whole]);
  if (wanted === undefined) return undefined;
  const { algorithm, type } = wanted;
  const value =
    whole === undefined ? compositeChecksum(createDigest(algorithm), parts) : whole.digest().toString('base64');
  const expected = singleHeader(headers[`x-amz-checksum-${algorithm}`]);
  if (expected !== undefined && expected !== value) {
    throw new S3Error('BadDigest', {
      message: `The ${algorithm} you specified did not match what we calculated for the object.`,
    });
  }
  return { algorithm, value, type };
}

function compositeChecksum(digest: Digest, parts: readonly Part[]): string {
  for (const { checksum } of parts) digest.update(Buffer.from(checksum?.value ?? '', 'base64'));
  return `${digest.digest().toString('base64')}-${parts.length}`;
}

/** `"<MD5 of the parts' MD5s>-<parts>"` */
function multipartEtag(parts: readonly Part[]): string {
  const hash = createHash('md5');
  for (const { md5 } of parts) hash.update(md5, 'hex');
  return `"${hash.digest('hex')}-${parts.length}"`;
}
