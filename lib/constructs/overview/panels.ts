/** A metric by its name, as a widget of CloudWatch takes it. */
export interface PlainMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly statistic: 'Sum' | 'Maximum' | 'Average';
  readonly label: string;
}

/** One graph. */
export interface Panel {
  readonly title: string;
  /** What the axis counts. */
  readonly unit: string;
  /** Seconds of a point. */
  readonly period: number;
  /** Metrics that are drawn, or that `formula` computes with. */
  readonly metrics: readonly (PlainMetric | DatasetQuery)[];
  /** Drawn instead of each metric: arithmetic on it, as `m`. */
  readonly formula?: string;
  /** Days that are shown, whatever range the dashboard has. @default the range of the dashboard */
  readonly days?: number;
  /** Areas on top of each other, which add up. @default false: lines */
  readonly stacked?: boolean;
  /** Where the metrics are, if not in the region of the lake. */
  readonly region?: string;
}

/** The highest values of a metric with the dimension `Dataset`: the same graph for three datasets and for a thousand. */
export interface DatasetQuery {
  readonly query: string;
}

/** A question that an operator has, and the graphs that answer it. */
export interface Section {
  readonly question: string;
  /** How to read the graphs, and where to go on. Markdown. */
  readonly help: string;
  readonly panels: readonly Panel[];
}

/** A graph with more lines is not legible. */
export const SHOWN_DATASETS = 10;

/**
 * A query of Metrics Insights. It looks at 10,000 metrics at most, and in graphs two weeks back:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html
 */
export function topDatasets(namespace: string, metric: string, statistic: 'SUM' | 'MAX'): DatasetQuery {
  return {
    query:
      `SELECT ${statistic}(${metric}) FROM SCHEMA("${namespace}", Dataset) ` +
      `GROUP BY Dataset ORDER BY ${statistic}() DESC LIMIT ${SHOWN_DATASETS}`,
  };
}
