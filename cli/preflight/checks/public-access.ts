import { GetPublicAccessBlockCommand } from '@aws-sdk/client-s3-control';
import { ifFound } from '../aws/errors';
import { type Check, ok } from '../check';
import { onAnything } from '../permission';

/** For information: every bucket of the lake blocks public access by itself. */
export const publicAccess: Check = {
  id: 'public-access',
  permissions: () => onAnything('s3:GetAccountPublicAccessBlock'),
  async run({ aws, account }) {
    const answer = await ifFound(aws.s3Control.send(new GetPublicAccessBlockCommand({ AccountId: account })));
    const block = answer?.PublicAccessBlockConfiguration;
    const isWhole = [
      block?.BlockPublicAcls,
      block?.IgnorePublicAcls,
      block?.BlockPublicPolicy,
      block?.RestrictPublicBuckets,
    ].every((part) => part === true);
    return [
      ok(
        isWhole
          ? 'the account blocks public access to all its buckets'
          : 'the account does not block public access as a whole; the buckets of this lake do so themselves',
      ),
    ];
  },
};
