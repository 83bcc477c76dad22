import type { Answer } from '../../../cli/test/preflight/aws-stand-in';
import { look, type Resources, told } from '../../../cli/test/preflight/context';
import { instanceZones } from '../../preflight/instance-zones';

const xml = (call: string, set: string, items: readonly string[]): Answer => ({
  body: `<${call}Response><${set}>${items.map((item) => `<item>${item}</item>`).join('')}</${set}></${call}Response>`,
});

const answers = (offered: readonly string[]) => ({
  DescribeInstanceTypeOfferings: xml(
    'DescribeInstanceTypeOfferings',
    'instanceTypeOfferingSet',
    offered.map((zone) => `<instanceType>c7g.medium</instanceType><location>eu-central-1${zone}</location>`),
  ),
  DescribeAvailabilityZones: xml(
    'DescribeAvailabilityZones',
    'availabilityZoneInfo',
    ['c', 'a', 'b'].map((zone) => `<zoneName>eu-central-1${zone}</zoneName>`),
  ),
  DescribeSubnets: xml('DescribeSubnets', 'subnetSet', ['<availabilityZone>eu-central-1c</availabilityZone>']),
});

const template = ['AWS::EC2::LaunchTemplate', { LaunchTemplateData: { InstanceType: 'c7g.medium' } }] as const;
const bySelect = (place: number) =>
  ['AWS::EC2::Subnet', { AvailabilityZone: { 'Fn::Select': [place, { 'Fn::GetAZs': '' }] } }] as const;

const ways: readonly (readonly [string, Resources, string])[] = [
  ['by name', [template, ['AWS::EC2::Subnet', { AvailabilityZone: 'eu-central-1b' }]], 'b'],
  ['by their place in the region', [template, bySelect(0), bySelect(1)], 'a, eu-central-1b'],
  [
    'of a VPC that exists',
    [template, ['AWS::AutoScaling::AutoScalingGroup', { VPCZoneIdentifier: ['subnet-0a1b'] }]],
    'c',
  ],
];

test.each(ways)('zones %s are asked for the type', async (_, resources, zones) => {
  const fine = await look(instanceZones, { resources, answers: answers(['a', 'b', 'c']) });
  expect(told(fine)).toEqual([`ok: c7g.medium is offered in eu-central-1${zones}`]);
  const none = await look(instanceZones, { resources, answers: answers(['d']) });
  expect(told(none)).toEqual([
    `error: c7g.medium is not offered in eu-central-1${zones}, where the stage has subnets for it`,
  ]);
  expect(none.findings[0]?.todo).toContain('zones of eu-central-1d');
});

test('one zone of two without it is an error', async () => {
  const outcome = await look(instanceZones, {
    resources: [template, bySelect(0), bySelect(1)],
    answers: answers(['a']),
  });
  expect(told(outcome)).toEqual([
    'error: c7g.medium is not offered in eu-central-1b, where the stage has subnets for it',
  ]);
});

test('a stage without instances asks nothing', async () => {
  expect(told(await look(instanceZones))).toEqual(['skipped: not needed: the stage runs no instances']);
});
