import { type Dataset, partitionPredicate } from '../../lib/dataset';
import { quoteIdentifier } from '../../lib/dataset/duckdb-types';
import { type Measure, measuresOf } from './measures';

/** Rows of some partitions. @param table as SQL names it */
export const countQuery = (table: string, where: string): string => `SELECT count(*) FROM ${table} WHERE ${where}`;

/** The first of these partitions or any other. */
export const anyOf = (predicates: readonly string[]): string => predicates.map((one) => `(${one})`).join(' OR ');

/** One row with every measure. */
export const measureQuery = (table: string, measures: readonly Measure[], where: string): string =>
  `SELECT ${measures.map(({ athena }) => athena).join(', ')} FROM ${table} WHERE ${where}`;

/** Rows of a partition, and with `latest` what that says of them. */
export const latestQuery = (table: string, where: string, latest?: string): string =>
  `SELECT count(*)${latest === undefined ? '' : `, ${latest}`} FROM ${table} WHERE ${where}`;

/** The latest event time of a raw table, as it is written. */
export const asWritten = ({ eventTime }: Dataset): string => `max(${quoteIdentifier(eventTime)})`;

/** That of a curated table, in UTC, of which Athena knows milliseconds and prints six digits. */
export const asInstant = ({ eventTime }: Dataset): string =>
  `date_format(max(${quoteIdentifier(eventTime)}), '%Y-%m-%d %H:%i:%s.%f')`;

/** One that reads the same partition so many times. */
export function scanQuery(table: string, where: string, scans: number): string {
  const scan = `SELECT count(*) AS n FROM ${table} WHERE ${where}`;
  return `SELECT sum(n) FROM (${Array.from({ length: scans }, () => scan).join(' UNION ALL ')})`;
}

/** Every query that the smoke test asks about a dataset, for those who parse SQL. */
export function smokeQueries(dataset: Dataset, partition: string): readonly string[] {
  const table = (zone: string): string => `${quoteIdentifier(zone)}.${quoteIdentifier(dataset.name)}`;
  const where = partitionPredicate(dataset, partition);
  return [
    countQuery(table('curated'), anyOf([where, where])),
    measureQuery(table('curated'), measuresOf(dataset.columns), where),
    latestQuery(table('raw'), where, asWritten(dataset)),
    latestQuery(table('curated'), where, asInstant(dataset)),
    scanQuery(table('raw'), where, 2),
  ];
}
