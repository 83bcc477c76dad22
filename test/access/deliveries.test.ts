/** AWS services that deliver by themselves may put their objects, from the accounts that are named, and nothing else. */

import type { DeliveryService } from '../../lib/dataset';
import type { StageDefinition } from '../../lib/settings';
import { testLake, testSettings } from '../support/cdk';
import { deliveredDatasets, deliveredName } from '../support/deliveries';
import { PLACE, ResolvedTemplates } from '../support/iam/cloudformation';
import { LakePolicies } from '../support/iam/lake';

const OWN = PLACE.account;
const FOREIGN = '444455556666';
const STRANGER = '999988887777';
/** A trail of the organization and flow logs of two accounts. */
const STAGE: Omit<StageDefinition, 'name'> = {
  delivery: { cloudtrail: { accounts: [FOREIGN] }, vpc_flow_logs: { accounts: [OWN, FOREIGN] } },
};

function policiesOf(stage: Omit<StageDefinition, 'name'> = {}): LakePolicies {
  const templates = new ResolvedTemplates(testLake({ stage, datasets: deliveredDatasets() }));
  return new LakePolicies(testSettings(stage), templates);
}
const policies = policiesOf();
const shared = policiesOf(STAGE);

const bucketArn = (id: string, from = policies): string => from.arnOf('storage', 'AWS::S3::Bucket', id);

interface Case {
  readonly service: DeliveryService;
  readonly principal: string;
  readonly bucket: 'Raw' | 'Landing' | 'WafLanding';
  /** Below the prefix of the dataset, as the service lays its objects out. */
  readonly key: string;
  readonly sourceArn: string;
  /** Whether it sends the ACL that gives the bucket's owner every right. */
  readonly sendsAcl: boolean;
}

const VENDED = { principal: 'delivery.logs.amazonaws.com', sendsAcl: true };
const CASES: readonly Case[] = [
  {
    service: 'cloudtrail',
    principal: 'cloudtrail.amazonaws.com',
    bucket: 'Raw',
    key: `AWSLogs/${OWN}/CloudTrail/us-east-1/2026/06/15/x.json.gz`,
    sourceArn: `arn:aws:cloudtrail:us-east-1:${OWN}:trail/audit`,
    sendsAcl: true,
  },
  {
    ...VENDED,
    service: 'vpc-flow-logs',
    bucket: 'Raw',
    key: `AWSLogs/${OWN}/vpcflowlogs/eu-west-1/2026/06/15/x.log.gz`,
    sourceArn: `arn:aws:logs:eu-west-1:${OWN}:x`,
  },
  {
    ...VENDED,
    service: 'nlb',
    bucket: 'Raw',
    key: `AWSLogs/${OWN}/elasticloadbalancing/${PLACE.region}/2026/06/15/x.log.gz`,
    sourceArn: `arn:aws:logs:${PLACE.region}:${OWN}:x`,
  },
  {
    ...VENDED,
    service: 'cloudfront',
    bucket: 'Raw',
    key: '2026/06/15/10/E1.2026-06-15-10.x.gz',
    sourceArn: `arn:aws:logs:us-east-1:${OWN}:delivery-source:web`,
  },
  {
    ...VENDED,
    service: 'resolver-query-logs',
    bucket: 'Raw',
    key: `AWSLogs/${OWN}/vpcdnsquerylogs/vpc-1/2026/06/15/x.log.gz`,
    sourceArn: `arn:aws:logs:eu-west-1:${OWN}:x`,
  },
  {
    ...VENDED,
    service: 'waf',
    bucket: 'WafLanding',
    key: `AWSLogs/${OWN}/WAFLogs/us-east-1/acl/2026/06/15/10/05/x.log.gz`,
    sourceArn: `arn:aws:logs:us-east-1:${OWN}:x`,
  },
  {
    service: 'alb',
    principal: 'logdelivery.elasticloadbalancing.amazonaws.com',
    bucket: 'Landing',
    key: `AWSLogs/${OWN}/elasticloadbalancing/${PLACE.region}/2026/06/15/x.log.gz`,
    sourceArn: `arn:aws:elasticloadbalancing:${PLACE.region}:${OWN}:loadbalancer/app/web/1`,
    sendsAcl: false,
  },
  {
    service: 's3-access-logs',
    principal: 'logging.s3.amazonaws.com',
    bucket: 'Landing',
    key: `${OWN}/${PLACE.region}/photos/2026/06/15/2026-06-15-10-00-00-X`,
    sourceArn: 'arn:aws:s3:::photos',
    sendsAcl: false,
  },
];

/** A put of an object, as the service sends it, save for what is changed. */
function puts(
  { service, principal, bucket, key, sourceArn, sendsAcl }: Case,
  change: Partial<{ principal: string; account: string; arn: string; key: string; acl: string; action: string }> = {},
  from = policies,
): boolean {
  const prefix = `raw/${deliveredName(service)}/`;
  const acl = change.acl ?? (sendsAcl ? 'bucket-owner-full-control' : undefined);
  return from.may(`service:${change.principal ?? principal}`, [], {
    action: change.action ?? 's3:PutObject',
    resource: `${bucketArn(bucket, from)}/${change.key ?? `${prefix}${key}`}`,
    context: {
      'aws:SourceAccount': change.account ?? OWN,
      'aws:SourceArn': change.arn ?? sourceArn,
      'aws:PrincipalIsAWSService': 'true',
      // A service speaks what it speaks.
      's3:TlsVersion': '1.2',
      ...(acl === undefined ? {} : { 's3:x-amz-acl': acl }),
    },
  });
}

describe.each(CASES.map((one) => [one.service, one] as const))('%s', (service, one) => {
  test('puts its objects', () => {
    expect(puts(one)).toBe(true);
  });

  test.each<[string, Parameters<typeof puts>[1]]>([
    ['a resource of another account', { account: STRANGER, arn: one.sourceArn.replace(OWN, STRANGER) }],
    ['an account that is not the one of the ARN', { account: STRANGER }],
    ['another kind of resource', { arn: `arn:aws:sns:${PLACE.region}:${OWN}:topic` }],
    ['the prefix of another dataset', { key: `raw/of_nobody/${one.key}` }],
    ['no prefix', { key: one.key }],
    ['another service', { principal: 'ec2.amazonaws.com' }],
    ['reading', { action: 's3:GetObject' }],
    ['deleting', { action: 's3:DeleteObject' }],
  ])('is refused: %s', (what, change) => {
    // The ARN of a bucket names no account.
    if (service === 's3-access-logs' && what.includes('of the ARN')) return;
    expect(puts(one, change)).toBe(false);
  });

  test('is refused without TLS, or without the ACL that it sends', () => {
    if (one.sendsAcl) expect(puts(one, { acl: 'private' })).toBe(false);
    const request = {
      action: 's3:PutObject',
      resource: `${bucketArn(one.bucket)}/raw/${deliveredName(service)}/${one.key}`,
    };
    const context = {
      'aws:SourceAccount': OWN,
      'aws:SourceArn': one.sourceArn,
      's3:x-amz-acl': 'bucket-owner-full-control',
    };
    for (const weak of [{ 'aws:SecureTransport': 'false' }, { 's3:TlsVersion': '1.1' }]) {
      const all = { ...context, 'aws:PrincipalIsAWSService': 'true', ...weak };
      expect(policies.may(`service:${one.principal}`, [], { ...request, context: all })).toBe(false);
    }
  });

  test('asks for the ACL of the bucket where it needs it', () => {
    const context = { 'aws:SourceAccount': OWN, 'aws:SourceArn': one.sourceArn, 'aws:PrincipalIsAWSService': 'true' };
    const asks = (more: Record<string, string>) =>
      policies.may(`service:${one.principal}`, [], {
        action: 's3:GetBucketAcl',
        resource: bucketArn(one.bucket),
        context: { ...context, ...more },
      });
    expect(asks({})).toBe(one.sendsAcl);
    expect(asks({ 'aws:SourceAccount': STRANGER })).toBe(false);
  });
});

const caseOf = (service: DeliveryService): Case => CASES.find((one) => one.service === service) as Case;

test('the accounts that a stage names deliver, and the own one only if it is among them', () => {
  const trail = caseOf('cloudtrail');
  const arn = trail.sourceArn.replace(OWN, FOREIGN);
  // For each account of an organization, below its id.
  const key = 'raw/cloudtrail/AWSLogs/o-abc123/777788889999/CloudTrail/us-east-1/2026/06/15/x.json.gz';
  expect(puts(trail, { account: FOREIGN, arn, key }, shared)).toBe(true);
  expect(puts(trail, {}, shared)).toBe(false);

  const flows = caseOf('vpc-flow-logs');
  const elsewhere = {
    account: FOREIGN,
    arn: flows.sourceArn.replace(OWN, FOREIGN),
    key: `raw/vpc_flow_logs/${flows.key.replace(OWN, FOREIGN)}`,
  };
  expect(puts(flows, {}, shared)).toBe(true);
  expect(puts(flows, elsewhere, shared)).toBe(true);
  expect(puts(flows, elsewhere)).toBe(false);
});

describe('the key of the raw bucket', () => {
  const uses = (service: DeliveryService, action: string, account = OWN): boolean => {
    const { principal, sourceArn } = caseOf(service);
    return policies.may(`service:${principal}`, [], {
      action: `kms:${action}`,
      resource: policies.arnOf('storage', 'AWS::KMS::Key', 'DataKey'),
      context: { 'aws:SourceAccount': account, 'aws:SourceArn': sourceArn.replace(OWN, account) },
    });
  };

  test('encrypts for those that write into raw, from the accounts that are named', () => {
    for (const service of ['cloudtrail', 'vpc-flow-logs', 'nlb', 'cloudfront', 'resolver-query-logs'] as const) {
      expect([service, uses(service, 'GenerateDataKey')]).toEqual([service, true]);
      expect([service, uses(service, 'GenerateDataKey', STRANGER)]).toEqual([service, false]);
    }
    expect([uses('cloudtrail', 'DescribeKey'), uses('cloudtrail', 'Decrypt')]).toEqual([true, false]);
  });

  test('is nothing to those that land elsewhere', () => {
    for (const service of ['alb', 's3-access-logs'] as const) expect(uses(service, 'GenerateDataKey')).toBe(false);
  });
});

describe('roles', () => {
  const roleOf = (stack: string, id: string) => {
    const arn = policies.arnOf(stack, 'AWS::IAM::Role', id);
    return { arn, own: policies.roles().get(arn) ?? [] };
  };

  test('Firehose writes the objects of its dataset, and reads no other', () => {
    const { arn, own } = roleOf('access', 'FirehoseFirehose');
    const may = (action: string, resource: string, context = {}) =>
      policies.may(arn, own, { action, resource, context });
    const raw = bucketArn('Raw');
    expect(may('s3:PutObject', `${raw}/raw/firehose/2026/06/15/10/x`)).toBe(true);
    expect(may('s3:CompleteMultipartUpload', `${raw}/raw/firehose/2026/06/15/10/x`)).toBe(true);
    expect(may('s3:ListBucket', raw, { 's3:prefix': 'raw/firehose/' })).toBe(true);
    for (const action of ['s3:PutObject', 's3:GetObject']) expect(may(action, `${raw}/raw/of_nobody/x`)).toBe(false);
    expect(may('s3:DeleteObject', `${raw}/raw/firehose/x`)).toBe(false);
    expect(may('s3:ListBucket', raw, { 's3:prefix': 'raw/' })).toBe(false);
    expect(may('s3:PutObject', `${bucketArn('Curated')}/data/firehose/x`)).toBe(false);
  });

  test.each([
    ['LandingReplicationRole', 'Landing', 'alb'],
    ['WafLandingReplicationRole', 'WafLanding', 'waf'],
  ])('%s copies what landed to the same key of raw, and nothing else', (id, from, dataset) => {
    const { arn, own } = roleOf('storage', id);
    const may = (action: string, resource: string, context = {}) =>
      policies.may(arn, own, { action, resource, context });
    const [raw, landing] = [bucketArn('Raw'), bucketArn(from)];
    expect(may('s3:GetReplicationConfiguration', landing)).toBe(true);
    expect(may('s3:GetObjectVersionForReplication', `${landing}/raw/${dataset}/x`)).toBe(true);
    expect(may('s3:ReplicateObject', `${raw}/raw/${dataset}/x`)).toBe(true);
    expect(may('s3:ReplicateObject', `${raw}/raw/of_nobody/x`)).toBe(false);
    for (const action of ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ReplicateDelete']) {
      expect([action, may(action, `${raw}/raw/${dataset}/x`)]).toEqual([action, false]);
    }
    const key = policies.arnOf('storage', 'AWS::KMS::Key', 'DataKey');
    const through = (service: string) => ({ 'kms:ViaService': `${service}.${PLACE.region}.amazonaws.com` });
    expect(may('kms:Encrypt', key, through('s3'))).toBe(true);
    expect(may('kms:Encrypt', key, through('sqs'))).toBe(false);
    expect(may('kms:Decrypt', key, through('s3'))).toBe(false);
  });
});

test('people and roles keep the floor of TLS 1.3', () => {
  const { arn, own } = { arn: `arn:aws:iam::${OWN}:role/producer`, own: [] };
  const raw = `${bucketArn('Raw')}/raw/of_nobody/x`;
  const allowing = [
    { Statement: [{ Effect: 'Allow' as const, Action: ['s3:PutObject', 'kms:GenerateDataKey'], Resource: '*' }] },
  ];
  const put = (version: string) =>
    policies.may(arn, [...own, ...allowing], {
      action: 's3:PutObject',
      resource: raw,
      context: { 's3:TlsVersion': version, 'aws:PrincipalIsAWSService': 'false' },
    });
  expect([put('1.3'), put('1.2')]).toEqual([true, false]);
});
