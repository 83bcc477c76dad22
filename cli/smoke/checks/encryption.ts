import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { dataPrefix, manifestKey } from '../../../lib/dataset';
import type { SmokeCheck } from '../check';

/** S3 used the key of the lake for what compaction wrote. Costs nothing. */
export const encryption: SmokeCheck = {
  id: 'encryption',
  proves: 'committed objects are encrypted with the data key of the stage',
  answers: { 'AWS::S3::Bucket': ['encryption at rest'], 'AWS::KMS::Key': ['use of the key by S3'] },
  permissions: ['s3:GetObject', 'kms:Decrypt'],
  needs: ['compaction'],
  notEmulated: 'the emulator does not tell with what an object is encrypted by default',
  async run({ lake, reserved: { dataset, rows }, output }) {
    const key = await output('storage', 'DataKeyArn');
    const Bucket = lake.buckets.curated;
    const keys = [manifestKey(dataset.name, rows)];
    for await (const file of lake.store.list(Bucket, dataPrefix(dataset.name, rows))) keys.push(file.key);
    for (const Key of keys) {
      const { ServerSideEncryption: kind, SSEKMSKeyId: used } = await lake.s3.send(
        new HeadObjectCommand({ Bucket, Key }),
      );
      if (kind !== 'aws:kms' || used !== key) {
        throw new Error(`${Key} is encrypted with ${kind ?? 'nothing'} ${used ?? ''} instead of aws:kms ${key}`);
      }
    }
    return `${keys.length} objects`;
  },
};
