import { paginateListKeys } from '@aws-sdk/client-kms';
import { countableQuota } from './countable-quota';

/** Customer managed keys; those that AWS manages are listed as well, and are few. */
export const kmsKeys = countableQuota({
  id: 'kms-keys',
  type: 'AWS::KMS::Key',
  things: 'KMS keys',
  service: 'kms',
  code: 'L-C2F1777E',
  actions: ['kms:ListKeys'],
  async count({ aws }) {
    let keys = 0;
    for await (const page of paginateListKeys({ client: aws.kms, pageSize: 1_000 }, {})) keys += page.Keys?.length ?? 0;
    return keys;
  },
});
