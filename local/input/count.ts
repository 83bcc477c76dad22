import type { Dataset, InputFormat } from '../../lib/dataset/model';
import { fileList, type QueryEngine } from '../tables/engine';
import { csvRecords } from './csv';
import { type Compression, compressionOf, UnreadableError } from './decode';
import { lines } from './lines';

export interface Countable {
  readonly path: string;
  readonly format: InputFormat;
  readonly compression?: Compression;
}

/** Rows of a file: its non-blank lines, CSV records without the header, or Parquet rows; or why it cannot be read. */
export async function countRows(
  engine: QueryEngine,
  dataset: Dataset,
  { path, format, compression }: Countable,
): Promise<{ readonly rows: number } | { readonly problem: string }> {
  try {
    if (format === 'parquet') {
      return { rows: await parquetRows(engine, path) };
    }
    const inflate = compression ?? (await compressionOf(path));
    if (format === 'csv') {
      return { rows: Math.max(0, (await length(csvRecords(path, inflate, dataset.input.csv.delimiter))) - 1) };
    }
    return { rows: await length(lines(path, inflate)) };
  } catch (error) {
    if (error instanceof UnreadableError) {
      return { problem: error.message };
    }
    throw error;
  }
}

/** @throws UnreadableError when the footer is not Parquet's */
export async function parquetRows(engine: QueryEngine, path: string): Promise<number> {
  try {
    const [row] = await engine.rows(`SELECT num_rows::DOUBLE AS n FROM parquet_file_metadata(${fileList([path])})`);
    return Number(row?.n);
  } catch (error) {
    throw new UnreadableError(`not Parquet: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
}

async function length(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of items) {
    count += 1;
  }
  return count;
}
