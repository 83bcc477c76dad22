import type { Lake } from '../../lambda/compaction/protocol/lake';
import { compareKeys } from '../../lambda/compaction/store/key-order';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import { type Dataset, dataPrefix, manifestPrefix, partitionKeys, recordPrefix } from '../../lib/dataset';
import type { Selection } from './selection';

/** What the curated bucket holds of one partition, as three listings say. */
export interface PartitionObjects {
  /** Hive path. */
  readonly partition: string;
  /** One, unless something is wrong. */
  readonly manifests: readonly ObjectInfo[];
  /** Data files, in a manifest or not. */
  readonly files: readonly ObjectInfo[];
  /** Of transactions whose raw objects are not all deleted yet. */
  readonly records: readonly ObjectInfo[];
}

/**
 * Walks the partitions of a dataset in the order of their keys, in three listings side by side. Memory holds the objects of
 * one partition at a time.
 *
 * @param onStray takes objects that lie above the partitions; none of those that the lake writes does
 */
export async function* partitionsOf(
  lake: Lake,
  dataset: Dataset,
  selection: Selection,
  onStray: (object: ObjectInfo) => void = () => {},
): AsyncGenerator<PartitionObjects> {
  const depth = partitionKeys(dataset).length;
  const prefixes = [manifestPrefix, dataPrefix, recordPrefix];
  const listings = prefixes.map((prefixOf) => {
    const objects = lake.store.list(lake.buckets.curated, prefixOf(dataset.name, selection.partition ?? ''));
    return groups(objects, prefixOf(dataset.name).length, depth, onStray);
  });
  const heads = await Promise.all(listings.map((listing) => listing.next()));
  for (;;) {
    const names = heads.flatMap(({ value }) => (value === undefined ? [] : [value.partition]));
    const [partition] = names.sort((a, b) => compareKeys(`${a}/`, `${b}/`));
    if (partition === undefined) return;
    const own = await Promise.all(
      listings.map(async (listing, index) => {
        const head = heads[index]?.value;
        if (head?.partition !== partition) return [];
        heads[index] = await listing.next();
        return head.objects;
      }),
    );
    const [manifests = [], files = [], records = []] = own;
    if (selection.includes(dataset, partition)) yield { partition, manifests, files, records };
  }
}

interface Group {
  readonly partition: string;
  readonly objects: ObjectInfo[];
}

async function* groups(
  objects: AsyncIterable<ObjectInfo>,
  start: number,
  depth: number,
  onStray: (object: ObjectInfo) => void,
): AsyncGenerator<Group, undefined> {
  let group: Group | undefined;
  for await (const object of objects) {
    const segments = object.key.slice(start).split('/');
    if (segments.length <= depth) {
      onStray(object);
      continue;
    }
    const partition = segments.slice(0, depth).join('/');
    if (group !== undefined && group.partition !== partition) {
      yield group;
      group = undefined;
    }
    group ??= { partition, objects: [] };
    group.objects.push(object);
  }
  if (group !== undefined) yield group;
  return undefined;
}
