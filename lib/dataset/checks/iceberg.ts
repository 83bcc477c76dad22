import type { Dataset } from '../model';
import { type Cursor, count } from './cursor';

/**
 * Names that engines give to columns of their own in every Iceberg table; a column of such a name could not be read.
 * https://iceberg.apache.org/spec/#reserved-field-ids
 */
const METADATA_COLUMNS: ReadonlySet<string> = new Set([
  ...['_file', '_pos', '_deleted', '_spec_id', '_partition', '_row_id', '_last_updated_sequence_number'],
  ...['_change_type', '_change_ordinal', '_commit_snapshot_id'],
]);

/**
 * Metadata names each retained snapshot in about 1 kB, and is written anew with each snapshot. With one every 15 minutes a week
 * comes to 672 snapshots, and to 430 MB of metadata that is kept as long.
 */
const MOST_GRACE_HOURS = 168;

/** Checks what an Iceberg table cannot hold. Every type of a column can be: see `lib/iceberg/schema.ts`. */
export function checkIceberg(
  cursor: Cursor,
  declared: {
    readonly names: readonly string[];
    readonly partition: Dataset['partition'] | undefined;
    readonly compaction: Dataset['compaction'] | undefined;
  },
): true | undefined {
  if (cursor.isMissing || cursor.boolean('write true or false') !== true) return undefined;
  const { names, partition, compaction } = declared;
  for (const name of [...names, ...(partition?.leading ?? []).map((key) => key.name)]) {
    if (!METADATA_COLUMNS.has(name)) continue;
    cursor.problem(
      `'${name}' is a column that engines add to every Iceberg table`,
      `write another name, for example 'event${name}', or remove iceberg`,
    );
  }
  if (compaction !== undefined && compaction.graceHours > MOST_GRACE_HOURS) {
    cursor.report.add(
      'compaction.graceHours',
      `${count(compaction.graceHours)} hours of snapshots make the metadata of an Iceberg table too large`,
      `write at most ${MOST_GRACE_HOURS}, or remove iceberg`,
    );
  }
  return true;
}
