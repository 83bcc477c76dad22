import type { ColumnDefinition, DatasetDefinition, SourceDefinition } from '../dataset';
import { applyOptions, column, type OwnDataOptions } from './preset';

export interface DebeziumOptions extends OwnDataOptions {
  /** Columns of the primary key. Each must be `notNull`. */
  readonly key: readonly string[];
  /**
   * Columns by which one change of a row is later than another, the first that differs counts.
   * @default the time of the change, then its place in the log of the database
   */
  readonly by?: readonly string[];
}

/**
 * The latest state of each row of a table, from change events of Debezium as JSON, with or without a schema. Columns have the
 * values of `after`; those of the key are taken from `before` where a row was deleted. A deletion removes the key.
 *
 * What is no change of a row is rejected: tombstones (`null`, which `tombstones.on.delete: false` leaves out), truncations, messages
 * and the begin and end of transactions. Documents of MongoDB are text within the event, and rejected as well.
 *
 * Rows with one key count as one within a partition: let the sink put events into the folder of a time that an update does not
 * change, such as the one when the row was created, or ask for the last row over all partitions.
 *
 * https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events, and for `source` of others
 * https://debezium.io/documentation/reference/stable/connectors/mysql.html#mysql-events
 */
export function debezium(options: DebeziumOptions): DatasetDefinition {
  const { name, columns, eventTime, key, by = CHANGE_ORDER, ...rest } = options;
  const preset = {
    name,
    description: `The latest state of each row of ${name}, from change events of Debezium.`,
    columns: [
      ...columns.map((one) => fromRow(one, key.includes(one.name) || one.name === eventTime)),
      column('op', 'string', 'Change: c, u, r (snapshot) or d', { notNull: true, from: fromEvent('op') }),
      column('change_time', 'timestamp', 'When the change was made at the source', {
        notNull: true,
        from: fromSource('ts_ms'),
        format: { epoch: 'ms' },
      }),
      column('change_log', 'string', 'File of the log (MySQL), or place in it as text (SQL Server, Db2)', {
        from: fromSource('file', 'change_lsn'),
      }),
      column('change_position', 'bigint', 'Place in the log: LSN of PostgreSQL, position of MySQL, SCN of Oracle', {
        from: fromSource('lsn', 'pos', 'scn'),
      }),
      column('change_row', 'bigint', 'Which of several changes at that place', {
        from: fromSource('row', 'event_serial_no', 'ssn'),
      }),
    ],
    eventTime,
    dedupe: { key, keep: 'latest', by, deleted: { column: 'op', values: ['d'] } },
    input: { formats: ['ndjson'], layout: '{yyyy}/{MM}/{dd}/' },
  } as const;
  return applyOptions(preset, rest);
}

/** Changes of a transaction share its time, and MySQL states it in whole seconds: the place in the log tells them apart. */
const CHANGE_ORDER = ['change_time', 'change_log', 'change_position', 'change_row'] as const;

/** The first of some members of `source` that an event has; connectors name the place in their log otherwise. */
const fromSource = (...names: readonly string[]): SourceDefinition => ({
  firstOf: names.flatMap((name) => [{ path: ['payload', 'source', name] }, { path: ['source', name] }]),
});

/** With a schema, the event is the payload. */
const fromEvent = (name: string): SourceDefinition => ({ firstOf: [{ path: ['payload', name] }, name] });

/** A value of the row. That of before counts only where the row has gone: an update may set a value to null. */
function fromRow(one: ColumnDefinition, isKept: boolean): ColumnDefinition {
  if (one.from !== undefined && typeof one.from !== 'string') return one;
  const field = one.from ?? one.name;
  const states = isKept ? ['after', 'before'] : ['after'];
  const paths = states.flatMap((state) => [{ path: ['payload', state, field] }, { path: [state, field] }]);
  return { ...one, from: { firstOf: paths } };
}
