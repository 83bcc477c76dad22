import { NEWEST_PREFIX, newestPrefix } from '../../../lib/dataset/layout';
import type { ObjectInfo } from '../store/object-store';
import type { Lake } from './lake';

/**
 * The newest event time of each dataset with `freshness`, as a mark in the curated bucket that is named after it:
 * `newest/<dataset>/<13 digits of milliseconds>`. The highest mark counts. Marks are only added, and deleted by whoever
 * sees a higher one: so tasks of many partitions need not agree on anything, and a listing tells the time without a read.
 */
const DIGITS = 13;

/** Epoch milliseconds. */
const timeOf = ({ key }: ObjectInfo): number => Number(/\/(\d{13})$/.exec(key)?.[1] ?? Number.NaN);

/** Remembers an event time of committed rows, if it is the newest. Safe to repeat, and to run many times at once. */
export async function noteNewest(lake: Lake, dataset: string, time: number): Promise<void> {
  const { curated } = lake.buckets;
  const marks: ObjectInfo[] = [];
  for await (const mark of lake.store.list(curated, newestPrefix(dataset))) {
    if (!Number.isNaN(timeOf(mark))) marks.push(mark);
  }
  const own = Math.max(0, time); // what happened before 1970 is stale by any limit
  const newest = Math.max(own, ...marks.map(timeOf));
  if (!marks.some((mark) => timeOf(mark) === newest)) {
    const name = String(newest).padStart(DIGITS, '0');
    await lake.store.put(
      curated,
      `${newestPrefix(dataset)}${name}`,
      Buffer.from(`${new Date(newest).toISOString()}\n`),
    );
  }
  await lake.store.deleteMatching(
    curated,
    marks.filter((mark) => timeOf(mark) < newest),
  );
}

/** The newest event times, epoch milliseconds, by dataset. Those without a mark have had no data, or only of the future. */
export async function readNewest(lake: Lake): Promise<ReadonlyMap<string, number>> {
  const newest = new Map<string, number>();
  for await (const mark of lake.store.list(lake.buckets.curated, NEWEST_PREFIX)) {
    const [dataset = ''] = mark.key.slice(NEWEST_PREFIX.length).split('/');
    const time = timeOf(mark);
    if (!Number.isNaN(time)) newest.set(dataset, Math.max(time, newest.get(dataset) ?? 0));
  }
  return newest;
}
