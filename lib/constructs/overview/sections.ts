import { PRICES } from '../../prices';
import { type Panel, type Section, topDatasets } from './panels';

export interface LakeSectionsProps {
  /** Of the metrics that the functions of compaction write. */
  readonly metricNamespace: string;
  readonly stateMachineArn: string;
  readonly workgroupNames: readonly string[];
  /** Whether a dataset has `freshness`. */
  readonly watchesFreshness: boolean;
  /** Whether a dataset has `checks`. */
  readonly hasChecks: boolean;
  /** Whether a dataset has `iceberg`. */
  readonly isIceberg: boolean;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

const SCANNED_BYTE = `${PRICES.athenaScan.usd} / 1000000000000`;

/** Charges of the whole account are metrics of this region alone: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html */
const BILLING_REGION = 'us-east-1';

/** What an operator asks of a lake, in the order in which a row goes through it. */
export function lakeSections({
  metricNamespace,
  stateMachineArn,
  workgroupNames,
  watchesFreshness,
  hasChecks,
  isIceberg,
}: LakeSectionsProps): readonly Section[] {
  const byDataset = (
    title: string,
    unit: string,
    metric: string,
    statistic: 'SUM' | 'MAX',
    more: Partial<Panel> = {},
  ) => ({
    title,
    unit,
    period: HOUR,
    metrics: [topDatasets(metricNamespace, metric, statistic)],
    ...more,
  });
  const runs = (name: string, label: string, statistic: 'Sum' | 'Maximum' = 'Sum') => ({
    namespace: 'AWS/States',
    name,
    dimensions: { StateMachineArn: stateMachineArn },
    statistic,
    label,
  });
  const scanned = workgroupNames.map((WorkGroup) => ({
    namespace: 'AWS/Athena',
    name: 'ProcessedBytes',
    dimensions: { WorkGroup },
    statistic: 'Sum' as const,
    label: WorkGroup,
  }));
  const charges = (label: string, ServiceName?: string) => ({
    namespace: 'AWS/Billing',
    name: 'EstimatedCharges',
    dimensions: { ...(ServiceName === undefined ? {} : { ServiceName }), Currency: 'USD' },
    statistic: 'Maximum' as const,
    label,
  });
  return [
    {
      question: 'Is data arriving?',
      help: 'What each dataset took in. A dataset that is missing here had no new objects.',
      panels: [
        byDataset('Rows taken in', 'rows per hour', 'RowsIn', 'SUM', { stacked: true }),
        byDataset('Bytes taken in, as stored', 'bytes per hour', 'BytesIn', 'SUM', { stacked: true }),
        byDataset('Parquet written', 'bytes per hour', 'BytesOut', 'SUM', { stacked: true }),
        ...(watchesFreshness ? [byDataset('Age of the newest event', 'seconds', 'NewestEventSeconds', 'MAX')] : []),
      ],
    },
    {
      question: 'Is it compacted in time?',
      help: 'Pending data is not in the curated tables yet. Runbook: *behind*, *run-failed*.',
      panels: [
        byDataset('Age of the oldest pending object', 'seconds', 'OldestPendingSeconds', 'MAX'),
        {
          title: 'Runs',
          unit: 'runs per hour',
          period: HOUR,
          metrics: [
            runs('ExecutionsSucceeded', 'succeeded'),
            runs('ExecutionsFailed', 'failed'),
            runs('ExecutionsTimedOut', 'timed out'),
          ],
        },
        {
          title: 'Longest run',
          unit: 'minutes',
          period: HOUR,
          metrics: [runs('ExecutionTime', 'longest', 'Maximum')],
          formula: 'm / 60000',
        },
        ...(isIceberg ? [byDataset('Iceberg table not published', 'yes: 1, no: 0', 'SnapshotsBehind', 'MAX')] : []),
      ],
    },
    {
      question: 'Are files large enough?',
      help: 'Counted once a day by maintenance. Files below 128 MB make queries slow; a closed partition keeps at most one.',
      panels: [
        byDataset('Small files left', 'files below 128 MB', 'UndersizedFiles', 'MAX', { period: DAY, days: 14 }),
        byDataset('Data files', 'files', 'DataFiles', 'MAX', { period: DAY, days: 14 }),
      ],
    },
    {
      question: 'What was not taken?',
      help: 'Nothing is dropped: rejected lines are in the quarantine bucket with their reason, other objects stay where they are. Runbook: *Quarantine*.',
      panels: [
        byDataset('Rows quarantined', 'rows per hour', 'RowsQuarantined', 'SUM', { stacked: true }),
        byDataset('Objects quarantined', 'objects per hour', 'ObjectsQuarantined', 'SUM', { stacked: true }),
        byDataset('Objects in no partition', 'objects', 'UnplacedObjects', 'MAX'),
        byDataset('Rows outside of their partition', 'rows per hour', 'RowsOutsidePartition', 'SUM', { stacked: true }),
      ],
    },
    ...(hasChecks
      ? [
          {
            question: 'Which rows fail checks?',
            help: 'The log line of a task counts them by the name of the check. Runbook: *rows-warned*, *commit-refused*.',
            panels: [
              byDataset('Rows in the table', 'rows per hour', 'RowsWarned', 'SUM', { stacked: true }),
              byDataset('Rows in quarantine', 'rows per hour', 'RowsFailed', 'SUM', { stacked: true }),
              byDataset('Rows that keep their partition waiting', 'rows', 'RowsRefused', 'MAX'),
            ],
          },
        ]
      : []),
    {
      question: 'What do queries scan and cost, and whose?',
      help: `By workgroup; each role has its own. Dollars at the list price of ${PRICES.athenaScan.usd} a TB, without the minimum of 10 MB per query. Saved query: *scan cost by workgroup*.`,
      panels: [
        { title: 'Scanned', unit: 'bytes per hour', period: HOUR, metrics: scanned, stacked: true },
        {
          title: 'Cost of scans',
          unit: 'dollars per day',
          period: DAY,
          days: 14,
          metrics: scanned,
          formula: `m * ${SCANNED_BYTE}`,
          stacked: true,
        },
      ],
    },
    {
      question: 'What does the account spend?',
      help: 'Charges of this month, of the whole account: other workloads are in them. Empty until "Receive CloudWatch billing alerts" is on in the billing preferences.',
      panels: [
        {
          title: 'Charges of the month so far',
          unit: 'dollars',
          period: 6 * HOUR,
          days: 30,
          region: BILLING_REGION,
          metrics: [
            charges('all'),
            charges('S3', 'AmazonS3'),
            charges('Athena', 'AmazonAthena'),
            charges('Lambda', 'AWSLambda'),
            charges('CloudWatch', 'AmazonCloudWatch'),
          ],
        },
      ],
    },
  ];
}
