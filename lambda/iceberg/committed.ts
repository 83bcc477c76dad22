import { gunzipSync, gzipSync } from 'node:zlib';
import { parsePartitionPath } from '../../lib/dataset';
import { MANIFEST_NAME, manifestPrefix } from '../../lib/dataset/layout';
import type { Dataset } from '../../lib/dataset/model';
import { mapConcurrently } from '../compaction/concurrency';
import type { Lake } from '../compaction/protocol/lake';
import { readManifest } from '../compaction/protocol/manifest';
import { isTombstones } from '../compaction/protocol/names';

const READS_IN_FLIGHT = 16;

/** Which version of each partition's manifest a snapshot holds, by partition. */
export type Versions = ReadonlyMap<string, string>;

/**
 * ETag and time: a manifest with the files of an earlier version has its ETag too. The vacuum judges by the time, and so a
 * snapshot that read the earlier version has not read this one. In seconds, because responses to GET have no more.
 */
const versionOf = ({ etag, lastModified }: { readonly etag: string; readonly lastModified: Date }): string =>
  `${etag} ${Math.floor(lastModified.getTime() / 1000)}`;

/** Versions of all partitions that readers of the symlink table see. An entry of memory for each, of about 200 bytes. */
export async function listVersions({ store, buckets }: Lake, dataset: Dataset): Promise<Map<string, string>> {
  const prefix = manifestPrefix(dataset.name);
  const versions = new Map<string, string>();
  for await (const object of store.list(buckets.curated, prefix)) {
    if (!object.key.endsWith(`/${MANIFEST_NAME}`)) continue;
    const parsed = parsePartitionPath(dataset, object.key.slice(prefix.length, -MANIFEST_NAME.length - 1));
    if (parsed.ok) versions.set(parsed.path, versionOf(object));
  }
  return versions;
}

/** What a partition's manifest says now. */
export interface Committed {
  readonly partition: string;
  /** Of the manifest that was read, which may be later than the one that was listed. Undefined: it is gone. */
  readonly version: string | undefined;
  /** Keys of files with rows. */
  readonly files: readonly string[];
}

/** Reads manifests, each at this moment: what is committed between two of them is in the next snapshot. */
export function readCommitted(lake: Lake, dataset: Dataset, partitions: readonly string[]): Promise<Committed[]> {
  return mapConcurrently(partitions, READS_IN_FLIGHT, async (partition) => {
    const { files, etag, lastModified } = await readManifest(lake, { dataset, partition });
    const isThere = etag !== undefined && lastModified !== undefined;
    return {
      partition,
      version: isThere ? versionOf({ etag, lastModified }) : undefined,
      files: files.filter((key) => !isTombstones(key)),
    };
  });
}

/** Partitions whose version is another one, or that are in only one of the two. */
export function changedPartitions(before: Versions, now: Versions): string[] {
  const gone = [...before.keys()].filter((partition) => !now.has(partition));
  return [...[...now].filter(([partition, version]) => before.get(partition) !== version).map(([own]) => own), ...gone];
}

export const encodeVersions = (versions: Versions): Buffer =>
  gzipSync(JSON.stringify([...versions].sort(([a], [b]) => (a < b ? -1 : 1))));

export const decodeVersions = (body: Buffer): Versions =>
  new Map(JSON.parse(gunzipSync(body).toString('utf8')) as [string, string][]);
