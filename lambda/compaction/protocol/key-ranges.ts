import { rawPrefix } from '../../../lib/dataset/layout';
import { compareKeys } from '../store/key-order';
import type { ListRange, ObjectInfo } from '../store/object-store';
import type { Lake, PartitionRef } from './lake';

/** Raw objects whose keys begin with a prefix. A partition has one such prefix in Hive's layout, and many in others. */
export interface KeyRange extends ListRange {
  readonly prefix: string;
}

/** The one range of a partition in Hive's layout. */
export function hiveRange({ dataset, partition }: PartitionRef, { after, through }: ListRange = {}): KeyRange {
  return { prefix: rawPrefix(dataset.name, partition), after, through };
}

/** The raw objects of ranges, one range after the other, each object once. */
export async function* listRanges(lake: Lake, ranges: readonly KeyRange[]): AsyncGenerator<ObjectInfo> {
  /** Ranges of a task may overlap; an object that is listed twice would have its rows twice. */
  const listed = new Set<string>();
  for (const { prefix, ...range } of ranges) {
    for await (const object of lake.store.list(lake.buckets.raw, prefix, range)) {
      if (ranges.length > 1) {
        if (listed.has(object.key)) continue;
        listed.add(object.key);
      }
      yield object;
    }
  }
}

/** The rest of ranges after their objects up to a key, in the order of `listRanges`. */
export function rangesAfter(ranges: readonly KeyRange[], key: string): readonly KeyRange[] {
  const [own, ...others] = ranges.slice(indexOf(ranges, key));
  return own === undefined ? [] : [{ ...own, after: key }, ...others];
}

/** The part of ranges up to and including a key. */
export function rangesThrough(ranges: readonly KeyRange[], key: string): readonly KeyRange[] {
  const index = indexOf(ranges, key);
  const own = ranges[index];
  return own === undefined ? [] : [...ranges.slice(0, index), { ...own, through: key }];
}

/** The range that a key came from: the first that holds it. */
function indexOf(ranges: readonly KeyRange[], key: string): number {
  const index = ranges.findIndex(
    ({ prefix, after, through }) =>
      key.startsWith(prefix) &&
      (after === undefined || compareKeys(key, after) > 0) &&
      (through === undefined || compareKeys(key, through) <= 0),
  );
  return index < 0 ? ranges.length : index;
}
