import { paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import type { StageServices } from './lake';

/** An alarm that rings. */
export interface OpenAlarm {
  readonly name: string;
  /** ISO 8601 in UTC. */
  readonly since: string | undefined;
  readonly reason: string;
  /** Where it is explained: a section of the runbook. */
  readonly runbook: string | undefined;
}

/** The alarms of a stage that ring now, by name. */
export async function openAlarms({ cloudWatch, alarmPrefix }: StageServices): Promise<readonly OpenAlarm[]> {
  const pages = paginateDescribeAlarms(
    { client: cloudWatch },
    { AlarmNamePrefix: alarmPrefix, StateValue: 'ALARM', AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
  );
  const open: OpenAlarm[] = [];
  for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages) {
    for (const alarm of [...MetricAlarms, ...CompositeAlarms]) {
      open.push({
        name: alarm.AlarmName ?? '',
        since: alarm.StateUpdatedTimestamp?.toISOString(),
        reason: alarm.StateReason ?? '',
        runbook: /Runbook: (\S+)/.exec(alarm.AlarmDescription ?? '')?.[1],
      });
    }
  }
  return open.sort((a, b) => (a.name < b.name ? -1 : 1));
}
