/**
 * As much of Thrift's compact protocol as a Parquet footer needs, for files that no writer would make. A struct is a map
 * from field numbers to values. See https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export type ThriftValue =
  | boolean
  | { readonly i8: number }
  | { readonly i32: number }
  | { readonly i64: number | bigint }
  | Buffer
  | string
  | readonly ThriftValue[]
  | ThriftStruct;

export interface ThriftStruct {
  readonly fields: Readonly<Record<number, ThriftValue | undefined>>;
}

export const struct = (fields: ThriftStruct['fields'] = {}): ThriftStruct => ({ fields });
export const i8 = (value: number) => ({ i8: value });
export const i32 = (value: number) => ({ i32: value });
export const i64 = (value: number | bigint) => ({ i64: value });

export function encodeStruct({ fields }: ThriftStruct): Buffer {
  const parts: Buffer[] = [];
  let last = 0;
  for (const [text, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const id = Number(text);
    const type = value === false ? 2 : typeCode(value);
    parts.push(id - last <= 15 ? Buffer.of(((id - last) << 4) | type) : Buffer.concat([Buffer.of(type), zigzag(id)]));
    if (typeof value !== 'boolean') parts.push(encodeValue(value));
    last = id;
  }
  return Buffer.concat([...parts, Buffer.of(0)]);
}

function typeCode(value: ThriftValue): number {
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'string' || Buffer.isBuffer(value)) return 8;
  if (isList(value)) return 9;
  if ('i8' in value) return 3;
  if ('i32' in value) return 5;
  return 'i64' in value ? 6 : 12;
}

function encodeValue(value: ThriftValue): Buffer {
  if (typeof value === 'boolean') return Buffer.of(value ? 1 : 2);
  if (typeof value === 'string') return encodeValue(Buffer.from(value));
  if (Buffer.isBuffer(value)) return Buffer.concat([varint(value.length), value]);
  if (isList(value)) {
    const type = value[0] === undefined ? 12 : typeCode(value[0]);
    const head =
      value.length < 15
        ? Buffer.of((value.length << 4) | type)
        : Buffer.concat([Buffer.of(0xf0 | type), varint(value.length)]);
    return Buffer.concat([head, ...value.map(encodeValue)]);
  }
  if ('i8' in value) return Buffer.of(value.i8 & 0xff);
  if ('i32' in value) return zigzag(value.i32);
  return 'i64' in value ? zigzag(value.i64) : encodeStruct(value);
}

const isList = (value: ThriftValue): value is readonly ThriftValue[] => Array.isArray(value);

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

function zigzag(value: number | bigint): Buffer {
  const number = BigInt(value);
  return varint(number < 0n ? -2n * number - 1n : 2n * number);
}
