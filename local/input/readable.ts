import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { mapConcurrently } from '../../lambda/compaction/concurrency';
import type { Dataset } from '../../lib/dataset';
import { BUCKETS, type LocalLake } from '../lake';
import { fileList, literal, type QueryEngine } from '../tables/engine';
import { csvRecords } from './csv';
import { type Compression, compressionOf } from './decode';
import type { LoadedObject } from './ledger';
import { lines } from './lines';
import type { Quarantined } from './quarantined';

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
 * order than the declared columns, which Athena would misread, is copied in the declared order.
 *
 * @param normalizeCsv Copy every CSV file, for those that DuckDB's reader does not take as they are.
 */
export async function readablePaths(
  lake: LocalLake,
  engine: QueryEngine,
  dataset: Dataset,
  quarantine: readonly Quarantined[],
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
    const without = rejected.get(object.key);
    const compression = object.format === 'parquet' ? 'none' : await compressionOf(path);
    const mislabelled = compression !== labelled(path);
    const reordered =
      object.format === 'csv' && (normalizeCsv || !(await hasDeclaredHeader(dataset, path, compression)));
    if (without === undefined && !mislabelled && !reordered) {
      return [path, { object, path }];
    }
    await copyWithout(engine, dataset, object, { path, copy, compression, without: without ?? none });
    return [path, { object, path: copy }];
  };
  return new Map(await mapConcurrently(lake.ledger.objects(dataset.name), IN_FLIGHT, locate));
}

interface CopyJob {
  readonly path: string;
  readonly copy: string;
  readonly compression: Compression;
  readonly without: ReadonlySet<number>;
}

async function copyWithout(
  engine: QueryEngine,
  dataset: Dataset,
  { format }: LoadedObject,
  job: CopyJob,
): Promise<void> {
  const { path, copy, compression, without } = job;
  if (format === 'parquet') {
    const rows = [...without].join(', ') || '-1';
    await engine.run(`COPY (SELECT * EXCLUDE (file_row_number) FROM read_parquet(${fileList([path])},
      file_row_number = true, hive_partitioning = false) WHERE file_row_number + 1 NOT IN (${rows}))
      TO ${literal(copy)} (FORMAT parquet)`);
    return;
  }
  const text =
    format === 'csv' ? csvLines(dataset, path, compression, without) : ndjsonLines(path, compression, without);
  await pipeline(text, createWriteStream(copy));
}

async function* ndjsonLines(path: string, compression: Compression, without: ReadonlySet<number>) {
  for await (const { number, bytes } of lines(path, compression)) {
    if (!without.has(number)) {
      yield Buffer.concat([bytes, Buffer.from('\n')]);
    }
  }
}

async function* csvLines(dataset: Dataset, path: string, compression: Compression, without: ReadonlySet<number>) {
  const { delimiter } = dataset.input.csv;
  const row = (values: readonly string[]): string =>
    `${values.map((value) => `"${value.replaceAll('"', '""')}"`).join(delimiter)}\n`;
  let order: readonly number[] | undefined;
  yield row(dataset.columns.map(({ name }) => name));
  for await (const { number, values } of csvRecords(path, compression, delimiter)) {
    if (order === undefined) {
      order = dataset.columns.map(({ name }) => values.indexOf(name));
    } else if (!without.has(number)) {
      yield row(order.map((index) => values[index] ?? ''));
    }
  }
}

async function hasDeclaredHeader(dataset: Dataset, path: string, compression: Compression): Promise<boolean> {
  for await (const { values } of csvRecords(path, compression, dataset.input.csv.delimiter)) {
    return values.join('\n') === dataset.columns.map(({ name }) => name).join('\n');
  }
  return false;
}

/** What DuckDB takes the compression to be, from the name. */
const labelled = (path: string): Compression => (/\.gz$/.test(path) ? 'gzip' : /\.zst$/.test(path) ? 'zstd' : 'none');
