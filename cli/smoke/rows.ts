import { gzipSync } from 'node:zlib';
import { partitionInterval, rawPrefix } from '../../lib/dataset';
import { textOf } from '../generate/arrange';
import { breakerOf, lineOf } from '../generate/lines';
import { Random } from '../generate/random';
import { csvHeader } from '../generate/text-lines';
import { RowMaker } from '../generate/values';
import type { SmokeContext } from './context';
import type { Reserved } from './reserve';

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
    keys.push(await putFile(context, partition, `rows-${file}`, gzipSync(fileOf(reserved, lines, start))));
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
  const whole = gzipSync(fileOf(reserved, [lineOf(dataset, format, row)], start));
  const torn = await putFile(context, partition, 'torn', whole.subarray(0, Math.floor(whole.length / 2)));
  const broken = breakerOf(dataset, format)?.(random, row);
  if (broken === undefined || format === 'json') return { torn };
  return { torn, line: await putFile(context, partition, 'broken', gzipSync(fileOf(reserved, [broken], start))) };
}

function fileOf({ dataset, format }: Reserved, lines: readonly string[], time: Date): string {
  const header = format === 'csv' ? csvHeader(dataset) : undefined;
  return textOf(dataset, format, { time, leading: {}, name: 'smoke', lines, duplicates: 0, broken: 0 }, 3, header);
}

async function putFile(
  { lake, reserved }: SmokeContext,
  partition: string,
  name: string,
  body: Buffer,
): Promise<string> {
  const key = `${rawPrefix(reserved.dataset.name, partition)}smoke-${name}.${ENDINGS[reserved.format]}.gz`;
  await lake.store.put(lake.buckets.raw, key, body);
  return key;
}
