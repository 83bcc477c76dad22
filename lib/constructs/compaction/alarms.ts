import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmRule,
  AlarmState,
  CompositeAlarm,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { UNDECLARED } from '../../dataset';
import { metricOfEveryDataset } from '../dataset-metric';
import { type AlarmCause, LakeAlarm } from '../lake-alarm';
import { atLeastAnHour, type DatasetAlarm, datasetAlarms, type WatchedDataset } from './dataset-alarms';
import { FUNCTION_TIMEOUT } from './workflow';

export interface CompactionAlarmsProps {
  /** Turns an alarm's short name into one that is unique in the account. */
  readonly alarmName: (suffix: string) => string;
  readonly topic: ITopic;
  /** Namespace of the metrics that the handlers write into their logs (embedded metric format), with the dimension `Dataset`. */
  readonly metricNamespace: string;
  readonly datasets: readonly WatchedDataset[];
  /** Whether one alarm covers all datasets, instead of one alarm for each. @default false */
  readonly acrossDatasets?: boolean;
  readonly stateMachine: IStateMachine;
  readonly planner: IFunction;
  readonly compactor: IFunction;
  readonly deadLetters: IQueue;
  /** How often compaction runs; the age of pending data is judged by it. */
  readonly interval: Duration;
}

/**
 * The alarms of compaction.
 *
 * @example
 * ```ts
 * new CompactionAlarms(stack, 'Alarms', {
 *   alarmName: (suffix) => `lake-dev-${suffix}`,
 *   topic: storage.alarmTopic,
 *   metricNamespace: 'DataLake/Compaction/lake-dev',
 *   datasets: [{ name: 'orders', freshness: { warnAfterSeconds: 93_600 } }],
 *   stateMachine,
 *   planner: lambda,
 *   compactor: lambda,
 *   deadLetters: queue,
 *   interval: Duration.minutes(15),
 * });
 * ```
 */
export class CompactionAlarms extends Construct {
  readonly #props: CompactionAlarmsProps;

  constructor(scope: Construct, id: string, props: CompactionAlarmsProps) {
    super(scope, id);
    this.#props = props;
    this.watchPipeline(props);
    const alarms = datasetAlarms(props.interval);
    if (props.acrossDatasets === true) {
      this.watchAllDatasets(alarms.filter(({ watches = () => true }) => props.datasets.some(watches)));
      return;
    }
    for (const dataset of props.datasets) {
      for (const { watches = () => true, ...alarm } of alarms)
        if (watches(dataset)) this.watchDataset(dataset.name, alarm);
    }
    this.watchUndeclared(props.interval);
  }

  private watchPipeline({ stateMachine, planner, compactor, deadLetters }: CompactionAlarmsProps): void {
    const fiveMinutes = { period: Duration.minutes(5) };
    this.add('dead-letters', {
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ ...fiveMinutes, statistic: Stats.MAXIMUM }),
      threshold: 1,
      description:
        'A task, a scheduled start or an invocation failed after all retries. The message in the queue says which and why.',
    });
    this.add('run-failed', {
      metric: stateMachine.metricFailed(fiveMinutes),
      threshold: 1,
      description: 'A run could not plan, read its plan or report its failures.',
    });
    this.add('run-timed-out', {
      metric: stateMachine.metricTimedOut(fiveMinutes),
      threshold: 1,
      description: 'A run did not finish within its limit. Scheduled runs ended immediately meanwhile.',
    });
    this.add('planner-errors', {
      metric: planner.metricErrors(fiveMinutes),
      threshold: 1,
      periods: 2, // a single error is retried
      description: 'The planner fails repeatedly: nothing is compacted.',
    });
    this.add('compactor-throttled', {
      metric: compactor.metricThrottles(fiveMinutes),
      threshold: 1,
      periods: 3,
      description: 'Tasks wait for Lambda concurrency: lower maxConcurrency, or raise the quota or the reservation.',
    });
    this.add('compactor-slow', {
      metric: compactor.metricDuration({ ...fiveMinutes, statistic: Stats.MAXIMUM }),
      threshold: 0.9 * FUNCTION_TIMEOUT.toMilliseconds(),
      description: 'A task nearly reached the timeout of its function: give the compactor more memory.',
    });
  }

  /** Objects that are in no dataset's plan. */
  private watchUndeclared(interval: Duration): void {
    this.add(
      'undeclared-objects-unplaced',
      {
        metric: this.metric(UNDECLARED, 'UnplacedObjects', Stats.MAXIMUM, atLeastAnHour(interval)),
        threshold: 1,
        description: 'Raw objects are not under the name of a declared dataset, so they are never compacted.',
      },
      'objects-unplaced',
    );
  }

  private metric(dataset: string, metricName: string, statistic: string, period = Duration.minutes(5)): Metric {
    return new Metric({
      namespace: this.#props.metricNamespace,
      metricName,
      dimensionsMap: { Dataset: dataset },
      statistic,
      period,
    });
  }

  private watchDataset(dataset: string, { suffix, metricName, statistic, period, ...alarm }: DatasetAlarm): void {
    const metric = this.metric(dataset, metricName, statistic, period);
    const description = alarm.description(dataset);
    this.add(`${dataset}-${suffix}`, { ...alarm, metric, description }, suffix);
  }

  /**
   * An alarm of a Metrics Insights query: each dataset is a contributor, with a state of its own, and the notification names
   * it. Raw objects under the name of no declared dataset are one of them, too.
   */
  private watchAllDatasets(alarms: readonly DatasetAlarm[]): void {
    const all = alarms.map(({ suffix, metricName, statistic, watches: _, ...alarm }) => {
      const { period, periods = 1 } = withinThreeHours(alarm);
      const metric = metricOfEveryDataset(this.#props.metricNamespace, metricName, statistic, period);
      const description = `${alarm.description('a dataset')} The notification names the dataset.`;
      // Between two runs that are further apart than what the alarm looks at, data is missing as a rule.
      const missing =
        period.toSeconds() < alarm.period.toSeconds() && alarm.missing === TreatMissingData.MISSING
          ? TreatMissingData.IGNORE
          : alarm.missing;
      return this.add(suffix, {
        ...alarm,
        ...(missing === undefined ? {} : { missing }),
        metric,
        periods,
        description,
      });
    });
    new CompositeAlarm(this, 'datasets', {
      compositeAlarmName: this.#props.alarmName('datasets'),
      alarmDescription:
        'Some alarm of the datasets rings. It notifies nobody, for those do. Runbook: docs/operations.md#datasets',
      alarmRule: AlarmRule.anyOf(...all.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
  }

  /** @param section of the runbook, where it is not named after the alarm */
  private add(suffix: string, cause: AlarmCause, section = suffix): Alarm {
    const { alarmName, topic } = this.#props;
    return new LakeAlarm(this, suffix, { periods: 1, ...cause, name: alarmName(suffix), section, topic });
  }
}

/**
 * Alarms on Metrics Insights queries evaluate at most the last three hours:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html. Where runs are rarer, one run decides.
 */
function withinThreeHours({ period, periods = 1 }: Pick<DatasetAlarm, 'period' | 'periods'>): {
  readonly period: Duration;
  readonly periods: number;
} {
  const hours = 3;
  if (periods * period.toHours({ integral: false }) <= hours) return { period, periods };
  return { period: Duration.hours(Math.min(hours, period.toHours())), periods: 1 };
}
