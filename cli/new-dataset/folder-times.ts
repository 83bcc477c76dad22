import { parseDay } from '../../lib/dataset/calendar';
import { layoutReader, parseLayout, type TimeUnit } from '../../lib/dataset/layout-template';

/** The folders of all files at one depth. */
export interface Level {
  /** Name and `=` of Hive folders, where all files have the same; else empty. */
  readonly prefix: string;
  /** What follows the prefix, file by file. */
  readonly values: readonly string[];
}

/** What the folders say of the time. */
export interface FolderTimes {
  /** Template of each level that holds a part of the time, without its prefix, by depth. */
  readonly parts: ReadonlyMap<number, string>;
  /** From the year on. */
  readonly units: readonly TimeUnit[];
  /** Day that each file is of, or the first of its month, as `yyyy-MM-dd`. */
  readonly days: readonly string[];
}

const UNITS: readonly TimeUnit[] = ['year', 'month', 'day', 'hour'];
const YEAR = /^(?:19|20)\d\d$/;
const NUMBERS = {
  month: { padded: '{MM}', bare: '{M}', least: 1, most: 12 },
  day: { padded: '{dd}', bare: '{d}', least: 1, most: 31 },
  hour: { padded: '{HH}', bare: '{H}', least: 0, most: 23 },
} as const;
/** Names of numbers that are no month or day, though they may follow a year. */
const NO_TIME = /partition|shard|bucket|^part|version|^v$|id$|week|quarter|batch|run/i;
/** An hour follows a day under such a name only: any number from 0 to 23 may be something else. */
const HOUR = /^h|hour|hr$|stunde|^std$|^ora$|^uur$|time/i;
/** When data arrived, which is the second choice where the folders have another time. */
const ARRIVAL = /ingest|load|arriv|process|batch|run|export|snapshot/i;

/** From the first of a month to that of the next, as in reports of costs: its rows are of any day between. */
const MONTH_PERIOD = '{yyyy}{MM}01-*';
const isMonthPeriod = (value: string): boolean => /^\d{6}01-\d{6}01$/.test(value);

/** Whole dates in one folder, the most telling first. */
const WHOLE: readonly string[] = [
  ...['-', '_', '.', ''].flatMap((mark) => {
    const day = `{yyyy}${mark}{MM}${mark}{dd}`;
    return [...new Set([mark, '-', '_', '.', 'T', ''])].map((before) => `${day}${before}{HH}`).concat(day);
  }),
  '{yyyy}-{M}-{d}',
  ...['-', '_', '.'].flatMap((mark) => [`{dd}${mark}{MM}${mark}{yyyy}`, `{MM}${mark}{dd}${mark}{yyyy}`]),
  ...['-', '_', '.', ''].map((mark) => `{yyyy}${mark}{MM}`),
  MONTH_PERIOD,
  ...['-', '_', '.', ''].map((mark) => `{yyyy}${mark}{MM}${mark}{dd}*`),
];

const READERS = new Map(WHOLE.map((form) => [form, layoutReader(parseLayout(`${form}/`))]));

/** The time that all files have in their folders; undefined where they tell no month. */
export function folderTimes(levels: readonly Level[]): FolderTimes | undefined {
  const found = levels.flatMap((_, at) => timesFrom(levels, at) ?? []);
  const worth = ({ units, parts }: FolderTimes): number =>
    units.length - ([...parts.keys()].some((at) => ARRIVAL.test(levels[at]?.prefix ?? '')) ? UNITS.length : 0);
  return found.reduce<FolderTimes | undefined>(
    (best, times) => (best === undefined || worth(times) > worth(best) ? times : best),
    undefined,
  );
}

function timesFrom(levels: readonly Level[], start: number): FolderTimes | undefined {
  const first = levels[start];
  if (first === undefined || first.values.length === 0) return undefined;
  const whole = first.values.every((value) => YEAR.test(value)) ? '{yyyy}' : wholeForm(first.values);
  if (whole === undefined) return undefined;
  const parts = new Map([[start, whole]]);
  let told = whole === '{yyyy}' ? 1 : whole.includes('{HH}') ? 4 : /\{dd?\}/.test(whole) ? 3 : 2;
  const below = levels.slice(start + 1, start + 1 + UNITS.length - told);
  // One number without a zero before it tells that the others that could have two digits have none either.
  const isBare = below.some(({ values }) => values.some((value) => /^\d$/.test(value)));
  for (const [index, level] of below.entries()) {
    const unit = UNITS[told];
    const form = unit === undefined || unit === 'year' ? undefined : numberForm(level, unit, isBare);
    if (form === undefined) break;
    parts.set(start + 1 + index, form);
    told += 1;
  }
  const read = layoutReader(parseLayout(`${[...parts.values()].join('/')}/`));
  const days = first.values.map((_, file) =>
    dayOf(read(`${[...parts.keys()].map((at) => levels[at]?.values[file] ?? '').join('/')}/`)),
  );
  const known = days.filter((day) => day !== undefined);
  return told < 2 || known.length < days.length ? undefined : { parts, units: UNITS.slice(0, told), days: known };
}

/** The first form that all values have; undefined too where they may be of another form as well, of another day. */
function wholeForm(values: readonly string[]): string | undefined {
  const fits = (form: string): boolean => {
    const read = READERS.get(form);
    return values.every(
      (value) =>
        read !== undefined &&
        dayOf(read(`${value}/`)) !== undefined &&
        !(form.endsWith('*') && isLonger(value)) &&
        (form !== MONTH_PERIOD || isMonthPeriod(value)),
    );
  };
  const form = WHOLE.find(fits);
  if (form === undefined || !/^\{(?:dd|MM)\}/.test(form)) return form;
  const [, mark = ''] = /\}(.)\{/.exec(form) ?? [];
  return ['{dd}_{MM}_{yyyy}', '{MM}_{dd}_{yyyy}'].every((other) => fits(other.replaceAll('_', mark)))
    ? undefined
    : form;
}

/** Whether digits go on behind a date: then it is a number that begins like one. */
const isLonger = (value: string): boolean => /^\d{9}|^\d{4}[-_.]\d\d[-_.]\d{3}/.test(value);

function numberForm({ prefix, values }: Level, unit: keyof typeof NUMBERS, isBare: boolean): string | undefined {
  const { padded, bare, least, most } = NUMBERS[unit];
  const name = prefix.slice(0, -1);
  if (name !== '' && (unit === 'hour' ? !HOUR.test(name) : NO_TIME.test(name))) return undefined;
  const isInRange = (value: string): boolean => Number(value) >= least && Number(value) <= most;
  const are = (form: RegExp): boolean => values.every((value) => form.test(value) && isInRange(value));
  const hasZero = values.some((value) => /^0\d/.test(value));
  if (are(/^\d\d$/) && (hasZero || !isBare)) return padded;
  return are(/^(?:0|[1-9]\d?)$/) ? bare : undefined;
}

/** Undefined for days and hours that do not exist. */
function dayOf(read: ReturnType<ReturnType<typeof layoutReader>>): string | undefined {
  if ('problem' in read) return undefined;
  const { year = '', month = '01', day = '01', hour = '00' } = read.times;
  const text = `${year}-${month}-${day}`;
  return YEAR.test(year) && parseDay(text) !== undefined && Number(hour) < 24 ? text : undefined;
}
