import { setTimeout as sleep } from 'node:timers/promises';
import { publish } from '../../lambda/iceberg/publish';
import type { Dataset } from '../../lib/dataset';
import { BUCKETS, type LocalLake } from '../lake';
import type { QueryEngine } from '../tables/engine';
import { HintCatalog } from './catalog';
import { icebergTable } from './table';

/** What a run made of the Iceberg table of its dataset. */
export interface IcebergFigures {
  /** Whether the table has a new version. */
  readonly published: boolean;
  readonly snapshotId: number;
  readonly filesAdded: number;
  readonly filesRemoved: number;
  /** Counted through the published metadata. */
  readonly rows: number;
}

/** Makes what the manifests of a dataset list its Iceberg table, as on AWS after a run, and counts what a reader of it finds. */
export async function publishLocally(
  { store, root }: Pick<LocalLake, 'store' | 'root'>,
  engine: QueryEngine,
  dataset: Dataset,
): Promise<IcebergFigures> {
  const lake = { store, buckets: BUCKETS, now: () => new Date(), sleep: (milliseconds: number) => sleep(milliseconds) };
  const catalog = new HintCatalog(store, BUCKETS.curated);
  const { outcome, snapshotId, filesAdded, filesRemoved } = await publish(lake, catalog, dataset);
  const found = await icebergTable(root, dataset);
  if (found === undefined) throw new Error(`${dataset.name} was published, and has no Iceberg table`);
  await engine.createView('iceberg', found.table, found.partitions);
  const rows = await engine.number('SELECT count(*) FROM iceberg');
  return { published: outcome === 'published', snapshotId, filesAdded, filesRemoved, rows };
}
