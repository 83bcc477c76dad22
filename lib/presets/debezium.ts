import type { ColumnDefinition, DatasetDefinition, SourceDefinition } from '../dataset';
import { applyOptions, column, type OwnDataOptions } from './preset';

export interface DebeziumOptions extends OwnDataOptions {
  /** Columns of the primary key. Each must be `notNull`. */
  readonly key: readonly string[];
  /** Columns by which one change of a row is later than another, the first that differs counts. @default ['change_time'] */
  readonly by?: readonly string[];
}

/**
 * The latest state of each row of a table, from change events of Debezium as JSON, with or without a schema. Columns have the
 * values of `after`; those of the key are taken from `before` where a row was deleted. A deletion removes the key.
 *
 * Rows with one key count as one within a partition: let the sink put events into the folder of a time that an update does not
 * change, such as the one when the row was created, or ask for the last row over all partitions.
 *
 * https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
 */
export function debezium(options: DebeziumOptions): DatasetDefinition {
  const { name, columns, eventTime, key, by = ['change_time'], ...rest } = options;
  const preset = {
    name,
    description: `The latest state of each row of ${name}, from change events of Debezium.`,
    columns: [
      ...columns.map((one) => fromRow(one, key.includes(one.name) || one.name === eventTime)),
      column('op', 'string', 'Change: c, u, r (snapshot) or d', { notNull: true, from: fromEvent('op') }),
      column('change_time', 'timestamp', 'When the change was made at the source', {
        notNull: true,
        from: {
          firstOf: ['payload', ''].map((root) => ({ path: [root, 'source', 'ts_ms'].filter((part) => part !== '') })),
        },
        format: { epoch: 'ms' },
      }),
    ],
    eventTime,
    dedupe: { key, keep: 'latest', by, deleted: { column: 'op', values: ['d'] } },
    input: { formats: ['ndjson'], layout: '{yyyy}/{MM}/{dd}/' },
  } as const;
  return applyOptions(preset, rest);
}

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
