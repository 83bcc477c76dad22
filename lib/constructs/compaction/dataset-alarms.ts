import { Duration } from 'aws-cdk-lib';
import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Dataset } from '../../dataset/model';
import type { CheckAction } from '../../dataset/row-checks';
import type { AlarmCause } from '../lake-alarm';

/** What the alarms of a dataset depend on. */
export type WatchedDataset = Pick<Dataset, 'name' | 'freshness' | 'checks' | 'iceberg'>;

/** An alarm that each dataset has, by the metric of the dataset. */
export interface DatasetAlarm extends Pick<AlarmCause, 'threshold' | 'periods' | 'missing'> {
  /** End of its name, and section of the runbook. */
  readonly suffix: string;
  readonly metricName: string;
  readonly statistic: typeof Stats.SUM | typeof Stats.MAXIMUM;
  readonly period: Duration;
  readonly description: (dataset: string) => string;
  /** Datasets that have it. @default all */
  readonly watches?: (dataset: WatchedDataset) => boolean;
}

/** @param interval how often compaction runs */
export function datasetAlarms(interval: Duration): readonly DatasetAlarm[] {
  const fiveMinutes = Duration.minutes(5);
  const limit = Math.max(4 * interval.toSeconds(), Duration.hours(2).toSeconds());
  return [
    {
      suffix: 'rows-quarantined',
      metricName: 'RowsQuarantined',
      statistic: Stats.SUM,
      period: fiveMinutes,
      threshold: 1,
      description: (dataset) =>
        `Lines of ${dataset} do not fit its declaration. They are in the quarantine bucket, with the reason.`,
    },
    {
      suffix: 'objects-quarantined',
      metricName: 'ObjectsQuarantined',
      statistic: Stats.SUM,
      period: fiveMinutes,
      threshold: 1,
      description: (dataset) =>
        `Objects of ${dataset} could not be read. They are in the quarantine bucket, byte for byte.`,
    },
    {
      suffix: 'objects-set-aside',
      metricName: 'ObjectsSetAside',
      statistic: Stats.MAXIMUM,
      period: atLeastAnHour(interval),
      threshold: 1,
      description: (dataset) =>
        `S3 refuses to return raw objects of ${dataset}. They stay where they are; the others are compacted.`,
    },
    {
      suffix: 'objects-unplaced',
      metricName: 'UnplacedObjects',
      statistic: Stats.MAXIMUM,
      period: atLeastAnHour(interval),
      threshold: 1,
      description: (dataset) =>
        `Raw objects of ${dataset} are not in one of its partitions, so they are never compacted.`,
    },
    {
      suffix: 'rows-outside-partition',
      metricName: 'RowsOutsidePartition',
      statistic: Stats.SUM,
      period: fiveMinutes,
      threshold: 1,
      description: (dataset) =>
        `Event times of ${dataset} are more than a day outside of the partitions of their paths. ` +
        'The usual cause is epoch seconds read as milliseconds, which are times in 1970.',
    },
    {
      suffix: 'rows-warned',
      metricName: 'RowsWarned',
      statistic: Stats.SUM,
      period: fiveMinutes,
      threshold: 1,
      watches: hasCheckThat('warn'),
      description: (dataset) => `Rows of ${dataset} fail a check. They are in the table.`,
    },
    {
      suffix: 'commit-refused',
      metricName: 'RowsRefused',
      statistic: Stats.MAXIMUM,
      period: atLeastAnHour(interval),
      threshold: 1,
      watches: hasCheckThat('fail'),
      description: (dataset) =>
        `Rows of ${dataset} fail a check that fails the commit. Their partition is not compacted; others are.`,
    },
    {
      suffix: 'behind',
      metricName: 'OldestPendingSeconds',
      statistic: Stats.MAXIMUM,
      period: atLeastAnHour(interval),
      threshold: limit,
      periods: 2,
      missing: TreatMissingData.IGNORE, // a long run writes none until the next one starts
      description: (dataset) =>
        `The oldest pending object of ${dataset} has waited for more than ${limit / 3600} hours.`,
    },
    {
      suffix: 'stale-warning',
      metricName: 'Staleness',
      statistic: Stats.MAXIMUM,
      period: atLeastAnHour(interval),
      threshold: 1,
      missing: TreatMissingData.IGNORE, // a run that does not plan says nothing about data
      watches: ({ freshness }) => freshness?.warnAfterSeconds !== undefined,
      description: (dataset) => `The newest event of ${dataset} is older than its freshness.warnAfter.`,
    },
    {
      suffix: 'stale',
      metricName: 'Staleness',
      statistic: Stats.MAXIMUM,
      period: atLeastAnHour(interval),
      threshold: 2,
      periods: 2,
      missing: TreatMissingData.MISSING, // without runs nothing becomes fresh, and nobody would be told
      watches: ({ freshness }) => freshness?.errorAfterSeconds !== undefined,
      description: (dataset) =>
        `The newest event of ${dataset} is older than its freshness.errorAfter, or there are no runs.`,
    },
    {
      suffix: 'snapshots-behind',
      metricName: 'SnapshotsBehind',
      statistic: Stats.MAXIMUM,
      period: atLeastAnHour(interval),
      threshold: 1,
      periods: 2,
      missing: TreatMissingData.IGNORE, // a long run publishes at its end
      watches: ({ iceberg }) => iceberg === true,
      description: (dataset) =>
        `The Iceberg table of ${dataset} is not what is in the lake: it could not be published in the last runs.`,
    },
    {
      suffix: 'snapshots-foreign',
      metricName: 'ForeignSnapshots',
      statistic: Stats.SUM,
      period: fiveMinutes,
      threshold: 1,
      watches: ({ iceberg }) => iceberg === true,
      description: (dataset) =>
        `Someone else wrote the Iceberg table of ${dataset}. It was built anew from what is in the lake.`,
    },
  ];
}

const hasCheckThat =
  (action: CheckAction) =>
  ({ checks = [] }: WatchedDataset): boolean =>
    checks.some(({ onFail }) => onFail === action);

/** The period that then contains a run, up to half a week: the longest of which CloudWatch evaluates two. */
export const atLeastAnHour = (interval: Duration): Duration =>
  Duration.hours(Math.min(84, Math.max(1, Math.ceil(interval.toHours({ integral: false })))));
