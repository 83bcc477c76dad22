import { decodeContainer, encodeContainer } from './avro';
import { bound } from './bounds';
import type { IcebergSchema, PartitionField } from './schema';

/** Manifests and manifest lists: https://iceberg.apache.org/spec/#manifests */

export const STATUS = { existing: 0, added: 1, deleted: 2 } as const;

/** A map with field ids as keys: Avro's own have texts. */
type ById<T> = readonly { readonly key: number; readonly value: T }[];

export interface FileMetrics {
  readonly record_count: number;
  readonly column_sizes: ById<number>;
  readonly value_counts: ById<number>;
  readonly null_value_counts: ById<number>;
  readonly lower_bounds: ById<Buffer>;
  readonly upper_bounds: ById<Buffer>;
}

export type KeyValue = string | number;

export interface DataFile extends FileMetrics {
  readonly content: 0;
  readonly file_path: string;
  readonly file_format: 'PARQUET';
  readonly partition: Readonly<Record<string, KeyValue>>;
  readonly file_size_in_bytes: number;
}

export interface ManifestEntry {
  readonly status: number;
  readonly snapshot_id: number;
  readonly sequence_number: number;
  readonly file_sequence_number: number;
  readonly data_file: DataFile;
}

export interface ManifestFile {
  readonly manifest_path: string;
  readonly manifest_length: number;
  readonly partition_spec_id: 0;
  readonly content: 0;
  readonly sequence_number: number;
  readonly min_sequence_number: number;
  readonly added_snapshot_id: number;
  readonly added_files_count: number;
  readonly existing_files_count: number;
  readonly deleted_files_count: number;
  readonly added_rows_count: number;
  readonly existing_rows_count: number;
  readonly deleted_rows_count: number;
  readonly partitions: readonly {
    readonly contains_null: false;
    readonly lower_bound: Buffer;
    readonly upper_bound: Buffer;
  }[];
}

const required = (name: string, id: number, type: unknown): object => ({ name, type, 'field-id': id });
const optional = (name: string, id: number, type: unknown): object => ({
  name,
  type: ['null', type],
  default: null,
  'field-id': id,
});
const byId = (key: number, value: number, type: string): object => ({
  type: 'array',
  logicalType: 'map',
  items: {
    type: 'record',
    name: `k${key}_v${value}`,
    fields: [required('key', key, 'int'), required('value', value, type)],
  },
});
const record = (name: string, fields: readonly object[]): object => ({ type: 'record', name, fields });

const entrySchema = (spec: readonly PartitionField[], types: readonly string[]): object =>
  record('manifest_entry', [
    required('status', 0, 'int'),
    optional('snapshot_id', 1, 'long'),
    optional('sequence_number', 3, 'long'),
    optional('file_sequence_number', 4, 'long'),
    required(
      'data_file',
      2,
      record('r2', [
        required('content', 134, 'int'),
        required('file_path', 100, 'string'),
        required('file_format', 101, 'string'),
        required(
          'partition',
          102,
          record(
            'r102',
            spec.map((field, index) => optional(field.name, field['field-id'], types[index])),
          ),
        ),
        required('record_count', 103, 'long'),
        required('file_size_in_bytes', 104, 'long'),
        optional('column_sizes', 108, byId(117, 118, 'long')),
        optional('value_counts', 109, byId(119, 120, 'long')),
        optional('null_value_counts', 110, byId(121, 122, 'long')),
        optional('lower_bounds', 125, byId(126, 127, 'bytes')),
        optional('upper_bounds', 128, byId(129, 130, 'bytes')),
      ]),
    ),
  ]);

const LIST_SCHEMA = record('manifest_file', [
  required('manifest_path', 500, 'string'),
  required('manifest_length', 501, 'long'),
  required('partition_spec_id', 502, 'int'),
  required('content', 517, 'int'),
  required('sequence_number', 515, 'long'),
  required('min_sequence_number', 516, 'long'),
  required('added_snapshot_id', 503, 'long'),
  required('added_files_count', 504, 'int'),
  required('existing_files_count', 505, 'int'),
  required('deleted_files_count', 506, 'int'),
  required('added_rows_count', 512, 'long'),
  required('existing_rows_count', 513, 'long'),
  required('deleted_rows_count', 514, 'long'),
  optional('partitions', 507, {
    type: 'array',
    'element-id': 508,
    items: record('r508', [
      required('contains_null', 509, 'boolean'),
      optional('contains_nan', 518, 'boolean'),
      optional('lower_bound', 510, 'bytes'),
      optional('upper_bound', 511, 'bytes'),
    ]),
  }),
]);

/** A snapshot that a manifest or a list is written for. */
export interface SnapshotRef {
  readonly id: number;
  readonly parent: number | undefined;
  readonly sequence: number;
}

/** 16 bytes that a file of this snapshot has between its blocks: no random ones, so that files with the same inputs are the same. */
const syncOf = ({ id, sequence }: SnapshotRef): Buffer => {
  const sync = Buffer.alloc(16);
  sync.writeBigInt64BE(BigInt(id), 0);
  sync.writeBigInt64BE(BigInt(sequence), 8);
  return sync;
};

const keyTypes = (spec: readonly PartitionField[], schema: IcebergSchema): readonly string[] =>
  spec.map((field) => schema.fields.find(({ id }) => id === field['source-id'])?.type as string);

/** A manifest of data files, and what the list says about it. @param path of the manifest, a URI */
export function encodeManifest(
  path: string,
  snapshot: SnapshotRef,
  schema: IcebergSchema,
  spec: readonly PartitionField[],
  entries: readonly ManifestEntry[],
): { readonly body: Buffer; readonly file: ManifestFile } {
  const types = keyTypes(spec, schema);
  const metadata = {
    schema: JSON.stringify(schema),
    'schema-id': String(schema['schema-id']),
    'partition-spec': JSON.stringify(spec),
    'partition-spec-id': '0',
    'format-version': '2',
    content: 'data',
  };
  const body = encodeContainer(entrySchema(spec, types), metadata, entries, syncOf(snapshot));
  const count = (status: number): number => entries.filter((entry) => entry.status === status).length;
  const rows = (status: number): number =>
    entries.reduce((sum, entry) => sum + (entry.status === status ? entry.data_file.record_count : 0), 0);
  const sequences = entries.filter(({ status }) => status !== STATUS.deleted).map((entry) => entry.sequence_number);
  return {
    body,
    file: {
      manifest_path: path,
      manifest_length: body.length,
      partition_spec_id: 0,
      content: 0,
      sequence_number: snapshot.sequence,
      min_sequence_number: sequences.reduce((least, sequence) => Math.min(least, sequence), snapshot.sequence),
      added_snapshot_id: snapshot.id,
      added_files_count: count(STATUS.added),
      existing_files_count: count(STATUS.existing),
      deleted_files_count: count(STATUS.deleted),
      added_rows_count: rows(STATUS.added),
      existing_rows_count: rows(STATUS.existing),
      deleted_rows_count: rows(STATUS.deleted),
      partitions: spec.map(({ name }, index) => summary(types[index] as string, entries, name)),
    },
  };
}

function summary(type: string, entries: readonly ManifestEntry[], key: string): ManifestFile['partitions'][number] {
  const encoded = entries.map(({ data_file: { partition } }) => partition[key] as KeyValue);
  // Values of keys are ASCII.
  const sorted = encoded.sort((a, b) => (a < b ? -1 : Number(a > b)));
  const bytes = (value: KeyValue): Buffer =>
    typeof value === 'string' ? Buffer.from(value) : (bound(type, value, 'lower') as Buffer);
  return {
    contains_null: false,
    lower_bound: bytes(sorted[0] as KeyValue),
    upper_bound: bytes(sorted.at(-1) as KeyValue),
  };
}

export const decodeManifest = (body: Buffer): ManifestEntry[] => decodeContainer(body) as ManifestEntry[];

export function encodeManifestList(snapshot: SnapshotRef, files: readonly ManifestFile[]): Buffer {
  const metadata = {
    'snapshot-id': String(snapshot.id),
    'parent-snapshot-id': String(snapshot.parent ?? null),
    'sequence-number': String(snapshot.sequence),
    'format-version': '2',
  };
  return encodeContainer(LIST_SCHEMA, metadata, files, syncOf(snapshot));
}

export const decodeManifestList = (body: Buffer): ManifestFile[] => decodeContainer(body) as ManifestFile[];
