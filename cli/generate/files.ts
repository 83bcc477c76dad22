import { HOUR_MS, type PartitionValues } from '../../lib/dataset';
import type { Random } from './random';

/** Rows that no reader can use: what producers that crash or mix their streams leave behind. */
const BROKEN_SHARE = 0.00005;
/** Rows that arrive twice, because a producer got no answer and sent its last lines again. */
const DUPLICATE_SHARE = 0.004;

/** The first of the generated days, a Monday, and how many follow. Fixed, so that every run makes the same bytes. */
export const FIRST_DAY = Date.UTC(2026, 5, 15);
export const DAYS = 4;

/** Rows by hour of the day (UTC), relative: quiet nights, a lunch dip, an evening peak. */
const DIURNAL = [
  3, 2, 1.6, 1.4, 1.5, 2, 3, 4.5, 6, 7, 7.4, 7.2, 6.6, 6.8, 7.2, 7.4, 7.6, 8, 8.6, 9.2, 9.4, 8.4, 6.4, 4.4,
] as const;
/** Monday to Thursday, relative. */
const BY_DAY = [1, 1.08, 0.93, 1.14] as const;
/** Files an hour: flushes of each producer times producers. The first pair that leaves enough rows in a file wins. */
const FILE_LAYOUTS = [
  { flushes: 4, producers: 8 },
  { flushes: 4, producers: 4 },
  { flushes: 2, producers: 2 },
  { flushes: 1, producers: 1 },
] as const;
const LEAST_ROWS_A_FILE = 100;

/** One small file as a producer writes it: lines of text, not yet compressed. */
export interface GeneratedFile {
  /** Start of the time span that its rows lie in; with `leading` it decides the partition. */
  readonly time: Date;
  /** Values of the leading partition keys. */
  readonly leading: PartitionValues;
  /** Unique within the partition and the run. */
  readonly name: string;
  /** One for each row; the header of a CSV file is not among them. */
  readonly lines: readonly string[];
  /** Of `lines`, how many are copies of a line in this or another file of the hour. */
  readonly duplicates: number;
  /** Of `lines`, how many cannot be read or miss a required value. */
  readonly broken: number;
}

export interface GeneratedEvent {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly line: string;
}

export interface FileLayout {
  readonly flushes: number;
  readonly producers: number;
}

/** How many files take the rows of an hour. @param parts partitions that each hour has rows in */
export function layoutOf(rows: number, hours: number, parts = 1): FileLayout {
  const files = ({ flushes, producers }: FileLayout): number => hours * parts * flushes * producers;
  return FILE_LAYOUTS.find((layout) => rows / files(layout) >= LEAST_ROWS_A_FILE) ?? { flushes: 1, producers: 1 };
}

/** The rows of one hour of one partition. */
export interface Portion {
  /** Epoch milliseconds. */
  readonly start: number;
  /** Rows that are neither repeated nor broken. */
  readonly clean: number;
  readonly duplicates: number;
  readonly broken: number;
}

/** Deals rows to hours as traffic comes: `rows` in all, of which some are repeated or broken. */
export function* hourly(random: Random, rows: number, firstDay: number, days: number): Generator<Portion> {
  const hours = 24 * days;
  const weight = (hour: number): number =>
    (DIURNAL[hour % 24] ?? 1) * (BY_DAY[Math.floor(hour / 24) % BY_DAY.length] ?? 1);
  let weightLeft = Array.from({ length: hours }, (_, hour) => weight(hour)).reduce((sum, one) => sum + one, 0);
  let rowsLeft = rows;
  for (let hour = 0; hour < hours; hour += 1) {
    const last = hour === hours - 1;
    const quota = last ? rowsLeft : Math.min(rowsLeft, random.round((rowsLeft * weight(hour)) / weightLeft));
    weightLeft -= weight(hour);
    rowsLeft -= quota;
    yield portionOf(random, firstDay + hour * HOUR_MS, quota);
  }
}

/** An hour with hardly any rows stays clean: there must be rows to repeat. */
export function portionOf(random: Random, start: number, quota: number): Portion {
  const spoils = quota < 20 ? 0 : quota;
  const duplicates = random.round(spoils * DUPLICATE_SHARE);
  const broken = random.round(spoils * BROKEN_SHARE);
  return { start, clean: quota - duplicates - broken, duplicates, broken };
}

export interface OpenFile extends GeneratedFile {
  readonly lines: string[];
  duplicates: number;
  broken: number;
}

/** Deals an hour's rows to producers, each of which flushes a few times an hour. @param producer begins the names of files */
export function spread(
  random: Random,
  start: number,
  events: readonly GeneratedEvent[],
  { flushes, producers }: FileLayout,
  producer: string,
  leading: PartitionValues = {},
): OpenFile[] {
  const files: OpenFile[] = [];
  for (let flush = 0; flush < flushes; flush += 1) {
    const time = new Date(start + (flush * HOUR_MS) / flushes);
    const stamp = time.toISOString().replace(/[-:]/g, '').slice(0, 13);
    for (let number = 1; number <= producers; number += 1) {
      const name = `${producer}-${String(number).padStart(2, '0')}-${stamp}`;
      files.push({ time, leading, name, lines: [], duplicates: 0, broken: 0 });
    }
  }
  for (const event of events) {
    const flush = Math.floor(((event.time - start) / HOUR_MS) * flushes);
    files[flush * producers + random.below(producers)]?.lines.push(event.line);
  }
  return files;
}

/**
 * Adds the hour's repeated and broken lines where a producer would have left them.
 *
 * @param breakLine makes of a line one that is not a row
 */
export function spoil(
  random: Random,
  files: readonly OpenFile[],
  { duplicates, broken }: Pick<Portion, 'duplicates' | 'broken'>,
  breakLine: (random: Random, line: string) => string,
): void {
  const written = files.filter((file) => file.lines.length > 0);
  const any = (): OpenFile => written[random.below(written.length)] as OpenFile;
  const clean = written.map((file) => file.lines.length);
  for (let n = 0; n < duplicates; n += 1) {
    const source = random.below(written.length);
    const line = written[source]?.lines[random.below(clean[source] ?? 0)];
    const target = any();
    target.lines.push(line ?? '');
    target.duplicates += 1;
  }
  for (let n = 0; n < broken; n += 1) {
    const target = any();
    target.lines.splice(random.below(target.lines.length + 1), 0, breakLine(random, target.lines[0] ?? ''));
    target.broken += 1;
  }
}
