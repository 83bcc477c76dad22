import { quoteText } from '../dataset/duckdb-types';
import type { Dataset } from '../dataset/model';
import {
  COMPARED,
  comparisonSql,
  type DatabaseNames,
  inThisPeriod,
  lines,
  onDay,
  type Partitioned,
  PERIOD,
  type QueryText,
  queryLogQueries,
  rejectedLinesSql,
  table,
  timeColumn,
  unit,
  YESTERDAY,
} from './query-texts';

/**
 * Saved queries of a lake with many datasets: one set for each way to divide rows by time. Parameters (`?`) of Athena are values,
 * never names of tables, so that the user of a query writes the table into it.
 */
const PLACE = 'your_table';
const WRITE = `Write your table for ${PLACE}, and a condition for each partition key of it that is not of the time.`;

/** Each way to divide rows that the datasets use, once, in an order that does not depend on that of the datasets. */
function forms(datasets: readonly Dataset[]): readonly (readonly [words: string, Partitioned])[] {
  const used = new Set(datasets.map(({ partition }) => partition.scheme));
  const form = (words: string, ...schemes: readonly Dataset['partition']['scheme'][]) => {
    const scheme = schemes.find((one) => used.has(one));
    return scheme === undefined ? [] : [[words, { partition: { scheme } }] as const];
  };
  return [
    ...form('partitioned by year, month, day', 'day', 'hour'),
    ...form('partitioned by year, month', 'month'),
    ...form('partitioned by dt', 'dt'),
  ];
}

/** For analysts: which tables and columns there are, and what a partition-pruned query looks like. */
export const sharedAnalystQueries = (datasets: readonly Dataset[], names: DatabaseNames): QueryText[] => [
  {
    name: 'tables by name',
    description: "The parameter is a pattern, in quotes: '%order%'.",
    sql: lines(
      'SELECT table_name',
      'FROM information_schema.tables',
      `WHERE table_schema = ${quoteText(names.curated)} AND table_name LIKE ?`,
      'ORDER BY table_name',
    ),
  },
  {
    name: 'columns of a table',
    description: 'The parameter is the name of the table, in quotes.',
    sql: lines(
      'SELECT column_name, data_type, comment',
      'FROM information_schema.columns',
      `WHERE table_schema = ${quoteText(names.curated)} AND table_name = ?`,
      'ORDER BY ordinal_position',
    ),
  },
  ...forms(datasets).flatMap(([words, form]): QueryText[] => [
    {
      name: `rows of ${PERIOD[unit(form)].yesterday}, table ${words}`,
      description: `Reads one partition. Name the columns that you need, not all. ${WRITE}`,
      sql: lines(
        'SELECT *',
        `FROM ${table(names.curated, PLACE)}`,
        `WHERE ${onDay(form, YESTERDAY).join(' AND ')}`,
        'LIMIT 100',
      ),
    },
    {
      name: `rows by ${PERIOD[unit(form)].words}, table ${words}`,
      description: `Counting needs no column at all: Athena reads the files' footers only. ${WRITE}`,
      sql: lines(
        `SELECT ${timeColumn(form)} AS ${PERIOD[unit(form)].name}, count(*) AS "rows"`,
        `FROM ${table(names.curated, PLACE)}`,
        `WHERE ${inThisPeriod(form).join(' AND ')}`,
        `GROUP BY ${timeColumn(form)}`,
        'ORDER BY 1',
      ),
    },
  ]),
];

/** For engineers: what waits in the raw zone, and whether raw and curated fit together. */
export const sharedEngineerQueries = (datasets: readonly Dataset[], names: DatabaseNames): QueryText[] =>
  forms(datasets).flatMap(([words, form]) => [
    {
      name: `raw objects of ${PERIOD[unit(form)].yesterday} that wait, table ${words}`,
      description: `Compacted objects are deleted: what is listed is not in the curated table yet. ${WRITE}`,
      sql: lines(
        'SELECT "$path" AS "object", count(*) AS "rows"',
        `FROM ${table(names.raw, PLACE)}`,
        `WHERE ${onDay(form, YESTERDAY).join(' AND ')}`,
        'GROUP BY "$path"',
        'ORDER BY 2 DESC',
        'LIMIT 1000',
      ),
    },
    {
      name: `raw and curated rows by ${PERIOD[unit(form)].words}, table ${words}`,
      description: `${COMPARED} ${WRITE}`,
      sql: comparisonSql(form, PLACE, [], names),
    },
  ]);

/** For engineers: the lake's own tables. */
export const sharedOperationsQueries = (names: DatabaseNames): QueryText[] => [
  ...queryLogQueries(names),
  {
    name: 'rejected lines by reason',
    description: 'What is in quarantine of one dataset. The parameter is its name, in quotes.',
    sql: rejectedLinesSql('dataset = ?', names),
  },
];
