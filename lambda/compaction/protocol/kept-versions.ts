import { manifestKey } from '../../../lib/dataset/layout';
import { mapConcurrently } from '../concurrency';
import type { ObjectStore, ObjectVersion } from '../store/object-store';
import type { Lake, PartitionRef } from './lake';

const READS_IN_FLIGHT = 16;

export interface KeptVersion extends ObjectVersion {
  readonly body: Buffer;
}

/** The versions of a manifest that the bucket keeps, the newest first. */
export async function readManifestVersions(
  { store, buckets }: Lake,
  { dataset, partition }: PartitionRef,
): Promise<readonly KeptVersion[]> {
  const own = manifestKey(dataset.name, partition);
  return await readVersions(store, buckets.curated, own, (key) => key === own);
}

/**
 * The versions that a bucket keeps of objects below a prefix, with what they hold; of each object the newest first.
 *
 * @param isMeant whether an object below the prefix is one of them. @default all are
 */
export async function readVersions(
  store: ObjectStore,
  bucket: string,
  prefix: string,
  isMeant: (key: string) => boolean = () => true,
): Promise<readonly KeptVersion[]> {
  const versions: ObjectVersion[] = [];
  for await (const version of store.listVersions(bucket, prefix)) {
    if (isMeant(version.key)) versions.push(version);
  }
  const read = await mapConcurrently(versions, READS_IN_FLIGHT, async (version) => {
    const body = await store.getVersion(bucket, version.key, version.versionId);
    // Expired since it was listed.
    return body === undefined ? [] : [{ ...version, body }];
  });
  return read.flat();
}
