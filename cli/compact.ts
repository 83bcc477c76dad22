import { compact } from '../lambda/compaction/compactor';
import { mapConcurrently } from '../lambda/compaction/concurrency';
import { plan } from '../lambda/compaction/planner';
import type { CompactionTask } from '../lambda/compaction/planning/tasks';
import { isExpired } from '../lambda/compaction/protocol/ages';
import { addCounts, countsOf, NO_ROWS, type RowCounts } from '../lambda/compaction/protocol/result';
import type { CompactionSettings } from '../lambda/compaction/runtime/settings';
import type { ObjectStore } from '../lambda/compaction/store/object-store';
import type { TaskReport } from '../lambda/compaction/task/report';
import type { Dataset } from '../lib/dataset';
import { refuseHeld, unlessHeld } from './held';
import type { LocalLake } from './lake';
import type { Progress } from './terminal';

/** As the Distributed Map does, on a small scale: while one task downloads, another converts. */
export const TASKS_IN_FLIGHT = 2;

export interface CompactionReport {
  readonly tasks: number;
  /** What the handlers themselves reported, added up. */
  readonly counts: RowCounts;
  /** Data files that merges replaced, and by how many. */
  readonly filesReplaced: number;
  readonly filesWritten: number;
  /** Members and columns that no column is declared for, by name; they were not stored. */
  readonly undeclared: readonly { readonly name: string; readonly count: number }[];
  /** Occurrences of those that are not listed by name. */
  readonly otherUndeclared: number;
  /** Partitions that hold event times more than a day outside of them, with one of these. */
  readonly outsidePartition: readonly OutsideTimes[];
  /** Raw objects that the store refused to return; they stay in the inbox. */
  readonly refused: readonly { readonly key: string; readonly error: string }[];
}

export interface OutsideTimes {
  readonly partition: string;
  /** Rows read, including duplicates. */
  readonly rows: number;
  readonly example: string;
  readonly hint: string;
}

export const NOTHING_DONE: CompactionReport = {
  tasks: 0,
  counts: NO_ROWS,
  filesReplaced: 0,
  filesWritten: 0,
  undeclared: [],
  otherUndeclared: 0,
  outsidePartition: [],
  refused: [],
};

/**
 * Runs the planner and then the compactor for each task of its plan, in compact mode and then in maintain mode: what
 * Scheduler, Step Functions and the Distributed Map do on AWS.
 *
 * @throws ExpectedError when partitions wait for their checks; all others are compacted by then
 */
export async function compactLake(lake: LocalLake, dataset: Dataset, progress: Progress): Promise<CompactionReport> {
  const tasks = await readPlan(lake, await plan({ mode: 'compact', datasets: [dataset.name] }, lake.settings));
  const results = await runTasks(lake, tasks, progress);
  await refuseHeld(
    lake,
    dataset,
    tasks.map(({ partition }) => partition),
  );
  const maintenance = await readPlan(lake, await plan({ mode: 'maintain', datasets: [dataset.name] }, lake.settings));
  results.push(
    ...(await runTasks(
      lake,
      // Retention is not tried out here: old data that a user brings must stay to be looked at.
      maintenance.filter(({ partition }) => !isExpired({ now: () => new Date() }, { dataset, partition })),
      progress,
    )),
  );
  return {
    tasks: results.length,
    counts: results.reduce((sum: RowCounts, result) => addCounts(sum, countsOf(result)), NO_ROWS),
    filesReplaced: results.reduce((sum, { filesReplaced }) => sum + filesReplaced, 0),
    filesWritten: results.reduce((sum, { filesWritten }) => sum + filesWritten, 0),
    undeclared: namesOf(results),
    otherUndeclared: results.reduce((sum, { otherUnknownFields }) => sum + otherUnknownFields, 0),
    outsidePartition: outsideTimes(results),
    refused: results.flatMap(({ refusals }) => refusals.map(({ key, error }) => ({ key, error }))),
  };
}

const namesOf = (results: readonly TaskReport[]): CompactionReport['undeclared'] =>
  mostFrequent(
    results.flatMap(({ unknownFields }) => Object.entries(unknownFields).map(([name, count]) => ({ name, count }))),
  );

/** Adds up what has the same name; the most frequent first. */
export function mostFrequent(fields: CompactionReport['undeclared']): CompactionReport['undeclared'] {
  const counts = new Map<string, number>();
  for (const { name, count } of fields) counts.set(name, (counts.get(name) ?? 0) + count);
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
}

/** A partition may be several tasks. */
export function outsideTimes(
  results: readonly Pick<TaskReport, 'partition' | 'rowsOutsidePartition' | 'outsidePartition'>[],
): OutsideTimes[] {
  const found = new Map<string, OutsideTimes>();
  for (const { partition, rowsOutsidePartition: rows, outsidePartition } of results) {
    if (outsidePartition === undefined) continue;
    const known = found.get(partition);
    found.set(
      partition,
      known === undefined ? { partition, rows, ...outsidePartition } : { ...known, rows: known.rows + rows },
    );
  }
  return [...found.values()];
}

async function runTasks(lake: LocalLake, tasks: readonly CompactionTask[], progress: Progress): Promise<TaskReport[]> {
  const inFlight = Math.min(TASKS_IN_FLIGHT, Math.max(1, tasks.length));
  const settings = shared(lake.settings, inFlight);
  let done = 0;
  const results = await mapConcurrently(tasks, inFlight, async (task) => {
    const result = await compact(task, settings).catch(unlessHeld);
    done += 1;
    progress.update(done / tasks.length);
    return result;
  });
  return results.filter((result) => result !== undefined);
}

/** Settings of tasks in flight: they share processors and memory; one alone gets all. */
export function shared(settings: CompactionSettings, inFlight: number): CompactionSettings {
  const { threads, memoryMiB } = settings.compactor;
  return {
    ...settings,
    compactor: {
      ...settings.compactor,
      threads: Math.max(1, Math.floor(threads / inFlight)),
      memoryMiB: Math.floor(memoryMiB / inFlight),
    },
  };
}

/** The tasks of a plan that the planner wrote. */
export async function readPlan(
  lake: { readonly store: Pick<ObjectStore, 'get'> },
  plan: { readonly bucket: string; readonly key: string },
): Promise<CompactionTask[]> {
  const found = await lake.store.get(plan.bucket, plan.key);
  const text = found?.body.toString('utf8') ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CompactionTask);
}
