import { Duration, Tags } from 'aws-cdk-lib';
import { CfnAutoScalingGroup, CfnScalingPolicy } from 'aws-cdk-lib/aws-autoscaling';
import type { LaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { IngestSettings } from '../settings';
import type { IngestLoadBalancer } from './load-balancer';
import { HEALTH_GRACE_SECONDS, LAUNCH_HOOK_SECONDS, TERMINATE_HOOK_SECONDS, WARMUP_SECONDS } from './timing';

/** Names that the scripts of an instance know. */
export const LAUNCH_HOOK = 'gateway-ready';
export const TERMINATE_HOOK = 'gateway-drained';

/** Logical id of the group, which an instance must name when it reports to its stack. */
export const GROUP_LOGICAL_ID = 'IngestGroup';

/** Longest life of an instance: patches of the operating system come with a new one. */
const LONGEST_LIFE = Duration.days(14);

/** Minutes that the alarms watch a group whose instances have all been replaced, before that counts as done. */
const BAKE_TIME = Duration.minutes(5);

const NOTIFICATIONS = ['LAUNCH', 'LAUNCH_ERROR', 'TERMINATE', 'TERMINATE_ERROR'].map(
  (type) => `autoscaling:EC2_INSTANCE_${type}`,
);

export interface IngestGroupProps {
  readonly ingest: IngestSettings;
  readonly name: string;
  readonly subnetIds: readonly string[];
  readonly launchTemplate: LaunchTemplate;
  readonly loadBalancer: IngestLoadBalancer;
  /** Is told of every launch and termination, and of those that fail. */
  readonly topic: ITopic;
  /** Names of the alarms that stop a replacement of instances and turn it back. */
  readonly rollbackAlarms: readonly string[];
}

/**
 * The instances. How many there are belongs to the policies: `desiredCapacity` is left out, because every deployment would
 * set it back.
 *
 * @example
 * ```ts
 * new IngestGroup(stack, 'Instances', {
 *   ingest,
 *   name: 'lake-prod-ingest',
 *   subnetIds: ['subnet-0a', 'subnet-0b'],
 *   launchTemplate,
 *   loadBalancer,
 *   topic: storage.alarmTopic,
 *   rollbackAlarms: [],
 * });
 * ```
 */
export class IngestGroup extends Construct {
  readonly group: CfnAutoScalingGroup;

  constructor(scope: Construct, id: string, props: IngestGroupProps) {
    super(scope, id);
    this.group = createGroup(this, props);
    this.group.overrideLogicalId(GROUP_LOGICAL_ID);
    this.group.node.addDependency(props.loadBalancer.listener); // a target group without listener fails health checks
    this.group.cfnOptions.creationPolicy = {
      resourceSignal: { count: props.ingest.minInstances, timeout: Duration.minutes(15).toIsoString() },
    };
    this.group.cfnOptions.updatePolicy = {
      autoScalingInstanceRefresh: {
        strategy: 'Rolling',
        preferences: {
          minHealthyPercentage: 100,
          maxHealthyPercentage: 150,
          instanceWarmup: WARMUP_SECONDS,
          skipMatching: true,
          bakeTime: BAKE_TIME.toSeconds(),
          alarmSpecification: { alarms: [...props.rollbackAlarms] },
        },
      },
    };
    this.track(props);
  }

  private track({ ingest, loadBalancer }: IngestGroupProps): void {
    const policy = (id: string, targetValue: number, metric: CfnScalingPolicy.PredefinedMetricSpecificationProperty) =>
      new CfnScalingPolicy(this, id, {
        autoScalingGroupName: this.group.ref,
        policyType: 'TargetTrackingScaling',
        targetTrackingConfiguration: { targetValue, predefinedMetricSpecification: metric },
      });
    policy('Cpu', ingest.targetCpuPercent, { predefinedMetricType: 'ASGAverageCPUUtilization' });
    policy('Requests', ingest.targetRequestsPerMinute, {
      predefinedMetricType: 'ALBRequestCountPerTarget',
      resourceLabel: `${loadBalancer.loadBalancer.attrLoadBalancerFullName}/${loadBalancer.targetGroup.attrTargetGroupFullName}`,
    });
  }
}

function createGroup(scope: Construct, props: IngestGroupProps): CfnAutoScalingGroup {
  const { ingest, launchTemplate, loadBalancer } = props;
  const group = new CfnAutoScalingGroup(scope, 'Group', {
    autoScalingGroupName: props.name,
    minSize: String(ingest.minInstances),
    maxSize: String(ingest.maxInstances),
    vpcZoneIdentifier: [...props.subnetIds],
    launchTemplate: {
      launchTemplateId: launchTemplate.launchTemplateId ?? '',
      // A number. With $Latest a changed template would replace nothing, and nothing could be turned back.
      version: launchTemplate.latestVersionNumber,
    },
    targetGroupArns: [loadBalancer.targetGroup.ref],
    healthCheckType: 'ELB',
    healthCheckGracePeriod: HEALTH_GRACE_SECONDS,
    defaultInstanceWarmup: WARMUP_SECONDS,
    maxInstanceLifetime: LONGEST_LIFE.toSeconds(),
    metricsCollection: [{ granularity: '1Minute' }], // all of them
    instanceMaintenancePolicy: { minHealthyPercentage: 100, maxHealthyPercentage: 150 },
    // An instance that could not store what it held is kept for whoever looks into it; an alarm says so.
    instanceLifecyclePolicy: { retentionTriggers: { terminateHookAbandon: 'retain' } },
    lifecycleHookSpecificationList: [
      {
        lifecycleHookName: LAUNCH_HOOK,
        lifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
        heartbeatTimeout: LAUNCH_HOOK_SECONDS,
        defaultResult: 'ABANDON',
      },
      {
        lifecycleHookName: TERMINATE_HOOK,
        lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        heartbeatTimeout: TERMINATE_HOOK_SECONDS,
        defaultResult: 'ABANDON',
      },
    ],
    notificationConfigurations: [{ topicArn: props.topic.topicArn, notificationTypes: NOTIFICATIONS }],
  });
  Tags.of(group).add('Environment', ingest.environmentTag, { applyToLaunchedInstances: true });
  Tags.of(group).add('Name', props.name, { applyToLaunchedInstances: true });
  return group;
}
