import type { Dataset } from '../../../lib/dataset';
import { SET_ASIDE_PREFIX, UNDECLARED } from '../../../lib/dataset/layout';
import { mapConcurrently } from '../concurrency';
import type { Lake } from '../protocol/lake';
import { readNewest } from '../protocol/newest';
import { SetAside } from '../protocol/set-aside';
import type { Telemetry } from '../runtime/telemetry';
import { stalenessOf } from './freshness';
import { runLanes } from './lanes';
import { taskBudget } from './pending';
import {
  emptySummary,
  findUndeclared,
  InboxPlan,
  LISTS_IN_FLIGHT,
  MAX_EXAMPLES,
  type PendingSummary,
} from './plan-compaction';
import type { PlanWriter } from './plan-writer';
import { declaredOnly, type InboxProgress, type Progress, readProgress, writeProgress } from './progress';
import type { PlannedTask } from './task-packer';

export interface PlanSettings {
  /** All that the lake has. */
  readonly declared: readonly Dataset[];
  /** Those that are planned. */
  readonly chosen: readonly Dataset[];
  /** Text on the local disk of a compactor for one transaction, in bytes. */
  readonly maxLocalBytes: number;
  readonly telemetry: Telemetry;
  /** Whether the time to list is over: the plan is then written as far as it got. @default never */
  readonly isOver?: () => boolean;
  /** The execution, by which tasks name this run. @default a name of its own */
  readonly run?: string;
}

/** Plans what is pending of all chosen datasets, side by side, and reports what was found. */
export async function planInboxes(
  lake: Lake,
  settings: PlanSettings,
  writer: PlanWriter,
): Promise<{ total: PendingSummary; complete: boolean }> {
  const { declared, chosen, maxLocalBytes, telemetry, isOver } = settings;
  const started = lake.now().getTime();
  const known = await readProgress(lake, 'compact');
  const marks = await readMarks(lake, chosen);
  const inboxes = chosen.map((dataset) => {
    const setAside = marks.get(dataset.name) ?? SetAside.none(lake);
    const emit = ({ task, oldest }: PlannedTask): void => writer.add(task, oldest);
    const progress = known[dataset.name] ?? {};
    const options = { progress, ...(isOver === undefined ? {} : { isOver }) };
    const inbox = new InboxPlan(lake, dataset, taskBudget(dataset, maxLocalBytes), setAside, emit, options);
    return { dataset, inbox, progress };
  });
  await runLanes(
    inboxes.map(({ inbox }) => writer.keepUp(inbox)),
    LISTS_IN_FLIGHT,
  );
  const total = emptySummary();
  const next = declaredOnly(known, declared);
  let complete = true;
  for (const { dataset, inbox, progress } of inboxes) {
    const rest = inbox.end();
    complete &&= rest === undefined;
    next[dataset.name] = progressAfter(inbox.summary, progress, rest, started);
    if (dataset.freshness !== undefined) {
      next[dataset.name] = { ...next[dataset.name], watched: progress.watched ?? started };
    }
    reportInbox(lake, telemetry, dataset.name, inbox.summary, rest === undefined ? undefined : next[dataset.name]);
    add(total, inbox.summary, telemetry);
  }
  await reportFreshness(lake, telemetry, chosen, next);
  const undeclared = emptySummary();
  await findUndeclared(lake, declared, undeclared);
  telemetry.emitMetrics(UNDECLARED, { UnplacedObjects: undeclared.unplaced });
  add(total, undeclared, telemetry);
  await writer.close();
  await writeProgress(lake, 'compact', next);
  return { total, complete };
}

/** How old the newest event of each dataset is that has limits for it. */
async function reportFreshness(
  lake: Lake,
  telemetry: Telemetry,
  datasets: readonly Dataset[],
  progress: Progress,
): Promise<void> {
  const watched = datasets.filter(({ freshness }) => freshness !== undefined);
  if (watched.length === 0) return;
  const newest = await readNewest(lake);
  const now = lake.now().getTime();
  for (const dataset of watched) {
    const { name } = dataset;
    const staleness = stalenessOf(dataset, newest.get(name), progress[name]?.watched ?? now, now);
    if (staleness === undefined) continue;
    telemetry.emitMetrics(name, { NewestEventSeconds: staleness.ageSeconds, Staleness: staleness.level });
  }
}

/** Marks by dataset; most datasets have none. */
async function readMarks(lake: Lake, datasets: readonly Dataset[]): Promise<ReadonlyMap<string, SetAside>> {
  const { folders } = await lake.store.listFolder(lake.buckets.curated, SET_ASIDE_PREFIX);
  const marked = datasets.filter(({ name }) => folders.includes(name));
  return new Map(
    await mapConcurrently(
      marked,
      LISTS_IN_FLIGHT,
      async ({ name }) => [name, await SetAside.read(lake, name)] as const,
    ),
  );
}

function progressAfter(
  { oldest, unplaced, setAside }: PendingSummary,
  progress: InboxProgress,
  rest: Pick<InboxProgress, 'position' | 'resume'> | undefined,
  started: number,
): InboxProgress {
  if (rest !== undefined) {
    const { complete } = progress;
    return { ...rest, since: progress.since ?? started, ...(complete === undefined ? {} : { complete }) };
  }
  const found = { at: started, unplaced, setAside };
  return { complete: oldest === undefined ? found : { ...found, oldest: oldest.getTime() } };
}

/**
 * What alarms read. The rest of an incomplete listing is unknown, so it must not silence an alarm: counts are at
 * least those of the last complete listing, and the age is the longest that anything may have waited. Objects that arrived before
 * that listing are no older than the oldest one that it found; objects that arrived since are younger than the listing.
 *
 * @param incomplete what is remembered, when the listing was not complete
 */
function reportInbox(
  lake: Lake,
  telemetry: Telemetry,
  dataset: string,
  { oldest, unplaced, setAside }: PendingSummary,
  incomplete: InboxProgress | undefined,
): void {
  const now = lake.now().getTime();
  const { complete, since } = incomplete ?? {};
  const times = [oldest?.getTime(), complete?.oldest, complete?.at ?? since].filter((time) => time !== undefined);
  telemetry.emitMetrics(dataset, {
    UnplacedObjects: Math.max(unplaced, complete?.unplaced ?? 0),
    ObjectsSetAside: Math.max(setAside, complete?.setAside ?? 0),
    OldestPendingSeconds: Math.max(0, now - Math.min(now, ...times)) / 1000,
  });
}

function add(total: PendingSummary, summary: PendingSummary, telemetry: Telemetry): void {
  for (const example of summary.unplacedExamples)
    telemetry.log('warn', 'Raw object is not in a partition', { ...example });
  for (const key of summary.setAsideExamples) telemetry.log('warn', 'Raw object is set aside', { key });
  total.objects += summary.objects;
  total.bytes += summary.bytes;
  total.unplaced += summary.unplaced;
  // A few in total, however many datasets: the result must stay far below the 256 KiB limit of Step Functions:
  // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  total.unplacedExamples.push(...summary.unplacedExamples.slice(0, MAX_EXAMPLES - total.unplacedExamples.length));
  total.setAside += summary.setAside;
  total.setAsideExamples.push(...summary.setAsideExamples.slice(0, MAX_EXAMPLES - total.setAsideExamples.length));
}
