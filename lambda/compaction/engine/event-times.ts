import { DAY_MS, type Dataset, partitionInterval, quoteIdentifier } from '../../../lib/dataset';
import type { OutsidePartition } from '../protocol/converter';
import { rowsOf } from './parquet-rows';
import type { EngineSession } from './session';

/** Clock skew, time zones and late writes around midnight explain one day; beyond that, the time or the path is wrong. */
const TOLERANCE_MILLIS = 86_400_000;

/**
 * Counts the rows of a Parquet file whose event time lies more than a day outside of the partition that their path gave
 * them. One column is read. Undefined when there are none.
 */
export async function findOutsidePartition(
  session: EngineSession,
  dataset: Dataset,
  partition: string,
  path: string,
): Promise<OutsidePartition | undefined> {
  const { start, end } = partitionInterval(dataset, partition);
  const from = start.getTime() - TOLERANCE_MILLIS;
  const to = end.getTime() + TOLERANCE_MILLIS;
  const [found] = await session.rows(
    `SELECT count(*) AS rows, count(*) FILTER (millis * 1000 >= ${from} AND millis * 1000 < ${to}) AS seconds,
       coalesce(min(millis) FILTER (millis * 1000 >= ${from} AND millis * 1000 < ${to}), min(millis)) AS example
     FROM (SELECT epoch_ms(${quoteIdentifier(dataset.eventTime)}::TIMESTAMP) AS millis FROM ${rowsOf(path)})
     WHERE millis < ${from} OR millis >= ${to}`,
  );
  const rows = Number(found?.rows);
  if (rows === 0) return undefined;
  return {
    rows,
    epochSeconds: Number(found?.seconds),
    example: new Date(Number(found?.example)).toISOString(),
  };
}

/**
 * The newest event time of a Parquet file that is not in the future, epoch milliseconds: a clock that is ahead must not hide that
 * nothing comes any more. A date happens until its end. One column is read. Undefined when there is none.
 */
export async function newestEventTime(
  session: EngineSession,
  { columns, eventTime }: Dataset,
  path: string,
  now: number,
): Promise<number | undefined> {
  const [found] = await session.rows(
    `SELECT max(millis) AS newest FROM (
       SELECT epoch_ms(${quoteIdentifier(eventTime)}::TIMESTAMP) AS millis FROM ${rowsOf(path)})
     WHERE millis <= ${now}`,
  );
  const newest = found?.newest;
  if (newest === undefined || newest === null) return undefined;
  const isDate = columns.find(({ name }) => name === eventTime)?.type.kind === 'date';
  return isDate ? Math.min(now, Number(newest) + DAY_MS) : Number(newest);
}
