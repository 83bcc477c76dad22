import { mapConcurrently } from '../../lambda/compaction/concurrency';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import { entriesIn, type QuarantineEntry } from '../../lambda/compaction/protocol/quarantine';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import { type Dataset, rejectedLinesPrefix } from '../../lib/dataset';
import { MIB } from '../../lib/dataset/units';
import type { Selection } from './selection';

/** What one object in quarantine says. */
export interface QuarantineObject {
  /** Hive path; of rows of the lake on this machine that have no partition, something else. */
  readonly partition: string;
  readonly object: ObjectInfo;
  readonly entries: readonly QuarantineEntry[];
}

const READS_IN_FLIGHT = 16;
/** Objects that are read together, and their bytes, which may inflate a hundredfold: a larger one is read alone. */
const BATCH = { objects: 256, bytes: MIB };

/** Reads the quarantine of a dataset, some hundred objects at a time, or one that is large. */
export async function* quarantineOf(
  lake: Lake,
  dataset: Dataset,
  selection: Selection,
): AsyncGenerator<QuarantineObject> {
  const prefix = rejectedLinesPrefix(dataset.name, selection.partition ?? '');
  const root = rejectedLinesPrefix(dataset.name);
  let batch: { partition: string; object: ObjectInfo }[] = [];
  let bytes = 0;
  for await (const object of lake.store.list(lake.buckets.quarantine, prefix)) {
    const partition = object.key.slice(root.length, Math.max(root.length, object.key.lastIndexOf('/')));
    if (!selection.includes(dataset, partition)) continue;
    if (batch.length === BATCH.objects || (batch.length > 0 && bytes + object.size > BATCH.bytes)) {
      yield* await readAll(lake, batch);
      batch = [];
      bytes = 0;
    }
    batch.push({ partition, object });
    bytes += object.size;
  }
  yield* await readAll(lake, batch);
}

async function readAll(
  lake: Lake,
  batch: readonly { readonly partition: string; readonly object: ObjectInfo }[],
): Promise<readonly QuarantineObject[]> {
  const read = await mapConcurrently(batch, READS_IN_FLIGHT, async ({ partition, object }) => {
    const found = await lake.store.get(lake.buckets.quarantine, object.key);
    // Expired since it was listed.
    return found === undefined ? [] : [{ partition, object, entries: entriesIn(found.body) }];
  });
  return read.flat();
}
