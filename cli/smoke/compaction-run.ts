import { DescribeExecutionCommand, ListExecutionsCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { StageServices } from '../verbs/lake';
import type { SmokeContext } from './context';

/** A run waits for its tasks, of which each ends after 15 minutes and is tried twice. */
const RUN_SECONDS = 1_200;

/**
 * Compacts now.
 *
 * @param datasets by name. @default the reserved one
 * @throws Error when the run fails, with what Step Functions says
 */
export async function runCompaction(
  context: SmokeContext,
  datasets: readonly string[] = [context.reserved.dataset.name],
): Promise<string> {
  const { sfn, stateMachineArn } = servicesOf(context);
  const input = JSON.stringify({ mode: 'compact', datasets });
  const { executionArn = '' } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input }));
  return await context.until(`end of the run ${executionArn}`, context.isEmulated ? 30 : RUN_SECONDS, async () => {
    const { status, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'RUNNING') return undefined;
    if (status === 'SUCCEEDED') return executionArn;
    throw new Error(`the run ${executionArn} ended as ${status}: ${[error, cause].filter(Boolean).join(': ')}`);
  });
}

/** Resolves when no run is at work. @throws Error after 20 minutes */
export async function untilQuiet(context: SmokeContext): Promise<void> {
  const { sfn, stateMachineArn } = servicesOf(context);
  await context.until('moment without a run of the state machine', RUN_SECONDS, async () => {
    const running = new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1 });
    const { executions = [] } = await sfn.send(running);
    return executions.length === 0 ? true : undefined;
  });
}

export function servicesOf({ lake }: SmokeContext): StageServices {
  if (lake.aws === undefined) throw new Error('only a deployed stage has a state machine');
  return lake.aws;
}
