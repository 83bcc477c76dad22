import type { Dataset, InputFormat } from '../../lib/dataset';
import { csvText, type Encoder, ndjsonText, type RawFile } from './encode';
import { EXTREME_ROWS } from './extremes';
import { randomRows } from './random-rows';
import type { LogicalRow } from './values';

/** What producers put into one partition. */
export interface PartitionLoad {
  readonly partition: string;
  /** In the format that the raw table reads. */
  readonly readable: Delivery;
  /** In the other formats; and some of the rows that came before, once more. */
  readonly other: Delivery;
}

export interface Delivery {
  readonly files: readonly RawFile[];
  /** Rows that are new. */
  readonly rows: readonly LogicalRow[];
}

/** Single digits, so that padding matters, and the last moment of a year. */
const MOMENTS = [
  { day: '2026-06-05', hour: '09' },
  { day: '2026-12-31', hour: '23' },
  { day: '2027-02-01', hour: '00' },
] as const;
const INJECTED = ['acme', '0', 'Zed-9.x_y'] as const;

/** Three partitions of a dataset: they differ in every key. */
export function partitionsOf({ partition }: Dataset): readonly string[] {
  return MOMENTS.map((moment, index) => {
    const leading = partition.leading.map((key) => {
      const value = key.kind === 'enum' ? key.values[index % key.values.length] : INJECTED[index];
      return `${key.name}=${value}/`;
    });
    return leading.join('') + timePath(partition.scheme, moment.day, moment.hour);
  });
}

/** The part of a partition's path that the time decides. @param day `yyyy-MM-dd` @param hour `HH` */
function timePath(scheme: Dataset['partition']['scheme'], day: string, hour: string): string {
  const [year, month, date] = day.split('-');
  const path = `year=${year}/month=${month}/day=${date}`;
  return { dt: `dt=${day}`, day: path, hour: `${path}/hour=${hour}`, month: `year=${year}/month=${month}` }[scheme];
}

/** Rows for every partition of `partitionsOf`, in files of every format and compression that the dataset takes. */
export async function loads(encoder: Encoder, dataset: Dataset): Promise<readonly PartitionLoad[]> {
  const [first = 'ndjson', ...others] = dataset.input.formats;
  const everyType = dataset.columns.some(({ name }) => name === 'huge');
  const made: PartitionLoad[] = [];
  for (const [index, partition] of partitionsOf(dataset).entries()) {
    const extremes = index === 0 && everyType ? EXTREME_ROWS : [];
    const rows = [...extremes, ...randomRows(dataset, partition, [120, 40, 1][index] ?? 0, 100 * index + 1)];
    const more = others.map((format, n) => ({ format, rows: randomRows(dataset, partition, 30, 100 * index + 2 + n) }));
    const files = await filesOf(encoder, dataset, first, rows.slice(0, 7), 'again');
    for (const { format, rows: own } of more) files.push(...(await filesOf(encoder, dataset, format, own, 'more')));
    made.push({
      partition,
      readable: { rows, files: await filesOf(encoder, dataset, first, rows, 'first') },
      other: { rows: more.flatMap((delivery) => delivery.rows), files },
    });
  }
  return made;
}

/** A third of the rows in each compression; Parquet has its own, so it is two files. */
async function filesOf(
  encoder: Encoder,
  dataset: Dataset,
  format: InputFormat,
  rows: readonly LogicalRow[],
  name: string,
): Promise<RawFile[]> {
  const files: RawFile[] = [];
  const parts = format === 'parquet' ? (['none', 'none'] as const) : (['none', 'gzip', 'zstd'] as const);
  for (const [part, compression] of parts.entries()) {
    const own = rows.filter((_, index) => index % parts.length === part);
    if (own.length === 0) continue;
    const label = `${name}-${part}`;
    files.push(
      format === 'parquet'
        ? await encoder.parquet(dataset, label, own)
        : await encoder.text(
            `${label}.${format === 'csv' ? 'csv' : 'json'}`,
            (format === 'csv' ? csvText : ndjsonText)(dataset, own),
            compression,
          ),
    );
  }
  return files;
}
