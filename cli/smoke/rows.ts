import { gzipSync } from 'node:zlib';
import { partitionInterval, rawPrefix } from '../../lib/dataset';
import { textOf } from '../generate/arrange';
import { breakerOf, lineOf } from '../generate/lines';
import { Random } from '../generate/random';
import { csvHeader } from '../generate/text-lines';
import { RowMaker } from '../generate/values';
import type { SmokeContext } from './context';
import type { Waiting } from './reserve';

const ENDINGS = { ndjson: 'json', json: 'json', csv: 'csv', lines: 'log' } as const;

/** Puts small gzip files with rows of the dataset into a reserved partition. @returns the keys */
export async function putRows(
  context: SmokeContext,
  partition: string,
  { files, rowsPerFile }: { readonly files: number; readonly rowsPerFile: number },
): Promise<readonly string[]> {
  const { reserved } = context;
  const { dataset, format } = reserved;
  const { start, end } = partitionInterval(dataset, partition);
  const random = new Random(Date.now());
  const maker = new RowMaker(dataset, random);
  const step = Math.max(1, Math.floor((end.getTime() - start.getTime()) / (files * rowsPerFile)));
  const keys: string[] = [];
  for (let file = 0; file < files; file++) {
    const lines = Array.from({ length: rowsPerFile }, (_, row) =>
      lineOf(dataset, format, maker.row(random, start.getTime() + (file * rowsPerFile + row) * step)),
    );
    const place = { dataset, format, partition };
    keys.push(await putFile(context, place, `rows-${file}`, gzipSync(fileOf(place, lines, start))));
  }
  return keys;
}

/** Puts a file that breaks off, and one with a line that fits no row where the dataset refuses any. @returns the keys */
export async function putPoison(context: SmokeContext, partition: string): Promise<{ torn: string; line?: string }> {
  const { reserved } = context;
  const { dataset, format } = reserved;
  const { start } = partitionInterval(dataset, partition);
  const random = new Random(Date.now());
  const row = new RowMaker(dataset, random).row(random, start.getTime());
  const place = { dataset, format, partition };
  const whole = gzipSync(fileOf(place, [lineOf(dataset, format, row)], start));
  const torn = await putFile(context, place, 'torn', whole.subarray(0, Math.floor(whole.length / 2)));
  const broken = breakerOf(dataset, format)?.(random, row);
  if (broken === undefined || format === 'json') return { torn };
  return { torn, line: await putFile(context, place, 'broken', gzipSync(fileOf(place, [broken], start))) };
}

/** Rows of a waiting place, one second apart, and how the last of their event times is written. */
export interface WaitingRows {
  readonly rows: number;
  /** As it stands in the file, and the instant that it means. Undefined where the dataset has a spelling of its own. */
  readonly last: { readonly text: string; readonly time: Date } | undefined;
}

const WAITING_ROWS = 5;
const OFFSET_MINUTES = 330;

/** Puts rows that wait, with event times that have an offset and microseconds. */
export async function putWaiting(context: SmokeContext, place: Waiting): Promise<WaitingRows> {
  const { dataset, format, partition } = place;
  const { start, end } = partitionInterval(dataset, partition);
  const middle = (start.getTime() + end.getTime()) / 2;
  const random = new Random(Date.now());
  const maker = new RowMaker(dataset, random);
  const column = dataset.columns.find(({ name }) => name === dataset.eventTime);
  const type = column?.type;
  const isSpelled = column?.from === undefined && type?.kind === 'timestamp' && type.format === undefined;
  let last: WaitingRows['last'];
  const lines = Array.from({ length: WAITING_ROWS }, (_, index) => {
    const time = middle + index * 1_000;
    const row = maker.row(random, time);
    if (!isSpelled) return lineOf(dataset, format, row);
    last = { text: withOffset(time), time: new Date(time) };
    return lineOf(dataset, format, { ...row, [dataset.eventTime]: last.text });
  });
  await putFile(context, place, 'waiting', gzipSync(fileOf(place, lines, start)));
  return { rows: WAITING_ROWS, last };
}

/** The same instant, as a clock in India shows it, and 456 microseconds. */
const withOffset = (time: number): string =>
  `${new Date(time + OFFSET_MINUTES * 60_000).toISOString().replace('Z', '')}456+05:30`;

const LARGE_BYTES = 6_000_000;

/** Puts an object of some megabytes without compression. @returns its bytes */
export async function putLarge(context: SmokeContext): Promise<number> {
  const { dataset, format, large: partition } = context.reserved;
  const { start } = partitionInterval(dataset, partition);
  const random = new Random(Date.now());
  const line = lineOf(dataset, format, new RowMaker(dataset, random).row(random, start.getTime()));
  const lines = Array.from({ length: Math.ceil(LARGE_BYTES / Buffer.byteLength(line)) }, () => line);
  const body = Buffer.from(fileOf({ dataset, format }, lines, start));
  await putFile(context, { dataset, format, partition }, 'large', body, '');
  return body.length;
}

function fileOf({ dataset, format }: Omit<Waiting, 'partition'>, lines: readonly string[], time: Date): string {
  const header = format === 'csv' ? csvHeader(dataset) : undefined;
  return textOf(dataset, format, { time, leading: {}, name: 'smoke', lines, duplicates: 0, broken: 0 }, 3, header);
}

async function putFile(
  { lake }: SmokeContext,
  { dataset, format, partition }: Waiting,
  name: string,
  body: Buffer,
  ending = '.gz',
): Promise<string> {
  const key = `${rawPrefix(dataset.name, partition)}smoke-${name}.${ENDINGS[format]}${ending}`;
  await lake.store.put(lake.buckets.raw, key, body);
  return key;
}
