import type { Dataset } from '../../../lib/dataset';
import { parsePartitionPath, partitionKeys } from '../../../lib/dataset';
import { dataPrefix, manifestPrefix, recordPrefix } from '../../../lib/dataset/layout';
import { graceMillis, isClosed, isExpired } from '../protocol/ages';
import type { Lake } from '../protocol/lake';
import { manifestFileCount } from '../protocol/manifest';
import { chooseMerge, mergePolicy } from '../protocol/merge-policy';
import { isTombstones } from '../protocol/names';
import type { ObjectInfo } from '../store/object-store';
import type { MaintainTask } from './tasks';

interface PartitionState {
  readonly files: ObjectInfo[];
  manifest?: ObjectInfo;
  records: number;
}

/**
 * Finds the partitions that need maintenance from listings alone: no object is read. Memory holds one entry a data file
 * (about 200 bytes), a million files being some 200 MB.
 */
export async function* planMaintenance(lake: Lake, dataset: Dataset): AsyncGenerator<MaintainTask> {
  for (const [partition, state] of await survey(lake, dataset)) {
    if (needsMaintenance(lake, dataset, partition, state)) {
      yield { kind: 'maintain', dataset: dataset.name, partition };
    }
  }
}

async function survey(lake: Lake, dataset: Dataset): Promise<Map<string, PartitionState>> {
  const states = new Map<string, PartitionState>();
  const depth = partitionKeys(dataset).length;
  const scan = async (prefix: string, visit: (state: PartitionState, object: ObjectInfo) => void): Promise<void> => {
    for await (const object of lake.store.list(lake.buckets.curated, prefix)) {
      const partition = object.key.slice(prefix.length).split('/').slice(0, depth).join('/');
      let state = states.get(partition);
      if (state === undefined) {
        state = { files: [], records: 0 };
        states.set(partition, state);
      }
      visit(state, object);
    }
  };
  await scan(dataPrefix(dataset.name), (state, object) => state.files.push(object));
  await scan(manifestPrefix(dataset.name), (state, object) => {
    state.manifest = object;
  });
  await scan(recordPrefix(dataset.name), (state) => {
    state.records++;
  });
  return states;
}

function needsMaintenance(lake: Lake, dataset: Dataset, partition: string, state: PartitionState): boolean {
  if (!parsePartitionPath(dataset, partition).ok) return false;
  if (state.records > 0) return true;
  const ref = { dataset, partition };
  const { manifest, files } = state;
  const listed = manifest === undefined ? 0 : manifestFileCount(ref, lake.buckets.curated, manifest.size);
  if (listed > 0 && isExpired(lake, ref)) return true;
  if (files.length > listed) {
    const before = lake.now().getTime() - graceMillis(dataset);
    const settled = (manifest?.lastModified.getTime() ?? 0) < before;
    if (settled && files.some(({ lastModified }) => lastModified.getTime() < before)) return true;
  }
  const rows = files.filter(({ key }) => !isTombstones(key));
  return listed > 1 && chooseMerge(rows, mergePolicy(dataset), isClosed(lake, ref)).length > 0;
}
