import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { SmokeContext } from '../../cli/smoke/context';
import { ingestOf } from './front';

export const GROUP_PERMISSIONS = ['autoscaling:DescribeAutoScalingGroups', 'elasticloadbalancing:DescribeTargetHealth'];

/** A new instance installs, pulls and starts within ten minutes, or is given up. */
export const REPLACE_SECONDS = 900;

/** The Auto Scaling group of the stage. @throws Error when there is none */
export async function groupOf({ client, output }: SmokeContext): Promise<AutoScalingGroup> {
  const name = await output('ingest', 'GroupName');
  if (name === undefined) throw new Error('the stack of the ingest tier is not deployed: npx cdk deploy');
  const { AutoScalingGroups: [group] = [] } = await client(AutoScalingClient).send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
  );
  if (group === undefined) throw new Error(`there is no Auto Scaling group ${name}`);
  return group;
}

/** Ids of instances in service whose target is healthy, and what is wrong with the others. */
export async function targetsOf(
  { client }: SmokeContext,
  group: AutoScalingGroup,
): Promise<{ readonly healthy: readonly string[]; readonly others: readonly string[] }> {
  const [TargetGroupArn] = group.TargetGroupARNs ?? [];
  const { TargetHealthDescriptions = [] } = await client(ElasticLoadBalancingV2Client).send(
    new DescribeTargetHealthCommand({ TargetGroupArn }),
  );
  const states = new Map(TargetHealthDescriptions.map(({ Target, TargetHealth }) => [Target?.Id, TargetHealth]));
  const healthy: string[] = [];
  const others: string[] = [];
  for (const { InstanceId = '', LifecycleState } of group.Instances ?? []) {
    const health = states.get(InstanceId);
    if (LifecycleState === 'InService' && health?.State === 'healthy') healthy.push(InstanceId);
    else {
      const why = health === undefined ? 'no target' : [health.State, health.Description].filter(Boolean).join(', ');
      others.push(`${InstanceId}: ${LifecycleState}, ${why}`);
    }
  }
  return { healthy, others };
}

/** Resolves when the group has as many healthy instances as it wants, and no other. @returns their ids */
export async function untilWhole(context: SmokeContext, without?: string): Promise<readonly string[]> {
  const { minInstances } = ingestOf(context);
  return await context.until('group whose instances are all healthy', REPLACE_SECONDS, async () => {
    const group = await groupOf(context);
    const kept = (group.Instances ?? []).find(({ LifecycleState = '' }) => /Retained/.test(LifecycleState));
    if (kept !== undefined) {
      throw new Error(
        `${kept.InstanceId} did not drain, and is kept: its log stream tells why (alarm instances-retained)`,
      );
    }
    if (group.Instances?.some(({ InstanceId }) => InstanceId === without) === true) return undefined;
    const { healthy, others } = await targetsOf(context, group);
    const wanted = Math.max(minInstances, group.DesiredCapacity ?? 0);
    return healthy.length >= wanted && others.length === 0 ? healthy : undefined;
  });
}
