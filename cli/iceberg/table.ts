import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, TableDefinition } from '../../lib/dataset';
import { type DataFile, hiveType, type Snapshot, STATUS, type TableMetadata } from '../../lib/iceberg';
import { UsageError } from '../command-line';
import { BUCKETS } from '../lake';
import { bucketPath } from '../tables/projection';
import type { PartitionFiles } from '../tables/table-files';
import { zoneTables } from '../tables/views';
import { hintKey, metadataKey } from './catalog';

/** A snapshot of an Iceberg table, as an engine needs it. */
export interface IcebergTable {
  /** The columns that the table had in the snapshot. */
  readonly table: TableDefinition;
  readonly partitions: readonly PartitionFiles[];
}

/**
 * Reads which columns and files a snapshot has, from the published metadata alone: neither the manifests of compaction nor the
 * declaration of the dataset matter. Avro is decoded by icebird, not by the code that wrote it.
 *
 * @param root folder whose sub-folders are the buckets
 * @param at the snapshot that was current at this time, epoch milliseconds. @default the current one
 * @returns undefined when the dataset was never published
 * @throws NoSnapshotError when no snapshot of that time is retained
 */
export async function icebergTable(root: string, dataset: Dataset, at?: number): Promise<IcebergTable | undefined> {
  const bucket = join(root, BUCKETS.curated);
  const hint = await readFile(join(bucket, hintKey(dataset.name)), 'utf8').catch(() => undefined);
  if (hint === undefined) return undefined;
  const metadata = JSON.parse(
    await readFile(join(bucket, metadataKey(dataset.name, hint.trim())), 'utf8'),
  ) as TableMetadata;
  const snapshot = snapshotAt(metadata, dataset.name, at);
  const schema = metadata.schemas.find((own) => own['schema-id'] === snapshot['schema-id']);
  const keys = new Set(metadata['partition-specs'][0]?.fields.map((field) => field['source-id']));
  const columns = (schema?.fields ?? []).map(({ id, name, type }) => ({ id, name, type: hiveType(type) }));
  const entries: Entry[] = [];
  for (const { manifest_path: path } of await avro<{ manifest_path: string }>(root, snapshot['manifest-list']))
    entries.push(...(await avro<Entry>(root, path)));
  return {
    table: {
      ...zoneTables(dataset).curated,
      columns: columns.filter(({ id }) => !keys.has(id)),
      partitionKeys: columns.filter(({ id }) => keys.has(id)),
    },
    partitions: byPartition(
      root,
      entries.filter(({ status }) => status !== STATUS.deleted),
    ),
  };
}

/** A time before the snapshots of a table. */
export class NoSnapshotError extends UsageError {}

interface Entry {
  readonly status: number;
  readonly data_file: Pick<DataFile, 'file_path' | 'partition'>;
}

function snapshotAt({ snapshots, ...metadata }: TableMetadata, name: string, at: number | undefined): Snapshot {
  const log = at === undefined ? [] : metadata['snapshot-log'].filter((entry) => entry['timestamp-ms'] <= at);
  const id = at === undefined ? metadata['current-snapshot-id'] : log.at(-1)?.['snapshot-id'];
  const found = snapshots.find((snapshot) => snapshot['snapshot-id'] === id);
  if (found !== undefined) return found;
  const times = snapshots.map((snapshot) => new Date(snapshot['timestamp-ms']).toISOString());
  throw new NoSnapshotError(
    '--at',
    `table ${name} has no snapshot of that time; it keeps those of ${times.join(', ')}`,
    `write ${times[0]} or later`,
  );
}

function byPartition(root: string, entries: readonly Entry[]): PartitionFiles[] {
  const found = new Map<string, { values: Record<string, string>; files: string[] }>();
  for (const { data_file: file } of entries) {
    const values = Object.fromEntries(Object.entries(file.partition).map(([name, value]) => [name, String(value)]));
    const own = found.get(JSON.stringify(values)) ?? { values, files: [] };
    own.files.push(join(root, bucketPath(file.file_path)));
    found.set(JSON.stringify(values), own);
  }
  return [...found.values()].map((partition) => ({ ...partition, manifestBytes: 0 }));
}

async function avro<T>(root: string, uri: string): Promise<T[]> {
  // They are ES modules, which nothing but an import of this kind can load.
  const { avroMetadata } = await import('icebird/src/avro/avro.metadata.js');
  const { avroRead } = await import('icebird/src/avro/avro.read.js');
  const body = await readFile(join(root, bucketPath(uri)));
  const reader = { view: new DataView(body.buffer, body.byteOffset, body.length), offset: 0 };
  return avroRead({ reader, ...avroMetadata(reader) }) as T[];
}
