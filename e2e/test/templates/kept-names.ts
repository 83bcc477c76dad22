import type { Resource, Template } from '../../../test/support/synthesize';
import { SYNTHESIZED } from './synthesized';

type Kept = Resource & { readonly DeletionPolicy?: string; readonly UpdateReplacePolicy?: string };

/** Properties that give a resource its physical name: `BucketName`, `Name`, `UserGroupId`, `AliasName`, `DatabaseInput.Name` … */
const NAMING = /(?:^|[a-z])(?:Name|Id|Identifier)$|^(?:Name|Identifier)$/;

/** Functions that follow another resource's name, which is new with each resource; a stack that is made anew has another id. */
const FOLLOWS = /"(?:Fn::GetAtt|Fn::ImportValue)"|"Ref":"(?:(?!AWS::)|AWS::StackId")/;

/** Whether two resources with this value would have the same name. Other pseudo parameters are the same in both. */
const isFixed = (value: unknown): boolean =>
  (typeof value === 'string' || (typeof value === 'object' && value !== null && !Array.isArray(value))) &&
  !FOLLOWS.test(JSON.stringify(value));

function fixedNames(properties: Readonly<Record<string, unknown>>, path = ''): readonly string[] {
  return Object.entries(properties).flatMap(([key, value]): readonly string[] => {
    if (NAMING.test(key) && isFixed(value)) return [`${path}${key}`];
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isGroup && path === '' ? fixedNames(value as Record<string, unknown>, `${key}.`) : [];
  });
}

/** Resources that stay where they are while something else wants their name: the next deployment would find it taken. */
const blocking = ({ Resources }: Template): readonly string[] =>
  Object.entries(Resources).flatMap(
    ([id, { Type, Properties = {}, DeletionPolicy, UpdateReplacePolicy }]: [string, Kept]) => {
      const stays = [DeletionPolicy, UpdateReplacePolicy].some((policy) => policy !== undefined && policy !== 'Delete');
      return stays ? fixedNames(Properties).map((name) => `${Type} ${id} ${name}`) : [];
    },
  );

const stacks = SYNTHESIZED.flatMap(({ variant, stacks }) =>
  stacks.map((stack) => ({ name: `${variant.name}: ${stack.id}`, template: stack.template })),
);

test.each(stacks)('$name keeps nothing under a fixed name', ({ template }) => {
  expect(blocking(template)).toEqual([]);
});

test('every workgroup goes with its history, and every bucket that goes is emptied first', () => {
  const resources = stacks.flatMap(({ template }) => Object.entries<Kept>(template.Resources));
  const workgroups = resources.filter(([, { Type }]) => Type === 'AWS::Athena::WorkGroup');
  expect(workgroups.length).toBeGreaterThan(0);
  expect(workgroups.filter(([, { Properties }]) => Properties?.RecursiveDeleteOption !== true)).toEqual([]);

  for (const { template } of stacks) {
    const all = Object.entries<Kept>(template.Resources);
    const emptied = all
      .filter(([, { Type }]) => Type === 'Custom::S3AutoDeleteObjects')
      .map(([, one]) => one.Properties?.BucketName);
    const goes = all.filter(
      ([, { Type, DeletionPolicy }]) => Type === 'AWS::S3::Bucket' && DeletionPolicy !== 'Retain',
    );
    expect(emptied).toEqual(goes.map(([id]) => ({ Ref: id })));
  }
});

test.each([
  ['AWS::Glue::SecurityConfiguration', { Name: 'crawler' }, 'Name'],
  ['AWS::Logs::LogGroup', { LogGroupName: { 'Fn::Join': ['-', ['/lake', { Ref: 'AWS::Region' }]] } }, 'LogGroupName'],
  ['AWS::KMS::Alias', { AliasName: 'alias/lake' }, 'AliasName'],
  ['AWS::SNS::Topic', { TopicName: 'alarms' }, 'TopicName'],
  ['AWS::IAM::Role', { RoleName: { 'Fn::Sub': `lake-\${AWS::AccountId}` } }, 'RoleName'],
  ['AWS::Glue::Database', { DatabaseInput: { Name: 'curated' } }, 'DatabaseInput.Name'],
  ['AWS::ElastiCache::UserGroup', { UserGroupId: 'gateways' }, 'UserGroupId'],
  ['AWS::RDS::DBCluster', { DBClusterIdentifier: 'lake' }, 'DBClusterIdentifier'],
])('%s kept with the name %o is found', (Type, Properties, name) => {
  const named = (policies: object): Template => ({ Resources: { One: { Type, Properties, ...policies } } });
  for (const policies of [
    { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Delete' },
    { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Retain' },
    { DeletionPolicy: 'Snapshot' },
  ]) {
    expect(blocking(named(policies))).toEqual([`${Type} One ${name}`]);
  }
  expect(blocking(named({ DeletionPolicy: 'Delete' }))).toEqual([]);
});

test('a kept resource whose name CloudFormation chooses is none', () => {
  const Properties = {
    LoggingConfiguration: { DestinationBucketName: { Ref: 'Logs' } },
    Tags: [{ Key: 'Name', Value: 'raw' }],
  };
  expect(
    blocking({ Resources: { Raw: { Type: 'AWS::S3::Bucket', Properties, ...{ DeletionPolicy: 'Retain' } } } }),
  ).toEqual([]);
});
