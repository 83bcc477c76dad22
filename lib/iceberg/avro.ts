import { type Schema, Type } from 'avsc';

/**
 * Object container files of Avro, without compression: https://avro.apache.org/docs/1.12.0/specification/#object-container-files
 * The library encodes the values. It writes no attributes beyond Avro's own into a header, and Iceberg keeps field ids there; so
 * the header is written here, with the schema as it was given.
 */

const MAGIC = Buffer.from('Obj\x01', 'latin1');
const SYNC_BYTES = 16;
const ROWS_IN_BLOCK = 1000;

const HEADER = Type.forSchema({
  type: 'record',
  name: 'header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'magic', size: MAGIC.length } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'sync', size: SYNC_BYTES } },
  ],
});
const LONG = Type.forSchema('long');

/** Making a type compiles code, which takes longer than a small file does: those of the last schemas are kept, by the text. */
const MOST_TYPES = 16;
const types = new Map<string, Type>();

function typeOf(schema: string): Type {
  const known = types.get(schema);
  if (known !== undefined) return known;
  const made = Type.forSchema(JSON.parse(schema) as Schema);
  if (types.size === MOST_TYPES) types.clear();
  types.set(schema, made);
  return made;
}

interface Header {
  readonly magic: Buffer;
  readonly meta: Readonly<Record<string, Buffer>>;
  readonly sync: Buffer;
}

/**
 * @param schema with field ids
 * @param metadata of the header
 * @param sync 16 bytes; the same for the same file
 */
export function encodeContainer(
  schema: object,
  metadata: Readonly<Record<string, string>>,
  rows: readonly unknown[],
  sync: Buffer,
): Buffer {
  const text = JSON.stringify(schema);
  const type = typeOf(text);
  const texts = { 'avro.schema': text, 'avro.codec': 'null', ...metadata };
  const meta = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));
  const parts: Buffer[] = [HEADER.toBuffer({ magic: MAGIC, meta, sync })];
  for (let at = 0; at < rows.length; at += ROWS_IN_BLOCK) {
    const encoded = rows.slice(at, at + ROWS_IN_BLOCK).map((row) => type.toBuffer(row));
    const block = Buffer.concat(encoded);
    parts.push(LONG.toBuffer(encoded.length), LONG.toBuffer(block.length), block, sync);
  }
  return Buffer.concat(parts);
}

/** Rows of such a file, by the schema that it carries. @throws Error when it is none */
export function decodeContainer(file: Buffer): unknown[] {
  const read = <T>(type: Type, at: number): { value: T; offset: number } => {
    const { value, offset } = type.decode(file, at) as { value: T; offset: number };
    if (offset < 0) throw new Error('The Avro file ends within a value');
    return { value, offset };
  };
  const header = read<Header>(HEADER, 0);
  if (!header.value.magic.equals(MAGIC)) throw new Error('Not an Avro file: its first bytes must be Obj1');
  const { 'avro.schema': schema, 'avro.codec': codec } = header.value.meta;
  if (schema === undefined) throw new Error('The Avro file has no schema');
  if (codec !== undefined && codec.toString() !== 'null')
    throw new Error(`The Avro file has the codec ${codec}, not null`);
  const type = typeOf(schema.toString());
  const rows: unknown[] = [];
  let at = header.offset;
  while (at < file.length) {
    const count = read<number>(LONG, at);
    const size = read<number>(LONG, count.offset);
    at = size.offset;
    for (let index = 0; index < count.value; index++) {
      const row = read<unknown>(type, at);
      rows.push(row.value);
      at = row.offset;
    }
    if (!file.subarray(at, at + SYNC_BYTES).equals(header.value.sync)) throw new Error('The Avro file is damaged');
    at += SYNC_BYTES;
  }
  return rows;
}
