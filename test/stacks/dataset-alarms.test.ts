/** Periods and thresholds of the alarms of a dataset, by how often compaction runs. */
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { CompactionAlarms } from '../../lib/constructs/compaction/alarms';
import { atLeastAnHour, datasetAlarms } from '../../lib/constructs/compaction/dataset-alarms';

test.each([
  [15, 1],
  [60, 1],
  [61, 2],
  [90, 2],
  [24 * 60, 24],
  [84 * 60, 84],
  [7 * 24 * 60, 84], // CloudWatch evaluates a week
])('with runs every %i minutes, a period of %i hours has one', (minutes, hours) => {
  expect(atLeastAnHour(Duration.minutes(minutes)).toHours()).toBe(hours);
});

test.each([
  [15, 2],
  [30, 2],
  [60, 4],
  [24 * 60, 96],
])('with runs every %i minutes, data is late after %i hours', (minutes, hours) => {
  const behind = datasetAlarms(Duration.minutes(minutes)).find(({ suffix }) => suffix === 'behind');
  expect(behind?.threshold).toBe(hours * 3_600);
  expect(behind?.description('orders')).toContain(`has waited for more than ${hours} hours`);
});

describe('one alarm for all datasets', () => {
  /** The alarms of a lake by the ends of their names. */
  function alarms(interval: Duration): Readonly<Record<string, Record<string, unknown>>> {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111111111111', region: 'eu-central-1' } });
    const arn = (service: string, name: string): string => `arn:aws:${service}:eu-central-1:111111111111:${name}`;
    const compute = LambdaFunction.fromFunctionArn(stack, 'Function', arn('lambda', 'function:f'));
    new CompactionAlarms(stack, 'Alarms', {
      alarmName: (suffix) => suffix,
      topic: Topic.fromTopicArn(stack, 'Topic', arn('sns', 'topic')),
      metricNamespace: 'Lake',
      datasets: [{ name: 'orders', checks: [], iceberg: false, freshness: { errorAfterSeconds: 7_200 } }] as never,
      acrossDatasets: true,
      stateMachine: StateMachine.fromStateMachineArn(stack, 'Machine', arn('states', 'stateMachine:m')),
      planner: compute,
      compactor: compute,
      deadLetters: Queue.fromQueueArn(stack, 'Queue', arn('sqs', 'queue')),
      interval,
    });
    const found = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
    return Object.fromEntries(found.map(({ Properties }) => [Properties.AlarmName, Properties]));
  }

  // Where one period has no run as a rule, a period without data says nothing.
  test.each([
    [15, 1, 2, 'missing'],
    [60, 1, 2, 'missing'],
    [90, 2, 1, 'missing'],
    [180, 3, 1, 'missing'],
    [240, 3, 1, 'ignore'],
    [24 * 60, 3, 1, 'ignore'],
  ])(
    'with runs every %i minutes it looks at %i hours, %i times; without data: %s',
    (minutes, hours, periods, missing) => {
      const { stale = {} } = alarms(Duration.minutes(minutes));
      const [query] = stale.Metrics as [{ readonly Period: number }];
      expect([query.Period, stale.EvaluationPeriods, stale.TreatMissingData]).toEqual([
        hours * 3_600,
        periods,
        missing,
      ]);
    },
  );
});
