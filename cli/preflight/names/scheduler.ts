import { GetScheduleGroupCommand } from '@aws-sdk/client-scheduler';
import { ifFound } from '../aws/errors';
import { arn } from '../scope';
import { type NamedType, oneByOne } from './named-type';

export const scheduleGroups: NamedType = {
  type: 'AWS::Scheduler::ScheduleGroup',
  thing: 'schedule group',
  property: ['Name'],
  permissions: (scope) => [
    {
      action: 'scheduler:GetScheduleGroup',
      resource: arn(scope, 'scheduler', `schedule-group/${scope.settings.prefix}-${scope.settings.name}-*`),
    },
  ],
  existing: oneByOne(
    async ({ aws }, { name }) =>
      (await ifFound(aws.scheduler.send(new GetScheduleGroupCommand({ Name: name })))) !== undefined,
  ),
};
