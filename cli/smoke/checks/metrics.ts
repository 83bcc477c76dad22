import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import type { SmokeCheck } from '../check';
import { servicesOf } from '../compaction-run';

/** CloudWatch needs some minutes for the metrics of a log. */
const SECONDS = 600;

/** CloudWatch takes metrics out of the functions' logs, so that alarms have something to look at. Costs nothing. */
export const metrics: SmokeCheck = {
  id: 'metrics',
  proves: 'CloudWatch extracts the metrics of the functions from their logs',
  answers: {
    'AWS::CloudWatch::Alarm': ["that CloudWatch extracts metrics from the functions' logs"],
    'A poison file does not delay other files, and raises an alarm': ['metrics from logs, which the run puts itself'],
  },
  permissions: ['cloudwatch:GetMetricStatistics'],
  needs: ['poison'],
  notEmulated: 'the emulator takes no metrics out of logs',
  async run(context) {
    const { settings, reserved, began, until } = context;
    const { cloudWatch } = servicesOf(context);
    const Namespace = `DataLake/Compaction/${settings.prefix}-${settings.name}`;
    return await until(`value of ObjectsQuarantined in ${Namespace}`, SECONDS, async () => {
      const { Datapoints = [] } = await cloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace,
          MetricName: 'ObjectsQuarantined',
          Dimensions: [{ Name: 'Dataset', Value: reserved.dataset.name }],
          // Rounded down to a minute by CloudWatch itself, and no further: older values are of other runs.
          StartTime: began,
          EndTime: new Date(Date.now() + 60_000),
          Period: 60,
          Statistics: ['Sum'],
        }),
      );
      return Datapoints.some(({ Sum = 0 }) => Sum > 0) ? Namespace : undefined;
    });
  },
};
