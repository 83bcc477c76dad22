import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CheckedParquet, checkParquet, ROW } from '../../lambda/compaction/engine/parquet-input';
import { quoteIdentifier } from '../../lib/dataset';
import { quoteText } from '../../lib/dataset/duckdb-types';
import { UnreadableObjectError } from '../../lib/rows';
import { fileList, type QueryEngine } from '../tables/engine';
import type { InputFile } from './discover';
import { keySlug, type Loader, type RejectedRow } from './loader';
import { partitionFinder } from './place';

/** Rows that do not fit, or are without a partition, that one quarantine object takes. */
const REJECTED_ROWS = 10_000;
const SLOT = '__slot';
/** Start of a partition's time. */
const SLOTS = { hour: '%Y-%m-%dT%H', day: '%Y-%m-%dT00', dt: '%Y-%m-%dT00', month: '%Y-%m-01T00' } as const;
/** Should the two ways to compare with the range ever differ. */
const OUTSIDE = 'no partition: the event time is outside the range of the dataset';

/**
 * The Parquet counterpart of `placeByTime`. What becomes of a value is decided by the code of compaction: rows that do not
 * fit the dataset go to quarantine with its reasons, and the others are written with the types of the dataset, split by
 * hour or day; each part becomes one object.
 *
 * @returns why the file cannot be taken, in which case nothing was put; undefined when all is done
 */
export async function placeParquetByTime(
  engine: QueryEngine,
  loader: Loader,
  file: InputFile,
  digest: string,
): Promise<string | undefined> {
  const folder = join(loader.lake.scratch, `split-${digest}`);
  try {
    await mkdir(folder, { recursive: true });
    // Its footer is written anew.
    const copy = join(folder, 'input.parquet');
    await copyFile(file.path, copy);
    return await split(engine, loader, file, digest, await checkParquet(engine, loader.dataset, copy));
  } catch (error) {
    if (error instanceof UnreadableObjectError) return error.message;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function split(
  engine: QueryEngine,
  loader: Loader,
  file: InputFile,
  digest: string,
  { numberedQuery, rejected, unknownFields }: CheckedParquet,
): Promise<string | undefined> {
  const { dataset, lake } = loader;
  const { from, to } = dataset.partition;
  const time = `${quoteIdentifier(dataset.eventTime)}::TIMESTAMP`;
  const inRange = `${time} >= TIMESTAMP '${from}' AND ${time} < TIMESTAMP '${to}' + INTERVAL 1 DAY`;
  const name = `${keySlug(file.relative)}-${digest}`;
  const folder = join(lake.scratch, `split-${digest}`, 'parts');
  const slot = SLOTS[dataset.partition.scheme];
  await engine.run(`COPY (SELECT * EXCLUDE (${ROW.line}, ${ROW.raw}), strftime(${time}, '${slot}') AS ${SLOT}
    FROM (${numberedQuery}) WHERE ${inRange}) TO ${quoteText(folder)} (FORMAT parquet, PARTITION_BY (${SLOT}))`);
  const partitionOf = partitionFinder(dataset, file.leading, 'timestamp');
  const slots = (await readdir(folder).catch(() => [])).sort().map((entry) => ({
    entry,
    placed: partitionOf(`${decodeURIComponent(entry.slice(SLOT.length + 1))}:00:00`),
  }));
  for (const { entry, placed } of slots) {
    // A value of the folders that the dataset does not have: it is the same for every row.
    if ('problem' in placed) return placed.problem;
    for (const [part, partFile] of (await readdir(join(folder, entry))).sort().entries()) {
      const path = join(folder, entry, partFile);
      await loader.put({
        partition: placed.partition,
        name: `${name}-${numbered(part)}.parquet`,
        format: 'parquet',
        content: { file: path },
        rows: await engine.number(`SELECT sum(num_rows) FROM parquet_file_metadata(${fileList([path])})`),
        source: file.relative,
        whole: false,
      });
    }
  }
  loader.undeclared.push(...unknownFields);

  let part = 0;
  const reject = (rows: readonly RejectedRow[]): Promise<void> =>
    loader.reject(`${name}-${numbered(part++)}`, file.relative, digest, rows);
  for (let at = 0; at < rejected.length; at += REJECTED_ROWS) await reject(rejected.slice(at, at + REJECTED_ROWS));
  for (let last = 0; ; ) {
    const rows = await engine.rows(`SELECT ${ROW.line} AS line, ${ROW.raw} AS raw,
      epoch_ms(${time})::DOUBLE AS millis FROM (${numberedQuery})
      WHERE (${inRange}) IS NOT true AND ${ROW.line} > ${last} ORDER BY line LIMIT ${REJECTED_ROWS}`);
    if (rows.length === 0) return undefined;
    await reject(
      rows.map(({ line, raw, millis }) => {
        const placed = partitionOf(millis);
        const reason = 'problem' in placed ? placed.problem : OUTSIDE;
        return { line: Number(line), reason, raw: Buffer.from(`${raw}`) };
      }),
    );
    last = Number(rows.at(-1)?.line);
  }
}

const numbered = (part: number): string => String(part).padStart(4, '0');
