import type { IncomingHttpHeaders } from 'node:http';
import { invalidArgument, S3Error } from './errors';
import type { ObjectVersion } from './journal';
import { singleHeader } from './operation';

const MAX_METADATA_BYTES = 2048;
const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';

/** Headers of a write that S3 keeps with the object and sends back on GET and HEAD. */
const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/** Headers that ask for something which is not done here. Refused: to ignore them would be a lie. */
const REFUSED =
  /^x-amz-(?:tagging|website-redirect-location|grant-.*|object-lock-.*|server-side-encryption-customer-.*|copy-source-server-side-.*|checksum-(?:md5|sha512|xxhash.*))$/;

/** Query parameters of GET that override a response header. */
const OVERRIDES: ReadonlyMap<string, string> = new Map([
  ['response-cache-control', 'cache-control'],
  ['response-content-disposition', 'content-disposition'],
  ['response-content-encoding', 'content-encoding'],
  ['response-content-language', 'content-language'],
  ['response-content-type', 'content-type'],
  ['response-expires', 'expires'],
]);

/**
 * The headers to keep of a write. Encryption and storage class are recorded and reported, not acted upon.
 * @throws S3Error MetadataTooLarge above 2 KB of user metadata; NotImplemented
 */
export function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  let metadataBytes = 0;
  for (const name in headers) {
    const value = singleHeader(headers[name]) as string;
    if (name.startsWith('x-amz-meta-')) {
      kept[name] = value;
      metadataBytes += name.length - 'x-amz-meta-'.length + Buffer.byteLength(value);
    } else if (name === 'content-encoding') {
      const codings = withoutAwsChunked(value);
      if (codings !== '') kept[name] = codings;
    } else if (KEPT.includes(name) || name.startsWith('x-amz-server-side-encryption')) {
      kept[name] = value;
    } else if (name === 'x-amz-storage-class') {
      if (value !== 'STANDARD') kept[name] = value;
    }
    if (REFUSED.test(name)) throw new S3Error('NotImplemented', { details: { Header: name } });
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', {
      details: { Size: `${metadataBytes}`, MaxSizeAllowed: `${MAX_METADATA_BYTES}` },
    });
  }
  kept['content-type'] ??= DEFAULT_CONTENT_TYPE;
  return kept;
}

const withoutAwsChunked = (codings: string): string =>
  codings
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== 'aws-chunked' && coding !== '')
    .join(',');

/** Response headers of GET and HEAD, without the length. */
export function describe(version: ObjectVersion, versioned: boolean, checksumMode: boolean): string[] {
  const headers = [
    'ETag',
    version.etag,
    'Last-Modified',
    httpDate(version.modified),
    'Accept-Ranges',
    'bytes',
    'Content-Type',
    version.headers['content-type'] ?? DEFAULT_CONTENT_TYPE,
  ];
  for (const name in version.headers) {
    if (name !== 'content-type') headers.push(name, version.headers[name] as string);
  }
  if (versioned) headers.push('x-amz-version-id', version.versionId);
  if (checksumMode && version.checksum !== undefined) headers.push(...checksumHeaders(version));
  return headers;
}

/** `x-amz-checksum-…` and its type. */
export function checksumHeaders({ checksum }: Pick<ObjectVersion, 'checksum'>): string[] {
  if (checksum === undefined) return [];
  return [`x-amz-checksum-${checksum.algorithm}`, checksum.value, 'x-amz-checksum-type', checksum.type];
}

/** Replaces response headers as the `response-…` query parameters of a GET ask. */
export function override(headers: string[], query: ReadonlyMap<string, string>): void {
  for (const [parameter, value] of query) {
    const name = OVERRIDES.get(parameter);
    if (name === undefined) continue;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters would split the response
    if (/[\u0000-\u001f\u007f]|[^\u0000-\u00ff]/.test(value))
      throw invalidArgument('Invalid header value', parameter, value);
    const at = headers.findIndex((header, i) => i % 2 === 0 && header.toLowerCase() === name);
    if (at >= 0) headers[at + 1] = value;
    else headers.push(name, value);
  }
}

let lastSecond = -1;
let lastDate = '';

/** RFC 9110 date. Objects written together share it. */
export function httpDate(milliseconds: number): string {
  const second = Math.floor(milliseconds / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastDate = new Date(milliseconds).toUTCString();
  }
  return lastDate;
}

/** ISO date as S3 writes it in XML: whole seconds. */
export const isoDate = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}.000Z`;
