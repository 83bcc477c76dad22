import { insightsAlarms } from '../../preflight/checks/insights-alarms';
import { movedTables } from '../../preflight/checks/moved-tables';
import { resourceCounts } from '../../preflight/checks/resource-counts';
import { stackCount } from '../../preflight/checks/stack-count';
import { templateLimits } from '../../preflight/checks/template-limits';
import { type Answer, quota } from './aws-stand-in';
import { look, type Resources, told, type World } from './context';

const times = (count: number, ...resource: Resources[number]): Resources =>
  Array.from({ length: count }, () => resource);
const policy = (length: number) => ({ PolicyDocument: { Version: 'v'.repeat(length - '{"Version":""}'.length) } });
const rules = (count: number) => ({ LifecycleConfiguration: { Rules: Array.from({ length: count }, () => ({})) } });

describe('template-limits', () => {
  test.each<[string, World, string]>([
    [
      'resources',
      { resources: times(500, 'AWS::Glue::Table') },
      'warning: lake-test-storage: resources: 500 of 500: nearly full',
    ],
    [
      'more resources',
      { resources: times(501, 'AWS::Glue::Table') },
      'error: lake-test-storage: resources: 501 of 500',
    ],
    ['bytes', { stack: { bytes: 1_000_001 } }, 'error: lake-test-storage: template: 1,000,001 of 1,000,000'],
    [
      'nearly as many bytes',
      { stack: { bytes: 900_001 } },
      'warning: lake-test-storage: template: 900,001 of 1,000,000: nearly full',
    ],
    [
      'a managed policy',
      { resources: [['AWS::IAM::ManagedPolicy', policy(6_145)]] },
      'error: lake-test-storage: Resource0, policy: 6,145 of 6,144',
    ],
    [
      'a bucket policy',
      { resources: [['AWS::S3::BucketPolicy', policy(20_481)]] },
      'error: lake-test-storage: Resource0, bucket policy: 20,481 of 20,480',
    ],
    [
      'lifecycle rules',
      { resources: [['AWS::S3::Bucket', rules(1_001)]] },
      'error: lake-test-storage: Resource0, lifecycle rules: 1,001 of 1,000',
    ],
    [
      'an environment',
      { resources: [['AWS::Lambda::Function', { Environment: { Variables: { DATASETS: 'x'.repeat(5_000) } } }]] },
      'error: lake-test-storage: Resource0, environment: 5,015 of 4,096',
    ],
    [
      'a policy whose text CloudFormation fills in',
      {
        resources: [
          ['AWS::IAM::ManagedPolicy', { PolicyDocument: times(100, 'x', {}).map(() => ({ Ref: 'Bucket' })) }],
        ],
      },
      'error: lake-test-storage: Resource0, policy: 9,301 of 6,144',
    ],
    [
      'policies of one role',
      { resources: [['AWS::IAM::Role'], ...times(11, 'AWS::IAM::ManagedPolicy', { Roles: [{ Ref: 'Resource0' }] })] },
      'error: lake-test-storage: Resource0, managed policies: 11 of 10',
    ],
  ])('%s', async (_, world, expected) => {
    expect(told(await look(templateLimits, world))).toEqual([expected]);
  });

  test('what is at a limit, and not near it, is fine', async () => {
    const resources: Resources = [
      ['AWS::S3::Bucket', rules(900)],
      ['AWS::IAM::Role'],
      ...times(10, 'AWS::IAM::ManagedPolicy', { ...policy(5_000), Roles: [{ Ref: 'Resource1' }] }),
    ];
    const outcome = await look(templateLimits, { resources });
    expect(told(outcome)).toEqual(['ok: 1 templates, their policies and definitions are within the limits of AWS']);
    expect(outcome.actions.size).toBe(0);
  });
});

const stacks = (...statuses: readonly string[]): Answer => ({
  body: `<ListStacksResponse><ListStacksResult><StackSummaries>${statuses
    .map((status) => `<member><StackName>s</StackName><StackStatus>${status}</StackStatus></member>`)
    .join('')}</StackSummaries></ListStacksResult></ListStacksResponse>`,
});

test.each<[number, readonly string[], string]>([
  [2, ['CREATE_COMPLETE', 'DELETE_COMPLETE'], 'warning: 2 stacks of 2 with this stage: nearly full'],
  [2, ['CREATE_COMPLETE', 'UPDATE_COMPLETE'], 'error: 3 stacks of 2 with this stage'],
  [2_000, ['CREATE_COMPLETE'], 'ok: 2 stacks of 2000 with this stage'],
])('stack-count: of a quota of %i, with %j', async (value, statuses, expected) => {
  const answers = { ...quota(value), ListStacks: stacks(...statuses) };
  expect(told(await look(stackCount, { answers }))).toEqual([expected]);
});

test('stack-count: stacks of the stage that exist are not added a second time', async () => {
  const own = { name: 'lake-test-storage', status: 'CREATE_COMPLETE', statusReason: undefined, description: undefined };
  const answers = { ...quota(100), ListStacks: stacks('CREATE_COMPLETE', 'CREATE_COMPLETE') };
  const deployed = [{ ...own, terminationProtection: false, resources: [] }];
  expect(told(await look(stackCount, { answers, deployed }))).toEqual(['ok: 2 stacks of 100 with this stage']);
});

test('resource-counts: a stage alone stays below the quotas that accounts begin with', async () => {
  expect(told(await look(resourceCounts, { resources: times(2_002, 'AWS::Glue::Table') }))).toEqual([
    'ok: 2002 Glue tables, 0 Athena workgroups, 0 schedules, 0 log groups',
  ]);
  expect(told(await look(resourceCounts, { resources: times(1_001, 'AWS::Athena::WorkGroup') }))).toEqual([
    'error: the stage has 1001 Athena workgroups, and an account begins with 1000',
  ]);
});

describe('insights-alarms', () => {
  const query = {
    Metrics: [
      { Id: 'm', Expression: 'SELECT MAX(Behind) FROM SCHEMA("n", Dataset) GROUP BY Dataset', ReturnData: true },
    ],
  };
  const others = (count: number): Answer => ({
    body: {
      MetricAlarms: Array.from({ length: count }, (_, index) => ({ AlarmName: `other-${index}`, ...query })).concat([
        { AlarmName: 'plain', Metrics: [] },
      ]),
    },
  });

  test.each([
    [194, 'ok: 200 alarms of Metrics Insights of 200 with this stage'],
    [195, 'error: 201 alarms of Metrics Insights of 200 with this stage'],
  ])('%i others and six', async (count, expected) => {
    const world = { resources: times(6, 'AWS::CloudWatch::Alarm', query), answers: { DescribeAlarms: others(count) } };
    expect(told(await look(insightsAlarms, world))).toEqual([expected]);
  });

  test('those of the stage that exist are not counted twice', async () => {
    const resources = times(6, 'AWS::CloudWatch::Alarm', query);
    const own = Array.from({ length: 6 }, (_, index) => ({
      ...{ type: 'AWS::CloudWatch::Alarm', logicalId: `A${index}`, physicalId: `other-${index}` },
    }));
    const stack = { name: 's', status: 'CREATE_COMPLETE', statusReason: undefined, description: undefined };
    const deployed = [{ ...stack, terminationProtection: false, resources: own }];
    const outcome = await look(insightsAlarms, { resources, deployed, answers: { DescribeAlarms: others(6) } });
    expect(told(outcome)).toEqual(['ok: 6 alarms of Metrics Insights of 200 with this stage']);
  });

  test('a stage without such alarms makes no request', async () => {
    const outcome = await look(insightsAlarms, { resources: [['AWS::CloudWatch::Alarm', { MetricName: 'Errors' }]] });
    expect(told(outcome)).toEqual(['skipped: not needed: no alarm of the stage is one of Metrics Insights']);
    expect(outcome.actions.size).toBe(0);
  });
});

describe('moved-tables', () => {
  const table = (logicalId: string, physicalId: string) => ({ type: 'AWS::Glue::Table', logicalId, physicalId });
  const deployedIn = (name: string, ...resources: readonly ReturnType<typeof table>[]) => ({
    ...{ name, status: 'UPDATE_COMPLETE', statusReason: undefined, description: undefined },
    terminationProtection: false,
    resources,
  });
  // The template is that of `lake-test-storage`, whatever lies in it.
  const world = (stack: string): World => ({
    resources: [['AWS::Glue::Table'], ['AWS::Glue::Table']],
    deployed: [
      deployedIn(stack, table('Resource0', 'orders'), table('Resource1', 'lake|orders'), table('Gone', 'clicks')),
    ],
  });

  test('a table that stays, or is removed, is not one', async () => {
    expect(told(await look(movedTables, world('lake-test-storage')))).toEqual(['ok: 3 tables stay in their stacks']);
    expect(told(await look(movedTables, { resources: [['AWS::Glue::Table']] }))).toEqual([
      'ok: 0 tables stay in their stacks',
    ]);
  });

  test.each([
    ['lake-test-catalog', 0],
    ['lake-test-datasets-07', 7],
  ])('one that would leave %s is named, with where to place it', async (stack, number) => {
    const { findings } = await look(movedTables, world(stack));
    expect(findings).toEqual([
      {
        level: 'error',
        found: `tables of 1 datasets would leave ${stack} for another stack, which deletes them and makes them again`,
        todo: `In config/stages/test.ts write manyDatasets.placed: { ${number}: ['orders'] }, beside those that are placed there.`,
      },
    ]);
  });
});
