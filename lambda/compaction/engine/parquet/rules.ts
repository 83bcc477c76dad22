import { duckdbType } from '../../../../lib/dataset/duckdb-types';
import type { ColumnType } from '../../../../lib/dataset/model';
import { MAX_EPOCH_MILLIS, MIN_EPOCH_MILLIS } from '../../../../lib/rows/calendar';
import { decimalDigits, type Found } from './found';
import type { Rule, ScalarType } from './rule';
import * as text from './text-rules';
import { fromFormat } from './time-rules';

const INTEGER_BITS: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, int: 32, bigint: 64 };

/**
 * The rule of a pair of types, by the rules for lines: nothing is coerced.
 *
 * @param x SQL of a value as the engine reads it
 * @param isText whether it reads it as text; else what may be text comes as bytes
 * @returns undefined when no value of the one is one of the other
 */
export function ruleFor(found: Found, type: ScalarType, x: string, isText: boolean): Rule | undefined {
  const sql = duckdbType(type);
  if ((type.kind === 'timestamp' || type.kind === 'date') && type.format !== undefined) {
    const { kind, format } = type;
    const plain = ruleFor(found, { kind }, x, isText);
    return isTime(found) ? plain : fromFormat(found, { kind, format }, x, isText, plain);
  }
  switch (found.kind) {
    case 'boolean':
      return type.kind === 'boolean' ? exact(x) : undefined;
    case 'integer':
      return integer(found, type, x, sql);
    case 'decimal':
      return decimal(found, type, x, sql);
    case 'float':
    case 'float16':
    case 'double':
      return floating(found.kind === 'double' ? 'DOUBLE' : 'FLOAT', type, x, sql);
    case 'date':
      return date(type, x);
    case 'timestamp':
      return timestamp(found.unit, type, x);
    case 'int96':
      return int96(type, x);
    case 'text':
    case 'enum':
    case 'json':
      return text.fromText(found.kind, type, x, isText);
    case 'bytes':
      return text.fromBytes(type, x);
    case 'bson':
      return type.kind === 'binary' ? exact(x) : undefined;
    case 'uuid':
      return text.fromUuid(type, x);
    case 'null':
      return nulls(type, x);
    default:
      return undefined;
  }
}

/** Whether the file says that its values are times, or nothing at all. */
const isTime = ({ kind }: Found): boolean => ['date', 'timestamp', 'int96', 'null'].includes(kind);

/** The rule of a column in which every value is null: such a column says nothing of its type, and fits any. */
export const nulls = (type: ColumnType, x: string): Rule => ({
  how: 'null',
  value: `NULL::${duckdbType(type)}`,
  misfit: `${x} IS NOT NULL`,
});

export const exact = (value: string, misfit?: string): Rule => ({ how: 'exact', value, misfit });

/** Converts a value if converting it back gives the same value. */
function ifSame(how: string, x: string, from: string, to: string): Rule {
  const value = `TRY_CAST(${x} AS ${to})`;
  return { how, value, misfit: `TRY_CAST(${value} AS ${from}) IS DISTINCT FROM ${x}` };
}

/** A rule with one more reason not to fit. */
const also = (misfit: string, rule: Rule): Rule => ({ ...rule, misfit: `(${misfit} OR ${rule.misfit ?? 'false'})` });

/**
 * The argument of a function that fails on what does not fit. Neither WHERE nor CASE keeps such values from it: the engine
 * may apply functions to all of a column chunk's dictionary. So they become what the function takes, in rows that are left
 * out.
 */
const bounded = (x: string, least: bigint, most: bigint): string =>
  `CASE WHEN ${x} IS NOT NULL THEN least(greatest(${x}, ${least}), ${most}) END`;

function integer(found: Found & { kind: 'integer' }, type: ScalarType, x: string, sql: string): Rule | undefined {
  const [least, most] = range(found.bits, found.signed);
  const stored = found.bits === 64 ? 64 : 32;
  const from = `${found.signed || found.bits < 32 ? '' : 'U'}${stored === 64 ? 'BIGINT' : 'INTEGER'}`;
  // Numbers of 8 and 16 bits are stored in 32, where one beyond its annotation has no meaning.
  const strange = found.bits < 32 ? outside(x, least, most) : undefined;
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint': {
      const [low, high] = range(INTEGER_BITS[type.kind] as number, true);
      const value = from === sql ? x : `TRY_CAST(${x} AS ${sql})`;
      if (low <= least && most <= high) return exact(value, strange);
      return { how: 'in range', value, misfit: outside(x, max(low, least), min(high, most)) };
    }
    case 'float':
    case 'double': {
      const value = `CAST(${x} AS ${sql})`;
      if (found.bits < 32 || (found.bits === 32 && type.kind === 'double')) return exact(value, strange);
      return { how: 'if exact', value, misfit: `CAST(${value} AS HUGEINT) <> ${x}` };
    }
    case 'decimal': {
      const value = `TRY_CAST(${x} AS ${sql})`;
      const rule = { how: 'in range', value, misfit: `${value} IS NULL` };
      return strange === undefined ? rule : also(strange, rule);
    }
    case 'timestamp': {
      if (found.bits < 64) return undefined;
      const misfit = outside(x, found.signed ? FIRST_MILLI : 0n, LAST_MILLI);
      const value = `make_timestamp_ms(${bounded(`TRY_CAST(${x} AS BIGINT)`, FIRST_MILLI, LAST_MILLI)})`;
      return { how: 'milliseconds since 1970', value, misfit };
    }
    default:
      return undefined;
  }
}

function decimal(found: Found & { kind: 'decimal' }, type: ScalarType, x: string, sql: string): Rule | undefined {
  const from = `DECIMAL(${decimalDigits(found)},${found.scale})`;
  // Its bytes may hold more digits than the annotation allows.
  const strange = tooManyDigits(x, found, from);
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return also(strange, ifSame('if whole and in range', x, from, sql));
    case 'float':
    case 'double': {
      // By way of text, which is read to the nearest number; the engine's own division is not.
      const value = `CAST(CAST(${x} AS VARCHAR) AS ${sql})`;
      const back = `TRY_CAST(CAST(${value} AS VARCHAR) AS ${from})`;
      const misfit = `${back} IS DISTINCT FROM ${x}`;
      return also(strange, { how: 'if the nearest reads back the same', value, misfit });
    }
    case 'decimal': {
      const holds = type.scale >= found.scale && type.precision - type.scale >= found.precision - found.scale;
      const value = from === sql ? x : `TRY_CAST(${x} AS ${sql})`;
      return holds ? exact(value, strange) : also(strange, ifSame('if it has the digits', x, from, sql));
    }
    default:
      return undefined;
  }
}

/** Whether a decimal of the SQL type lies beyond the digits that are said. */
function tooManyDigits(x: string, { precision, scale }: { precision: number; scale: number }, sql: string): string {
  const limit = `${'9'.repeat(precision - scale)}.${'9'.repeat(scale)}`.replace(/^\./, '0.');
  return `${x} NOT BETWEEN CAST('-${limit}' AS ${sql}) AND CAST('${limit}' AS ${sql})`;
}

function floating(from: 'FLOAT' | 'DOUBLE', type: ScalarType, x: string, sql: string): Rule | undefined {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return ifSame('if whole and in range', x, from, sql);
    case 'float': {
      if (from === 'FLOAT') return exact(x);
      const value = `TRY_CAST(${x} AS FLOAT)`;
      return { how: 'rounded, if in range', value, misfit: `${value} IS NULL` };
    }
    case 'double':
      return exact(from === 'DOUBLE' ? x : `CAST(${x} AS DOUBLE)`);
    case 'decimal': {
      // The shortest text that reads back as the number, which is what JSON would hold.
      const text = from === 'FLOAT' ? shortestText(x) : `CAST(${x} AS VARCHAR)`;
      const value = `TRY_CAST(${text} AS ${sql})`;
      const back = `TRY_CAST(CAST(${value} AS VARCHAR) AS ${from})`;
      const rule = { how: 'its shortest text, if it has the digits', value, misfit: `${back} IS DISTINCT FROM ${x}` };
      // The engine does not count the digits of a text with an exponent.
      return also(`coalesce(${tooManyDigits(value, type, sql)}, true)`, rule);
    }
    default:
      return undefined;
  }
}

/** The engine's own text of one FLOAT in 150 has more digits than it takes to read the number back. Nine are always enough. */
function shortestText(x: string): string {
  const rounded = (digits: number): string => `format('{:.${digits}g}', ${x})`;
  const tries = [6, 7, 8].map((digits) => `WHEN CAST(${rounded(digits)} AS FLOAT) = ${x} THEN ${rounded(digits)}`);
  return `CASE ${tries.join(' ')} ELSE ${rounded(9)} END`;
}

const FIRST_DAY = "DATE '0001-01-01'";
const LAST_DAY = "DATE '9999-12-31'";

function date(type: ScalarType, x: string): Rule | undefined {
  const misfit = `${x} NOT BETWEEN ${FIRST_DAY} AND ${LAST_DAY}`;
  if (type.kind === 'date') return { how: 'exact, years 0001 to 9999', value: x, misfit };
  return type.kind === 'timestamp' ? { how: 'midnight UTC', value: `TRY_CAST(${x} AS TIMESTAMP)`, misfit } : undefined;
}

const FIRST_MILLI = BigInt(MIN_EPOCH_MILLIS);
const LAST_MILLI = BigInt(MAX_EPOCH_MILLIS);
const PER_MILLI = { MILLIS: 1n, MICROS: 1000n, NANOS: 1_000_000n };

function timestamp(unit: keyof typeof PER_MILLI, type: ScalarType, x: string): Rule | undefined {
  const per = PER_MILLI[unit];
  // 64 bits of nanoseconds span the years 1677 to 2262.
  const range = unit === 'NANOS' ? undefined : outside(x, FIRST_MILLI * per, LAST_MILLI * per + per - 1n);
  if (type.kind === 'timestamp') {
    if (per === 1n) return exact(`make_timestamp_ms(${bounded(x, FIRST_MILLI, LAST_MILLI)})`, range);
    // Integer division cuts towards zero, and times before 1970 are cut towards the past like all others.
    const cut = `${x} // ${per} - CASE WHEN ${x} % ${per} < 0 THEN 1 ELSE 0 END`;
    const value = `make_timestamp_ms(${bounded(`(${cut})`, FIRST_MILLI, LAST_MILLI)})`;
    return { how: 'cut to milliseconds', value, misfit: range };
  }
  if (type.kind !== 'date') return undefined;
  const day = 86_400_000n * per;
  const rule = { how: 'if midnight', value: '', misfit: `${x} % ${day} <> 0` };
  const value = `DATE '1970-01-01' + CAST(${bounded(`(${x} // ${day})`, FIRST_MILLI / 86_400_000n, LAST_MILLI / 86_400_000n)} AS INTEGER)`;
  return { ...(range === undefined ? rule : also(range, rule)), value };
}

function int96(type: ScalarType, x: string): Rule | undefined {
  const range = `(${x} < TIMESTAMP '0001-01-01' OR ${x} >= TIMESTAMP '9999-12-31' + INTERVAL 1 DAY)`;
  if (type.kind === 'timestamp') {
    return { how: 'cut to milliseconds', value: `date_trunc('milliseconds', ${x})`, misfit: range };
  }
  if (type.kind !== 'date') return undefined;
  const value = `TRY_CAST(${x} AS DATE)`;
  return { how: 'if midnight', value, misfit: `(${range} OR CAST(${value} AS TIMESTAMP) IS DISTINCT FROM ${x})` };
}

function range(bits: number, signed: boolean): readonly [bigint, bigint] {
  const half = 1n << BigInt(bits - 1);
  return signed ? [-half, half - 1n] : [0n, 2n * half - 1n];
}

const outside = (x: string, least: bigint, most: bigint): string => `${x} NOT BETWEEN ${least} AND ${most}`;
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
