import { type FileHandle, open } from 'node:fs/promises';
import { quoteText } from '../../../lib/dataset/duckdb-types';
import { MIB } from '../../../lib/dataset/units';
import { mapConcurrently } from '../concurrency';
import type { ObjectInfo, ObjectStore } from '../store/object-store';
import { type EngineSession, literals } from './session';

/** A footer has a few KB per row group; one read of this size covers nearly all footers. */
const TAIL_BYTES = 256 * 1024;
/** A file up to this size is cheaper in one request than in parts. */
const WHOLE_FILE_BYTES = 2 * MIB;
const READS_IN_FLIGHT = 8;
/** Chunks closer than this are fetched in one request: a request costs more than these bytes. */
const GAP_BYTES = 256 * 1024;

/**
 * Downloads only some columns of a Parquet object to the local disk: a sparse file of the object's length, in which only
 * the footer and the chunks of those columns are filled in. DuckDB reads the columns from it as from the whole file.
 * To look up dedupe keys in a partition of gigabytes, this fetches the keys and nothing else.
 */
export async function fetchColumns(
  store: ObjectStore,
  bucket: string,
  object: ObjectInfo,
  columns: readonly string[],
  session: EngineSession,
  name: string,
): Promise<string> {
  const path = session.path(name);
  if (object.size <= WHOLE_FILE_BYTES) {
    await store.getFile(bucket, object.key, object.etag, path);
    return path;
  }
  const file = await open(path, 'w');
  try {
    await file.truncate(object.size);
    await fetchFooter(store, bucket, object, file);
    const chunks = await columnChunks(session, path, columns);
    await mapConcurrently(coalesce(chunks), READS_IN_FLIGHT, async ({ start, end }) => {
      const bytes = await store.getRange(bucket, object.key, object.etag, { start, end: end - 1 });
      await file.write(bytes, 0, bytes.length, start);
    });
  } finally {
    await file.close();
  }
  return path;
}

async function fetchFooter(store: ObjectStore, bucket: string, object: ObjectInfo, file: FileHandle): Promise<void> {
  const { key, etag, size } = object;
  let tail = await store.getRange(bucket, key, etag, { start: -Math.min(TAIL_BYTES, size) });
  // A Parquet file ends in the footer, its length (4 bytes, little endian) and the magic PAR1, and begins with PAR1.
  const footer = tail.readUInt32LE(tail.length - 8) + 8;
  // Of a file that was cut short, these bytes are anything.
  const isFooter = tail.toString('latin1', tail.length - 4) === 'PAR1' && footer <= size;
  if (isFooter && footer > tail.length) tail = await store.getRange(bucket, key, etag, { start: -footer });
  await file.write(Buffer.from('PAR1'), 0, 4, 0);
  await file.write(tail, 0, tail.length, size - tail.length);
}

export interface Span {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

async function columnChunks(session: EngineSession, path: string, columns: readonly string[]): Promise<Span[]> {
  const rows = await session.rows(`
    SELECT least(data_page_offset, nullif(dictionary_page_offset, 0)) AS start, total_compressed_size AS size,
      bloom_filter_offset AS bloom_start, bloom_filter_length AS bloom_size
    FROM parquet_metadata(${quoteText(path)})
    WHERE list_contains(${literals(columns)}, path_in_schema)`);
  return rows.flatMap((row) => [
    { start: Number(row.start), end: Number(row.start) + Number(row.size) },
    ...(row.bloom_start === null
      ? []
      : [{ start: Number(row.bloom_start), end: Number(row.bloom_start) + Number(row.bloom_size) }]),
  ]);
}

/** The same spans in order, with those that are one request as one. */
export function coalesce(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && span.start - last.end < GAP_BYTES) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else merged.push(span);
  }
  return merged;
}
