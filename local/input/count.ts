import { UnreadableObjectError } from '../../lambda/compaction/lines';
import type { Dataset, InputFormat } from '../../lib/dataset/model';
import { fileList, type QueryEngine } from '../tables/engine';
import { csvRecords } from './csv';
import { lines } from './lines';

export interface Countable {
  readonly path: string;
  readonly format: InputFormat;
}

/** Rows of a file: its non-blank lines, CSV records without the header, or Parquet rows; or why it cannot be read. */
export async function countRows(
  engine: QueryEngine,
  dataset: Dataset,
  { path, format }: Countable,
): Promise<{ readonly rows: number } | { readonly problem: string }> {
  try {
    if (format === 'parquet') {
      return { rows: await parquetRows(engine, path) };
    }
    if (format === 'csv') {
      return { rows: Math.max(0, (await length(csvRecords(path, dataset.input.csv.delimiter))) - 1) };
    }
    return { rows: await length(lines(path)) };
  } catch (error) {
    if (error instanceof UnreadableObjectError) {
      return { problem: error.message };
    }
    throw error;
  }
}

/** @throws UnreadableObjectError when the footer is not Parquet's */
async function parquetRows(engine: QueryEngine, path: string): Promise<number> {
  try {
    const [row] = await engine.rows(`SELECT num_rows::DOUBLE AS n FROM parquet_file_metadata(${fileList([path])})`);
    return Number(row?.n);
  } catch (error) {
    const [message = ''] = (error as Error).message.replaceAll(path, '').split('\n');
    throw new UnreadableObjectError(`not Parquet: ${message}`);
  }
}

async function length(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of items) {
    count += 1;
  }
  return count;
}
