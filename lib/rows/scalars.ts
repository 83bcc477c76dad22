import { ASCII } from './bytes';
import * as calendar from './calendar';
import * as json from './json';
import type { Patches } from './patches';

const { COLON, DOT, EQUALS, LOWER_E, MINUS, PLUS, QUOTE, SPACE, UPPER_T, UPPER_Z, ZERO } = ASCII;
// Taken out of their modules for the same reason as the constants.
const { skipDigits, skipNumber } = json;
const { daysInMonth, epochDay, MAX_EPOCH_MILLIS, MIN_EPOCH_MILLIS, writeTimestamp } = calendar;

/**
 * Scanners of typed scalars. Each takes the position where the value starts and returns the position after it, or one of
 * the two codes below. A form that DuckDB would not read exactly is rewritten by a patch.
 */

/** The value is not of the type at all. */
export const MISMATCH = -1;
/** The value has the right form but lies outside of what the type holds. */
export const OUT_OF_RANGE = -2;

/** What a scanner asks of a numeric type. */
interface NumericType {
  readonly kind: string;
  readonly min: number;
  readonly max: number;
  readonly precision: number;
  readonly scale: number;
}

const MAX_BIGINT = Buffer.from('9223372036854775807');
const MIN_BIGINT = Buffer.from('9223372036854775808');

/** A JSON integer, or a string that holds exactly one: ids beyond 2^53 are often sent so. */
export function scanInteger(buf: Buffer, at: number, type: NumericType): number {
  const quoted = buf[at] === QUOTE;
  let i = quoted ? at + 1 : at;
  const negative = buf[i] === MINUS;
  if (negative) i++;
  const start = i;
  let value = 0;
  for (;;) {
    const digit = (buf[i] as number) - ZERO;
    if (digit >>> 0 > 9) break;
    value = value * 10 + digit;
    i++;
  }
  const length = i - start;
  if (length === 0 || (length > 1 && buf[start] === ZERO)) return MISMATCH;
  const c = buf[i] as number;
  if (quoted) {
    if (c !== QUOTE) return MISMATCH;
    i++;
  } else if (c === DOT || (c | 0x20) === LOWER_E) {
    return MISMATCH;
  }
  if (length > 15) return type.kind === 'bigint' && fitsBigint(buf, start, length, negative) ? i : OUT_OF_RANGE;
  if (negative) value = -value;
  return value >= type.min && value <= type.max ? i : OUT_OF_RANGE;
}

function fitsBigint(buf: Buffer, start: number, length: number, negative: boolean): boolean {
  if (length !== 19) return length < 19;
  return buf.compare(negative ? MIN_BIGINT : MAX_BIGINT, 0, 19, start, start + 19) <= 0;
}

/**
 * Plain decimal notation, as a number or a string. DuckDB reads a JSON number with a fraction as a double, which is exact
 * after rounding to the scale up to 15 digits; beyond that the number is rewritten as a string.
 */
export function scanDecimal(buf: Buffer, at: number, type: NumericType, patches: Patches): number {
  const quoted = buf[at] === QUOTE;
  let i = quoted ? at + 1 : at;
  if (buf[i] === MINUS) i++;
  const start = i;
  i = skipDigits(buf, start);
  if (i === start || (i - start > 1 && buf[start] === ZERO)) return MISMATCH;
  const whole = buf[start] === ZERO ? 0 : i - start;
  let fraction = 0;
  const fractional = buf[i] === DOT;
  if (fractional) {
    const first = i + 1;
    i = skipDigits(buf, first);
    if (i === first) return MISMATCH;
    let last = i;
    while (last > first && buf[last - 1] === ZERO) last--;
    fraction = last - first;
  }
  if (quoted) {
    if (buf[i] !== QUOTE) return MISMATCH;
    i++;
  } else if (((buf[i] as number) | 0x20) === LOWER_E) {
    return MISMATCH;
  }
  if (whole > type.precision - type.scale || fraction > type.scale) return OUT_OF_RANGE;
  if (!quoted && whole + (fractional ? type.scale : 0) > 15) {
    const length = i - at;
    const text = patches.add(at, i, length + 2);
    patches.text[text] = QUOTE;
    buf.copy(patches.text, text + 1, at, i);
    patches.text[text + 1 + length] = QUOTE;
  }
  return i;
}

/** A JSON number that is finite in the type. */
export function scanFloating(buf: Buffer, at: number, type: NumericType, patches: Patches): number {
  const end = skipNumber(buf, at);
  if (end < 0) return MISMATCH;
  if (end - at === 2 && buf[at] === MINUS && buf[at + 1] === ZERO) {
    // DuckDB reads -0 as an integer, which has no sign to keep.
    const text = patches.add(at, end, 4);
    patches.text.write('-0.0', text, 'latin1');
    return end;
  }
  if (!mayBeLarge(buf, at, end)) return end;
  const value = Number(buf.toString('latin1', at, end));
  return Number.isFinite(type.kind === 'float' ? Math.fround(value) : value) ? end : OUT_OF_RANGE;
}

/** Whether a number may be beyond what a float holds: by an exponent, or by more characters than its largest has. */
export function mayBeLarge(buf: Buffer, at: number, end: number): boolean {
  if (end - at > 38) return true;
  for (let i = at; i < end; i++) if (((buf[i] as number) | 0x20) === LOWER_E) return true;
  return false;
}

/** The number that two ASCII digits form, or -1. */
function twoDigits(buf: Buffer, at: number): number {
  const tens = (buf[at] as number) - ZERO;
  if (tens >>> 0 > 9) return -1;
  const ones = (buf[at + 1] as number) - ZERO;
  return ones >>> 0 > 9 ? -1 : tens * 10 + ones;
}

/** Year, month and day of the last date that `skipDate` read. */
let year = 0;
let month = 0;
let day = 0;

/** Digits and hyphens only; whether the day exists is asked by `dayExists`. */
function skipDate(buf: Buffer, at: number): number {
  const century = twoDigits(buf, at);
  if (century < 0) return MISMATCH;
  const ofCentury = twoDigits(buf, at + 2);
  if (ofCentury < 0 || buf[at + 4] !== MINUS) return MISMATCH;
  year = century * 100 + ofCentury;
  month = twoDigits(buf, at + 5);
  if (month < 0 || buf[at + 7] !== MINUS) return MISMATCH;
  day = twoDigits(buf, at + 8);
  return day < 0 ? MISMATCH : at + 10;
}

const dayExists = (): boolean =>
  year > 0 && month > 0 && month <= 12 && day > 0 && (day <= 28 || day <= daysInMonth(year, month));

/** `yyyy-MM-dd`, a day that exists, years 0001 to 9999. */
export function scanDate(buf: Buffer, at: number): number {
  if (buf[at] !== QUOTE) return MISMATCH;
  const end = skipDate(buf, at + 1);
  if (end < 0 || buf[end] !== QUOTE) return MISMATCH;
  return dayExists() ? end + 1 : OUT_OF_RANGE;
}

/**
 * `yyyy-MM-dd`, `T` or a space, `HH:mm:ss`, up to nine digits of fraction, and a zone: `Z`, `±hh:mm`, `±hhmm`, `±hh` or none,
 * which means UTC. Or an integer, milliseconds since 1970. Another zone is converted to UTC, and digits beyond the
 * milliseconds are cut off (never rounded up into the next day, or into the year 10000).
 */
export function scanTimestamp(buf: Buffer, at: number, patches: Patches): number {
  if (buf[at] !== QUOTE) return scanEpochMillis(buf, at, patches);
  let i = skipDate(buf, at + 1);
  if (i < 0) return MISMATCH;
  if (buf[i] !== UPPER_T && buf[i] !== SPACE) return MISMATCH;
  const hour = twoDigits(buf, i + 1);
  if (hour < 0 || buf[i + 3] !== COLON) return MISMATCH;
  const minute = twoDigits(buf, i + 4);
  if (minute < 0 || buf[i + 6] !== COLON) return MISMATCH;
  const second = twoDigits(buf, i + 7);
  if (second < 0) return MISMATCH;
  i += 9;

  const fraction = i + 1;
  let fractionEnd = fraction;
  if (buf[i] === DOT) {
    fractionEnd = skipDigits(buf, fraction);
    if (fractionEnd === fraction || fractionEnd - fraction > 9) return MISMATCH;
    i = fractionEnd;
  }

  const zone = i;
  let offsetMinutes = 0;
  let zoneExists = true;
  const sign = buf[i];
  if (sign === UPPER_Z) {
    i++;
  } else if (sign === PLUS || sign === MINUS) {
    const hours = twoDigits(buf, i + 1);
    if (hours < 0) return MISMATCH;
    i += 3;
    let minutes = 0;
    if (buf[i] !== QUOTE) {
      if (buf[i] === COLON) i++;
      minutes = twoDigits(buf, i);
      if (minutes < 0) return MISMATCH;
      i += 2;
    }
    zoneExists = hours <= 23 && minutes <= 59;
    offsetMinutes = (sign === PLUS ? 1 : -1) * (hours * 60 + minutes);
  }
  if (buf[i] !== QUOTE) return MISMATCH;
  if (hour > 23 || minute > 59 || second > 59 || !zoneExists || !dayExists()) return OUT_OF_RANGE;

  if (offsetMinutes === 0) {
    if (fractionEnd - fraction > 3) patches.add(fraction + 3, fractionEnd, 0);
    if (sign !== UPPER_Z && zone < i) patches.add(zone, i, 0);
    return i + 1;
  }
  const seconds = (hour * 60 + minute - offsetMinutes) * 60 + second;
  const millis = (epochDay(year, month, day) * 86_400 + seconds) * 1000 + millisOf(buf, fraction, fractionEnd);
  if (millis < MIN_EPOCH_MILLIS || millis > MAX_EPOCH_MILLIS) return OUT_OF_RANGE;
  const text = patches.add(at + 1, i, 23);
  writeTimestamp(patches.text, text, millis);
  return i + 1;
}

function millisOf(buf: Buffer, from: number, to: number): number {
  let millis = 0;
  for (let i = from; i < from + 3; i++) millis = millis * 10 + (i < to ? (buf[i] as number) - ZERO : 0);
  return millis;
}

function scanEpochMillis(buf: Buffer, at: number, patches: Patches): number {
  const start = buf[at] === MINUS ? at + 1 : at;
  const end = skipDigits(buf, start);
  if (end === start || (end - start > 1 && buf[start] === ZERO)) return MISMATCH;
  const next = buf[end] as number;
  if (next === DOT || (next | 0x20) === LOWER_E) return MISMATCH;
  let millis = 0;
  for (let i = start; i < end; i++) millis = millis * 10 + ((buf[i] as number) - ZERO);
  if (start > at) millis = -millis;
  if (millis < MIN_EPOCH_MILLIS || millis > MAX_EPOCH_MILLIS) return OUT_OF_RANGE;
  const text = patches.add(at, end, 25);
  patches.text[text] = QUOTE;
  writeTimestamp(patches.text, text + 1, millis);
  patches.text[text + 24] = QUOTE;
  return end;
}

/** Value of a base64 digit, 64 for every other byte. */
const BASE64 = new Uint8Array(256).fill(64);
for (const [value, digit] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  BASE64[digit.charCodeAt(0)] = value;
}

/** Standard base64 with padding; bits that belong to no byte must be zero, as every encoder writes them. */
export function scanBinary(buf: Buffer, at: number): number {
  if (buf[at] !== QUOTE) return MISMATCH;
  const start = at + 1;
  let i = start;
  while ((BASE64[buf[i] as number] as number) < 64) i++;
  const rest = (i - start) & 3;
  if (rest === 1) return MISMATCH;
  if (rest > 1) {
    const last = BASE64[buf[i - 1] as number] as number;
    if ((last & (rest === 2 ? 0x0f : 0x03)) !== 0) return MISMATCH;
    if (buf[i++] !== EQUALS) return MISMATCH;
    if (rest === 2 && buf[i++] !== EQUALS) return MISMATCH;
  }
  return buf[i] === QUOTE ? i + 1 : MISMATCH;
}
