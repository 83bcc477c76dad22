import type { DatasetDefinition, TimeFormat } from '../dataset';
import { applyOptions, column, jsonColumn, type PresetOptions } from './preset';

/** Formats of `json_date_format`, and how they are read. */
const FORMATS = {
  iso8601: undefined,
  double: { epoch: 's' },
  epoch: { epoch: 's' },
  epoch_ms: { epoch: 'ms' },
  java_sql_timestamp: { pattern: '%Y-%m-%d %H:%M:%S.%f' },
} as const satisfies Readonly<Record<string, TimeFormat | undefined>>;

export interface FluentBitOptions extends PresetOptions {
  /** `json_date_key` of the output. @default '@timestamp', else 'date' */
  readonly timeKey?: string;
  /** `json_date_format` of the output. ISO 8601 is taken besides. @default 'iso8601' */
  readonly timeFormat?: keyof typeof FORMATS;
}

const LABELS = 'map<string,string>';

/**
 * Logs of containers that Fluent Bit puts into S3, with the fields of its Kubernetes filter. `log` is text, or JSON if a parser
 * has made it that. Write them with `s3_key_format /raw/fluent_bit/%Y/%m/%d/%H/$UUID.gz` and `compression gzip`.
 *
 * https://docs.fluentbit.io/manual/pipeline/outputs/s3 and https://docs.fluentbit.io/manual/pipeline/filters/kubernetes
 */
export function fluentBit({ timeKey, timeFormat = 'iso8601', ...options }: FluentBitOptions = {}): DatasetDefinition {
  const format = FORMATS[timeFormat];
  const preset = {
    name: 'fluent_bit',
    description: 'Lines that containers logged, as Fluent Bit collects them.',
    columns: [
      column('event_time', 'timestamp', 'When the line was logged', {
        notNull: true,
        from: timeKey ?? { firstOf: ['@timestamp', 'date'] },
        ...(format === undefined ? {} : { format }),
      }),
      jsonColumn('log', 'The line, or JSON that was parsed from it'),
      column('stream', 'string', 'stdout or stderr'),
      column(
        'kubernetes',
        `struct<pod_name:string,namespace_name:string,pod_id:string,labels:${LABELS},annotations:${LABELS},host:string,` +
          'container_name:string,docker_id:string,container_hash:string,container_image:string>',
        'Where the line comes from',
      ),
    ],
    eventTime: 'event_time',
    input: { formats: ['ndjson'], layout: '{yyyy}/{MM}/{dd}/' },
  } as const;
  return applyOptions(preset, options);
}
