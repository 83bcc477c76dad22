import type { DatasetDefinition } from '../dataset';
import { applyOptions, type OwnDataOptions } from './preset';

export interface FirehoseOptions extends OwnDataOptions {
  /** Columns that identify a record, each `notNull`: copies of one are kept once. @default none */
  readonly dedupeKey?: readonly string[];
}

/**
 * JSON records that Firehose delivers, under its default prefix `yyyy/MM/dd/HH/`. It puts records one after the other, with or
 * without line ends.
 *
 * What it could not process lies under `processing-failed/` or the like, is no row, and is reported as unplaced.
 *
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
 */
export function firehoseJson({ name, columns, eventTime, ...options }: FirehoseOptions): DatasetDefinition {
  const preset = {
    name,
    description: `Records of the stream ${name}, as Firehose delivers them.`,
    columns,
    eventTime,
    input: { formats: ['json'], layout: '{yyyy}/{MM}/{dd}/{HH}/' },
    delivery: 'firehose',
  } as const;
  return applyOptions(preset, options);
}
