/** Alarms that read what services of AWS measure: each metric is documented, of a resource of the lake, and rings when it should. */
import { isDeepStrictEqual } from 'node:util';
import { FUNCTION_TIMEOUT } from '../../lib/constructs/compaction/workflow';
import { type Alarm, type Datum, metricsOf, sectionOf } from '../support/alarms';
import { DOCUMENTED } from '../support/documented-metrics';
import { explainedIn, propertiesOf, ringing, type ShippedStage, shippedStages } from './stages';

/** The type of resource that a dimension names, and what the template says where it names one. */
const NAMED: Readonly<Record<string, readonly [string, (id: string, properties: Named) => unknown]>> = {
  WorkGroup: ['AWS::Athena::WorkGroup', (_, { Name }) => Name],
  StateMachineArn: ['AWS::StepFunctions::StateMachine', (Ref) => ({ Ref })],
  QueueName: ['AWS::SQS::Queue', (id) => ({ 'Fn::GetAtt': [id, 'QueueName'] })],
  FunctionName: ['AWS::Lambda::Function', (Ref) => ({ Ref })],
  AutoScalingGroupName: ['AWS::AutoScaling::AutoScalingGroup', (_, properties) => properties.AutoScalingGroupName],
  LoadBalancer: ['AWS::ElasticLoadBalancingV2::LoadBalancer', (id) => ({ 'Fn::GetAtt': [id, 'LoadBalancerFullName'] })],
  TargetGroup: ['AWS::ElasticLoadBalancingV2::TargetGroup', (id) => ({ 'Fn::GetAtt': [id, 'TargetGroupFullName'] })],
};
type Named = { readonly Name?: string; readonly AutoScalingGroupName?: string };

/** Values of the metrics of an alarm in each of its periods: those that ring it, and the highest that do not. */
interface Values {
  readonly rings: readonly number[];
  readonly quiet: readonly number[];
}

/** By the section of the runbook. Limits that people chose are read where they chose them. */
const CAUSES: Readonly<Record<string, (stage: ShippedStage, alarm: Alarm) => Values>> = {
  'dead-letters': () => ({ rings: [1], quiet: [0] }),
  'run-failed': () => ({ rings: [1], quiet: [0] }),
  'run-timed-out': () => ({ rings: [1], quiet: [0] }),
  'planner-errors': () => ({ rings: [1], quiet: [0] }),
  'compactor-throttled': () => ({ rings: [1], quiet: [0] }),
  'compactor-slow': () => {
    const nearlyTooLong = 0.9 * FUNCTION_TIMEOUT.toMilliseconds();
    return { rings: [nearlyTooLong], quiet: [nearlyTooLong - 1] };
  },
  'daily-scan': (_, { AlarmDescription }) => {
    const bytes = Number(/scanned more than (\d+) GB within a day/.exec(AlarmDescription)?.[1]) * 1e9;
    return { rings: [bytes + 1], quiet: [bytes] };
  },
  'query-log-failures': () => ({ rings: [1], quiet: [0] }),
  'at-maximum': (stage) => {
    const [{ MaxSize }] = Object.values(propertiesOf(stage, 'AWS::AutoScaling::AutoScalingGroup')) as [
      { readonly MaxSize: string },
    ];
    return { rings: [Number(MaxSize)], quiet: [Number(MaxSize) - 1] };
  },
  'launches-failing': () => ({ rings: [3, 2], quiet: [3, 3] }),
  'instances-retained': () => ({ rings: [1], quiet: [0] }),
  'unhealthy-hosts': () => ({ rings: [1], quiet: [0] }),
  'target-errors': () => ({ rings: [60], quiet: [59] }), // one a second
  'load-balancer-errors': () => ({ rings: [10], quiet: [9] }),
};

const isOfService = (alarm: Alarm): boolean => metricsOf(alarm).every(({ Namespace }) => Namespace.startsWith('AWS/'));

describe.each(shippedStages.map((stage) => [stage.name, stage] as const))('the stage %s', (_, stage) => {
  const alarms = stage.alarms.filter(isOfService);

  test('every alarm that reads a metric of a service has its values here', () => {
    expect(Object.keys(CAUSES)).toEqual(expect.arrayContaining(alarms.map(sectionOf)));
    expect(alarms.length).toBeGreaterThan(8);
  });

  test.each(alarms.map((alarm) => [alarm.AlarmName, alarm] as const))(
    '%s reads documented metrics of a resource of the lake',
    (_name, alarm) => {
      for (const { Namespace, MetricName, Dimensions = [] } of metricsOf(alarm)) {
        const names = Dimensions.map(({ Name }) => Name).sort();
        expect(DOCUMENTED[Namespace]?.metrics[MetricName]).toContainEqual(names);
        for (const { Name, Value } of Dimensions) {
          const [type, inTemplate] = NAMED[Name] ?? ['', () => undefined];
          const resources = Object.entries(propertiesOf(stage, type));
          const found = resources.filter(([id, properties]) => isDeepStrictEqual(inTemplate(id, properties), Value));
          expect([Name, found.length]).toEqual([Name, 1]);
        }
      }
    },
  );

  test.each(alarms.map((alarm) => [alarm.AlarmName, alarm] as const))(
    '%s rings by its values, and by none below',
    (name, alarm) => {
      const { rings, quiet } = CAUSES[sectionOf(alarm)]?.(stage, alarm) ?? { rings: [], quiet: [] };
      const data = (values: readonly number[]): readonly Datum[] =>
        metricsOf(alarm).map((metric, index) => ({ ...metric, value: values[index] as number }));
      expect(ringing(stage, [data(quiet)])).toEqual([]);
      expect(ringing(stage, [data(rings)])).toEqual([name]);
      // And not before its last period.
      const before = Array.from({ length: alarm.EvaluationPeriods - 1 }, () => data(rings));
      expect(ringing(stage, [data(quiet), ...before])).not.toContain(alarm.EvaluationPeriods === 1 ? '' : name);
    },
  );
});

test('groups and workgroups publish the metrics that alarms read', () => {
  for (const stage of shippedStages) {
    for (const { MetricsCollection } of Object.values(propertiesOf(stage, 'AWS::AutoScaling::AutoScalingGroup'))) {
      expect(MetricsCollection).toEqual([{ Granularity: '1Minute' }]); // all of them
    }
    for (const { WorkGroupConfiguration } of Object.values(propertiesOf(stage, 'AWS::Athena::WorkGroup'))) {
      expect(WorkGroupConfiguration).toMatchObject({ PublishCloudWatchMetricsEnabled: true });
    }
    expect(explainedIn(stage, 'daily-scan')).toHaveLength(
      Object.keys(propertiesOf(stage, 'AWS::Athena::WorkGroup')).length,
    );
  }
});

test('every alarm belongs to one of the three suites of alarms', () => {
  for (const { alarms } of shippedStages) {
    const own = alarms.filter(({ Namespace }) => /^DataLake\/(Compaction|Ingest)\//.test(Namespace ?? ''));
    expect(own.length + alarms.filter(isOfService).length).toBe(alarms.length);
  }
});
