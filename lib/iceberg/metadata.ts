import type { IcebergSchema, NameMapping, PartitionField, TableShape } from './schema';

/** The table as metadata.json holds it: https://iceberg.apache.org/spec/#table-metadata */

export interface Snapshot {
  readonly 'snapshot-id': number;
  readonly 'parent-snapshot-id'?: number;
  readonly 'sequence-number': number;
  readonly 'timestamp-ms': number;
  readonly 'schema-id': number;
  readonly 'manifest-list': string;
  readonly summary: Readonly<Record<string, string>>;
}

export interface TableMetadata {
  readonly 'format-version': 2;
  readonly 'table-uuid': string;
  readonly location: string;
  readonly 'last-sequence-number': number;
  readonly 'last-updated-ms': number;
  readonly 'last-column-id': number;
  readonly schemas: readonly IcebergSchema[];
  readonly 'current-schema-id': number;
  readonly 'partition-specs': readonly { readonly 'spec-id': number; readonly fields: readonly PartitionField[] }[];
  readonly 'default-spec-id': number;
  readonly 'last-partition-id': number;
  readonly 'sort-orders': readonly { readonly 'order-id': number; readonly fields: readonly never[] }[];
  readonly 'default-sort-order-id': number;
  readonly properties: Readonly<Record<string, string>>;
  readonly 'current-snapshot-id': number;
  readonly refs: Readonly<Record<string, { readonly 'snapshot-id': number; readonly type: 'branch' }>>;
  readonly snapshots: readonly Snapshot[];
  readonly 'snapshot-log': readonly { readonly 'timestamp-ms': number; readonly 'snapshot-id': number }[];
  readonly 'metadata-log': readonly { readonly 'timestamp-ms': number; readonly 'metadata-file': string }[];
}

/** Property that holds which column of a file is which field: https://iceberg.apache.org/spec/#name-mapping-serialization */
const NAME_MAPPING = 'schema.name-mapping.default';

/** The name mapping of a table. What someone else made of it is no mapping. */
export function nameMapping(metadata: TableMetadata | undefined): readonly NameMapping[] {
  try {
    const found: unknown = JSON.parse(metadata?.properties[NAME_MAPPING] ?? '[]');
    return isMapping(found) ? found : [];
  } catch {
    return [];
  }
}

const isMapping = (value: unknown): value is readonly NameMapping[] =>
  Array.isArray(value) &&
  value.every(
    (own: Partial<NameMapping> | null) =>
      Number.isInteger(own?.['field-id']) &&
      Array.isArray(own?.names) &&
      own.names.length === 1 &&
      (own.fields === undefined || isMapping(own.fields)),
  );

/** The current snapshot. Undefined: the metadata names one that it does not have. */
export const currentSnapshot = (metadata: TableMetadata): Snapshot | undefined =>
  metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === metadata['current-snapshot-id']);

/** The current schema. Undefined: the metadata names one that it does not have. */
export const currentSchema = (metadata: TableMetadata): IcebergSchema | undefined =>
  metadata.schemas.find((schema) => schema['schema-id'] === metadata['current-schema-id']);

/** Schemas of the retained snapshots, and the current one last. Readers find their columns by name, whatever the snapshot. */
export function schemasInUse(metadata: TableMetadata): IcebergSchema[] {
  const ids = metadata.snapshots.map((snapshot) => snapshot['schema-id']);
  return [...ids, metadata['current-schema-id']].flatMap(
    (id) => metadata.schemas.find((schema) => schema['schema-id'] === id) ?? [],
  );
}

/** The schema of a shape: one that the table had before, with its id, or a new one. */
export function schemaOf(shape: TableShape, schemas: readonly IcebergSchema[]): IcebergSchema {
  const fields = JSON.stringify(shape.fields);
  const next = schemas.reduce((most, schema) => Math.max(most, schema['schema-id']), -1) + 1;
  return (
    schemas.find((schema) => JSON.stringify(schema.fields) === fields) ?? {
      type: 'struct',
      'schema-id': next,
      fields: shape.fields,
    }
  );
}

/**
 * Which snapshots stay: the current one, and each whose successor has been current for no longer than the grace. A reader that
 * began with a snapshot that does not stay began longer than the grace ago.
 *
 * @param now epoch milliseconds
 * @param graceMillis how long a reader of a snapshot may run
 */
export function retained(snapshots: readonly Snapshot[], now: number, graceMillis: number): readonly Snapshot[] {
  return snapshots.filter((_, index) => {
    const successor = snapshots[index + 1];
    return successor === undefined || successor['timestamp-ms'] >= now - graceMillis;
  });
}

export interface MetadataChange {
  readonly previous: TableMetadata | undefined;
  /** URI of the previous metadata. */
  readonly previousLocation: string | undefined;
  readonly uuid: string;
  readonly location: string;
  readonly shape: TableShape;
  readonly schema: IcebergSchema;
  /** Names of the columns of all files, and of those that the table ever had. */
  readonly mapping: readonly NameMapping[];
  /** Highest id that the table ever used. */
  readonly lastColumnId: number;
  /** In the order in which they became current; the last one is. */
  readonly snapshots: readonly Snapshot[];
  /** Epoch milliseconds. */
  readonly now: number;
  /** Entries of the metadata log that were replaced before this, epoch milliseconds, are dropped: a reader may have found them. */
  readonly logSince: number;
}

/** The next version of the table. Its times never go backwards, whatever the clock does. */
export function nextMetadata(change: MetadataChange): TableMetadata {
  const { previous, previousLocation, schema, shape, snapshots } = change;
  const current = snapshots.at(-1) as Snapshot;
  const schemas = previous?.schemas ?? [];
  const kept = new Set(snapshots.map((snapshot) => snapshot['snapshot-id']));
  const log = [
    ...(previous?.['metadata-log'] ?? []),
    ...(previous === undefined || previousLocation === undefined
      ? []
      : [{ 'timestamp-ms': previous['last-updated-ms'], 'metadata-file': previousLocation }]),
  ];
  const snapshotLog = (previous?.['snapshot-log'] ?? []).filter((entry) => kept.has(entry['snapshot-id']));
  const isNew = previous?.['current-snapshot-id'] !== current['snapshot-id'];
  return {
    'format-version': 2,
    'table-uuid': change.uuid,
    location: change.location,
    'last-sequence-number': Math.max(current['sequence-number'], previous?.['last-sequence-number'] ?? 0),
    'last-updated-ms': Math.max(change.now, previous?.['last-updated-ms'] ?? 0, current['timestamp-ms']),
    'last-column-id': change.lastColumnId,
    schemas: schemas.includes(schema) ? schemas : [...schemas, schema],
    'current-schema-id': schema['schema-id'],
    'partition-specs': [{ 'spec-id': 0, fields: shape.spec }],
    'default-spec-id': 0,
    'last-partition-id': shape.spec.at(-1)?.['field-id'] ?? 999,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    'default-sort-order-id': 0,
    properties: {
      [NAME_MAPPING]: JSON.stringify(change.mapping),
      // Engines must not delete files of the lake: https://iceberg.apache.org/docs/latest/configuration/#table-behavior-properties
      'gc.enabled': 'false',
    },
    'current-snapshot-id': current['snapshot-id'],
    refs: { main: { 'snapshot-id': current['snapshot-id'], type: 'branch' } },
    snapshots,
    'snapshot-log': isNew
      ? [...snapshotLog, { 'timestamp-ms': current['timestamp-ms'], 'snapshot-id': current['snapshot-id'] }]
      : snapshotLog,
    'metadata-log': log.filter((_, index) => (log[index + 1]?.['timestamp-ms'] ?? change.now) >= change.logSince),
  };
}
