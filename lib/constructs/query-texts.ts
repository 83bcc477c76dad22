import { quoteIdentifier, quoteText } from '../dataset/duckdb-types';
import type { Dataset } from '../dataset/model';
import { rawPartitions } from '../dataset/raw-partitions';
import { ATHENA_MINIMUM_BYTES, PRICES } from '../prices';

/** A saved query. All of them run as they are; those on a dataset with an injected key ask for its value (`?`). */
export interface QueryText {
  readonly name: string;
  readonly description: string;
  readonly sql: string;
}

/** How rows are divided by time, which decides what a query can group by. */
export interface Partitioned {
  readonly partition: Pick<Dataset['partition'], 'scheme'>;
}

export interface DatabaseNames {
  readonly curated: string;
  readonly raw: string;
  readonly operations: string;
}

export const YESTERDAY = "current_date - INTERVAL '1' DAY";

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

const comparison = (dataset: Dataset, names: DatabaseNames): QueryText => ({
  name: `${dataset.name}: raw and curated rows by ${PERIOD[unit(dataset)].words}`,
  description: COMPARED,
  sql: comparisonSql(dataset, dataset.name, rawLeading(dataset), names),
});

export const COMPARED = 'Rows of raw objects that wait beside rows that queries see. Each row is in one of the two.';

/** @param keys conditions on partition keys before those of the time */
export function comparisonSql(form: Partitioned, name: string, keys: readonly string[], names: DatabaseNames): string {
  const period = PERIOD[unit(form)].name;
  return lines(
    ...(['raw', 'curated'] as const).flatMap((zone, index) => [
      `${index === 0 ? 'WITH' : '   ,'} ${zone} AS (`,
      `  SELECT ${timeColumn(form)} AS ${period}, count(*) AS "rows"`,
      `  FROM ${table(names[zone], name)}`,
      `  WHERE ${[...keys, ...inThisPeriod(form)].join(' AND ')}`,
      `  GROUP BY ${timeColumn(form)}`,
      ')',
    ]),
    `SELECT ${period}, coalesce(raw."rows", 0) AS raw_rows, coalesce(curated."rows", 0) AS curated_rows`,
    `FROM curated FULL OUTER JOIN raw USING (${period})`,
    `ORDER BY ${period}`,
  );
}

/** For engineers: the lake's own tables. */
export const operationsQueries = (datasets: readonly Dataset[], names: DatabaseNames): QueryText[] => [
  ...queryLogQueries(names),
  {
    name: 'rejected lines by reason',
    description: 'What is in quarantine, and one example of each reason.',
    sql: rejectedLinesSql(`dataset IN (${datasets.map(({ name }) => quoteText(name)).join(', ')})`, names),
  },
];

export const rejectedLinesSql = (condition: string, names: DatabaseNames): string =>
  lines(
    'SELECT dataset, reason, count(*) AS lines, min(source_key) AS example_object, min(line) AS example_line',
    `FROM ${table(names.operations, 'rejected_lines')}`,
    `WHERE ${condition}`,
    'GROUP BY dataset, reason',
    'ORDER BY lines DESC',
    'LIMIT 100',
  );

/** What past queries scanned. */
export const queryLogQueries = (names: DatabaseNames): QueryText[] => [
  {
    name: 'scan cost by workgroup',
    description:
      `This month, from the query log. ${PRICES.athenaScan.usd} dollars a TB (10^12 bytes) is the list price of most regions: put yours. Athena ` +
      'bills at least 10 MB a query, nothing for DDL, and cancelled queries for what they scanned.',
    sql: lines(
      'SELECT workgroup, "day", count(*) AS queries,',
      "       count_if(state <> 'SUCCEEDED') AS not_succeeded,",
      '       round(sum(bytes_scanned) / 1e9, 3) AS gb_scanned,',
      `       round(sum(IF(statement_type = 'DDL', 0, greatest(bytes_scanned, ${ATHENA_MINIMUM_BYTES}))) / 1e12 * ${PRICES.athenaScan.usd}, 4) AS dollars`,
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
];

export const lines = (...text: string[]): string => text.join('\n');
export const table = (database: string, name: string): string =>
  `${quoteIdentifier(database)}.${quoteIdentifier(name)}`;

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
export const PERIOD = {
  day: { name: '"day"', words: 'day of this month', yesterday: 'yesterday' },
  month: { name: '"month"', words: 'month of this year', yesterday: "yesterday's month" },
} as const;

export const unit = ({ partition }: Partitioned): keyof typeof PERIOD =>
  partition.scheme === 'month' ? 'month' : 'day';

/** Constant expressions on the keys themselves: the engine folds them and lists only the matching partitions. */
export const onDay = ({ partition }: Partitioned, day: string): string[] =>
  partition.scheme === 'dt'
    ? [`dt = date_format(${day}, '%Y-%m-%d')`]
    : [`year = year(${day})`, `month = month(${day})`, ...(partition.scheme === 'month' ? [] : [`day = day(${day})`])];

export const inThisPeriod = ({ partition }: Partitioned): string[] => {
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

export const timeColumn = (form: Partitioned): string =>
  form.partition.scheme === 'dt' ? 'dt' : PERIOD[unit(form)].name;
