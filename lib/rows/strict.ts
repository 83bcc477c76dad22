import { ASCII } from './bytes';
import type { ValueType } from './compiled';
import { describeValue, limitsOf } from './reasons';
import { mayBeLarge } from './scalars';

const { COLON, DOT, MINUS, PLUS, QUOTE, UPPER_T, UPPER_Z, ZERO } = ASCII;

const MAX_FLOAT = 3.4028234663852886e38;
/** Digits that a JSON number keeps in every reader: those of a double. */
const EXACT_DIGITS = 15;
/** Offsets of clocks go from -14:00 to +14:00. */
const MAX_OFFSET_MINUTES = 840;

/**
 * Whether a value that fits its type is also in the form that senders owe, as the dataset's JSON Schema has it: a number
 * is a number and no longer than JSON keeps it, and a time says its zone.
 *
 * @param end the position after the value
 */
export function isStrict(buf: Buffer, at: number, end: number, type: ValueType): boolean {
  const isQuoted = buf[at] === QUOTE;
  if (type.isKey) return !isMinusZero(buf, at + 1, end - 1);
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
      return !isQuoted;
    case 'bigint':
      if (isQuoted) return !isMinusZero(buf, at + 1, end - 1);
      return end - at <= EXACT_DIGITS || Number.isSafeInteger(numberIn(buf, at, end));
    case 'float':
      return !mayBeLarge(buf, at, end) || Math.abs(numberIn(buf, at, end)) <= MAX_FLOAT;
    case 'decimal':
      if (isQuoted) return fractionDigits(buf, at + 1, end - 1) <= type.scale;
      return end - at <= EXACT_DIGITS || Math.abs(numberIn(buf, at, end)) < Number.MAX_SAFE_INTEGER;
    case 'timestamp':
      // Where a format says what numbers are, no event may have one.
      if (type.times !== undefined && !(isQuoted && beginsWithIsoDate(buf, at + 1))) return false;
      return !isQuoted || hasZone(buf, at + 1, end - 1);
    case 'date':
      return type.times === undefined || (end - at === 12 && beginsWithIsoDate(buf, at + 1));
    default:
      return true;
  }
}

/** Why a value is not in that form. */
export function strictProblem(buf: Buffer, at: number, end: number, type: ValueType): string {
  const found = describeValue(buf, at, end);
  const isQuoted = buf[at] === QUOTE;
  if (!isQuoted && type.kind === 'bigint') {
    return `${found} is beyond 2^53, which JSON numbers do not hold: send it as a string of digits`;
  }
  if (!isQuoted && type.kind === 'decimal') return `${found} has more than 15 digits: send it as a string`;
  if (type.kind === 'decimal' || type.kind === 'float') return `${found} ${limitsOf(type)}`;
  if (type.kind === 'timestamp') {
    const number = type.times === undefined ? ', or milliseconds since 1970' : '';
    return `expected a timestamp with Z or an offset, yyyy-MM-ddTHH:mm:ssZ${number}, found ${found}`;
  }
  return `expected ${type.kind === 'date' ? 'a date (yyyy-MM-dd)' : type.expected}, found ${found}`;
}

const numberIn = (buf: Buffer, at: number, end: number): number => Number(buf.toString('latin1', at, end));

const isMinusZero = (buf: Buffer, at: number, end: number): boolean =>
  end - at === 2 && buf[at] === MINUS && buf[at + 1] === ZERO;

function fractionDigits(buf: Buffer, at: number, end: number): number {
  for (let i = at; i < end; i++) if (buf[i] === DOT) return end - i - 1;
  return 0;
}

const beginsWithIsoDate = (buf: Buffer, at: number): boolean => buf[at + 4] === MINUS && buf[at + 7] === MINUS;

/** With `T`, and with `Z` or an offset that has a colon; the scanner has looked at the rest. */
function hasZone(buf: Buffer, at: number, end: number): boolean {
  if (buf[at + 10] !== UPPER_T) return false;
  if (buf[end - 1] === UPPER_Z) return true;
  const sign = buf[end - 6];
  if (end - 6 < at + 19 || (sign !== PLUS && sign !== MINUS) || buf[end - 3] !== COLON) return false;
  const text = buf.toString('latin1', at, end);
  const offset = Number(text.slice(-5, -3)) * 60 + Number(text.slice(-2));
  // As the schema has it: no offset may lead out of the years 0001 to 9999, whatever the time of the day.
  return offset <= MAX_OFFSET_MINUTES && !text.startsWith(sign === PLUS ? '0001-01-01' : '9999-12-31');
}
