import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { onAnything } from '../permission';
import { type NamedType, oneByOne } from './named-type';

export const autoScalingGroups: NamedType = {
  type: 'AWS::AutoScaling::AutoScalingGroup',
  thing: 'Auto Scaling group',
  property: ['AutoScalingGroupName'],
  permissions: () => onAnything('autoscaling:DescribeAutoScalingGroups'),
  existing: oneByOne(async ({ aws }, { name }) => {
    const found = await aws.autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
    return (found.AutoScalingGroups ?? []).length > 0;
  }),
};
