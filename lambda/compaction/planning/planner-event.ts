import { randomUUID } from 'node:crypto';
import { PLAN_MODES, type PlanMode } from '../../../lib/dataset/layout';

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

/** What is to be planned, in which run. Who invokes the function without the state machine sends the input alone. */
export function plannedBy(event: PlannerEvent | ExecutionEvent) {
  const { execution: run, input } = 'execution' in event ? event : { execution: randomUUID(), input: event };
  const { mode = 'compact', datasets } = input;
  if (PLAN_MODES.includes(mode)) return { run, mode, datasets };
  throw new Error(`mode must be 'compact' or 'maintain', but is ${JSON.stringify(mode)}`);
}
