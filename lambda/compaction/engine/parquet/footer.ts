import { open } from 'node:fs/promises';
import { MIB } from '../../../../lib/dataset/units';
import { UnreadableObjectError } from '../../../../lib/rows';
import { type Element, readElement, writeElement } from './element';
import { copyList, copyStruct, ThriftReader, ThriftWriter, TYPE } from './thrift';

/** Fields of the structs of a footer: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift */
const FILE = { SCHEMA: 2, ROWS: 3, ROW_GROUPS: 4, KEY_VALUES: 5, ORDERS: 7, ENCRYPTION: 8 };
const ROW_GROUP = { CHUNKS: 1, SORTING: 4 };
const CHUNK = { META: 3, INDEXES: [4, 5, 6, 7], CRYPTO: 8 };
/** Statistics of a column chunk, of its pages and of its levels, and the place of its Bloom filter. */
const META = { STATISTICS: [12, 14, 15, 16, 17] };

const TAIL = 8;
/** A footer is read as a whole. 10,000 columns in 100 row groups take about 100 MiB. */
const MAX_FOOTER_BYTES = 256 * MIB;

export interface Footer {
  /** The schema, depth first; the root is its first element. */
  readonly elements: readonly Element[];
  readonly rows: number;
  readonly bytes: Buffer;
  /** Where the footer starts in the file. */
  readonly start: number;
}

/** @throws UnreadableObjectError when the file has no footer that can be read */
export async function readFooter(path: string): Promise<Footer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size < 4 + TAIL) throw broken('it is too short');
    const { buffer: tail } = await file.read(Buffer.alloc(TAIL), 0, TAIL, size - TAIL);
    const magic = tail.toString('latin1', 4);
    if (magic === 'PARE') throw new UnreadableObjectError('it is encrypted: write Parquet without modular encryption');
    if (magic !== 'PAR1') throw broken('it does not end in PAR1, so that it was probably cut short');
    const length = tail.readUInt32LE(0);
    if (length > size - 4 - TAIL) throw broken('its footer is longer than the file');
    if (length > MAX_FOOTER_BYTES) throw broken(`its footer is longer than ${MAX_FOOTER_BYTES} bytes`);
    const start = size - TAIL - length;
    const { buffer: bytes } = await file.read(Buffer.alloc(length), 0, length, start);
    return { ...parse(bytes), bytes, start };
  } finally {
    await file.close();
  }
}

function parse(bytes: Buffer): { elements: Element[]; rows: number } {
  const reader = new ThriftReader(bytes);
  let elements: Element[] | undefined;
  let rows: number | undefined;
  reader.struct((field) => {
    if (field.id === FILE.SCHEMA && field.type === TYPE.LIST) {
      const { type, length } = reader.list();
      if (type !== TYPE.STRUCT) throw broken('its schema is not a list of elements');
      elements = Array.from({ length }, () => readElement(reader));
    } else if (field.id === FILE.ROWS && field.type === TYPE.I64) {
      rows = reader.integer();
    } else if (field.id === FILE.ENCRYPTION) {
      throw new UnreadableObjectError('it is encrypted: write Parquet without modular encryption');
    } else {
      reader.skip(field);
    }
  });
  if (elements === undefined || rows === undefined) throw broken('its footer has no schema or no number of rows');
  return { elements, rows };
}

/**
 * Rewrites the footer of a local file, with another schema and without statistics: the reader would trust those, and
 * they are in the order of the types that the schema had.
 */
export async function replaceSchema(path: string, footer: Footer, elements: readonly Element[]): Promise<void> {
  const reader = new ThriftReader(footer.bytes);
  const writer = new ThriftWriter();
  copyStruct(reader, writer, (id) => {
    if (id === FILE.KEY_VALUES || id === FILE.ORDERS) return 'drop';
    if (id === FILE.ROW_GROUPS) return (from, to) => copyList(from, to, copyRowGroup);
    if (id !== FILE.SCHEMA) return undefined;
    return (from, to) => {
      from.skip({ type: TYPE.LIST });
      to.list(TYPE.STRUCT, elements.length);
      for (const element of elements) writeElement(to, element);
    };
  });
  const bytes = writer.bytes;
  const tail = Buffer.alloc(TAIL, 'PAR1');
  tail.writeUInt32LE(bytes.length, 0);
  const file = await open(path, 'r+');
  try {
    await file.truncate(footer.start);
    await file.write(Buffer.concat([bytes, tail]), 0, bytes.length + TAIL, footer.start);
  } finally {
    await file.close();
  }
}

function copyRowGroup(reader: ThriftReader, writer: ThriftWriter): void {
  copyStruct(reader, writer, (id) => {
    if (id === ROW_GROUP.SORTING) return 'drop';
    return id === ROW_GROUP.CHUNKS ? (from, to) => copyList(from, to, copyChunk) : undefined;
  });
}

function copyChunk(reader: ThriftReader, writer: ThriftWriter): void {
  copyStruct(reader, writer, (id) => {
    if (CHUNK.INDEXES.includes(id)) return 'drop';
    if (id === CHUNK.CRYPTO) {
      throw new UnreadableObjectError('it is encrypted: write Parquet without modular encryption');
    }
    if (id !== CHUNK.META) return undefined;
    return (from, to) => copyStruct(from, to, (field) => (META.STATISTICS.includes(field) ? 'drop' : undefined));
  });
}

function broken(problem: string): UnreadableObjectError {
  return new UnreadableObjectError(`not a readable Parquet file: ${problem}`);
}
