import { type Answer, jsonFailure, quota } from '../../../cli/test/preflight/aws-stand-in';
import { look, type Resources, told } from '../../../cli/test/preflight/context';
import { elasticIps } from '../../preflight/elastic-ips';
import { instanceTypes } from '../../preflight/instance-types';
import { vpcs } from '../../preflight/vpcs';

const none = jsonFailure('NoSuchResourceException');

describe('a quota on a number of things', () => {
  const vpcSet = (count: number): Answer => ({
    body: `<DescribeVpcsResponse><vpcSet>${'<item><vpcId>vpc-1</vpcId></item>'.repeat(count)}</vpcSet></DescribeVpcsResponse>`,
  });
  const resources: Resources = [['AWS::EC2::VPC']];
  const own = {
    name: 'lake-test-network',
    status: 'CREATE_COMPLETE',
    statusReason: undefined,
    description: undefined,
    terminationProtection: false,
    resources: [{ type: 'AWS::EC2::VPC', logicalId: 'Vpc', physicalId: 'vpc-1' }],
  };

  test.each([
    [5, 5, [], ['error: 6 VPCs of 5 with this stage']],
    [4, 5, [], ['warning: 5 VPCs of 5 with this stage: nearly full']],
    [1, 5, [], ['ok: 2 VPCs of 5 with this stage']],
    [5, 5, [own], ['warning: 5 VPCs of 5 with this stage: nearly full']], // its own is one of the five
  ])('%i of %i are in use', async (used, value, deployed, expected) => {
    const outcome = await look(vpcs, { resources, deployed, answers: { ...quota(value), DescribeVpcs: vpcSet(used) } });
    expect(told(outcome)).toEqual(expected);
  });

  test('the default of AWS holds where the account has no value of its own', async () => {
    const answers = {
      GetServiceQuota: none,
      GetAWSDefaultServiceQuota: { body: { Quota: { Value: 5 } } },
      DescribeVpcs: vpcSet(5),
    };
    const { findings } = await look(vpcs, { resources, answers });
    expect(findings[0]?.todo).toContain(
      'request-service-quota-increase --service-code vpc --quota-code L-F678F1CE --desired-value 12',
    );
  });

  test('a quota that AWS does not know is unknown, not fine', async () => {
    const answers = { GetServiceQuota: none, GetAWSDefaultServiceQuota: none, DescribeVpcs: vpcSet(1) };
    expect(told(await look(vpcs, { resources, answers }))).toEqual([
      'unknown: AWS does not say how many VPCs are allowed; 2 are needed',
    ]);
  });

  test('is not asked where nothing of the kind is created', async () => {
    const outcome = await look(elasticIps);
    expect(told(outcome)).toEqual(['skipped: not needed: the stage creates no Elastic IP addresses']);
    expect(outcome.actions.size).toBe(0);
  });
});

describe('instance-types', () => {
  const described = (...types: readonly string[]): Answer => ({
    body: `<DescribeInstanceTypesResponse><instanceTypeSet>${types
      .map(
        (type) =>
          `<item><instanceType>${type}</instanceType><vCpuInfo><defaultVCpus>1</defaultVCpus></vCpuInfo></item>`,
      )
      .join('')}</instanceTypeSet></DescribeInstanceTypesResponse>`,
  });
  const resources: Resources = [
    ['AWS::EC2::LaunchTemplate', { LaunchTemplateData: { InstanceType: 'c7g.medium' } }],
    ['AWS::AutoScaling::AutoScalingGroup', { MinSize: '2', MaxSize: '10' }],
  ];

  test.each([
    [described(), 100, ['error: eu-central-1 does not offer instances of type c7g.medium']],
    [described('c7g.medium'), 1, [expect.stringMatching(/^error: c7g.medium: 2 vCPUs at least and 10 at most, of 1 /)]],
    [described('c7g.medium'), 5, [expect.stringMatching(/^warning: .*of 5 .*the group cannot grow to its end$/)]],
    [described('c7g.medium'), 10, [expect.stringMatching(/^ok: /)]],
  ])('%#', async (types, value, expected) => {
    const answers = { ...quota(value), DescribeInstanceTypes: types };
    expect(told(await look(instanceTypes, { resources, answers }))).toEqual(expected);
  });
});
