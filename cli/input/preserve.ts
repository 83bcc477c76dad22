import { copyFile, link, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { datasets } from '../../config/datasets';
import { mapConcurrently } from '../../lambda/compaction/concurrency';
import { placeRawObject } from '../../lambda/compaction/planning/pending';
import { readReplaySource } from '../../lambda/compaction/protocol/replay-source';
import { createS3Client, openLake as lakeOf } from '../../lambda/compaction/runtime/lake';
import type { ObjectVersion } from '../../lambda/compaction/store/object-store';
import { type Dataset, inputFormat, pathValues, rawPrefix, rowsDataset } from '../../lib/dataset';
import { BUCKETS, type LocalLake } from '../lake';
import { countRows } from './count';
import { contentOf } from './decode';
import type { LoadedObject } from './ledger';
import { everRejected } from './rows-in';

const IN_FLIGHT = 16;

/** What waits in the raw zone. */
export interface Inbox {
  readonly pending: number;
  /** Keys of the pending ones. */
  readonly keys: readonly string[];
  /** Keys outside of every partition, of datasets and of none: nobody touches them until somebody moves them. */
  readonly unplaced: readonly string[];
}

/**
 * Keeps every pending raw object for the comparison, because compaction deletes it: a hard link below `lake.before`,
 * which costs no space while the versioned bucket keeps the object too. Objects that somebody put into the kept bucket's
 * folder by hand are counted and entered into the ledger on the way, and so are those that another command compacted since.
 */
export async function preserveRaw(lake: LocalLake, dataset: Dataset): Promise<Inbox> {
  await preserveCompacted(lake, dataset);
  const pending: { key: string; partition: string; size: number }[] = [];
  const unplaced: string[] = [];
  const others = datasets.filter(({ name }) => name !== dataset.name).map(({ name }) => rawPrefix(name));
  for await (const object of lake.store.list(BUCKETS.raw, '')) {
    if (others.some((prefix) => object.key.startsWith(prefix))) continue;
    if (!object.key.startsWith(rawPrefix(dataset.name))) {
      if (object.size > 0) unplaced.push(object.key);
      continue;
    }
    const place = placeRawObject(dataset, object);
    if (place.kind === 'pending') {
      pending.push({ key: object.key, partition: place.partition, size: object.size });
    } else if (place.kind === 'unplaced') {
      unplaced.push(object.key);
    }
  }
  const folders = new Set<string>();
  for (const { key } of pending) {
    const folder = dirname(join(lake.before, BUCKETS.raw, key));
    if (!folders.has(folder)) {
      await mkdir(folder, { recursive: true });
      folders.add(folder);
    }
  }
  await mapConcurrently(pending, IN_FLIGHT, async ({ key, partition, size }) => {
    const path = join(lake.before, BUCKETS.raw, key);
    await keep(lake, key, path);
    if (!lake.ledger.has(key)) {
      lake.ledger.add(await describe(dataset, path, { key, partition, bytes: size }));
    }
  });
  return { pending: pending.length, keys: pending.map(({ key }) => key), unplaced };
}

/** What was compacted without having been preserved is still there as versions. What was deleted before it was compacted is in no commit. */
async function preserveCompacted(lake: LocalLake, dataset: Dataset): Promise<void> {
  const unknown = new Map<string, ObjectVersion[]>();
  for await (const version of lake.store.listVersions(BUCKETS.raw, rawPrefix(dataset.name))) {
    if (version.isLatest || lake.ledger.has(version.key)) continue;
    const place = placeRawObject(dataset, version);
    if (place.kind === 'pending') unknown.set(place.partition, [...(unknown.get(place.partition) ?? []), version]);
  }
  if (unknown.size === 0) return;
  const rejected = new Set(
    (await everRejected(lake, dataset)).flatMap(({ entries }) => entries.map(({ source_key: key }) => key)),
  );
  const client = createS3Client(lake.settings.s3);
  try {
    for (const [partition, versions] of unknown) {
      const { transactions } = await readReplaySource(lakeOf(client, lake.settings.buckets), { dataset, partition });
      const compacted = new Set(transactions.flatMap(({ objects }) => objects.map(({ versionId }) => versionId)));
      for (const { key, versionId, size } of versions) {
        if (lake.ledger.has(key) || !(compacted.has(versionId) || rejected.has(key))) continue;
        const body = await lake.store.getVersion(BUCKETS.raw, key, versionId);
        const path = join(lake.before, BUCKETS.raw, key);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, body ?? '');
        lake.ledger.add(await describe(dataset, path, { key, partition, bytes: size }));
      }
    }
  } finally {
    client.destroy();
  }
}

async function keep(lake: LocalLake, key: string, path: string): Promise<void> {
  const stored = join(lake.root, BUCKETS.raw, key);
  try {
    await link(stored, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return;
    }
    // A file system without hard links. A key that cannot be a file name is not at this path at all: ask the server.
    await copyFile(stored, path).catch(async () => {
      const object = await lake.store.get(BUCKETS.raw, key);
      if (object !== undefined) {
        await lake.store.getFile(BUCKETS.raw, key, object.etag, path);
      }
    });
  }
}

/** An object that this program did not load itself. */
async function describe(
  dataset: Dataset,
  path: string,
  object: Pick<LoadedObject, 'key' | 'partition' | 'bytes'>,
): Promise<LoadedObject> {
  const content = await contentOf(path);
  const format = content === 'parquet' ? 'parquet' : inputFormat(dataset, object.key);
  const counted = await countRows(rowsDataset(dataset, pathValues(dataset, object.key)), { path, format });
  const named = path.endsWith('.gz')
    ? 'gzip'
    : path.endsWith('.zst')
      ? 'zstd'
      : format === 'parquet'
        ? 'parquet'
        : 'plain';
  return {
    kind: 'object',
    dataset: dataset.name,
    ...object,
    format,
    rows: counted.rows ?? null,
    source: object.key,
    whole: true,
    mislabelled: named !== content,
    arranged: counted.isArranged === true,
  };
}
