import { athenaQueries } from '../../preflight/checks/athena-queries';
import { iamQuotas } from '../../preflight/checks/iam-quotas';
import { lambdaConcurrency } from '../../preflight/checks/lambda-concurrency';
import { lambdaMemory } from '../../preflight/checks/lambda-memory';
import { logPolicies } from '../../preflight/checks/log-policies';
import { type Answer, quota } from './aws-stand-in';
import { look, type Resources, told, type World } from './context';

describe('lambda-concurrency', () => {
  const world = (total: number, unreserved: number, reserved: number | undefined, maxConcurrency: number): World => ({
    stage: { compaction: { maxConcurrency, ...(reserved === undefined ? {} : { reservedConcurrency: reserved }) } },
    resources: [['AWS::Lambda::Function', reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved }]],
    answers: {
      'GET /2016-08-19/account-settings': {
        body: { AccountLimit: { ConcurrentExecutions: total, UnreservedConcurrentExecutions: unreserved } },
      },
    },
  });

  test.each([
    [
      'a new account, with the defaults',
      world(10, 10, undefined, 5),
      ['ok: 10 concurrent executions, 5 tasks at once, 0 reserved'],
    ],
    [
      'a new account that is to reserve',
      world(10, 10, 5, 5),
      ['error: reserving 5 of 10 concurrent executions would leave 5 unreserved, and Lambda keeps 100'],
    ],
    [
      'one execution short',
      world(149, 149, 50, 50),
      ['error: reserving 50 of 149 concurrent executions would leave 99 unreserved, and Lambda keeps 100'],
    ],
    ['exactly enough', world(150, 150, 50, 50), ['ok: 150 concurrent executions, 50 tasks at once, 50 reserved']],
    [
      'more tasks than may run',
      world(10, 10, undefined, 50),
      [expect.stringContaining('warning: maxConcurrency is 50, but 10 functions can run at once')],
    ],
  ])('%s', async (_, given, expected) => {
    expect(told(await look(lambdaConcurrency, given))).toEqual(expected);
  });

  test('what the stage has reserved before is its own', async () => {
    const physicalId = 'lake-test-compactor';
    const before = world(150, 100, 50, 50);
    const outcome = await look(lambdaConcurrency, {
      ...before,
      deployed: [
        {
          ...{
            name: 'lake-test-compaction',
            status: 'UPDATE_COMPLETE',
            statusReason: undefined,
            description: undefined,
          },
          terminationProtection: false,
          resources: [{ type: 'AWS::Lambda::Function', logicalId: 'Compactor', physicalId }],
        },
      ],
      answers: {
        ...before.answers,
        [`GET /2019-09-30/functions/${physicalId}/concurrency`]: { body: { ReservedConcurrentExecutions: 50 } },
      },
    });
    expect(told(outcome)).toEqual(['ok: 150 concurrent executions, 50 tasks at once, 50 reserved']);
  });
});

describe('lambda-memory', () => {
  const world = (...memory: readonly number[]): World => ({
    resources: [['AWS::Lambda::Function', { MemorySize: 4_096 }]],
    answers: {
      'GET /2015-03-31/functions': {
        body: { Functions: memory.map((MemorySize) => ({ FunctionName: 'f', MemorySize })) },
      },
    },
  });

  test('more than a new account allows is a warning, unless a function has as much', async () => {
    expect(told(await look(lambdaMemory, world(3_008)))).toEqual([
      expect.stringContaining('warning: a function wants 4096 MiB'),
    ]);
    expect(told(await look(lambdaMemory, world(128, 4_096)))).toEqual([
      'ok: 4096 MiB, which the function f has as well',
    ]);
  });

  test('what every account allows needs no question', async () => {
    const outcome = await look(lambdaMemory, { resources: [['AWS::Lambda::Function', { MemorySize: 3_008 }]] });
    expect(told(outcome)).toEqual(['ok: 3008 MiB at most, which every account allows']);
    expect(outcome.actions.size).toBe(0);
  });
});

describe('log-policies', () => {
  const world = (documents: readonly string[]): World => ({
    resources: [['AWS::StepFunctions::StateMachine', { LoggingConfiguration: {} }]],
    answers: {
      DescribeResourcePolicies: { body: { resourcePolicies: documents.map((policyDocument) => ({ policyDocument })) } },
    },
  });
  const others = Array.from({ length: 10 }, () => 'es.amazonaws.com');

  test('ten of others leave no room for a state machine', async () => {
    expect(told(await look(logPolicies, world(others)))).toEqual([expect.stringMatching(/^error: 10 of 10 /)]);
    expect(told(await look(logPolicies, world([...others.slice(1), 'delivery.logs.amazonaws.com'])))).toEqual([
      expect.stringMatching(/^ok: /),
    ]);
    expect(told(await look(logPolicies, world(others.slice(1))))).toEqual([expect.stringMatching(/^ok: /)]);
  });
});

test('few Athena queries at once are a warning', async () => {
  expect(told(await look(athenaQueries, { answers: quota(5) }))).toEqual([
    expect.stringContaining('warning: only 5 Athena queries'),
  ]);
  expect(told(await look(athenaQueries, { answers: quota(20) }))).toEqual([
    expect.stringContaining('ok: 20 Athena queries'),
  ]);
});

test('IAM keeps count of its roles and policies itself', async () => {
  const summary = (roles: number): Answer => ({
    body: `<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>${Object.entries({
      Roles: roles,
      RolesQuota: 1000,
      Policies: 1,
      PoliciesQuota: 1500,
    })
      .map(([key, value]) => `<entry><key>${key}</key><value>${value}</value></entry>`)
      .join('')}</SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>`,
  });
  const resources: Resources = [['AWS::IAM::Role'], ['AWS::IAM::Role']];
  expect(told(await look(iamQuotas, { resources, answers: { GetAccountSummary: summary(999) } }))[0]).toBe(
    'error: 1001 IAM roles of 1000 with this stage',
  );
  expect(told(await look(iamQuotas, { resources, answers: { GetAccountSummary: summary(10) } }))[0]).toBe(
    'ok: 12 IAM roles of 1000 with this stage',
  );
});
