import type { Dataset } from '../../../lib/dataset';
import { rawPrefix } from '../../../lib/dataset/layout';
import type { Lake } from '../protocol/lake';
import { BudgetMeter, placeRawObject, type TaskBudget } from './pending';
import type { CompactTask } from './tasks';

export interface PendingSummary {
  objects: number;
  bytes: number;
  oldest: Date | undefined;
  unplaced: number;
  /** The first of them, with what is wrong. */
  readonly unplacedExamples: { key: string; problem: string }[];
}

export const MAX_EXAMPLES = 20;

export function emptySummary(): PendingSummary {
  return { objects: 0, bytes: 0, oldest: undefined, unplaced: 0, unplacedExamples: [] };
}

/**
 * Plans the raw prefix of a dataset in one pass and with memory for one task: keys come in order, so that a partition's
 * objects are neighbours. Everything under the prefix is either in exactly one task's range, a marker, or reported.
 */
export async function* planCompaction(
  lake: Lake,
  dataset: Dataset,
  budget: TaskBudget,
  summary: PendingSummary,
): AsyncGenerator<CompactTask> {
  let partition: string | undefined;
  let after: string | undefined;
  let last: string | undefined;
  let meter = new BudgetMeter(budget);
  const task = (through: string | undefined): CompactTask => ({
    kind: 'compact',
    dataset: dataset.name,
    partition: partition as string,
    ...(after === undefined ? {} : { after }),
    ...(through === undefined ? {} : { through }),
  });

  for await (const object of lake.store.list(lake.buckets.raw, rawPrefix(dataset.name))) {
    const placement = placeRawObject(dataset, object);
    if (placement.kind === 'unplaced') {
      summary.unplaced++;
      if (summary.unplacedExamples.length < MAX_EXAMPLES) {
        summary.unplacedExamples.push({ key: object.key, problem: placement.problem });
      }
    }
    if (placement.kind !== 'pending') continue;
    summary.objects++;
    summary.bytes += object.size;
    if (summary.oldest === undefined || object.lastModified < summary.oldest) summary.oldest = object.lastModified;
    if (placement.partition !== partition) {
      if (partition !== undefined) yield task(undefined);
      partition = placement.partition;
      after = undefined;
      meter = new BudgetMeter(budget);
      meter.take(object);
    } else if (!meter.take(object)) {
      yield task(last);
      after = last;
      meter = new BudgetMeter(budget);
      meter.take(object);
    }
    last = object.key;
  }
  if (partition !== undefined) yield task(undefined);
}
