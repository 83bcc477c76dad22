import type { ScalarType } from '../../../lambda/compaction/engine/parquet/rule';
import { judge } from '../../rows/reference';
import type { Plain } from '../../support/parquet/reader';

/**
 * What a value in a Parquet file means, and what must become of it, once more: slow and plain, with BigInt, without SQL
 * and without anything of the code under test.
 */
export type Meaning =
  | { readonly t: 'null' }
  | { readonly t: 'boolean'; readonly value: boolean }
  | { readonly t: 'integer'; readonly value: bigint; readonly bits: number }
  | { readonly t: 'decimal'; readonly unscaled: bigint; readonly scale: number; readonly precision: number }
  | { readonly t: 'float' | 'double'; readonly value: number }
  | { readonly t: 'days'; readonly value: bigint }
  | { readonly t: 'nanos'; readonly value: bigint }
  | { readonly t: 'text' | 'enum' | 'json' | 'bytes' | 'bson' | 'uuid'; readonly bytes: Buffer }
  /** A value that its own annotation does not allow, of an integer of so many bits. */
  | { readonly t: 'strange'; readonly bits: number }
  | { readonly t: 'nothing' };

/** `refused`: no value of the one type is one of the other, so that the object cannot be read. `misfit`: this one is not. */
export type Verdict = 'refused' | 'misfit' | { readonly value: Plain };

const BITS: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, int: 32, bigint: 64 };
const FIRST_MILLI = -62_135_596_800_000n;
const LAST_MILLI = 253_402_300_799_999n;
const DAY_NANOS = 86_400_000_000_000n;

export function verdict(meaning: Meaning, type: ScalarType): Verdict {
  switch (meaning.t) {
    case 'null':
      return { value: null };
    case 'nothing':
      return 'refused';
    case 'boolean':
      return type.kind === 'boolean' ? { value: meaning.value } : 'refused';
    case 'integer':
      return integer(meaning.value, meaning.bits, type);
    case 'strange':
      return integer(0n, meaning.bits, type) === 'refused' ? 'refused' : 'misfit';
    case 'decimal':
      if (decimal(0n, 0, type) === 'refused') return 'refused';
      // More digits than its own annotation allows.
      if (
        meaning.unscaled >= 10n ** BigInt(meaning.precision) ||
        -meaning.unscaled >= 10n ** BigInt(meaning.precision)
      ) {
        return 'misfit';
      }
      return decimal(meaning.unscaled, meaning.scale, type);
    case 'float':
    case 'double':
      return floating(meaning.t, meaning.value, type);
    case 'days':
      if (type.kind === 'date' || type.kind === 'timestamp') {
        if (meaning.value * 86_400_000n < FIRST_MILLI || meaning.value * 86_400_000n > LAST_MILLI) return 'misfit';
        return { value: Number(type.kind === 'date' ? meaning.value : meaning.value * 86_400_000n) };
      }
      return 'refused';
    case 'nanos': {
      if (type.kind !== 'date' && type.kind !== 'timestamp') return 'refused';
      const milli = floorDiv(meaning.value, 1_000_000n);
      if (milli < FIRST_MILLI || milli > LAST_MILLI) return 'misfit';
      if (type.kind === 'timestamp') return { value: Number(milli) };
      return meaning.value % DAY_NANOS === 0n ? { value: Number(meaning.value / DAY_NANOS) } : 'misfit';
    }
    default:
      return bytes(meaning.t, meaning.bytes, type);
  }
}

function integer(value: bigint, bits: number, type: ScalarType): Verdict {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return inRange(value, type.kind);
    case 'float':
    case 'double': {
      const number = type.kind === 'float' ? Math.fround(Number(value)) : Number(value);
      // Math.fround of Number(value) rounds twice, which matters only for values that are not exact anyway.
      return BigInt(number) === value ? { value: number } : 'misfit';
    }
    case 'decimal':
      return digits(value * 10n ** BigInt(type.scale), type);
    case 'timestamp':
      if (bits < 64) return 'refused';
      return value < FIRST_MILLI || value > LAST_MILLI ? 'misfit' : { value: Number(value) };
    default:
      return 'refused';
  }
}

function decimal(unscaled: bigint, scale: number, type: ScalarType): Verdict {
  const one = 10n ** BigInt(scale);
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return unscaled % one === 0n ? inRange(unscaled / one, type.kind) : 'misfit';
    case 'float':
    case 'double': {
      const number = type.kind === 'float' ? Math.fround(Number(text(unscaled, scale))) : Number(text(unscaled, scale));
      const back = shortest(number, type.kind);
      return back !== undefined && sameNumber(back, { unscaled, scale }) ? { value: number } : 'misfit';
    }
    case 'decimal': {
      const more = type.scale - scale;
      if (more >= 0) return digits(unscaled * 10n ** BigInt(more), type);
      const divisor = 10n ** BigInt(-more);
      return unscaled % divisor === 0n ? digits(unscaled / divisor, type) : 'misfit';
    }
    default:
      return 'refused';
  }
}

function floating(from: 'float' | 'double', value: number, type: ScalarType): Verdict {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return Number.isInteger(value) ? inRange(BigInt(value), type.kind) : 'misfit';
    case 'float': {
      const rounded = Math.fround(value);
      return Number.isFinite(value) && !Number.isFinite(rounded) ? 'misfit' : { value: rounded };
    }
    case 'double':
      return { value };
    case 'decimal': {
      const exact = shortest(value, from);
      return exact === undefined ? 'misfit' : decimal(exact.unscaled, exact.scale, type);
    }
    default:
      return 'refused';
  }
}

function bytes(t: 'text' | 'enum' | 'json' | 'bytes' | 'bson' | 'uuid', value: Buffer, type: ScalarType): Verdict {
  if (type.kind === 'binary') {
    return t === 'bytes' || t === 'bson' || t === 'uuid' ? { value: value.toString('hex') } : 'refused';
  }
  if (type.kind === 'string') {
    if (t === 'bson') return 'refused';
    if (t === 'uuid') {
      const hex = value.toString('hex');
      return {
        value: [
          [0, 8],
          [8, 12],
          [12, 16],
          [16, 20],
          [20, 32],
        ]
          .map(([a, b]) => hex.slice(a, b))
          .join('-'),
      };
    }
    return utf8(value) === undefined ? 'misfit' : { value: utf8(value) as string };
  }
  const parsed = ['tinyint', 'smallint', 'int', 'bigint', 'decimal', 'date', 'timestamp'].includes(type.kind);
  if (t !== 'text' || !parsed) return 'refused';
  const content = utf8(value);
  if (content === undefined) return 'misfit';
  const column = { name: 'v', type, notNull: true, comment: undefined };
  const line = judge([column], Buffer.from(JSON.stringify({ v: content })));
  if (line.kind !== 'accepted') return 'misfit';
  const plain = line.row.v as string | number;
  return { value: type.kind === 'date' ? Date.parse(`${plain}T00:00:00Z`) / 86_400_000 : plain };
}

function utf8(value: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return undefined;
  }
}

function inRange(value: bigint, kind: string): Verdict {
  return BigInt.asIntN(BITS[kind] as number, value) === value ? { value: value.toString() } : 'misfit';
}

function digits(unscaled: bigint, type: ScalarType & { kind: 'decimal' }): Verdict {
  const limit = 10n ** BigInt(type.precision);
  return unscaled > -limit && unscaled < limit ? { value: unscaled.toString() } : 'misfit';
}

interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** The decimal of the fewest digits that reads back as the number. */
function shortest(value: number, kind: 'float' | 'double'): Decimal | undefined {
  if (!Number.isFinite(value)) return undefined;
  for (let digits = 1; kind === 'float' && digits <= 9; digits++) {
    const short = rounded(value, digits);
    if (Math.fround(Number(`${short.unscaled}e${-short.scale}`)) === value) return short;
  }
  return parse(String(value));
}

/** Half to even, where `toPrecision` would round half away from zero. */
function rounded(value: number, digits: number): Decimal {
  const [mantissa = '', exponent] = Math.abs(value).toExponential(100).replace('.', '').split('e');
  const [head, tail] = [BigInt(mantissa.slice(0, digits)), mantissa.slice(digits)];
  const half = '5'.padEnd(tail.length, '0');
  const up = tail > half || (tail === half && head % 2n === 1n);
  const scale = digits - 1 - Number(exponent);
  const unscaled = (head + (up ? 1n : 0n)) * (value < 0 ? -1n : 1n);
  return scale < 0 ? { unscaled: unscaled * 10n ** BigInt(-scale), scale: 0 } : { unscaled, scale };
}

function parse(number: string): Decimal {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(number) ?? [];
  const unscaled = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { unscaled: unscaled * 10n ** BigInt(-scale), scale: 0 } : { unscaled, scale };
}

const sameNumber = (a: Decimal, b: Decimal): boolean =>
  a.unscaled * 10n ** BigInt(b.scale) === b.unscaled * 10n ** BigInt(a.scale);

function text(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : '';
  const padded = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${sign}${padded.slice(0, padded.length - scale)}.${padded.slice(padded.length - scale)}0`;
}

const floorDiv = (a: bigint, b: bigint): bigint => (a % b < 0n ? a / b - 1n : a / b);
