import { statSync } from 'node:fs';
import { type Column, type Dataset, duckdbType, partitionKeys, quoteIdentifier, supersedes } from '../lib/dataset';
import { quoteText } from '../lib/dataset/duckdb-types';
import type { ReadablePaths } from './input/readable';
import type { LocalLake } from './lake';
import type { Footprint, QueryEngine, Row } from './tables/engine';
import { lastRows } from './tables/last-rows';
import { type Price, price } from './tables/pricing';
import type { KeyValues } from './tables/projection';
import type { PartitionFiles } from './tables/table-files';
import { viewCurated, viewRaw } from './tables/views';
import type { Progress } from './terminal';
import { hasWebLogQuestions, WEB_LOG_QUESTIONS } from './web-logs/questions';

/** Each query runs this often on each zone; the median counts. */
const RUNS = 3;

/** A question to both zones, in the parts that the engine and the estimate of bytes need. */
export interface LakeQuery extends Footprint {
  readonly title: string;
  readonly select: string;
  /** Predicate on columns. @default none */
  readonly where?: string;
  readonly groupAndOrder?: string;
  /** Equality predicates on partition keys: only these partitions are read. */
  readonly partition: KeyValues;
}

export interface Cost {
  /** Bytes that the query must read. */
  readonly bytes: number;
  /** Files that it must open. */
  readonly files: number;
  /** Median wall time. */
  readonly seconds: number;
  readonly dollars: Price;
}

export interface QueryResult {
  readonly title: string;
  /** As an analyst writes it for the curated table in Athena. */
  readonly sql: string;
  readonly raw: Cost;
  readonly curated: Cost;
  readonly equal: boolean;
  /**
   * When answers differ: keys of the read partitions that arrived with different contents. Which copy stays is
   * compaction's choice, so that both answers are right; with none, a difference is an error.
   */
  readonly conflictingKeys: number;
  readonly answer: readonly Row[];
}

/**
 * Runs three queries on both zones: an aggregate of one partition, a scan of few columns over all of them, and the search
 * for one row by its time with no partition given.
 *
 * The raw side reads the inbox as it was before compaction. Rows that arrived twice are still in it, so its queries drop
 * them with `DISTINCT ON` the dedupe key, as an analyst would have to. Bytes of the raw side are whole objects: neither
 * JSON nor CSV nor gzip can be read in part. Bytes of the curated side are the manifests, the Parquet footers and the
 * column chunks that minima and maxima do not rule out.
 */
export async function compareQueries(
  engine: QueryEngine,
  lake: LocalLake,
  dataset: Dataset,
  readable: ReadablePaths,
  progress: Progress,
): Promise<QueryResult[]> {
  const queries = await chooseQueries(engine, lake, dataset);
  const results: QueryResult[] = [];
  for (const query of queries) {
    const raw = await viewRaw(engine, lake, dataset, readable, query.partition);
    const curated = await viewCurated(engine, lake, dataset, query.partition);
    const rawSql = statement(query, deduplicated(query, dataset), undefined);
    const curatedSql = statement(query, 'curated', query.where);
    const rawRun = await timed(engine, rawSql, () => progress.update((results.length + 0.5) / queries.length));
    const curatedRun = await timed(engine, curatedSql);
    const equal = JSON.stringify(rawRun.rows) === JSON.stringify(curatedRun.rows);
    results.push({
      title: query.title,
      sql: analystSql(query, dataset),
      raw: cost(rawRun.seconds, rawBytes(raw.partitions), raw.partitions),
      curated: cost(curatedRun.seconds, await curatedBytes(engine, curated.partitions, query), curated.partitions),
      equal,
      conflictingKeys: equal ? 0 : await countConflicts(engine, dataset),
      answer: curatedRun.rows,
    });
    progress.update(results.length / queries.length);
  }
  return results;
}

async function timed(engine: QueryEngine, sql: string, onRun?: () => void): Promise<{ rows: Row[]; seconds: number }> {
  const times: number[] = [];
  let rows: Row[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    rows = await engine.rows(sql);
    times.push((performance.now() - start) / 1000);
    onRun?.();
  }
  return { rows, seconds: times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0 };
}

function cost(seconds: number, bytes: number, partitions: readonly PartitionFiles[]): Cost {
  return { bytes, files: partitions.reduce((sum, { files }) => sum + files.length, 0), seconds, dollars: price(bytes) };
}

const rawBytes = (partitions: readonly PartitionFiles[]): number =>
  partitions.reduce((sum, { files }) => sum + files.reduce((part, file) => part + statSync(file).size, 0), 0);

async function curatedBytes(engine: QueryEngine, partitions: readonly PartitionFiles[], query: LakeQuery) {
  const manifests = partitions.reduce((sum, { manifestBytes }) => sum + manifestBytes, 0);
  return (
    manifests +
    (await engine.parquetBytes(
      partitions.flatMap(({ files }) => files),
      query,
    ))
  );
}

function statement({ select, groupAndOrder = '' }: LakeQuery, from: string, where: string | undefined): string {
  return `SELECT ${select} FROM ${from}${where === undefined ? '' : ` WHERE ${where}`} ${groupAndOrder}`.trim();
}

function deduplicated({ columns, where }: LakeQuery, dataset: Dataset): string {
  const filter = where === undefined ? '' : ` WHERE ${where}`;
  if (dataset.dedupe.key.length === 0) {
    return `(SELECT * FROM raw${filter})`;
  }
  return lastRows(dataset, columns, filter);
}

function analystSql(query: LakeQuery, dataset: Dataset): string {
  const types = new Map(partitionKeys(dataset).map(({ name, type }) => [name, type]));
  const keys = Object.entries(query.partition).map(([name, value]) =>
    types.get(name) === 'int' ? `${name} = ${Number(value)}` : `${name} = ${quoteText(value)}`,
  );
  const predicates = [...keys, ...(query.where === undefined ? [] : [query.where])];
  return unquoted(statement(query, dataset.name, predicates.length === 0 ? undefined : predicates.join(' AND ')));
}

/** Column names need no quotes in Athena, because datasets refuse reserved words; string literals stay as they are. */
const unquoted = (sql: string): string =>
  sql.replace(/'(?:[^']|'')*'|"([a-z_][a-z0-9_]*)"/g, (match, name: string | undefined) => name ?? match);

/** Keys for which it matters which row arrived first. */
async function countConflicts(engine: QueryEngine, dataset: Dataset): Promise<number> {
  if (dataset.dedupe.key.length === 0 || supersedes(dataset)) {
    return 0;
  }
  const key = [...dataset.dedupe.key.map(quoteIdentifier), '"partition no"'].join(', ');
  const columns = dataset.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const [row] = await engine.rows(`SELECT count(*)::DOUBLE AS n FROM (
    SELECT 1 FROM raw GROUP BY ${key} HAVING count(DISTINCT hash(${columns})) > 1)`);
  return Number(row?.n);
}

/** The three queries for what the lake holds now; none when the curated zone is empty. */
async function chooseQueries(engine: QueryEngine, lake: LocalLake, dataset: Dataset): Promise<LakeQuery[]> {
  const { partitions } = await viewCurated(engine, lake, dataset);
  const [busiest] = await engine.rows(
    'SELECT "partition no", count(*)::DOUBLE AS n FROM curated GROUP BY ALL ORDER BY n DESC, "partition no" LIMIT 1',
  );
  const day = partitions[Number(busiest?.['partition no'])]?.values;
  if (busiest === undefined || day === undefined) {
    return [];
  }
  // Athena refuses a query that gives no value for an injected key.
  const injected = dataset.partition.leading.filter(({ kind }) => kind === 'injected').map(({ name }) => name);
  const everywhere = Object.fromEntries(injected.map((name) => [name, day[name] ?? '']));
  const needle = await chooseNeedle(engine, dataset, Number(busiest['partition no']), Number(busiest.n));
  return [
    { ...partitionQuery(dataset), partition: day },
    { ...(await scanQuery(engine, dataset)), partition: everywhere },
    { ...needle, partition: everywhere },
  ];
}

type Question = Omit<LakeQuery, 'partition'>;

function partitionQuery(dataset: Dataset): Question {
  if (hasWebLogQuestions(dataset)) return WEB_LOG_QUESTIONS.partition;
  const time = quoteIdentifier(dataset.eventTime);
  return {
    title: 'Rows and time span of one partition',
    select: `count(*) AS row_count, min(${time}) AS earliest, max(${time}) AS latest`,
    columns: [dataset.eventTime],
  };
}

async function scanQuery(engine: QueryEngine, dataset: Dataset): Promise<Question> {
  if (hasWebLogQuestions(dataset)) return WEB_LOG_QUESTIONS.scan;
  const name = await lowCardinalityColumn(engine, dataset);
  const column = quoteIdentifier(name);
  return {
    title: `Rows by ${name} in all partitions`,
    select: `${column}, count(*) AS row_count`,
    groupAndOrder: `GROUP BY ${column} ORDER BY row_count DESC, ${column} LIMIT 10`,
    columns: [name],
  };
}

const GROUPABLE = new Set(['string', 'boolean', 'tinyint', 'smallint', 'int', 'bigint', 'date']);

/** The column with the fewest values, but two at least; a dedupe key names single rows and is not a group. */
async function lowCardinalityColumn(engine: QueryEngine, dataset: Dataset): Promise<string> {
  const candidates = dataset.columns.filter(
    ({ name, type }) =>
      GROUPABLE.has(type.kind) && !(dataset.dedupe.key.length === 1 && dataset.dedupe.key[0] === name),
  );
  if (candidates.length === 0) {
    return dataset.eventTime;
  }
  const counts = candidates.map(
    ({ name }) => `approx_count_distinct(${quoteIdentifier(name)})::DOUBLE AS ${quoteIdentifier(name)}`,
  );
  const [row] = await engine.rows(`SELECT ${counts.join(', ')} FROM curated`);
  const distinct = ({ name }: Column): number => Number(row?.[name]);
  const several = candidates.filter((column) => distinct(column) > 1);
  return (several.length > 0 ? several : candidates).reduce((a, b) => (distinct(b) < distinct(a) ? b : a)).name;
}

/** One row in the middle of the busiest partition, by its time and its key. */
async function chooseNeedle(
  engine: QueryEngine,
  dataset: Dataset,
  partitionNo: number,
  rows: number,
): Promise<Question> {
  const names = [...new Set([dataset.eventTime, ...dataset.dedupe.key])];
  const columns = names.flatMap((name) => dataset.columns.filter((column) => column.name === name));
  const list = columns.map(({ name }) => `${quoteIdentifier(name)}::VARCHAR AS ${quoteIdentifier(name)}`).join(', ');
  const order = names.map(quoteIdentifier).join(', ');
  const [row] = await engine.rows(`SELECT ${list} FROM curated WHERE "partition no" = ${partitionNo}
    ORDER BY ${order} LIMIT 1 OFFSET ${Math.floor((rows - 1) / 2)}`);
  const values = columns.map((column) => ({ column, value: sqlValue(column, `${row?.[column.name]}`) }));
  const shown = hasWebLogQuestions(dataset)
    ? WEB_LOG_QUESTIONS.shown
    : dataset.columns
        .filter(({ type }) => GROUPABLE.has(type.kind))
        .slice(0, 4)
        .map(({ name }) => name);
  const select = [...new Set([...names, ...shown])];
  return {
    title: 'One row by its time and key, no partition given',
    select: select.map(quoteIdentifier).join(', '),
    where: values.map(({ column, value }) => `${quoteIdentifier(column.name)} = ${value}`).join(' AND '),
    groupAndOrder: `ORDER BY ${select.map(quoteIdentifier).join(', ')}`,
    columns: select,
    ranges: values.map(({ column, value }) => ({
      column: column.name,
      type: duckdbType(column.type),
      from: value,
      to: value,
    })),
  };
}

function sqlValue({ type }: Column, text: string): string {
  switch (type.kind) {
    case 'timestamp':
      return `TIMESTAMP ${quoteText(text)}`;
    case 'date':
      return `DATE ${quoteText(text)}`;
    case 'string':
      return quoteText(text);
    default:
      return `CAST(${quoteText(text)} AS ${duckdbType(type)})`;
  }
}
