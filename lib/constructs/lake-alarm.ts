import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** Where alarms of the lake are explained. */
const RUNBOOK = 'docs/operations.md';

/** When an alarm fires. */
export interface AlarmCause {
  readonly metric: IMetric;
  /** It fires at or above this value or, with `above`, only above it. */
  readonly threshold: number | { readonly above: number };
  /** What has happened, and what to check first. The link to the runbook is added. */
  readonly description: string;
  /** Consecutive periods. @default 1 */
  readonly periods?: number;
  /** @default NOT_BREACHING: no data means that nothing happened. With MISSING, its topic is notified when data ends */
  readonly missing?: TreatMissingData;
}

export interface LakeAlarmProps extends AlarmCause {
  /** Unique in the account. */
  readonly name: string;
  /** Section of the runbook that explains it. */
  readonly section: string;
  /** The page, from the root of the project. @default docs/operations.md */
  readonly runbook?: string;
  readonly topic: ITopic;
  /** Whether the topic is also notified of the recovery. False if the recovery only means that a long period has ended. @default true */
  readonly tellsRecovery?: boolean;
}

/**
 * An alarm for the operator: its topic is notified when it fires and when it recovers, and its description links to the runbook.
 *
 * @example
 * ```ts
 * new LakeAlarm(stack, 'run-failed', {
 *   name: 'lake-dev-run-failed',
 *   metric: stateMachine.metricFailed(),
 *   threshold: 1,
 *   description: 'A run could not plan, read its plan or report its failures.',
 *   section: 'run-failed',
 *   topic: storage.alarmTopic,
 * });
 * ```
 */
export class LakeAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: LakeAlarmProps) {
    const { metric, threshold, periods, missing = TreatMissingData.NOT_BREACHING } = props;
    super(scope, id, {
      alarmName: props.name,
      alarmDescription: `${props.description} Runbook: ${props.runbook ?? RUNBOOK}#${props.section}`,
      metric,
      ...(typeof threshold === 'number'
        ? { threshold, comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD }
        : { threshold: threshold.above, comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD }),
      ...(periods === undefined
        ? { evaluationPeriods: 1 }
        : { evaluationPeriods: periods, datapointsToAlarm: periods }),
      treatMissingData: missing,
    });
    const action = new SnsAction(props.topic);
    this.addAlarmAction(action);
    if (props.tellsRecovery ?? true) this.addOkAction(action);
    // Where the end of data is told, and not its absence before the first: a new alarm is in this state already.
    if (missing === TreatMissingData.MISSING) this.addInsufficientDataAction(action);
  }
}
