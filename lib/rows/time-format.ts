import type { ValueFormat } from '../dataset/model';
import { MONTHS, type PatternPart, parsePattern, WEEKDAYS } from '../dataset/time-pattern';
import { ASCII } from './bytes';
import * as calendar from './calendar';
import * as json from './json';
import type { Patches } from './patches';
import * as scalars from './scalars';

const { COLON, DOT, LOWER_E, MINUS, PLUS, QUOTE, SPACE, UPPER_T, UPPER_Z, ZERO } = ASCII;
// Taken out of their modules for the same reason as the constants.
const { skipNumber } = json;
const { MISMATCH, OUT_OF_RANGE, scanDate, scanTimestamp } = scalars;
const { daysInMonth, epochDay, MAX_EPOCH_MILLIS, MIN_EPOCH_MILLIS, writeTimestamp } = calendar;

/** Digits before the point that any time of the years 0001 to 9999 has in milliseconds. */
const MAX_MILLIS_DIGITS = 15;
/** A larger exponent makes any number but zero too large, or nothing. */
const MAX_EXPONENT = 1000;
/** By how many places the point of an epoch moves to the right for milliseconds. */
const SHIFT = { s: 3, ms: 0, us: -3, ns: -6 } as const;

/** A declared format of times, compiled. It keeps what it read last. */
export class TimeReader {
  /** The format in words, as reasons show it. */
  readonly shown: string;
  readonly #shift: number | undefined;
  readonly #parts: readonly PatternPart[];
  readonly #literals: readonly Uint8Array[];
  readonly #offset: number;
  readonly #isDate: boolean;
  #year = 0;
  #month = 0;
  #day = 0;
  #hour = 0;
  #minute = 0;
  #second = 0;
  #millis = 0;
  /** 12 for an afternoon, 0 for a morning, -1 without either. */
  #half = -1;
  #zone = 0;

  constructor(format: ValueFormat, kind: 'timestamp' | 'date') {
    this.#isDate = kind === 'date';
    if ('epoch' in format) {
      this.shown = `epoch in ${format.epoch}`;
      this.#shift = SHIFT[format.epoch];
      this.#parts = [];
      this.#offset = 0;
    } else {
      this.shown = format.pattern;
      this.#shift = undefined;
      this.#parts = parsePattern(format.pattern);
      this.#offset = format.offset;
    }
    this.#literals = this.#parts.map((part) => Buffer.from(part.kind === 'literal' ? part.text : ''));
  }

  /** Scans a value like the scanners of `scalars.ts`, and rewrites it as the one that they take. */
  scan(buf: Buffer, at: number, patches: Patches): number {
    const isQuoted = buf[at] === QUOTE;
    const from = isQuoted ? at + 1 : at;
    const to = isQuoted ? closing(buf, from) : skipNumber(buf, at);
    if (to < 0) return MISMATCH;
    const end = isQuoted ? to + 1 : to;
    if (isQuoted && this.#isOwnForm(buf, from, to)) {
      const scanned = this.#isDate ? scanDate(buf, at) : scanTimestamp(buf, at, patches);
      if (scanned !== MISMATCH) return scanned;
    }
    if (this.#shift !== undefined) {
      const millis = epochMillis(buf, from, to, this.#shift);
      if (Number.isNaN(millis)) return MISMATCH;
      return this.#write(millis, at, end, patches);
    }
    if (this.#read(buf, from) !== to) return MISMATCH;
    if (!this.#exists()) return OUT_OF_RANGE;
    const hour = this.#half < 0 ? this.#hour : (this.#hour % 12) + this.#half;
    const seconds = (hour * 60 + this.#minute - this.#zone) * 60 + this.#second;
    const days = epochDay(this.#year, this.#month, this.#day);
    return this.#write((days * 86_400 + seconds) * 1000 + this.#millis, at, end, patches);
  }

  /** Whether a text is what events have: for a timestamp, ISO 8601 with `T` and a zone. */
  #isOwnForm(buf: Buffer, from: number, to: number): boolean {
    if (buf[from + 4] !== MINUS || buf[from + 7] !== MINUS) return false;
    if (this.#isDate) return to - from === 10;
    if (buf[from + 10] !== UPPER_T) return false;
    const sign = buf[to - 6] === PLUS || buf[to - 6] === MINUS ? to - 6 : to - 5;
    return buf[to - 1] === UPPER_Z || (sign >= from + 19 && (buf[sign] === PLUS || buf[sign] === MINUS));
  }

  #write(millis: number, at: number, end: number, patches: Patches): number {
    if (!(millis >= MIN_EPOCH_MILLIS && millis <= MAX_EPOCH_MILLIS)) return OUT_OF_RANGE;
    const length = this.#isDate ? 12 : 25;
    const text = patches.add(at, end, length);
    const target = patches.text;
    writeTimestamp(target, text + 1, millis);
    target[text] = QUOTE;
    target[text + length - 1] = QUOTE;
    return end;
  }

  #exists(): boolean {
    if (this.#half >= 0 && (this.#hour < 1 || this.#hour > 12)) return false;
    if (this.#hour > 23 || this.#minute > 59 || this.#second > 59) return false;
    if (this.#year < 1 || this.#month < 1 || this.#month > 12) return false;
    return this.#day >= 1 && this.#day <= daysInMonth(this.#year, this.#month);
  }

  /** Reads the parts one after the other; the position after the last, or MISMATCH. */
  #read(buf: Buffer, from: number): number {
    // What else a pattern reads, it reads of each text.
    this.#millis = 0;
    this.#zone = this.#offset;
    let i = from;
    for (let index = 0; index < this.#parts.length && i >= 0; index++) {
      const part = this.#parts[index] as PatternPart;
      switch (part.kind) {
        case 'literal':
          i = skipBytes(buf, i, this.#literals[index] as Uint8Array);
          break;
        case 'year':
          this.#year = number(buf, i, 4);
          i = this.#year < 0 ? MISMATCH : i + 4;
          break;
        case 'fraction':
          i = this.#fraction(buf, i);
          break;
        case 'monthName':
          i = this.#monthName(buf, i);
          break;
        case 'weekday':
          i = name(buf, i, WEEKDAY_NAMES) < 0 ? MISMATCH : i + length;
          break;
        case 'half': {
          const found = name(buf, i, HALVES);
          this.#half = found * 12;
          i = found < 0 ? MISMATCH : i + 2;
          break;
        }
        case 'offset':
          i = this.#readOffset(buf, i);
          break;
        case 'utc':
          i = name(buf, i, UTC_NAMES) < 0 ? MISMATCH : i + length;
          break;
        default:
          i = this.#number(buf, i, part);
      }
    }
    return i;
  }

  #number(buf: Buffer, at: number, part: PatternPart & { exact: boolean; blank: boolean }): number {
    const isBlank = part.blank && buf[at] === SPACE;
    const from = isBlank ? at + 1 : at;
    let value = isBlank ? -1 : number(buf, from, 2);
    let width = 2;
    if (value < 0) {
      if (part.exact && !isBlank) return MISMATCH;
      value = number(buf, from, 1);
      width = 1;
      if (value < 0) return MISMATCH;
    }
    switch (part.kind) {
      case 'month':
        this.#month = value;
        break;
      case 'day':
        this.#day = value;
        break;
      case 'minute':
        this.#minute = value;
        break;
      case 'second':
        this.#second = value;
        break;
      default:
        this.#hour = value;
    }
    return from + width;
  }

  #fraction(buf: Buffer, at: number): number {
    let i = at;
    let scale = 100;
    for (; i < at + 9 && isDigit(buf[i] as number); i++) {
      this.#millis += ((buf[i] as number) - ZERO) * scale;
      // Digits beyond the milliseconds are cut off.
      scale = scale === 100 ? 10 : scale === 10 ? 1 : 0;
    }
    return i === at || isDigit(buf[i] as number) ? MISMATCH : i;
  }

  #monthName(buf: Buffer, at: number): number {
    const found = name(buf, at, MONTH_NAMES);
    if (found < 0) return MISMATCH;
    this.#month = found + 1;
    return at + length;
  }

  #readOffset(buf: Buffer, at: number): number {
    const sign = buf[at];
    if (sign === UPPER_Z) {
      this.#zone = 0;
      return at + 1;
    }
    if (sign !== PLUS && sign !== MINUS) return MISMATCH;
    const hours = number(buf, at + 1, 2);
    let i = at + 3;
    let minutes = 0;
    if (buf[i] === COLON || isDigit(buf[i] as number)) {
      if (buf[i] === COLON) i++;
      minutes = number(buf, i, 2);
      i += 2;
    }
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return MISMATCH;
    this.#zone = (sign === PLUS ? 1 : -1) * (hours * 60 + minutes);
    return i;
  }
}

const isDigit = (byte: number): boolean => (byte - ZERO) >>> 0 <= 9;

/** The number of so many digits at a position, or -1. */
function number(buf: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) {
    const digit = (buf[i] as number) - ZERO;
    if (digit >>> 0 > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Where the text that begins at a position ends; -1 where it holds an escape. */
function closing(buf: Buffer, from: number): number {
  for (let i = from; ; i++) {
    const byte = buf[i];
    if (byte === QUOTE) return i;
    if (byte === ASCII.BACKSLASH || byte === ASCII.NEWLINE || byte === undefined) return -1;
  }
}

function skipBytes(buf: Buffer, at: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) if (buf[at + i] !== bytes[i]) return MISMATCH;
  return at + bytes.length;
}

/** Full names before short ones, in lower case; the index of a name is that modulo `count`. */
interface Names {
  readonly texts: readonly Uint8Array[];
  readonly count: number;
}

const namesOf = (names: readonly string[], short: readonly string[] = []): Names => ({
  texts: [...names, ...short].map((text) => Buffer.from(text.toLowerCase())),
  count: names.length,
});
const withShort = (names: readonly string[]): Names =>
  namesOf(
    names,
    names.map((text) => text.slice(0, 3)),
  );
const MONTH_NAMES = withShort(MONTHS);
const WEEKDAY_NAMES = withShort(WEEKDAYS);
const HALVES = namesOf(['am', 'pm']);
const UTC_NAMES = namesOf(['utc', 'gmt', 'z']);

/** Length of the name that was found last. */
let length = 0;

/** Which of some names stands at a position, whatever its case; or -1. */
function name(buf: Buffer, at: number, { texts, count }: Names): number {
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index] as Uint8Array;
    let i = 0;
    while (i < text.length && ((buf[at + i] as number) | 0x20) === text[i]) i++;
    if (i < text.length) continue;
    length = i;
    return index % count;
  }
  return -1;
}

/** Whether no digit counts. */
function isZero(buf: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (buf[i] !== ZERO && buf[i] !== DOT) return false;
  return true;
}

/** Milliseconds of a JSON number in another unit, cut towards the past; NaN for what is not a number. Exact at any length. */
function epochMillis(buf: Buffer, from: number, to: number, shift: number): number {
  if (skipNumber(buf, from) !== to) return Number.NaN;
  const isNegative = buf[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  let point = -1;
  let last = first;
  for (; last < to && ((buf[last] as number) | 0x20) !== LOWER_E; last++) if (buf[last] === DOT) point = last;
  const exponent = last === to ? 0 : Number(buf.toString('latin1', last + 1, to));
  if (Math.abs(exponent) > MAX_EXPONENT) {
    if (isZero(buf, first, last)) return 0;
    return exponent > 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  }
  const whole = (point < 0 ? last : point) - first;
  /** Digits that count, from the first; there may be fewer. */
  const wanted = whole + exponent + shift;
  let millis = 0;
  let seen = 0;
  let isCut = false;
  for (let i = first; i < last; i++) {
    if (i === point) continue;
    const digit = (buf[i] as number) - ZERO;
    if (seen++ < wanted) {
      millis = millis * 10 + digit;
      if (millis >= 10 ** MAX_MILLIS_DIGITS) return Number.POSITIVE_INFINITY;
    } else if (digit !== 0) {
      isCut = true;
    }
  }
  for (; seen < wanted && millis > 0; seen++) {
    millis *= 10;
    if (millis >= 10 ** MAX_MILLIS_DIGITS) return Number.POSITIVE_INFINITY;
  }
  if (!isNegative) return millis;
  return -millis - (isCut ? 1 : 0);
}
