import { readFooter } from '../../lambda/compaction/engine/parquet/footer';
import type { Dataset, InputFormat } from '../../lib/dataset/model';
import { snakeCase } from '../../lib/dataset/snake-case';
import { pathsOf } from '../../lib/dataset/sources';
import { createValidator, DELIMITERS, quoteName, UnreadableObjectError } from '../../lib/rows';
import { csvRecords } from './csv';
import { contentOf } from './decode';
import { lines } from './lines';
import { isOneALine, jsonRecords } from './records';

const ANY_DELIMITER = new RegExp(`[${DELIMITERS.join('')}]`);

export interface Countable {
  readonly path: string;
  readonly format: InputFormat;
}

export interface Counted {
  /** Undefined when the file cannot be read to its end. */
  readonly rows: number | undefined;
  /** Why compaction will refuse the file as a whole, as far as can be told from here. */
  readonly problem: string | undefined;
  /** Of JSON, whether it is anything else than one record a line. @default false */
  readonly isArranged?: boolean;
}

/** Rows of a file: its JSON records and what is broken between them, CSV records, or Parquet rows. The header of CSV is not a row, unless it is refused. */
export async function countRows(dataset: Dataset, { path, format }: Countable): Promise<Counted> {
  try {
    if (format === 'parquet') {
      return { rows: await parquetRows(path), problem: undefined };
    }
    if (format === 'lines') return { rows: await length(lines(path)), problem: undefined };
    if (format === 'csv' && (dataset.input.csv.header ?? true) !== true) {
      return { rows: await rowsBesideNames(dataset, path), problem: undefined };
    }
    if (format === 'csv') {
      const records = await length(csvRecords(path, dataset.input.csv));
      const { problem, isHeader } = await checkHeader(dataset, path);
      // A first line that is not a header is a row, and none is to be lost from the account.
      return { rows: isHeader ? Math.max(0, records - 1) : records, problem };
    }
    const rows = await length(jsonRecords(path, dataset));
    return { rows, problem: undefined, isArranged: !(await isOneALine(path, dataset)) };
  } catch (error) {
    if (error instanceof UnreadableObjectError) {
      return { rows: undefined, problem: error.message };
    }
    throw error;
  }
}

/** Rows of a file whose names are declared, or stand in comments. */
async function rowsBesideNames(dataset: Dataset, path: string): Promise<number> {
  let rows = 0;
  for await (const { isHeader } of csvRecords(path, dataset.input.csv)) if (!isHeader) rows += 1;
  return rows;
}

/** Whether the first line of a CSV file names columns of the dataset, and why compaction refuses it, if it does. */
async function checkHeader(
  dataset: Dataset,
  path: string,
): Promise<{ isHeader: boolean; problem: string | undefined }> {
  const checker = createValidator('csv', dataset, () => undefined);
  for await (const { bytes, fields } of csvRecords(path, dataset.input.csv)) {
    try {
      checker.push(Buffer.concat([bytes, Buffer.from('\n')]));
      return { isHeader: true, problem: undefined };
    } catch (error) {
      if (!(error instanceof UnreadableObjectError)) throw error;
      const declared = new Set(dataset.columns.flatMap(pathsOf).map(([name = '']) => name.toLowerCase()));
      const names = fields().map(({ text }) => text);
      // A header with another delimiter is one as well.
      const isHeader = names
        .flatMap((name) => name.replaceAll('"', '').split(ANY_DELIMITER))
        .some((name) => declared.has(name.trim().toLowerCase()) || declared.has(snakeCase(name.trim())));
      const shown = names.slice(0, FIELDS_SHOWN).map(quoteName).join(', ');
      const more = names.length > FIELDS_SHOWN ? `, and ${names.length - FIELDS_SHOWN} more` : '';
      const found = names.length === 0 ? '' : `; it has ${shown}${more}`;
      return { isHeader, problem: isHeader ? error.message : `${error.message}. ${NO_HEADER}${found}` };
    }
  }
  return { isHeader: true, problem: undefined };
}

const NO_HEADER = 'Its first line names no column of the dataset: a CSV file must begin with a header';
const FIELDS_SHOWN = 3;

/** @throws UnreadableObjectError when the footer is not Parquet's */
async function parquetRows(path: string): Promise<number> {
  if ((await contentOf(path)) !== 'parquet') {
    throw new UnreadableObjectError('its name says Parquet, but it does not begin as Parquet does, with PAR1');
  }
  return (await readFooter(path)).rows;
}

async function length(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of items) {
    count += 1;
  }
  return count;
}
