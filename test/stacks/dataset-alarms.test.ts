/** Periods and thresholds of the alarms of a dataset, by how often compaction runs. */
import { Duration } from 'aws-cdk-lib';
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
