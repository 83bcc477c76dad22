import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { rawPrefix, rejectedObjectsPrefix } from '../../lib/dataset';
import { ndjsonText } from '../data/encode';
import { randomRows } from '../data/random-rows';
import { type Scenario, same } from './scenario';

const DATASET = 'access_logs';
const PARTITION = 'year=2026/month=08/day=07';

interface EmbeddedMetrics {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [name: string]: unknown;
}

/** What no reader can read, and what does not fit, ends where an operator finds it; and the operator hears of it. */
export async function poisonScenarios(scenario: Scenario): Promise<void> {
  const { report, files } = scenario;
  report.section('Files and lines that nobody can read');
  const dataset = files.dataset(DATASET);
  const rows = randomRows(dataset, PARTITION, 25, 7001);
  const text = ndjsonText(dataset, rows);
  const torn = gzipSync(text).subarray(0, 40); // as an upload that somebody broke off
  const crooked = '{"event_id": 17, "event_time": "yesterday"}';
  await report.check(
    'a torn file and a crooked line end in quarantine, the rest of the partition is compacted',
    async () => {
      await files.putRaw(dataset, PARTITION, { name: 'good.json', body: Buffer.from(text) });
      await files.putRaw(dataset, PARTITION, { name: 'torn.json.gz', body: torn });
      await files.putRaw(dataset, PARTITION, { name: 'crooked.json', body: Buffer.from(`${crooked}\n`) });
      scenario.expect(dataset, PARTITION, rows);
      await scenario.compact();
      same(await files.list('raw', rawPrefix(DATASET, PARTITION)), [], 'objects left in the inbox');
      const objects = await files.list('quarantine', rejectedObjectsPrefix(DATASET, PARTITION));
      same(
        objects.map(({ key }) => key.slice(key.lastIndexOf('/') + 1)),
        ['torn.json.gz'],
        'rejected objects',
      );
      const kept = await files.get('quarantine', objects[0]?.key ?? '');
      if (!kept.equals(torn)) throw new Error('the rejected object is not what was delivered, byte for byte');
      const lines = await files.rejectedLines(dataset, PARTITION);
      const [line] = lines.filter(({ raw }) => raw !== null);
      same([lines.length, line?.raw, line?.line], [2, crooked, 1], 'rejected lines');
      await scenario.compareEverything();
      return `for example: ${line?.reason}`;
    },
  );
  await report.check(
    'the metrics that it logs raise the alarms of its dataset, and their topic tells a subscriber',
    () => followAlarm(scenario),
  );
}

/**
 * CloudWatch takes metrics out of the logs of functions, which the emulator does not do. So this does: what the functions
 * logged is put as metrics, exactly as it is there. From then on the deployed alarm, its action and the topic are at work.
 */
async function followAlarm({ lake }: Scenario): Promise<string> {
  const queue = await subscribeQueue(
    lake.output('storage', 'AlarmTopicArn'),
    lake.client(SNSClient),
    lake.client(SQSClient),
  );
  const [logGroupName = ''] = await lake.physicalIds('compaction', 'AWS::Logs::LogGroup', 'Compactor');
  const logs = await lake
    .client(CloudWatchLogsClient)
    .send(new FilterLogEventsCommand({ logGroupName, filterPattern: 'ObjectsQuarantined' }));
  const entries = (logs.events ?? []).flatMap(({ message = '' }) => embeddedMetrics(message));
  const entry = entries.find(({ ObjectsQuarantined }) => ObjectsQuarantined === 1);
  const directive = entry?._aws.CloudWatchMetrics[0];
  if (entry === undefined || directive === undefined) {
    throw new Error(`No metric ObjectsQuarantined of 1 in ${logs.events?.length ?? 0} events of ${logGroupName}`);
  }
  const alarmName = `${lake.settings.prefix}-${lake.settings.name}-compaction-${DATASET}-objects-quarantined`;
  const cloudwatch = lake.client(CloudWatchClient);
  const { MetricAlarms: [alarm] = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarmName] }));
  // The emulator judges an alarm by all series of a metric's name: that it is the right one is compared here.
  const dimensions = (directive.Dimensions[0] ?? []).map((name) => ({ Name: name, Value: String(entry[name]) }));
  same(
    [alarm?.Namespace, alarm?.MetricName, alarm?.Dimensions],
    [directive.Namespace, 'ObjectsQuarantined', dimensions],
    `metric of the alarm ${alarmName}`,
  );
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: directive.Namespace,
      MetricData: directive.Metrics.map(({ Name }) => ({
        MetricName: Name,
        Dimensions: dimensions,
        Value: Number(entry[Name]),
      })),
    }),
  );
  const deadline = Date.now() + 30_000;
  for (;;) {
    await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarmName] })); // evaluates them
    const { Messages = [] } = await lake
      .client(SQSClient)
      .send(new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }));
    const found = Messages.map(
      ({ Body = '{}' }) => JSON.parse((JSON.parse(Body) as { Message: string }).Message) as Notice,
    );
    const notice = found.find(({ AlarmName }) => AlarmName === alarmName);
    if (notice !== undefined) {
      if (notice.NewStateValue !== 'ALARM')
        throw new Error(`The topic says that ${alarmName} is ${notice.NewStateValue}`);
      return `${alarmName} is in ALARM and the topic's subscriber has the notice`;
    }
    if (Date.now() > deadline) throw new Error(`No notice of ${alarmName} within 30 s`);
    await sleep(200);
  }
}

interface Notice {
  readonly AlarmName: string;
  readonly NewStateValue: string;
}

function embeddedMetrics(line: string): EmbeddedMetrics[] {
  const start = line.indexOf('{');
  if (start < 0 || !line.includes('"_aws":')) return [];
  return [JSON.parse(line.slice(start)) as EmbeddedMetrics];
}

async function subscribeQueue(topic: string, sns: SNSClient, sqs: SQSClient): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'operator' }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));
  return QueueUrl;
}
