/** Each check that no emulator answers tells a good answer from a bad one. */
import { S3Client } from '@aws-sdk/client-s3';
import { datasetByName } from '../../../test/fixtures/datasets';
import { runChecks } from '../../smoke/check';
import { accessLogs } from '../../smoke/checks/access-logs';
import { alarm } from '../../smoke/checks/alarm';
import { crawler } from '../../smoke/checks/crawler';
import { deadLetters } from '../../smoke/checks/dead-letters';
import { encryption } from '../../smoke/checks/encryption';
import { metrics } from '../../smoke/checks/metrics';
import { schedule } from '../../smoke/checks/schedule';
import { update } from '../../smoke/checks/update';
import { BEGAN, outcomeOf, standIn } from './stand-in';

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/data';

describe('encryption', () => {
  const world = (answer: unknown) => ({
    answers: { HeadObject: answer },
    outputs: { DataKeyArn: KEY },
    objects: { 'curated-bucket': ['data/orders/tenant=acme/a/1.parquet'] },
  });
  test('passes with the key of the stage', async () => {
    const answer = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY };
    expect(await outcomeOf(encryption, world(answer))).toEqual({ result: 'passed', detail: '2 objects' });
  });
  test.each([
    ['no encryption with a key', { ServerSideEncryption: 'AES256' }],
    ['another key', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: `${KEY}-of-others` }],
    [
      'one object of several',
      ({ Key }: { Key: string }) => ({
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: Key.startsWith('data/') ? `${KEY}-of-others` : KEY,
      }),
    ],
  ])('fails with %s', async (_, answer) => {
    expect((await outcomeOf(encryption, world(answer))).result).toBe('failed');
  });
});

describe('dead letters', () => {
  const own = { Body: '{"kind":"compact","dataset":"(smoke test)"}', ReceiptHandle: 'own' };
  const other = { Body: '{"source":"compaction-task"}', ReceiptHandle: 'other' };
  const world = (Messages: readonly unknown[] | undefined) => ({
    answers: { Invoke: {}, ReceiveMessage: { Messages }, DeleteMessage: {} },
    outputs: { DeadLettersUrl: 'https://queue' },
    resources: [{ type: 'AWS::Lambda::Function', logicalId: 'CompactorFunction1', id: 'compactor' }],
  });
  test('passes when its own arrives, which alone is deleted', async () => {
    const context = standIn(world([other, own]));
    await deadLetters.run(context);
    const deleted = context.sent.filter(({ command }) => command === 'DeleteMessage').map(({ input }) => input);
    expect(deleted).toEqual([{ QueueUrl: 'https://queue', ReceiptHandle: 'own' }]);
    const [invoked] = context.sent;
    expect(invoked).toMatchObject({ command: 'Invoke', input: { FunctionName: 'compactor', InvocationType: 'Event' } });
  });
  test.each([
    ['nothing', undefined],
    ['those of others alone', [other]],
  ])('fails with %s', async (_, messages) => {
    expect((await outcomeOf(deadLetters, world(messages))).result).toBe('failed');
  });
});

describe('metrics', () => {
  const world = (Datapoints: readonly { readonly Sum: number }[]) => ({
    answers: { GetMetricStatistics: { Datapoints } },
  });
  test('passes with a value, of the namespace of the stage and the dataset', async () => {
    const context = standIn(world([{ Sum: 0 }, { Sum: 1 }]));
    expect(await metrics.run(context)).toBe('DataLake/Compaction/lake-dev');
    expect(context.sent[0]?.input).toMatchObject({
      Dimensions: [{ Name: 'Dataset', Value: 'orders' }],
      // A minute is the smallest period: a value of an earlier run would be in one that began before.
      StartTime: BEGAN,
      Period: 60,
    });
  });
  test.each([
    ['none', []],
    ['zeros alone', [{ Sum: 0 }]],
  ])('fails with %s', async (_, points) => {
    expect((await outcomeOf(metrics, world(points))).result).toBe('failed');
  });
});

describe('alarm', () => {
  type Item = { readonly HistorySummary: string; readonly Timestamp: Date };
  const at = (second: number) => new Date(BEGAN.getTime() + second * 1000);
  const raised: Item = { HistorySummary: 'Alarm updated from OK to ALARM', Timestamp: at(60) };
  const recovered: Item = { HistorySummary: 'Alarm updated from ALARM to OK', Timestamp: at(20) };
  const told = (second: number): Item => ({
    HistorySummary: 'Successfully executed action arn:aws:sns:topic',
    Timestamp: at(second),
  });
  const world = (history: readonly Item[], StateValue = 'OK') => ({
    answers: {
      // As CloudWatch: of one type, and since a time.
      DescribeAlarmHistory: ({ HistoryItemType, StartDate }: { HistoryItemType: string; StartDate: Date }) => ({
        AlarmHistoryItems: history.filter(
          ({ HistorySummary, Timestamp }) =>
            HistorySummary.startsWith('Alarm updated') === (HistoryItemType === 'StateUpdate') &&
            Timestamp >= StartDate,
        ),
      }),
      DescribeAlarms: { MetricAlarms: [{ StateValue }] },
    },
  });
  test('passes when it rang and its action told the topic', async () => {
    expect(await outcomeOf(alarm, world([raised, told(61)]))).toEqual({
      result: 'passed',
      detail: 'lake-dev-compaction-orders-objects-quarantined',
    });
  });
  test.each<[string, readonly Item[]]>([
    ['it never rang', []],
    ['it rang before this smoke test', [{ ...raised, Timestamp: at(-600) }, told(-599)]],
    ['it rang and told nobody', [raised]],
    ['only its recovery of before told somebody', [recovered, told(21), raised]],
    ['only a recovery told somebody', [recovered, told(21)]],
  ])('fails when %s', async (_, history) => {
    expect((await outcomeOf(alarm, world(history))).result).toBe('failed');
  });
  test('fails with what CloudWatch says when it may not tell the topic', async () => {
    const refused = {
      HistorySummary: 'Failed to execute action arn:aws:sns:topic. Received error: "KMS"',
      Timestamp: at(61),
    };
    expect(await outcomeOf(alarm, world([raised, refused]))).toEqual({
      result: 'failed',
      detail: expect.stringContaining('KMS'),
    });
  });
  test('is skipped when it rang already, because it does not ring again', async () => {
    const { result, detail } = await outcomeOf(alarm, world([{ ...raised, Timestamp: at(-600) }], 'ALARM'));
    expect([result, detail]).toEqual(['skipped', expect.stringContaining('already')]);
  });
});

describe('schedule', () => {
  const run = (startDate: Date, input: object, status = 'SUCCEEDED') => ({
    executionArn: JSON.stringify({ input, status }),
    ...{ startDate, status },
  });
  const later = new Date(BEGAN.getTime() + 60_000);
  const world = (executions: readonly unknown[], State = 'ENABLED') => ({
    answers: {
      ListSchedules: { Schedules: [{ Name: 'a' }, { Name: 'b' }] },
      GetSchedule: { State },
      ListExecutions: { executions },
      DescribeExecution: ({ executionArn }: { executionArn: string }) => {
        const { input, status } = JSON.parse(executionArn) as { input: object; status: string };
        return { input: JSON.stringify(input), status, error: 'Broken' };
      },
    },
  });
  test('passes with a run that the schedule started since', async () => {
    expect((await outcomeOf(schedule, world([run(later, { skipIfRunning: true })]))).result).toBe('passed');
  });
  test.each<[string, ReturnType<typeof world>]>([
    ['the only run began before', world([run(new Date(BEGAN.getTime() - 1), { skipIfRunning: true })])],
    ['somebody started it by hand', world([run(later, { mode: 'compact' })])],
    ['it failed', world([run(later, { skipIfRunning: true }, 'FAILED')])],
    ['it is still running', world([run(later, { skipIfRunning: true }, 'RUNNING')])],
    ['a schedule is off', world([run(later, { skipIfRunning: true })], 'DISABLED')],
  ])('fails when %s', async (_, answers) => {
    expect((await outcomeOf(schedule, answers)).result).toBe('failed');
  });
});

describe('access logs', () => {
  const world = (TargetBucket: string | undefined, Contents: readonly unknown[]) => ({
    answers: {
      GetBucketLogging: TargetBucket === undefined ? {} : { LoggingEnabled: { TargetBucket, TargetPrefix: 's3/' } },
      ListObjectsV2: { Contents },
    },
    outputs: { LogsBucketName: 'logs-bucket' },
  });
  test('passes when some arrived', async () => {
    expect((await outcomeOf(accessLogs, world('logs-bucket', [{ Key: 's3/1' }]))).result).toBe('passed');
  });
  test('is skipped, with the reason, when none did yet', async () => {
    const { result, detail } = await outcomeOf(accessLogs, world('logs-bucket', []));
    expect([result, detail]).toEqual(['skipped', expect.stringContaining('first hours')]);
  });
  test.each([undefined, 'another'])('fails when the bucket logs to %s', async (bucket) => {
    expect((await outcomeOf(accessLogs, world(bucket, [{ Key: 's3/1' }]))).result).toBe('failed');
  });
});

describe('crawler', () => {
  const NAME = 'lake-dev-raw';
  interface Fate {
    readonly behavior?: string;
    readonly status?: string;
    /** What the crawl does to the declared tables. */
    readonly changes?: boolean;
    readonly finds?: boolean;
    /** Whether a run of compaction takes the object away. */
    readonly taken?: boolean;
  }
  function world({
    behavior = 'CRAWL_NEW_FOLDERS_ONLY',
    status = 'SUCCEEDED',
    changes = false,
    finds = true,
    taken = false,
  }: Fate) {
    let crawls = 0;
    const waiting = {
      dataset: datasetByName('orders'),
      format: 'ndjson',
      partition: 'tenant=acme/year=2033/month=12/day=31',
    };
    const context = standIn({
      resources: [{ type: 'AWS::Glue::Crawler', logicalId: 'Crawler', id: NAME }],
      objects: { 'raw-bucket': taken ? [] : [`raw/orders/${waiting.partition}/smoke-waiting.json.gz`] },
      answers: {
        StartCrawler: () => {
          crawls += 1;
          return {};
        },
        GetCrawler: () => ({
          Crawler: {
            State: 'READY',
            RecrawlPolicy: { RecrawlBehavior: behavior },
            LastCrawl: { Status: status, ErrorMessage: 'broken', StartTime: new Date(crawls === 0 ? 0 : BEGAN) },
          },
        }),
        GetTable: ({ DatabaseName, Name }: { DatabaseName: string; Name: string }) => {
          if (DatabaseName !== 'lake_dev_discovered') return { Table: { VersionId: changes ? `${crawls}` : '0' } };
          if (crawls === 0 || !finds) throw Object.assign(new Error('none'), { name: 'EntityNotFoundException' });
          return { Table: { DatabaseName, Name } };
        },
        DeleteTable: {},
      },
    });
    const put = { put: async () => 'etag' };
    return {
      ...context,
      lake: { ...context.lake, now: () => BEGAN, store: { ...context.lake.store, ...put } },
      reserved: { ...context.reserved, waiting: [waiting] },
    } as typeof context;
  }
  const outcome = async (fate: Fate) => {
    const [found] = await runChecks([crawler], world(fate));
    return { result: found?.result, detail: found?.detail };
  };
  test('passes when it reports what waits, which is forgotten again', async () => {
    const context = world({});
    expect(await crawler.run(context)).toBe('lake-dev-raw in mode schedule reported orders');
    const deleted = context.sent.filter(({ command }) => command === 'DeleteTable').map(({ input }) => input);
    expect(deleted).toEqual([{ DatabaseName: 'lake_dev_discovered', Name: 'orders' }]);
  });
  test('passes when the object was compacted during the crawl', async () => {
    expect((await outcome({ finds: false, taken: true })).result).toBe('passed');
  });
  test.each<[string, Fate, RegExp]>([
    ['it fails', { status: 'FAILED' }, /ended as FAILED: broken/],
    ['it reports nothing', { finds: false }, /did not report orders/],
    ['it changes a declared table', { changes: true }, /changed a table of orders/],
    ['it has another mode', { behavior: 'CRAWL_EVERYTHING' }, /CRAWL_EVERYTHING instead of/],
  ])('fails when %s', async (_, fate, message) => {
    expect(await outcome(fate)).toEqual({ result: 'failed', detail: expect.stringMatching(message) });
  });
});

describe('update', () => {
  interface Fate {
    readonly status?: string;
    /** Whether the template is put where requests are too small for it. */
    readonly padding?: number;
    /** What CloudFormation does besides. */
    readonly also?: boolean;
    readonly ignores?: boolean;
    readonly stays?: boolean;
  }
  function world({ status = 'UPDATE_COMPLETE', padding = 0, also = false, ignores = false, stays = false }: Fate) {
    const template = {
      Resources: {
        Table: { Type: 'AWS::Glue::Table', Properties: { TableInput: { Name: 'orders', Description: 'Orders' } } },
        Other: {
          Type: 'AWS::Glue::Table',
          Properties: { TableInput: { Name: 'x', Description: 'y'.repeat(padding) } },
        },
      },
    };
    let current = template;
    let updates = 0;
    let uploaded = '';
    return standIn({
      answers: {
        GetTemplate: { TemplateBody: JSON.stringify(template) },
        PutObject: ({ Body }: { Body: string }) => {
          uploaded = Body;
          return {};
        },
        DeleteObject: {},
        UpdateStack: ({ TemplateBody }: { TemplateBody?: string }) => {
          updates += 1;
          if (!ignores && !(stays && updates === 2)) current = JSON.parse(TemplateBody ?? uploaded) as typeof template;
          return {};
        },
        DescribeStacks: { Stacks: [{ StackStatus: status, Parameters: [{ ParameterKey: 'P', ParameterValue: 'v' }] }] },
        GetTable: () => ({
          Table: {
            Description: current.Resources.Table.Properties.TableInput.Description,
            Parameters: { 'projection.enabled': also && updates === 1 ? 'false' : 'true' },
            VersionId: `${updates}`,
          },
        }),
      },
    });
  }
  test('passes when the description alone changes, and comes back', async () => {
    const context = world({});
    expect(await update.run(context)).toBe('lake-dev-catalog, the description of orders');
    const sent = context.sent.filter(({ command }) => command === 'UpdateStack').map(({ input }) => input);
    expect(sent).toMatchObject([
      {
        Parameters: [{ ParameterKey: 'P', UsePreviousValue: true }],
        TemplateBody: expect.stringContaining('(smoke test)'),
      },
      { TemplateBody: expect.not.stringContaining('(smoke test)') },
    ]);
  });
  test.each([
    ['eu-central-1', 'amazonaws.com'],
    ['us-gov-west-1', 'amazonaws.com'],
    ['cn-north-1', 'amazonaws.com.cn'],
  ])('in %s, puts a large template where CloudFormation reads it, and deletes it', async (region, domain) => {
    const stand = world({ padding: 60_000 });
    const { config } = new S3Client({ region });
    const context = { ...stand, region, lake: { ...stand.lake, s3: Object.assign(stand.lake.s3, { config }) } };
    await update.run(context);
    const commands = context.sent.map(({ command }) => command).filter((name) => /Object|UpdateStack/.test(name));
    expect(commands).toEqual([
      ...['PutObject', 'UpdateStack', 'DeleteObject'],
      ...['PutObject', 'UpdateStack', 'DeleteObject'],
    ]);
    expect(context.sent.find(({ command }) => command === 'UpdateStack')?.input).toMatchObject({
      TemplateURL: `https://curated-bucket.s3.${region}.${domain}/smoke/lake-dev-catalog.json`,
    });
  });
  test.each<[string, Fate, RegExp]>([
    ['it rolls back', { status: 'UPDATE_ROLLBACK_COMPLETE' }, /ended as UPDATE_ROLLBACK_COMPLETE/],
    ['nothing changes', { ignores: true }, /still "Orders"/],
    ['more changes', { also: true }, /changed table differs in more/],
    ['it stays', { stays: true }, /not taken back/],
  ])('fails when %s', async (_, fate, message) => {
    const [found] = await runChecks([update], world(fate));
    expect([found?.result, found?.detail]).toEqual(['failed', expect.stringMatching(message)]);
  });
});
