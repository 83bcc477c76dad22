import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { ifFound, MissingPermission } from '../aws/errors';
import { type NamedType, oneByOne } from './named-type';

/** Names of buckets are taken world-wide: one that answers 403 or 301 is somebody's. */
export const buckets: NamedType = {
  type: 'AWS::S3::Bucket',
  thing: 'bucket',
  property: ['BucketName'],
  permissions: ({ partition, settings }) => [
    { action: 's3:ListBucket', resource: `arn:${partition}:s3:::${settings.prefix}-${settings.name}-*` },
  ],
  existing: oneByOne(async ({ aws }, { name }) => {
    try {
      return (await ifFound(aws.s3.send(new HeadBucketCommand({ Bucket: name })))) !== undefined;
    } catch (error) {
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
      if (error instanceof MissingPermission || status === 301) return true;
      throw error;
    }
  }),
};
