import fc from 'fast-check';
import type { ScalarType } from '../../../lambda/compaction/engine/parquet/rule';
import { parseType } from '../../../lib/dataset/types';
import { ANNOTATIONS as A, type Annotation, type Cell, type Leaf } from '../../support/parquet/writer';
import { anyText } from '../../support/text';
import { type Meaning, type Verdict, verdict } from './parquet-model';

/** Every type of single values that a dataset can declare, decimals of several sizes. */
export const SCALARS: readonly ScalarType[] = [
  'boolean',
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'float',
  'double',
  'decimal(5,2)',
  'decimal(12,0)',
  'decimal(18,6)',
  'decimal(38,10)',
  'string',
  'date',
  'timestamp',
  'binary',
].map((text) => parseType(text) as ScalarType);

/** A type that a column of a Parquet file can have, with values at its edges, and what each means. */
export interface Source {
  /** As `docs/input.md` lists it. */
  readonly name: string;
  readonly leaf: Leaf;
  readonly edges: readonly Cell[];
  readonly random: fc.Arbitrary<Cell>;
  readonly meaning: (cell: Cell) => Meaning;
}

const I64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
const I32 = fc.integer();
const BYTES = fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes));
const text = (value: string): Buffer => Buffer.from(value);

const BIT_EDGES = [8, 16, 24, 31, 32, 53, 63].flatMap((bits) => [1n << BigInt(bits), 1n << BigInt(bits - 1)]);
const AROUND = BIT_EDGES.flatMap((edge) => [edge - 1n, edge, edge + 1n, -edge, -edge - 1n, -edge + 1n]);
const within = (bits: number): bigint[] => AROUND.filter((value) => BigInt.asIntN(bits, value) === value);
const asNumbers = (values: readonly bigint[]): number[] => values.map(Number);

function integer(name: string, bits: 8 | 16 | 32 | 64, signed: boolean, annotated = true): Source {
  const stored = bits === 64 ? 64 : 32;
  const annotation = annotated ? { annotation: A.integer(bits, signed) } : {};
  return {
    name,
    leaf: { physical: stored === 64 ? 'INT64' : 'INT32', ...annotation },
    edges: stored === 64 ? [0n, 5n, 1_781_517_600_000n, ...within(64)] : [0, 5, ...asNumbers(within(32))],
    random: stored === 64 ? I64 : I32,
    meaning: (cell) => {
      const raw = BigInt(cell as number | bigint);
      const value = signed || bits < 32 ? raw : BigInt.asUintN(stored, raw);
      const own = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
      return own === value ? { t: 'integer', value, bits } : { t: 'strange', bits };
    },
  };
}

function bigEndian(value: bigint, length: number): Buffer {
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0');
  return Buffer.from(hex, 'hex');
}

const fromBytes = (bytes: Buffer): bigint =>
  bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));

const decimalEdges = (bits: number, precision: number): bigint[] => {
  const most = 10n ** BigInt(precision) - 1n;
  return [0n, 1n, -1n, 100n, 150n, 1200n, 12345n, most, -most, most + 1n].filter((v) => BigInt.asIntN(bits, v) === v);
};

function decimal(name: string, leaf: Omit<Leaf, 'annotation'>, precision: number, scale: number): Source {
  const annotation = A.decimal(precision, scale);
  const unscaled = (cell: Cell): bigint => (Buffer.isBuffer(cell) ? fromBytes(cell) : BigInt(cell as number | bigint));
  const bits = { INT32: 32, INT64: 64 }[leaf.physical as 'INT32' | 'INT64'] ?? (leaf.length ?? 16) * 8;
  const make = (value: bigint): Cell => {
    if (leaf.physical === 'INT32') return Number(value);
    if (leaf.physical === 'INT64') return value;
    return bigEndian(value, leaf.length ?? (BigInt.asIntN(32, value) === value ? 4 : 16));
  };
  const edges = decimalEdges(bits, precision).map(make);
  return {
    name,
    leaf: { ...leaf, annotation },
    edges: leaf.physical === 'BYTE_ARRAY' ? [...edges, Buffer.alloc(0), Buffer.of(0xff)] : edges,
    random: fc.bigInt(-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n).map(make),
    meaning: (cell) => ({ t: 'decimal', unscaled: unscaled(cell), scale, precision }),
  };
}

const FLOATS = [
  0,
  10_000_001_346_306_048,
  // Numbers of which the engine's own text is not the shortest.
  600_836_032,
  -2_493_367.75,
  -0,
  1,
  -1,
  1.5,
  0.1,
  1.005,
  12.34,
  2 ** 24,
  2 ** 24 + 2,
  2 ** 53,
  2 ** 63,
  -(2 ** 63),
  1e20,
  1e-7,
].concat([3.4028234663852886e38, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
const DOUBLES = [...FLOATS, 3.5e38, 1.7976931348623157e308, 5e-324, 123_456_789_012_345.67, 0.1 + 0.2, 2 ** 53 + 2];

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
const halfBytes = (bits: number): Buffer => Buffer.of(bits & 255, bits >> 8);

const MILLIS = [0n, 1n, -1n, 1_781_517_600_123n, -62_135_596_800_000n, -62_135_596_800_001n].concat([
  253_402_300_799_999n,
  253_402_300_800_000n,
  86_400_000n,
  -86_400_000n,
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
]);

function timestamp(name: string, unit: 'MILLIS' | 'MICROS' | 'NANOS', annotation: Annotation): Source {
  const perMilli = { MILLIS: 1n, MICROS: 1000n, NANOS: 1_000_000n }[unit];
  const scaled = MILLIS.flatMap((milli) => [milli * perMilli, milli * perMilli + perMilli - 1n, milli * perMilli - 1n]);
  return {
    name,
    leaf: { physical: 'INT64', annotation },
    edges: [...new Set([...scaled, -(2n ** 63n), 2n ** 63n - 1n])].filter(
      (value) => BigInt.asIntN(64, value) === value,
    ),
    random: fc.oneof(
      I64,
      fc.bigInt(-(10n ** 13n) * perMilli, 10n ** 13n * perMilli).filter((v) => BigInt.asIntN(64, v) === v),
    ),
    meaning: (cell) => ({ t: 'nanos', value: (cell as bigint) * (1_000_000n / perMilli) }),
  };
}

const JULIAN_1970 = 2_440_588n;
function int96(days: bigint, nanos: bigint): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigInt64LE(nanos);
  bytes.writeInt32LE(Number(days + JULIAN_1970), 8);
  return bytes;
}

const TEXTS = [
  '',
  'plain',
  'café',
  '漢字',
  '😀',
  'a\0b',
  'a\\b',
  '\\xFF',
  '\uFFFD',
  '{"a": 1}',
  'true',
  '1',
  '-0',
  '007',
  '1.50',
  '1.505',
].concat(
  [
    '9223372036854775808',
    '300',
    '1e3',
    ' 1',
    '2026-06-15',
    '2026-02-30',
    '0000-01-01',
    '9999-12-31',
    '2026-06-15T12:34:56Z',
  ],
  [
    '2026-06-15 12:34:56.123456789+05:30',
    '1969-12-31T23:59:59.9999Z',
    '9999-12-31T23:59:59.9999999Z',
    '2026-06-15T24:00:00Z',
  ],
  [
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '2026-06-15T12:34:56+2359',
    '2026-06-15 12:34:56.5-09',
    '2026-06-15 12:34:56+1',
    '2026-06-15 12:34:56+24',
    '2026-06-15T12:34:60Z',
    '1781517600000',
  ],
  [
    '1.10000000000000000000000000000000000000000000',
    '0.00000000000000000000000000000000000001',
    'infinity',
    'epoch',
    'NaN',
  ],
);
const NO_TEXTS = [
  Buffer.of(0xff, 0xfe),
  Buffer.of(0xed, 0xa0, 0x80),
  Buffer.of(0xc0, 0x80),
  Buffer.of(0xf4, 0x90, 0x80, 0x80),
  Buffer.of(0x63, 0xe9),
];

function byteArray(name: string, t: 'text' | 'enum' | 'json' | 'bytes' | 'bson', annotation?: Annotation): Source {
  return {
    name,
    leaf: { physical: 'BYTE_ARRAY', ...(annotation === undefined ? {} : { annotation }) },
    edges: [...TEXTS.map(text), ...NO_TEXTS],
    random: fc.oneof(BYTES, anyText({ maxLength: 6 }).map(text)),
    meaning: (cell) => ({ t, bytes: cell as Buffer }),
  };
}

function fixed(name: string, t: 'text' | 'bytes' | 'uuid', length: number, annotation?: Annotation): Source {
  return {
    name,
    leaf: { physical: 'FIXED_LEN_BYTE_ARRAY', length, ...(annotation === undefined ? {} : { annotation }) },
    edges: [Buffer.alloc(length), Buffer.alloc(length, 'é'), Buffer.alloc(length, 'abc'), Buffer.alloc(length, 0xff)],
    random: fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes)),
    meaning: (cell) => ({ t, bytes: cell as Buffer }),
  };
}

/** Types of which no value is one of the lake. */
function never(name: string, leaf: Leaf, value: Cell): Source {
  return { name, leaf, edges: [value], random: fc.constant(value), meaning: () => ({ t: 'nothing' }) };
}

export const SOURCES: readonly Source[] = [
  {
    name: 'BOOLEAN',
    leaf: { physical: 'BOOLEAN' },
    edges: [true, false],
    random: fc.boolean(),
    meaning: (cell) => ({ t: 'boolean', value: cell as boolean }),
  },
  integer('INT32', 32, true, false),
  integer('INT64', 64, true, false),
  integer('INT_8', 8, true),
  integer('INT_16', 16, true),
  integer('INT_32', 32, true),
  integer('INT_64', 64, true),
  integer('UINT_8', 8, false),
  integer('UINT_16', 16, false),
  integer('UINT_32', 32, false),
  integer('UINT_64', 64, false),
  decimal('DECIMAL(4,2) on INT32', { physical: 'INT32' }, 4, 2),
  decimal('DECIMAL(9,0) on INT64', { physical: 'INT64' }, 9, 0),
  decimal('DECIMAL(18,6) on INT64', { physical: 'INT64' }, 18, 6),
  decimal('DECIMAL(5,2) on 8 bytes', { physical: 'FIXED_LEN_BYTE_ARRAY', length: 8 }, 5, 2),
  decimal('DECIMAL(12,2) on 6 bytes', { physical: 'FIXED_LEN_BYTE_ARRAY', length: 6 }, 12, 2),
  decimal('DECIMAL(38,10) on 16 bytes', { physical: 'FIXED_LEN_BYTE_ARRAY', length: 16 }, 38, 10),
  decimal('DECIMAL(20,2) on BYTE_ARRAY', { physical: 'BYTE_ARRAY' }, 20, 2),
  {
    name: 'FLOAT',
    leaf: { physical: 'FLOAT' },
    edges: FLOATS,
    random: fc.float(),
    meaning: (cell) => ({ t: 'float', value: Math.fround(cell as number) }),
  },
  {
    name: 'DOUBLE',
    leaf: { physical: 'DOUBLE' },
    edges: DOUBLES,
    random: fc.oneof(
      fc.double(),
      fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((n) => n / 100),
    ),
    meaning: (cell) => ({ t: 'double', value: cell as number }),
  },
  {
    name: 'FLOAT16',
    leaf: { physical: 'FIXED_LEN_BYTE_ARRAY', length: 2, annotation: A.FLOAT16 },
    edges: [0, 0x8000, 0x3c00, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 1, 0x3555, 0xc40f].map(halfBytes),
    random: fc.nat({ max: 0xffff }).map(halfBytes),
    meaning: (cell) => ({ t: 'float', value: float16((cell as Buffer).readUInt16LE()) }),
  },
  {
    name: 'DATE',
    leaf: { physical: 'INT32', annotation: A.DATE },
    edges: [0, -1, 20_619, -719_162, -719_163, 2_932_896, 2_932_897, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1],
    random: I32,
    meaning: (cell) => ({ t: 'days', value: BigInt(cell as number) }),
  },
  timestamp('TIMESTAMP(MILLIS, UTC)', 'MILLIS', A.timestamp('MILLIS')),
  timestamp('TIMESTAMP(MICROS, UTC)', 'MICROS', A.timestamp('MICROS')),
  timestamp('TIMESTAMP(NANOS, UTC)', 'NANOS', A.timestamp('NANOS')),
  timestamp('TIMESTAMP(MILLIS, local)', 'MILLIS', A.timestamp('MILLIS', false)),
  timestamp('TIMESTAMP(MICROS, local)', 'MICROS', A.timestamp('MICROS', false)),
  timestamp('TIMESTAMP(NANOS, local)', 'NANOS', A.timestamp('NANOS', false)),
  timestamp('TIMESTAMP_MILLIS', 'MILLIS', A.TIMESTAMP_MILLIS),
  timestamp('TIMESTAMP_MICROS', 'MICROS', A.TIMESTAMP_MICROS),
  {
    name: 'INT96',
    leaf: { physical: 'INT96' },
    edges: [
      int96(0n, 0n),
      int96(20_619n, 1_234_567_891n),
      int96(-1n, 86_399_999_999_999n),
      int96(-719_162n, 0n),
      int96(-719_163n, 86_399_999_000_000n),
      int96(2_932_896n, 86_399_999_999_000n),
      int96(2_932_897n, 0n),
      int96(100_000_000n, 0n),
    ],
    random: fc
      .tuple(fc.bigInt(-1_000_000n, 4_000_000n), fc.bigInt(0n, 86_399_999_999n))
      .map(([days, micros]) => int96(days, micros * 1000n)),
    meaning: (cell) => {
      const bytes = cell as Buffer;
      const days = BigInt(bytes.readInt32LE(8)) - JULIAN_1970;
      return { t: 'nanos', value: days * 86_400_000_000_000n + bytes.readBigInt64LE() };
    },
  },
  byteArray('UTF8', 'text', A.UTF8),
  byteArray('STRING', 'text', A.STRING),
  byteArray('ENUM', 'enum', A.ENUM),
  byteArray('JSON', 'json', A.JSON),
  byteArray('BSON', 'bson', A.BSON),
  byteArray('BYTE_ARRAY', 'bytes'),
  fixed('FIXED_LEN_BYTE_ARRAY', 'bytes', 6),
  fixed('STRING on fixed bytes', 'text', 6, A.STRING),
  fixed('UUID', 'uuid', 16, A.UUID),
  never('TIME(MILLIS)', { physical: 'INT32', annotation: A.time('MILLIS') }, 1),
  never('TIME(MICROS)', { physical: 'INT64', annotation: A.time('MICROS', false) }, 1n),
  never('TIME(NANOS)', { physical: 'INT64', annotation: A.time('NANOS') }, 1n),
  never('TIME_MICROS', { physical: 'INT64', annotation: A.TIME_MICROS }, 1n),
  never('INTERVAL', { physical: 'FIXED_LEN_BYTE_ARRAY', length: 12, annotation: A.INTERVAL }, Buffer.alloc(12)),
  never(
    'DECIMAL(40,2)',
    { physical: 'FIXED_LEN_BYTE_ARRAY', length: 17, annotation: A.decimal(40, 2) },
    Buffer.alloc(17),
  ),
  never('GEOMETRY', { physical: 'BYTE_ARRAY', annotation: A.GEOMETRY }, Buffer.of(1)),
  never('a later type', { physical: 'BYTE_ARRAY', annotation: A.LATER }, Buffer.of(1)),
  never('DATE on INT64', { physical: 'INT64', annotation: A.DATE }, 1n),
  never('STRING on INT32', { physical: 'INT32', annotation: A.UTF8 }, 1),
  {
    name: 'UNKNOWN',
    leaf: { physical: 'INT32', annotation: A.UNKNOWN },
    edges: [null],
    random: fc.constant(null),
    meaning: () => ({ t: 'null' }),
  },
];

/** What becomes of a cell of a file in a column of a type. */
export const judge = (source: Source, cell: Cell, type: ScalarType): Verdict =>
  cell === null ? { value: null } : verdict(source.meaning(cell), type);
