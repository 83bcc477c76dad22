import type { Dataset } from '../../../lib/dataset';
import { RAW_PREFIX, rawPrefix } from '../../../lib/dataset/layout';
import type { Lake } from '../protocol/lake';
import { SetAside } from '../protocol/set-aside';
import { placeRawObject, type TaskBudget } from './pending';
import { TaskPacker } from './task-packer';
import type { CompactTask } from './tasks';

export interface PendingSummary {
  objects: number;
  bytes: number;
  oldest: Date | undefined;
  unplaced: number;
  /** Objects that S3 refused to two runs. They wait for their next try, or are planned for it. */
  setAside: number;
  readonly setAsideExamples: string[];
  /** The first of those that are unplaced, with what is wrong. */
  readonly unplacedExamples: { key: string; problem: string }[];
}

export const MAX_EXAMPLES = 20;

export function emptySummary(): PendingSummary {
  return {
    objects: 0,
    bytes: 0,
    oldest: undefined,
    unplaced: 0,
    unplacedExamples: [],
    setAside: 0,
    setAsideExamples: [],
  };
}

/**
 * Plans the raw prefix of a dataset in one pass over its keys, with the memory of `TaskPacker`. Everything under the prefix
 * is either in exactly one task's ranges, a marker, or reported.
 */
export async function* planCompaction(
  lake: Lake,
  dataset: Dataset,
  budget: TaskBudget,
  summary: PendingSummary,
): AsyncGenerator<CompactTask> {
  const packer = new TaskPacker(dataset, budget);
  const setAside = await SetAside.read(lake, dataset.name);
  for await (const object of lake.store.list(lake.buckets.raw, rawPrefix(dataset.name))) {
    const placement = placeRawObject(dataset, object);
    if (placement.kind === 'unplaced') {
      summary.unplaced++;
      if (summary.unplacedExamples.length < MAX_EXAMPLES) {
        summary.unplacedExamples.push({ key: object.key, problem: placement.problem });
      }
    }
    if (placement.kind !== 'pending') continue;
    const standing = setAside.standing(object);
    if (standing !== 'pending') {
      summary.setAside++;
      if (summary.setAsideExamples.length < MAX_EXAMPLES) summary.setAsideExamples.push(object.key);
    }
    if (standing === 'waiting') continue;
    summary.objects++;
    summary.bytes += object.size;
    // One that is set aside has an alarm of its own, and is no sign that compaction is behind.
    const older = summary.oldest === undefined || object.lastModified < summary.oldest;
    if (older && standing === 'pending') summary.oldest = object.lastModified;
    yield* packer.add(object, placement);
  }
  yield* packer.end();
}

/** Objects of one undeclared name that are counted; the alarm needs one. */
const MAX_COUNTED = 1_000;

/** Finds raw objects that lie under the name of no dataset: no plan would ever name them, so they are reported. */
export async function findUndeclared(lake: Lake, declared: readonly Dataset[], summary: PendingSummary): Promise<void> {
  const names = new Set(declared.map(({ name }) => name));
  const known = [...names].join(', ');
  const report = (key: string): void => {
    summary.unplaced++;
    if (summary.unplacedExamples.length >= MAX_EXAMPLES) return;
    summary.unplacedExamples.push({ key, problem: `it is under no declared dataset; declared are ${known}` });
  };
  const { folders, objects } = await lake.store.listFolder(lake.buckets.raw, RAW_PREFIX);
  for (const { key, size } of objects) if (size > 0) report(key);
  for (const folder of folders.filter((name) => !names.has(name))) {
    let counted = 0;
    for await (const { key, size } of lake.store.list(lake.buckets.raw, rawPrefix(folder))) {
      if (size > 0) report(key);
      if (++counted === MAX_COUNTED) break;
    }
  }
}
