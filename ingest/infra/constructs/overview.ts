import { type PlainMetric, type Section, topDatasets } from '../../../lib/constructs/overview';
import { resourceName, type StageSettings } from '../../../lib/settings';

/** Of the metrics that the gateway writes into its log; stages may share an account. */
export const metricNamespaceOf = ({ prefix, name }: StageSettings): string => `DataLake/Ingest/${prefix}-${name}`;

const FIVE_MINUTES = 300;

/** What the dashboard shows of the ingest tier. */
export function ingestSection(settings: StageSettings): Section {
  const namespace = metricNamespaceOf(settings);
  const node = (name: string, label: string): PlainMetric => ({
    namespace,
    name,
    statistic: 'Sum',
    label,
  });
  const group = (name: string, label: string): PlainMetric => ({
    namespace: 'AWS/AutoScaling',
    name,
    dimensions: { AutoScalingGroupName: resourceName(settings, 'ingest') },
    statistic: 'Maximum',
    label,
  });
  const common = { period: FIVE_MINUTES };
  return {
    question: 'Does the ingest tier keep up?',
    help: 'An event is acknowledged when S3 has stored it; what is refused, producers send again. Runbook: *shedding*, *events-failed*.',
    panels: [
      {
        ...common,
        title: 'Events stored',
        unit: 'events per 5 minutes',
        metrics: [topDatasets(namespace, 'EventsStored', 'SUM')],
        stacked: true,
      },
      {
        ...common,
        title: 'Events rejected',
        unit: 'events per 5 minutes',
        metrics: [topDatasets(namespace, 'EventsRejected', 'SUM')],
        stacked: true,
      },
      {
        ...common,
        title: 'Requests refused',
        unit: 'requests per 5 minutes',
        metrics: [node('ShedRequests', 'overload'), node('RateLimitedRequests', 'rate of a caller')],
        stacked: true,
      },
      {
        ...common,
        title: 'Instances',
        unit: 'instances',
        metrics: [group('GroupDesiredCapacity', 'wanted'), group('GroupInServiceInstances', 'in service')],
      },
    ],
  };
}
