import { randomUUID } from 'node:crypto';
import { PLAN_PREFIX, type PlanMode } from '../../../lib/dataset/layout';
import type { Lake } from '../protocol/lake';
import { runLanes } from './lanes';
import { emptySummary, LISTS_IN_FLIGHT, type PendingSummary } from './plan-compaction';
import { type PlanSettings, planInboxes } from './plan-inboxes';
import { MaintenancePlan } from './plan-maintenance';
import { PlanWriter } from './plan-writer';
import { declaredOnly, readProgress, writeProgress } from './progress';

export interface Plan {
  /** Location of the plan: JSON Lines, one task per line. It is written even when it is empty. */
  readonly bucket: string;
  readonly key: string;
  readonly tasks: number;
  /** False when time ran out: what was not listed is planned by the next runs, and the counts are of what was listed. */
  readonly complete: boolean;
  /** Raw objects that are waiting, and their bytes as stored. */
  readonly objects: number;
  readonly bytes: number;
  /** Raw objects in places that no dataset's partitions cover. They stay there until somebody moves them. */
  readonly unplaced: number;
  readonly unplacedExamples: readonly { readonly key: string; readonly problem: string }[];
  /** Raw objects that S3 refused to two runs. They are tried again some hours after the last try, and named here. */
  readonly setAside: number;
  readonly setAsideExamples: readonly string[];
}

/** Finds what is to be done and writes it as a plan for the Distributed Map. Changes nothing else, apart from its own progress. */
export async function writePlan(lake: Lake, mode: PlanMode, settings: PlanSettings): Promise<Plan> {
  const id = randomUUID();
  const key = `${PLAN_PREFIX}${lake.now().toISOString().replaceAll(':', '-')}-${id}.jsonl`;
  const writer = new PlanWriter(lake, key, settings.run ?? id);
  try {
    const found =
      mode === 'maintain' ? await maintenance(lake, settings, writer) : await planInboxes(lake, settings, writer);
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
  { declared, chosen, telemetry, isOver }: PlanSettings,
  writer: PlanWriter,
): Promise<{ total: PendingSummary; complete: boolean }> {
  const known = await readProgress(lake, 'maintain');
  const plans = chosen.map((dataset) => {
    const options = { position: known[dataset.name]?.position?.prefix, ...(isOver === undefined ? {} : { isOver }) };
    return { dataset, plan: new MaintenancePlan(lake, dataset, (task, since) => writer.add(task, since), options) };
  });
  await runLanes(
    plans.map(({ plan }) => writer.keepUp(plan)),
    LISTS_IN_FLIGHT,
  );
  await writer.close();
  const next = declaredOnly(known, declared);
  let complete = true;
  for (const { dataset, plan } of plans) {
    const position = plan.end();
    delete next[dataset.name];
    if (position === undefined) {
      telemetry.emitMetrics(dataset.name, plan.counts); // of all partitions, or a graph would fall without a reason
      continue;
    }
    complete = false;
    next[dataset.name] = { position: { prefix: position, time: 0 } };
  }
  await writeProgress(lake, 'maintain', next);
  return { total: emptySummary(), complete };
}
