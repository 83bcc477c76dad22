import { randomUUID } from 'node:crypto';
import type { Dataset } from '../../../lib/dataset';
import { PLAN_PREFIX, UNDECLARED } from '../../../lib/dataset/layout';
import type { Lake } from '../protocol/lake';
import type { Telemetry } from '../runtime/telemetry';
import { taskBudget } from './pending';
import { emptySummary, findUndeclared, MAX_EXAMPLES, type PendingSummary, planCompaction } from './plan-compaction';
import { planMaintenance } from './plan-maintenance';
import type { CompactionTask } from './tasks';

export const PLAN_MODES = ['compact', 'maintain'] as const;
/** `compact` takes in raw objects; `maintain` merges, expires and vacuums. */
export type PlanMode = (typeof PLAN_MODES)[number];

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

export interface PlanSettings {
  /** All that the lake has. */
  readonly declared: readonly Dataset[];
  /** Those that are planned. */
  readonly chosen: readonly Dataset[];
  /** Text on the local disk of a compactor for one transaction, in bytes. */
  readonly maxLocalBytes: number;
  readonly telemetry: Telemetry;
}

/** Lists what is to be done and writes it down as a plan for the Distributed Map. Changes nothing else. */
export async function writePlan(lake: Lake, mode: PlanMode, settings: PlanSettings): Promise<Plan> {
  const run = randomUUID();
  const total = emptySummary();
  const tasks = await (mode === 'maintain'
    ? tasksToMaintain(lake, settings)
    : tasksToCompact(lake, settings, run, total));
  const key = `${PLAN_PREFIX}${lake.now().toISOString().replaceAll(':', '-')}-${run}.jsonl`;
  const lines = tasks.map((task) => `${JSON.stringify(task)}\n`);
  await lake.store.put(lake.buckets.curated, key, Buffer.from(lines.join('')));
  const { oldest: _, ...found } = total;
  const result = { bucket: lake.buckets.curated, key, tasks: tasks.length, ...found };
  settings.telemetry.log('info', 'Planned', { mode, ...result });
  return result;
}

async function tasksToMaintain(lake: Lake, { chosen }: PlanSettings): Promise<CompactionTask[]> {
  const tasks: CompactionTask[] = [];
  for (const dataset of chosen) for await (const task of planMaintenance(lake, dataset)) tasks.push(task);
  return tasks;
}

async function tasksToCompact(
  lake: Lake,
  { declared, chosen, maxLocalBytes, telemetry }: PlanSettings,
  run: string,
  total: PendingSummary,
): Promise<CompactionTask[]> {
  const tasks: CompactionTask[] = [];
  for (const dataset of chosen) {
    const summary = emptySummary();
    const budget = taskBudget(dataset, maxLocalBytes);
    for await (const task of planCompaction(lake, dataset, budget, summary)) tasks.push({ ...task, run });
    const waited = summary.oldest === undefined ? 0 : lake.now().getTime() - summary.oldest.getTime();
    telemetry.emitMetrics(dataset.name, {
      UnplacedObjects: summary.unplaced,
      ObjectsSetAside: summary.setAside,
      OldestPendingSeconds: Math.max(0, waited / 1000),
    });
    add(total, summary, telemetry);
  }
  const undeclared = emptySummary();
  await findUndeclared(lake, declared, undeclared);
  telemetry.emitMetrics(UNDECLARED, { UnplacedObjects: undeclared.unplaced });
  add(total, undeclared, telemetry);
  return tasks;
}

function add(total: PendingSummary, summary: PendingSummary, telemetry: Telemetry): void {
  for (const example of summary.unplacedExamples)
    telemetry.log('warn', 'Raw object is not in a partition', { ...example });
  for (const key of summary.setAsideExamples) telemetry.log('warn', 'Raw object is set aside', { key });
  total.objects += summary.objects;
  total.bytes += summary.bytes;
  total.unplaced += summary.unplaced;
  // A few in all, however many datasets: the answer must stay far below the 256 KiB that Step Functions takes.
  total.unplacedExamples.push(...summary.unplacedExamples.slice(0, MAX_EXAMPLES - total.unplacedExamples.length));
  total.setAside += summary.setAside;
  total.setAsideExamples.push(...summary.setAsideExamples.slice(0, MAX_EXAMPLES - total.setAsideExamples.length));
}
