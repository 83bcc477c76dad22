import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { ruleFor } from './rule';
import { workgroupConfiguration } from './workgroup-configuration';

export const athenaWorkgroupMetrics = ruleFor(CfnWorkGroup, {
  id: 'athena-workgroup-metrics',
  info: 'The Athena workgroup does not publish CloudWatch metrics.',
  explanation: 'Without them the alarm on the bytes of a day stays silent.',
  holds: (workgroup, resolve) => workgroupConfiguration(workgroup, resolve)?.publishCloudWatchMetricsEnabled === true,
});
