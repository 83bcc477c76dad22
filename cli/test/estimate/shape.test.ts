/** Whether the lake is built as the estimate says, and its figures are those of the pages that they are from. */
import { Match, Template } from 'aws-cdk-lib/assertions';
import { runTask } from '../../../lambda/compaction/task/run-task';
import type { Dataset } from '../../../lib/dataset';
import { rawPrefix } from '../../../lib/dataset/layout';
import { MemoryBuckets, MemoryStore } from '../../../test/compaction/support/memory-store';
import { ModelConverter } from '../../../test/compaction/support/model-converter';
import { encode } from '../../../test/compaction/support/model-rows';
import { AMPLE } from '../../../test/compaction/support/settings';
import { PARTITION, testDataset } from '../../../test/compaction/support/test-dataset';
import { page, read, section, tableRows } from '../../../test/docs/pages';
import { datasets } from '../../../test/fixtures/datasets';
import { compactionTemplate } from '../../../test/support/asl/compaction';
import { stacksOf, testLake } from '../../../test/support/cdk';
import { MEASURED, SHAPE } from '../../estimate/measured';

describe('measured figures are those of the pages', () => {
  // The page is renewed with each measurement, the estimate when it is no longer right.
  const isAbout = (value: number, measured: number): void => expect(value / measured).toBeCloseTo(1, 0.6);

  test('compaction', () => {
    const rows = tableRows(page('docs/benchmarks.md').text, /^the same objects/);
    const [, copy, compaction] = rows.find(([first]) => first === 'sorted and deduplicated') ?? [];
    isAbout(MEASURED.compactCpuSecondsPerGB * 0.992, Number(compaction));
    isAbout(MEASURED.copyCpuSecondsPerGB * 0.992, Number(copy));
    expect(page('docs/benchmarks.md').text).toContain('| a partition | 0.99 GB | 1 | 132 MB |');
    expect(MEASURED.textPerParquetByte).toBe(990 / 132);
  });

  test('planner', () => {
    const [row = []] = tableRows(section('docs/scaling-lake.md', '### Benchmark'), /^$/);
    expect(row[0]).toBe('10 million objects in 10,000 partitions');
    expect(Number(row[4])).toBe(MEASURED.planCpuSecondsPerObject * 1e6);
  });

  test('the rest', () => {
    expect(page('docs/decisions/fast-get-path.md').text).toContain(`took ${MEASURED.getCpuSeconds * 1e6} µs`);
    expect(page('docs/decisions/duckdb.md').text).toContain(
      `Start to first query took 0.3 to ${MEASURED.startSeconds} s`,
    );
    expect(page('docs/guide.md').text).toContain('zstd files are about a third smaller');
    expect(MEASURED.zstdShare).toBe(2 / 3);
  });
});

describe('the lake is built as the estimate says', () => {
  test('alarms and keys', () => {
    const count = (given: readonly Dataset[]) => {
      const templates = stacksOf(testLake({ datasets: given })).map((stack) => Template.fromStack(stack));
      const all = (type: string): number =>
        templates.reduce((sum, template) => sum + Object.keys(template.findResources(type)).length, 0);
      return {
        alarms: all('AWS::CloudWatch::Alarm'),
        keys: all('AWS::KMS::Key'),
        dashboards: all('AWS::CloudWatch::Dashboard'),
      };
    };
    const plain = datasets.filter(({ delivery }) => delivery === undefined);
    expect(plain.length).toBeGreaterThan(1);
    const [one, several] = [count(plain.slice(0, 1)), count(plain)];
    expect(several.alarms - one.alarms).toBe((plain.length - 1) * SHAPE.alarmsPerDataset);
    expect(one.alarms).toBe(SHAPE.alarmsPerDataset + SHAPE.alarmsPerLake);
    expect(one.keys).toBe(SHAPE.keys);
    expect(one.dashboards).toBe(SHAPE.dashboards);
  });

  test('alarms and metrics of freshness and of Iceberg tables', () => {
    const [plain] = datasets.filter(({ delivery }) => delivery === undefined) as [Dataset];
    const alarmsOf = (more: Partial<Dataset>): readonly string[] =>
      stacksOf(testLake({ datasets: [{ ...plain, ...more }] })).flatMap((stack) =>
        Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).map(
          ({ Properties }) => Properties.MetricName as string,
        ),
      );
    const without = alarmsOf({}).length;
    const freshness = alarmsOf({ freshness: { warnAfterSeconds: 86_400, errorAfterSeconds: 172_800 } });
    expect(freshness.length - without).toBe(SHAPE.watched.freshness);
    const ofIceberg = alarmsOf({ iceberg: true }).filter((name) => /Snapshots/.test(name));
    expect(ofIceberg).toHaveLength(SHAPE.watched.iceberg);
    expect(alarmsOf({ iceberg: true }).length - without).toBe(SHAPE.watched.iceberg);
  });

  test('memory of the planner', () => {
    compactionTemplate().hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('^Lists pending'),
      MemorySize: SHAPE.plannerMiB,
    });
  });

  test('metrics of a dataset without changes, freshness and checks', () => {
    const [, names = ''] = /type MetricName =\n(.*?);/s.exec(read('lambda/compaction/runtime/telemetry.ts')) ?? [];
    const ofSettings = ['RowsSuperseded', 'Deletions', 'RowsReplaced', 'NewestEventSeconds', 'Staleness'].concat([
      ...['RowsWarned', 'RowsFailed', 'RowsRefused', 'SnapshotsBehind', 'ForeignSnapshots'],
    ]);
    for (const name of ofSettings) expect(names).toContain(`'${name}'`);
    const { planner, tasks } = SHAPE.metrics;
    expect(names.match(/'\w+'/g)).toHaveLength(planner + tasks + ofSettings.length);
  });

  test('requests of a task', async () => {
    const buckets = new MemoryBuckets();
    const operations: string[] = [];
    const store = new MemoryStore(
      buckets,
      async (operation) => void operations.push(operation),
      async () => {},
    );
    const names = { raw: 'raw', curated: 'curated', quarantine: 'quarantine' };
    const lake = { store, buckets: names, now: () => new Date(), sleep: async () => {} };
    const dataset = testDataset();
    buckets.put('raw', `${rawPrefix(dataset.name)}${PARTITION}/a.json`, encode([{ id: 'a', copy: '1' }]));
    const task = { kind: 'compact', dataset: dataset.name, partition: PARTITION, run: 'r' } as const;
    await runTask(lake, { dataset, partition: PARTITION }, task, new ModelConverter(store, buckets), AMPLE);
    const requests = (kinds: RegExp): number => operations.filter((operation) => kinds.test(operation)).length;
    // Besides one GET of the object and one LIST of up to 1,000.
    expect(requests(/^(list|put|copy)/) - 1).toBe(SHAPE.taskRequests.write);
    expect(requests(/^get/) - 1).toBe(SHAPE.taskRequests.read);
  });
});
