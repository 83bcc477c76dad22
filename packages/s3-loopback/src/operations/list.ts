import type { Bucket } from '../bucket';
import { invalidArgument } from '../errors';
import type { ObjectVersion } from '../journal';
import { seek, seekPast } from '../key-index';
import { isoDate } from '../object-headers';
import type { Call, Operation } from '../operation';
import { xmlReply } from '../operation';
import { element, optionalElement, wrap, xmlDocument } from '../xml';

const MAX_PAGE = 1000;
export const OWNER = wrap('Owner', element('ID', 'local') + element('DisplayName', 'local'));

export const listObjectsV2: Operation = {
  name: 'ListObjectsV2',
  async run({ bucket, query }) {
    const request = parseListing(query);
    const token = query.get('continuation-token');
    const startAfter = query.get('start-after');
    const after = token === undefined ? startPosition(startAfter) : decodeToken(token);
    const page = await settledPage(bucket, request, after);
    const name = keyEncoder(query);
    const owner = query.get('fetch-owner') === 'true' ? OWNER : '';
    const contents = page.objects.map((object) =>
      wrap('Contents', element('Key', name(object.key)) + describeVersion(object) + owner),
    );
    return xmlReply(
      xmlDocument(
        'ListBucketResult',
        element('Name', bucket.name) +
          element('Prefix', name(request.prefix)) +
          optionalElement('Delimiter', request.delimiter && name(request.delimiter)) +
          element('MaxKeys', request.max) +
          optionalElement('EncodingType', query.get('encoding-type')) +
          element('KeyCount', page.objects.length + page.prefixes.length) +
          element('IsTruncated', page.next !== undefined) +
          optionalElement('ContinuationToken', token) +
          optionalElement('NextContinuationToken', page.next && encodeToken(page.next)) +
          optionalElement('StartAfter', startAfter && name(startAfter)) +
          contents.join('') +
          commonPrefixes(page.prefixes.map(name)),
      ),
    );
  },
};

export interface Listing {
  readonly prefix: string;
  readonly delimiter: string | undefined;
  readonly max: number;
}

/** @throws S3Error InvalidArgument */
export function parseListing(query: ReadonlyMap<string, string>): Listing {
  const maxKeys = query.get('max-keys') ?? `${MAX_PAGE}`;
  if (!/^\d{1,10}$/.test(maxKeys))
    throw invalidArgument('Provided max-keys not an integer or within integer range', 'max-keys', maxKeys);
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') === '' ? undefined : query.get('delimiter'),
    max: Math.min(Number(maxKeys), MAX_PAGE),
  };
}

/** What a page follows: a key, or every key under a common prefix. */
interface Position {
  readonly after: string;
  readonly prefix: boolean;
}

interface Page {
  readonly objects: ObjectVersion[];
  readonly prefixes: string[];
  /** Position of the next page; undefined on the last. */
  readonly next: Position | undefined;
}

const startPosition = (startAfter: string | undefined): Position | undefined =>
  startAfter === undefined || startAfter === '' ? undefined : { after: startAfter, prefix: false };

const encodeToken = ({ after, prefix }: Position): string =>
  Buffer.from(`${prefix ? 'p' : 'k'}${after}`).toString('base64url');

function decodeToken(token: string): Position {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  const position = { after: text.slice(1), prefix: text.startsWith('p') };
  if (encodeToken(position) !== token) {
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
  }
  return position;
}

/** A page in which every object has its ETag. */
async function settledPage(bucket: Bucket, listing: Listing, after: Position | undefined): Promise<Page> {
  for (;;) {
    const page = listPage(bucket, listing, after);
    const unhashed = page.objects.filter((object) => object.etag === '');
    if (unhashed.length === 0) return page;
    for (const { key } of unhashed) await bucket.settle(key);
  }
}

function listPage(bucket: Bucket, { prefix, delimiter, max }: Listing, after: Position | undefined): Page {
  const sorted = bucket.keys.sorted();
  const objects: ObjectVersion[] = [];
  const prefixes: string[] = [];
  let last: Position | undefined;
  let at = Math.max(seek(sorted, prefix), after === undefined ? 0 : seekAfter(sorted, after));
  while (at < sorted.length) {
    const key = sorted[at] as string;
    if (!key.startsWith(prefix)) break;
    const object = bucket.current(key);
    if (object === undefined) {
      at++;
      continue;
    }
    if (objects.length + prefixes.length === max) return { objects, prefixes, next: last };
    const cut = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    if (delimiter !== undefined && cut >= 0) {
      const common = key.slice(0, cut + delimiter.length);
      prefixes.push(common);
      last = { after: common, prefix: true };
      at = seekPast(sorted, common, at);
    } else {
      objects.push(object);
      last = { after: key, prefix: false };
      at++;
    }
  }
  return { objects, prefixes, next: undefined };
}

function seekAfter(sorted: readonly string[], { after, prefix }: Position): number {
  return prefix ? seekPast(sorted, after, seek(sorted, after)) : seek(sorted, after, true);
}

/** Elements that every listing gives of an object. */
export function describeVersion(version: ObjectVersion): string {
  const checksum =
    version.checksum === undefined
      ? ''
      : element('ChecksumAlgorithm', version.checksum.algorithm.toUpperCase()) +
        element('ChecksumType', version.checksum.type);
  return (
    element('LastModified', isoDate(version.modified)) +
    element('ETag', version.etag) +
    checksum +
    element('Size', version.size) +
    element('StorageClass', version.headers['x-amz-storage-class'] ?? 'STANDARD')
  );
}

export const commonPrefixes = (prefixes: readonly string[]): string =>
  prefixes.map((prefix) => wrap('CommonPrefixes', element('Prefix', prefix))).join('');

/**
 * How a listing writes keys: as they are, or with `encoding-type=url` percent-encoded (XML 1.0 cannot hold every key).
 * @throws S3Error InvalidArgument
 */
export function keyEncoder(query: Call['query']): (key: string) => string {
  const type = query.get('encoding-type');
  if (type === undefined) return (key) => key;
  if (type !== 'url') throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', type);
  return (key) =>
    encodeURIComponent(key)
      .replace(/%2F/g, '/')
      .replace(/%20/g, '+')
      .replace(/[!'()~]/g, percent);
}

const percent = (c: string): string => `%${c.charCodeAt(0).toString(16).toUpperCase()}`;
