import { compareKeys } from '../../../lambda/compaction/store/key-order';
import { type Dataset, parsePartitionPath, recordPrefix } from '../../../lib/dataset';
import type { OperatedLake } from '../lake';
import { partitionsOf } from '../partitions';
import type { Selection } from '../selection';

/** Every partition that anything was ever compacted into, for as long as that is known: one may be without any object now. */
export async function everyPartition(
  lake: OperatedLake,
  dataset: Dataset,
  selection: Selection,
): Promise<readonly string[]> {
  if (selection.partition !== undefined) return [selection.partition];
  const names = new Set<string>();
  for await (const { partition } of partitionsOf(lake, dataset, selection)) names.add(partition);
  const root = recordPrefix(dataset.name);
  for await (const { key } of lake.store.listVersions(lake.buckets.curated, root)) {
    names.add(key.slice(root.length, Math.max(root.length, key.lastIndexOf('/'))));
  }
  return [...names]
    .filter((name) => parsePartitionPath(dataset, name).ok && selection.includes(dataset, name))
    .sort(compareKeys);
}
