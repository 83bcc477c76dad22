import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectVersion } from './object-store';
import { required } from './s3-listing';

/** The pages of what S3 keeps under a prefix: versions and delete markers. */
export async function* versionPages(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<ListObjectVersionsCommandOutput> {
  let markers: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page: ListObjectVersionsCommandOutput = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...markers }),
    );
    yield page;
    if (page.IsTruncated !== true) return;
    markers = { KeyMarker: required(page.NextKeyMarker) };
    if (page.NextVersionIdMarker !== undefined) markers.VersionIdMarker = page.NextVersionIdMarker;
  }
}

/** Every version under a prefix, read page by page; delete markers are left out. */
export async function* listVersions(client: S3Client, bucket: string, prefix: string): AsyncGenerator<ObjectVersion> {
  for await (const { Versions = [] } of versionPages(client, bucket, prefix)) {
    for (const { Key, VersionId, ETag, Size, LastModified, IsLatest } of Versions) {
      yield {
        key: required(Key),
        versionId: required(VersionId),
        etag: required(ETag),
        size: required(Size),
        lastModified: required(LastModified),
        isLatest: IsLatest === true,
      };
    }
  }
}
