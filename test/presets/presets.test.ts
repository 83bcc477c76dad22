/** Every preset is a dataset, says what its columns are, and takes what a fork has otherwise. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeRawObject } from '../../lambda/compaction/planning/pending';
import { type DatasetDefinition, parseDataset, parseDatasets, rawTable, tableMarkdown } from '../../lib/dataset';
import * as presets from '../../lib/presets';
import { PROJECT } from '../docs/pages';

const own = {
  name: 'own',
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
  ],
  eventTime: 'at',
} as const;
const changes = { ...own, key: ['id'], by: ['at'] } as const;

/** Each with its options away from their defaults as well. */
const DATASETS: Readonly<Record<string, readonly DatasetDefinition[]>> = {
  alb: [presets.alb()],
  apacheCombined: [presets.apacheCombined()],
  cloudFront: [
    presets.cloudFront(),
    presets.cloudFront({ format: 'json' }),
    presets.cloudFront({ format: 'parquet', input: { layout: 'hive' } }),
    presets.cloudFront({ format: 'plain', delimiter: ' ', fields: ['timestamp', 'c-ip', 'new-field'] }),
  ],
  cloudTrail: [presets.cloudTrail(), presets.cloudTrail({ organization: 'o-abc123example', insights: true })],
  debezium: [presets.debezium(changes)],
  dms: [presets.dms(changes), presets.dms({ ...changes, format: 'parquet', deletions: 'keep' })],
  firehoseJson: [presets.firehoseJson(own)],
  fluentBit: [presets.fluentBit(), presets.fluentBit({ timeKey: 'ts', timeFormat: 'java_sql_timestamp' })],
  nginxCombined: [presets.nginxCombined()],
  nlb: [presets.nlb()],
  resolverQueryLogs: [presets.resolverQueryLogs()],
  s3AccessLogs: [presets.s3AccessLogs()],
  vpcFlowLogs: [
    presets.vpcFlowLogs(),
    presets.vpcFlowLogs({ fields: 'all', hivePrefixes: true }),
    presets.vpcFlowLogs({ fields: ['srcaddr'], format: 'parquet' }),
  ],
  waf: [presets.waf()],
};

const FOLDER = join(PROJECT, 'lib/presets');
const sources = readdirSync(FOLDER)
  .filter((name) => name !== 'index.ts' && name !== 'preset.ts')
  .map((name) => readFileSync(join(FOLDER, name), 'utf8'));

test('all of them are tried here', () => {
  expect(Object.keys(DATASETS).sort()).toEqual(Object.keys(presets).sort());
});

describe.each(Object.entries(DATASETS))('%s', (_, definitions) => {
  test.each(definitions.map((definition) => [definition.name, definition] as const))(
    '%s is a dataset',
    (__, definition) => {
      const dataset = parseDataset(definition);
      expect(tableMarkdown(dataset)).toContain(dataset.name);
      expect(rawTable(dataset, { bucket: 'raw' }).columns.length).toBeGreaterThan(0);
      for (const { name, comment } of definition.columns) {
        if (['id', 'at'].includes(name)) continue;
        expect([name, comment]).toEqual([name, expect.stringMatching(/^.{3,255}$/)]);
      }
    },
  );

  test('takes a name, a range, keys, columns and retention', () => {
    const [first] = definitions as readonly [DatasetDefinition];
    expect(first.partition).toEqual({ scheme: 'day', from: '2024-01-01', to: '2033-12-31' });
  });
});

test('all presets make one lake', () => {
  const datasets = Object.values(DATASETS).flatMap(([first], index) =>
    first === undefined
      ? []
      : [{ file: `${index}.ts`, definition: { ...first, name: first.name === 'own' ? `own_${index}` : first.name } }],
  );
  expect(parseDatasets(datasets)).toHaveLength(Object.keys(presets).length);
});

test('each links the page that lists its fields', () => {
  expect(sources.length).toBeGreaterThan(10);
  for (const source of sources) expect(source).toMatch(/ \* .*https:\/\/[\w./#-]+/);
});

describe('what a fork has otherwise', () => {
  test('name, range, retention and form of the files', () => {
    const dataset = parseDataset(
      presets.alb({
        name: 'web_requests',
        description: 'Requests to the shop.',
        partition: { scheme: 'hour', from: '2026-01-01', to: '2027-12-31' },
        input: { layout: 'AWSLogs/{account}/elasticloadbalancing/{region}/{yyyy}/{MM}/{dd}/{HH}/' },
        retention: { curatedDays: 400 },
        compaction: { codec: 'zstd' },
        sortBy: ['elb', 'event_time'],
      }),
    );
    expect(dataset).toMatchObject({
      name: 'web_requests',
      description: 'Requests to the shop.',
      partition: { scheme: 'hour', from: '2026-01-01', to: '2027-12-31' },
      retention: { curatedDays: 400 },
      compaction: { codec: 'zstd' },
      sortBy: ['elb', 'event_time'],
    });
  });

  test('a leading key takes the place of the column of its name', () => {
    const leading = [{ name: 'account', kind: 'enum', values: ['111122223333'] }] as const;
    const dataset = parseDataset(presets.vpcFlowLogs({ partition: { leading } }));
    expect(dataset.partition.leading).toEqual(leading);
    expect(dataset.columns.map(({ name }) => name)).not.toContain('account');
    expect(dataset.columns.map(({ name }) => name)).toContain('region');
  });

  test('a column is added, or replaces the one of its name', () => {
    const labels = { name: 'labels', type: 'string', format: 'json', comment: 'Labels as JSON' } as const;
    const more = { name: 'more_of_it', type: 'string' };
    const { columns } = parseDataset(presets.waf({ columns: [more, labels] }));
    expect(columns.filter(({ name }) => name === 'labels')).toEqual([
      expect.objectContaining({ type: { kind: 'string', json: true } }),
    ]);
    expect(columns.at(-1)?.name).toBe('more_of_it');
  });

  test('the service that delivers, or none', () => {
    expect(presets.resolverQueryLogs().delivery).toBe('resolver-query-logs');
    expect(presets.resolverQueryLogs({ delivery: false })).not.toHaveProperty('delivery');
    expect(presets.waf({ delivery: 'firehose' }).delivery).toBe('firehose');
  });
});

test('what Firehose could not process is reported, and no row', () => {
  const columns = [{ name: 'at', type: 'timestamp', notNull: true }];
  const dataset = parseDataset(presets.firehoseJson({ name: 'clicks', columns, eventTime: 'at' }));
  for (const folder of ['processing-failed', 'format-conversion-failed']) {
    const key = `raw/clicks/${folder}/2026/06/15/10/stream-1-2026-06-15-10-00-00-uuid`;
    expect(placeRawObject(dataset, { key, size: 100 })).toMatchObject({ kind: 'unplaced' });
  }
});

test.each([
  [
    'digests of CloudTrail',
    presets.cloudTrail(),
    'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/06/15/d.json.gz',
  ],
  [
    'Insights that are not asked for',
    presets.cloudTrail(),
    'AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/06/15/i',
  ],
  [
    'digests of an organization',
    presets.cloudTrail({ organization: 'o-abc123example', insights: true }),
    'AWSLogs/o-abc123example/444455556666/CloudTrail-Digest/us-east-1/2026/06/15/d.json.gz',
  ],
  ['the test file of a load balancer', presets.alb(), 'AWSLogs/111122223333/ELBAccessLogTestFile'],
  [
    'connection logs beside access logs',
    presets.alb(),
    'AWSLogs/111122223333/elasticloadbalancing/us-east-1/2026/06/15/conn_log.111122223333_elasticloadbalancing_us-east-1_app.web.1_x.log.gz',
  ],
  [
    'health check logs beside access logs',
    presets.alb(),
    'AWSLogs/111122223333/elasticloadbalancing/us-east-1/2026/06/15/health_check_log_111122223333_elasticloadbalancing_x.log.gz',
  ],
  ['the test file of a load balancer', presets.nlb(), 'AWSLogs/111122223333/ELBAccessLogTestFile'],
])('%s: no data, and nothing to report', (_, definition, path) => {
  const dataset = parseDataset(definition);
  expect(placeRawObject(dataset, { key: `raw/${dataset.name}/${path}`, size: 100 })).toEqual({ kind: 'marker' });
});
