import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { decompress } from 'fzstd';
import { type Dataset, quoteText, rawPrefix } from '../../../lib/dataset';
import type { EngineLake } from '../lake';

/**
 * The rows that wait under a partition of the inbox, counted in the objects themselves: lines of NDJSON, lines of CSV
 * without the header (no value here holds a line break), rows of Parquet by its footer.
 *
 * @param scratch a folder for one Parquet file at a time
 */
export async function straightCount(
  lake: EngineLake,
  dataset: Dataset,
  partition: string,
  scratch: string,
): Promise<number> {
  let rows = 0;
  for (const { key } of await lake.list('raw', rawPrefix(dataset.name, partition))) {
    const body = await lake.get('raw', key);
    rows += key.endsWith('.parquet') ? await parquetRows(body, scratch) : textRows(key, body);
  }
  return rows;
}

function textRows(key: string, body: Buffer): number {
  const bytes = key.endsWith('.gz') ? gunzipSync(body) : key.endsWith('.zst') ? decompress(body) : body;
  const lines = bytes.filter((byte) => byte === 0x0a).length;
  return /\.csv(\.|$)/.test(key) ? lines - 1 : lines;
}

async function parquetRows(body: Buffer, scratch: string): Promise<number> {
  const path = join(scratch, 'count.parquet');
  await writeFile(path, body);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const answer = await connection.runAndReadAll(
      `SELECT sum(num_rows)::INTEGER FROM parquet_file_metadata(${quoteText(path)})`,
    );
    return Number(answer.getRows()[0]?.[0]);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(path);
  }
}
