import { mapConcurrently } from '../../../lambda/compaction/concurrency';
import { taskBudget } from '../../../lambda/compaction/planning/pending';
import { planCompaction } from '../../../lambda/compaction/planning/plan-compaction';
import { planMaintenance } from '../../../lambda/compaction/planning/plan-maintenance';
import type { Dataset } from '../../../lib/dataset';
import { bytes, plural, seconds } from '../../format';
import type { Terminal } from '../../terminal';
import { visible } from '../../visible';
import { type Held, heldOf, printHeld } from '../held';
import { censusOf, NOTHING_PENDING, type Pending } from '../inbox';
import type { OperatedLake } from '../lake';
import type { Selection } from '../selection';
import { maintenanceOf, type Step } from './maintenance';

export interface DatasetPlan {
  readonly dataset: string;
  readonly compact: readonly CompactPlan[];
  readonly maintain: readonly { readonly partition: string; readonly steps: readonly Step[] }[];
}

interface CompactPlan {
  readonly partition: string;
  /** A partition with much to do is several tasks. */
  readonly tasks: number;
  readonly pending: Pending;
  /** Set while the next run does not read it. */
  readonly held?: Held;
}

const READS_IN_FLIGHT = 16;

/** What the planner would plan now, of both modes. */
export async function planOf(lake: OperatedLake, dataset: Dataset, selection: Selection): Promise<DatasetPlan> {
  const isMeant = ({ partition }: { readonly partition: string }): boolean => selection.includes(dataset, partition);
  const { partitions: pending } = await censusOf(lake, dataset, selection);
  const budget = taskBudget(dataset, lake.settings.compactor.maxLocalBytes);
  const { tasks } = await planCompaction(lake, dataset, budget);
  const counts = new Map<string, number>();
  for (const { partition } of tasks.filter(isMeant)) counts.set(partition, (counts.get(partition) ?? 0) + 1);
  const compact = await mapConcurrently(
    [...counts],
    READS_IN_FLIGHT,
    async ([partition, own]): Promise<CompactPlan> => {
      const held = await heldOf(lake, { dataset, partition });
      const waits = pending.get(partition) ?? NOTHING_PENDING;
      return { partition, tasks: own, pending: waits, ...(held && { held }) };
    },
  );
  const maintain: { partition: string; steps: readonly Step[] }[] = [];
  for (const { partition } of (await planMaintenance(lake, dataset)).filter(isMeant)) {
    maintain.push({ partition, steps: await maintenanceOf(lake, { dataset, partition }) });
  }
  return { dataset: dataset.name, compact, maintain };
}

/** Writes a plan for people. */
export function printPlan(terminal: Terminal, { dataset, compact, maintain }: DatasetPlan, now: Date): void {
  const nothing = compact.length + maintain.length === 0;
  terminal.line(`${terminal.bold(dataset)}${nothing ? ': nothing to do' : ''}`);
  for (const { partition, tasks, pending, held } of compact) {
    const age = pending.oldest === undefined ? 0 : Math.max(0, now.getTime() - pending.oldest.getTime()) / 1000;
    terminal.line(
      `  compact   ${visible(partition)}: ${plural(pending.objects, 'object')} (${bytes(pending.bytes)}) wait, the oldest for ` +
        `${seconds(age)}; ${held === undefined ? plural(tasks, 'task') : 'its rows fail a check'}`,
    );
    if (held !== undefined) printHeld(terminal, partition, held);
  }
  for (const { partition, steps } of maintain) {
    for (const { step, why, objects, bytes: size } of steps) {
      const much = step === 'finish' ? plural(objects, 'raw object') : `${plural(objects, 'object')} (${bytes(size)})`;
      terminal.line(`  ${step.padEnd(9)} ${visible(partition)}: ${much}: ${why}`);
    }
  }
}
