import type { ColumnType } from '../model';
import { formatHiveType } from '../types';
import { type Cursor, show } from './cursor';

/** A value of a check: as SQL of its type, in words, and as a number by which values of one type are compared. */
export interface Literal {
  readonly sql: string;
  readonly text: string;
  readonly order: bigint | number;
}

const INTEGER_BITS: Readonly<Record<string, bigint>> = { tinyint: 8n, smallint: 16n, int: 32n, bigint: 64n };
/** Digits that a JavaScript number keeps. */
const EXACT_DIGITS = 15;
const MAX_FLOAT = 3.4028234663852886e38;

/** Types whose values can be listed: those that are equal or not, without rounding. */
export const LISTED: ReadonlySet<string> = new Set([
  ...['boolean', 'tinyint', 'smallint', 'int', 'bigint', 'decimal', 'string', 'date', 'timestamp'],
]);

/** Types whose values have a range. */
export const RANGED: ReadonlySet<string> = new Set([
  ...['tinyint', 'smallint', 'int', 'bigint', 'decimal', 'float', 'double', 'date', 'timestamp'],
]);

/** Reads a value of a type of either, or reports why it is none. */
export function readLiteral(cursor: Cursor, type: ColumnType): Literal | undefined {
  switch (type.kind) {
    case 'boolean':
      return readBoolean(cursor);
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return readInteger(cursor, type.kind);
    case 'decimal':
      return readDecimal(cursor, type);
    case 'float':
    case 'double':
      return readDouble(cursor, type.kind);
    case 'date':
    case 'timestamp':
      return readTime(cursor, type.kind);
    case 'string':
      return readText(cursor);
    default:
      throw new RangeError(`no check has values of type ${formatHiveType(type)}`);
  }
}

const none = (cursor: Cursor, type: string, fix: string): undefined =>
  cursor.problem(`${show(cursor.value)} is no ${type}`, fix);

function readBoolean(cursor: Cursor): Literal | undefined {
  const { value } = cursor;
  if (typeof value !== 'boolean') return none(cursor, 'boolean', 'write true or false');
  return { sql: String(value), text: String(value), order: Number(value) };
}

function readInteger(cursor: Cursor, kind: string): Literal | undefined {
  const digits = digitsOf(cursor, kind, /^-?\d+$/, 'a whole number');
  if (digits === undefined) return undefined;
  const order = BigInt(digits);
  const limit = 1n << ((INTEGER_BITS[kind] ?? 64n) - 1n);
  if (order < -limit || order >= limit) {
    return cursor.problem(`${digits} is out of the range of ${kind}`, `write a number from ${-limit} to ${limit - 1n}`);
  }
  return { sql: `CAST('${order}' AS ${kind === 'int' ? 'INTEGER' : kind.toUpperCase()})`, text: String(order), order };
}

function readDecimal(cursor: Cursor, { precision, scale }: ColumnType & { kind: 'decimal' }): Literal | undefined {
  const type = `decimal(${precision},${scale})`;
  const digits = digitsOf(cursor, type, /^-?\d+(?:\.\d+)?$/, 'a number');
  if (digits === undefined) return undefined;
  const [whole = '', fraction = ''] = digits.split('.');
  if (fraction.replace(/0+$/, '').length > scale) {
    return cursor.problem(`${digits} has more than the ${scale} digits behind the point of ${type}`, 'round it');
  }
  const order = BigInt(`${whole}${fraction.slice(0, scale).padEnd(scale, '0')}`);
  const limit = 10n ** BigInt(precision);
  if (order <= -limit || order >= limit) {
    return cursor.problem(
      `${digits} is out of the range of ${type}`,
      `write at most ${precision - scale} digits before the point`,
    );
  }
  return { sql: `CAST('${digits}' AS DECIMAL(${precision},${scale}))`, text: digits, order };
}

/** Digits of a number, or of a text: a number is written without an exponent, and with no more digits than it keeps. */
function digitsOf(cursor: Cursor, type: string, form: RegExp, what: string): string | undefined {
  const { value } = cursor;
  const fix = `write ${what}, or its digits as a text`;
  if (typeof value !== 'number' && typeof value !== 'string') return none(cursor, type, fix);
  const digits = Object.is(value, -0) ? '0' : String(value);
  if (!form.test(digits)) return none(cursor, type, fix);
  const isExact =
    typeof value === 'string' || Number.isSafeInteger(value) || digits.replace(/\D/g, '').length <= EXACT_DIGITS;
  if (!isExact) {
    return cursor.problem(`${digits} has more digits than a number of JavaScript keeps`, 'write its digits as a text');
  }
  return digits;
}

function readDouble(cursor: Cursor, kind: 'float' | 'double'): Literal | undefined {
  const { value } = cursor;
  if (typeof value !== 'number' || !Number.isFinite(value)) return none(cursor, kind, 'write a number');
  if (kind === 'float' && Math.abs(value) > MAX_FLOAT) {
    return cursor.problem(`${value} is out of the range of float`, `write a number up to ${MAX_FLOAT}`);
  }
  return { sql: `CAST('${value}' AS ${kind.toUpperCase()})`, text: String(value), order: value };
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z)?$/;

function readTime(cursor: Cursor, kind: 'date' | 'timestamp'): Literal | undefined {
  const { value } = cursor;
  const fix = `write for example '2026-06-15'${kind === 'date' ? '' : " or '2026-06-15T10:00:00Z', which is UTC"}`;
  const [, day] = typeof value === 'string' ? (TIME.exec(value) ?? []) : [];
  if (typeof value !== 'string' || day === undefined) return none(cursor, kind, fix);
  if (kind === 'date' && value !== day) return none(cursor, kind, fix);
  const order = Date.parse(value);
  // What `Date` takes for the next month, or for the next day, is none.
  if (Number.isNaN(order) || day.startsWith('0000') || new Date(order).toISOString().slice(0, 10) !== day) {
    return cursor.problem(`${show(value)} is not in the calendar`, fix);
  }
  const iso = new Date(order).toISOString();
  const sql = kind === 'date' ? `DATE '${day}'` : `TIMESTAMP '${iso.slice(0, 10)} ${iso.slice(11, -1)}'`;
  return { sql, text: value, order };
}

function readText(cursor: Cursor): Literal | undefined {
  const { value } = cursor;
  if (typeof value !== 'string') return none(cursor, 'string', 'write a text');
  if (!value.isWellFormed() || value.includes('\0')) {
    return cursor.problem(
      `${show(value)} holds ${value.includes('\0') ? 'a character 0' : 'half of a surrogate pair'}`,
      'write a text that rows can have',
    );
  }
  return { sql: `'${value.replaceAll("'", "''")}'`, text: JSON.stringify(value), order: 0 };
}
