import type { Mistake } from '../mistake';

const file = 'lambda/compaction/store/s3-object-store.ts';
const tests = ['test/compaction/store/contract.integration.test.ts'];
const on = (titles: string): Pick<Mistake, 'file' | 'tests' | 'titles'> => ({
  file,
  tests,
  titles: `the store on S3 (${titles})`,
});

export const STORE: readonly Mistake[] = [
  {
    name: 'store: a put goes without its condition',
    ...on('put with if'),
    find: 'Body: body, ...headers(condition) }',
    replace: 'Body: body }',
  },
  {
    name: 'store: an upload in parts is completed without its condition',
    ...on('an upload in parts is aborted when somebody'),
    find: '            ...headers(condition),\n',
    replace: '',
  },
  {
    name: 'store: any error of a get means that nothing is there',
    ...on('get HTTP 403'),
    find: "if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined;",
    replace: 'if (error instanceof S3ServiceException) return undefined;',
  },
  {
    name: 'store: a 404 of any kind means that somebody was faster',
    ...on('put HTTP 404'),
    find: "error instanceof S3ServiceException && error.name !== 'NoSuchBucket'",
    replace: 'error instanceof S3ServiceException',
  },
  {
    name: 'store: a conflict on a conditional delete is taken for done',
    ...on('a batch of deletes meets'),
    find: "new Set(['PreconditionFailed', ",
    replace: "new Set(['ConditionalRequestConflict', 'PreconditionFailed', ",
  },
  {
    name: 'store: AccessDenied on a conditional delete is taken for done',
    ...on('a batch of deletes says'),
    find: "new Set(['PreconditionFailed', ",
    replace: "new Set(['AccessDenied', 'PreconditionFailed', ",
  },
  {
    name: 'store: deletes go without their ETags',
    ...on('deleteMatching deletes'),
    find: '({ Key: key, ETag: etag })',
    replace: '({ Key: key, ETag: etag && undefined })',
  },
  {
    name: 'store: a listing ends with its first page',
    ...on('list goes on'),
    file: 'lambda/compaction/store/paged-listing.ts',
    find: 'token = page.token;',
    replace: 'token = undefined;',
  },
  {
    name: 'store: a listing ignores where it starts',
    ...on('list goes by'),
    file: 'lambda/compaction/store/s3-listing.ts',
    find: 'StartAfter: after,',
    replace: 'StartAfter: undefined,',
  },
  {
    name: 'store: a listing ends by UTF-16 units instead of UTF-8 bytes',
    ...on('list goes by'),
    file: 'lambda/compaction/store/paged-listing.ts',
    find: 'compareKeys(object.key, range.through) > 0',
    replace: 'object.key > range.through',
  },
  {
    name: 'store: a listing stops before its last key',
    ...on('list goes by'),
    file: 'lambda/compaction/store/paged-listing.ts',
    find: 'compareKeys(object.key, range.through) > 0',
    replace: 'compareKeys(object.key, range.through) >= 0',
  },
  {
    name: 'store: an upload in parts that failed is left behind',
    ...on('an upload in parts is aborted when a part is'),
    find: 'await this.#client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => undefined);',
    replace: '',
  },
  {
    name: 'store: a conflict of concurrent writes is an unknown error',
    ...on('a conditional write that'),
    find: 'status === 412 || status === 409 || status === 404',
    replace: 'status === 412 || status === 404',
  },
  {
    name: 'store: a part of an object is read without its ETag',
    ...on('getRange refuses'),
    find: 'IfMatch: etag, Range: header',
    replace: 'Range: header',
  },
  {
    name: 'store: a copy does not ask for the version of its source',
    ...on('copy refuses'),
    find: '      CopySourceIfMatch: from.etag,\n',
    replace: '',
  },
  {
    name: 'store: a copy source is not escaped',
    ...on('get key'),
    find: "from.key.split('/').map(encodeURIComponent).join('/')",
    replace: 'from.key',
  },
  {
    name: 'store: only the first thousand objects are deleted',
    ...on('deleteMatching takes'),
    find: 'start < objects.length; start += DELETE_BATCH',
    replace: 'start < Math.min(objects.length, 1); start += DELETE_BATCH',
  },
];
