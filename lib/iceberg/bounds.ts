/** Bytes of a bound: https://iceberg.apache.org/spec/#appendix-d-single-value-serialization */

/** A least or greatest value of a column chunk: bytes of a string, whole days of a date, microseconds of a timestamp. */
export type Statistic = boolean | number | bigint | Uint8Array;

/** Code points that a bound of a string keeps, as the reference implementation truncates by default. */
const LONGEST_BOUND = 16;
const LAST_CODE_POINT = 0x10ffff;
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const SURROGATES = { first: 0xd800, last: 0xdfff };

/**
 * A value in the form of bounds.
 *
 * @param type as the schema spells it
 * @param side of the range of values; an upper bound of a long string is raised, so that no value is above it
 * @returns undefined where there is no bound. None is always right: floating point numbers may be NaN, bytes have no order
 *   that all readers share, and a string of the highest code points has nothing above it
 */
export function bound(type: string, value: Statistic, side: 'lower' | 'upper'): Buffer | undefined {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? Buffer.from([Number(value)]) : undefined;
    case 'int':
    case 'date':
      return typeof value === 'number' && Number.isInteger(value) ? int(value) : undefined;
    case 'long':
    case 'timestamp':
      return typeof value === 'bigint' || Number.isInteger(value) ? long(BigInt(value as number | bigint)) : undefined;
    case 'string':
      return value instanceof Uint8Array ? text(value, side) : undefined;
    default:
      return type.startsWith('decimal(') && typeof value === 'bigint' ? minimal(value) : undefined;
  }
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

/** The unscaled value in as few bytes as hold it, the highest first. */
function minimal(value: bigint): Buffer {
  let bytes = 1;
  while (BigInt.asIntN(bytes * 8, value) !== value) bytes++;
  return Buffer.from(
    BigInt.asUintN(bytes * 8, value)
      .toString(16)
      .padStart(bytes * 2, '0'),
    'hex',
  );
}

function text(bytes: Uint8Array, side: 'lower' | 'upper'): Buffer | undefined {
  let decoded: string;
  try {
    decoded = DECODER.decode(bytes);
  } catch {
    // Writers may cut statistics within a character.
    return undefined;
  }
  // A code point takes one or two units of a text.
  const points = decoded.length <= LONGEST_BOUND ? [] : [...decoded];
  if (points.length <= LONGEST_BOUND) return Buffer.from(bytes);
  const cut = points.slice(0, LONGEST_BOUND);
  if (side === 'lower') return Buffer.from(cut.join(''));
  for (let last = cut.length - 1; last >= 0; last--) {
    let next = ((cut[last] as string).codePointAt(0) as number) + 1;
    if (next >= SURROGATES.first && next <= SURROGATES.last) next = SURROGATES.last + 1;
    if (next <= LAST_CODE_POINT) return Buffer.from(cut.slice(0, last).join('') + String.fromCodePoint(next));
  }
  return undefined;
}
