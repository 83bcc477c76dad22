/** Manifests and their lists, as the specification has them: https://iceberg.apache.org/spec/#manifests */
import { avroMetadata } from 'icebird/src/avro/avro.metadata.js';
import {
  type DataFile,
  decodeManifest,
  decodeManifestList,
  encodeManifest,
  encodeManifestList,
  type KeyValue,
  type ManifestEntry,
  STATUS,
  schemaOf,
  tableShape,
} from '../../lib/iceberg';
import { testDataset } from '../compaction/support/test-dataset';

const dataset = testDataset({
  partition: {
    scheme: 'day',
    from: '2026-01-01',
    to: '2026-12-31',
    leading: [{ name: 'tenant', kind: 'enum', values: ['a', 'b', 'c'] }],
  },
});
const shape = tableShape(dataset);
const schema = schemaOf(shape, []);
const SNAPSHOT = { id: 77, parent: 76, sequence: 9 };

const fileOf = (path: string, rows: number, partition: Record<string, KeyValue>): DataFile => ({
  content: 0,
  file_path: path,
  file_format: 'PARQUET',
  partition,
  record_count: rows,
  file_size_in_bytes: 1_000 + rows,
  column_sizes: [{ key: 1, value: 11 }],
  value_counts: [{ key: 1, value: rows }],
  null_value_counts: [{ key: 2, value: 3 }],
  lower_bounds: [{ key: 1, value: Buffer.from('a') }],
  upper_bounds: [{ key: 1, value: Buffer.from('z') }],
});
const entryOf = (status: number, sequence: number, rows: number, tenant: string, day: number): ManifestEntry => ({
  status,
  snapshot_id: 70 + sequence,
  sequence_number: sequence,
  file_sequence_number: sequence,
  data_file: fileOf(`s3://b/${tenant}-${day}`, rows, { tenant, year: 2026, month: 5, day }),
});
const encode = (entries: readonly ManifestEntry[], snapshot = SNAPSHOT) =>
  encodeManifest('s3://b/m.avro', snapshot, schema, shape.spec, entries);
/** Two of each kind, none like another. */
const ENTRIES = [
  entryOf(STATUS.existing, 5, 3, 'b', 12),
  entryOf(STATUS.existing, 4, 5, 'c', 2),
  entryOf(STATUS.added, 9, 7, 'a', 30),
  entryOf(STATUS.added, 9, 11, 'b', 3),
  entryOf(STATUS.added, 9, 13, 'b', 4),
  entryOf(STATUS.deleted, 1, 17, 'b', 5),
];
const int = (value: number): Buffer => Buffer.from([value & 255, value >> 8, 0, 0]);

test('the list tells what a manifest holds', () => {
  const { body, file } = encode(ENTRIES);
  expect(file).toEqual({
    manifest_path: 's3://b/m.avro',
    manifest_length: body.length,
    partition_spec_id: 0,
    content: 0,
    sequence_number: 9,
    // The file that is deleted is older: readers need not look for it.
    min_sequence_number: 4,
    added_snapshot_id: 77,
    added_files_count: 3,
    existing_files_count: 2,
    deleted_files_count: 1,
    added_rows_count: 31,
    existing_rows_count: 8,
    deleted_rows_count: 17,
    partitions: [
      { contains_null: false, lower_bound: Buffer.from('a'), upper_bound: Buffer.from('c') },
      { contains_null: false, lower_bound: int(2026), upper_bound: int(2026) },
      { contains_null: false, lower_bound: int(5), upper_bound: int(5) },
      { contains_null: false, lower_bound: int(2), upper_bound: int(30) },
    ],
  });
});

test('the least sequence number is that of the snapshot where nothing is left that is older', () => {
  expect(encode([entryOf(STATUS.deleted, 1, 1, 'a', 1)]).file.min_sequence_number).toBe(9);
  expect(encode([entryOf(STATUS.added, 9, 1, 'a', 1)]).file.min_sequence_number).toBe(9);
});

test('entries are read as they were written', () => {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  expect(plain(decodeManifest(encode(ENTRIES).body))).toEqual(plain(ENTRIES));
  const { file } = encode(ENTRIES);
  const [read] = decodeManifestList(encodeManifestList(SNAPSHOT, [file]));
  const { partitions, ...rest } = file;
  expect({ ...read }).toMatchObject(rest);
  expect(plain(read?.partitions)).toEqual(plain(partitions.map((own) => ({ ...own, contains_nan: null }))));
});

interface AvroField {
  readonly name: string;
  readonly type: unknown;
  readonly 'field-id'?: number;
}
const header = (body: Buffer): Record<string, unknown> =>
  avroMetadata({ view: new DataView(body.buffer, body.byteOffset, body.length), offset: 0 }).metadata as never;
/** Every field with its id and type, those of records, lists and maps behind a dot. */
function fieldsOf(type: unknown, path = ''): [string, number | undefined, string][] {
  if (typeof type !== 'object' || type === null) return [];
  if (Array.isArray(type)) return type.flatMap((own) => fieldsOf(own, path));
  const {
    fields,
    items,
    'element-id': element,
  } = type as {
    fields?: AvroField[];
    items?: unknown;
    'element-id'?: number;
  };
  const own = (fields ?? []).flatMap((field): [string, number | undefined, string][] => [
    [`${path}${field.name}`, field['field-id'], kindOf(field.type)],
    ...fieldsOf(field.type, `${path}${field.name}.`),
  ]);
  const listed: [string, number | undefined, string][] = element === undefined ? [] : [[`${path}element`, element, '']];
  return [...own, ...listed, ...fieldsOf(items, path)];
}
function kindOf(type: unknown): string {
  if (Array.isArray(type)) return `optional ${kindOf(type.find((own) => own !== 'null'))}`;
  if (typeof type === 'string') return type;
  const { type: kind, logicalType } = type as { type: string; logicalType?: string };
  return logicalType ?? kind;
}

test('the schema of a manifest has the ids and types of the specification', () => {
  const read = header(encode(ENTRIES).body)['avro.schema'];
  expect((read as { name: string }).name).toBe('manifest_entry');
  expect(fieldsOf(read)).toEqual([
    ['status', 0, 'int'],
    ['snapshot_id', 1, 'optional long'],
    ['sequence_number', 3, 'optional long'],
    ['file_sequence_number', 4, 'optional long'],
    ['data_file', 2, 'record'],
    ['data_file.content', 134, 'int'],
    ['data_file.file_path', 100, 'string'],
    ['data_file.file_format', 101, 'string'],
    ['data_file.partition', 102, 'record'],
    ['data_file.partition.tenant', 1000, 'optional string'],
    ['data_file.partition.year', 1001, 'optional int'],
    ['data_file.partition.month', 1002, 'optional int'],
    ['data_file.partition.day', 1003, 'optional int'],
    ['data_file.record_count', 103, 'long'],
    ['data_file.file_size_in_bytes', 104, 'long'],
    ['data_file.column_sizes', 108, 'optional map'],
    ['data_file.column_sizes.key', 117, 'int'],
    ['data_file.column_sizes.value', 118, 'long'],
    ['data_file.value_counts', 109, 'optional map'],
    ['data_file.value_counts.key', 119, 'int'],
    ['data_file.value_counts.value', 120, 'long'],
    ['data_file.null_value_counts', 110, 'optional map'],
    ['data_file.null_value_counts.key', 121, 'int'],
    ['data_file.null_value_counts.value', 122, 'long'],
    ['data_file.lower_bounds', 125, 'optional map'],
    ['data_file.lower_bounds.key', 126, 'int'],
    ['data_file.lower_bounds.value', 127, 'bytes'],
    ['data_file.upper_bounds', 128, 'optional map'],
    ['data_file.upper_bounds.key', 129, 'int'],
    ['data_file.upper_bounds.value', 130, 'bytes'],
  ]);
  const names = [...JSON.stringify(read).matchAll(/"name":"(k\d+_v\d+|r\d+)"/g)].map(([, name]) => name);
  expect(names).toEqual(['r2', 'r102', 'k117_v118', 'k119_v120', 'k121_v122', 'k126_v127', 'k129_v130']);
});

test('the schema of a list of manifests has the ids and types of the specification', () => {
  const read = header(encodeManifestList(SNAPSHOT, []))['avro.schema'];
  expect((read as { name: string }).name).toBe('manifest_file');
  expect(fieldsOf(read)).toEqual([
    ['manifest_path', 500, 'string'],
    ['manifest_length', 501, 'long'],
    ['partition_spec_id', 502, 'int'],
    ['content', 517, 'int'],
    ['sequence_number', 515, 'long'],
    ['min_sequence_number', 516, 'long'],
    ['added_snapshot_id', 503, 'long'],
    ['added_files_count', 504, 'int'],
    ['existing_files_count', 505, 'int'],
    ['deleted_files_count', 506, 'int'],
    ['added_rows_count', 512, 'long'],
    ['existing_rows_count', 513, 'long'],
    ['deleted_rows_count', 514, 'long'],
    ['partitions', 507, 'optional array'],
    ['partitions.element', 508, ''],
    ['partitions.contains_null', 509, 'boolean'],
    ['partitions.contains_nan', 518, 'optional boolean'],
    ['partitions.lower_bound', 510, 'optional bytes'],
    ['partitions.upper_bound', 511, 'optional bytes'],
  ]);
  expect(JSON.stringify(read)).toContain('"name":"r508"');
  // What may be missing is nothing where it is not written.
  expect(JSON.stringify(read).match(/"default":null/g)).toHaveLength(4);
});

test('headers say what the file is about', () => {
  const { 'avro.schema': _, ...manifest } = header(encode(ENTRIES).body);
  expect(manifest).toEqual({
    'avro.codec': 'null',
    schema,
    'schema-id': '0',
    'partition-spec': JSON.stringify(shape.spec),
    'partition-spec-id': '0',
    'format-version': '2',
    content: 'data',
  });
  const { 'avro.schema': __, ...list } = header(encodeManifestList(SNAPSHOT, []));
  expect(list).toEqual({
    'avro.codec': 'null',
    'snapshot-id': '77',
    'parent-snapshot-id': '76',
    'sequence-number': '9',
    'format-version': '2',
  });
  expect(header(encodeManifestList({ ...SNAPSHOT, parent: undefined }, []))['parent-snapshot-id']).toBe('null');
});

test('files are the same for the same snapshot, and have other marks for another one', () => {
  const sync = (snapshot: typeof SNAPSHOT): string => {
    const body = encodeManifestList(snapshot, []);
    return body.subarray(-16).toString('hex');
  };
  expect(sync(SNAPSHOT)).toBe('000000000000004d0000000000000009');
  expect(encode(ENTRIES).body).toEqual(encode(ENTRIES).body);
});
