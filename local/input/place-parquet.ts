import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lookAlikes, quoteName } from '../../lambda/compaction/lines';
import { quoteIdentifier } from '../../lib/dataset';
import { quoteText } from '../../lib/dataset/duckdb-types';
import { messageOf } from '../failure';
import { fileList, type QueryEngine } from '../tables/engine';
import { timestampOf } from '../tables/text-timestamps';
import type { InputFile } from './discover';
import { keySlug, type Loader } from './loader';
import { partitionFinder } from './place';

/** Rows without a partition that one quarantine object takes. */
const REJECTED_ROWS = 10_000;
const SLOT = '__slot';

/**
 * The Parquet counterpart of `placeByTime`: DuckDB splits by hour or day, and each part becomes one object.
 *
 * @returns why the file cannot be read to its end, in which case nothing was put; undefined when all is done
 */
export async function placeParquetByTime(
  engine: QueryEngine,
  loader: Loader,
  file: InputFile,
  digest: string,
): Promise<string | undefined> {
  const { dataset, lake } = loader;
  const source = `read_parquet(${fileList([file.path])}, file_row_number = true, hive_partitioning = false)`;
  const described = await engine.rows(`DESCRIBE FROM ${source}`).catch(whyUnreadable);
  if (typeof described === 'string') return described;
  const columns = new Map(described.map((row) => [`${row.column_name}`, `${row.column_type}`]));
  const time = eventTime(dataset.eventTime, columns.get(dataset.eventTime));
  const [alike] = lookAlikes([dataset.eventTime], [...columns.keys()]);
  const { from, to } = dataset.partition;
  const inRange = `${time} >= TIMESTAMP '${from}' AND ${time} < TIMESTAMP '${to}' + INTERVAL 1 DAY`;
  const name = `${keySlug(file.relative)}-${digest}`;

  const folder = join(lake.scratch, `split-${digest}`);
  const slot = dataset.partition.scheme === 'hour' ? '%Y-%m-%dT%H' : '%Y-%m-%dT00';
  try {
    const unreadable = await engine
      .run(`COPY (SELECT * EXCLUDE (file_row_number), strftime(${time}, '${slot}') AS ${SLOT} FROM ${source}
      WHERE ${inRange}) TO ${quoteText(folder)} (FORMAT parquet, PARTITION_BY (${SLOT}))`)
      .catch(whyUnreadable);
    if (unreadable !== undefined) return unreadable;
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
        const [count] = await engine.rows(
          `SELECT sum(num_rows)::DOUBLE AS n FROM parquet_file_metadata(${fileList([path])})`,
        );
        await loader.put({
          partition: placed.partition,
          name: `${name}-${String(part).padStart(4, '0')}.parquet`,
          format: 'parquet',
          content: { file: path },
          rows: Number(count?.n),
          source: file.relative,
          whole: false,
        });
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }

  for (let offset = 0, part = 0; ; offset += REJECTED_ROWS, part += 1) {
    const rows = await engine.rows(`SELECT file_row_number + 1 AS line, to_json(r)::VARCHAR AS raw
      FROM (SELECT * FROM ${source} WHERE (${inRange}) IS NOT true ORDER BY file_row_number
        LIMIT ${REJECTED_ROWS} OFFSET ${offset}) AS r`);
    if (rows.length === 0) {
      return undefined;
    }
    const reason =
      alike === undefined
        ? `no partition: ${dataset.eventTime} is missing, not a time, or outside of ${from} to ${to}`
        : `no partition: ${dataset.eventTime} is missing, but there is ${quoteName(alike.undeclared[0] ?? '')}; ` +
          'names match exactly';
    const rejected = rows.map(({ line, raw }) => ({ line: Number(line), reason, raw: Buffer.from(`${raw}`) }));
    await loader.reject(`${name}-${String(part).padStart(4, '0')}`, file.relative, digest, rejected);
  }
}

const whyUnreadable = (error: unknown): string =>
  `not a readable Parquet file: ${
    messageOf(error)
      .replace(/^Error: /, '')
      .split('\n')[0]
  }`;

/** SQL for the event time as a UTC timestamp, NULL where there is none. */
function eventTime(name: string, type: string | undefined): string {
  const column = quoteIdentifier(name);
  switch (type) {
    case undefined:
      return 'NULL::TIMESTAMP';
    case 'VARCHAR':
      return timestampOf(column, 'TRY_CAST');
    // Text without an annotation that says so.
    case 'BLOB':
      return timestampOf(`TRY(decode(${column}))`, 'TRY_CAST');
    case 'BIGINT':
    case 'INTEGER':
      return `TRY(make_timestamp_ms(${column}))`;
    case 'TIMESTAMP WITH TIME ZONE':
      return `(${column} AT TIME ZONE 'UTC')`;
    default:
      return /^(TIMESTAMP|DATE)/.test(type) ? `${column}::TIMESTAMP` : 'NULL::TIMESTAMP';
  }
}
