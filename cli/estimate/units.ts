import { DAYS_PER_MONTH } from '../../lib/prices';
import { UsageError } from '../command-line';

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  ...Object.fromEntries(['kb', 'mb', 'gb', 'tb', 'pb'].map((unit, power) => [unit, 1000 ** (power + 1)])),
  ...Object.fromEntries(['kib', 'mib', 'gib', 'tib', 'pib'].map((unit, power) => [unit, 1024 ** (power + 1)])),
};

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  ...Object.fromEntries(['m', 'min', 'minute', 'minutes'].map((unit) => [unit, 60])),
  ...Object.fromEntries(['h', 'hour', 'hours'].map((unit) => [unit, 3_600])),
  ...Object.fromEntries(['d', 'day', 'days'].map((unit) => [unit, 86_400])),
  ...Object.fromEntries(['w', 'week', 'weeks'].map((unit) => [unit, 7 * 86_400])),
  ...Object.fromEntries(['y', 'year', 'years'].map((unit) => [unit, 365 * 86_400])),
};

/** Digits, groups of thousands with commas, one point: `1,000`, `0.5`, `.5`. */
const NUMBER = /^(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d+)?$/;

interface Bounds {
  readonly least: number;
  readonly most: number;
  /** How the two are written in a message. */
  readonly words: string;
}

/** `10GB`, `1.5 TB`, `512 MiB`. @returns bytes @throws UsageError */
export function bytesOf(option: string, text: string, bounds: Bounds): number {
  const example = `write a size such as ${option} 10GB; units are B, kB, MB, GB, TB, PB, and KiB to PiB`;
  const { value, unit } = split(option, text, example);
  if (value === 0 && unit === '') return within(option, text, 0, bounds);
  if (/^[kKMGTP]b$/.test(unit) && unit !== 'kb') {
    throw new UsageError(option, `"${text}" is in bits`, `write bytes: ${option} ${value}${unit.slice(0, -1)}B`);
  }
  const factor = BYTES[unit.toLowerCase()];
  if (factor === undefined) throw wrongUnit(option, text, unit, example);
  return within(option, text, value * factor, bounds);
}

const DAYS: Readonly<Record<string, number>> = {
  ...{ h: 1 / 24, hour: 1 / 24, d: 1, day: 1, w: 7, week: 7 },
  ...{ mo: DAYS_PER_MONTH, month: DAYS_PER_MONTH, y: 365, year: 365 },
};

/** `1TB/day`, `500 GB / month`, `2TB per week`. @returns bytes a day @throws UsageError */
export function bytesPerDayOf(option: string, text: string, bounds: Bounds): number {
  const example = `write how much comes in which time, such as ${option} 1TB/day; times are hour, day, week, month, year`;
  const [, size = text, time] = /^(.*?)\s*(?:\/|\bper\b)\s*(.*?)\s*$/is.exec(text) ?? [];
  const everything = { least: 0, most: Number.POSITIVE_INFINITY, words: '' };
  if (time === undefined) {
    bytesOf(option, size, everything); // what else is wrong with it comes first
    throw new UsageError(option, `"${text}" does not say in which time`, example);
  }
  const days = DAYS[time.toLowerCase()];
  if (days === undefined) throw new UsageError(option, `"${text}": there is no time "${time}" here`, example);
  return within(option, text, bytesOf(option, size, everything) / days, bounds);
}

/** `15min`, `1h`, `365d`, `2y`. @returns seconds @throws UsageError */
export function secondsOf(option: string, text: string, bounds: Bounds): number {
  const example = `write a time such as ${option} 15min; units are s, min, h, d, w, y`;
  const { value, unit } = split(option, text, example);
  const factor = SECONDS[unit.toLowerCase()];
  if (factor === undefined) throw wrongUnit(option, text, unit, example);
  return within(option, text, value * factor, bounds);
}

/** `25%`, `0.25`. @returns 0 to 1 @throws UsageError */
export function shareOf(option: string, text: string, bounds: Bounds): number {
  const example = `write a share such as ${option} 25% or ${option} 0.25`;
  const { value, unit } = split(option, text, example);
  if (unit !== '' && unit !== '%') throw wrongUnit(option, text, unit, example);
  return within(option, text, unit === '%' ? value / 100 : value, bounds);
}

/** `100`, `1,000`, `0.5`: times a day, or pieces. @throws UsageError */
export function numberOf(option: string, text: string, bounds: Bounds & { readonly isWhole?: boolean }): number {
  const example = `write a number such as ${option} 10`;
  const { value, unit } = split(option, text, example);
  if (unit !== '') throw wrongUnit(option, text, unit, `${example}, without a unit`);
  if (bounds.isWhole === true && !Number.isInteger(value)) {
    throw new UsageError(
      option,
      `"${text}" is not a whole number`,
      `write ${option} ${Math.max(1, Math.round(value))}`,
    );
  }
  return within(option, text, value, bounds);
}

function split(option: string, text: string, fix: string): { readonly value: number; readonly unit: string } {
  const [, digits = '', unit = ''] = /^\s*([\d.,]*)\s*(.*?)\s*$/s.exec(text) ?? [];
  if (digits === '' || !NUMBER.test(digits)) {
    const isComma = /^\d+,\d+$/.test(digits);
    throw new UsageError(
      option,
      `"${text}" ${text.trim().startsWith('-') ? 'is negative' : 'does not begin with a number'}`.replace(
        'does not begin with a number',
        digits === '' ? 'does not begin with a number' : 'is not a number',
      ),
      isComma ? `write the decimals behind a point: ${option} ${digits.replace(',', '.')}${unit}` : fix,
    );
  }
  return { value: Number(digits.replaceAll(',', '')), unit };
}

const wrongUnit = (option: string, text: string, unit: string, fix: string): UsageError =>
  new UsageError(option, unit === '' ? `"${text}" has no unit` : `"${text}": there is no unit "${unit}" here`, fix);

function within(option: string, text: string, value: number, { least, most, words }: Bounds): number {
  if (value >= least && value <= most) return value;
  throw new UsageError(option, `"${text}" is ${value < least ? 'too little' : 'too much'}`, `write ${words}`);
}
