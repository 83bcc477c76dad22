import type { Bucket } from '../bucket';
import { invalidArgument, S3Error } from '../errors';
import type { ObjectVersion } from '../journal';
import { seek, seekPast } from '../key-index';
import { isoDate } from '../object-headers';
import type { Operation } from '../operation';
import { xmlReply } from '../operation';
import { childText, element, optionalElement, parseXml, wrap, xmlDocument } from '../xml';
import { text } from './delete';
import { commonPrefixes, describeVersion, keyEncoder, type Listing, OWNER, parseListing } from './list';

export const getBucketVersioning: Operation = {
  name: 'GetBucketVersioning',
  run({ bucket }) {
    return xmlReply(xmlDocument('VersioningConfiguration', optionalElement('Status', bucket.versioning)));
  },
};

export const putBucketVersioning: Operation = {
  name: 'PutBucketVersioning',
  body: 'xml',
  run({ store, bucket, body }) {
    const status = childText(parseXml(text(body)), 'Status');
    if (status !== 'Enabled' && status !== 'Suspended') throw new S3Error('IllegalVersioningConfigurationException');
    store.setVersioning(bucket, status);
    return { status: 200 };
  },
};

export const listObjectVersions: Operation = {
  name: 'ListObjectVersions',
  async run({ bucket, query }) {
    const request = parseListing(query);
    const keyMarker = query.get('key-marker') ?? '';
    const versionMarker = query.get('version-id-marker');
    if (keyMarker === '' && versionMarker !== undefined && versionMarker !== '') {
      throw invalidArgument(
        'A version-id marker cannot be specified without a key marker.',
        'version-id-marker',
        versionMarker,
      );
    }
    const page = await settledPage(bucket, request, keyMarker, versionMarker);
    const name = keyEncoder(query);
    return xmlReply(
      xmlDocument(
        'ListVersionsResult',
        element('Name', bucket.name) +
          element('Prefix', name(request.prefix)) +
          element('KeyMarker', name(keyMarker)) +
          optionalElement('VersionIdMarker', versionMarker) +
          (page.next === undefined ? '' : element('NextKeyMarker', name(page.next.key))) +
          optionalElement('NextVersionIdMarker', page.next?.versionId) +
          element('MaxKeys', request.max) +
          optionalElement('Delimiter', request.delimiter && name(request.delimiter)) +
          optionalElement('EncodingType', query.get('encoding-type')) +
          element('IsTruncated', page.next !== undefined) +
          page.versions.map((version) => describeEntry(bucket, version, name)).join('') +
          commonPrefixes(page.prefixes.map(name)),
      ),
    );
  },
};

interface VersionPage {
  readonly versions: ObjectVersion[];
  readonly prefixes: string[];
  /** The last entry of the page when there are more; a common prefix has no version. */
  readonly next: { readonly key: string; readonly versionId?: string } | undefined;
}

async function settledPage(
  bucket: Bucket,
  listing: Listing,
  keyMarker: string,
  versionMarker: string | undefined,
): Promise<VersionPage> {
  for (;;) {
    const page = listPage(bucket, listing, keyMarker, versionMarker);
    const unhashed = page.versions.filter((version) => version.etag === '' && !version.marker);
    if (unhashed.length === 0) return page;
    for (const { key } of unhashed) await bucket.settle(key);
  }
}

function listPage(
  bucket: Bucket,
  { prefix, delimiter, max }: Listing,
  keyMarker: string,
  versionMarker: string | undefined,
): VersionPage {
  const sorted = bucket.keys.sorted();
  const versions: ObjectVersion[] = [];
  const prefixes: string[] = [];
  let last: VersionPage['next'];
  const inside = versionMarker !== undefined && versionMarker !== '';
  let at = Math.max(seek(sorted, prefix), keyMarker === '' ? 0 : seek(sorted, keyMarker, !inside));
  if (delimiter !== undefined && keyMarker.endsWith(delimiter))
    at = Math.max(at, seekPast(sorted, keyMarker, seek(sorted, keyMarker)));
  while (at < sorted.length) {
    const key = sorted[at] as string;
    if (!key.startsWith(prefix)) break;
    const cut = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    if (delimiter !== undefined && cut >= 0) {
      if (versions.length + prefixes.length === max) return { versions, prefixes, next: last };
      const common = key.slice(0, cut + delimiter.length);
      prefixes.push(common);
      last = { key: common };
      at = seekPast(sorted, common, at);
      continue;
    }
    const newestFirst = bucket.versions(key).toReversed();
    for (const version of key === keyMarker && inside ? olderThan(newestFirst, versionMarker) : newestFirst) {
      if (versions.length + prefixes.length === max) return { versions, prefixes, next: last };
      versions.push(version);
      last = { key, versionId: version.versionId };
    }
    at++;
  }
  return { versions, prefixes, next: undefined };
}

/** The versions behind a marker. A marker deleted meanwhile is placed by its id, which begins with its time. */
function olderThan(newestFirst: readonly ObjectVersion[], marker: string): readonly ObjectVersion[] {
  const at = newestFirst.findIndex((version) => version.versionId === marker);
  return at >= 0 ? newestFirst.slice(at + 1) : newestFirst.filter((version) => version.id < marker);
}

function describeEntry(bucket: Bucket, version: ObjectVersion, name: (key: string) => string): string {
  const head =
    element('Key', name(version.key)) +
    element('VersionId', version.versionId) +
    element('IsLatest', bucket.latest(version.key) === version);
  if (!version.marker) return wrap('Version', head + describeVersion(version) + OWNER);
  return wrap('DeleteMarker', head + element('LastModified', isoDate(version.modified)) + OWNER);
}
