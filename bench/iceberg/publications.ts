import { getHeapStatistics } from 'node:v8';
import { dataFileKey, transactionId } from '../../lambda/compaction/protocol/names';
import type { Catalog, CatalogTable, CatalogUpdate } from '../../lambda/iceberg/catalog';
import { publish } from '../../lambda/iceberg/publish';
import { type Dataset, manifestKey } from '../../lib/dataset';
import { SharedFileStore } from './store';

const BUCKETS = { raw: 'raw', curated: 'curated', quarantine: 'quarantine' };
const HOUR_MS = 3_600_000;
const START = Date.UTC(2025, 0, 1);

export interface Publication {
  readonly name: string;
  readonly seconds: number;
  /** Largest heap at a request of the publication beyond that before it, garbage included, in MiB. */
  readonly heapMiB: number;
  readonly mibPut: number;
  readonly mibGot: number;
  readonly puts: number;
  readonly gets: number;
  readonly lists: number;
  /** What went wrong. */
  readonly problem?: string;
}

class OneTable implements Catalog {
  table: CatalogTable | undefined;

  async find(): Promise<CatalogTable | undefined> {
    return this.table;
  }

  async replace(_: string, __: unknown, { metadataLocation }: CatalogUpdate): Promise<'committed'> {
    this.table = { metadataLocation, version: String(Number(this.table?.version ?? 0) + 1) };
    return 'committed';
  }
}

/**
 * Publishes a table by hour, as a whole and then after changes.
 *
 * @param file bytes of a Parquet file of the dataset
 * @param size files and partitions of the table
 * @param changes numbers of partitions that get one more file before a publication
 */
export async function measurePublications(
  dataset: Dataset,
  file: Buffer,
  size: { readonly files: number; readonly partitions: number },
  changes: readonly number[],
): Promise<Publication[]> {
  const store = new SharedFileStore(file);
  const catalog = new OneTable();
  const lake = { store, buckets: BUCKETS, now: () => new Date(store.now), sleep: async () => {} };
  store.now = START + size.partitions * HOUR_MS;
  const files = new Map<string, string[]>();
  let written = 0;
  const add = async (hour: number): Promise<void> => {
    const [year, month, day, at] = new Date(START + hour * HOUR_MS).toISOString().split(/[-T:]/);
    const partition = `year=${year}/month=${month}/day=${day}/hour=${at}`;
    const key = dataFileKey({ dataset, partition }, transactionId([{ key: String(written++), etag: '' }], []), 0);
    store.arrive(BUCKETS.curated, key, file.length, store.now);
    const own = [...(files.get(partition) ?? []), key];
    files.set(partition, own);
    const text = own.map((one) => `s3://${BUCKETS.curated}/${one}\n`).join('');
    await store.put(BUCKETS.curated, manifestKey(dataset.name, partition), Buffer.from(text));
  };
  const results: Publication[] = [];
  const measure = async (name: string, changed: number): Promise<void> => {
    store.now += HOUR_MS;
    store.reset();
    const before = getHeapStatistics().used_heap_size;
    const started = performance.now();
    const outcome = await publish(lake, catalog, dataset);
    const seconds = (performance.now() - started) / 1_000;
    const { puts, gets, lists } = store.requests;
    const mib = (bytes: number): number => bytes / 1024 ** 2;
    results.push({
      name,
      seconds,
      heapMiB: mib(Math.max(0, store.largestHeap - before)),
      mibPut: mib(store.bytesPut),
      mibGot: mib(store.bytesGot),
      ...{ puts, gets, lists },
      ...(outcome.partitions === changed
        ? {}
        : { problem: `${outcome.partitions} partitions were published, not ${changed}` }),
    });
  };
  for (let index = 0; index < size.files; index++) await add(Math.floor((index * size.partitions) / size.files));
  await measure('the whole table', size.partitions);
  await measure('nothing', 0);
  for (const changed of changes) {
    for (let index = 0; index < changed; index++) await add(size.partitions - 1 - index);
    await measure(`${changed.toLocaleString('en-US')}, the newest`, changed);
    if (changed === 1) continue;
    for (let index = 0; index < changed; index++) await add(Math.floor((index * size.partitions) / changed));
    await measure(`${changed.toLocaleString('en-US')}, of all months`, changed);
  }
  return results;
}
