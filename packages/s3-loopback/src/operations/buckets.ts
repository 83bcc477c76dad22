import { isoDate } from '../object-headers';
import type { Operation } from '../operation';
import { xmlReply } from '../operation';
import { element, wrap, xmlDocument } from '../xml';
import { OWNER } from './list';

export const listBuckets: Operation = {
  name: 'ListBuckets',
  run({ store }) {
    const buckets = [...store.buckets.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, created }) => wrap('Bucket', element('Name', name) + element('CreationDate', isoDate(created))));
    return xmlReply(xmlDocument('ListAllMyBucketsResult', OWNER + wrap('Buckets', buckets.join(''))));
  },
};

export const createBucket: Operation = {
  name: 'CreateBucket',
  body: 'xml',
  run({ store, bucketName }) {
    store.create(bucketName);
    return { status: 200, headers: ['Location', `/${bucketName}`] };
  },
};

export const headBucket: Operation = {
  name: 'HeadBucket',
  run({ store, bucketName }) {
    store.bucket(bucketName);
    return { status: 200 };
  },
};

export const deleteBucket: Operation = {
  name: 'DeleteBucket',
  run({ store, bucketName }) {
    store.remove(bucketName);
    return { status: 204 };
  },
};
