import { ICEBERG_PREFIX } from '../../lib/dataset/layout';
import type { Dataset } from '../../lib/dataset/model';
import {
  currentSchema,
  currentSnapshot,
  decodeManifestList,
  encodeManifestList,
  FileNames,
  nameMapping,
  nextMetadata,
  retained,
  type Snapshot,
  schemaOf,
  schemasInUse,
  type TableMetadata,
  type TableShape,
  tableShape,
  withEarlier,
} from '../../lib/iceberg';
import { graceMillis } from '../compaction/protocol/ages';
import type { Lake } from '../compaction/protocol/lake';
import { storeSnapshotsSince } from '../compaction/protocol/snapshots';
import { retryContended } from '../compaction/protocol/transaction';
import type { Catalog, CatalogTable } from './catalog';
import {
  changedPartitions,
  decodeVersions,
  encodeVersions,
  listVersions,
  readCommitted,
  type Versions,
} from './committed';
import { removeUnused } from './expire';
import { digestOf, TableFiles } from './files';
import { type ReadFooter, readFooter } from './footer';
import { groupOf, groupOfManifest, rewriteGroup, Totals } from './groups';

/** Members of a snapshot's summary that are the follower's own. */
const STATE = 'lake.state';
const READ_AT = 'lake.read-at';

/**
 * The time of a read is the reader's, that of a manifest S3's, cut to seconds. A snapshot counts as read this much earlier, in
 * milliseconds, so that no manifest that it has not seen is older.
 */
export const CLOCK_MARGIN_MS = 60_000;

export interface PublishOutcome {
  /** `unchanged`: nothing was committed, because the table says what the manifests say, and no snapshot has expired. */
  readonly outcome: 'published' | 'unchanged';
  readonly snapshotId: number;
  /** Partitions whose manifests had changed. */
  readonly partitions: number;
  readonly filesAdded: number;
  readonly filesRemoved: number;
  readonly snapshotsExpired: number;
  /** Metadata files deleted that no retained snapshot needs. */
  readonly filesSwept: number;
  /** Whether someone else had written the table, which was built anew from the manifests. */
  readonly wasForeign: boolean;
  /** Every retained snapshot holds each partition as of this time or later. Epoch milliseconds. */
  readonly readSince: number;
}

/**
 * Makes the files that the manifests of a dataset list visible as an Iceberg table, as far as they are not. It reads the version
 * of the table before the manifests, and commits only onto that version: so the table never goes back to older manifests.
 * A crash at any point leaves at most files that no reader knows; after an unknown outcome the next call goes on from what the
 * catalog says. Any number of them may run at a time.
 *
 * The work is proportional to the partitions that changed and to the files of their months. Memory holds the files of one month.
 *
 * @param read reads the footer of a data file
 * @throws ContentionError when others commit faster every time
 * @throws Error when a manifest lists a file that does not exist
 */
export async function publish(
  lake: Lake,
  catalog: Catalog,
  dataset: Dataset,
  read: ReadFooter = readFooter,
): Promise<PublishOutcome> {
  return await retryContended(lake, `${dataset.name} as an Iceberg table`, 'commits met faster writers', () =>
    attempt(lake, catalog, dataset, read),
  );
}

/** The table as it is. */
interface Start {
  readonly table: CatalogTable | undefined;
  readonly metadata: TableMetadata | undefined;
  /** The current snapshot, if the follower wrote it. */
  readonly snapshot: Snapshot | undefined;
  readonly versions: Versions;
  readonly wasForeign: boolean;
}

async function attempt(
  lake: Lake,
  catalog: Catalog,
  dataset: Dataset,
  read: ReadFooter,
): Promise<PublishOutcome | undefined> {
  const prefix = `${ICEBERG_PREFIX}${dataset.name}/`;
  const files = new TableFiles(lake.store, lake.buckets.curated, prefix);
  const start = await readStart(catalog, files, dataset);
  const now = lake.now().getTime();
  const { metadata, snapshot } = start;
  const shape = tableShape(dataset, metadata === undefined ? [] : schemasInUse(metadata), metadata?.['last-column-id']);
  const names = new FileNames(withEarlier(shape.mapping, nameMapping(metadata)), shape.lastColumnId);
  const listed = await listVersions(lake, dataset);
  const changed = changedPartitions(start.versions, listed);
  const next =
    changed.length > 0 || snapshot === undefined
      ? await writeSnapshot(lake, files, dataset, start, shape, names, changed, now, read)
      : undefined;
  const all = [...ownSnapshots(metadata), ...(next === undefined ? [] : [next.snapshot])];
  const snapshots = retained(all, now, graceMillis(dataset));
  const schema = schemaOf(shape, metadata?.schemas ?? []);
  const current = snapshots.at(-1) as Snapshot;
  const outcome = {
    snapshotId: current['snapshot-id'],
    partitions: changed.length,
    filesAdded: next?.added ?? 0,
    filesRemoved: next?.removed ?? 0,
    snapshotsExpired: all.length - snapshots.length,
    wasForeign: start.wasForeign,
    // The current snapshot is what manifests say now.
    readSince: Math.min(now - CLOCK_MARGIN_MS, ...snapshots.slice(0, -1).map(readAt)),
  };
  const isSame =
    next === undefined && snapshots.length === all.length && schema['schema-id'] === metadata?.['current-schema-id'];
  const grace = graceMillis(dataset);
  const finish = async (published: TableMetadata, uri: string): Promise<number> => {
    await storeSnapshotsSince(lake, dataset, outcome.readSince);
    return await removeUnused(files, published, uri, STATE, now - grace);
  };
  if (isSame) {
    const filesSwept = await finish(metadata, start.table?.metadataLocation as string);
    return { outcome: 'unchanged', ...outcome, filesSwept };
  }

  const location = `s3://${lake.buckets.curated}/${prefix.slice(0, -1)}`;
  const written = nextMetadata({
    previous: metadata,
    previousLocation: start.table?.metadataLocation,
    uuid: metadata?.['table-uuid'] ?? uuidOf(location),
    location,
    shape,
    schema,
    mapping: names.mapping,
    lastColumnId: names.lastId,
    snapshots,
    now,
    logSince: now - grace,
  });
  const body = Buffer.from(JSON.stringify(written));
  const metadataLocation = await files.write(metadataName(body, start.table?.metadataLocation), body);
  const result = await catalog.replace(dataset.name, start.table, {
    metadataLocation,
    location,
    description: dataset.description,
    fields: shape.fields,
  });
  if (result === 'conflict') return undefined;
  return { outcome: 'published', ...outcome, filesSwept: await finish(written, metadataLocation) };
}

async function readStart(catalog: Catalog, files: TableFiles, dataset: Dataset): Promise<Start> {
  const table = await catalog.find(dataset.name);
  const nothing = { table, metadata: undefined, snapshot: undefined, versions: new Map<string, string>() };
  const location = table?.metadataLocation;
  if (location === undefined) return { ...nothing, wasForeign: false };
  const body = await files.read(location);
  const isOurs = body !== undefined && location.endsWith(`-${digestOf(body)}.metadata.json`);
  const metadata = body === undefined ? undefined : parse(body);
  if (metadata === undefined) return { ...nothing, wasForeign: true };
  const snapshot = isOurs ? currentSnapshot(metadata) : undefined;
  const state = snapshot?.summary?.[STATE];
  const versions = state === undefined ? undefined : await files.read(state);
  if (versions === undefined) return { ...nothing, metadata, wasForeign: true };
  return { table, metadata, snapshot, versions: decodeVersions(versions), wasForeign: false };
}

/** Those that the follower wrote, in the order in which they became current: nobody else knows which rows are in the lake. */
const ownSnapshots = (metadata: TableMetadata | undefined): readonly Snapshot[] =>
  (metadata?.snapshots ?? [])
    .filter((snapshot) => readAt(snapshot) > 0 && snapshot.summary[STATE] !== undefined)
    .sort((a, b) => a['sequence-number'] - b['sequence-number']);

/** When a snapshot read the manifests, in epoch milliseconds; 0 of one that someone else wrote, whose summary may be missing. */
const readAt = ({ summary }: Partial<Snapshot>): number => {
  const at = Number(summary?.[READ_AT]);
  return Number.isSafeInteger(at) ? at : 0;
};

/** Metadata that someone else wrote is kept for its ids and snapshots, if it can be. */
function parse(body: Buffer): TableMetadata | undefined {
  try {
    const metadata = JSON.parse(body.toString('utf8')) as TableMetadata;
    const isWhole = metadata['format-version'] === 2 && Array.isArray(metadata.snapshots);
    return isWhole && currentSchema(metadata) !== undefined ? metadata : undefined;
  } catch {
    return undefined;
  }
}

interface Written {
  readonly snapshot: Snapshot;
  readonly added: number;
  readonly removed: number;
}

async function writeSnapshot(
  lake: Lake,
  files: TableFiles,
  dataset: Dataset,
  { metadata, snapshot: previous, versions }: Start,
  shape: TableShape,
  names: FileNames,
  changed: readonly string[],
  now: number,
  read: ReadFooter,
): Promise<Written> {
  const committed = await readCommitted(lake, dataset, changed);
  const after = new Map(versions);
  for (const { partition, version } of committed) {
    if (version === undefined) after.delete(partition);
    else after.set(partition, version);
  }
  const state = encodeVersions(after);
  const parent = previous?.['snapshot-id'];
  const sequence = (metadata?.['last-sequence-number'] ?? 0) + 1;
  const schema = schemaOf(shape, metadata?.schemas ?? []);
  // With the time: files of an attempt that failed long ago are about to be deleted, and no name is used again.
  const id = snapshotIdOf(files.prefix, String(parent), String(sequence), JSON.stringify(schema), state, String(now));
  const snapshot = { id, parent, sequence };
  const added = new Totals();
  const removed = new Totals();
  const context = { lake, dataset, files, read, shape, schema, names, snapshot, added, removed };

  const before = previous === undefined ? [] : decodeManifestList(await files.readExisting(previous['manifest-list']));
  const live = before.filter((file) => file.added_files_count + file.existing_files_count > 0);
  const groups = new Map<string, typeof committed>();
  for (const own of committed) {
    const group = groupOf(dataset, own.partition);
    groups.set(group, [...(groups.get(group) ?? []), own]);
  }
  const manifests = live.filter((file) => !groups.has(groupOfManifest(file)));
  for (const [group, partitions] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const own = live.filter((file) => groupOfManifest(file) === group);
    const manifest = await rewriteGroup(context, group, own, partitions);
    if (manifest !== undefined) manifests.push(manifest);
  }
  const list = await files.write(`snap-${id}.avro`, encodeManifestList(snapshot, manifests));
  const stateUri = await files.write(`state-${id}.json.gz`, state);
  const total = (name: string, more: number): string => String(Number(previous?.summary[name] ?? 0) + more);
  return {
    added: added.files,
    removed: removed.files,
    snapshot: {
      'snapshot-id': id,
      ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
      'sequence-number': sequence,
      'timestamp-ms': Math.max(now, (metadata?.['last-updated-ms'] ?? 0) + 1),
      'schema-id': schema['schema-id'],
      'manifest-list': list,
      summary: {
        operation: operationOf(added, removed, previous === undefined && metadata !== undefined),
        'added-data-files': String(added.files),
        'added-records': String(added.rows),
        'added-files-size': String(added.bytes),
        'deleted-data-files': String(removed.files),
        'deleted-records': String(removed.rows),
        'removed-files-size': String(removed.bytes),
        'total-data-files': total('total-data-files', added.files - removed.files),
        'total-records': total('total-records', added.rows - removed.rows),
        'total-files-size': total('total-files-size', added.bytes - removed.bytes),
        'total-delete-files': '0',
        'total-position-deletes': '0',
        'total-equality-deletes': '0',
        [STATE]: stateUri,
        [READ_AT]: String(now - CLOCK_MARGIN_MS),
      },
    },
  };
}

function operationOf(added: Totals, removed: Totals, isRebuilt: boolean): 'append' | 'overwrite' | 'delete' {
  if (isRebuilt) return 'overwrite';
  if (removed.files === 0) return 'append';
  return added.files === 0 ? 'delete' : 'overwrite';
}

/** Readers take ids for JSON numbers, which are exact below 2^53. */
function snapshotIdOf(...parts: readonly (string | Buffer)[]): number {
  return Number(BigInt(`0x${digestOf(...parts)}`) % BigInt(Number.MAX_SAFE_INTEGER)) + 1;
}

/** A table that is built from nothing again is the same one. */
const uuidOf = (location: string): string =>
  digestOf(location).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-8$3-8$4-$5');

/** As other writers name it, so that they can continue: a version, then a text of its own, here the digest of the file. */
function metadataName(body: Buffer, previous: string | undefined): string {
  const version = /\/(\d+)-[^/]+\.metadata\.json$/.exec(previous ?? '')?.[1];
  const next = version === undefined ? 0 : Number(version) + 1;
  return `${String(next).padStart(5, '0')}-${digestOf(body)}.metadata.json`;
}
