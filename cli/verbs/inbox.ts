import { InboxListing } from '../../lambda/compaction/planning/inbox-listing';
import { runLanes } from '../../lambda/compaction/planning/lanes';
import { placeRawObject } from '../../lambda/compaction/planning/pending';
import { LISTS_IN_FLIGHT } from '../../lambda/compaction/planning/plan-compaction';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import { SetAside } from '../../lambda/compaction/protocol/set-aside';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import type { Dataset } from '../../lib/dataset';
import type { Selection } from './selection';

/** Raw objects that wait to be compacted. */
export interface Pending {
  readonly objects: number;
  /** As stored. */
  readonly bytes: number;
  /** When the oldest was written. Those that are set aside do not count. */
  readonly oldest: Date | undefined;
}

export const NOTHING_PENDING: Pending = { objects: 0, bytes: 0, oldest: undefined };

export interface InboxCensus {
  readonly partitions: ReadonlyMap<string, Pending>;
  /** Objects that no run reads, of the whole dataset, with what is wrong; the first of them. */
  readonly unplaced: { readonly objects: number; readonly examples: readonly Unplaced[] };
  /** Objects that S3 refused to two runs; the keys of the first. */
  readonly setAside: { readonly objects: number; readonly examples: readonly string[] };
}

export interface Unplaced {
  readonly key: string;
  readonly problem: string;
}

const MAX_EXAMPLES = 20;

/** Counts the inbox of a dataset by partition, as the planner places its objects. */
export async function censusOf(lake: Lake, dataset: Dataset, selection: Selection): Promise<InboxCensus> {
  const marks = await SetAside.read(lake, dataset.name);
  const partitions = new Map<string, Pending>();
  const unplaced = { objects: 0, examples: [] as Unplaced[] };
  const setAside = { objects: 0, examples: [] as string[] };
  const add = (object: ObjectInfo): void => {
    const placement = placeRawObject(dataset, object);
    if (placement.kind === 'unplaced') {
      unplaced.objects++;
      if (unplaced.examples.length < MAX_EXAMPLES) {
        unplaced.examples.push({ key: object.key, problem: placement.problem });
      }
    }
    if (placement.kind !== 'pending' || !selection.includes(dataset, placement.partition)) return;
    const isSetAside = marks.standing(object) !== 'pending';
    if (isSetAside) {
      setAside.objects++;
      if (setAside.examples.length < MAX_EXAMPLES) setAside.examples.push(object.key);
    }
    const known = partitions.get(placement.partition) ?? NOTHING_PENDING;
    partitions.set(placement.partition, {
      objects: known.objects + 1,
      bytes: known.bytes + object.size,
      oldest: isSetAside ? known.oldest : earlier(known.oldest, object.lastModified),
    });
  };
  const listing = new InboxListing(lake, dataset, { visit: () => ({ add, end: () => {}, cut: () => {} }) });
  await runLanes([listing], LISTS_IN_FLIGHT);
  listing.end();
  return { partitions, unplaced, setAside };
}

export function earlier(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b < a ? b : a;
}
