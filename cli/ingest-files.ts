import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mapConcurrently } from '../lambda/compaction/concurrency';
import { type InputFormat, rowsDataset } from '../lib/dataset';
import { MIB } from '../lib/dataset/units';
import { countRows } from './input/count';
import type { Discovered, InputFile } from './input/discover';
import { digestOf, keySlug, type Loader } from './input/loader';
import { placeByTime } from './input/place';
import { placeParquetByTime } from './input/place-parquet';
import type { QueryEngine } from './tables/engine';
import type { Progress } from './terminal';

const FILES_IN_FLIGHT = 4;

export interface IngestResult {
  readonly files: number;
  /** Files that an earlier run on the same kept lake had loaded, with the same path and content. */
  readonly alreadyTaken: number;
}

/**
 * Takes the user's own files into the raw zone. A file in Hive folders, or in the dataset's layout, goes up as it is; another is split by the event
 * time of its rows. Keys follow from path and content, and the ledger remembers each: taking the same file in again
 * changes nothing.
 */
export async function ingestFiles(
  loader: Loader,
  engine: QueryEngine,
  { files }: Discovered,
  progress: Progress,
): Promise<IngestResult> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  let alreadyTaken = 0;
  await mapConcurrently(files, FILES_IN_FLIGHT, async (file) => {
    const { dataset, lake } = loader;
    const digest = digestOf(file.relative, await contentDigest(file.path));
    const source = `${file.relative}#${digest}`;
    if (lake.ledger.isFinished(dataset.name, source)) {
      alreadyTaken += 1;
    } else {
      await consume(loader, engine, file, digest);
      lake.ledger.add({ kind: 'source', dataset: dataset.name, id: source });
    }
    done += file.size;
    progress.update(done / total);
  });
  return { files: files.length, alreadyTaken };
}

async function consume(loader: Loader, engine: QueryEngine, file: InputFile, digest: string): Promise<void> {
  const { dataset } = loader;
  const counted = await countRows(rowsDataset(dataset, file.columns), file);
  const name = `${keySlug(file.relative)}-${digest}`;
  const reject = (problem: string, rows: number | undefined): Promise<void> =>
    loader.rejectFile(`${name}${storedExtension(file)}`, { ...file, digest, rows: rows ?? null }, problem);
  if (counted.problem !== undefined && (file.partition === undefined || file.format === 'parquet')) {
    // Compaction would take a Parquet file without Parquet's magic for text, and judge it line by line.
    await reject(counted.problem, counted.rows);
  } else if (file.partition !== undefined) {
    await loader.put({
      partition: file.partition,
      prefix: file.prefix,
      name: `${name}${storedExtension(file)}`,
      format: file.format,
      content: { file: file.path },
      rows: counted.rows ?? null,
      source: file.relative,
      whole: true,
      arranged: counted.isArranged === true,
    });
  } else if (file.format === 'parquet') {
    const problem = await placeParquetByTime(engine, loader, file, digest);
    if (problem !== undefined) await reject(problem, counted.rows);
  } else {
    await placeByTime(loader, file, digest);
  }
}

const EXTENSIONS: Readonly<Record<InputFormat, string>> = {
  ndjson: '.json',
  json: '.json',
  csv: '.csv',
  lines: '.log',
  parquet: '.parquet',
};

/** Says what the content is, whatever the file was called. */
function storedExtension({ format, compression }: InputFile): string {
  return `${EXTENSIONS[format]}${compression === 'gzip' ? '.gz' : compression === 'zstd' ? '.zst' : ''}`;
}

async function contentDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: MIB })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
