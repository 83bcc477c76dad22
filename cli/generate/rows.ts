import {
  DAY_MS,
  type Dataset,
  HOUR_MS,
  type InputFormat,
  type LeadingKey,
  type PartitionValues,
} from '../../lib/dataset';
import { parseDay } from '../../lib/dataset/calendar';
import {
  DAYS,
  FIRST_DAY,
  type GeneratedEvent,
  type GeneratedFile,
  hourly,
  layoutOf,
  type Portion,
  portionOf,
  spoil,
  spread,
} from './files';
import { breakerOf, lineOf } from './lines';
import { Random } from './random';
import { RowMaker } from './values';

/** Values of each leading key that get rows, and combinations of them. */
const VALUES = 3;
const MOST_COMBINATIONS = 4;

/** The days that get rows: those of {@link FIRST_DAY} and after, or the ones of the dataset's range that are closest to them. */
export function spanOf({ partition }: Dataset): { readonly firstDay: number; readonly days: number } {
  const from = parseDay(partition.from)?.getTime() ?? FIRST_DAY;
  const to = parseDay(partition.to)?.getTime() ?? FIRST_DAY;
  const firstDay = Math.max(from, Math.min(FIRST_DAY, to - (DAYS - 1) * DAY_MS));
  return { firstDay, days: Math.min(DAYS, Math.round((to - firstDay) / DAY_MS) + 1) };
}

/**
 * Rows of any dataset as small files, made from its declaration: types, keys, partitions, formats and event time. Memory is one
 * hour's rows, whatever the total. The same arguments give the same bytes.
 *
 * @param rows lines in all files together, duplicates and broken ones included
 * @param seed another seed gives other rows. @default 1
 */
export function* generateRows(dataset: Dataset, rows: number, format: InputFormat, seed = 1): Generator<GeneratedFile> {
  // The row count is part of the seed: two runs of different size on one lake share no rows.
  const random = new Random(seed * 2_654_435_761 + rows);
  const maker = new RowMaker(dataset, random);
  const breaker = breakerOf(dataset, format);
  const { firstDay, days } = spanOf(dataset);
  const leadings = leadingValues(dataset.partition.leading);
  const layout = layoutOf(rows, 24 * days, leadings.length);
  const breakLine = (_: Random, line: string): string => breaker?.(random, maker.row(random, firstDay)) ?? line;
  for (const hour of hourly(random, rows, firstDay, days)) {
    let left = hour.clean + hour.duplicates + hour.broken;
    for (const [index, leading] of leadings.entries()) {
      const quota = random.round(left / (leadings.length - index));
      left -= quota;
      const portion = leadings.length === 1 ? hour : portionOf(random, hour.start, quota);
      const events = eventsOf(portion, (time) => lineOf(dataset, format, maker.row(random, time)), random);
      const files = spread(random, portion.start, events, layout, 'rows', leading);
      spoil(random, files, portion, breakLine);
      yield* files.filter(({ lines }) => lines.length > 0);
    }
  }
}

/** Each row has a millisecond of its own, as long as an hour has as many. */
function eventsOf({ start, clean }: Portion, line: (time: number) => string, random: Random): GeneratedEvent[] {
  const step = HOUR_MS / Math.max(1, clean);
  return Array.from({ length: clean }, (_, index) => {
    const time = Math.min(start + HOUR_MS - 1, Math.floor(start + (index + random.next() * 0.5) * step));
    return { time, line: line(time) };
  });
}

/** Some combinations of values of the keys; one without values where there is no key. */
export function leadingValues(keys: readonly LeadingKey[]): readonly PartitionValues[] {
  let combinations: readonly PartitionValues[] = [{}];
  for (const key of keys) {
    const values = (
      key.kind === 'enum' ? key.values : Array.from({ length: VALUES }, (_, n) => `${key.name}-${n + 1}`)
    ).slice(0, VALUES);
    combinations = combinations.flatMap((known) => values.map((value) => ({ ...known, [key.name]: value })));
  }
  return combinations.slice(0, MOST_COMBINATIONS);
}
