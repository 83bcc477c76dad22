import { randomUUID } from 'node:crypto';
import { dataPrefix } from '../../../lib/dataset/layout';
import { type ObjectInfo, PreconditionFailedError } from '../store/object-store';
import { graceMillis } from './ages';
import { type Lake, nameOf, type PartitionRef } from './lake';
import { dataFileKey, type PinnedInput, transactionId } from './names';
import { retryContended } from './transaction';

/**
 * Uploads the files under the transaction's name. A data file is immutable: one that exists was uploaded by an earlier attempt
 * and holds the same rows, so it is reused. Two cases need a name of their own: several files, because attempts may
 * divide the rows among them in different ways; and a file that is so old that a vacuum may be about to delete it.
 */
export async function upload(
  lake: Lake,
  ref: PartitionRef,
  inputs: readonly PinnedInput[],
  base: readonly string[],
  paths: readonly string[],
): Promise<{ id: string; keys: string[] }> {
  let id = transactionId(inputs, base);
  if (paths.length > 1 || (await tooOldToTakeOver(lake, ref, id))) id = transactionId(inputs, base, randomUUID());
  const keys = paths.map((_, index) => dataFileKey(ref, id, index));
  for (const [index, path] of paths.entries()) await putOnce(lake, ref, keys[index] as string, path);
  return { id, keys };
}

/**
 * Uploads a data file unless it exists. A refused write does not prove that it exists: S3 also refuses (409) while another upload
 * of the same name is in progress, and that one may fail. What is committed must exist, so the file is checked.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function putOnce(lake: Lake, ref: PartitionRef, key: string, path: string): Promise<void> {
  await retryContended(lake, key, 'uploads met other uploads of the same name', async () => {
    try {
      await lake.store.putFile(lake.buckets.curated, key, path, { ifAbsent: true });
      return key;
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
    }
    return (await listDataFiles(lake, ref)).some((file) => file.key === key) ? key : undefined;
  });
}

/** The vacuum deletes files that are older than the grace period; half of it is far longer than any commit takes from here. */
async function tooOldToTakeOver(lake: Lake, ref: PartitionRef, id: string): Promise<boolean> {
  const limit = lake.now().getTime() - graceMillis(ref.dataset) / 2;
  const key = dataFileKey(ref, id, 0);
  return (await listDataFiles(lake, ref)).some((file) => file.key === key && file.lastModified.getTime() < limit);
}

/** Every data file of a partition, listed by its manifest or not. */
export async function listDataFiles(lake: Lake, ref: PartitionRef): Promise<ObjectInfo[]> {
  const files: ObjectInfo[] = [];
  for await (const file of lake.store.list(lake.buckets.curated, dataPrefix(ref.dataset.name, ref.partition))) {
    files.push(file);
  }
  return files;
}

/** A manifest lists a file that does not exist: queries fail on it. A replay of the partition, or a restore, mends it. */
export class MissingFileError extends Error {
  override readonly name = 'MissingFileError';
  constructor(
    ref: PartitionRef,
    readonly key: string,
  ) {
    super(`The manifest of ${nameOf(ref)} lists ${key}, which does not exist`);
  }
}

/** Sizes and ETags of data files. @throws MissingFileError when a listed file does not exist */
export async function statFiles(lake: Lake, ref: PartitionRef, keys: readonly string[]): Promise<ObjectInfo[]> {
  if (keys.length === 0) return [];
  const found = new Map((await listDataFiles(lake, ref)).map((file) => [file.key, file]));
  return keys.map((key) => {
    const file = found.get(key);
    if (file === undefined) throw new MissingFileError(ref, key);
    return file;
  });
}
