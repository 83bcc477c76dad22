import { randomUUID } from 'node:crypto';
import { PLAN_PREFIX, type PlanMode } from '../../../lib/dataset/layout';
import type { Lake } from '../protocol/lake';
import { emptySummary, type PendingSummary } from './plan-compaction';
import { type PlanSettings, planInboxes } from './plan-inboxes';
import { planMaintenance } from './plan-maintenance';
import { PlanWriter } from './plan-writer';

export interface Plan {
  /** Where the plan lies: JSON Lines, one task a line. Written also when it is empty. */
  readonly bucket: string;
  readonly key: string;
  readonly tasks: number;
  /** False when time ran out: what was not listed is planned by the next runs, and the counts are of what was listed. */
  readonly complete: boolean;
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

/** Lists what is to be done and writes it down as a plan for the Distributed Map. Changes nothing else but its own progress. */
export async function writePlan(lake: Lake, mode: PlanMode, settings: PlanSettings): Promise<Plan> {
  const run = randomUUID();
  const key = `${PLAN_PREFIX}${lake.now().toISOString().replaceAll(':', '-')}-${run}.jsonl`;
  const writer = new PlanWriter(lake, key);
  try {
    const found =
      mode === 'maintain' ? await maintenance(lake, settings, writer) : await planInboxes(lake, settings, writer, run);
    const { oldest: _, ...counts } = found.total;
    const result = { bucket: lake.buckets.curated, key, tasks: writer.tasks, complete: found.complete, ...counts };
    settings.telemetry.log(found.complete ? 'info' : 'warn', 'Planned', { mode, ...result });
    return result;
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function maintenance(
  lake: Lake,
  { chosen }: PlanSettings,
  writer: PlanWriter,
): Promise<{ total: PendingSummary; complete: boolean }> {
  for (const dataset of chosen) {
    for await (const task of planMaintenance(lake, dataset)) writer.add(task, 0);
    await writer.drain();
  }
  await writer.close();
  return { total: emptySummary(), complete: true };
}
