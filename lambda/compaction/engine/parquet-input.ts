import { duckdbType, quoteIdentifier } from '../../../lib/dataset/duckdb-types';
import type { Dataset } from '../../../lib/dataset/model';
import { type Rejection, type UnknownField, UnreadableObjectError } from '../../../lib/rows';
import { DeadlineError } from '../limits/deadline';
import { MAX_REJECTED, RejectedLines } from '../limits/rejected-lines';
import { planColumns, rowAsJson } from './parquet/columns';
import { type Footer, readFooter, replaceSchema } from './parquet/footer';
import type { TextMode } from './parquet/found';
import { fileSchema } from './parquet/schema';
import { checkNames } from './parquet-names';
import { numberedRows } from './parquet-rows';
import { bytesSql } from './row-bytes';

/** A Parquet object on the local disk, checked row by row against the dataset. */
export interface CheckedParquet {
  readonly accepted: number;
  /** Columns and groups of the file. */
  readonly columns: number;
  /** Bytes of the accepted rows before compression, roughly. */
  readonly acceptedBytes: number;
  readonly rejected: readonly Rejection[];
  /** Columns that the dataset does not declare, each with its number of rows. They are not stored. */
  readonly unknownFields: readonly UnknownField[];
  /** A query that returns the accepted rows with the dataset's columns and types. */
  readonly query: string;
  /** The same with two more columns, which {@link ROW} names. */
  readonly numberedQuery: string;
}

/** Columns of a row's number in the file, from 1, and of the row as JSON. No column of a dataset has a space. */
export const ROW_COLUMNS = ['row number', 'row as JSON'] as const;
/** The same, quoted. */
export const ROW = { line: `"${ROW_COLUMNS[0]}"`, raw: `"${ROW_COLUMNS[1]}"` };

/** The part of a DuckDB session that is used here. */
export interface ParquetEngine {
  rows(sql: string): Promise<Record<string, unknown>[]>;
}

/**
 * Rejected rows of one object, in their order, up to the first that is too much. Their texts are read only once it is known that
 * they fit in memory.
 *
 * @param rows a query that returns them, each with its `line` and `raw`
 */
export async function upToTooMuch(
  engine: ParquetEngine,
  rows: string,
  limit: number,
): Promise<Record<string, unknown>[]> {
  const sizes = await engine.rows(`SELECT strlen(raw) AS bytes FROM (${rows}) ORDER BY line LIMIT ${limit}`);
  let count = 0;
  for (let bytes = 0; count < sizes.length && bytes <= MAX_REJECTED.bytes; count++)
    bytes += Number(sizes[count]?.bytes);
  return count === 0 ? [] : await engine.rows(`${rows} ORDER BY line LIMIT ${count}`);
}

/**
 * Checks a Parquet object. How each type is converted is in `docs/input.md`; a value that would change is rejected with
 * its row. The footer of the local file is rewritten: see `parquet/found.ts` for the reason.
 *
 * @param path a file that belongs to the caller, and that nothing else reads
 * @throws UnreadableObjectError when the file is corrupt or its columns cannot be the dataset's
 */
export async function checkParquet(engine: ParquetEngine, dataset: Dataset, path: string): Promise<CheckedParquet> {
  const footer = await readFooter(path);
  try {
    return await check(engine, dataset, path, footer, 'as text');
  } catch (error) {
    if (error instanceof UnreadableObjectError || !/invalid string encoding/i.test((error as Error).message)) {
      throw unreadable(error, path);
    }
  }
  try {
    // A text that is not UTF-8 fails the whole file when it is read as text. Reading bytes is slower, but finds the rows.
    return await check(engine, dataset, path, footer, 'as bytes');
  } catch (error) {
    throw unreadable(error, path);
  }
}

/** DuckDB's errors that are about this machine: they must not make a good object look corrupt. */
const OF_THE_MACHINE =
  /^(?:out of memory|interrupt|fatal|internal) error|no space left|failed to (?:offload|allocate)/i;

/** What to throw for an error of the engine: the object's fault, unless it is the machine's or the task was given up. */
function unreadable(error: unknown, path: string): Error {
  if (error instanceof UnreadableObjectError || error instanceof DeadlineError) return error;
  if (OF_THE_MACHINE.test((error as Error).message)) return error as Error;
  return new UnreadableObjectError(`not a readable Parquet file: ${withoutPlace((error as Error).message, path)}`);
}

/** DuckDB's message without the name of the local copy, which differs in each run, and without the error class. */
function withoutPlace(message: string, path: string): string {
  const [line = ''] = message.split('\n');
  return line
    .replace(/^(?:[A-Z]\w* )+Error: /, '')
    .replaceAll(`Failed to read file "${path}": `, '')
    .replaceAll(path, 'the file');
}

async function check(
  engine: ParquetEngine,
  dataset: Dataset,
  path: string,
  footer: Footer,
  text: TextMode,
): Promise<CheckedParquet> {
  const schema = fileSchema(footer.elements, text);
  const undeclaredColumns = checkNames(dataset, footer.elements);
  const { columns, undeclared } = planColumns(dataset, schema);
  await replaceSchema(path, footer, schema.elements);

  const source = numberedRows(path);
  const reasons = columns.flatMap(({ reason }) => reason ?? []);
  const reason = reasons.length === 0 ? 'NULL' : `coalesce(${reasons.join(', ')})`;
  const rejected =
    reasons.length === 0
      ? []
      : await upToTooMuch(
          engine,
          `SELECT file_row_number + 1 AS line, ${reason} AS reason, ${rowAsJson(schema)} AS raw
           FROM ${source} WHERE ${reason} IS NOT NULL`,
          MAX_REJECTED.lines + 1,
        );
  const rejects = new RejectedLines('row');
  for (const { line, reason: why, raw } of rejected) {
    rejects.add({ line: Number(line), reason: String(why), raw: Buffer.from(String(raw)) });
  }
  const where = rejected.length === 0 ? '' : `WHERE ${reason} IS NULL`;
  const values = columns.map(({ name, value }) => `${value} AS ${name}`).join(', ');
  const query = `SELECT ${values} FROM ${source} ${where}`;
  const row = `file_row_number + 1 AS ${ROW.line}, ${rowAsJson(schema)} AS ${ROW.raw}`;
  // Reads every column of every row: corruption shows here, and not when the batch is written.
  const digests = columns.map(({ name }) => `hash(${name})`).join(', ');
  const bytes = dataset.columns.map(({ name, type }) => bytesSql(duckdbType(type), quoteIdentifier(name)));
  const [found = {}] = await engine.rows(
    `SELECT count(*) AS accepted, coalesce(sum(${bytes.join(' + ')}), 0) AS bytes, bit_xor(greatest(${digests}, 0)) FROM (${query})`,
  );
  const accepted = Number(found.accepted);
  if (accepted + rejected.length !== footer.rows) {
    throw new UnreadableObjectError(
      `not a readable Parquet file: its footer says ${footer.rows} rows, but it holds ${accepted + rejected.length}`,
    );
  }
  return {
    accepted,
    columns: footer.elements.length,
    acceptedBytes: Number(found.bytes),
    query,
    numberedQuery: `SELECT ${values}, ${row} FROM ${source} ${where}`,
    unknownFields: [...undeclared, ...undeclaredColumns].map((field) => ({ ...field, count: footer.rows })),
    rejected: rejects.lines,
  };
}
