import type { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';

/**
 * A metric with the dimension `Dataset`, for all datasets at once: a Metrics Insights query. In an alarm, each dataset is a
 * contributor with its own state, and the notification names it. The query returns the 500 highest values:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
 *
 * @param period times the number of evaluation periods of the alarm: at most three hours
 */
export function metricOfEveryDataset(
  namespace: string,
  metricName: string,
  statistic: typeof Stats.SUM | typeof Stats.MAXIMUM,
  period: Duration,
): MathExpression {
  const take = statistic === Stats.SUM ? 'SUM' : 'MAX';
  return new MathExpression({
    expression:
      `SELECT ${take}(${metricName}) FROM SCHEMA("${namespace}", Dataset) ` +
      `GROUP BY Dataset ORDER BY ${take}() DESC`,
    period,
  });
}
