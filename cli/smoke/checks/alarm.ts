import { DescribeAlarmHistoryCommand } from '@aws-sdk/client-cloudwatch';
import { resourceName } from '../../../lib/settings';
import { Skipped, type SmokeCheck } from '../check';
import { servicesOf } from '../compaction-run';

/** Two periods of the alarm, of five minutes each, and what CloudWatch takes to evaluate it. */
const SECONDS = 900;

/** The alarm of a poison file was raised, and its action told the topic. Costs nothing. */
export const alarm: SmokeCheck = {
  id: 'alarm',
  proves: 'a poison file raises the alarm of its dataset, and CloudWatch may tell the alarm topic',
  rows: ['AWS::CloudWatch::Alarm', 'AWS::SNS::TopicPolicy', 'AWS::KMS::Key'],
  permissions: ['cloudwatch:DescribeAlarmHistory'],
  needs: ['metrics'],
  notEmulated: 'the emulator takes no metrics out of logs, so that nothing raises the alarm',
  async run(context) {
    const { settings, reserved, until } = context;
    if (settings.manyDatasets !== undefined) {
      throw new Skipped('the stage has one alarm for all datasets: look at its history');
    }
    const { cloudWatch } = servicesOf(context);
    const AlarmName = resourceName(settings, `compaction-${reserved.dataset.name}-objects-quarantined`);
    const since = Date.now() - 3_600_000;
    return await until(`action of the alarm ${AlarmName}`, SECONDS, async () => {
      const { AlarmHistoryItems = [] } = await cloudWatch.send(
        new DescribeAlarmHistoryCommand({ AlarmName, HistoryItemType: 'Action', StartDate: new Date(since) }),
      );
      const [last] = AlarmHistoryItems;
      if (last === undefined) return undefined;
      // CloudWatch names the action, and whether it worked, in the summary: "Successfully executed action arn:…".
      if (!/^Successfully/.test(last.HistorySummary ?? '')) throw new Error(`${AlarmName}: ${last.HistorySummary}`);
      return AlarmName;
    });
  },
};
