import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Column, type Dataset, manifestPrefix, quoteIdentifier, quoteText } from '../../lib/dataset';
import { Encoder } from '../data/encode';
import type { LogicalRow } from '../data/values';
import type { LakeFiles } from '../emulator/files';

/**
 * Reads the manifest of a partition as a query engine does, and the data files that it lists.
 *
 * @throws Error unless there is one manifest, and each of its lines is the URI of an object that exists, none of them twice
 */
async function committedFiles(files: LakeFiles, dataset: Dataset, partition: string): Promise<Buffer[]> {
  const prefix = manifestPrefix(dataset.name, partition);
  const manifests = await files.list('curated', prefix);
  if (manifests.length !== 1) throw new Error(`${manifests.length} objects lie under ${prefix}, not one`);
  const text = await files.manifest(dataset, partition);
  if (!text.endsWith('\n')) throw new Error(`The manifest of ${prefix} does not end with a newline`);
  const lines = text.slice(0, -1).split('\n');
  const root = `s3://${files.bucket('curated')}/`;
  lines.forEach((line, index) => {
    if (line === '') throw new Error(`Line ${index + 1} of the manifest of ${prefix} is blank`);
    if (!line.startsWith(root)) throw new Error(`Line ${index + 1} of the manifest of ${prefix} is ${line}`);
    if (lines.indexOf(line) !== index) throw new Error(`The manifest of ${prefix} lists ${line} twice`);
  });
  return await Promise.all(lines.map((line) => files.get('curated', line.slice(root.length))));
}

/**
 * Compares what the manifest of a partition lists with the rows that the producers meant, every column of every row, each
 * row exactly once. Both sides are read by DuckDB; the expected rows are written from literals and not by the product.
 *
 * @throws Error with the number of rows that differ and an example
 */
export async function compareCurated(
  files: LakeFiles,
  dataset: Dataset,
  partition: string,
  rows: readonly LogicalRow[],
  scratch: string,
): Promise<void> {
  const committed = await committedFiles(files, dataset, partition);
  const folder = mkdtempSync(join(scratch, 'compare-'));
  const paths = committed.map((body, index) => {
    const path = join(folder, `${index}.parquet`);
    writeFileSync(path, body);
    return path;
  });
  const encoder = await Encoder.open(folder);
  const expected = join(folder, 'expected.parquet');
  writeFileSync(expected, (await encoder.parquet(dataset, 'expected', rows)).body);
  encoder.close();
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '300MB' });
  const connection = await instance.connect();
  try {
    const columns = dataset.columns.map(comparable).join(', ');
    const list = (some: readonly string[]): string => `read_parquet([${some.map(quoteText).join(', ')}])`;
    await connection.run(`CREATE TABLE found AS SELECT ${columns} FROM ${list(paths)}`);
    await connection.run(`CREATE TABLE expected AS SELECT ${columns} FROM ${list([expected])}`);
    const difference = async (more: string, less: string): Promise<string[]> =>
      (await connection.runAndReadAll(`SELECT to_json(r)::VARCHAR FROM (FROM ${more} EXCEPT ALL FROM ${less}) AS r`))
        .getRows()
        .map(([row]) => String(row));
    const missing = await difference('expected', 'found');
    const surplus = await difference('found', 'expected');
    if (missing.length + surplus.length === 0) return;
    throw new Error(
      `${dataset.name}/${partition}: ${missing.length} rows are missing, ${surplus.length} should not be there\n` +
        `missing: ${missing[0] ?? 'none'}\nsurplus: ${surplus[0] ?? 'none'}`,
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  }
}

/** The entries of a map have no order. */
const comparable = ({ name, type }: Column): string => {
  const column = quoteIdentifier(name);
  return type.kind === 'map' ? `list_sort(map_entries(${column})) AS ${column}` : column;
};
