import { DescribeAlarmsCommand, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { ifFound } from '../aws/errors';
import { onAnything } from '../permission';
import { type NamedType, oneByOne } from './named-type';

/** Names that one call can ask for. */
const BATCH = 100;

export const alarms: NamedType = {
  type: 'AWS::CloudWatch::Alarm',
  thing: 'alarm',
  property: ['AlarmName'],
  permissions: () => onAnything('cloudwatch:DescribeAlarms'),
  async existing({ aws }, resources) {
    const taken = new Set<string | undefined>();
    for (let from = 0; from < resources.length; from += BATCH) {
      const AlarmNames = resources.slice(from, from + BATCH).map(({ name }) => name);
      const { MetricAlarms, CompositeAlarms } = await aws.cloudWatch.send(
        new DescribeAlarmsCommand({ AlarmNames, MaxRecords: BATCH, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
      );
      for (const { AlarmName } of [...(MetricAlarms ?? []), ...(CompositeAlarms ?? [])]) taken.add(AlarmName);
    }
    return resources.filter(({ name }) => taken.has(name));
  },
};

export const dashboards: NamedType = {
  type: 'AWS::CloudWatch::Dashboard',
  thing: 'dashboard',
  property: ['DashboardName'],
  permissions: ({ settings, account }) => [
    {
      action: 'cloudwatch:GetDashboard',
      resource: `arn:aws:cloudwatch::${account}:dashboard/${settings.prefix}-${settings.name}-*`, // of no region
    },
  ],
  existing: oneByOne(
    async ({ aws }, { name }) =>
      (await ifFound(aws.cloudWatch.send(new GetDashboardCommand({ DashboardName: name })))) !== undefined,
  ),
};
