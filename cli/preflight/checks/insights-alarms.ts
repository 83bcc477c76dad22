import { paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { stackPermissions } from '../account/stacks';
import { resourcesOfType } from '../assembly/assembly';
import { at, strings } from '../assembly/template';
import { type Check, error, ok, skipped } from '../check';
import { onAnything } from '../permission';

/**
 * Alarms of Metrics Insights queries that an account can have in a region.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
 */
const MOST = 200;

const asksInsights = (metrics: unknown): boolean => strings(metrics).some((text) => /^SELECT /.test(text));

/** A stage of many datasets has alarms that look at all of them, by queries. */
export const insightsAlarms: Check = {
  id: 'insights-alarms',
  permissions: (scope) => [...stackPermissions(scope), ...onAnything('cloudwatch:DescribeAlarms')],
  async run({ aws, assembly, deployed }) {
    const wanted = resourcesOfType(assembly, 'AWS::CloudWatch::Alarm').filter(({ Properties }) =>
      asksInsights(at(Properties, ['Metrics'])),
    );
    if (wanted.length === 0) return [skipped('not needed: no alarm of the stage is one of Metrics Insights')];
    const own = new Set((await deployed()).flatMap(({ resources }) => resources.map(({ physicalId }) => physicalId)));
    let others = 0;
    for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client: aws.cloudWatch }, {})) {
      others += MetricAlarms.filter(
        ({ AlarmName = '', Metrics }) => !own.has(AlarmName) && asksInsights(Metrics),
      ).length;
    }
    const found = `${others + wanted.length} alarms of Metrics Insights of ${MOST} with this stage`;
    return [
      others + wanted.length > MOST
        ? error(found, 'Delete unused ones, or ask AWS Support for more of them in this region.')
        : ok(found),
    ];
  },
};
