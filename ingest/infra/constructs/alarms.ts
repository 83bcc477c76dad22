import { Duration } from 'aws-cdk-lib';
import { type Alarm, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { metricOfEveryDataset } from '../../../lib/constructs/dataset-metric';
import { type AlarmCause, LakeAlarm } from '../../../lib/constructs/lake-alarm';
import type { IngestLoadBalancer } from './load-balancer';

/** Where each of them is explained. */
const RUNBOOK = 'ingest/docs/operations.md';
const ONE_MINUTE = Duration.minutes(1);

export interface IngestAlarmsProps {
  /** Turns an alarm's short name into one that is unique in the account. */
  readonly alarmName: (suffix: string) => string;
  readonly topic: ITopic;
  readonly groupName: string;
  readonly maxInstances: number;
  readonly loadBalancer: IngestLoadBalancer;
  /** Of the metrics that the gateway writes into its log. */
  readonly metricNamespace: string;
  readonly datasets: readonly string[];
  /** Whether one alarm looks at all datasets, instead of one alarm at each. @default false */
  readonly acrossDatasets?: boolean;
  readonly hasStore: boolean;
}

/**
 * What an operator must hear about the ingest tier.
 *
 * @example
 * ```ts
 * new IngestAlarms(stack, 'Alarms', {
 *   alarmName: (suffix) => `lake-prod-ingest-${suffix}`,
 *   topic: storage.alarmTopic,
 *   groupName: 'lake-prod-ingest',
 *   maxInstances: 10,
 *   loadBalancer,
 *   metricNamespace: 'DataLake/Ingest/lake-prod',
 *   datasets: ['orders'],
 *   hasStore: true,
 * });
 * ```
 */
export class IngestAlarms extends Construct {
  /** Alarms that tell a bad new version from a good one; they turn a replacement of instances back. */
  readonly rollback: readonly Alarm[];
  readonly #props: IngestAlarmsProps;

  constructor(scope: Construct, id: string, props: IngestAlarmsProps) {
    super(scope, id);
    this.#props = props;
    this.watchGroup(props);
    this.rollback = this.watchLoadBalancer(props);
    this.watchGateway(props);
  }

  private watchGroup({ groupName, maxInstances }: IngestAlarmsProps): void {
    const metric = (metricName: string): Metric =>
      new Metric({
        namespace: 'AWS/AutoScaling',
        metricName,
        dimensionsMap: { AutoScalingGroupName: groupName },
        statistic: Stats.MAXIMUM,
        period: ONE_MINUTE,
      });
    this.add('at-maximum', {
      metric: metric('GroupInServiceInstances'),
      threshold: maxInstances,
      periods: 5,
      description: 'The group has its maximum number of instances: excess requests are answered with 503.',
    });
    this.add('launches-failing', {
      metric: new MathExpression({
        expression: 'desired - inService',
        usingMetrics: { desired: metric('GroupDesiredCapacity'), inService: metric('GroupInServiceInstances') },
        label: 'Instances that are wanted and not in service',
        period: ONE_MINUTE,
      }),
      threshold: 1,
      periods: 15, // longer than an instance may take to start
      description: 'Instances that the group requested do not come into service.',
    });
    this.add('instances-retained', {
      metric: metric('GroupTerminatingRetainedInstances'),
      threshold: 1,
      periods: 1,
      description: 'An instance did not drain in time. It is kept, and billed, until you terminate it.',
    });
  }

  private watchLoadBalancer({ loadBalancer }: IngestAlarmsProps): readonly Alarm[] {
    const fullName = loadBalancer.loadBalancer.attrLoadBalancerFullName;
    const metric = (metricName: string, statistic: string, ofTargets = true): Metric =>
      new Metric({
        namespace: 'AWS/ApplicationELB',
        metricName,
        dimensionsMap: {
          LoadBalancer: fullName,
          ...(ofTargets ? { TargetGroup: loadBalancer.targetGroup.attrTargetGroupFullName } : {}),
        },
        statistic,
        period: ONE_MINUTE,
      });
    return [
      this.add('unhealthy-hosts', {
        metric: metric('UnHealthyHostCount', Stats.MAXIMUM),
        threshold: 1,
        periods: 3,
        description: 'Instances fail their health check, and are replaced.',
      }),
      this.add('target-errors', {
        metric: metric('HTTPCode_Target_5XX_Count', Stats.SUM),
        threshold: 60,
        periods: 3,
        description: 'The gateway answers at least one request per second with an internal error or rejects it.',
      }),
      this.add('load-balancer-errors', {
        metric: metric('HTTPCode_ELB_5XX_Count', Stats.SUM, false),
        threshold: 10,
        periods: 3,
        description: 'The load balancer finds no healthy instance.',
      }),
    ];
  }

  private watchGateway({ metricNamespace, datasets, acrossDatasets, hasStore }: IngestAlarmsProps): void {
    const metric = (metricName: string, statistic: string, dimensionsMap: Record<string, string> = {}): Metric =>
      new Metric({ namespace: metricNamespace, metricName, dimensionsMap, statistic, period: ONE_MINUTE });
    this.add('shedding', {
      metric: metric('ShedRequests', Stats.SUM),
      threshold: 1,
      periods: 10,
      description: 'Instances have rejected requests for ten minutes, so more instances do not help.',
    });
    this.add('keys-stale', {
      metric: metric('KeysAgeSeconds', Stats.MAXIMUM),
      threshold: 3_600,
      periods: 3,
      description: 'The keys of the issuer could not be loaded for an hour. After a day every request is refused.',
    });
    if (hasStore) {
      this.add('store-down', {
        metric: metric('StoreDown', Stats.MAXIMUM),
        threshold: 1,
        periods: 3,
        description: 'The rate-limit store does not answer: each instance counts on its own.',
      });
    }
    const failed = (who: string): Omit<AlarmCause, 'metric'> => ({
      threshold: 1,
      periods: 3,
      description: `Events of ${who} could not be stored in S3. None of them was acknowledged.`,
    });
    if (acrossDatasets === true) {
      this.add('events-failed', {
        ...failed('a dataset, which the notification names,'),
        metric: metricOfEveryDataset(metricNamespace, 'EventsFailed', Stats.SUM, ONE_MINUTE),
      });
      return;
    }
    for (const dataset of datasets) {
      const own = metric('EventsFailed', Stats.SUM, { Dataset: dataset });
      this.add(`${dataset}-events-failed`, { ...failed(dataset), metric: own }, 'events-failed');
    }
  }

  /** @param section of the runbook, where it is not named after the alarm */
  private add(suffix: string, cause: AlarmCause, section = suffix): Alarm {
    const { alarmName, topic } = this.#props;
    return new LakeAlarm(this, suffix, { ...cause, name: alarmName(suffix), section, runbook: RUNBOOK, topic });
  }
}
