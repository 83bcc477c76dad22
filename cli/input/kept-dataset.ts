import { placeRawObject } from '../../lambda/compaction/planning/pending';
import { type Dataset, rawPrefix } from '../../lib/dataset';
import { UsageError } from '../command-line';
import { BUCKETS, type LocalLake } from '../lake';

/**
 * The default dataset of `--compact`: the one with pending objects in the raw zone of a kept lake or, if there are none, the one whose
 * objects the lake has compacted before. The first dataset for a lake that never had any.
 *
 * @param datasets at least one
 * @throws UsageError that names them when there are several
 */
export async function keptDataset(lake: LocalLake, datasets: readonly Dataset[]): Promise<Dataset> {
  const pending: Dataset[] = [];
  for (const dataset of datasets) if (await isPending(lake, dataset)) pending.push(dataset);
  const kept = datasets.filter(({ name }) => lake.ledger.objects(name).length > 0);
  const found = pending.length > 0 ? pending : kept;
  if (found.length > 1) {
    const names = found.map(({ name }) => name).join(', ');
    throw new UsageError('--compact', 'the lake holds several datasets', `add --dataset, one of ${names}`);
  }
  return (found[0] ?? datasets[0]) as Dataset;
}

async function isPending(lake: LocalLake, dataset: Dataset): Promise<boolean> {
  for await (const object of lake.store.list(BUCKETS.raw, rawPrefix(dataset.name))) {
    if (placeRawObject(dataset, object).kind === 'pending') return true;
  }
  return false;
}
