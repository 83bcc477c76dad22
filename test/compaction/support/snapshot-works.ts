import { mergeFiles, vacuum } from '../../../lambda/compaction/protocol/maintain';
import type { Footer } from '../../../lambda/iceberg/footer';
import { publish } from '../../../lambda/iceberg/publish';
import { DATA_PREFIX, ICEBERG_PREFIX } from '../../../lib/dataset/layout';
import { ModelTable } from './model-catalog';
import { decode } from './model-rows';
import { compactAndMerge, type Work, type World } from './world';

/** Files of the model are no Parquet: of their metrics only the number of rows is known. */
const footerOf = (rows: number): Footer => ({
  metrics: {
    record_count: rows,
    column_sizes: [],
    value_counts: [],
    null_value_counts: [],
    lower_bounds: [],
    upper_bounds: [],
  },
  columns: [],
});

export const publishSnapshot: Work = (lake, { dataset }, _converter, { catalog }) =>
  publish(lake, catalog, dataset, async (store, bucket, { key, etag }) =>
    footerOf(decode(await store.getRange(bucket, key, etag, { start: 0 })).length),
  );

/** A query of the current snapshot, or of the oldest one: it plans from the metadata, and later reads each file. */
const querySnapshot =
  (which: 'current' | 'oldest'): Work =>
  async (lake, _ref, _converter, { world, catalog }) => {
    const found = await catalog.find('model');
    if (found?.metadataLocation === undefined) return;
    const table = new ModelTable(world.buckets, found.metadataLocation);
    const snapshot = which === 'current' ? table.current : table.metadata.snapshots[0];
    if (snapshot === undefined) throw new Error('the table has no snapshot');
    const rows = [];
    for (const file of table.files(snapshot)) {
      const body = (await lake.store.get(lake.buckets.curated, file))?.body;
      if (body === undefined) {
        // Who asks for the past asks in time.
        if (which === 'oldest' && !world.isRetained(snapshot)) return;
        throw new Error(`a query of the ${which} snapshot misses ${file}`);
      }
      rows.push(...decode(body));
    }
    world.checkAnswer(rows);
  };

export const queryCurrentSnapshot = querySnapshot('current');
export const queryOldestSnapshot = querySnapshot('oldest');

const keep: Work = async (lake, ref, converter) => {
  await mergeFiles(lake, ref, converter);
  await vacuum(lake, ref);
};

const DAY_MS = 86_400_000;

/**
 * A publisher that was away for days, and comes back. Nothing that a snapshot lists may be gone at any time; what nothing lists any
 * more must be gone in the end.
 */
export async function settleSnapshots(world: World): Promise<void> {
  const alone = async (...works: readonly Work[]): Promise<void> => {
    for (const work of works) await world.run([work], (waiting) => waiting[0] as number);
  };
  const pass = (days: number): void => {
    world.clock = new Date(world.clock.getTime() + days * DAY_MS);
  };
  pass(3);
  await alone(keep, queryOldestSnapshot, compactAndMerge);
  await alone(publishSnapshot, keep, queryOldestSnapshot);
  world.checkPublished();
  pass(1.5);
  await alone(publishSnapshot, keep, queryOldestSnapshot);
  pass(1.5);
  await alone(publishSnapshot, keep, queryCurrentSnapshot);
  world.checkPublished();
  const listed = new Set(world.listedFiles());
  for (const { key } of world.buckets.list('curated', DATA_PREFIX)) {
    if (!listed.has(key)) throw new Error(`${key} stays, and no manifest and no snapshot lists it`);
  }
  // Of the only snapshot: its list, manifest and state; the current metadata and the one before; and what the vacuum reads.
  const own = world.buckets.list('curated', ICEBERG_PREFIX).map(({ key }) => key);
  if (own.length > 6) throw new Error(`metadata stays that no snapshot needs: ${own.join(', ')}`);
}
