/** Object container files: https://avro.apache.org/docs/1.12.0/specification/#object-container-files */
import { avroMetadata } from 'icebird/src/avro/avro.metadata.js';
import { avroRead } from 'icebird/src/avro/avro.read.js';
import { decodeContainer, encodeContainer } from '../../lib/iceberg/avro';

const SCHEMA = { type: 'record', name: 'row', fields: [{ name: 'n', type: 'long', 'field-id': 7 }] };
const SYNC = Buffer.from('0123456789abcdef');
const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));
const encode = (count: number, metadata: Readonly<Record<string, string>> = {}): Buffer =>
  encodeContainer(SCHEMA, metadata, rows(count), SYNC);
const readerOf = (file: Buffer) => ({ view: new DataView(file.buffer, file.byteOffset, file.length), offset: 0 });
const syncs = (file: Buffer): number => file.toString('latin1').split(SYNC.toString()).length - 1;

test.each([
  [0, 0],
  [1, 1],
  [999, 1],
  [1_000, 1],
  [1_001, 2],
  [2_500, 3],
])('%i rows are %i blocks, which an independent reader reads', (count, blocks) => {
  const file = encode(count);
  expect(syncs(file)).toBe(1 + blocks);
  const reader = readerOf(file);
  const { metadata, syncMarker } = avroMetadata(reader);
  expect((avroRead({ reader, metadata, syncMarker }) as { n: bigint }[]).map(({ n }) => Number(n))).toEqual(
    rows(count).map(({ n }) => n),
  );
  expect(decodeContainer(file).map((row) => ({ ...(row as object) }))).toEqual(rows(count));
});

test('the header has the schema as it was given, the codec, and what else is to be in it', () => {
  const file = encode(1, { own: 'ü' });
  expect(file.subarray(0, 4)).toEqual(Buffer.from([0x4f, 0x62, 0x6a, 1]));
  const { metadata, syncMarker } = avroMetadata(readerOf(file));
  expect(metadata).toEqual({ 'avro.schema': SCHEMA, 'avro.codec': 'null', own: 'ü' });
  expect(Buffer.from(syncMarker)).toEqual(SYNC);
});

/** The same length: nothing else moves. */
const renamed = (from: string, to: string): Buffer =>
  Buffer.from(encode(3).toString('latin1').replace(from, to), 'latin1');
const END = 'The Avro file ends within a value';

test.each<[string, Buffer, string]>([
  ['nothing', Buffer.alloc(0), END],
  ['another format', renamed('Obj', 'obj'), 'Not an Avro file: its first bytes must be Obj1'],
  ['another version', renamed('Obj\x01', 'Obj\x02'), 'Not an Avro file: its first bytes must be Obj1'],
  ['no schema', renamed('avro.schema', 'avro.schemX'), 'The Avro file has no schema'],
  ['compression', encode(3, { 'avro.codec': 'deflate' }), 'The Avro file has the codec deflate, not null'],
  ['a block cut short', encode(3).subarray(0, -18), END],
  ['a header cut short', encode(0).subarray(0, -1), END],
  ['a block without its end', encode(3).subarray(0, -1), 'The Avro file is damaged'],
  ['another end of a block', Buffer.concat([encode(3).subarray(0, -1), Buffer.from('x')]), 'The Avro file is damaged'],
  ['a count without a size', Buffer.concat([encode(3), Buffer.from([2])]), END],
  ['half a count', Buffer.concat([encode(3), Buffer.from([0x80])]), END],
])('a file with %s is an error', (_, file, message) => {
  expect(() => decodeContainer(file)).toThrow(message);
});

test('a file that names no codec has none', () => {
  expect(decodeContainer(renamed('avro.codec', 'avro.codeX'))).toHaveLength(3);
});
