/**
 * CloudWatch namespace of all metrics of compaction; alarms in the compaction stack read it. `METRICS_NAMESPACE`
 * names another one, so that two stages in one account do not raise each other's alarms.
 */
export const METRIC_NAMESPACE = 'DataLake/Compaction';

export type MetricName =
  | 'RowsIn'
  | 'RowsOut'
  | 'RowsQuarantined'
  | 'DuplicatesDropped'
  | 'RowsSuperseded'
  | 'Deletions'
  | 'RowsReplaced'
  | 'ObjectsQuarantined'
  | 'RowsOutsidePartition'
  | 'ObjectsSetAside'
  | 'RowsWarned'
  | 'RowsFailed'
  | 'RowsRefused'
  | 'UnplacedObjects'
  | 'UnknownFields'
  | 'BytesIn'
  | 'BytesOut'
  | 'OldestPendingSeconds'
  | 'NewestEventSeconds'
  | 'Staleness'
  | 'DataFiles'
  | 'UndersizedFiles';

export interface TelemetrySettings {
  /** `METRICS_NAMESPACE`: CloudWatch namespace of the metrics. @default 'DataLake/Compaction' */
  readonly namespace: string;
  /** Whether anything is written: in Lambda, and where `LAKE_LOG` is set. */
  readonly enabled: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Writes logs and metrics to the standard output, one JSON line each. */
export class Telemetry {
  readonly #settings: TelemetrySettings;

  constructor(settings: TelemetrySettings) {
    this.#settings = settings;
  }

  log(level: 'info' | 'warn' | 'error', message: string, fields: Fields = {}): void {
    this.#write({ level, message, ...fields });
  }

  /** Metrics in CloudWatch's embedded metric format: no API call, no permission, and the same line is a log entry:
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
  emitMetrics(dataset: string, metrics: Readonly<Partial<Record<MetricName, number>>>): void {
    const Metrics = Object.keys(metrics).map((Name) => ({ Name }));
    if (Metrics.length === 0) return;
    const { namespace: Namespace } = this.#settings;
    this.#write({
      _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace, Dimensions: [['Dataset']], Metrics }] },
      Dataset: dataset,
      ...metrics,
    });
  }

  #write(entry: Fields): void {
    if (this.#settings.enabled) process.stdout.write(`${JSON.stringify(entry)}\n`);
  }
}
