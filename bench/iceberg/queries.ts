import { DAY_MS } from '../../lib/dataset';
import { FIRST_DAY, idOf, ORDERS, type Size } from './orders';

/** The keys of the path are columns too: of the Iceberg table, and in another way of the symlink table. */
const ROW = ORDERS.columns.map(({ name }) => name).join(', ');

/** A question to a table `t`, as it is asked of both tables. */
export interface Query {
  readonly name: string;
  /** The answer in a fixed order. */
  readonly sql: string;
  /**
   * Days whose partitions the condition on the keys of the path leaves, which a query of the symlink table has beside that on the
   * columns. @default all, because nothing in the question tells which
   */
  readonly days?: readonly number[];
}

const timeOf = (day: number, hour = 0): string =>
  `TIMESTAMP '${new Date(FIRST_DAY + day * DAY_MS + hour * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')}'`;

const between = (from: string, to: string): string => `ordered_at >= ${from} AND ordered_at < ${to}`;

/** What people ask of a table of events. @param size the last month is a third of the days */
export function queriesOf({ days, rowsADay }: Size): readonly Query[] {
  const day = Math.floor(days / 2);
  const row = day * rowsADay + Math.floor(rowsADay / 3);
  const month = Array.from({ length: Math.floor(days / 3) }, (_, index) => days - 1 - index).reverse();
  const inDay = between(timeOf(day), timeOf(day + 1));
  const inMonth = between(timeOf(month[0] as number), timeOf(days));
  return [
    { name: 'one row by an id without order', sql: `SELECT ${ROW} FROM t WHERE id = '${idOf(row)}'` },
    { name: 'one row by a number that grows with time', sql: `SELECT ${ROW} FROM t WHERE serial = ${row}` },
    {
      name: 'an hour by event time alone',
      sql: `SELECT id, amount FROM t WHERE ${between(timeOf(day, 10), timeOf(day, 11))} ORDER BY id`,
    },
    { name: 'a day', sql: `SELECT count(*), sum(amount), max(note) FROM t WHERE ${inDay}`, days: [day] },
    {
      name: 'a day, filtered by a column',
      sql: `SELECT id, account, amount FROM t WHERE ${inDay} AND status = 'refunded' ORDER BY id`,
      days: [day],
    },
    {
      name: 'a month, aggregated',
      sql: `SELECT country, count(*), sum(amount) FROM t WHERE ${inMonth} GROUP BY country ORDER BY country`,
      days: month,
    },
    { name: 'count(*) of all', sql: 'SELECT count(*) FROM t' },
    { name: 'the 10 largest of all', sql: 'SELECT id, amount FROM t ORDER BY amount DESC, id LIMIT 10' },
    {
      name: 'a day joined with a small table',
      sql: `SELECT c.name, sum(amount) FROM t JOIN countries c USING (country) WHERE ${inDay} GROUP BY c.name ORDER BY c.name`,
      days: [day],
    },
    {
      name: 'the latest value of each key',
      sql: 'SELECT account, arg_max(status, (ordered_at, id)) FROM t GROUP BY account ORDER BY account',
    },
    { name: 'one column of all', sql: 'SELECT sum(latency_ms), min(latency_ms), max(latency_ms) FROM t' },
  ];
}
