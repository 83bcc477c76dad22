/** The dashboard: that it asks for metrics that there are, is legible for any number of datasets, and can be left out. */

import { Template } from 'aws-cdk-lib/assertions';
import type { DashboardBody, Widget } from '../../lib/constructs/overview/body';
import { hasIngest, read } from '../docs/pages';
import { datasets } from '../fixtures/datasets';
import { stages } from '../fixtures/stages';
import { stacksOf, testLake, testSettings } from '../support/cdk';
import { DOCUMENTED } from '../support/documented-metrics';
import { manyDefinitions, parsed } from '../support/many-datasets';
import { bodyOf } from './body';
import { picture } from './picture';

const [dev, prod] = stages.map((settings) => bodyOf(settings, datasets)) as [DashboardBody, DashboardBody];

const graphs = ({ widgets }: DashboardBody): readonly Widget[] => widgets.filter(({ type }) => type === 'metric');

const alarmsOf = ({ widgets }: DashboardBody): readonly string[] =>
  widgets.flatMap(({ type, properties }) => (type === 'alarm' ? (properties.alarms as readonly string[]) : []));

interface Asked {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly string[];
}

/** Every metric that a widget names, in a query too. */
function askedBy({ properties }: Widget): readonly Asked[] {
  return (properties.metrics as readonly (readonly unknown[])[]).flatMap((metric) => {
    const [namespace, name, ...rest] = metric;
    if (typeof namespace === 'string') {
      const dimensions = rest
        .filter((one): one is string => typeof one === 'string')
        .filter((_, index) => index % 2 === 0);
      return [{ namespace, name: String(name), dimensions }];
    }
    const { expression } = metric[0] as { readonly expression: string };
    if (!expression.startsWith('SELECT')) return [];
    const query =
      /^SELECT (?:SUM|MAX)\((\w+)\) FROM SCHEMA\("([^"]+)", (\w+)\) GROUP BY \3 ORDER BY (?:SUM|MAX)\(\) DESC LIMIT 10$/;
    const [, asked = '', schema = '', dimension = ''] = query.exec(expression) ?? [];
    return [{ namespace: schema, name: asked, dimensions: [dimension] }];
  });
}

/** Names in a union of texts, which the compiler holds those to who emit them. */
const unionOf = (path: string, name: string): readonly string[] => {
  const [, union = ''] = new RegExp(`type ${name} =([^;]+);`).exec(read(path)) ?? [];
  return [...union.matchAll(/'(\w+)'/g)].map(([, one = '']) => one);
};

const COMPACTION = unionOf('lambda/compaction/runtime/telemetry.ts', 'MetricName');

/** Sets of dimensions that a metric is published with. */
function publishedWith({ namespace, name }: Asked): readonly (readonly string[])[] {
  const [, kind, lake] = /^DataLake\/(\w+)\/lake-(\w+)$/.exec(namespace) ?? [];
  if (lake === undefined) return DOCUMENTED[namespace]?.metrics[name] ?? [];
  if (kind === 'Compaction') return COMPACTION.includes(name) ? [['Dataset']] : [];
  const gateway = 'ingest/gateway/telemetry/metrics.ts';
  const [, list = ''] = /DATASET_METRICS = \[([\s\S]+?)\] as const/.exec(read(gateway)) ?? [];
  if (list.includes(`'${name}'`)) return [['Dataset']];
  return unionOf(gateway, 'NodeMetric').includes(name) ? [[]] : [];
}

test.each([
  ['dev', dev],
  ['prod', prod],
])('%s: every metric that it shows is measured, with these dimensions', (_, body) => {
  const asked = graphs(body).flatMap(askedBy);
  expect(asked.length).toBeGreaterThan(20);
  for (const one of asked) {
    const known = publishedWith(one).map((set) => [...set].sort());
    expect({ ...one, known }).toEqual({ ...one, known: expect.arrayContaining([[...one.dimensions].sort()]) });
  }
});

test('every metric that compaction may emit is emitted somewhere', () => {
  const sources = ['task/report.ts', 'planning/plan-inboxes.ts', 'planning/plan-maintenance.ts']
    .map((file) => `compaction/${file}`)
    .concat('iceberg/publish-all.ts')
    .map((file) => read(`lambda/${file}`))
    .join('\n');
  expect(COMPACTION.length).toBeGreaterThan(15);
  expect(COMPACTION.filter((name) => !new RegExp(`\\b${name}: `).test(sources))).toEqual([]);
});

test('it answers the questions of an operator, with those of the ingest tier where the stage has one', () => {
  const questions = ({ widgets }: DashboardBody) =>
    widgets.flatMap(({ properties }) => /^## (.+)/.exec(String(properties.markdown))?.[1] ?? []);
  expect(questions(dev)).toEqual([
    'Is data arriving?',
    'Is it compacted in time?',
    'Are files large enough?',
    'What was not taken?',
    'What do queries scan and cost, and whose?',
    'What does the account spend?',
  ]);
  expect(questions(prod).includes('Does the ingest tier keep up?')).toBe(hasIngest);
});

describe.each([
  ['three datasets', dev],
  ['three datasets and an ingest tier', prod],
  ['300 datasets', bodyOf(testSettings({ manyDatasets: { stacks: 5 } }), parsed(manyDefinitions(300)))],
  ['70 datasets with alarms of their own', bodyOf(testSettings(), parsed(manyDefinitions(70)))],
])('with %s', (_, body) => {
  test('it is within the limits of CloudWatch and legible: at most ten lines by dataset, and 100 alarms', () => {
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    expect(body.widgets.length).toBeLessThan(60);
    expect(JSON.stringify(body).length).toBeLessThan(40_000);
    for (const { properties } of graphs(body)) {
      expect((properties.metrics as readonly unknown[]).length).toBeLessThanOrEqual(10);
      expect(properties.region).toMatch(/^eu-central-1$|^us-east-1$/);
    }
    expect(alarmsOf(body).length).toBeLessThanOrEqual(100);
  });

  test('widgets fill the grid, and none lies on another', () => {
    const cells = new Set<string>();
    for (const { x, y, width, height } of body.widgets) {
      expect([x, y, width, height].every(Number.isInteger)).toBe(true);
      expect(x + width).toBeLessThanOrEqual(24);
      for (let column = x; column < x + width; column += 1) {
        for (let row = y; row < y + height; row += 1) cells.add(`${column} ${row}`);
      }
    }
    expect(cells.size).toBe(body.widgets.reduce((sum, { width, height }) => sum + width * height, 0));
  });
});

test('alarms of the whole stage come first, and each that is shown is one of the stage', () => {
  const lake = testLake({ datasets: parsed(manyDefinitions(70)) });
  const names = stacksOf(lake).flatMap((stack) =>
    Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties.AlarmName,
    ),
  );
  const body = bodyOf(testSettings(), parsed(manyDefinitions(70)));
  const shown = alarmsOf(body).map((arn) => arn.split(':').at(-1));
  expect(shown.filter((name) => !names.includes(name))).toEqual([]);
  expect(shown.slice(0, 3)).toEqual([
    'lake-test-analyst-daily-scan',
    'lake-test-engineer-daily-scan',
    'lake-test-dashboard-daily-scan',
  ]);
  expect(JSON.stringify(body)).toContain(`"Alarms (${names.length - 100} more are not shown)"`);
});

test('without it, a stage has every other stack as it is', () => {
  const templates = (dashboard: boolean) =>
    Object.fromEntries(
      stacksOf(testLake({ stage: { dashboard } })).map((stack) => [stack.node.id, Template.fromStack(stack).toJSON()]),
    );
  const { Overview, ...others } = templates(true);
  expect(Overview).toBeDefined();
  expect(templates(false)).toEqual(others);
});

test('the picture in the docs is that of the dashboard', () => {
  // A fork without the ingest tier has other graphs.
  if (hasIngest) expect(read('docs/images/overview.svg')).toBe(picture(prod));
});
