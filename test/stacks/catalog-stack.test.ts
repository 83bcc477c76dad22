import { tableInput } from '../../lib/constructs/catalog-table';
import { queryLogTable, rejectedLinesTable } from '../../lib/constructs/operations-tables';
import { curatedTable, type Dataset, parseDataset, rawTable } from '../../lib/dataset';
import { datasets } from '../fixtures/datasets';
import { type TestStage, testLake } from '../support/cdk';
import { type ReadableTemplate, readable, resourceOf, resourcesOf } from '../support/template';

const catalog = (lake: TestStage = {}): ReadableTemplate => readable(testLake(lake).catalog);

let template: ReadableTemplate;

beforeAll(() => {
  template = catalog();
});

/** Tables of the template, `database.table`, with the names of their buckets in the readable form. */
const tables = (from: ReadableTemplate): Record<string, ReturnType<typeof tableInput>> =>
  Object.fromEntries(
    Object.values(resourcesOf(from, 'AWS::Glue::Table')).map(({ Properties }) => [
      `${Properties.DatabaseName}.${Properties.TableInput.Name}`,
      Properties.TableInput,
    ]),
  );

/** CloudFormation spells property names with a capital; names of parameters are the user's own and stay. */
function capitalised(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => capitalised(item));
  if (value === null || typeof value !== 'object') return value;
  const isMap = key === 'parameters';
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      isMap ? name : `${name[0]?.toUpperCase()}${name.slice(1)}`,
      capitalised(inner, name),
    ]),
  );
}

test('matches the snapshot', () => {
  expect(template).toMatchSnapshot();
});

describe('tables', () => {
  test('are exactly what the datasets and the lake declare', () => {
    const bucket = (zone: string) => ({ bucket: `<lake-test-storage:${zone}>` });
    const declared = Object.fromEntries(
      [
        ...datasets.flatMap((dataset) => [
          [`<Curated>.${dataset.name}`, curatedTable(dataset, bucket('Curated'))] as const,
          [`<Raw>.${dataset.name}`, rawTable(dataset, bucket('Raw'))] as const,
        ]),
        ['<Operations>.rejected_lines', rejectedLinesTable(datasets, bucket('Quarantine').bucket)] as const,
        ['<Operations>.query_log', queryLogTable(datasets, bucket('Logs').bucket)] as const,
      ].map(([name, definition]) => [name, capitalised(tableInput(definition))]),
    );

    expect(tables(template)).toEqual(declared);
  });

  test('of datasets in layouts of producers are partitioned by folders that these have, or not at all', () => {
    const of = (name: string, layout: string) =>
      parseDataset({
        name,
        description: 'Laid out.',
        columns: [
          { name: 'at', type: 'timestamp', notNull: true },
          { name: 'account', type: 'string' },
        ],
        partition: { scheme: 'month', from: '2026-01-01', to: '2026-12-31' },
        eventTime: 'at',
        input: { formats: ['ndjson'], layout },
      });
    const found = tables(
      catalog({ datasets: [of('hours', '{account}/{yyyy}/{M}/{dd}/'), of('flat', '*.{yyyy}-{MM}-')] }),
    );
    const keys = (name: string) => {
      const input = found[name] as unknown as { PartitionKeys: readonly { Name: string; Type: string }[] };
      return input.PartitionKeys.map(({ Name, Type }) => `${Name} ${Type}`);
    };
    expect(keys('<Raw>.hours')).toEqual(['account string', 'year int', 'month int']);
    expect(keys('<Curated>.hours')).toEqual(['year int', 'month int']);
    expect(keys('<Raw>.flat')).toEqual([]);
    expect(found['<Raw>.flat']).toMatchObject({
      Parameters: expect.not.objectContaining({ 'projection.enabled': 'true' }),
      StorageDescriptor: { Location: 's3://<lake-test-storage:Raw>/raw/flat/' },
    });
  });

  test.each([
    ['2025-12-31', '2026,2036'],
    ['2040-06-30', '2026,2041'],
  ])('the query log is projected beyond data that ends on %s: %s', (to, range) => {
    const [dataset] = datasets as [Dataset];
    const until = { ...dataset, partition: { ...dataset.partition, to } };
    expect(queryLogTable([until], 'logs').parameters['projection.year.range']).toBe(range);
  });

  test.each(datasets.map(({ name }) => name))('%s is projected on every partition key, in both zones', (name) => {
    for (const zone of ['Curated', 'Raw']) {
      const { Parameters, PartitionKeys } = tables(template)[`<${zone}>.${name}`] as unknown as {
        Parameters: Record<string, string>;
        PartitionKeys: { Name: string }[];
      };

      expect(Parameters['projection.enabled']).toBe('true');
      expect(PartitionKeys.length).toBeGreaterThan(0);
      for (const { Name } of PartitionKeys) {
        expect(Parameters[`projection.${Name}.type`]).toMatch(/^(integer|enum|date|injected)$/);
        expect(Parameters['storage.location.template']).toContain(`/${Name}=\${${Name}}/`);
      }
      expect(Parameters['storage.location.template']).toMatch(/\/$/);
    }
  });

  test('of the lake itself list every dataset, and the days of the query log with two digits', () => {
    const { Parameters: rejected } = tables(template)['<Operations>.rejected_lines'] as never;
    const { Parameters: queries } = tables(template)['<Operations>.query_log'] as never;

    expect(rejected).toMatchObject({
      'projection.dataset.type': 'enum',
      'projection.dataset.values': datasets.map(({ name }) => name).join(','),
      'storage.location.template': `s3://<lake-test-storage:Quarantine>/lines/\${dataset}/`,
    });
    expect(queries).toMatchObject({
      'projection.month.digits': '2',
      'projection.day.digits': '2',
      'storage.location.template': `s3://<lake-test-storage:Logs>/athena-queries/year=\${year}/month=\${month}/day=\${day}/`,
    });
  });
});

describe('the crawler', () => {
  const crawler = (from = template) => resourceOf(from, 'AWS::Glue::Crawler').Properties;

  test('reports and changes nothing', () => {
    expect(crawler()).toMatchObject({
      SchemaChangePolicy: { UpdateBehavior: 'LOG', DeleteBehavior: 'LOG' },
      RecrawlPolicy: { RecrawlBehavior: 'CRAWL_NEW_FOLDERS_ONLY' },
      Schedule: { ScheduleExpression: 'cron(0 5 * * ? *)' },
      Targets: { S3Targets: [{ Path: 's3://<lake-test-storage:Raw>/raw/' }] },
    });
  });

  test('groups what is alike, one table a folder below raw/, and gives up when there are too many', () => {
    expect(JSON.parse(crawler().Configuration)).toEqual({
      Version: 1,
      Grouping: { TableGroupingPolicy: 'CombineCompatibleSchemas', TableLevelConfiguration: 3 },
      CrawlerOutput: { Tables: { TableThreshold: datasets.length + 20 } },
    });
  });

  test('writes to a database that has no projected table', () => {
    expect(crawler().DatabaseName).toBe('<Discovered>');
    expect(Object.keys(tables(template)).filter((name) => name.startsWith('<Discovered>.'))).toEqual([]);
  });

  test('has a role of the path that the TLS 1.3 floor spares, with no AWS-managed policy', () => {
    const { Properties } = resourceOf(template, 'AWS::IAM::Role', 'RawCrawler');

    expect(Properties.Path).toBe('/lake/test/service/');
    expect(Properties.ManagedPolicyArns).toBeUndefined();
  });

  test('encrypts logs, bookmarks and whatever it writes', () => {
    const { EncryptionConfiguration } = resourceOf(template, 'AWS::Glue::SecurityConfiguration').Properties;

    expect(crawler().CrawlerSecurityConfiguration).toBe('<RawCrawlerSecurity>');
    expect(EncryptionConfiguration).toEqual({
      CloudWatchEncryption: { CloudWatchEncryptionMode: 'SSE-KMS', KmsKeyArn: '<lake-test-storage:OperationsKeyArn>' },
      JobBookmarksEncryption: { JobBookmarksEncryptionMode: 'CSE-KMS', KmsKeyArn: '<lake-test-storage:DataKeyArn>' },
      S3Encryptions: [{ S3EncryptionMode: 'SSE-KMS', KmsKeyArn: '<lake-test-storage:DataKeyArn>' }],
    });
  });

  test('works by events when the stage says so', () => {
    const from = catalog({ stage: { crawler: { mode: 'event', schedule: 'cron(0/30 * * * ? *)' } } });

    expect(crawler(from)).toMatchObject({
      RecrawlPolicy: { RecrawlBehavior: 'CRAWL_EVENT_MODE' },
      Schedule: { ScheduleExpression: 'cron(0/30 * * * ? *)' },
    });
    expect(crawler(from).Targets.S3Targets).toEqual([
      expect.objectContaining({ EventQueueArn: expect.any(String), DlqEventQueueArn: expect.any(String) }),
    ]);
  });

  test('can be left out', () => {
    const from = catalog({ stage: { crawler: { mode: 'off' } } });

    expect([
      ...Object.keys(resourcesOf(from, 'AWS::Glue::Crawler')),
      ...Object.keys(resourcesOf(from, 'AWS::IAM::Role')),
    ]).toEqual([]);
  });
});

test('databases carry the stage in their names, and go with the stack: everything in them is derived', () => {
  const databases = Object.values(resourcesOf(template, 'AWS::Glue::Database'));

  expect(databases.map(({ Properties }) => Properties.DatabaseInput.Name)).toEqual([
    'lake_test_curated',
    'lake_test_raw',
    'lake_test_discovered',
    'lake_test_operations',
  ]);
  expect(databases.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(databases.map(() => 'Delete'));
});
