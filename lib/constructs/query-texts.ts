import { quoteIdentifier, quoteText } from '../dataset/duckdb-types';
import type { Dataset } from '../dataset/model';
import { rawPartitions } from '../dataset/raw-partitions';

/** A saved query. All of them run as they are; those on a dataset with an injected key ask for its value (`?`). */
export interface QueryText {
  readonly name: string;
  readonly description: string;
  readonly sql: string;
}

export interface DatabaseNames {
  readonly curated: string;
  readonly raw: string;
  readonly operations: string;
}

const YESTERDAY = "current_date - INTERVAL '1' DAY";

/** For analysts: what a partition-pruned query on the dataset looks like. */
export const analystQueries = (dataset: Dataset, names: DatabaseNames): QueryText[] => [
  {
    name: `${dataset.name}: latest rows of ${PERIOD[unit(dataset)].yesterday}`,
    description: 'Reads one partition and only the columns it names. Start from here.',
    sql: lines(
      `SELECT ${exampleColumns(dataset).join(', ')}`,
      `FROM ${table(names.curated, dataset.name)}`,
      `WHERE ${[...leading(dataset), ...onDay(dataset, YESTERDAY)].join(' AND ')}`,
      `ORDER BY ${quoteIdentifier(dataset.eventTime)} DESC`,
      'LIMIT 100',
    ),
  },
  {
    name: `${dataset.name}: rows by ${PERIOD[unit(dataset)].words}`,
    description: "Counting needs no column at all: Athena reads the files' footers only.",
    sql: lines(
      `SELECT ${timeColumn(dataset)} AS ${PERIOD[unit(dataset)].name}, count(*) AS "rows"`,
      `FROM ${table(names.curated, dataset.name)}`,
      `WHERE ${[...leading(dataset), ...inThisPeriod(dataset)].join(' AND ')}`,
      `GROUP BY ${timeColumn(dataset)}`,
      'ORDER BY 1',
    ),
  },
];

/** For engineers: what waits in the raw zone, and whether raw and curated fit together. */
export const engineerQueries = (dataset: Dataset, names: DatabaseNames): QueryText[] => [
  {
    name: `${dataset.name}: raw objects ${isRawPartitioned(dataset) ? `of ${PERIOD[unit(dataset)].yesterday} ` : ''}that wait`,
    description: 'Compacted objects are deleted, so whatever is listed here is not in the curated table yet.',
    sql: lines(
      'SELECT "$path" AS "object", count(*) AS "rows"',
      `FROM ${table(names.raw, dataset.name)}`,
      ...(isRawPartitioned(dataset)
        ? [`WHERE ${[...rawLeading(dataset), ...onDay(dataset, YESTERDAY)].join(' AND ')}`]
        : []),
      'GROUP BY "$path"',
      'ORDER BY 2 DESC',
      'LIMIT 1000',
    ),
  },
  ...(isRawPartitioned(dataset) ? [comparison(dataset, names)] : []),
];

const comparison = (dataset: Dataset, names: DatabaseNames): QueryText => {
  const { name, words } = PERIOD[unit(dataset)];
  return {
    name: `${dataset.name}: raw and curated rows by ${words}`,
    description: 'Rows of raw objects that wait beside rows that queries see. Each row is in one of the two.',
    sql: lines(
      ...(['raw', 'curated'] as const).flatMap((zone, index) => [
        `${index === 0 ? 'WITH' : '   ,'} ${zone} AS (`,
        `  SELECT ${timeColumn(dataset)} AS ${name}, count(*) AS "rows"`,
        `  FROM ${table(names[zone], dataset.name)}`,
        `  WHERE ${[...rawLeading(dataset), ...inThisPeriod(dataset)].join(' AND ')}`,
        `  GROUP BY ${timeColumn(dataset)}`,
        ')',
      ]),
      `SELECT ${name}, coalesce(raw."rows", 0) AS raw_rows, coalesce(curated."rows", 0) AS curated_rows`,
      `FROM curated FULL OUTER JOIN raw USING (${name})`,
      `ORDER BY ${name}`,
    ),
  };
};

/** For engineers: the lake's own tables. */
export const operationsQueries = (datasets: readonly Dataset[], names: DatabaseNames): QueryText[] => [
  {
    name: 'scan cost by workgroup',
    description:
      'This month, from the query log. 5 dollars a TB (10^12 bytes) is the list price of most regions: put yours. Athena ' +
      'bills at least 10 MB a query, nothing for DDL, and cancelled queries for what they scanned.',
    sql: lines(
      'SELECT workgroup, "day", count(*) AS queries,',
      "       count_if(state <> 'SUCCEEDED') AS not_succeeded,",
      '       round(sum(bytes_scanned) / 1e9, 3) AS gb_scanned,',
      "       round(sum(IF(statement_type = 'DDL', 0, greatest(bytes_scanned, 10000000))) / 1e12 * 5, 4) AS dollars",
      `FROM ${table(names.operations, 'query_log')}`,
      'WHERE year = year(current_date) AND month = month(current_date)',
      'GROUP BY workgroup, "day"',
      'ORDER BY dollars DESC',
    ),
  },
  {
    name: 'most expensive queries of this month',
    description: "From the query log. Open a query's id in the workgroup's history to see its text.",
    sql: lines(
      'SELECT query_id, workgroup, state, submitted_at, round(bytes_scanned / 1e9, 3) AS gb_scanned, engine_millis',
      `FROM ${table(names.operations, 'query_log')}`,
      'WHERE year = year(current_date) AND month = month(current_date)',
      'ORDER BY bytes_scanned DESC',
      'LIMIT 50',
    ),
  },
  {
    name: 'rejected lines by reason',
    description: 'What is in quarantine, and one example of each reason.',
    sql: lines(
      'SELECT dataset, reason, count(*) AS lines, min(source_key) AS example_object, min(line) AS example_line',
      `FROM ${table(names.operations, 'rejected_lines')}`,
      `WHERE dataset IN (${datasets.map(({ name }) => quoteText(name)).join(', ')})`,
      'GROUP BY dataset, reason',
      'ORDER BY lines DESC',
      'LIMIT 100',
    ),
  },
];

const lines = (...text: string[]): string => text.join('\n');
const table = (database: string, name: string): string => `${quoteIdentifier(database)}.${quoteIdentifier(name)}`;

/** The event time, then scalars: a query that names few columns is the point of a columnar file. */
function exampleColumns({ columns, eventTime }: Dataset): string[] {
  const scalars = columns.filter(({ type }) => !['array', 'map', 'struct', 'binary'].includes(type.kind));
  return [eventTime, ...scalars.map(({ name }) => name).filter((name) => name !== eventTime)]
    .slice(0, 6)
    .map(quoteIdentifier);
}

/** Injected keys need an equality; on enum keys one keeps the scan small. */
const leading = ({ partition }: Dataset): string[] =>
  partition.leading.map(
    (key) => `${quoteIdentifier(key.name)} = ${key.kind === 'enum' ? quoteText(key.values[0] ?? '') : '?'}`,
  );

/** The same for the raw table, where columns from the path are injected keys too. */
const rawLeading = (dataset: Dataset): string[] => [
  ...leading(dataset),
  ...(rawPartitions(dataset)?.fromColumns ?? []).map((name) => `${quoteIdentifier(name)} = ?`),
];

const isRawPartitioned = (dataset: Dataset): boolean => rawPartitions(dataset) !== undefined;

/** What the queries count by. */
const PERIOD = {
  day: { name: '"day"', words: 'day of this month', yesterday: 'yesterday' },
  month: { name: '"month"', words: 'month of this year', yesterday: "yesterday's month" },
} as const;

const unit = ({ partition }: Dataset): keyof typeof PERIOD => (partition.scheme === 'month' ? 'month' : 'day');

/** Constant expressions on the keys themselves: the engine folds them and lists only the partitions they name. */
const onDay = ({ partition }: Dataset, day: string): string[] =>
  partition.scheme === 'dt'
    ? [`dt = date_format(${day}, '%Y-%m-%d')`]
    : [`year = year(${day})`, `month = month(${day})`, ...(partition.scheme === 'month' ? [] : [`day = day(${day})`])];

const inThisPeriod = ({ partition }: Dataset): string[] => {
  switch (partition.scheme) {
    case 'dt':
      return [
        "dt BETWEEN date_format(date_trunc('month', current_date), '%Y-%m-%d') AND date_format(current_date, '%Y-%m-%d')",
      ];
    case 'month':
      return ['year = year(current_date)'];
    default:
      return ['year = year(current_date)', 'month = month(current_date)'];
  }
};

const timeColumn = (dataset: Dataset): string =>
  dataset.partition.scheme === 'dt' ? 'dt' : PERIOD[unit(dataset)].name;
