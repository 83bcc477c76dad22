import { decodeManifestList, type Snapshot, type TableMetadata } from '../../lib/iceberg';
import type { TableFiles } from './files';

/** Names that the follower gives. Of other files, such as those that a catalog keeps beside them, it knows nothing. */
const OWN_NAME = /\/(?:(?:m-\d{4}-\d{2}|snap)-\d+\.avro|state-\d+\.json\.gz|\d+-[^/]+\.metadata\.json)$/;

/** The name of a manifest ends in the id of the snapshot that wrote it. */
const SNAPSHOT_IN_NAME = /\/m-[^/]+-(\d+)\.avro$/;

/**
 * Deletes metadata files that no retained snapshot and no entry of the metadata log refers to: those of expired snapshots, and of
 * attempts that crashed or lost a race. A manifest that one snapshot drops is in no later one. So each that is in use is in the list
 * of the oldest retained snapshot, or was written by a later one.
 *
 * @param location URI of the metadata
 * @param stateName member of a summary that names a further file of the snapshot
 * @param before epoch milliseconds. Younger files may be those of an attempt under way, or of a later version than this metadata
 */
export async function removeUnused(
  files: TableFiles,
  metadata: TableMetadata,
  location: string,
  stateName: string,
  before: number,
): Promise<number> {
  const { snapshots } = metadata;
  const list = await files.read((snapshots[0] as Snapshot)['manifest-list']);
  if (list === undefined) return 0;
  const used = new Set([
    location,
    ...metadata['metadata-log'].map((entry) => entry['metadata-file']),
    ...snapshots.flatMap(({ 'manifest-list': own, summary }) => [own, summary[stateName] ?? own]),
    ...decodeManifestList(list).map((manifest) => manifest.manifest_path),
  ]);
  const ids = new Set(snapshots.map((snapshot) => String(snapshot['snapshot-id'])));
  return await files.removeOld(before, (uri) => {
    return OWN_NAME.test(uri) && !used.has(uri) && !ids.has(SNAPSHOT_IN_NAME.exec(uri)?.[1] ?? '');
  });
}
