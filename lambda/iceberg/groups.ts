import { type PartitionValues, parsePartitionPath, partitionKeys } from '../../lib/dataset';
import type { Dataset } from '../../lib/dataset/model';
import {
  type DataFile,
  decodeManifest,
  encodeManifest,
  type FileNames,
  type IcebergSchema,
  type KeyValue,
  type ManifestEntry,
  type ManifestFile,
  type SnapshotRef,
  STATUS,
  type TableShape,
} from '../../lib/iceberg';
import { mapConcurrently } from '../compaction/concurrency';
import { statFiles } from '../compaction/protocol/data-files';
import type { Lake } from '../compaction/protocol/lake';
import type { Committed } from './committed';
import type { TableFiles } from './files';
import type { Footer, ReadFooter } from './footer';

const FOOTERS_IN_FLIGHT = 16;

/** Files, rows and bytes that a snapshot adds and removes. */
export class Totals {
  files = 0;
  rows = 0;
  bytes = 0;

  add({ record_count: rows, file_size_in_bytes: bytes }: DataFile): void {
    this.files++;
    this.rows += rows;
    this.bytes += bytes;
  }
}

export interface GroupContext {
  readonly lake: Lake;
  readonly dataset: Dataset;
  readonly files: TableFiles;
  readonly read: ReadFooter;
  readonly shape: TableShape;
  readonly schema: IcebergSchema;
  /** Sees the columns of every new file. */
  readonly names: FileNames;
  readonly snapshot: SnapshotRef;
  readonly added: Totals;
  readonly removed: Totals;
}

/** The group of a partition: one Avro manifest holds the files of a month. A commit rewrites those of the months that it touches. */
export function groupOf(dataset: Dataset, partition: string): string {
  const { values } = parsed(dataset, partition);
  return values.dt === undefined ? `${values.year}-${values.month}` : values.dt.slice(0, 7);
}

const GROUP_IN_NAME = /\/m-(\d{4}-\d{2})-[^/]+$/;

/** The group of a manifest that the follower wrote. */
export const groupOfManifest = ({ manifest_path: path }: ManifestFile): string => GROUP_IN_NAME.exec(path)?.[1] ?? '';

/**
 * Writes the manifest of a group anew.
 *
 * @param before the manifests of the group in the previous snapshot
 * @param changed partitions of the group
 * @returns undefined when nothing is in it any more, and nothing was
 */
export async function rewriteGroup(
  context: GroupContext,
  group: string,
  before: readonly ManifestFile[],
  changed: readonly Committed[],
): Promise<ManifestFile | undefined> {
  const { lake, snapshot, files } = context;
  const uri = (key: string): string => `s3://${lake.buckets.curated}/${key}`;
  const wanted = new Map(changed.map((own) => [own.partition, new Set(own.files.map(uri))]));
  const listed = new Set<string>();
  const entries: ManifestEntry[] = [];
  for (const manifest of before) {
    for (const entry of decodeManifest(await files.readExisting(manifest.manifest_path))) {
      if (entry.status === STATUS.deleted) continue;
      const own = wanted.get(partitionOf(context.dataset, entry.data_file.partition));
      const isLive = own?.has(entry.data_file.file_path) ?? true;
      if (isLive) listed.add(entry.data_file.file_path);
      else context.removed.add(entry.data_file);
      entries.push(
        isLive ? { ...entry, status: STATUS.existing } : { ...entry, status: STATUS.deleted, snapshot_id: snapshot.id },
      );
    }
  }
  for (const { partition, files: keys } of changed) {
    const fresh = keys.filter((key) => !listed.has(uri(key)));
    entries.push(...(await addedEntries(context, partition, fresh)));
  }
  if (entries.length === 0) return undefined;
  const name = `m-${group}-${snapshot.id}.avro`;
  const { body, file } = encodeManifest(files.uri(name), snapshot, context.schema, context.shape.spec, entries);
  await files.write(name, body);
  return file;
}

async function addedEntries(
  { lake, dataset, read, shape, names, snapshot, added }: GroupContext,
  partition: string,
  keys: readonly string[],
): Promise<ManifestEntry[]> {
  const objects = await statFiles(lake, { dataset, partition }, keys);
  const { values } = parsed(dataset, partition);
  const footers = await mapConcurrently(objects, FOOTERS_IN_FLIGHT, (object) =>
    read(lake.store, lake.buckets.curated, object, shape),
  );
  // In the order of the files, so that the same files give the same ids.
  for (const { columns } of footers) names.add(columns);
  return objects.map((object, index): ManifestEntry => {
    const file: DataFile = {
      content: 0,
      file_path: `s3://${lake.buckets.curated}/${object.key}`,
      file_format: 'PARQUET',
      partition: keyValues(dataset, values),
      file_size_in_bytes: object.size,
      ...(footers[index] as Footer).metrics,
    };
    added.add(file);
    return {
      status: STATUS.added,
      snapshot_id: snapshot.id,
      sequence_number: snapshot.sequence,
      file_sequence_number: snapshot.sequence,
      data_file: file,
    };
  });
}

function parsed(dataset: Dataset, partition: string): { readonly values: PartitionValues } {
  const result = parsePartitionPath(dataset, partition);
  if (!result.ok) throw new Error(result.problem);
  return result;
}

function keyValues(dataset: Dataset, values: PartitionValues): Record<string, KeyValue> {
  const entries = partitionKeys(dataset).map(({ name, type }): [string, KeyValue] => {
    const value = values[name] ?? '';
    return [name, type === 'int' ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}

/** The path of the partition that an entry is in: integer keys of the path have leading zeros. */
function partitionOf(dataset: Dataset, values: Readonly<Record<string, KeyValue>>): string {
  return partitionKeys(dataset)
    .map(({ name, type }) => {
      const value = String(values[name]);
      return `${name}=${type === 'int' ? value.padStart(name === 'year' ? 4 : 2, '0') : value}`;
    })
    .join('/');
}
