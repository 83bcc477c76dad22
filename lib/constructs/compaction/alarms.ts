import { Duration } from 'aws-cdk-lib';
import { Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { UNDECLARED } from '../../dataset';
import { type AlarmCause, LakeAlarm } from '../lake-alarm';
import { FUNCTION_TIMEOUT } from './workflow';

export interface CompactionAlarmsProps {
  /** Turns an alarm's short name into one that is unique in the account. */
  readonly alarmName: (suffix: string) => string;
  readonly topic: ITopic;
  /** Of the metrics that the handlers write into their logs (embedded metric format), with the dimension `Dataset`. */
  readonly metricNamespace: string;
  readonly datasets: readonly string[];
  readonly stateMachine: IStateMachine;
  readonly planner: IFunction;
  readonly compactor: IFunction;
  readonly deadLetters: IQueue;
  /** How often compaction runs; the age of pending data is judged by it. */
  readonly interval: Duration;
}

/**
 * What an operator must hear about the compaction.
 *
 * @example
 * ```ts
 * new CompactionAlarms(stack, 'Alarms', {
 *   alarmName: (suffix) => `lake-dev-${suffix}`,
 *   topic: storage.alarmTopic,
 *   metricNamespace: 'DataLake/Compaction/lake-dev',
 *   datasets: ['orders'],
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
    for (const dataset of props.datasets) this.watchDataset(dataset, props.interval);
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

  /** Objects that no dataset's planning would ever look at. */
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

  private watchDataset(dataset: string, interval: Duration): void {
    const metric = (name: string, statistic: string, period?: Duration): Metric =>
      this.metric(dataset, name, statistic, period);
    this.add(
      `${dataset}-rows-quarantined`,
      {
        metric: metric('RowsQuarantined', Stats.SUM),
        threshold: 1,
        description: `Lines of ${dataset} do not fit its declaration. They are in the quarantine bucket, with the reason.`,
      },
      'rows-quarantined',
    );
    this.add(
      `${dataset}-objects-quarantined`,
      {
        metric: metric('ObjectsQuarantined', Stats.SUM),
        threshold: 1,
        description: `Objects of ${dataset} could not be read. They are in the quarantine bucket, byte for byte.`,
      },
      'objects-quarantined',
    );
    this.add(
      `${dataset}-objects-set-aside`,
      {
        metric: metric('ObjectsSetAside', Stats.MAXIMUM, atLeastAnHour(interval)),
        threshold: 1,
        description: `S3 refuses to return raw objects of ${dataset}. They stay where they are; the others are compacted.`,
      },
      'objects-set-aside',
    );
    this.add(
      `${dataset}-objects-unplaced`,
      {
        metric: metric('UnplacedObjects', Stats.MAXIMUM, atLeastAnHour(interval)),
        threshold: 1,
        description: `Raw objects of ${dataset} are not in one of its partitions, so they are never compacted.`,
      },
      'objects-unplaced',
    );
    this.add(
      `${dataset}-rows-outside-partition`,
      {
        metric: metric('RowsOutsidePartition', Stats.SUM),
        threshold: 1,
        description:
          `Event times of ${dataset} are more than a day outside of the partitions of their paths. ` +
          'The usual cause is epoch seconds read as milliseconds, which are times in 1970.',
      },
      'rows-outside-partition',
    );
    const limit = Math.max(4 * interval.toSeconds(), Duration.hours(2).toSeconds());
    this.add(
      `${dataset}-behind`,
      {
        metric: metric('OldestPendingSeconds', Stats.MAXIMUM, atLeastAnHour(interval)),
        threshold: limit,
        periods: 2,
        missing: TreatMissingData.IGNORE, // a long run writes none until the next one starts
        description: `The oldest pending object of ${dataset} has waited for more than ${limit / 3600} hours.`,
      },
      'behind',
    );
  }

  /** @param section of the runbook, where it is not named after the alarm */
  private add(suffix: string, cause: AlarmCause, section = suffix): void {
    const { alarmName, topic } = this.#props;
    new LakeAlarm(this, suffix, { periods: 1, ...cause, name: alarmName(suffix), section, topic });
  }
}

/** Every period then holds a run, up to the longest period of which CloudWatch evaluates two: half a week. */
const atLeastAnHour = (interval: Duration): Duration =>
  Duration.hours(Math.min(84, Math.max(1, Math.ceil(interval.toHours({ integral: false })))));
