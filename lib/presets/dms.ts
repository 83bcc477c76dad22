import type { DatasetDefinition } from '../dataset';
import { applyOptions, column, type OwnDataOptions } from './preset';

export interface DmsOptions extends OwnDataOptions {
  /** Columns of the primary key. Each must be `notNull`. */
  readonly key: readonly string[];
  /**
   * Columns by which one change of a row is later than another, the first that differs counts. They have to grow with each
   * change of a row, deletions included: a column that a transformation rule fills with `$AR_H_CHANGE_SEQ`, not a time of the row.
   */
  readonly by: readonly string[];
  /** `dataFormat` of the endpoint. @default 'csv' */
  readonly format?: 'csv' | 'parquet';
  /** Whether CSV has a line of names: `addColumnName` of the endpoint. @default false */
  readonly addColumnName?: boolean;
  /** Whether a deletion removes the key, or stays as a row whose `op` is D. @default 'remove' */
  readonly deletions?: 'remove' | 'keep';
}

/**
 * The latest state of each row of a table that AWS DMS replicates to S3. The columns are those of the table in their order,
 * with the endpoint's `timestampColumnName`, if it has one, at its place. `op` precedes them: set
 * `includeOpForFullLoad` at the endpoint, so that the files of a full load have it too, and date-based folders with `/`.
 *
 * Rows with one key count as one within a partition, and the folder of DMS is the day of the change: a row that changed on
 * several days is there once for each. Files of a full load lie in no day: move them into one. Those without `op` are rejected,
 * row by row, unless there is a line of names.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.S3.html
 */
export function dms(options: DmsOptions): DatasetDefinition {
  const { name, columns, eventTime, key, by, format = 'csv', addColumnName = false, ...more } = options;
  const { deletions = 'remove', ...rest } = more;
  const preset = {
    name,
    description: `The latest state of each row of ${name}, as AWS DMS replicates it.`,
    columns: [column('op', 'string', 'Change: I, U or D', { from: 'Op' }), ...columns],
    eventTime,
    dedupe: {
      key,
      keep: 'latest',
      by,
      ...(deletions === 'remove' ? { deleted: { column: 'op', values: ['D'] } } : {}),
    },
    input: {
      formats: [format],
      ...(format === 'csv' ? { csv: { header: addColumnName, nulls: ['NULL'] } as const } : {}),
      layout: '*/*/{yyyy}/{MM}/{dd}/',
    },
  } as const;
  return applyOptions(preset, rest);
}
