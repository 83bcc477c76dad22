import { manifestKey } from '../../../lib/dataset/layout';
import { PreconditionFailedError } from '../store/object-store';
import type { Lake, PartitionRef } from './lake';
import { dataFileKey } from './names';

/** One committed version of a partition: the data files that a query reads. */
export interface Manifest {
  /** Keys in the curated bucket, in the order of their commits. */
  readonly files: readonly string[];
  /** Undefined when the partition has no manifest yet. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
}

/** What lies under the key of a manifest is none. */
export class MalformedManifestError extends Error {
  override readonly name = 'MalformedManifestError';
}

/** Reads the current version. @throws MalformedManifestError when the object is not a manifest of this bucket */
export async function readManifest(lake: Lake, ref: PartitionRef): Promise<Manifest> {
  const key = manifestKey(ref.dataset.name, ref.partition);
  const found = await lake.store.get(lake.buckets.curated, key);
  if (found === undefined) return { files: [], etag: undefined, lastModified: undefined };
  return {
    files: parseManifest(found.body.toString('utf8'), lake.buckets.curated),
    etag: found.etag,
    lastModified: found.lastModified,
  };
}

/**
 * Replaces the manifest if it is still the version that `previous` was read from.
 *
 * @returns the outcome as far as it is known: `conflict` when another writer was faster. An error with an unknown
 * outcome (a timeout after which the write may or may not have happened) is thrown unchanged.
 */
export async function replaceManifest(
  lake: Lake,
  ref: PartitionRef,
  previous: Manifest,
  files: readonly string[],
): Promise<'committed' | 'conflict'> {
  const body = Buffer.from(formatManifest(files, lake.buckets.curated));
  const condition = previous.etag === undefined ? { ifAbsent: true } : { ifMatch: previous.etag };
  try {
    await lake.store.put(lake.buckets.curated, manifestKey(ref.dataset.name, ref.partition), body, condition);
    return 'committed';
  } catch (error) {
    if (error instanceof PreconditionFailedError) return 'conflict';
    throw error;
  }
}

/**
 * The form that the engine reads: one URI per line, one final newline, never a blank line; an empty object is an empty
 * partition. A URI twice would count its rows twice, so it is refused.
 */
export function formatManifest(files: readonly string[], bucket: string): string {
  if (new Set(files).size !== files.length) throw new Error('A manifest must not list a file twice');
  return files.map((key) => `s3://${bucket}/${key}\n`).join('');
}

export function parseManifest(text: string, bucket: string): string[] {
  if (text === '') return [];
  const prefix = `s3://${bucket}/`;
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  return lines.map((line, index) => {
    if (!line.startsWith(prefix)) {
      throw new MalformedManifestError(
        `Manifest line ${index + 1} must be a URI under ${prefix}, but is ${JSON.stringify(line)}`,
      );
    }
    return line.slice(prefix.length);
  });
}

/**
 * How many files a manifest lists, derived from its size: all lines of a partition have the same length. It lets the
 * planner see from two listings, with no read, whether a partition holds files that its manifest does not list.
 */
export function manifestFileCount(ref: PartitionRef, bucket: string, bytes: number): number {
  return bytes / Buffer.byteLength(formatManifest([dataFileKey(ref, '0'.repeat(32), 0)], bucket));
}
