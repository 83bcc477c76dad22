import { quoteIdentifier } from '../../../lib/dataset';
import { duckdbType, quoteText } from '../../../lib/dataset/duckdb-types';
import type { Column, Dataset } from '../../../lib/dataset/model';
import { type UnknownField, UnreadableObjectError } from '../lines';
import { checkNames } from './parquet-names';
import type { EngineSession } from './session';

/** A Parquet object on the local disk, checked row by row against the dataset. */
export interface CheckedParquet {
  readonly accepted: number;
  readonly rejected: readonly { readonly line: number; readonly reason: string; readonly raw: Buffer }[];
  /** Columns that the dataset does not declare, each with its number of rows. They are not stored. */
  readonly unknownFields: readonly UnknownField[];
  /** A query that answers the accepted rows with the dataset's columns and types. */
  readonly query: string;
}

/** More rejected rows than this make the object a foreign one: it is quarantined as a whole. */
const MAX_REJECTED_ROWS = 100_000;

/**
 * Checks a Parquet object. A value fits when converting it to the column's type and back gives the same value; dates
 * and times are the exception: they are truncated to milliseconds, as everywhere in the lake.
 *
 * @throws UnreadableObjectError when the file is corrupt or its columns cannot be the dataset's
 */
export async function checkParquet(session: EngineSession, dataset: Dataset, path: string): Promise<CheckedParquet> {
  try {
    return await check(session, dataset, path);
  } catch (error) {
    if (error instanceof UnreadableObjectError) throw error;
    throw new UnreadableObjectError(`not a readable Parquet file: ${(error as Error).message.split('\n')[0]}`);
  }
}

async function check(session: EngineSession, dataset: Dataset, path: string): Promise<CheckedParquet> {
  const source = `read_parquet(${quoteText(path)}, hive_partitioning = false, file_row_number = true)`;
  const described = await session.rows(`DESCRIBE SELECT * FROM ${source}`);
  const types = new Map(described.map((row) => [String(row.column_name), String(row.column_type)]));
  const undeclared = await checkNames(session, dataset, path);
  const columns = dataset.columns.map((column) => conversion(column, types.get(column.name)));
  const misfit = `CASE ${columns.map(({ misfit, reason }) => `WHEN ${misfit} THEN ${reason}`).join(' ')} END`;
  const rejected = await session.rows(
    `SELECT file_row_number + 1 AS line, ${misfit} AS reason, to_json(source)::VARCHAR AS raw
     FROM (SELECT * FROM ${source}) AS source WHERE ${misfit} IS NOT NULL
     ORDER BY line LIMIT ${MAX_REJECTED_ROWS + 1}`,
  );
  if (rejected.length > MAX_REJECTED_ROWS) {
    throw new UnreadableObjectError(
      `more than ${MAX_REJECTED_ROWS} rows do not fit; the first: row ${rejected[0]?.line}: ${rejected[0]?.reason}`,
    );
  }
  const query = `SELECT ${columns.map(({ select }) => select).join(', ')} FROM ${source} WHERE ${misfit} IS NULL`;
  // Reads every column of every row: whatever is corrupt shows here, and not when the batch is written.
  const digests = columns.map(({ name }) => `hash(${name})`).join(', ');
  const accepted = await session.number(`SELECT count(*) FROM (${query}) WHERE greatest(${digests}, 0) >= 0`);
  return {
    accepted,
    query,
    unknownFields: undeclared.map((column) => ({ ...column, count: accepted + rejected.length })),
    rejected: rejected.map(({ line, reason, raw }) => ({
      line: Number(line),
      reason: String(reason),
      raw: Buffer.from(String(raw)),
    })),
  };
}

interface Conversion {
  readonly name: string;
  readonly select: string;
  /** A predicate that is true for a row whose value does not fit. */
  readonly misfit: string;
  /** An expression for the reason. */
  readonly reason: string;
}

function conversion(column: Column, from: string | undefined): Conversion {
  const name = quoteIdentifier(column.name);
  const to = duckdbType(column.type);
  if (from === undefined) {
    if (column.notNull) throw new UnreadableObjectError(`it has no column ${column.name}, which must not be null`);
    return { name, select: `NULL::${to} AS ${name}`, misfit: 'false', reason: 'NULL' };
  }
  const { value, exact } = convert(column, name, from, to);
  const wrong = [`(${name} IS NOT NULL AND NOT coalesce(${exact}, false))`];
  if (column.notNull) wrong.push(`${name} IS NULL`);
  const shown = `coalesce(left(${name}::VARCHAR, 100), 'null')`;
  return {
    name,
    select: `${value} AS ${name}`,
    misfit: `(${wrong.join(' OR ')})`,
    reason: `${quoteText(`${column.name}: `)} || ${shown} || ${quoteText(` (${from}) is not a ${describe(column)}`)}`,
  };
}

function describe(column: Column): string {
  return `${column.notNull ? 'not-null ' : ''}${column.type.kind}`;
}

/** The converted value, and a predicate that says whether nothing was lost. */
function convert(column: Column, name: string, from: string, to: string): { value: string; exact: string } {
  if (column.type.kind === 'timestamp') {
    if (from === 'TIMESTAMP WITH TIME ZONE') return timestamp(`(${name} AT TIME ZONE 'UTC')`);
    if (from.startsWith('TIMESTAMP') || from === 'DATE') return timestamp(`${name}::TIMESTAMP`);
  }
  if (from === to) return { value: name, exact: 'true' };
  if (column.type.kind === 'float' && from === 'DOUBLE') {
    return { value: `TRY_CAST(${name} AS FLOAT)`, exact: `TRY_CAST(${name} AS FLOAT) IS NOT NULL` };
  }
  const value = `TRY_CAST(${name} AS ${to})`;
  return { value, exact: `TRY_CAST(${value} AS ${from}) IS NOT DISTINCT FROM ${name}` };
}

function timestamp(value: string): { value: string; exact: string } {
  return { value: `date_trunc('milliseconds', ${value})`, exact: `isfinite(${value})` };
}
