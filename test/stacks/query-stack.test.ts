import { analystQueries, engineerQueries, operationsQueries } from '../../lib/constructs/query-texts';
import { type Dataset, parseDataset } from '../../lib/dataset';
import { WORKGROUP_CLASSES } from '../../lib/settings';
import { datasets } from '../fixtures/datasets';
import { testLake } from '../support/cdk';
import { type ReadableTemplate, readable, resourceOf, resourcesOf } from '../support/template';

let template: ReadableTemplate;

beforeAll(() => {
  template = readable(testLake({ stage: { query: { analyst: { scanLimitGB: 2.5, dailyAlarmGB: 40 } } } }).query);
});

const title = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`;

test('matches the snapshot', () => {
  expect(template).toMatchSnapshot();
});

describe.each(WORKGROUP_CLASSES)('the workgroup %s', (name) => {
  test('enforces its settings: results of its own, encrypted; metrics; engine version 3; a scan limit', () => {
    const { Properties } = resourceOf(template, 'AWS::Athena::WorkGroup', title(name));

    expect(Properties).toMatchObject({ Name: `lake-test-${name}`, State: 'ENABLED', RecursiveDeleteOption: true });
    expect(Properties.WorkGroupConfiguration).toEqual({
      EnforceWorkGroupConfiguration: true,
      PublishCloudWatchMetricsEnabled: true,
      RequesterPaysEnabled: false,
      BytesScannedCutoffPerQuery: { analyst: 2_500_000_000, engineer: 1e12, dashboard: 1e10 }[name],
      EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' },
      ResultConfiguration: {
        OutputLocation: `s3://<lake-test-storage:Results>/${name}/`,
        ExpectedBucketOwner: '<AWS::AccountId>',
        EncryptionConfiguration: { EncryptionOption: 'SSE_KMS', KmsKey: '<lake-test-storage:DataKeyArn>' },
      },
    });
  });

  test('raises an alarm when a day scans too much', () => {
    const { Properties } = resourceOf(template, 'AWS::CloudWatch::Alarm', `${title(name)}DailyScan`);

    expect(Properties).toMatchObject({
      Namespace: 'AWS/Athena',
      MetricName: 'ProcessedBytes',
      Dimensions: [{ Name: 'WorkGroup', Value: `lake-test-${name}` }],
      Statistic: 'Sum',
      Period: 86_400,
      Threshold: { analyst: 40e9, engineer: 1e13, dashboard: 1e11 }[name],
      AlarmActions: ['<lake-test-storage:AlarmTopic>'],
    });
  });
});

describe('saved queries', () => {
  const MONTHS = { scheme: 'month', from: '2026-01-01', to: '2026-12-31' };
  const injected = (more: object = {}): Dataset =>
    parseDataset(
      {
        ...require('../fixtures/datasets/orders').default,
        name: 'events',
        partition: {
          scheme: 'dt',
          from: '2026-01-01',
          to: '2030-12-31',
          leading: [{ name: 'tenant', kind: 'injected' }],
        },
        ...more,
      },
      'config/datasets/events.ts',
    );
  const names = { curated: 'c', raw: 'r', operations: 'o' };

  test('there are some for every dataset, in the workgroup whose users may run them', () => {
    const saved = Object.values(resourcesOf(template, 'AWS::Athena::NamedQuery')).map(({ Properties }) => Properties);

    for (const { name } of datasets) {
      const own = saved.filter(({ Name }) => Name.startsWith(`${name}: `));
      expect(own.map(({ WorkGroup, Database }) => [WorkGroup, Database])).toEqual([
        ['lake-test-analyst', 'lake_test_curated'],
        ['lake-test-analyst', 'lake_test_curated'],
        ['lake-test-engineer', 'lake_test_raw'],
        ['lake-test-engineer', 'lake_test_raw'],
      ]);
    }
    expect(saved.map(({ Name }) => Name)).toEqual(
      expect.arrayContaining(['scan cost by workgroup', 'rejected lines by reason']),
    );
  });

  test('name only tables and columns that exist', () => {
    const known = new Map<string, readonly string[]>(
      Object.values(resourcesOf(readable(testLake().catalog), 'AWS::Glue::Table')).map(({ Properties }) => {
        const { Name, StorageDescriptor, PartitionKeys } = Properties.TableInput;
        const columns: { Name: string }[] = [...StorageDescriptor.Columns, ...PartitionKeys];
        return [`${Properties.DatabaseName}.${Name}`, columns.map((column) => column.Name)];
      }),
    );
    const invented = ['$path', 'rows', 'object', 'day'];
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::Athena::NamedQuery'))) {
      const sql: string = Properties.QueryString;
      const tables = [...sql.matchAll(/"lake_test_(\w+)"\."(\w+)"/g)].map(
        ([, zone, name]) => `<${title(zone ?? '')}>.${name}`,
      );
      expect(tables.length).toBeGreaterThan(0);
      const columns = tables.flatMap((name) => known.get(name) ?? [`no table ${name}`]);
      const quoted = sql.replaceAll(/"\w+"\."\w+"\n/g, '').matchAll(/(?<!\.)"([\w$]+)"/g);
      const unknown = [...quoted].flatMap(([, name]) => name ?? []).filter((name) => !columns.includes(name));
      expect(unknown.filter((name) => !invented.includes(name))).toEqual([]);
    }
  });

  test.each([
    ...datasets.map((dataset) => [dataset.name, dataset] as const),
    ['injected', injected()] as const,
    ['months', injected({ partition: MONTHS })] as const,
  ])('of %s constrain every partition key that would otherwise read all', (_, dataset) => {
    for (const { sql } of [...analystQueries(dataset, names), ...engineerQueries(dataset, names)]) {
      const reads = sql.split('FROM "').slice(1);
      expect(reads).toHaveLength(sql.includes('FULL OUTER JOIN') ? 2 : 1);
      for (const read of reads) {
        for (const key of dataset.partition.leading) {
          expect(read).toContain(`"${key.name}" = ${key.kind === 'injected' ? '?' : `'${key.values[0]}'`}`);
        }
        const day = { dt: /dt (=|BETWEEN) date_format/, month: /year = / }[dataset.partition.scheme as string];
        expect(read).toMatch(day ?? /year = .* month = /);
        expect(read.includes('day = ') && dataset.partition.scheme === 'month').toBe(false);
      }
    }
  });

  test('of a raw table whose layout gives columns ask for these too, in both zones', () => {
    const columns = [...require('../fixtures/datasets/orders').default.columns, { name: 'account', type: 'string' }];
    const of = (layout: string) => injected({ columns, input: { formats: ['ndjson'], layout } });
    const [waiting, compared] = engineerQueries(of('{tenant}/{account}/{yyyy}-{MM}-{dd}/'), names);
    expect(waiting?.sql).toContain('WHERE "tenant" = ? AND "account" = ? AND dt = ');
    expect(compared?.sql.match(/"tenant" = \? AND "account" = \? AND dt BETWEEN/g)).toHaveLength(2);
    const [all, ...others] = engineerQueries(of('{tenant}/*/{account}/{yyyy}/{MM}/{dd}/'), names);
    expect([all?.sql.includes('WHERE'), all?.name, others]).toEqual([false, 'events: raw objects that wait', []]);
  });

  test('list yesterday in full and no other day', () => {
    expect(analystQueries(injected(), names)[0]?.sql).toBe(
      [
        'SELECT "ordered_at", "order_id", "status", "currency", "total", "gift"',
        'FROM "c"."events"',
        `WHERE "tenant" = ? AND dt = date_format(current_date - INTERVAL '1' DAY, '%Y-%m-%d')`,
        'ORDER BY "ordered_at" DESC',
        'LIMIT 100',
      ].join('\n'),
    );
  });

  test('quote what a name or value could break', () => {
    const odd = { name: "o'clock", partition: { leading: [] } } as unknown as Dataset;

    expect(
      operationsQueries([odd], { ...names, operations: 'a"b' })
        .map(({ sql }) => sql)
        .join(),
    ).toContain(`FROM "a""b"."rejected_lines"\nWHERE dataset IN ('o''clock')`);
  });
});

/** The package has no type declarations. */
const validate = require('asl-validator') as (definition: object) => { isValid: boolean; errors: object[] };

describe('the query log', () => {
  const machine = () => resourceOf(template, 'AWS::StepFunctions::StateMachine').Properties;
  const definition = () => JSON.parse(machine().DefinitionString);

  test('is valid Amazon States Language', () => {
    const text = machine().DefinitionString.replaceAll('<AWS::Partition>', 'aws');

    expect(validate(JSON.parse(text))).toMatchObject({ isValid: true, errors: [] });
  });

  test('hears of every finished query of the workgroups', () => {
    const { EventPattern, Targets } = resourceOf(template, 'AWS::Events::Rule').Properties;

    expect(EventPattern).toEqual({
      source: ['aws.athena'],
      'detail-type': ['Athena Query State Change'],
      detail: {
        currentState: ['SUCCEEDED', 'FAILED', 'CANCELLED'],
        workgroupName: WORKGROUP_CLASSES.map((name) => `lake-test-${name}`),
      },
    });
    expect(Targets).toEqual([expect.objectContaining({ Arn: '<QueryLogMachine>' })]);
  });

  test('writes the columns of its table, and not the text of the query', () => {
    const row = Object.keys(definition().States['Read the statistics'].Output.row);
    const table = Object.values(resourcesOf(readable(testLake().catalog), 'AWS::Glue::Table'))
      .map(({ Properties }) => Properties.TableInput)
      .find(({ Name }) => Name === 'query_log');

    expect(row).toEqual(table.StorageDescriptor.Columns.map(({ Name }: { Name: string }) => Name));
    expect(machine().DefinitionString).not.toMatch(/QueryExecution\.Query\b/);
  });

  test('logs and traces its runs without their data', () => {
    expect(machine()).toMatchObject({
      StateMachineType: 'EXPRESS',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
    });
    expect(resourceOf(template, 'AWS::Logs::LogGroup').Properties).toMatchObject({
      RetentionInDays: 90,
      KmsKeyId: '<lake-test-storage:OperationsKeyArn>',
    });
  });
});

test('every alarm tells somebody', () => {
  for (const { Properties } of Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm'))) {
    expect(Properties.AlarmActions).toEqual(['<lake-test-storage:AlarmTopic>']);
    expect(Properties.ActionsEnabled ?? true).toBe(true);
  }
});
