import { type AlarmHistoryItem, DescribeAlarmHistoryCommand, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { resourceName } from '../../../lib/settings';
import { Skipped, type SmokeCheck } from '../check';
import { servicesOf } from '../compaction-run';
import type { SmokeContext } from '../context';

/** Two periods of the alarm, of five minutes each, and what CloudWatch takes to evaluate it. */
const SECONDS = 900;

/** The alarm of a poison file was raised, and its action told the topic. Costs nothing. */
export const alarm: SmokeCheck = {
  id: 'alarm',
  proves: 'a poison file raises the alarm of its dataset, and CloudWatch may tell the alarm topic',
  answers: {
    'AWS::SNS::TopicPolicy': ['that SNS enforces it for CloudWatch'],
    'AWS::KMS::Key': ['that a service can use it'],
  },
  permissions: ['cloudwatch:DescribeAlarmHistory', 'cloudwatch:DescribeAlarms'],
  needs: ['metrics'],
  notEmulated: 'the emulator takes no metrics out of logs, so that nothing raises the alarm',
  async run(context) {
    const { settings, reserved, until } = context;
    if (settings.manyDatasets !== undefined) {
      throw new Skipped('the stage has one alarm for all datasets: look at its history');
    }
    const { cloudWatch } = servicesOf(context);
    const AlarmName = resourceName(settings, `compaction-${reserved.dataset.name}-objects-quarantined`);
    // What an alarm did that rang before says nothing of this run, and it does not ring again while it rings.
    const raised = await until(`change of the alarm ${AlarmName} to ALARM`, SECONDS, async () => {
      const changes = await historyOf(context, AlarmName, 'StateUpdate');
      const change = changes.find(({ HistorySummary = '' }) => / to ALARM$/.test(HistorySummary));
      if (change !== undefined) return change.Timestamp ?? context.began;
      const { MetricAlarms: [current] = [] } = await cloudWatch.send(
        new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }),
      );
      if (current?.StateValue !== 'ALARM') return undefined;
      throw new Skipped(`${AlarmName} rang already when the smoke test began: repeat it when the alarm is quiet`);
    });
    return await until(`action of the alarm ${AlarmName}`, 120, async () => {
      const actions = await historyOf(context, AlarmName, 'Action');
      const own = actions.find(({ Timestamp }) => (Timestamp?.getTime() ?? 0) >= raised.getTime());
      if (own === undefined) return undefined;
      // CloudWatch names the action, and whether it worked, in the summary: "Successfully executed action arn:…".
      if (!/^Successfully/.test(own.HistorySummary ?? '')) throw new Error(`${AlarmName}: ${own.HistorySummary}`);
      return AlarmName;
    });
  },
};

/** What an alarm did since the smoke test began, the last first. */
async function historyOf(
  context: SmokeContext,
  AlarmName: string,
  HistoryItemType: 'StateUpdate' | 'Action',
): Promise<readonly AlarmHistoryItem[]> {
  const { AlarmHistoryItems = [] } = await servicesOf(context).cloudWatch.send(
    new DescribeAlarmHistoryCommand({ AlarmName, HistoryItemType, StartDate: context.began }),
  );
  return AlarmHistoryItems;
}
