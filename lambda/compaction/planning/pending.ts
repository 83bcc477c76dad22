import type { Dataset } from '../../../lib/dataset';
import { isIgnored, placeByPath } from '../../../lib/dataset';
import { rawPrefix } from '../../../lib/dataset/layout';
import type { ObjectInfo } from '../store/object-store';

/** Where a raw object belongs. */
export type Placement =
  | {
      readonly kind: 'pending';
      readonly partition: string;
      /** What the keys of the object's neighbours in the partition begin with. */
      readonly prefix: string;
    }
  /** A marker that tools leave behind (`folder/`, an empty `_SUCCESS`), or what the dataset ignores: not data. */
  | { readonly kind: 'marker' }
  /** Data in a place that neither queries nor compaction can see. It stays where it is, and is reported. */
  | { readonly kind: 'unplaced'; readonly problem: string };

export function placeRawObject(dataset: Dataset, object: Pick<ObjectInfo, 'key' | 'size'>): Placement {
  const hidden = isHidden(object.key);
  if (object.size === 0 && (hidden || object.key.endsWith('/'))) return { kind: 'marker' };
  const root = rawPrefix(dataset.name);
  const path = object.key.slice(root.length);
  if (isIgnored(dataset, path)) return { kind: 'marker' };
  const placed = placeByPath(dataset, path);
  if (!placed.ok) return { kind: 'unplaced', problem: placed.problem };
  if (hidden) return { kind: 'unplaced', problem: 'names that begin with _ or . are invisible to queries' };
  return { kind: 'pending', partition: placed.partition, prefix: `${root}${placed.prefix}` };
}

/** Whether the query engine skips the object because of a segment of its key. */
export function isHidden(key: string): boolean {
  return /(^|\/)[._][^/]*(\/|$)/.test(key);
}

/** Bytes of NDJSON per stored byte, for planning only: the compactor counts the bytes that it writes. */
const INFLATION: readonly (readonly [RegExp, number])[] = [
  [/\.(gz|gzip)$/i, 10],
  [/\.(zst|zstd)$/i, 12],
  [/\.parquet$/i, 5],
];

/** Estimated bytes of an object's rows as text. Web logs in gzip inflate 8 to 12 times. */
export function estimatedBytes({ key, size }: Pick<ObjectInfo, 'key' | 'size'>): number {
  const factor = INFLATION.find(([ending]) => ending.test(key))?.[1] ?? 1;
  return size * factor;
}

/** Text of this many times the target makes one output file of about it: web logs in Snappy Parquet take an eighth. */
const TEXT_PER_TARGET = 8;
/** Keeps a task's list of objects and its commit intent within a few MB. */
const MAX_OBJECTS = 20_000;

export interface TaskBudget {
  readonly bytes: number;
  readonly objects: number;
}

/** Limits of one transaction. @param maxBytes what the compactor's disk allows */
export function taskBudget(dataset: Dataset, maxBytes: number): TaskBudget {
  return {
    bytes: Math.min(maxBytes, dataset.compaction.targetFileMiB * 1024 * 1024 * TEXT_PER_TARGET),
    objects: MAX_OBJECTS,
  };
}

/** Adds up objects until a budget is spent. The first always fits. */
export class BudgetMeter {
  readonly #budget: TaskBudget;
  #bytes = 0;
  #objects = 0;

  constructor(budget: TaskBudget) {
    this.#budget = budget;
  }

  /** Whether the object still fits; then it is counted. */
  take(object: Pick<ObjectInfo, 'key' | 'size'>): boolean {
    const bytes = estimatedBytes(object);
    const full = this.#bytes + bytes > this.#budget.bytes || this.#objects === this.#budget.objects;
    if (full && this.#objects > 0) return false;
    this.#bytes += bytes;
    this.#objects++;
    return true;
  }
}
