import { DescribeLoadBalancersCommand, DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ifFound } from '../aws/errors';
import { onAnything } from '../permission';
import { type NamedType, oneByOne } from './named-type';

export const loadBalancerNames: NamedType = {
  type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  thing: 'load balancer',
  property: ['Name'],
  permissions: () => onAnything('elasticloadbalancing:DescribeLoadBalancers'),
  existing: oneByOne(
    async ({ aws }, { name }) =>
      (await ifFound(aws.loadBalancing.send(new DescribeLoadBalancersCommand({ Names: [name] })))) !== undefined,
  ),
};

export const targetGroupNames: NamedType = {
  type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
  thing: 'target group',
  property: ['Name'],
  permissions: () => onAnything('elasticloadbalancing:DescribeTargetGroups'),
  existing: oneByOne(
    async ({ aws }, { name }) =>
      (await ifFound(aws.loadBalancing.send(new DescribeTargetGroupsCommand({ Names: [name] })))) !== undefined,
  ),
};
