/** What an instance of the ingest tier may do, decided by the synthesized policies of its role, its buckets and keys. */

import { datasets } from '../../../test/fixtures/datasets';
import { testLake, testSettings } from '../../../test/support/cdk';
import { PLACE, ResolvedTemplates } from '../../../test/support/iam/cloudformation';
import { LakePolicies } from '../../../test/support/iam/lake';
import { INGEST_STAGE } from '../support/definitions';

const templates = new ResolvedTemplates(testLake({ stage: INGEST_STAGE }));
const policies = new LakePolicies(testSettings(INGEST_STAGE), templates);
const role = policies.arnOf('ingest', 'AWS::IAM::Role', 'InstanceRole');
const own = policies.roles().get(role) ?? [];
const bucket = (zone: string): string => policies.arnOf('storage', 'AWS::S3::Bucket', zone);

const may = (action: string, resource: string, context: Record<string, string> = {}): boolean =>
  policies.may(role, own, { action, resource, context });

const PARTITION = 'year=2026/month=06/day=15/1.ndjson.gz';
const ZONES = ['Raw', 'Curated', 'Quarantine', 'Results', 'Logs'];

test.each(datasets.filter(({ input }) => input.formats.includes('ndjson')).map(({ name }) => name))(
  'it puts events of %s',
  (name) => {
    expect(may('s3:PutObject', `${bucket('Raw')}/raw/${name}/${PARTITION}`)).toBe(true);
  },
);

test.each([
  ['a dataset that is not declared', 'Raw', `raw/nobody/${PARTITION}`],
  ['beside the inbox', 'Raw', `plans/${PARTITION}`],
  ['the root', 'Raw', 'x'],
  ['curated data', 'Curated', `data/orders/${PARTITION}`],
  ['a manifest', 'Curated', 'manifests/orders/year=2026/manifest'],
  ['quarantine', 'Quarantine', 'orders/x'],
  ['results', 'Results', 'x'],
  ['logs', 'Logs', 'x'],
])('it puts nothing anywhere else: %s', (_, zone, key) => {
  expect(may('s3:PutObject', `${bucket(zone)}/${key}`)).toBe(false);
});

test.each(ZONES)('it reads, lists and deletes nothing of %s', (zone) => {
  for (const key of [`raw/orders/${PARTITION}`, `data/orders/${PARTITION}`, 'x']) {
    for (const action of ['GetObject', 'GetObjectVersion', 'DeleteObject', 'DeleteObjectVersion', 'PutObjectAcl']) {
      expect([action, may(`s3:${action}`, `${bucket(zone)}/${key}`)]).toEqual([action, false]);
    }
  }
  for (const action of ['ListBucket', 'ListBucketVersions', 'PutBucketPolicy', 'DeleteBucket']) {
    expect([action, may(`s3:${action}`, bucket(zone))]).toEqual([action, false]);
  }
});

test('it puts nothing without TLS', () => {
  const object = `${bucket('Raw')}/raw/orders/${PARTITION}`;
  expect(may('s3:PutObject', object, { 'aws:SecureTransport': 'true' })).toBe(true);
  expect(may('s3:PutObject', object, { 'aws:SecureTransport': 'false' })).toBe(false);
});

test('it reads the password of the store and no other secret', () => {
  const secret = policies.arnOf('ingest', 'AWS::SecretsManager::Secret', 'RateLimitsPassword');
  expect(may('secretsmanager:GetSecretValue', secret)).toBe(true);
  for (const other of [`${secret}x`, secret.replace('RateLimits', 'Other'), '*']) {
    expect(may('secretsmanager:GetSecretValue', other)).toBe(false);
  }
  for (const action of ['PutSecretValue', 'DeleteSecret', 'DescribeSecret']) {
    expect(may(`secretsmanager:${action}`, secret)).toBe(false);
  }
});

test('it completes only the hooks of its own group', () => {
  const group = (name: string): string =>
    `arn:aws:autoscaling:${PLACE.region}:${PLACE.account}:autoScalingGroup:1a2b3c:autoScalingGroupName/${name}`;
  expect(may('autoscaling:CompleteLifecycleAction', group('lake-test-ingest'))).toBe(true);
  expect(may('autoscaling:CompleteLifecycleAction', group('another'))).toBe(false);
  for (const action of ['SetDesiredCapacity', 'TerminateInstanceInAutoScalingGroup', 'UpdateAutoScalingGroup']) {
    expect(may(`autoscaling:${action}`, group('lake-test-ingest'))).toBe(false);
  }
});

test.each([
  ['iam:PassRole', '*'],
  ['sts:AssumeRole', '*'],
  ['ssm:GetParameter', '*'],
  ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:${PLACE.region}:${PLACE.account}:secret:another-1A2B3C`],
  ['glue:GetTable', '*'],
  ['athena:StartQueryExecution', '*'],
  ['ecr:PutImage', `arn:aws:ecr:${PLACE.region}:${PLACE.account}:repository/data/ingest`],
  ['ecr:BatchGetImage', `arn:aws:ecr:${PLACE.region}:${PLACE.account}:repository/another`],
  ['logs:PutLogEvents', `arn:aws:logs:${PLACE.region}:${PLACE.account}:log-group:another:*`],
])('it may not %s on %s', (action, resource) => {
  expect(may(action, resource)).toBe(false);
});

test('every statement of its role names its actions, and its resources too where the service knows them', () => {
  const statements = own.flatMap((policy) => policy.Statement);
  expect(statements.length).toBeGreaterThan(5);
  for (const statement of statements) {
    for (const action of [statement.Action ?? []].flat()) expect(action).not.toContain('*');
    if (statement.Sid !== 'NoResourcesExist') expect([statement.Resource].flat()).not.toContain('*');
  }
});
