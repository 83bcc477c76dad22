import { GetObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import type { PartitionRef } from '../../lambda/compaction/protocol/lake';
import { required } from '../../lambda/compaction/store/s3-listing';
import { versionPages } from '../../lambda/compaction/store/s3-versions';
import { manifestKey } from '../../lib/dataset';
import type { OperatedLake } from './lake';

/** A version of a partition's manifest, or the time at which it was deleted. */
export interface ManifestVersion {
  readonly id: string;
  readonly at: Date;
  readonly isLatest: boolean;
  readonly isDeleted: boolean;
}

/** The versions of a manifest that the bucket still keeps, newest first. */
export async function manifestVersions(lake: OperatedLake, ref: PartitionRef): Promise<readonly ManifestVersion[]> {
  const key = manifestKey(ref.dataset.name, ref.partition);
  const found: ManifestVersion[] = [];
  for await (const { Versions = [], DeleteMarkers = [] } of versionPages(lake.s3, lake.buckets.curated, key)) {
    const all = [
      ...Versions.map((version) => ({ ...version, isDeleted: false })),
      ...DeleteMarkers.map((marker) => ({ ...marker, isDeleted: true })),
    ];
    for (const { Key, VersionId, LastModified, IsLatest, isDeleted } of all) {
      if (Key !== key) continue;
      found.push({ id: required(VersionId), at: required(LastModified), isLatest: IsLatest === true, isDeleted });
    }
  }
  // Of one second, the store's order counts: the latest first.
  return found.sort((a, b) => b.at.getTime() - a.at.getTime() || Number(b.isLatest) - Number(a.isLatest));
}

/** What a version of a manifest holds. */
export async function manifestText(lake: OperatedLake, ref: PartitionRef, versionId: string): Promise<string> {
  const Key = manifestKey(ref.dataset.name, ref.partition);
  const { Body } = await lake.s3.send(
    new GetObjectCommand({ Bucket: lake.buckets.curated, Key, VersionId: versionId }),
  );
  return await required(Body).transformToString();
}

/** Whether an object ever had this key, for as long as its versions are kept: what is deleted leaves a version or a delete marker. */
export async function wasPut(lake: OperatedLake, bucket: string, key: string): Promise<boolean> {
  // Its own is the first, as above.
  const request = { Bucket: bucket, Prefix: key, MaxKeys: 1 };
  const { Versions = [], DeleteMarkers = [] } = await lake.s3.send(new ListObjectVersionsCommand(request));
  return [...Versions, ...DeleteMarkers].some(({ Key }) => Key === key);
}
