import { parquetMetadataAsync, type SchemaElement } from 'hyparquet';
import {
  bound,
  type FileColumn,
  type FileMetrics,
  type Leaf,
  type Statistic,
  type TableShape,
} from '../../lib/iceberg';
import type { ObjectInfo, ObjectStore } from '../compaction/store/object-store';

/** Of a column in the footer: its place in the schema, and a chunk with statistics for each row group. */
const COLUMN_BYTES = 300;
/** Rows of fewer bytes than this are one row group, with the defaults of a dataset. */
const ROW_GROUP_BYTES = 4 * 1024 ** 2;
const LEAST_TAIL_BYTES = 8 * 1024;
const MOST_TAIL_BYTES = 64 * 1024;

/** One read of so many bytes covers nearly all footers; a longer one takes a second read. */
function tailBytes(size: number, columns: number): number {
  const groups = Math.ceil(size / ROW_GROUP_BYTES);
  return Math.min(MOST_TAIL_BYTES, Math.max(LEAST_TAIL_BYTES, groups * columns * COLUMN_BYTES));
}

/** Digits of a decimal up to which a floating point number holds it, and its scaled value, exactly. */
const EXACT_DIGITS = 15;

/** Statistics as the file has them: hyparquet would make texts and dates of them, which lose bytes and microseconds. */
const RAW = {
  stringFromBytes: (bytes: Uint8Array) => bytes,
  dateFromDays: (days: number) => days,
  timestampFromMilliseconds: (millis: bigint) => millis * 1000n,
  timestampFromMicroseconds: (micros: bigint) => micros,
};

/** What a footer tells of a data file. */
export interface Footer {
  /** Counts, sizes and bounds. */
  readonly metrics: FileMetrics;
  /** All columns of the file, declared or not. */
  readonly columns: readonly FileColumn[];
}

/** Reads the footer of a data file. */
export type ReadFooter = typeof readFooter;

/** Reads a data file's footer alone. @throws Error when it is no Parquet file */
export async function readFooter(
  store: ObjectStore,
  bucket: string,
  { key, etag, size }: ObjectInfo,
  { leaves }: TableShape,
): Promise<Footer> {
  const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
    const bytes = await store.getRange(bucket, key, etag, { start, end: end - 1 });
    const isWhole = bytes.byteOffset === 0 && bytes.length === bytes.buffer.byteLength;
    return (
      isWhole ? bytes.buffer : bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
    ) as ArrayBuffer;
  };
  const file = { byteLength: size, slice };
  const footer = await parquetMetadataAsync(file, {
    initialFetchSize: tailBytes(size, leaves.size),
    // Its types want converted values; nothing here reads them as such.
    parsers: RAW as unknown as NonNullable<NonNullable<Parameters<typeof parquetMetadataAsync>[1]>['parsers']>,
    geoparquet: false,
  });
  const columns = new Map<number, ColumnMetrics>();
  for (const group of footer.row_groups) {
    for (const { meta_data: chunk } of group.columns) {
      const leaf = leaves.get(chunk?.path_in_schema.join('.') ?? '');
      if (chunk === undefined || leaf === undefined) continue;
      const known = columns.get(leaf.id) ?? new ColumnMetrics(leaf);
      columns.set(leaf.id, known);
      const { min_value: least, max_value: greatest, null_count: nulls } = chunk.statistics ?? {};
      known.add(Number(chunk.total_compressed_size), Number(chunk.num_values), nulls, [least, greatest]);
    }
  }
  const found = [...columns.entries()].sort(([a], [b]) => a - b);
  const each = <T>(value: (metrics: ColumnMetrics) => T | undefined) =>
    found.flatMap(([id, metrics]) => {
      const own = value(metrics);
      return own === undefined ? [] : [{ key: id, value: own }];
    });
  return {
    metrics: {
      record_count: Number(footer.num_rows),
      column_sizes: each(({ bytes }) => bytes),
      value_counts: each(({ values }) => values),
      null_value_counts: each(({ nulls }) => nulls),
      lower_bounds: each((metrics) => metrics.bound('lower')),
      upper_bounds: each((metrics) => metrics.bound('upper')),
    },
    columns: columnsOf(footer.schema),
  };
}

/** The tree that a footer holds as a list, each group before its members. */
function columnsOf(schema: readonly SchemaElement[]): readonly FileColumn[] {
  let next = 0;
  const read = (): FileColumn => {
    const element = schema[next++] as SchemaElement;
    const parts = Array.from({ length: element.num_children ?? 0 }, read);
    // Lists and maps have a group in between, of which names in Iceberg say nothing.
    const isCollection = /^(LIST|MAP|MAP_KEY_VALUE)$/.test(element.converted_type ?? element.logical_type?.type ?? '');
    return { name: element.name, parts: isCollection ? parts.flatMap((group) => group.parts) : parts };
  };
  return read().parts;
}

/** One column over the row groups of a file. What a single group does not tell is not known of the file. */
class ColumnMetrics {
  bytes = 0;
  values = 0;
  nulls: number | undefined = 0;
  #range: readonly [Statistic, Statistic] | undefined;
  #isBounded: boolean;

  constructor(readonly leaf: Leaf) {
    this.#isBounded = !leaf.inCollection;
  }

  add(bytes: number, values: number, nulls: bigint | undefined, range: readonly [unknown, unknown]): void {
    this.bytes += bytes;
    this.values += values;
    this.nulls = nulls === undefined || this.nulls === undefined ? undefined : this.nulls + Number(nulls);
    const isEmpty = nulls !== undefined && Number(nulls) === values;
    if (isEmpty) return;
    const least = statistic(this.leaf.type, range[0]);
    const greatest = statistic(this.leaf.type, range[1]);
    if (least === undefined || greatest === undefined) this.#isBounded = false;
    else {
      const [low, high] = this.#range ?? [least, greatest];
      this.#range = [isLess(least, low) ? least : low, isLess(high, greatest) ? greatest : high];
    }
  }

  bound(side: 'lower' | 'upper'): Buffer | undefined {
    if (!this.#isBounded || this.#range === undefined) return undefined;
    return bound(this.leaf.type, this.#range[side === 'lower' ? 0 : 1], side);
  }
}

/** The value as bounds take it: hyparquet has scaled decimals already, which is exact for those that a number holds. */
function statistic(type: string, value: unknown): Statistic | undefined {
  const decimal = /^decimal\((\d+), (\d+)\)$/.exec(type);
  if (decimal !== null) {
    if (typeof value !== 'number' || Number(decimal[1]) > EXACT_DIGITS) return undefined;
    return BigInt(Math.round(value * 10 ** Number(decimal[2])));
  }
  if (value instanceof Uint8Array) return value;
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint' ? value : undefined;
}

const isLess = (a: Statistic, b: Statistic): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) < 0 : a < b;
