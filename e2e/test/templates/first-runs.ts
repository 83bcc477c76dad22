import type { Resource, Template } from '../../../test/support/synthesize';
import { SYNTHESIZED } from './synthesized';

/**
 * What begins to work as soon as it exists: a schedule with a rate starts its target at once, a rule hears the next event, a group
 * launches instances, a custom resource is called. `Custom::S3AutoDeleteObjects` does nothing before it is deleted.
 */
const STARTS =
  /^(?:AWS::Scheduler::Schedule|AWS::Events::Rule|AWS::AutoScaling::AutoScalingGroup|AWS::Glue::Crawler|AWS::EC2::FlowLog|Custom::(?!S3AutoDeleteObjects).+)$/;

/** Policies, and the property by which each names what it belongs to. */
const POLICIES: Readonly<Record<string, string>> = {
  'AWS::IAM::ManagedPolicy': 'Roles',
  'AWS::IAM::Policy': 'Roles',
  'AWS::IAM::RolePolicy': 'RoleName',
  'AWS::SQS::QueuePolicy': 'Queues',
  'AWS::SNS::TopicPolicy': 'Topics',
  'AWS::S3::BucketPolicy': 'Bucket',
};

type Resources = Template['Resources'];

/** Resources of the template that a value refers to. */
function references(value: unknown, resources: Resources): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): readonly string[] => {
    if (key === 'Ref' && typeof inner === 'string') return inner in resources ? [inner] : [];
    if (key === 'Fn::GetAtt') return [String(Array.isArray(inner) ? inner[0] : String(inner).split('.')[0])];
    if (key === 'Fn::Sub') {
      const text = String(Array.isArray(inner) ? inner[0] : inner);
      const named = [...text.matchAll(/\$\{(\w+)/g)].map(([, id = '']) => id).filter((id) => id in resources);
      return [...named, ...references(Array.isArray(inner) ? inner[1] : undefined, resources)];
    }
    return references(inner, resources);
  });
}

const before = ({ DependsOn, Properties }: Resource, resources: Resources): readonly string[] => [
  ...[DependsOn ?? []].flat(),
  ...references(Properties, resources),
];

/** Everything that CloudFormation creates before a resource, because it depends on it. */
function createdBefore(id: string, resources: Resources, seen = new Set<string>()): ReadonlySet<string> {
  const own = resources[id];
  for (const other of own === undefined ? [] : before(own, resources)) {
    if (seen.has(other)) continue;
    seen.add(other);
    createdBefore(other, resources, seen);
  }
  return seen;
}

/** Policies that may come too late: of something that the first run uses, and not created before it. */
const late = (resources: Resources): readonly string[] =>
  Object.entries(resources)
    .filter(([, { Type }]) => STARTS.test(Type))
    .flatMap(([id, { Type }]) => {
      const ready = createdBefore(id, resources);
      return Object.entries(resources)
        .filter(([policy, { Type: type, Properties }]) => {
          const property = POLICIES[type];
          if (property === undefined || ready.has(policy)) return false;
          return references({ of: Properties?.[property] }, resources).some((owner) => ready.has(owner));
        })
        .map(([policy]) => `${Type} ${id} may run before ${policy}`);
    });

const stacks = SYNTHESIZED.flatMap(({ variant, stacks }) =>
  stacks.map(({ id, template }) => ({ name: `${variant.name}: ${id}`, resources: template.Resources })),
);

test.each(stacks)('$name: nothing runs before the policies that it needs', ({ resources }) => {
  expect(late(resources)).toEqual([]);
});

test('there is something that starts by itself', () => {
  const types = new Set(stacks.flatMap(({ resources }) => Object.values(resources).map(({ Type }) => Type)));
  const starting = [
    ...['AWS::Scheduler::Schedule', 'AWS::Events::Rule'],
    'AWS::AutoScaling::AutoScalingGroup', // with ingest
  ];
  for (const type of starting) expect(types).toContain(type);
});

describe('the check', () => {
  const policy = { Type: 'AWS::IAM::ManagedPolicy', Properties: { Roles: [{ Ref: 'Role' }] } };
  const machine = {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: { RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] } },
  };
  const schedule = { Type: 'AWS::Scheduler::Schedule', Properties: { Target: { Arn: { Ref: 'Machine' } } } };
  const lake = { Role: { Type: 'AWS::IAM::Role' }, Policy: policy, Machine: machine, Schedule: schedule };

  test('finds the policy of a role that only the target uses', () => {
    expect(late(lake)).toEqual(['AWS::Scheduler::Schedule Schedule may run before Policy']);
  });

  test.each([
    ['the schedule', { ...lake, Schedule: { ...schedule, DependsOn: ['Policy'] } }],
    ['its target', { ...lake, Machine: { ...machine, DependsOn: ['Policy'] } }],
  ])('takes a dependency of %s', (_, resources) => {
    expect(late(resources)).toEqual([]);
  });
});
