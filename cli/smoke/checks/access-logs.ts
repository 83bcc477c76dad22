import { GetBucketLoggingCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { Skipped, type SmokeCheck } from '../check';

/** S3 delivers what it is told to. Costs two LISTs. Delivery is on a best-effort basis, and takes hours:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html */
export const accessLogs: SmokeCheck = {
  id: 'access-logs',
  proves: 'server access logs of the raw and the curated bucket arrive in the bucket of logs',
  answers: { 'AWS::S3::Bucket': ['access logs'] },
  permissions: ['s3:GetBucketLogging', 's3:ListBucket'],
  notEmulated: 'the emulator delivers no access logs',
  async run({ lake, output }) {
    const logs = await output('storage', 'LogsBucketName');
    for (const Bucket of [lake.buckets.raw, lake.buckets.curated]) {
      const { LoggingEnabled: logging } = await lake.s3.send(new GetBucketLoggingCommand({ Bucket }));
      if (logging?.TargetBucket !== logs) throw new Error(`${Bucket} logs to ${logging?.TargetBucket ?? 'nowhere'}`);
      const { Contents = [] } = await lake.s3.send(
        new ListObjectsV2Command({ Bucket: logs, Prefix: logging?.TargetPrefix, MaxKeys: 1 }),
      );
      if (Contents.length === 0) {
        throw new Skipped(`none of ${Bucket} yet, which is normal in the first hours: --only access-logs tomorrow`);
      }
    }
    return `logs in ${logs}`;
  },
};
