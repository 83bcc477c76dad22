import { invalidArgument } from '../errors';
import { compareKeys } from '../keys';
import { isoDate } from '../object-headers';
import type { Operation } from '../operation';
import { xmlReply } from '../operation';
import type { Upload } from '../uploads';
import { element, optionalElement, wrap, xmlDocument } from '../xml';
import { checksumElement } from './checksum-elements';
import { commonPrefixes, keyEncoder, OWNER } from './list';
import { findUpload } from './multipart';

const MAX_PAGE = 1000;
const INITIATOR = wrap('Initiator', element('ID', 'local') + element('DisplayName', 'local'));

export const listParts: Operation = {
  name: 'ListParts',
  run(call) {
    const { bucket, key, query } = call;
    const upload = findUpload(call);
    const max = count(query, 'max-parts');
    const marker = Number(query.get('part-number-marker') ?? 0);
    const rest = upload.parts.filter((part) => part.number > marker);
    const page = rest.slice(0, max);
    const parts = page.map((part) =>
      wrap(
        'Part',
        element('PartNumber', part.number) +
          element('LastModified', isoDate(part.modified)) +
          element('ETag', `"${part.md5}"`) +
          element('Size', part.size) +
          (part.checksum === undefined ? '' : element(checksumElement(part.checksum.algorithm), part.checksum.value)),
      ),
    );
    const checksum = upload.settings.checksum;
    return xmlReply(
      xmlDocument(
        'ListPartsResult',
        element('Bucket', bucket.name) +
          element('Key', key) +
          element('UploadId', upload.id) +
          INITIATOR +
          OWNER +
          element('StorageClass', storageClass(upload)) +
          element('PartNumberMarker', marker) +
          element('NextPartNumberMarker', page.at(-1)?.number ?? marker) +
          element('MaxParts', max) +
          element('IsTruncated', rest.length > page.length) +
          optionalElement('ChecksumAlgorithm', checksum?.algorithm.toUpperCase()) +
          optionalElement('ChecksumType', checksum?.type) +
          parts.join(''),
      ),
    );
  },
};

export const listMultipartUploads: Operation = {
  name: 'ListMultipartUploads',
  run({ bucket, query }) {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const max = count(query, 'max-uploads');
    const keyMarker = query.get('key-marker') ?? '';
    const idMarker = query.get('upload-id-marker') ?? '';
    const name = keyEncoder(query);
    const page: Upload[] = [];
    const prefixes = new Set<string>();
    let truncated = false;
    for (const upload of bucket.uploads.list().sort(compareUploads)) {
      const { key } = upload.settings;
      if (!key.startsWith(prefix) || !isBehind(upload, keyMarker, idMarker)) continue;
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const common = key.slice(0, cut + delimiter.length);
      if (cut >= 0 && (prefixes.has(common) || common === keyMarker)) continue;
      truncated = page.length + prefixes.size === max;
      if (truncated) break;
      if (cut >= 0) prefixes.add(common);
      else page.push(upload);
    }
    const last = page.at(-1);
    const lastPrefix = [...prefixes].at(-1);
    const nextKey = [last?.settings.key ?? '', lastPrefix ?? ''].sort(compareKeys).at(-1) ?? '';
    return xmlReply(
      xmlDocument(
        'ListMultipartUploadsResult',
        element('Bucket', bucket.name) +
          element('KeyMarker', name(keyMarker)) +
          element('UploadIdMarker', idMarker) +
          (truncated ? element('NextKeyMarker', name(nextKey)) : '') +
          (truncated && nextKey === last?.settings.key ? element('NextUploadIdMarker', last.id) : '') +
          element('Prefix', name(prefix)) +
          (delimiter === '' ? '' : element('Delimiter', name(delimiter))) +
          element('MaxUploads', max) +
          optionalElement('EncodingType', query.get('encoding-type')) +
          element('IsTruncated', truncated) +
          page.map((upload) => describeUpload(upload, name)).join('') +
          commonPrefixes([...prefixes].map(name)),
      ),
    );
  },
};

const compareUploads = (a: Upload, b: Upload): number =>
  compareKeys(a.settings.key, b.settings.key) || a.settings.initiated - b.settings.initiated || (a.id < b.id ? -1 : 1);

/** Whether an upload comes after the markers; among uploads of one key they are ordered by id, which begins with the time. */
function isBehind(upload: Upload, keyMarker: string, idMarker: string): boolean {
  const order = compareKeys(upload.settings.key, keyMarker);
  return order > 0 || (order === 0 && idMarker !== '' && upload.id > idMarker);
}

function describeUpload(upload: Upload, name: (key: string) => string): string {
  const { checksum, initiated, key } = upload.settings;
  return wrap(
    'Upload',
    element('Key', name(key)) +
      element('UploadId', upload.id) +
      INITIATOR +
      OWNER +
      element('StorageClass', storageClass(upload)) +
      element('Initiated', isoDate(initiated)) +
      optionalElement('ChecksumAlgorithm', checksum?.algorithm.toUpperCase()) +
      optionalElement('ChecksumType', checksum?.type),
  );
}

const storageClass = (upload: Upload): string => upload.settings.headers['x-amz-storage-class'] ?? 'STANDARD';

function count(query: ReadonlyMap<string, string>, name: string): number {
  const text = query.get(name) ?? `${MAX_PAGE}`;
  if (!/^\d{1,10}$/.test(text))
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  return Math.min(Number(text), MAX_PAGE);
}
