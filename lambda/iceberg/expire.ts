import { decodeManifestList, type Snapshot, type TableMetadata } from '../../lib/iceberg';
import type { TableFiles } from './files';

/**
 * Deletes metadata files that only expired snapshots, or entries that left the metadata log, refer to. A manifest that one snapshot
 * drops is in no later one: what the oldest retained snapshot does not list, none lists. A crash before leaves such files for good;
 * they are small, and no reader knows them.
 *
 * @param stateName member of a summary that names a further file of the snapshot
 */
export async function removeExpired(
  files: TableFiles,
  before: TableMetadata,
  after: TableMetadata,
  stateName: string,
): Promise<number> {
  const kept = new Set(after.snapshots.map((snapshot) => snapshot['snapshot-id']));
  const expired = before.snapshots.filter((snapshot) => !kept.has(snapshot['snapshot-id']));
  const garbage = new Set<string>();
  for (const snapshot of expired) {
    garbage.add(snapshot['manifest-list']);
    const state = snapshot.summary[stateName];
    if (state !== undefined) garbage.add(state);
    for (const manifest of await manifestsOf(files, snapshot)) garbage.add(manifest);
  }
  const logged = new Set(after['metadata-log'].map((entry) => entry['metadata-file']));
  for (const { 'metadata-file': file } of before['metadata-log']) if (!logged.has(file)) garbage.add(file);
  if (expired.length > 0) {
    for (const manifest of await manifestsOf(files, after.snapshots[0] as Snapshot)) garbage.delete(manifest);
  }
  return await files.remove(garbage);
}

/** Of a snapshot whose list is gone, an earlier attempt has deleted it, or someone else wrote it elsewhere. */
async function manifestsOf(files: TableFiles, snapshot: Snapshot): Promise<string[]> {
  const list = await files.read(snapshot['manifest-list']);
  return list === undefined ? [] : decodeManifestList(list).map((manifest) => manifest.manifest_path);
}
