import { S3Error } from './errors';
import type { Operation } from './operation';
import { createBucket, deleteBucket, headBucket, listBuckets } from './operations/buckets';
import { completeMultipartUpload } from './operations/complete';
import { copyObject } from './operations/copy';
import { deleteObject, deleteObjects } from './operations/delete';
import { listObjectsV2 } from './operations/list';
import { listMultipartUploads, listParts } from './operations/list-uploads';
import { abortMultipartUpload, createMultipartUpload, uploadPart, uploadPartCopy } from './operations/multipart';
import { getObject, headObject } from './operations/read';
import { getBucketVersioning, listObjectVersions, putBucketVersioning } from './operations/versions';
import { putObject } from './operations/write';

/** Where a request goes, as its address tells. */
export interface Address {
  readonly bucket: string;
  readonly key: string;
  /** Percent-decoded; a parameter without a value is ''. */
  readonly query: ReadonlyMap<string, string>;
}

const HOST_SUFFIX = /^(.+?)(?:\.s3)?\.localhost$/;
const SERVICE_HOST = 's3.localhost';

/**
 * Reads bucket, key and query from the request line and the Host header: `/<bucket>/<key>` on any host, or `/<key>` on
 * `<bucket>.localhost` and `<bucket>.s3.localhost`.
 * @throws S3Error InvalidURI
 */
export function parseAddress(url: string, host: string | undefined): Address {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? NO_QUERY : parseQuery(url.slice(mark + 1));
  const hostname = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  const bucket = hostname === SERVICE_HOST ? undefined : HOST_SUFFIX.exec(hostname)?.[1];
  if (bucket !== undefined) return { bucket, key: decode(path.slice(1)), query };
  const slash = path.indexOf('/', 1);
  if (slash < 0) return { bucket: decode(path.slice(1)), key: '', query };
  return { bucket: decode(path.slice(1, slash)), key: decode(path.slice(slash + 1)), query };
}

const NO_QUERY: ReadonlyMap<string, string> = new Map();

function parseQuery(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const value = equals < 0 ? '' : pair.slice(equals + 1);
    query.set(decode(name.replaceAll('+', ' ')), decode(value.replaceAll('+', ' ')));
  }
  return query;
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI', { details: { URI: text } });
  }
}

/** Query parameters that select an operation which is not implemented. */
const SUBRESOURCES = new Set(
  (
    'accelerate acl analytics attributes cors encryption intelligent-tiering inventory legal-hold lifecycle location ' +
    'logging metadataTable metrics notification object-lock ownershipControls policy policyStatus publicAccessBlock ' +
    'renameObject replication requestPayment restore retention select session tagging torrent website'
  ).split(' '),
);

/** Operations by level and method, then by the query parameters that select them; the first that fits is meant. */
const OPERATIONS: Readonly<Record<string, readonly (readonly [readonly string[], Operation])[]>> = {
  'service GET': [[[], listBuckets]],
  'bucket GET': [
    [['list-type'], listObjectsV2],
    [['versions'], listObjectVersions],
    [['uploads'], listMultipartUploads],
    [['versioning'], getBucketVersioning],
  ],
  'bucket HEAD': [[[], headBucket]],
  'bucket PUT': [
    [['versioning'], putBucketVersioning],
    [[], createBucket],
  ],
  'bucket POST': [[['delete'], deleteObjects]],
  'bucket DELETE': [[[], deleteBucket]],
  'object GET': [
    [['uploadId'], listParts],
    [[], getObject],
  ],
  'object HEAD': [[[], headObject]],
  'object PUT': [
    [['uploadId', 'partNumber'], uploadPart],
    [[], putObject],
  ],
  'object COPY': [
    [['uploadId', 'partNumber'], uploadPartCopy],
    [[], copyObject],
  ],
  'object POST': [
    [['uploads'], createMultipartUpload],
    [['uploadId'], completeMultipartUpload],
  ],
  'object DELETE': [
    [['uploadId'], abortMultipartUpload],
    [[], deleteObject],
  ],
};

/** @throws S3Error NotImplemented, naming the operation */
export function findOperation(method: string, { bucket, key, query }: Address, isCopy: boolean): Operation {
  const level = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const subresource = query.size === 0 ? undefined : [...query.keys()].find((name) => SUBRESOURCES.has(name));
  if (subresource === undefined) {
    const table = OPERATIONS[`${level} ${method === 'PUT' && isCopy ? 'COPY' : method}`];
    for (const [parameters, operation] of table ?? []) {
      if (parameters.every((parameter) => query.has(parameter))) return operation;
    }
  }
  if (level === 'bucket' && method === 'GET' && subresource === undefined) {
    throw new S3Error('NotImplemented', {
      message: 'The operation ListObjects is not implemented. Use ListObjectsV2.',
    });
  }
  const name = `${capitalize(method.toLowerCase())}${capitalize(level)}${capitalize(subresource ?? '')}`;
  throw new S3Error('NotImplemented', { message: `The operation ${name} is not implemented.` });
}

const capitalize = (text: string): string =>
  text.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
