/** Each check that no emulator answers tells a good answer from a bad one. */
import { accessLogs } from '../../smoke/checks/access-logs';
import { alarm } from '../../smoke/checks/alarm';
import { deadLetters } from '../../smoke/checks/dead-letters';
import { encryption } from '../../smoke/checks/encryption';
import { metrics } from '../../smoke/checks/metrics';
import { outcomeOf, standIn } from './stand-in';

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
    expect(context.sent[0]?.input).toMatchObject({ Dimensions: [{ Name: 'Dataset', Value: 'orders' }] });
  });
  test.each([
    ['none', []],
    ['zeros alone', [{ Sum: 0 }]],
  ])('fails with %s', async (_, points) => {
    expect((await outcomeOf(metrics, world(points))).result).toBe('failed');
  });
});

describe('alarm', () => {
  const world = (...summaries: readonly string[]) => ({
    answers: { DescribeAlarmHistory: { AlarmHistoryItems: summaries.map((HistorySummary) => ({ HistorySummary })) } },
  });
  test('passes when its action told the topic', async () => {
    expect(await outcomeOf(alarm, world('Successfully executed action arn:aws:sns:topic'))).toEqual({
      result: 'passed',
      detail: 'lake-dev-compaction-orders-objects-quarantined',
    });
  });
  test('fails when it told nobody, or may not', async () => {
    expect((await outcomeOf(alarm, world())).result).toBe('failed');
    const refused = await outcomeOf(alarm, world('Failed to execute action arn:aws:sns:topic. Received error: "KMS"'));
    expect(refused).toEqual({ result: 'failed', detail: expect.stringContaining('KMS') });
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
