import { randomUUID } from 'node:crypto';
import { datasetByName, datasets as declared } from '../../config/datasets';
import { PLAN_MODES, type PlanMode } from '../../lib/dataset/layout';
import { type Plan, writePlan } from './planning/write-plan';
import { processSettings } from './runtime/environment';
import { createS3Client, openLake } from './runtime/lake';
import type { CompactionSettings } from './runtime/settings';
import { Telemetry, tellingFailure } from './runtime/telemetry';
import { mostOf, type TimeLimit, withDeadline } from './runtime/time-limit';

export interface PlannerEvent {
  /** @default 'compact' */
  readonly mode?: PlanMode;
  /** Only these datasets. @default all */
  readonly datasets?: readonly string[];
}

/** What the state machine sends: the input of its execution, and the name of that. */
export interface ExecutionEvent {
  readonly execution: string;
  readonly input: PlannerEvent;
}

/** Of the construct `CompactionFunction`, for the first step of the state machine. */
export const handler = async (event: PlannerEvent | ExecutionEvent = {}, context?: TimeLimit): Promise<Plan> =>
  plan(event, processSettings(), context);

/**
 * What is not listed in time is left to the next plan.
 *
 * @param event of the state machine, or what somebody sends who invokes the function
 * @throws DeadlineError if time still runs out
 */
export async function plan(
  event: PlannerEvent | ExecutionEvent,
  settings: CompactionSettings,
  limit?: TimeLimit,
): Promise<Plan> {
  const { execution: run, input } = 'execution' in event ? event : { execution: randomUUID(), input: event };
  const mode = input.mode ?? 'compact';
  if (!PLAN_MODES.includes(mode)) {
    throw new Error(`mode must be 'compact' or 'maintain', but is ${JSON.stringify(mode)}`);
  }
  const chosen = input.datasets?.map((name) => datasetByName(name)) ?? declared;
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
