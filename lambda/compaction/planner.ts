import { randomUUID } from 'node:crypto';
import { datasetByName, datasets as declared } from '../../config/datasets';
import type { Dataset } from '../../lib/dataset';
import { PLAN_PREFIX, UNDECLARED } from '../../lib/dataset/layout';
import { taskBudget } from './planning/pending';
import {
  emptySummary,
  findUndeclared,
  MAX_EXAMPLES,
  type PendingSummary,
  planCompaction,
} from './planning/plan-compaction';
import { planMaintenance } from './planning/plan-maintenance';
import type { CompactionTask } from './planning/tasks';
import type { Lake } from './protocol/lake';
import { compactorSettings } from './runtime/compactor-settings';
import { createS3Client, lakeFromEnvironment } from './runtime/lake';
import { emitMetrics, log } from './runtime/telemetry';
import { type TimeLimit, withDeadline } from './runtime/time-limit';

export interface PlannerEvent {
  /** `compact` takes in raw objects; `maintain` merges, expires and vacuums. @default 'compact' */
  readonly mode?: 'compact' | 'maintain';
  /** Only these datasets. @default all */
  readonly datasets?: readonly string[];
}

export interface Plan {
  /** Where the plan lies: JSON Lines, one task a line. Written also when it is empty. */
  readonly bucket: string;
  readonly key: string;
  readonly tasks: number;
  /** Raw objects that are waiting, and their bytes as stored. */
  readonly objects: number;
  readonly bytes: number;
  /** Raw objects at places that no dataset's partitions cover. They stay there until somebody moves them. */
  readonly unplaced: number;
  readonly unplacedExamples: readonly { readonly key: string; readonly problem: string }[];
  /** Raw objects that S3 refused to two runs. They are tried again some hours after the last try, and named here. */
  readonly setAside: number;
  readonly setAsideExamples: readonly string[];
}

/**
 * Lists what is to be done and writes it down as a plan for the Distributed Map. Changes nothing else.
 *
 * @throws DeadlineError when listing takes longer than the time that is left
 */
export async function handler(event: PlannerEvent = {}, context?: TimeLimit): Promise<Plan> {
  const mode = event.mode ?? 'compact';
  if (mode !== 'compact' && mode !== 'maintain') {
    throw new Error(`mode must be 'compact' or 'maintain', but is ${JSON.stringify(mode)}`);
  }
  const chosen = event.datasets?.map((name) => datasetByName(name)) ?? declared;
  return await withDeadline(context, (signal) =>
    plan(lakeFromEnvironment(createS3Client(signal), signal), mode, chosen),
  );
}

async function plan(lake: Lake, mode: 'compact' | 'maintain', chosen: readonly Dataset[]): Promise<Plan> {
  const tasks: CompactionTask[] = [];
  const run = randomUUID();
  const total = emptySummary();
  for (const dataset of chosen) {
    if (mode === 'maintain') {
      for await (const task of planMaintenance(lake, dataset)) tasks.push(task);
      continue;
    }
    const summary = emptySummary();
    const budget = taskBudget(dataset, compactorSettings().maxLocalBytes);
    for await (const task of planCompaction(lake, dataset, budget, summary)) tasks.push({ ...task, run });
    const waited = summary.oldest === undefined ? 0 : lake.now().getTime() - summary.oldest.getTime();
    emitMetrics(dataset.name, {
      UnplacedObjects: summary.unplaced,
      ObjectsSetAside: summary.setAside,
      OldestPendingSeconds: Math.max(0, waited / 1000),
    });
    add(total, summary);
  }
  if (mode === 'compact') {
    const undeclared = emptySummary();
    await findUndeclared(lake, declared, undeclared);
    emitMetrics(UNDECLARED, { UnplacedObjects: undeclared.unplaced });
    add(total, undeclared);
  }
  const key = `${PLAN_PREFIX}${lake.now().toISOString().replaceAll(':', '-')}-${run}.jsonl`;
  await lake.store.put(
    lake.buckets.curated,
    key,
    Buffer.from(tasks.map((task) => `${JSON.stringify(task)}\n`).join('')),
  );
  const { oldest: _, ...found } = total;
  const result = { bucket: lake.buckets.curated, key, tasks: tasks.length, ...found };
  log('info', 'Planned', { mode, ...result });
  return result;
}

function add(total: PendingSummary, summary: PendingSummary): void {
  for (const example of summary.unplacedExamples) log('warn', 'Raw object is not in a partition', { ...example });
  for (const key of summary.setAsideExamples) log('warn', 'Raw object is set aside', { key });
  total.objects += summary.objects;
  total.bytes += summary.bytes;
  total.unplaced += summary.unplaced;
  // A few in all, however many datasets: the answer must stay far below the 256 KiB that Step Functions takes.
  total.unplacedExamples.push(...summary.unplacedExamples.slice(0, MAX_EXAMPLES - total.unplacedExamples.length));
  total.setAside += summary.setAside;
  total.setAsideExamples.push(...summary.setAsideExamples.slice(0, MAX_EXAMPLES - total.setAsideExamples.length));
}
