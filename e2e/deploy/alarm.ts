import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { EmulatedLake } from '../emulator/lake';
import { same } from './scenario';

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

/** An alarm of a dataset, and what raises it. */
export interface Cause {
  readonly dataset: string;
  /** Last part of the alarm's name. */
  readonly alarm: string;
  /** Who logs the metric: what its log group's logical id begins with. */
  readonly by: 'Compactor' | 'Planner';
  readonly metric: string;
  readonly value: number;
}

/**
 * CloudWatch takes metrics out of the logs of functions, which the emulator does not do. So this does: what the functions
 * logged is put as metrics, exactly as it is there. From then on the deployed alarm, its action and the topic are at work.
 *
 * @param queue subscribed to the alarm topic
 */
export async function followAlarm(lake: EmulatedLake, queue: string, cause: Cause): Promise<string> {
  const { dataset, metric } = cause;
  const entry = await logged(lake, cause);
  const directive = entry._aws.CloudWatchMetrics[0];
  if (directive === undefined) throw new Error(`No directive for ${metric} in ${JSON.stringify(entry)}`);
  const alarmName = `${lake.settings.prefix}-${lake.settings.name}-compaction-${dataset}-${cause.alarm}`;
  const cloudwatch = lake.client(CloudWatchClient);
  const { MetricAlarms: [alarm] = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarmName] }));
  // The emulator judges an alarm by all series of a metric's name: that it is the right one is compared here.
  const dimensions = (directive.Dimensions[0] ?? []).map((name) => ({ Name: name, Value: String(entry[name]) }));
  same(
    [alarm?.Namespace, alarm?.MetricName, alarm?.Dimensions],
    [directive.Namespace, metric, dimensions],
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
  const notice = await comes(async () => {
    await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarmName] })); // evaluates them
    const { Messages = [] } = await lake
      .client(SQSClient)
      .send(new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }));
    const found = Messages.map(
      ({ Body = '{}' }) => JSON.parse((JSON.parse(Body) as { Message: string }).Message) as Notice,
    );
    return found.find(({ AlarmName }) => AlarmName === alarmName) ?? `No notice of ${alarmName}`;
  });
  if (notice.NewStateValue !== 'ALARM') throw new Error(`The topic says that ${alarmName} is ${notice.NewStateValue}`);
  return `${alarmName} is in ALARM and the topic's subscriber has the notice`;
}

/** What the function logged: a moment after its answer, as on AWS. */
async function logged(lake: EmulatedLake, { dataset, by, metric, value }: Cause): Promise<EmbeddedMetrics> {
  const [logGroupName = ''] = await lake.physicalIds('compaction', 'AWS::Logs::LogGroup', by);
  const logs = lake.client(CloudWatchLogsClient);
  return await comes(async () => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: metric }));
    const entries = events.flatMap(({ message = '' }) => embeddedMetrics(message));
    const entry = entries.find((one) => one[metric] === value && one.Dataset === dataset);
    return entry ?? `No metric ${metric} of ${value} in ${events.length} events of ${logGroupName}`;
  });
}

/** @param look what is there, or what is missing so far. @throws Error when it still is after 30 s */
async function comes<T extends object>(look: () => Promise<T | string>): Promise<T> {
  for (const deadline = Date.now() + 30_000; ; await sleep(200)) {
    const found = await look();
    if (typeof found !== 'string') return found;
    if (Date.now() > deadline) throw new Error(`${found} within 30 s`);
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

/** A queue that hears what the alarm topic is told. @returns its URL */
export async function subscribeQueue(lake: EmulatedLake): Promise<string> {
  const sqs = lake.client(SQSClient);
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'operator' }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const TopicArn = lake.output('storage', 'AlarmTopicArn');
  await lake
    .client(SNSClient)
    .send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));
  return QueueUrl;
}
