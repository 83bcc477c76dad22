import { availableParallelism } from 'node:os';
import type { S3Settings } from '../../../lib/dataset/s3-settings';
import { MIB } from '../../../lib/dataset/units';
import { STALL_MILLIS } from '../limits/transfer-watch';
import type { LakeBuckets } from '../protocol/lake';
import { METRIC_NAMESPACE, type TelemetrySettings } from './telemetry';

/** All settings of compaction. Handlers read them from the environment, the local lake makes its own. */
export interface CompactionSettings {
  /** `RAW_BUCKET`, `CURATED_BUCKET`, `QUARANTINE_BUCKET`. Required. */
  readonly buckets: LakeBuckets;
  readonly s3: S3Settings;
  readonly compactor: CompactorSettings;
  /** `COMPACTION_TASK_SECONDS`: time of a task where no Lambda ends it, in milliseconds. @default 4 hours */
  readonly taskMillis: number;
  readonly telemetry: TelemetrySettings;
  /** `ICEBERG_DATABASE`: Glue database of Iceberg tables, which the publisher needs. @default none */
  readonly icebergDatabase?: string;
}

/**
 * Sizes that decide how much one compactor reads at a time; whatever the partition's size, memory and disk stay
 * within them. Defaults fit a Lambda of 3,008 MB with 10,240 MB of ephemeral storage.
 */
export interface CompactorSettings {
  /**
   * DuckDB's memory limit, 40% of `COMPACTION_MEMORY_MIB` (default: the Lambda's memory, else 3,008). The limit is soft,
   * and Node, the download buffers and what DuckDB does not count take about as much again.
   */
  readonly memoryMiB: number;
  /** `COMPACTION_SPILL_MIB`: what sorting may spill. @default 4096 */
  readonly spillMiB: number;
  /** `COMPACTION_THREADS`. @default the processors available, at most 4 */
  readonly threads: number;
  /** `COMPACTION_LOCAL_MIB`: text on the local disk for one transaction. @default 2,560 MiB */
  readonly maxLocalBytes: number;
  /**
   * `COMPACTION_MAX_OBJECT_MIB`: largest inflated size of one raw object; a larger one goes to quarantine as a whole, which
   * is also what stops a decompression bomb. @default 3,072 MiB
   */
  readonly maxObjectBytes: number;
  /** `COMPACTION_STALL_SECONDS`: time in which a download must progress by 128 KiB, or end. @default 30 s */
  readonly stallMillis: number;
  /** Parent of the working directories. @default the system's, `TMPDIR` */
  readonly directory?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error that names the variable, so that a wrong deployment fails at start and not in the middle of work */
export function readSettings(environment: Environment): CompactionSettings {
  const text = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  const database = text('ICEBERG_DATABASE');
  return {
    buckets: {
      raw: required('RAW_BUCKET', text('RAW_BUCKET')),
      curated: required('CURATED_BUCKET', text('CURATED_BUCKET')),
      quarantine: required('QUARANTINE_BUCKET', text('QUARANTINE_BUCKET')),
    },
    s3: { endpoint: endpointOf(text) },
    compactor: readCompactor(environment),
    taskMillis: positive(environment, 'COMPACTION_TASK_SECONDS', 14_400) * 1000,
    telemetry: {
      namespace: environment.METRICS_NAMESPACE ?? METRIC_NAMESPACE,
      enabled: environment.AWS_LAMBDA_FUNCTION_NAME !== undefined || environment.LAKE_LOG !== undefined,
    },
    ...(database === undefined ? {} : { icebergDatabase: database }),
  };
}

/** As the SDK reads it. */
const endpointOf = (text: (name: string) => string | undefined): string | undefined =>
  text('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS') === 'true'
    ? undefined
    : (text('AWS_ENDPOINT_URL_S3') ?? text('AWS_ENDPOINT_URL'));

/** Only the sizes, for callers with their own buckets. */
export function readCompactor(environment: Environment): CompactorSettings {
  const sized = (name: string, fallback: number): number => positive(environment, name, fallback);
  const memory = sized('COMPACTION_MEMORY_MIB', sized('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 3008));
  return {
    memoryMiB: Math.floor(memory * 0.4),
    spillMiB: sized('COMPACTION_SPILL_MIB', 4096),
    threads: sized('COMPACTION_THREADS', Math.min(4, availableParallelism())),
    maxLocalBytes: sized('COMPACTION_LOCAL_MIB', 2560) * MIB,
    maxObjectBytes: sized('COMPACTION_MAX_OBJECT_MIB', 3072) * MIB,
    stallMillis: sized('COMPACTION_STALL_SECONDS', STALL_MILLIS / 1000) * 1000,
  };
}

function required(name: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`Environment variable ${name} must be set`);
  return value;
}

function positive(environment: Environment, name: string, fallback: number): number {
  const text = environment[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0) {
    throw new Error(`Environment variable ${name} must be a positive whole number, but is ${JSON.stringify(text)}`);
  }
  return value;
}
