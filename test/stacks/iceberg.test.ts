import { Template } from 'aws-cdk-lib/assertions';
import { datasets } from '../fixtures/datasets';
import { everyRole, stacksOf, testLake } from '../support/cdk';

const stage = { access: everyRole({ roles: ['arn:aws:iam::111111111111:role/people'] }) };
const withTables = datasets.map((one) => (one.name === 'orders' ? { ...one, iceberg: true as const } : one));
const lake = testLake({ stage, datasets: withTables });
const plain = testLake({ stage });
const compaction = Template.fromStack(lake.compaction);

interface Resources {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: unknown }>>;
}
const resourcesOf = (own: typeof lake): readonly string[] =>
  stacksOf(own).flatMap((stack) =>
    Object.entries((Template.fromStack(stack).toJSON() as Resources).Resources).map(
      ([id, { Type }]) => `${stack.artifactId} ${Type} ${id}`,
    ),
  );

test('a lake without Iceberg tables has nothing of them', () => {
  for (const stack of stacksOf(plain)) {
    const text = JSON.stringify(Template.fromStack(stack).toJSON()).replaceAll(/"Description":"[^"]+"/g, '');
    expect(text).not.toMatch(/iceberg|publisher/i);
  }
});

test('a lake with them has a database, a publisher and two alarms of the dataset more', () => {
  const before = new Set(resourcesOf(plain));
  const more = resourcesOf(lake)
    .filter((one) => !before.has(one))
    .map((one) => one.split(' ')[1]);
  expect(more.sort()).toEqual([
    ...['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Alarm', 'AWS::Glue::Database'],
    ...['AWS::IAM::ManagedPolicy', 'AWS::IAM::Role', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup'],
  ]);
  expect(resourcesOf(plain).filter((one) => !resourcesOf(lake).includes(one))).toEqual([]);
});

test('the alarms of snapshots', () => {
  const alarms = Object.values(compaction.findResources('AWS::CloudWatch::Alarm'));
  const own = alarms.filter(({ Properties }) => /Snapshots/.test(Properties.MetricName));
  expect(own).toMatchSnapshot();
});

test('the database is there before its publisher, which knows its name', () => {
  expect(lake.compaction.dependencies).toContain(lake.catalog);
  expect(plain.compaction.dependencies).not.toContain(plain.catalog);
  Template.fromStack(lake.catalog).hasResourceProperties('AWS::Glue::Database', {
    DatabaseInput: { Name: 'lake_test_iceberg' },
  });
  const [publisher] = Object.values(compaction.findResources('AWS::Lambda::Function')).filter(
    ({ Properties }) => Properties.Handler === 'publisher.handler',
  );
  expect(publisher?.Properties.Environment.Variables).toMatchObject({ ICEBERG_DATABASE: 'lake_test_iceberg' });
});

/** Sids of statements of all policies whose actions and resources match. */
function allowing(action: RegExp, resource: RegExp): string[] {
  return stacksOf(lake)
    .flatMap((stack) => Object.entries(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy')))
    .flatMap(([id, { Properties }]) =>
      (Properties.PolicyDocument.Statement as { Effect: string; Action: unknown; Resource: unknown; Sid: string }[])
        .filter(({ Effect }) => Effect === 'Allow')
        .filter(
          ({ Action, Resource }) => action.test(JSON.stringify(Action)) && resource.test(JSON.stringify(Resource)),
        )
        .map(({ Sid }) => `${id.replace(/[0-9A-F]{8}$/, '')} ${Sid}`),
    )
    .sort();
}

test('only the publisher changes the tables, and writes where their metadata is', () => {
  expect(allowing(/glue:(?:Create|Update|Delete|Batch\w*)Table/, /lake_test_iceberg/)).toEqual([
    'PublisherPolicy KeepTables',
  ]);
  expect(allowing(/s3:(?:Put|Delete)/, /\/iceberg\//)).toEqual(['PublisherPolicy WriteMetadata']);
});

test('the publisher reads what is committed, and no table of another database is its own', () => {
  for (const action of [/s3:Put/, /s3:Delete/, /s3:Abort/]) {
    expect(allowing(action, /\/(?:data|manifests|records)\//).filter((one) => one.startsWith('Publisher'))).toEqual([]);
  }
  const [policy] = Object.entries(compaction.findResources('AWS::IAM::ManagedPolicy')).flatMap(
    ([id, { Properties }]) => (id.startsWith('PublisherPolicy') ? [Properties.PolicyDocument.Statement] : []),
  );
  const { Resource } = (policy as readonly { Sid: string; Resource: unknown[] }[]).find(
    ({ Sid }) => Sid === 'KeepTables',
  ) ?? { Resource: [] };
  const ends = Resource.map((arn) => /:((?:catalog|database|table)[^"]*)"/.exec(JSON.stringify(arn))?.[1]);
  expect(ends).toEqual(['catalog', 'database/lake_test_iceberg', 'table/lake_test_iceberg/*']);
});

test('who queries reads the tables and their metadata; the vacuum reads one object of each', () => {
  expect(allowing(/s3:GetObject/, /\/iceberg\//)).toEqual([
    'AnalystPolicy ReadData',
    'CompactorPolicy ReadPublications',
    'DashboardPolicy ReadData',
    'EngineerPolicy ReadData',
    'PublisherPolicy WriteMetadata',
  ]);
  expect(allowing(/glue:GetTable"/, /lake_test_iceberg/)).toEqual([
    'Admin SeeIcebergTables',
    'AnalystPolicy ReadTables',
    'Auditor ReadCatalog',
    'DashboardPolicy ReadTables',
    'EngineerPolicy ReadTables',
    'PublisherPolicy KeepTables',
  ]);
});
