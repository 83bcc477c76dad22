/** The raw bucket takes nothing that the compactor could never read, whoever puts it. */

import { testStorage } from '../support/cdk';
import { holds } from '../support/iam/conditions';
import { readable, resourceOf } from '../support/template';

const KEY = '<DataKey.Arn>';
const FOREIGN = 'arn:aws:kms:eu-central-1:999999999999:key/11111111-2222-3333-4444-555555555555';
const ALGORITHM = 's3:x-amz-server-side-encryption';
const KEY_ID = 's3:x-amz-server-side-encryption-aws-kms-key-id';
const CUSTOMER = 's3:x-amz-server-side-encryption-customer-algorithm';
const CLASS = 's3:x-amz-storage-class';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Principal: unknown;
  readonly Resource: unknown;
  readonly Condition?: Parameters<typeof holds>[0];
}

const template = readable(testStorage());
const denies = (bucket: string): Statement[] =>
  (
    resourceOf(template, 'AWS::S3::BucketPolicy', `${bucket}Policy`).Properties.PolicyDocument.Statement as Statement[]
  ).filter(({ Effect, Action }) => Effect === 'Deny' && [Action].flat().includes('s3:PutObject'));

const refused = (bucket: string, context: Record<string, string>): boolean =>
  denies(bucket).some(({ Condition }) => holds(Condition, context));

test.each<[string, Record<string, string>, boolean]>([
  ['no header: the default is the key of the lake', {}, false],
  ['the key of the lake by its ARN', { [ALGORITHM]: 'aws:kms', [KEY_ID]: KEY }, false],
  ['the key of the lake, two layers', { [ALGORITHM]: 'aws:kms:dsse', [KEY_ID]: KEY }, false],
  ['SSE-S3, which the compactor can read', { [ALGORITHM]: 'AES256' }, false],
  ['another storage class that is read at once', { [CLASS]: 'GLACIER_IR' }, false],
  ['a foreign key', { [ALGORITHM]: 'aws:kms', [KEY_ID]: FOREIGN }, true],
  ['a foreign key, two layers', { [ALGORITHM]: 'aws:kms:dsse', [KEY_ID]: FOREIGN }, true],
  ['an alias, which may mean any key', { [ALGORITHM]: 'aws:kms', [KEY_ID]: 'alias/lake' }, true],
  ['a key by its id alone', { [ALGORITHM]: 'aws:kms', [KEY_ID]: '11111111-2222-3333-4444-555555555555' }, true],
  ["the account's key for S3", { [ALGORITHM]: 'aws:kms' }, true],
  ["the account's key for S3, two layers", { [ALGORITHM]: 'aws:kms:dsse' }, true],
  ['a key of the caller (SSE-C)', { [CUSTOMER]: 'AES256' }, true],
  ['an archive', { [CLASS]: 'GLACIER' }, true],
  ['a deep archive', { [CLASS]: 'DEEP_ARCHIVE' }, true],
])('%s', (_, context, expected) => {
  expect(refused('Raw', context)).toBe(expected);
});

test('holds for everybody and for every object, and for no other bucket', () => {
  expect(denies('Raw')).toHaveLength(4);
  for (const { Principal, Resource } of denies('Raw')) {
    expect(Principal).toEqual({ AWS: '*' });
    expect(Resource).toBe('<Raw.Arn>/*');
  }
  for (const bucket of ['Curated', 'Quarantine', 'Results', 'Logs']) expect(denies(bucket)).toEqual([]);
});
