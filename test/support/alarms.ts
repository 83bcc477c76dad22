/** Alarms as they stand in a template, judged as CloudWatch does by what was written into a log. */
import type { Resource, Template } from '../../cli/preflight/assembly/template';

interface Dimension {
  readonly Name: string;
  readonly Value: unknown;
}

interface MetricIdentity {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
}

interface MetricQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: MetricIdentity; readonly Stat: string };
  readonly ReturnData: boolean;
}

/** The properties of an `AWS::CloudWatch::Alarm`: of one metric, or of an expression of several. */
export interface Alarm extends Partial<MetricIdentity> {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly Statistic?: string;
  readonly Metrics?: readonly MetricQuery[];
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly TreatMissingData: string;
  readonly AlarmActions?: readonly unknown[];
  readonly InsufficientDataActions?: readonly unknown[];
}

/** One value of one metric. Values of dimensions that CloudFormation fills in stay what the template says of them. */
export interface Datum extends MetricIdentity {
  readonly value: number;
}

export const alarmsOf = ({ Resources }: Pick<Template, 'Resources'>): readonly Alarm[] =>
  Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties }: Resource) => Properties as unknown as Alarm);

/** Section of the runbook that explains the alarm. */
export const sectionOf = ({ AlarmDescription }: Alarm): string => /#([\w-]+)$/.exec(AlarmDescription)?.[1] ?? '';

/** The metrics that an alarm reads, each with its statistic. */
export function metricsOf(alarm: Alarm): readonly (MetricIdentity & { readonly Statistic: string })[] {
  const { Namespace, MetricName, Dimensions = [], Statistic, Metrics = [] } = alarm;
  if (Namespace !== undefined && MetricName !== undefined && Statistic !== undefined) {
    return [{ Namespace, MetricName, Dimensions, Statistic }];
  }
  return Metrics.flatMap(({ MetricStat }) =>
    MetricStat === undefined ? [] : [{ ...MetricStat.Metric, Statistic: MetricStat.Stat }],
  );
}

/**
 * The metrics in a log, line by line, by the rules of the embedded metric format:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @throws Error for a line that says it holds metrics and breaks a rule, for CloudWatch would pass over it in silence
 */
export function embeddedMetrics(log: string): readonly Datum[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const root = JSON.parse(line) as Record<string, unknown>;
      return root._aws === undefined ? [] : directives(root, line);
    });
}

function directives(root: Record<string, unknown>, line: string): readonly Datum[] {
  const demand = (isRight: boolean, rule: string): void => {
    if (!isRight) throw new Error(`${rule}: ${line}`);
  };
  const { Timestamp, CloudWatchMetrics } = root._aws as Record<string, unknown>;
  demand(Number.isInteger(Timestamp), 'Timestamp must be whole milliseconds');
  demand(Math.abs(Number(Timestamp) - Date.now()) < 3_600_000, 'Timestamp must be about now');
  demand(Array.isArray(CloudWatchMetrics), 'CloudWatchMetrics must be an array');
  return (CloudWatchMetrics as Record<string, unknown>[]).flatMap(({ Namespace, Dimensions, Metrics }) => {
    demand(typeof Namespace === 'string' && /^[\w./#:() -]{1,255}$/.test(Namespace), 'Namespace must be a name');
    demand(Array.isArray(Dimensions) && Dimensions.length > 0, 'Dimensions must hold a set, which may be empty');
    demand(Array.isArray(Metrics) && Metrics.length <= 100, 'Metrics must be at most 100');
    return (Dimensions as string[][]).flatMap((set) => {
      demand(set.length <= 30, 'a set has at most 30 dimensions');
      for (const name of set) {
        demand(typeof root[name] === 'string' && root[name] !== '', `the dimension ${name} must have a text`);
      }
      return (Metrics as { Name: string }[]).flatMap(({ Name }) => {
        const values = [root[Name]].flat() as number[];
        demand(values.length <= 100 && values.every(Number.isFinite), `${Name} must be a number`);
        return values.map((value) => ({
          Namespace: Namespace as string,
          MetricName: Name,
          Dimensions: set.map((dimension) => ({ Name: dimension, Value: root[dimension] })),
          value,
        }));
      });
    });
  });
}

/** @param periods what came in each period of the alarm, the youngest last; as many as it evaluates at least */
export function stateOf(alarm: Alarm, periods: readonly (readonly Datum[])[]): 'ALARM' | 'OK' | 'INSUFFICIENT_DATA' {
  const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = alarm;
  if (periods.length < EvaluationPeriods) throw new Error(`${alarm.AlarmName} looks at ${EvaluationPeriods} periods`);
  if (!['notBreaching', 'ignore', 'missing'].includes(alarm.TreatMissingData)) throw new Error(alarm.TreatMissingData);
  const values = periods.slice(-EvaluationPeriods).map((data) => measuredBy(alarm, data));
  const isEmpty = values.every((value) => value === undefined);
  if (isEmpty && alarm.TreatMissingData === 'missing') return 'INSUFFICIENT_DATA';
  const breaching = values.filter(
    (value) => value !== undefined && compare(alarm.ComparisonOperator, value, alarm.Threshold),
  );
  return breaching.length >= DatapointsToAlarm ? 'ALARM' : 'OK';
}

function measuredBy(alarm: Alarm, data: readonly Datum[]): number | undefined {
  const values = metricsOf(alarm).map((metric) => statistic(metric.Statistic, data.filter(isOf(metric))));
  if (alarm.Metrics === undefined) return values[0];
  const [query, ...others] = alarm.Metrics.filter(({ ReturnData }) => ReturnData);
  const ids = alarm.Metrics.flatMap(({ Id, MetricStat }) => (MetricStat === undefined ? [] : [Id]));
  const [, left = '', right = ''] = /^(\w+) - (\w+)$/.exec(query?.Expression ?? '') ?? [];
  if (others.length > 0 || !ids.includes(left) || !ids.includes(right)) throw new Error(`${query?.Expression} is new`);
  const [from, less] = [left, right].map((id) => values[ids.indexOf(id)]);
  return from === undefined || less === undefined ? undefined : from - less;
}

const isOf =
  (metric: MetricIdentity) =>
  (datum: Datum): boolean =>
    identity(datum) === identity(metric);

const identity = ({ Namespace, MetricName, Dimensions = [] }: MetricIdentity): string =>
  JSON.stringify([Namespace, MetricName, Dimensions.map(({ Name, Value }) => JSON.stringify([Name, Value])).sort()]);

function statistic(name: string, data: readonly Datum[]): number | undefined {
  if (data.length === 0) return undefined;
  const values = data.map(({ value }) => value);
  if (name === 'Sum') return values.reduce((sum, value) => sum + value, 0);
  if (name === 'Maximum') return Math.max(...values);
  throw new Error(`The statistic ${name} is new`);
}

function compare(operator: string, value: number, threshold: number): boolean {
  if (operator === 'GreaterThanOrEqualToThreshold') return value >= threshold;
  if (operator === 'GreaterThanThreshold') return value > threshold;
  throw new Error(`The comparison ${operator} is new`);
}
