import { datasetByName } from '../../config/datasets';
import { parsePartitionPath } from '../../lib/dataset';
import type { CompactionTask } from './planning/tasks';
import { createConverter } from './runtime/converter';
import { processSettings } from './runtime/environment';
import { createS3Client, openLake } from './runtime/lake';
import type { CompactionSettings } from './runtime/settings';
import { loggedCommits, Telemetry, tellingFailure } from './runtime/telemetry';
import { type TimeLimit, withDeadline } from './runtime/time-limit';
import { FindingsCollector } from './task/findings';
import { reported, type TaskReport } from './task/report';
import { runTask } from './task/run-task';

/** Of the construct `CompactionFunction`, for one task of the Distributed Map. */
export const handler = async (task: CompactionTask, context?: TimeLimit): Promise<TaskReport> =>
  compact(task, processSettings(), context);

/**
 * Runs one task of a plan.
 * @throws ChecksFailedError when rows fail a check that fails the commit
 * @throws DeadlineError when the task runs out of time; what it has not committed stays pending
 */
export function compact(task: CompactionTask, settings: CompactionSettings, limit?: TimeLimit): Promise<TaskReport> {
  const telemetry = new Telemetry(settings.telemetry, { run: task.run, task: task.id, request: limit?.awsRequestId });
  return tellingFailure(telemetry, () =>
    withDeadline(limit, settings.taskMillis, async (signal) => {
      const dataset = datasetByName(task.dataset);
      const parsed = parsePartitionPath(dataset, task.partition);
      if (!parsed.ok) throw new Error(`Task for ${task.dataset}: ${parsed.problem}`);
      const client = createS3Client(settings.s3, signal);
      const lake = { ...openLake(client, settings.buckets, signal), committed: loggedCommits(telemetry) };
      const collector = new FindingsCollector();
      const converter = await createConverter(client, lake, settings.compactor, { signal, ...collector.listeners });
      const { maxLocalBytes } = settings.compactor;
      const ref = { dataset, partition: parsed.path };
      const run = runTask(lake, ref, task, converter, { maxLocalBytes, telemetry, limit });
      return await reported(telemetry, task, collector, run);
    }),
  );
}
