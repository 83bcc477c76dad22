import { icebergTables } from '../../preflight/checks/iceberg-tables';
import { jsonFailure } from './aws-stand-in';
import { look, told, type World } from './context';

const OWN = {
  Name: 'orders',
  Parameters: {
    table_type: 'ICEBERG',
    metadata_location: 's3://curated-1/iceberg/orders/metadata/00000-a.metadata.json',
  },
};

const world = (tables: readonly unknown[], registered: readonly string[] = []): World => ({
  resources: [['AWS::Glue::Database', { DatabaseInput: { Name: 'lake_test_iceberg' } }]],
  answers: {
    GetTables: { body: { TableList: tables } },
    'POST /ListResources': { body: { ResourceInfoList: registered.map((ResourceArn) => ({ ResourceArn })) } },
  },
});

test('is of no interest to a stage without Iceberg tables', async () => {
  const resources: World['resources'] = [['AWS::Glue::Database', { DatabaseInput: { Name: 'lake_test_curated' } }]];
  expect(told(await look(icebergTables, { resources }))).toEqual([
    'skipped: not needed: no dataset of the stage is an Iceberg table',
  ]);
});

test('a database that does not exist yet holds nothing, nor does a new one', async () => {
  const { resources } = world([]);
  const answers = { GetTables: jsonFailure('EntityNotFoundException') };
  for (const one of [world([]), { ...world([]), ...(resources && { resources }), answers }])
    expect(told(await look(icebergTables, one))).toEqual(['ok: lake_test_iceberg holds no table yet']);
});

test("the lake's own tables are fine, and Lake Formation is asked", async () => {
  const outcome = await look(icebergTables, world([OWN]));
  expect(told(outcome)).toEqual(["ok: 1 tables of lake_test_iceberg are the lake's"]);
  expect([...outcome.actions]).toEqual(['glue:GetTables', 'lakeformation:ListResources']);
});

test.each([
  ['a view', { Name: 'mine', TableType: 'VIRTUAL_VIEW' }],
  [
    'a table of an engine',
    { ...OWN, Parameters: { metadata_location: 's3://other/warehouse/orders/metadata/1.json' } },
  ],
  ['a copy with the metadata of another table', { ...OWN, Name: 'orders_copy' }],
])('%s is told, because the publisher would drop or replace it', async (_, table) => {
  const outcome = await look(icebergTables, world([OWN, table]));
  expect(told(outcome)).toEqual([
    `warning: the publisher did not make the table lake_test_iceberg.${table.Name}: the next run replaces it, or takes it out of the catalog`,
  ]);
  expect(outcome.findings[0]?.todo).toContain('in another database');
});

const DATA = 'arn:aws:s3:::curated-1/data/orders';
const METADATA = 'arn:aws:s3:::curated-1/iceberg/orders';

test.each([
  [[METADATA], 'iceberg', 'data'],
  [['arn:aws:s3:::curated-1/iceberg/'], 'iceberg', 'data'],
  [['arn:aws:s3:::curated-1/data'], 'data', 'iceberg'],
  [[DATA, 'arn:aws:s3:::curated-1/iceberg/orders_of_others'], 'data', 'iceberg'],
])('what Lake Formation governs in part is told: %j', async (registered, has, lacks) => {
  const outcome = await look(icebergTables, world([OWN], registered));
  expect(told(outcome)).toEqual([
    `warning: Lake Formation governs ${has}/orders/ of curated-1, and not ${lacks}/orders/: readers with its permissions alone cannot read the table`,
  ]);
  expect(outcome.findings[0]?.todo).toContain(`Register arn:aws:s3:::curated-1/${lacks}/orders as`);
});

test.each([
  [[]],
  [[DATA, METADATA]],
  [['arn:aws:s3:::curated-1']],
  [['arn:aws:s3:::curated-10/data/orders']],
  [['arn:aws:s3:::curated-1/data/ord']],
])('what it governs as a whole, or not at all, is fine: %j', async (registered) => {
  expect(told(await look(icebergTables, world([OWN], registered)))).toEqual([
    "ok: 1 tables of lake_test_iceberg are the lake's",
  ]);
});

test('a caller who may not ask gets to know the permission', async () => {
  const { findings } = await look(icebergTables, { ...world([]), answers: {} });
  expect(findings).toMatchObject([{ level: 'unknown', missing: ['glue:GetTables'] }]);
  const answers = { ...world([OWN]).answers, 'POST /ListResources': jsonFailure('AccessDeniedException') };
  expect((await look(icebergTables, { ...world([OWN]), answers })).findings).toMatchObject([
    { level: 'unknown', missing: ['lakeformation:ListResources'] },
  ]);
});
