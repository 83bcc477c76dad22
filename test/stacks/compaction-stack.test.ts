import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Runtime, RuntimeFamily } from 'aws-cdk-lib/aws-lambda';
import { cronProblem, rateProblem } from '../../lib/settings/schedules';
import { datasets } from '../fixtures/datasets';
import { render } from '../support/asl';
import { compactionTemplate } from '../support/asl/compaction';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

let template: Template;

beforeAll(() => {
  template = compactionTemplate();
});

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value]) as readonly T[];

/** A resource as text, references by the part of their name that tells them apart. */
const resource = (value: unknown): string =>
  render(value, (reference) => {
    const text = JSON.stringify(reference);
    const known = ['Raw', 'Curated', 'Quarantine', 'DataKey', 'OperationsKey', 'DeadLetters', 'Planner', 'Compactor'];
    return known.find((name) => text.includes(name)) ?? text.replaceAll(/[^\w.:]/g, '');
  });

/** `action resource` of everything that a managed policy allows, apart from logs and traces. */
function allowed(policy: 'Planner' | 'Compactor' | 'PipelineRun' | 'PipelineSelf' | 'Schedules'): string[] {
  const found = Object.entries(template.findResources('AWS::IAM::ManagedPolicy')).filter(([id]) =>
    id.startsWith(`${policy}Policy`),
  );
  expect(found).toHaveLength(1);
  const statements = found[0]?.[1].Properties.PolicyDocument.Statement as Statement[];
  expect(statements.every(({ Effect }) => Effect === 'Allow')).toBe(true);
  return statements
    .flatMap(({ Action, Resource }) =>
      list(Action).flatMap((action) => list(Resource).map((one) => `${action} ${resource(one)}`)),
    )
    .filter((line) => !/^(logs|xray):/.test(line))
    .sort();
}

const DEAD_LETTERS = ['kms:Decrypt OperationsKey', 'kms:GenerateDataKey OperationsKey', 'sqs:SendMessage DeadLetters'];
const DATA_KEY = ['kms:Decrypt DataKey', 'kms:GenerateDataKey DataKey'];

test('matches the snapshot', () => {
  const text = JSON.stringify(template.toJSON()).replaceAll(/[0-9a-f]{64}/g, '<asset hash>');
  expect(JSON.parse(text)).toMatchSnapshot();
});

describe('permissions', () => {
  test('the planner lists, writes plans, and keeps in two objects how far it came', () => {
    expect(allowed('Planner')).toEqual(
      [
        ...['s3:ListBucket Raw', 's3:ListBucket Curated'],
        ...['s3:PutObject Curated/plans/*', 's3:AbortMultipartUpload Curated/plans/*'],
        ...['compact', 'maintain'].flatMap((mode) =>
          ['GetObject', 'PutObject'].map((action) => `s3:${action} Curated/progress/${mode}.json`),
        ),
        ...DATA_KEY,
        ...DEAD_LETTERS,
      ].sort(),
    );
  });

  test('the compactor takes raw objects, commits, and writes to quarantine; it never writes to the raw zone', () => {
    const commit = ['data', 'manifests', 'records'].flatMap((prefix) =>
      ['GetObject', 'PutObject', 'DeleteObject', 'AbortMultipartUpload'].map(
        (action) => `s3:${action} Curated/${prefix}/*`,
      ),
    );
    const mark = ['set-aside', 'newest'].flatMap((prefix) =>
      ['GetObject', 'PutObject', 'DeleteObject'].map((action) => `s3:${action} Curated/${prefix}/*`),
    );
    const reject = ['lines', 'objects'].flatMap((prefix) =>
      ['PutObject', 'AbortMultipartUpload'].map((action) => `s3:${action} Quarantine/${prefix}/*`),
    );
    const take = ['GetObject', 'DeleteObject'].map((action) => `s3:${action} Raw/raw/*`);
    expect(allowed('Compactor')).toEqual(
      [
        ...['s3:ListBucket Raw', 's3:ListBucket Curated'],
        ...take,
        ...commit,
        ...mark,
        ...reject,
        ...DATA_KEY,
        ...DEAD_LETTERS,
      ].sort(),
    );
  });

  test('the state machine invokes its functions, reads plans, writes results and follows its own tasks', () => {
    expect(allowed('PipelineRun')).toEqual(
      [
        ...['lambda:InvokeFunction Planner', 'lambda:InvokeFunction Compactor', 's3:GetObject Curated/plans/*'],
        ...['PutObject', 'ListMultipartUploadParts', 'AbortMultipartUpload'].map(
          (action) => `s3:${action} Curated/plans/results/*`,
        ),
        ...DATA_KEY,
        ...DEAD_LETTERS,
      ].sort(),
    );
    expect(new Set(allowed('PipelineSelf').map((line) => line.split(' ')[0]))).toEqual(
      new Set(
        ['Describe', 'List', 'Redrive', 'Start', 'Stop']
          .map((verb) => `states:${verb}Execution${verb === 'List' ? 's' : ''}`)
          .concat('states:DescribeMapRun'),
      ),
    );
  });

  test('the schedules start the state machine', () => {
    const [start, ...others] = allowed('Schedules').reverse();
    expect(start).toMatch(/^states:StartExecution .*StateMachine/);
    expect(others.sort()).toEqual(DEAD_LETTERS);
  });

  test('nothing is generated beside these policies', () => {
    template.resourceCountIs('AWS::IAM::Policy', 0);
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 5);
    template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent(), Policies: Match.absent() });
  });

  test('listings are confined to prefixes, and a GET of a missing key is still answered by 404', () => {
    const listings = Object.values(template.findResources('AWS::IAM::ManagedPolicy'))
      .flatMap((policy) => policy.Properties.PolicyDocument.Statement as Statement[])
      .filter(({ Action }) => Action === 's3:ListBucket');
    expect(listings).toHaveLength(4);
    for (const { Condition } of listings) {
      expect(Object.keys(Condition ?? {})).toEqual(['StringLikeIfExists']);
      expect(list(Condition?.StringLikeIfExists?.['s3:prefix'] as string[]).join()).toMatch(
        /^(raw\/\*|data\/\*,(manifests\/\*,)?records\/\*,set-aside\/\*,newest\/\*)$/,
      );
    }
  });

  test('keys are used through S3 and SQS only', () => {
    for (const policy of Object.values(template.findResources('AWS::IAM::ManagedPolicy'))) {
      for (const { Action, Condition } of policy.Properties.PolicyDocument.Statement as Statement[]) {
        if (!list(Action).some((action) => action.startsWith('kms:'))) continue;
        expect(JSON.stringify(Condition?.StringEquals?.['kms:ViaService'])).toMatch(/"(s3|sqs)\."/);
      }
    }
  });

  test('services may use their roles on behalf of this account alone, under the path that the bucket policies know', () => {
    for (const service of ['states', 'scheduler']) {
      template.hasResourceProperties('AWS::IAM::Role', {
        Path: '/lake/test/service/',
        AssumeRolePolicyDocument: {
          Statement: [
            Match.objectLike({
              Principal: { Service: `${service}.amazonaws.com` },
              Condition: Match.objectLike({
                StringEquals: Match.objectLike({ 'aws:SourceAccount': { Ref: 'AWS::AccountId' } }),
              }),
            }),
          ],
        },
      });
    }
  });
});

describe('functions', () => {
  test('run on arm64 and the newest Node.js that the CDK knows, traced, with a dead-letter queue', () => {
    const newest = Runtime.ALL.filter(({ family, name }) => family === RuntimeFamily.NODEJS && /\d/.test(name))
      .map(({ name }) => name)
      .sort((a, b) => Number.parseInt(a.slice(6), 10) - Number.parseInt(b.slice(6), 10))
      .at(-1);
    template.resourceCountIs('AWS::Lambda::Function', 2);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: newest,
      Architectures: ['arm64'],
      Timeout: 900,
      TracingConfig: { Mode: 'Active' },
      DeadLetterConfig: { TargetArn: Match.anyValue() },
      LoggingConfig: { LogGroup: Match.anyValue() },
    });
  });

  test('both run on the processor that the stage names', () => {
    const intel = compactionTemplate({ architecture: 'x86_64' });
    intel.resourceCountIs('AWS::Lambda::Function', 2);
    intel.allResourcesProperties('AWS::Lambda::Function', { Architectures: ['x86_64'] });
  });

  test('fit a new account by default: 3,008 MB and nothing reserved', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'compactor.handler',
      MemorySize: 3008,
      EphemeralStorage: { Size: 10240 },
    });
    template.allResourcesProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: Match.absent() });
  });

  test('follow the settings; what the compactor takes to its disk follows the disk', () => {
    const larger = compactionTemplate({
      memoryMiB: 6_144,
      ephemeralStorageMiB: 4_096,
      maxConcurrency: 40,
      reservedConcurrency: 40,
    });
    larger.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'compactor.handler',
      MemorySize: 6144,
      EphemeralStorage: { Size: 4096 },
      ReservedConcurrentExecutions: 40,
      Environment: {
        Variables: Match.objectLike({
          COMPACTION_LOCAL_MIB: '1024',
          COMPACTION_SPILL_MIB: '1638',
          COMPACTION_MAX_OBJECT_MIB: '1228',
        }),
      },
    });
    larger.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'planner.handler',
      ReservedConcurrentExecutions: Match.absent(),
      Environment: { Variables: Match.objectLike({ COMPACTION_LOCAL_MIB: '1024' }) }, // both size tasks by it
    });
  });
});

test('logs are encrypted and expire; the state machine logs everything and is traced', () => {
  template.resourceCountIs('AWS::Logs::LogGroup', 3);
  template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue(), RetentionInDays: 90 });
  template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
    LoggingConfiguration: Match.objectLike({ Level: 'ALL' }),
    TracingConfiguration: { Enabled: true },
  });
  template.hasResourceProperties('AWS::Logs::LogGroup', {
    LogGroupName: '/aws/vendedlogs/states/lake-test-compaction',
  });
});

test('the dead-letter queue is encrypted, TLS only and keeps messages for two weeks', () => {
  template.hasResourceProperties('AWS::SQS::Queue', {
    KmsMasterKeyId: Match.anyValue(),
    MessageRetentionPeriod: 14 * 24 * 3600,
  });
  template.hasResourceProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: {
      Statement: [
        Match.objectLike({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ],
    },
  });
});

test('two schedules: compaction gives way to an active run, maintenance does not', () => {
  const schedules = Object.values(template.findResources('AWS::Scheduler::Schedule')).map(
    ({ Properties }) => Properties,
  );
  expect(schedules.map(({ Target }) => JSON.parse(Target.Input))).toEqual([
    { mode: 'compact', skipIfRunning: true },
    { mode: 'maintain' },
  ]);
  for (const { ScheduleExpression, Target } of schedules) {
    const problem = ScheduleExpression.startsWith('rate') ? rateProblem : cronProblem;
    expect(problem(ScheduleExpression)).toBeUndefined();
    expect(Target).toMatchObject({ RetryPolicy: { MaximumRetryAttempts: 3 }, DeadLetterConfig: expect.anything() });
  }
});

describe('alarms', () => {
  const alarms = () =>
    Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);

  test('each notifies the topic when it fires and when it recovers, and names the runbook', () => {
    expect(alarms()).toHaveLength(6 + 6 * datasets.length + 1);
    for (const alarm of alarms()) {
      expect(JSON.stringify(alarm.AlarmActions)).toContain('AlarmTopic');
      expect(alarm.OKActions).toEqual(alarm.AlarmActions);
      expect(alarm.AlarmDescription).toMatch(/Runbook: docs\/operations\.md#[a-z-]+$/);
    }
  });

  test.each([
    ['rate(3 hours)', 12 * 3600, 3 * 3600],
    ['cron(0 6 ? * MON *)', 4 * 24 * 3600, 24 * 3600],
    ['rate(30 days)', 120 * 24 * 3600, 84 * 3600], // CloudWatch evaluates a week at most, here two periods
  ])('with %s, pending data is too old after %i seconds, judged every %i', (schedule, Threshold, Period) => {
    compactionTemplate({ schedule }).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'lake-test-compaction-orders-behind',
      MetricName: 'OldestPendingSeconds',
      EvaluationPeriods: 2,
      Threshold,
      Period,
    });
  });

  test('with runs every few minutes, pending data is too old after two hours', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'lake-test-compaction-orders-behind',
      Threshold: 2 * 3600,
      Period: 3600,
    });
  });

  test('with freshness, a dataset has two more, which differ in their level and without data', () => {
    const freshness = { warnAfterSeconds: 7_200, errorAfterSeconds: 86_400 };
    const watched = datasets.map((one) => (one.name === 'orders' ? { ...one, freshness } : one));
    const found = Object.values(compactionTemplate({}, watched).findResources('AWS::CloudWatch::Alarm'));
    expect(found.filter(({ Properties }) => Properties.MetricName === 'Staleness')).toMatchSnapshot();
  });

  test('with checks, a dataset has one for those that warn and one for those that fail the commit', () => {
    const check = { name: 'a', expects: 'something', sql: 'true' };
    const checks = (['warn', 'quarantine', 'fail'] as const).map((onFail) => ({ ...check, onFail }));
    const checked = datasets.map((one) => (one.name === 'orders' ? { ...one, checks } : one));
    const found = Object.values(compactionTemplate({}, checked).findResources('AWS::CloudWatch::Alarm'));
    const own = found.filter(({ Properties }) => ['RowsWarned', 'RowsRefused'].includes(Properties.MetricName));
    expect(own).toMatchSnapshot();
  });

  test('read the metrics of their own stage', () => {
    const namespace = 'DataLake/Compaction/lake-test';
    expect(alarms().filter(({ Namespace }) => Namespace === namespace)).toHaveLength(6 * datasets.length + 1);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ METRICS_NAMESPACE: namespace }) },
    });
  });
});
