import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { mapConcurrently } from '../../lambda/compaction/concurrency';
import { checkParquet } from '../../lambda/compaction/engine/parquet-input';
import { segmentQueries, withPathColumns } from '../../lambda/compaction/engine/path-columns';
import {
  type Dataset,
  differsInInput,
  duckdbType,
  type InputFormat,
  isPlainCsv,
  pathColumns,
  pathValues,
  quoteIdentifier,
  rowsDataset,
} from '../../lib/dataset';
import { quoteText } from '../../lib/dataset/duckdb-types';
import { createValidator } from '../../lib/rows';
import { BUCKETS, type LocalLake } from '../lake';
import { fileList, type QueryEngine } from '../tables/engine';
import { type CsvField, csvRecords } from './csv';
import { decoded } from './decode';
import type { ErasedRows } from './erased';
import type { LoadedObject } from './ledger';
import { lines } from './lines';
import type { RowsIn } from './rows-in';

const IN_FLIGHT = 8;

/** Where to read each raw object of `lake.before`; undefined for one that is to be left out. */
export type ReadablePaths = ReadonlyMap<string, Readable>;

interface Readable {
  readonly object: LoadedObject;
  readonly path: string | undefined;
}

/**
 * Makes the raw zone answer for the same rows as the curated one: lines in quarantine are left out (Athena's raw table
 * skips or nulls them, `ignore.malformed.json`), and so are objects that are there as a whole. Such objects are copied
 * without them; all others are read as they came. CSV binds by position in Athena, so a file whose header has another
 * order than the declared columns, which Athena would misread, is copied in the declared order; and so is Parquet of other
 * types than the declared ones, with the values that compaction reads. Where values have other names or forms in the
 * input, which no SerDe reads in full, every object is copied with those of the columns; and as Parquet, where columns come
 * from paths.
 *
 * @param erased What is left out because it was erased.
 * @param normalizeCsv Copy every CSV file, for those that DuckDB's reader does not take as they are.
 */
export async function readablePaths(
  lake: LocalLake,
  engine: QueryEngine,
  dataset: Dataset,
  { objects, quarantine }: RowsIn,
  erased: Pick<ErasedRows, 'copies'>,
  normalizeCsv = false,
): Promise<ReadablePaths> {
  const rejected = new Map<string, Set<number>>();
  const unreadable = new Set<string>();
  for (const { key, line } of quarantine) {
    if (line === null) {
      unreadable.add(key);
      continue;
    }
    const numbers = rejected.get(key) ?? new Set();
    rejected.set(key, numbers.add(line));
  }
  const folder = join(lake.scratch, 'readable');
  await mkdir(folder, { recursive: true });
  const none: ReadonlySet<number> = new Set();
  const locate = async (object: LoadedObject, index: number): Promise<[string, Readable]> => {
    const path = join(lake.before, BUCKETS.raw, object.key);
    const copy = join(folder, `${index}-${basename(object.key).replace(/(\.(gz|gzip|zst|zstd))?$/i, '')}`);
    if (unreadable.has(object.key)) {
      return [path, { object, path: undefined }];
    }
    if (erased.copies.has(object.key)) {
      return [path, { object: { ...object, format: 'parquet' }, path: erased.copies.get(object.key) }];
    }
    if (pathColumns(dataset).length > 0) {
      await copyWithPathColumns(engine, dataset, object, path, copy);
      return [path, { object: { ...object, format: 'parquet' }, path: copy }];
    }
    const without = rejected.get(object.key);
    const changed =
      isCopiedAsJson(dataset, object.format) ||
      differsInInput(dataset.columns) ||
      isArranged(dataset, object) ||
      (object.format === 'csv'
        ? normalizeCsv || !(await hasDeclaredHeader(dataset, path))
        : object.format === 'parquet' && !(await hasDeclaredTypes(engine, dataset, path)));
    if (without === undefined && object.mislabelled !== true && !changed) {
      return [path, { object, path }];
    }
    await copyWithout(engine, dataset, object, { path, copy, without: without ?? none });
    return [path, { object, path: copy }];
  };
  return new Map(await mapConcurrently(objects, IN_FLIGHT, locate));
}

interface CopyJob {
  readonly path: string;
  readonly copy: string;
  readonly without: ReadonlySet<number>;
}

async function copyWithout(engine: QueryEngine, dataset: Dataset, object: LoadedObject, job: CopyJob): Promise<void> {
  const { path, copy, without } = job;
  const { format } = object;
  if (format === 'parquet') {
    // DuckDB alone would silently change values.
    const own = `${copy}.input`;
    await copyFile(path, own);
    try {
      const { query } = await checkParquet(engine, dataset, own);
      await engine.run(`COPY (${query}) TO ${quoteText(copy)} (FORMAT parquet)`);
    } finally {
      await rm(own);
    }
    return;
  }
  await pipeline(linesOf(dataset, object, path, without), createWriteStream(copy));
}

/** The accepted rows as compaction writes them. */
async function copyWithPathColumns(
  engine: QueryEngine,
  dataset: Dataset,
  { key, format }: LoadedObject,
  path: string,
  copy: string,
): Promise<void> {
  const columns = pathValues(dataset, key);
  const own = `${copy}.input`;
  try {
    let query: string | undefined;
    if (format === 'parquet') {
      await copyFile(path, own);
      query = withPathColumns(dataset, (await checkParquet(engine, rowsDataset(dataset, columns), own)).query, columns);
    } else {
      await pipeline(checkedLines(rowsDataset(dataset, columns), format, path), createWriteStream(own));
      [query] = segmentQueries(dataset, [{ path: own, ...(columns === undefined ? {} : { columns }) }]);
    }
    await engine.run(`COPY (${query}) TO ${quoteText(copy)} (FORMAT parquet)`);
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Whether readable copies of a format are NDJSON: text that DuckDB does not read as compaction does, and text whose values have
 * other names or forms.
 */
export const isCopiedAsJson = ({ columns, input }: Dataset, format: InputFormat): boolean =>
  format === 'lines' || (format === 'csv' && (!isPlainCsv(input.csv) || differsInInput(columns)));

const isArranged = ({ input }: Dataset, { format, arranged }: LoadedObject): boolean =>
  arranged === true ||
  format === 'json' ||
  (format === 'ndjson' && (input.json !== undefined || input.nulls !== undefined));

function linesOf(dataset: Dataset, object: LoadedObject, path: string, without: ReadonlySet<number>) {
  const { format } = object;
  if (format === 'parquet') throw new RangeError('Parquet has no lines');
  if (isCopiedAsJson(dataset, format) || isArranged(dataset, object) || differsInInput(dataset.columns)) {
    return checkedLines(dataset, format, path);
  }
  return format === 'csv' ? csvLines(dataset, path, without) : ndjsonLines(path, without);
}

/** As compaction passes them on: of the accepted lines, each value under the name of its column. */
async function* checkedLines(dataset: Dataset, format: InputFormat, path: string) {
  const checker = createValidator(format, dataset, () => undefined);
  for await (const chunk of decoded(path)) yield* checker.push(chunk).map((slice) => Buffer.from(slice));
  yield* checker.end();
}

async function* ndjsonLines(path: string, without: ReadonlySet<number>) {
  for await (const { number, bytes } of lines(path)) {
    if (!without.has(number)) {
      yield Buffer.concat([bytes, Buffer.from('\n')]);
    }
  }
}

async function* csvLines(dataset: Dataset, path: string, without: ReadonlySet<number>) {
  const { csv } = dataset.input;
  const write = (fields: readonly (CsvField | undefined)[]): string =>
    `${fields.map((field) => (field?.quoted || field?.text ? `"${field.text.replaceAll('"', '""')}"` : '')).join(csv.delimiter)}\n`;
  let order: readonly number[] | undefined;
  yield write(dataset.columns.map(({ name }) => ({ text: name, quoted: true })));
  for await (const { number, fields } of csvRecords(path, csv)) {
    if (order === undefined) {
      const header = fields().map(({ text }) => text);
      order = dataset.columns.map(({ name }) => header.indexOf(name));
    } else if (!without.has(number)) {
      const values = fields();
      yield write(order.map((index) => values[index]));
    }
  }
}

async function hasDeclaredHeader(dataset: Dataset, path: string): Promise<boolean> {
  for await (const { fields } of csvRecords(path, dataset.input.csv)) {
    const header = fields().map(({ text }) => text);
    return header.join('\n') === dataset.columns.map(({ name }) => name).join('\n');
  }
  return false;
}

async function hasDeclaredTypes(engine: QueryEngine, dataset: Dataset, path: string): Promise<boolean> {
  const described = await engine.rows(`DESCRIBE FROM read_parquet(${fileList([path])}, hive_partitioning = false)`);
  const types = new Map(described.map((row) => [`${row.column_name}`, `${row.column_type}`]));
  const nulls = dataset.columns.map(({ name, type }) => `NULL::${duckdbType(type)} AS ${quoteIdentifier(name)}`);
  const declared = await engine.rows(`DESCRIBE SELECT ${nulls.join(', ')}`);
  return declared.every(({ column_name: name, column_type: type }) => (types.get(`${name}`) ?? type) === type);
}
