/**
 * CloudWatch namespace of everything that compaction measures; alarms in the compaction stack read it. `METRICS_NAMESPACE`
 * names another one, so that two stages in one account do not raise each other's alarms.
 */
export const METRIC_NAMESPACE = 'DataLake/Compaction';

export type MetricName =
  | 'RowsIn'
  | 'RowsOut'
  | 'RowsQuarantined'
  | 'DuplicatesDropped'
  | 'ObjectsQuarantined'
  | 'RowsOutsidePartition'
  | 'ObjectsSetAside'
  | 'UnplacedObjects'
  | 'UnknownFields'
  | 'BytesIn'
  | 'BytesOut'
  | 'OldestPendingSeconds';

type Fields = Readonly<Record<string, unknown>>;

/** One JSON line a message. Outside Lambda nothing is written unless `LAKE_LOG` is set. */
export function log(level: 'info' | 'warn' | 'error', message: string, fields: Fields = {}): void {
  write({ level, message, ...fields });
}

/** Metrics in CloudWatch's embedded format: no API call, no permission, and the same line is a log entry. */
export function emitMetrics(dataset: string, metrics: Readonly<Partial<Record<MetricName, number>>>): void {
  const Metrics = Object.keys(metrics).map((Name) => ({ Name }));
  if (Metrics.length === 0) return;
  write({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        { Namespace: process.env.METRICS_NAMESPACE ?? METRIC_NAMESPACE, Dimensions: [['Dataset']], Metrics },
      ],
    },
    Dataset: dataset,
    ...metrics,
  });
}

function write(entry: Fields): void {
  if (process.env.AWS_LAMBDA_FUNCTION_NAME === undefined && process.env.LAKE_LOG === undefined) return;
  process.stdout.write(`${JSON.stringify(entry)}\n`);
}
