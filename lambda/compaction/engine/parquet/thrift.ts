import { UnreadableObjectError } from '../../../../lib/rows';

/**
 * Thrift's compact protocol, as far as a Parquet footer uses it: fields are walked, skipped, and copied without some.
 * See https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export const TYPE = {
  TRUE: 1,
  FALSE: 2,
  I8: 3,
  I16: 4,
  I32: 5,
  I64: 6,
  DOUBLE: 7,
  BINARY: 8,
  LIST: 9,
  SET: 10,
  MAP: 11,
  STRUCT: 12,
};

/** Deeper structures are not a footer: the format nests six levels. */
const MAX_DEPTH = 32;

export interface Field {
  readonly id: number;
  readonly type: number;
}

/** Reads forward over untrusted bytes: it never leaves the buffer and never goes back. */
export class ThriftReader {
  at = 0;

  constructor(readonly bytes: Buffer) {}

  /** The fields of a struct, one by one; `read` must consume the value of each. */
  struct(read: (field: Field) => void, depth = 0): void {
    if (depth > MAX_DEPTH) throw this.#broken();
    for (let id = 0; ; ) {
      const head = this.#byte();
      if (head === 0) return;
      const delta = head >> 4;
      id = delta === 0 ? this.integer() : id + delta;
      read({ id, type: head & 15 });
    }
  }

  /** Type and length of a list, whose items follow. */
  list(): { readonly type: number; readonly length: number } {
    const head = this.#byte();
    const length = head >> 4 === 15 ? Number(this.#varint()) : head >> 4;
    // Every item takes at least a byte.
    if (length > this.bytes.length - this.at) throw this.#broken();
    return { type: head & 15, length };
  }

  /** An i16, i32 or i64. */
  integer(): number {
    const raw = this.#varint();
    return Number(raw & 1n ? -(raw + 1n) / 2n : raw / 2n);
  }

  i8(): number {
    return (this.#byte() << 24) >> 24;
  }

  text(): string {
    return this.#take(Number(this.#varint())).toString('utf8');
  }

  skip({ type }: { readonly type: number }, inList = false, depth = 0): void {
    if (depth > MAX_DEPTH) throw this.#broken();
    switch (type) {
      case TYPE.TRUE:
      case TYPE.FALSE:
        if (inList) this.#byte();
        return;
      case TYPE.I8:
        this.#byte();
        return;
      case TYPE.I16:
      case TYPE.I32:
      case TYPE.I64:
        while (this.#byte() > 127);
        return;
      case TYPE.DOUBLE:
        this.#take(8);
        return;
      case TYPE.BINARY:
        this.#take(Number(this.#varint()));
        return;
      case TYPE.LIST:
      case TYPE.SET: {
        const list = this.list();
        for (let i = 0; i < list.length; i++) this.skip(list, true, depth + 1);
        return;
      }
      case TYPE.STRUCT:
        this.struct((field) => this.skip(field, false, depth + 1), depth);
        return;
      // The format has no maps.
      default:
        throw this.#broken();
    }
  }

  #byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw this.#broken();
    return byte;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw this.#broken();
  }

  #take(length: number): Buffer {
    if (length > this.bytes.length - this.at) throw this.#broken();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  #broken(): UnreadableObjectError {
    return new UnreadableObjectError(`not a readable Parquet file: its footer is broken at byte ${this.at}`);
  }
}

/** Collects bytes of the protocol. */
export class ThriftWriter {
  readonly #parts: Buffer[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  raw(bytes: Buffer): void {
    this.#parts.push(bytes);
  }

  /** Writes a struct through a function that names each field before its value is written. */
  struct(write: (field: (id: number, type: number) => void) => void): void {
    let last = 0;
    write((id, type) => {
      const delta = id - last;
      if (delta > 0 && delta < 16) this.raw(Buffer.of((delta << 4) | type));
      else this.raw(Buffer.concat([Buffer.of(type), varint(zigzag(id))]));
      last = id;
    });
    this.raw(Buffer.of(0));
  }

  list(type: number, length: number): void {
    this.raw(length < 15 ? Buffer.of((length << 4) | type) : Buffer.concat([Buffer.of(0xf0 | type), varint(length)]));
  }

  integer(value: number): void {
    this.raw(varint(zigzag(value)));
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    this.raw(varint(bytes.length));
    this.raw(bytes);
  }
}

type Copy = (reader: ThriftReader, writer: ThriftWriter) => void;

/** Copies a struct. A field that `change` maps to `drop` is left out, one with a function is copied by it. */
export function copyStruct(
  reader: ThriftReader,
  writer: ThriftWriter,
  change: (id: number) => Copy | 'drop' | undefined,
): void {
  writer.struct((announce) => {
    reader.struct((field) => {
      const how = change(field.id);
      if (how === 'drop') return reader.skip(field);
      announce(field.id, field.type);
      if (typeof how === 'function') return how(reader, writer);
      const start = reader.at;
      reader.skip(field);
      writer.raw(reader.bytes.subarray(start, reader.at));
    });
  });
}

/** Copies a list of structs, each by `copy`. */
export function copyList(reader: ThriftReader, writer: ThriftWriter, copy: Copy): void {
  const { type, length } = reader.list();
  writer.list(type, length);
  for (let i = 0; i < length; i++) copy(reader, writer);
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
