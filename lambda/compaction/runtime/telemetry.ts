import type { Commit } from '../protocol/lake';

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
  | 'SnapshotsBehind'
  | 'ForeignSnapshots'
  | 'DataFiles'
  | 'UndersizedFiles';

export interface TelemetrySettings {
  /** `METRICS_NAMESPACE`: CloudWatch namespace of the metrics. @default 'DataLake/Compaction' */
  readonly namespace: string;
  /** Whether anything is written: in Lambda, and where `LAKE_LOG` is set. */
  readonly enabled: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** What every line says: which run and which task wrote it, and the last commit of it. */
export interface LogContext {
  /** Name of the execution of the state machine. */
  readonly run?: string | undefined;
  /** Number of the task in the plan. */
  readonly task?: number | undefined;
  /** Of Lambda: attempts of a task differ in it. */
  readonly request?: string | undefined;
  /** Part of the names of the data files, once there is a commit. */
  readonly commit?: string | undefined;
}

/** Writes logs and metrics to the standard output, one JSON line each. */
export class Telemetry {
  readonly #settings: TelemetrySettings;
  #context: LogContext;

  constructor(settings: TelemetrySettings, context: LogContext = {}) {
    this.#settings = settings;
    this.#context = context;
  }

  /** From now on every line says it. */
  note(context: LogContext): void {
    this.#context = { ...this.#context, ...context };
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
    if (this.#settings.enabled) process.stdout.write(`${JSON.stringify({ ...this.#context, ...entry })}\n`);
  }
}

/** Writes the error of work that fails as a line like any other, and throws it on: Lambda's own line names no task. */
export async function tellingFailure<T>(telemetry: Telemetry, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    telemetry.log('error', 'Failed', { error: name, cause: message });
    throw error;
  }
}

/** One line for each commit, and its id in every line from then on: a data file leads to the run that wrote it. */
export const loggedCommits =
  (telemetry: Telemetry) =>
  ({ id, ...commit }: Commit): void => {
    if (id !== undefined) telemetry.note({ commit: id });
    telemetry.log('info', 'Committed', commit);
  };
