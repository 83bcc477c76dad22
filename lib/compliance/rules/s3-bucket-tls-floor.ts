import type { CfnResource } from 'aws-cdk-lib';
import { CfnBucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { ruleFor } from './rule';

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Condition?: { readonly NumericLessThan?: Readonly<Record<string, number | string>> };
}

export const s3BucketTlsFloor = ruleFor(CfnBucket, {
  id: 's3-bucket-tls-floor',
  info: 'No statement of the bucket policy denies everyone TLS below 1.2.',
  explanation: 'AWS endpoints refuse older versions today; the policy makes it a property of the bucket.',
  holds: (bucket, resolve) =>
    policiesBeside(bucket).some((policy) => {
      if (JSON.stringify(resolve(policy.bucket)) !== JSON.stringify(resolve(bucket.ref))) return false;
      const { Statement = [] } = resolve(policy.policyDocument) as { Statement?: readonly Statement[] };
      return Statement.some(deniesOldTls);
    }),
});

const policiesBeside = (bucket: CfnResource): CfnBucketPolicy[] =>
  bucket.stack.node.findAll().filter((node): node is CfnBucketPolicy => node instanceof CfnBucketPolicy);

/** Only the bare condition counts: one more key in it would be an exception. */
const deniesOldTls = ({ Effect, Principal, Condition }: Statement): boolean =>
  Effect === 'Deny' &&
  ['"*"', '{"AWS":"*"}'].includes(JSON.stringify(Principal)) &&
  Object.keys(Condition ?? {}).join() === 'NumericLessThan' &&
  Number(Condition?.NumericLessThan?.['s3:TlsVersion']) >= 1.2;
