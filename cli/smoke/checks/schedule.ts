import { GetScheduleCommand, ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { DescribeExecutionCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { resourceName } from '../../../lib/settings';
import { Skipped, type SmokeCheck } from '../check';
import { servicesOf } from '../compaction-run';
import type { SmokeContext } from '../context';

/** A rate of which a person waits for the next run. */
const LONGEST_MINUTES = 20;
/** Of EventBridge Scheduler, with the time that a run takes. */
const SLACK_SECONDS = 180;

/** Scheduler may start the state machine with its role, and its input is the one that is declared. Costs nothing. */
export const schedule: SmokeCheck = {
  id: 'schedule',
  proves: 'EventBridge Scheduler starts runs by itself, and they succeed',
  answers: {
    'AWS::Scheduler::Schedule': ['its role, of which only the policies are evaluated', 'placeholders in its input'],
  },
  permissions: [
    'scheduler:ListSchedules',
    'scheduler:GetSchedule',
    'states:ListExecutions',
    'states:DescribeExecution',
  ],
  async run(context) {
    const { clients, settings, until } = context;
    const GroupName = resourceName(settings, 'compaction');
    const { Schedules = [] } = await clients.scheduler.send(new ListSchedulesCommand({ GroupName }));
    if (Schedules.length !== 2)
      throw new Error(`the group ${GroupName} has ${Schedules.length} schedules instead of 2`);
    for (const { Name } of Schedules) {
      const { State } = await clients.scheduler.send(new GetScheduleCommand({ GroupName, Name }));
      if (State !== 'ENABLED') throw new Error(`the schedule ${Name} is ${State}`);
    }
    const minutes = minutesOf(settings.compaction.schedule);
    if (minutes === undefined || minutes > LONGEST_MINUTES) {
      throw new Skipped(`${settings.compaction.schedule} is too long to wait for: look at the runs in a day`);
    }
    return await until('run that the schedule started and that has ended', minutes * 60 + SLACK_SECONDS, () =>
      scheduledRun(context),
    );
  },
};

/** A run that Scheduler started during the smoke test, and that has ended. @throws Error when it failed */
async function scheduledRun(context: SmokeContext): Promise<string | undefined> {
  const { sfn, stateMachineArn } = servicesOf(context);
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 50 }));
  for (const { executionArn = '', startDate, status } of executions) {
    if (status === 'RUNNING' || (startDate?.getTime() ?? 0) < context.began.getTime()) continue;
    const { input = '{}', error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const { skipIfRunning } = JSON.parse(input) as { readonly skipIfRunning?: boolean };
    if (skipIfRunning !== true) continue; // started by hand
    if (status === 'SUCCEEDED') return executionArn;
    throw new Error(`the run ${executionArn} ended as ${status}: ${[error, cause].filter(Boolean).join(': ')}`);
  }
  return undefined;
}

/** Minutes of a rate; undefined for a cron expression. */
function minutesOf(expression: string): number | undefined {
  const [, value, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const minutes = { minute: 1, hour: 60, day: 24 * 60 }[unit ?? ''];
  return minutes === undefined ? undefined : minutes * Number(value);
}
