import type { DatasetQuery, Panel, PlainMetric, Section } from './panels';

/** Units of the grid. CloudWatch's has 24 columns. */
const COLUMNS = 24;
const PANEL_HEIGHT = 6;
const HEAD_HEIGHT = 2;
const ALARMS_HEIGHT = 4;

/** An alarm widget takes no more: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
const MOST_ALARMS = 100;

export interface Widget {
  readonly type: 'text' | 'metric' | 'alarm';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface DashboardBody {
  /** What is shown until somebody chooses another range: a day. */
  readonly start: string;
  readonly widgets: readonly Widget[];
}

export interface DashboardContent {
  readonly title: string;
  readonly region: string;
  /** ARNs, the most important first. */
  readonly alarms: readonly string[];
  readonly sections: readonly Section[];
}

/** The body of a dashboard, by the structure that CloudWatch documents. */
export function dashboardBody({ title, region, alarms, sections }: DashboardContent): DashboardBody {
  const widgets: Widget[] = [];
  let y = 0;
  const row = (height: number, entries: readonly Pick<Widget, 'type' | 'properties'>[]): void => {
    const width = COLUMNS / entries.length;
    widgets.push(...entries.map((entry, index) => ({ ...entry, x: index * width, y, width, height })));
    y += height;
  };
  row(HEAD_HEIGHT, [text(`# ${title}\nGraphs by dataset show the ten with the highest values.`)]);
  if (alarms.length > 0) {
    const hidden = alarms.length - MOST_ALARMS;
    const name = hidden > 0 ? `Alarms (${hidden} more are not shown)` : 'Alarms';
    row(ALARMS_HEIGHT, [{ type: 'alarm', properties: { title: name, alarms: alarms.slice(0, MOST_ALARMS) } }]);
  }
  for (const { question, help, panels } of sections) {
    row(HEAD_HEIGHT, [text(`## ${question}\n${help}`)]);
    row(
      PANEL_HEIGHT,
      panels.map((panel) => graph(panel, region)),
    );
  }
  return { start: '-P1D', widgets };
}

const text = (markdown: string): Pick<Widget, 'type' | 'properties'> => ({
  type: 'text',
  properties: { markdown, background: 'transparent' },
});

const graph = (panel: Panel, region: string): Pick<Widget, 'type' | 'properties'> => ({
  type: 'metric',
  properties: {
    title: panel.title,
    view: 'timeSeries',
    stacked: panel.stacked ?? false,
    region: panel.region ?? region,
    period: panel.period,
    ...(panel.days === undefined ? {} : { start: `-P${panel.days}D` }),
    metrics: panel.metrics.flatMap((metric, index) => drawn(metric, index, panel.formula)),
    yAxis: { left: { label: panel.unit, min: 0, showUnits: false } },
    legend: { position: 'bottom' },
  },
});

function drawn(metric: PlainMetric | DatasetQuery, index: number, formula: string | undefined): readonly unknown[][] {
  // Without a label, each line is named after its dataset.
  if ('query' in metric) return [[{ expression: metric.query, id: `q${index}` }]];
  const { namespace, name, dimensions = {}, statistic, label } = metric;
  const identity = [namespace, name, ...Object.entries(dimensions).flat()];
  if (formula === undefined) return [[...identity, { stat: statistic, label }]];
  const id = `m${index}`;
  return [
    [...identity, { stat: statistic, id, visible: false }],
    [{ expression: formula.replaceAll(/\bm\b/g, id), id: `e${index}`, label }],
  ];
}
