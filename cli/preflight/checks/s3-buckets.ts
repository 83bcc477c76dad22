import { paginateListBuckets } from '@aws-sdk/client-s3';
import { countableQuota } from './countable-quota';

/** The quota is one of the account, over all regions. */
export const s3Buckets = countableQuota({
  id: 's3-buckets',
  type: 'AWS::S3::Bucket',
  things: 'buckets',
  service: 's3',
  code: 'L-DC2B2D3D',
  actions: ['s3:ListAllMyBuckets'],
  async count({ aws }) {
    let buckets = 0;
    for await (const page of paginateListBuckets({ client: aws.s3, pageSize: 1_000 }, {})) {
      buckets += page.Buckets?.length ?? 0;
    }
    return buckets;
  },
});
