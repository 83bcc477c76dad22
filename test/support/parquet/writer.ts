import { encodeStruct, i8, i32, i64, struct, type ThriftStruct, varint } from './thrift';

/**
 * Writes small Parquet files of any schema, of those too that no library would write: values beyond their annotation,
 * statistics that lie, bytes that are no UTF-8. Values are the physical ones. One row group, one page a column, no
 * compression; plain or dictionary encoding.
 */
const PHYSICAL = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const;
export type Physical = (typeof PHYSICAL)[number];

export interface Leaf {
  readonly physical: Physical;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY. */
  readonly length?: number;
  readonly annotation?: Annotation;
}

/** `converted` is the old enumeration, `logical` the union that replaced it; writers give one of them or both. */
export interface Annotation {
  readonly converted?: number;
  readonly scale?: number;
  readonly precision?: number;
  readonly logical?: ThriftStruct;
}

export interface Group {
  readonly children: readonly Node[];
  readonly annotation?: Annotation;
}

export type Node = (Leaf | Group) & {
  readonly name: string;
  /** @default 'optional' */
  readonly repetition?: 'required' | 'optional' | 'repeated';
};

/** A value of a leaf: numbers and bigints for INT32 and INT64, 12 bytes for INT96; an object for a group. */
export type Cell = null | boolean | number | bigint | Buffer | readonly Cell[] | { readonly [name: string]: Cell };

export interface WriteOptions {
  readonly dictionary?: boolean;
  /** Bytes of `min_value` and `max_value`, by column, whatever the values are. */
  readonly statistics?: Readonly<Record<string, { min: Buffer; max: Buffer; nulls: number }>>;
}

interface Chunk {
  readonly path: readonly string[];
  readonly leaf: Leaf;
  readonly maxRepetition: number;
  readonly maxDefinition: number;
  readonly repetitions: number[];
  readonly definitions: number[];
  readonly values: Cell[];
}

export function writeParquet(
  columns: readonly Node[],
  rows: readonly Readonly<Record<string, Cell>>[],
  options: WriteOptions = {},
): Buffer {
  const chunks = new Map<Node, Chunk>();
  const root: Node = { name: 'schema', repetition: 'required', children: columns };
  collect(root, [], 0, 0, chunks);
  for (const row of rows) shred(root, row, 0, 0, 0, chunks);

  const parts: Buffer[] = [Buffer.from('PAR1')];
  let at = 4;
  const columnChunks = [...chunks.values()].map((chunk) => {
    const { pages, dictionaryBytes } = encodeChunk(chunk, options.dictionary === true);
    const statistics = options.statistics?.[chunk.path.join('.')];
    const start = at;
    parts.push(pages);
    at += pages.length;
    return struct({
      2: i64(start),
      3: struct({
        1: i32(PHYSICAL.indexOf(chunk.leaf.physical)),
        2: [i32(0), i32(3), ...(dictionaryBytes > 0 ? [i32(8)] : [])],
        3: chunk.path.slice(),
        4: i32(0),
        5: i64(chunk.definitions.length),
        6: i64(pages.length),
        7: i64(pages.length),
        9: i64(start + dictionaryBytes),
        11: dictionaryBytes > 0 ? i64(start) : undefined,
        12:
          statistics === undefined
            ? undefined
            : struct({ 3: i64(statistics.nulls), 5: statistics.max, 6: statistics.min }),
      }),
    });
  });
  const footer = encodeStruct(
    struct({
      1: i32(2),
      2: schemaElements(root),
      3: i64(rows.length),
      4: [struct({ 1: columnChunks, 2: i64(at - 4), 3: i64(rows.length) })],
      6: 'test writer version 1.0.0',
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, length, Buffer.from('PAR1')]);
}

const REPETITIONS = ['required', 'optional', 'repeated'] as const;

function schemaElements(node: Node): ThriftStruct[] {
  const { converted, scale, precision, logical } = node.annotation ?? {};
  const optional = (value: number | undefined) => (value === undefined ? undefined : i32(value));
  const leaf = 'physical' in node;
  const element = struct({
    1: leaf ? i32(PHYSICAL.indexOf(node.physical)) : undefined,
    2: leaf ? optional(node.length) : undefined,
    3: i32(REPETITIONS.indexOf(node.repetition ?? 'optional')),
    4: node.name,
    5: leaf ? undefined : i32(node.children.length),
    6: optional(converted),
    7: optional(scale),
    8: optional(precision),
    10: logical,
  });
  return leaf ? [element] : [element, ...node.children.flatMap(schemaElements)];
}

function collect(node: Node, path: readonly string[], r: number, d: number, chunks: Map<Node, Chunk>): void {
  const repetition = node.repetition ?? 'optional';
  const maxRepetition = r + (repetition === 'repeated' ? 1 : 0);
  const maxDefinition = d + (repetition === 'required' ? 0 : 1);
  if ('physical' in node) {
    const levels = { maxRepetition, maxDefinition, repetitions: [], definitions: [], values: [] };
    chunks.set(node, { path, leaf: node, ...levels });
  } else {
    for (const child of node.children) collect(child, [...path, child.name], maxRepetition, maxDefinition, chunks);
  }
}

/** Divides a record into columns, each value with its repetition and definition level (Dremel). */
function shred(
  node: Node,
  value: Cell | undefined,
  r: number,
  d: number,
  depth: number,
  chunks: Map<Node, Chunk>,
): void {
  const repetition = node.repetition ?? 'optional';
  const none = Array.isArray(value) && value.length === 0 && repetition === 'repeated';
  if (repetition === 'required') {
    descend(node, value ?? null, r, d, depth, chunks);
  } else if (value === null || value === undefined || none) {
    emitNull(node, r, d, chunks);
  } else if (repetition === 'optional') {
    descend(node, value, r, d + 1, depth, chunks);
  } else {
    for (const [index, item] of (value as readonly Cell[]).entries()) {
      descend(node, item, index === 0 ? r : depth + 1, d + 1, depth + 1, chunks);
    }
  }
}

function descend(node: Node, value: Cell, r: number, d: number, depth: number, chunks: Map<Node, Chunk>): void {
  if ('physical' in node) {
    const chunk = chunks.get(node) as Chunk;
    chunk.repetitions.push(r);
    chunk.definitions.push(d);
    chunk.values.push(value);
  } else {
    const members = value as Readonly<Record<string, Cell>>;
    for (const child of node.children) shred(child, members[child.name], r, d, depth, chunks);
  }
}

function emitNull(node: Node, r: number, d: number, chunks: Map<Node, Chunk>): void {
  if ('physical' in node) {
    const chunk = chunks.get(node) as Chunk;
    chunk.repetitions.push(r);
    chunk.definitions.push(d);
  } else {
    for (const child of node.children) emitNull(child, r, d, chunks);
  }
}

function encodeChunk(chunk: Chunk, dictionary: boolean): { pages: Buffer; dictionaryBytes: number } {
  const { leaf, values } = chunk;
  const count = chunk.definitions.length;
  const levels = Buffer.concat([
    levelBytes(chunk.repetitions, chunk.maxRepetition),
    levelBytes(chunk.definitions, chunk.maxDefinition),
  ]);
  if (!dictionary || leaf.physical === 'BOOLEAN') {
    return { pages: dataPage(count, 0, Buffer.concat([levels, plain(leaf, values)])), dictionaryBytes: 0 };
  }
  const distinct = new Map<string, number>();
  const entries: Cell[] = [];
  const indices = values.map((value) => {
    const key = plain(leaf, [value]).toString('hex');
    if (!distinct.has(key)) entries.push(value);
    const index = distinct.get(key) ?? distinct.size;
    distinct.set(key, index);
    return index;
  });
  const width = bitWidth(Math.max(1, entries.length - 1));
  const body = plain(leaf, entries);
  const header = struct({
    1: i32(2),
    2: i32(body.length),
    3: i32(body.length),
    7: struct({ 1: i32(entries.length), 2: i32(0) }),
  });
  const page = Buffer.concat([encodeStruct(header), body]);
  const data = dataPage(count, 8, Buffer.concat([levels, Buffer.of(width), runs(indices, width)]));
  return { pages: Buffer.concat([page, data]), dictionaryBytes: page.length };
}

function dataPage(count: number, encoding: number, body: Buffer): Buffer {
  const header = struct({
    1: i32(0),
    2: i32(body.length),
    3: i32(body.length),
    5: struct({ 1: i32(count), 2: i32(encoding), 3: i32(3), 4: i32(3) }),
  });
  return Buffer.concat([encodeStruct(header), body]);
}

function levelBytes(levels: readonly number[], max: number): Buffer {
  if (max === 0) return Buffer.alloc(0);
  const body = runs(levels, bitWidth(max));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}

/** Runs of one value each: the simplest form of the RLE and bit-packing hybrid. */
function runs(values: readonly number[], width: number): Buffer {
  const bytes = Math.ceil(width / 8);
  return Buffer.concat(
    values.map((value) => {
      const run = Buffer.alloc(bytes);
      run.writeUIntLE(value, 0, bytes);
      return Buffer.concat([varint(2), run]);
    }),
  );
}

const bitWidth = (max: number): number => 32 - Math.clz32(max);

function plain({ physical, length }: Leaf, values: readonly Cell[]): Buffer {
  if (physical === 'BOOLEAN') {
    const bits = Buffer.alloc(Math.ceil(values.length / 8));
    for (const [index, value] of values.entries()) {
      if (value === true) bits[index >> 3] = (bits[index >> 3] as number) | (1 << (index & 7));
    }
    return bits;
  }
  return Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.alloc(8);
      switch (physical) {
        case 'INT32':
          bytes.writeInt32LE(Number(value));
          return bytes.subarray(0, 4);
        case 'INT64':
          bytes.writeBigInt64LE(BigInt(value as bigint));
          return bytes;
        case 'FLOAT':
          bytes.writeFloatLE(Number(value));
          return bytes.subarray(0, 4);
        case 'DOUBLE':
          bytes.writeDoubleLE(Number(value));
          return bytes;
        case 'BYTE_ARRAY':
          bytes.writeUInt32LE((value as Buffer).length);
          return Buffer.concat([bytes.subarray(0, 4), value as Buffer]);
        default:
          if ((value as Buffer).length !== (physical === 'INT96' ? 12 : length)) throw new RangeError('wrong length');
          return value as Buffer;
      }
    }),
  );
}

/** Annotations by their names in the specification: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md */
const unit = (name: 'MILLIS' | 'MICROS' | 'NANOS') => struct({ [{ MILLIS: 1, MICROS: 2, NANOS: 3 }[name]]: struct() });
const member = (number: number, value = struct()): Annotation => ({ logical: struct({ [number]: value }) });
export const ANNOTATIONS = {
  UTF8: { converted: 0 },
  STRING: member(1),
  MAP: { converted: 1, ...member(2) },
  MAP_KEY_VALUE: { converted: 2 },
  LIST: { converted: 3, ...member(3) },
  ENUM: { converted: 4, ...member(4) },
  DATE: { converted: 6, ...member(6) },
  UNKNOWN: member(11),
  JSON: { converted: 19, ...member(12) },
  BSON: { converted: 20, ...member(13) },
  INTERVAL: { converted: 21 },
  UUID: member(14),
  GEOMETRY: member(17),
  LATER: member(25),
  FLOAT16: member(15),
  decimal: (precision: number, scale: number): Annotation => ({
    converted: 5,
    precision,
    scale,
    ...member(5, struct({ 1: i32(scale), 2: i32(precision) })),
  }),
  time: (name: 'MILLIS' | 'MICROS' | 'NANOS', utc = true): Annotation => member(7, struct({ 1: utc, 2: unit(name) })),
  timestamp: (name: 'MILLIS' | 'MICROS' | 'NANOS', utc = true): Annotation =>
    member(8, struct({ 1: utc, 2: unit(name) })),
  /** The old annotations, which say UTC. */
  TIME_MILLIS: { converted: 7 },
  TIME_MICROS: { converted: 8 },
  TIMESTAMP_MILLIS: { converted: 9 },
  TIMESTAMP_MICROS: { converted: 10 },
  integer: (bits: 8 | 16 | 32 | 64, signed: boolean): Annotation => ({
    converted: { 8: 11, 16: 12, 32: 13, 64: 14 }[bits] + (signed ? 4 : 0),
    ...member(10, struct({ 1: i8(bits), 2: signed })),
  }),
} as const;
