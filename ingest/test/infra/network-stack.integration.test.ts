import type { TestStage } from '../../../test/support/cdk';
import { type ReadableTemplate, readable, resourceOf, resourcesOf } from '../../../test/support/template';
import { CLOSED_INGEST_STAGE, INGEST, INGEST_STAGE, OPEN_INGEST_STAGE } from '../support/definitions';
import { ingestStacks } from '../support/stacks';

const networkOf = (stage: TestStage['stage'] = INGEST_STAGE): ReadableTemplate => {
  const { network } = ingestStacks({ stage });
  if (network === undefined) throw new Error('the stage has no network of its own');
  return readable(network);
};

const withNat = networkOf();
const closed = networkOf(CLOSED_INGEST_STAGE);
const count = (template: ReadableTemplate, type: string): number => Object.keys(resourcesOf(template, type)).length;

test('matches the snapshot', () => {
  expect(withNat).toMatchSnapshot();
});

test('an existing VPC is left as it is: there is no network stack', () => {
  expect(ingestStacks({ stage: OPEN_INGEST_STAGE }).network).toBeUndefined();
});

test('no subnet gives out public addresses, and the default security group is closed', () => {
  for (const { Properties } of Object.values(resourcesOf(withNat, 'AWS::EC2::Subnet'))) {
    expect(Properties.MapPublicIpOnLaunch).toBe(false);
  }
  expect(count(withNat, 'Custom::VpcRestrictDefaultSG')).toBe(1);
});

test('every flow is logged, encrypted, for as long as the logs of the stage', () => {
  expect(resourceOf(withNat, 'AWS::EC2::FlowLog').Properties).toMatchObject({
    TrafficType: 'ALL',
    ResourceType: 'VPC',
  });
  expect(resourceOf(withNat, 'AWS::Logs::LogGroup').Properties).toMatchObject({
    RetentionInDays: 90,
    KmsKeyId: expect.any(String),
  });
});

test.each([
  ['none', 0, 0],
  ['one', 1, 2],
  ['each-zone', 2, 2],
] as const)('nat: %s', (nat, gateways, publicSubnets) => {
  const keySet = { keys: [{ kty: 'RSA', kid: '1', n: 'n', e: 'e' }] };
  const template = networkOf({ ingest: { ...INGEST, token: { ...INGEST.token, keySet } }, network: { nat } });
  expect(count(template, 'AWS::EC2::NatGateway')).toBe(gateways);
  expect(count(template, 'AWS::EC2::Subnet')).toBe(2 + publicSubnets);
});

test('without NAT nothing leads to the internet', () => {
  expect(count(closed, 'AWS::EC2::InternetGateway')).toBe(0);
  const routes = Object.values(resourcesOf(closed, 'AWS::EC2::Route'));
  expect(routes.filter(({ Properties }) => Properties.DestinationCidrBlock === '0.0.0.0/0')).toEqual([]);
});

describe('endpoints', () => {
  const endpoints = Object.values(resourcesOf(closed, 'AWS::EC2::VPCEndpoint')).map(({ Properties }) => Properties);

  test('are those that an instance calls', () => {
    const names = endpoints.map(({ ServiceName }) => String(ServiceName).split('.').slice(3).join('.') || ServiceName);
    expect(names.map((name) => String(name).replace(/^.*<AWS::Region>\.?/, '')).sort()).toEqual(
      [
        'autoscaling',
        'cloudformation',
        'ecr.api',
        'ecr.dkr',
        'logs',
        's3',
        'secretsmanager',
        'ssm',
        'ssmmessages',
      ].sort(),
    );
  });

  test('take requests of this account alone', () => {
    for (const { VpcEndpointType, PolicyDocument } of endpoints) {
      if (VpcEndpointType !== 'Interface') continue;
      for (const { Condition } of PolicyDocument.Statement) {
        expect(Condition).toEqual({ StringEquals: { 'aws:PrincipalAccount': '<AWS::AccountId>' } });
      }
    }
  });

  test('of S3 take puts into the raw zone, and reads of AWS own buckets', () => {
    const [s3] = endpoints.filter(({ VpcEndpointType }) => VpcEndpointType === 'Gateway');
    expect(
      s3.PolicyDocument.Statement.map(({ Action, Resource }: { Action: string; Resource: string | string[] }) => [
        Action,
        Resource,
      ]),
    ).toEqual([
      ['s3:PutObject', expect.stringMatching(/Raw.*\/raw\/\*>?$/)],
      [
        's3:GetObject',
        [
          'arn:<AWS::Partition>:s3:::al2023-repos-<AWS::Region>-de612dc2/*',
          'arn:<AWS::Partition>:s3:::prod-<AWS::Region>-starport-layer-bucket/*',
        ],
      ],
    ]);
  });

  test('are left out where the stage says so', () => {
    const template = networkOf({ ...INGEST_STAGE, network: { endpoints: false } });
    expect(count(template, 'AWS::EC2::VPCEndpoint')).toBe(1); // S3
  });
});
