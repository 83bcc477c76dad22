import { athenaQueries } from '../../preflight/checks/athena-queries';
import { glueDatabases } from '../../preflight/checks/glue-databases';
import { iamQuotas } from '../../preflight/checks/iam-quotas';
import { lambdaConcurrency } from '../../preflight/checks/lambda-concurrency';
import { lambdaMemory } from '../../preflight/checks/lambda-memory';
import { logPolicies } from '../../preflight/checks/log-policies';
import { type Answer, jsonFailure, quota } from './aws-stand-in';
import { look, REGION, type Resources, told, type World } from './context';

/** A stack of the stage that has so many resources of a type. */
const deployed = (type: string, count: number): NonNullable<World['deployed']> => [
  {
    ...{ name: 'lake-test-catalog', status: 'UPDATE_COMPLETE', statusReason: undefined, description: undefined },
    terminationProtection: false,
    resources: Array.from({ length: count }, (_, index) => ({ type, logicalId: `R${index}`, physicalId: `r${index}` })),
  },
];
const times = (count: number, type: string): Resources => Array.from({ length: count }, () => [type]);

describe('a quota on a number of things', () => {
  const TYPE = 'AWS::Glue::Database';
  const databases = (count: number): Answer => ({
    body: { DatabaseList: Array.from({ length: count }, (_, index) => ({ Name: `d${index}` })) },
  });

  // Those of the stage that exist already are among the used ones, and are not added a second time.
  test.each([
    ['one more than there may be', 97, 4, 0, 'error: 101 Glue databases of 100 with this stage'],
    ['as many as there may be', 96, 4, 0, 'warning: 100 Glue databases of 100 with this stage: nearly full'],
    ['more than nine tenths', 87, 4, 0, 'warning: 91 Glue databases of 100 with this stage: nearly full'],
    ['nine tenths', 86, 4, 0, 'ok: 90 Glue databases of 100 with this stage'],
    ['its own are there', 100, 4, 4, 'warning: 100 Glue databases of 100 with this stage: nearly full'],
    ['some of its own are there', 98, 4, 2, 'warning: 100 Glue databases of 100 with this stage: nearly full'],
    ['it gives up some', 101, 2, 4, 'error: 101 Glue databases of 100 with this stage'],
  ])('%s', async (_, used, wanted, own, expected) => {
    const outcome = await look(glueDatabases, {
      resources: times(wanted, TYPE),
      deployed: deployed(TYPE, own),
      answers: { ...quota(100), GetDatabases: databases(used) },
    });
    expect(told(outcome)).toEqual([expected]);
  });

  test('the value of the account comes before the default of AWS', async () => {
    const answers = {
      ...quota(10),
      GetAWSDefaultServiceQuota: { body: { Quota: { Value: 5 } } },
      GetDatabases: databases(3),
    };
    expect(told(await look(glueDatabases, { resources: times(4, TYPE), answers }))).toEqual([
      'ok: 7 Glue databases of 10 with this stage',
    ]);
  });

  test('what to ask for has room for as many again', async () => {
    const answers = { ...quota(5), GetDatabases: databases(3) };
    const { findings } = await look(glueDatabases, { resources: times(4, TYPE), answers });
    expect(findings).toEqual([
      {
        level: 'error',
        found: '7 Glue databases of 5 with this stage',
        todo:
          'Delete unused ones, or request more: aws service-quotas request-service-quota-increase --service-code glue ' +
          `--quota-code L-F953935E --desired-value 14 --region ${REGION}`,
      },
    ]);
  });

  test('where AWS knows no value, the number is told all the same', async () => {
    const none = jsonFailure('NoSuchResourceException');
    const answers = { GetServiceQuota: none, GetAWSDefaultServiceQuota: none, GetDatabases: databases(3) };
    const { findings } = await look(glueDatabases, { resources: times(4, TYPE), answers });
    expect(findings).toEqual([
      {
        level: 'unknown',
        found: 'AWS does not say how many Glue databases are allowed; 7 are needed',
        todo: 'Look at glue in the Service Quotas console.',
      },
    ]);
  });
});

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
    [
      'as many tasks as may run',
      world(10, 10, undefined, 10),
      ['ok: 10 concurrent executions, 10 tasks at once, 0 reserved'],
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

  test('what to ask for is enough, and no more than that', async () => {
    const { findings } = await look(lambdaConcurrency, world(149, 149, 60, 50));
    expect(findings[0]?.todo).toBe(
      'Leave reservedConcurrency out of config/stages/test.ts, or ask for more: aws service-quotas request-service-quota-increase ' +
        `--service-code lambda --quota-code L-B99A9384 --desired-value 160 --region ${REGION}`,
    );
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
  const resources = times(2, 'AWS::IAM::Role');
  const found = async (roles: number, own = 0) => {
    const answers = { GetAccountSummary: summary(roles) };
    return told(await look(iamQuotas, { resources, deployed: deployed('AWS::IAM::Role', own), answers }))[0];
  };
  expect(await found(998)).toBe('warning: 1000 IAM roles of 1000 with this stage: nearly full');
  expect(await found(899)).toBe('warning: 901 IAM roles of 1000 with this stage: nearly full');
  expect(await found(898)).toBe('ok: 900 IAM roles of 1000 with this stage');
  expect(await found(1_000, 2)).toBe('warning: 1000 IAM roles of 1000 with this stage: nearly full');
  expect(await found(1_000, 5)).toBe('warning: 1000 IAM roles of 1000 with this stage: nearly full');
  expect(told(await look(iamQuotas, { resources, answers: { GetAccountSummary: summary(999) } }))[0]).toBe(
    'error: 1001 IAM roles of 1000 with this stage',
  );
  expect(told(await look(iamQuotas, { resources, answers: { GetAccountSummary: summary(10) } }))[0]).toBe(
    'ok: 12 IAM roles of 1000 with this stage',
  );
});
