import type { ColumnType, Dataset } from '../../lib/dataset';
import { DAYS, FIRST_DAY } from '../generate/files';
import { spanOf } from '../generate/rows';

/** What a generated web log has, in every line. */
const COLUMNS: Readonly<Record<string, ColumnType['kind']>> = {
  event_id: 'string',
  event_time: 'timestamp',
  client_ip: 'string',
  method: 'string',
  path: 'string',
  protocol: 'string',
  status: 'int',
  bytes: 'bigint',
  referrer: 'string',
  user_agent: 'string',
};
/** Null in some lines. */
const NULLABLE = ['bytes', 'referrer', 'user_agent'];

/**
 * Whether the story of the shipped example is that of a dataset: one called `access_logs` whose columns the generated web logs
 * fill and whose partitions they lie in. One that a fork changed further is a dataset like any other.
 */
export function fitsWebLogs(dataset: Dataset): boolean {
  const { name, columns, eventTime, partition } = dataset;
  const { firstDay, days } = spanOf(dataset);
  return (
    name === 'access_logs' &&
    eventTime === 'event_time' &&
    partition.leading.length === 0 &&
    firstDay === FIRST_DAY &&
    days === DAYS &&
    columns.length === Object.keys(COLUMNS).length &&
    columns.every((column) => COLUMNS[column.name] === column.type.kind) &&
    columns.every((column) => !column.notNull || !NULLABLE.includes(column.name))
  );
}
