import { datasetByName, datasets as declared } from '../../config/datasets';
import { type ExecutionEvent, type PlannerEvent, plannedBy } from './planning/planner-event';
import { type Plan, writePlan } from './planning/write-plan';
import { processSettings } from './runtime/environment';
import { createS3Client, openLake } from './runtime/lake';
import type { CompactionSettings } from './runtime/settings';
import { Telemetry, tellingFailure } from './runtime/telemetry';
import { mostOf, type TimeLimit, withDeadline } from './runtime/time-limit';

export type { PlannerEvent };

/** Of the construct `CompactionFunction`, for the first step of the state machine. */
export const handler = async (event: PlannerEvent | ExecutionEvent = {}, context?: TimeLimit): Promise<Plan> =>
  plan(event, processSettings(), context);

/** What is not listed in time is left to the next plan. @throws DeadlineError if time still runs out */
export async function plan(
  event: PlannerEvent | ExecutionEvent,
  settings: CompactionSettings,
  limit?: TimeLimit,
): Promise<Plan> {
  const { run, mode, datasets } = plannedBy(event);
  const chosen = datasets?.map((name) => datasetByName(name)) ?? declared;
  const { maxLocalBytes } = settings.compactor;
  const telemetry = new Telemetry(settings.telemetry, { run, request: limit?.awsRequestId });
  const isOver = mostOf(limit, settings.taskMillis);
  return await tellingFailure(telemetry, () =>
    withDeadline(limit, settings.taskMillis, (signal) => {
      const lake = openLake(createS3Client(settings.s3, signal), settings.buckets, signal);
      return writePlan(lake, mode, { declared, chosen, maxLocalBytes, telemetry, isOver, run });
    }),
  );
}
