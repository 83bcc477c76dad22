import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  type Column,
  type Dataset,
  type InputFormat,
  type PathValues,
  partitionForTime,
  pathColumns,
  producerPath,
  rowsDataset,
} from '../lib/dataset';
import { duckdbType, quoteIdentifier, quoteText } from '../lib/dataset/duckdb-types';
import { generate } from './generate';
import { textOf } from './generate/arrange';
import type { GeneratedFile } from './generate/files';
import type { IngestResult } from './ingest-files';
import type { Loader } from './input/loader';
import type { QueryEngine } from './tables/engine';
import type { Progress } from './terminal';

const compress = promisify(gzip);

/** Begins the source of generated objects in the ledger; a file's path cannot begin so. */
export const GENERATED = '/generated-';

const UPLOADS_IN_FLIGHT = 24;
const ENDINGS: Readonly<Record<InputFormat, string>> = {
  ndjson: 'json.gz',
  json: 'json.gz',
  csv: 'csv.gz',
  lines: 'log.gz',
  parquet: 'parquet',
};

/** Writes generated rows into the raw zone, as producers would: many small files, each a PUT of its own. */
export async function loadGenerated(
  loader: Loader,
  engine: QueryEngine,
  rows: number,
  progress: Progress,
): Promise<IngestResult> {
  const { dataset, lake } = loader;
  const source = `${GENERATED}${rows}`;
  if (lake.ledger.isFinished(dataset.name, source)) {
    const files = lake.ledger.objects(dataset.name).filter((object) => object.source === source).length;
    return { files, alreadyTaken: files };
  }
  let files = 0;
  let done = 0;
  const given = valuesOfPaths(dataset);
  const inRows = given === undefined ? dataset : rowsDataset(dataset, given);
  const { format, header, files: generator } = generate(inRows, rows);
  const upload = async (file: GeneratedFile): Promise<void> => {
    const text = textOf(dataset, format, file, files, header);
    const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
    files += 1;
    await loader.put({
      partition: partitionForTime(dataset, file.time, file.leading),
      prefix: producerPath(dataset, file.time, { ...file.leading, ...given }),
      name: `${file.name}-${digest}.${ENDINGS[format]}`,
      format,
      content:
        format === 'parquet'
          ? await parquet(engine, inRows, text, join(lake.scratch, `rows-${files}`))
          : await compress(text),
      rows: file.lines.length,
      source,
      whole: true,
    });
    done += file.lines.length;
    progress.update(done / rows);
  };
  // Each worker takes the next file when it is done with one, so that only a few are in memory.
  const worker = async (): Promise<void> => {
    for (let next = generator.next(); next.done !== true; next = generator.next()) {
      await upload(next.value);
    }
  };
  await Promise.all(Array.from({ length: UPLOADS_IN_FLIGHT }, worker));
  lake.ledger.add({ kind: 'source', dataset: dataset.name, id: source });
  return { files, alreadyTaken: 0 };
}

/** What the paths of generated objects say of the columns that paths give; undefined where they give none. */
function valuesOfPaths(dataset: Dataset): PathValues | undefined {
  const columns = pathColumns(dataset);
  if (columns.length === 0) return undefined;
  const value = ({ type }: Column) =>
    type.kind === 'string' ? 'example' : type.kind === 'date' ? dataset.partition.from : '1';
  return Object.fromEntries(columns.map((column) => [column.name, value(column)]));
}

/** Lines of JSON as one Parquet file. @param path begins the names of two files that live as long as the call */
async function parquet(engine: QueryEngine, { columns }: Dataset, text: string, path: string): Promise<Buffer> {
  const [json, file] = [`${path}.json`, `${path}.parquet`];
  const types = columns.map(({ name, type }) => `${quoteIdentifier(name)}: ${quoteText(duckdbType(type))}`).join(', ');
  try {
    await writeFile(json, text);
    await engine.run(`COPY (SELECT * FROM read_json(${quoteText(json)}, format = 'newline_delimited', columns = {${types}}))
      TO ${quoteText(file)} (FORMAT parquet)`);
    return await readFile(file);
  } finally {
    await Promise.all([json, file].map((name) => rm(name, { force: true })));
  }
}
