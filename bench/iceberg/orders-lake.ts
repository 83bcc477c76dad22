import './orders';

import { compactLake } from '../../cli/compact';
import { HintCatalog } from '../../cli/iceberg/catalog';
import { BUCKETS, type LocalLake } from '../../cli/lake';
import { publish } from '../../lambda/iceberg/publish';
import { dataPrefix, manifestKey, rawPrefix } from '../../lib/dataset';
import { line, ORDERS, partitionOf, type Size } from './orders';

/** The published table. */
export interface Published {
  /** URI of its metadata.json. */
  readonly metadata: string;
  /** Of its data files. */
  readonly files: number;
  readonly bytes: number;
}

/** Compacts rows to Parquet, as the deployed lake does, and publishes them. */
export async function publishOrders(lake: LocalLake, size: Size): Promise<Published> {
  for (let day = 0; day < size.days; day++) {
    const rows = Array.from({ length: size.rowsADay }, (_, index) => line(day * size.rowsADay + index, size));
    const key = `${rawPrefix(ORDERS.name, partitionOf(day))}rows.json`;
    await lake.store.put(BUCKETS.raw, key, Buffer.from(`${rows.join('\n')}\n`));
  }
  await compactLake(lake, ORDERS, { update: () => {}, done: () => {} });
  const catalog = new HintCatalog(lake.store, BUCKETS.curated);
  await publish({ store: lake.store, buckets: BUCKETS, now: () => new Date(), sleep: async () => {} }, catalog, ORDERS);
  let [files, bytes] = [0, 0];
  for await (const object of lake.store.list(BUCKETS.curated, dataPrefix(ORDERS.name))) {
    files++;
    bytes += object.size;
  }
  const metadata = (await catalog.find(ORDERS.name))?.metadataLocation ?? '';
  return { metadata, files, bytes };
}

/** URIs of the files that the manifests of some days list: what Athena opens once it knows the partitions. */
export async function listedFiles({ store }: LocalLake, days: readonly number[]): Promise<string[]> {
  const uris: string[] = [];
  for (const day of days) {
    const manifest = await store.get(BUCKETS.curated, manifestKey(ORDERS.name, partitionOf(day)));
    uris.push(
      ...String(manifest?.body ?? '')
        .split('\n')
        .filter(Boolean),
    );
  }
  return uris;
}
