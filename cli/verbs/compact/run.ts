import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { compact } from '../../../lambda/compaction/compactor';
import { mapConcurrently } from '../../../lambda/compaction/concurrency';
import { plan } from '../../../lambda/compaction/planner';
import { addCounts, countsOf, NO_ROWS, type RowCounts } from '../../../lambda/compaction/protocol/result';
import { required } from '../../../lambda/compaction/store/s3-listing';
import type { Dataset, PlanMode } from '../../../lib/dataset';
import { UsageError } from '../../command-line';
import { readPlan, shared, TASKS_IN_FLIGHT } from '../../compact';
import { messageOf } from '../../failure';
import type { OperatedLake, StageServices } from '../lake';
import type { Selection } from '../selection';

/** A run that has ended. */
export interface Run {
  /** ARN; null in a folder, where the run is one of this process. */
  readonly execution: string | null;
  readonly status: string;
  readonly tasks: number | undefined;
  readonly failures: readonly { readonly what: string; readonly error: string }[];
  /** Of a stage, the tasks report to CloudWatch. */
  readonly rows: RowCounts | undefined;
  readonly filesReplaced: number | undefined;
  readonly filesWritten: number | undefined;
  readonly objectsVacuumed: number | undefined;
}

const POLL_MILLIS = 2_000;

/** Starts a run for a selection, and follows it to its end. */
export function runToEnd(
  lake: OperatedLake,
  mode: PlanMode,
  selection: Selection,
  progress: (done: number) => void,
): Promise<Run> {
  const names = selection.datasets.map(({ name }) => name);
  return lake.aws === undefined
    ? runHere(lake, mode, names, selection, progress)
    : runThere(lake, lake.aws, mode, names.length === lake.datasets.length ? undefined : names);
}

/** The state machine knows datasets, and no partitions. @throws UsageError */
export function refuseParts(lake: OperatedLake, { isWhole }: Selection): void {
  if (isWhole || lake.aws === undefined) return;
  throw new UsageError('--partition', 'a run of a stage takes whole datasets', 'write --dataset alone');
}

/** As Scheduler, Step Functions and the Distributed Map do it: one task that fails stops no other. */
async function runHere(
  lake: OperatedLake,
  mode: PlanMode,
  names: readonly string[],
  selection: Selection,
  progress: (done: number) => void,
): Promise<Run> {
  const planned = await readPlan(lake, await plan({ mode, datasets: names }, lake.settings));
  const known = new Map<string, Dataset>(selection.datasets.map((dataset) => [dataset.name, dataset]));
  const tasks = planned.filter(({ dataset: name, partition }) => {
    const dataset = known.get(name);
    return dataset !== undefined && selection.includes(dataset, partition);
  });
  const inFlight = Math.min(TASKS_IN_FLIGHT, Math.max(1, tasks.length));
  const settings = shared(lake.settings, inFlight);
  const failures: { what: string; error: string }[] = [];
  let done = 0;
  const results = await mapConcurrently(tasks, inFlight, async (task) => {
    try {
      return [await compact(task, settings)];
    } catch (error) {
      failures.push({ what: `${task.dataset}/${task.partition}`, error: messageOf(error) });
      return [];
    } finally {
      done++;
      progress(done / tasks.length);
    }
  });
  const reports = results.flat();
  const sum = (pick: (report: (typeof reports)[number]) => number): number =>
    reports.reduce((total, report) => total + pick(report), 0);
  return {
    execution: null,
    status: failures.length === 0 ? 'SUCCEEDED' : 'FAILED',
    tasks: tasks.length,
    failures,
    rows: reports.reduce((total: RowCounts, report) => addCounts(total, countsOf(report)), NO_ROWS),
    filesReplaced: sum(({ filesReplaced }) => filesReplaced),
    filesWritten: sum(({ filesWritten }) => filesWritten),
    objectsVacuumed: sum(({ objectsVacuumed }) => objectsVacuumed),
  };
}

async function runThere(
  lake: OperatedLake,
  { sfn, stateMachineArn }: StageServices,
  mode: PlanMode,
  datasets: readonly string[] | undefined,
): Promise<Run> {
  const input = JSON.stringify({ mode, ...(datasets === undefined ? {} : { datasets }) });
  const started = await sfn.send(new StartExecutionCommand({ stateMachineArn, input }));
  const executionArn = required(started.executionArn);
  process.stderr.write(`Run ${executionArn}\nIt goes on when this command is interrupted.\n`);
  for (;;) {
    const { status, output, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'RUNNING' || status === undefined) {
      await lake.sleep(POLL_MILLIS);
      continue;
    }
    const { tasks } = JSON.parse(output ?? '{}') as { readonly tasks?: number };
    const reasons = [error, cause].filter((text) => text !== undefined);
    const why = reasons.length === 0 ? 'Step Functions tells no reason: look at its history' : reasons.join(': ');
    const failed = { what: executionArn, error: why };
    return {
      execution: executionArn,
      status,
      tasks,
      failures: status === 'SUCCEEDED' ? [] : [failed],
      rows: undefined,
      filesReplaced: undefined,
      filesWritten: undefined,
      objectsVacuumed: undefined,
    };
  }
}
