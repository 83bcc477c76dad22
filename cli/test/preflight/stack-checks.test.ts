import type { DeployedResource, DeployedStack } from '../../preflight/account/stacks';
import { alarmEmails } from '../../preflight/checks/alarm-emails';
import { nameCollisions } from '../../preflight/checks/name-collisions';
import { stackStates } from '../../preflight/checks/stack-states';
import { failure, jsonFailure } from './aws-stand-in';
import { ACCOUNT, look, REGION, type Resources, told, type World } from './context';

const deployed = (change: Partial<DeployedStack> = {}): DeployedStack => ({
  name: 'lake-test-storage',
  status: 'CREATE_COMPLETE',
  statusReason: undefined,
  description: undefined,
  terminationProtection: false,
  resources: [],
  ...change,
});

describe('name-collisions', () => {
  const bucket = (name: string): Resources => [['AWS::S3::Bucket', { BucketName: name }]];

  test.each([
    ['of this account', 200],
    ['of another account', 403],
    ['of another region', 301],
  ])('a bucket name is taken by a bucket %s', async (_, status) => {
    const outcome = await look(nameCollisions, { resources: bucket('mine'), answers: { 'HEAD /mine/': { status } } });
    expect(told(outcome)).toEqual([
      'error: the bucket mine exists, and no stack of this stage owns it: lake-test-storage could not create it',
    ]);
    expect(outcome.findings[0]?.todo).toContain('config/stages/test.ts');
  });

  test('a free name', async () => {
    const outcome = await look(nameCollisions, {
      resources: bucket('mine'),
      answers: { 'HEAD /mine/': { status: 404 } },
    });
    expect(told(outcome)).toEqual(['ok: 1 names are free, or belong to stacks of this stage']);
  });

  const TAKEN = {
    GetDatabase: { body: { Database: { Name: 'lake_test_raw' } } },
    GetWorkGroup: { body: { WorkGroup: { Name: 'lake-test-analyst' } } },
    GetRole: { body: '<GetRoleResponse><GetRoleResult><Role/></GetRoleResult></GetRoleResponse>' },
    'GET /2019-09-30/functions/lake-test-planner/concurrency': { body: {} },
    DescribeLogGroups: { body: { logGroups: [{ logGroupName: '/lake/test' }, { logGroupName: '/lake/test-2' }] } },
    DescribeStateMachine: { body: {} },
    GetCrawler: { body: { Crawler: {} } },
    GetSecurityConfiguration: { body: { SecurityConfiguration: {} } },
    GetPolicy: { body: '<GetPolicyResponse><GetPolicyResult><Policy/></GetPolicyResult></GetPolicyResponse>' },
    'GET /schedule-groups/lake-test-compaction': { body: {} },
    DescribeLoadBalancers: { body: '<R><DescribeLoadBalancersResult/></R>' },
    DescribeTargetGroups: { body: '<R><DescribeTargetGroupsResult/></R>' },
  };
  const FREE = {
    GetDatabase: jsonFailure('EntityNotFoundException'),
    GetWorkGroup: { status: 400, body: { __type: 'InvalidRequestException', message: 'WorkGroup x is not found.' } },
    GetRole: failure('NoSuchEntity', 404),
    'GET /2019-09-30/functions/lake-test-planner/concurrency': {
      status: 404,
      body: { __type: 'ResourceNotFoundException', message: 'Function not found' },
    },
    DescribeLogGroups: { body: { logGroups: [{ logGroupName: '/lake/test-2' }] } },
    DescribeStateMachine: jsonFailure('StateMachineDoesNotExist'),
    GetCrawler: jsonFailure('EntityNotFoundException'),
    GetSecurityConfiguration: jsonFailure('EntityNotFoundException'),
    GetPolicy: failure('NoSuchEntity', 404),
    'GET /schedule-groups/lake-test-compaction': {
      status: 404,
      body: { __type: 'ResourceNotFoundException', Message: 'does not exist' },
    },
    DescribeLoadBalancers: failure('LoadBalancerNotFound'),
    DescribeTargetGroups: failure('TargetGroupNotFound'),
  };
  const kinds: readonly (readonly [thing: string, type: string, properties: Readonly<Record<string, unknown>>])[] = [
    ['Glue database lake_test_raw', 'AWS::Glue::Database', { DatabaseInput: { Name: 'lake_test_raw' } }],
    ['Athena workgroup lake-test-analyst', 'AWS::Athena::WorkGroup', { Name: 'lake-test-analyst' }],
    ['IAM role lake-test-admin', 'AWS::IAM::Role', { RoleName: 'lake-test-admin' }],
    ['IAM policy lake-test-admin', 'AWS::IAM::ManagedPolicy', { ManagedPolicyName: 'lake-test-admin', Path: '/lake/' }],
    ['function lake-test-planner', 'AWS::Lambda::Function', { FunctionName: 'lake-test-planner' }],
    ['log group /lake/test', 'AWS::Logs::LogGroup', { LogGroupName: '/lake/test' }],
    [
      'state machine lake-test-compaction',
      'AWS::StepFunctions::StateMachine',
      { StateMachineName: 'lake-test-compaction' },
    ],
    ['Glue crawler lake-test-raw', 'AWS::Glue::Crawler', { Name: 'lake-test-raw' }],
    ['Glue security configuration lake-test', 'AWS::Glue::SecurityConfiguration', { Name: 'lake-test' }],
    ['schedule group lake-test-compaction', 'AWS::Scheduler::ScheduleGroup', { Name: 'lake-test-compaction' }],
    ['load balancer lake-test', 'AWS::ElasticLoadBalancingV2::LoadBalancer', { Name: 'lake-test' }],
    ['target group lake-test', 'AWS::ElasticLoadBalancingV2::TargetGroup', { Name: 'lake-test' }],
  ];

  test.each(kinds)('%s: free or taken', async (thing, type, properties) => {
    const resources = [[type, properties]] as const;
    expect(told(await look(nameCollisions, { resources, answers: TAKEN }))).toEqual([
      `error: the ${thing} exists, and no stack of this stage owns it: lake-test-storage could not create it`,
    ]);
    expect(told(await look(nameCollisions, { resources, answers: FREE }))).toEqual([
      expect.stringMatching(/^ok: 1 names/),
    ]);
  });

  test.each([
    ['lake_test_raw', ['ok: 1 names are free, or belong to stacks of this stage']],
    ['lake_test_raw2', [expect.stringMatching(/^error: /)]],
  ])('what a stack of the stage owns is not a collision: %s', async (physicalId, expected) => {
    const resources: readonly DeployedResource[] = [{ type: 'AWS::Glue::Database', logicalId: 'Raw', physicalId }];
    const outcome = await look(nameCollisions, {
      resources: [['AWS::Glue::Database', { DatabaseInput: { Name: 'lake_test_raw' } }]],
      deployed: [deployed({ resources })],
      answers: TAKEN,
    });
    expect(told(outcome)).toEqual(expected);
  });

  test('what a stack owns of another type under the same name does not make the name free', async () => {
    const resources = [{ type: 'AWS::Athena::WorkGroup', logicalId: 'Raw', physicalId: 'lake_test_raw' }];
    const outcome = await look(nameCollisions, {
      resources: [['AWS::Glue::Database', { DatabaseInput: { Name: 'lake_test_raw' } }]],
      deployed: [deployed({ resources })],
      answers: TAKEN,
    });
    expect(told(outcome)).toEqual([expect.stringMatching(/^error: the Glue database lake_test_raw exists/)]);
  });

  test('a service that the account may not use yet is told as such, not as a name that was not looked up', async () => {
    const { findings } = await look(nameCollisions, {
      resources: [['AWS::Glue::Database', { DatabaseInput: { Name: 'lake_test_raw' } }]],
      answers: { GetDatabase: jsonFailure('OptInRequired') },
    });
    expect(findings.map(({ level, found }) => [level, found])).toEqual([['error', 'the account may not use Glue yet']]);
  });

  test('a type that the caller may not read does not hide the others', async () => {
    const { findings } = await look(nameCollisions, {
      resources: [
        ['AWS::S3::Bucket', { BucketName: 'mine' }],
        ['AWS::Glue::Database', { DatabaseInput: { Name: 'lake_test_raw' } }],
      ],
      answers: { 'HEAD /mine/': { status: 404 } },
    });
    expect(findings.map(({ level, missing }) => ({ level, missing }))).toEqual([
      { level: 'unknown', missing: ['glue:GetDatabase'] },
      { level: 'ok', missing: undefined },
    ]);
  });

  test('a named type that nobody looks up is said to be one', async () => {
    const outcome = await look(nameCollisions, { resources: [['AWS::Kinesis::Stream', { Name: 'events' }]] });
    expect(told(outcome)).toEqual(['unknown: names of these types are not looked up: AWS::Kinesis::Stream']);
  });
});

describe('stack-states', () => {
  const own: World = { resources: [['AWS::S3::Bucket']] };
  const resources: readonly DeployedResource[] = [
    { type: 'AWS::S3::Bucket', logicalId: 'Resource0', physicalId: 'bucket' },
  ];

  test.each([
    ['UPDATE_COMPLETE', false, /^ok: 1 of 1 stacks exist and can be updated/],
    ['UPDATE_ROLLBACK_COMPLETE', false, /^ok: /],
    ['ROLLBACK_COMPLETE', false, /^warning: .*cdk deploy deletes and creates it/],
    ['ROLLBACK_COMPLETE', true, /^error: .*termination protection keeps it/],
    ['UPDATE_ROLLBACK_FAILED', false, /^error: /],
    ['DELETE_FAILED', false, /^error: /],
    ['UPDATE_IN_PROGRESS', false, /^error: /],
    ['REVIEW_IN_PROGRESS', false, /^warning: /],
    ['CREATE_FAILED', false, /^error: /],
    ['IMPORT_ROLLBACK_FAILED', false, /^error: /],
  ])('%s, protected: %s', async (status, terminationProtection, expected) => {
    const outcome = await look(stackStates, {
      ...own,
      deployed: [deployed({ status, terminationProtection, resources })],
    });
    expect(told(outcome)).toEqual([expect.stringMatching(expected)]);
    if (outcome.findings[0]?.level !== 'ok') expect(outcome.findings[0]?.todo).toBeDefined();
  });

  test('a stack of somebody else under the same name', async () => {
    const others = [{ type: 'AWS::S3::Bucket', logicalId: 'Website', physicalId: 'bucket' }];
    const outcome = await look(stackStates, {
      ...own,
      deployed: [deployed({ resources: others, description: 'Our site' })],
    });
    expect(told(outcome)).toEqual([
      'error: the stack lake-test-storage exists, but has no resource of this lake (its description: Our site)',
    ]);
  });

  test('none yet', async () => {
    expect(told(await look(stackStates, own))).toEqual(['ok: none of the 1 stacks exists yet']);
  });
});

describe('alarm-emails', () => {
  const topic = `arn:aws:sns:${REGION}:${ACCOUNT}:lake-test-alarms`;
  const pending = (email: string): World => ({
    stage: { alarmEmails: ['data@acme.org'] },
    deployed: [deployed({ resources: [{ type: 'AWS::SNS::Topic', logicalId: 'Alarms', physicalId: topic }] })],
    answers: {
      ListSubscriptionsByTopic: {
        body: `<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions><member><Endpoint>${email}</Endpoint><SubscriptionArn>PendingConfirmation</SubscriptionArn></member></Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`,
      },
    },
  });

  test('nobody is told', async () => {
    expect(told(await look(alarmEmails))).toEqual(['warning: no address receives alarms']);
  });

  test('an address of the documentation', async () => {
    expect(told(await look(alarmEmails, { stage: { alarmEmails: ['data@example.com'] } }))).toEqual([
      'warning: no mail can arrive at data@example.com',
    ]);
  });

  test('an address to which no mail can go is told once', async () => {
    const address = 'data@example.com';
    expect(told(await look(alarmEmails, { ...pending(address), stage: { alarmEmails: [address] } }))).toEqual([
      `warning: no mail can arrive at ${address}`,
    ]);
  });

  test('a mail that nobody has confirmed', async () => {
    expect(told(await look(alarmEmails, pending('data@acme.org')))).toEqual([
      expect.stringContaining('warning: data@acme.org has not confirmed its subscription'),
    ]);
    expect(told(await look(alarmEmails, pending('former@acme.org')))).toEqual(['ok: alarms go to data@acme.org']);
  });
});
