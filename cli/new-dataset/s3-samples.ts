import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mapConcurrently } from '../../lambda/compaction/concurrency';
import { createS3Client } from '../../lambda/compaction/runtime/lake';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import { S3ObjectStore } from '../../lambda/compaction/store/s3-object-store';
import type { S3Settings } from '../../lib/dataset/s3-settings';
import { UsageError } from '../command-line';
import { messageOf } from '../failure';
import { bytes, count, plural } from '../format';
import { type LeftOut, whyNoData } from '../input/discover';

/** Keys that are listed at most: ten pages of a thousand. */
const MAX_LISTED = 10_000;
const IN_FLIGHT = 8;

export interface S3Limits {
  readonly maxObjects: number;
  readonly maxBytes: number;
}

export interface S3Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** `s3://bucket/prefix`; undefined for what is not one. @throws UsageError for one without a bucket */
export function parseS3(text: string): S3Place | undefined {
  if (!/^s3:\/\//i.test(text)) return undefined;
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(text) ?? [];
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new UsageError(text, 'names no bucket', 'write s3://BUCKET/PREFIX');
  }
  return { bucket, prefix };
}

/**
 * Downloads some of the objects below a prefix, spread evenly over the listing, into a folder under their keys.
 *
 * @returns what was taken, in words, and what was left out
 * @throws UsageError when the bucket cannot be listed, or holds nothing there
 */
export async function downloadSamples(
  { bucket, prefix }: S3Place,
  folder: string,
  { maxObjects, maxBytes }: S3Limits,
  settings: S3Settings,
): Promise<{ readonly taken: string; readonly leftOut: readonly LeftOut[] }> {
  const client = createS3Client(settings);
  try {
    const store = new S3ObjectStore(client);
    const leftOut: LeftOut[] = [];
    const { objects, isCut } = await list(store, { bucket, prefix }, leftOut);
    const chosen = choose(objects, maxObjects, maxBytes, leftOut);
    if (chosen.length === 0) {
      throw new UsageError(
        `s3://${bucket}/${prefix}`,
        `holds no object that can be read${objects.length === 0 ? '' : ` within ${bytes(maxBytes)}`}`,
        objects.length === 0 ? 'write another prefix' : 'raise --max-mib',
      );
    }
    await mapConcurrently(chosen, IN_FLIGHT, async ({ key, etag }) => {
      const path = join(folder, key);
      await mkdir(dirname(path), { recursive: true });
      await store.getFile(bucket, key, etag, path).catch((error: unknown) => {
        leftOut.push({ file: key, reason: `cannot be read: ${messageOf(error)}` });
      });
    });
    const size = chosen.reduce((sum, object) => sum + object.size, 0);
    const of = `${isCut ? 'the first ' : ''}${count(objects.length)}`;
    return { taken: `${plural(chosen.length, 'object')} of ${of}, ${bytes(size)}`, leftOut };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `s3://${bucket}/${prefix}`,
      `cannot be read: ${messageOf(error)}`,
      'check the name of the bucket, the region, and that your credentials may list it and get its objects',
    );
  } finally {
    client.destroy();
  }
}

async function list(store: S3ObjectStore, { bucket, prefix }: S3Place, leftOut: LeftOut[]) {
  const objects: ObjectInfo[] = [];
  let listed = 0;
  for await (const object of store.list(bucket, prefix)) {
    listed += 1;
    // A key that ends so stands for a folder.
    const reason = object.key.endsWith('/') ? undefined : (whyNoData(object.key, object.size) ?? noPath(object.key));
    if (reason !== undefined) leftOut.push({ file: object.key, reason });
    else if (!object.key.endsWith('/')) objects.push(object);
    if (listed >= MAX_LISTED) return { objects, isCut: true };
  }
  return { objects, isCut: false };
}

function noPath(key: string): string | undefined {
  const parts = key.split('/');
  const isSafe = parts.every((part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= 255);
  return isSafe && !key.includes('\0') && !key.includes('\\') ? undefined : 'its key is no path of a file';
}

/** Spread evenly, so that the samples are not all of the first days. */
function choose(objects: readonly ObjectInfo[], most: number, maxBytes: number, leftOut: LeftOut[]): ObjectInfo[] {
  const step = Math.max(1, objects.length / most);
  const spread = Array.from({ length: Math.min(most, objects.length) }, (_, n) => objects[Math.floor(n * step)]);
  const chosen: ObjectInfo[] = [];
  let left = maxBytes;
  for (const object of spread) {
    if (object === undefined) continue;
    if (object.size > left) {
      leftOut.push({ file: object.key, reason: `${bytes(object.size)}, more than is left of ${bytes(maxBytes)}` });
      continue;
    }
    left -= object.size;
    chosen.push(object);
  }
  return chosen;
}
