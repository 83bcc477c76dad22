import { curatedTable, type Dataset, projectionProblems, rawTable } from '../../lib/dataset';
import { dataset } from './helpers';

const columns = [
  { name: 'account', type: 'string', notNull: true },
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'shard', type: 'int' },
];
const laidOut = (layout: string, scheme = 'day', leading: unknown[] = []): Dataset =>
  dataset({
    columns,
    partition: { scheme, from: '2024-01-01', to: '2026-12-31', leading },
    input: { formats: ['ndjson'], layout },
  });
const region = { name: 'region', kind: 'enum', values: ['eu-west-1', 'us-east-1'] };
const raw = (of: Dataset) => rawTable(of, { bucket: 'b' });
/** A location template, whose placeholders are written as in a layout here. */
const athena = (text: string) => text.replaceAll('{', '${');
const template = (of: Dataset) => raw(of).parameters['storage.location.template'];

test('a column from the path is an injected key of the raw table, and a column of the curated one', () => {
  const of = laidOut('AWSLogs/{account}/CloudTrail/{region}/{yyyy}/{MM}/{dd}/', 'day', [region]);
  const table = raw(of);
  expect(table.partitionKeys.map(({ name, type }) => [name, type])).toEqual([
    ['account', 'string'],
    ['region', 'string'],
    ['year', 'int'],
    ['month', 'int'],
    ['day', 'int'],
  ]);
  expect(table.partitionKeys[0]?.comment).toBe('From the path; every query must give one with an equality');
  expect(table.columns.map(({ name }) => name)).toEqual(['id', 'at', 'shard']);
  expect(table.parameters).toMatchObject({
    'projection.account.type': 'injected',
    'projection.region.values': 'eu-west-1,us-east-1',
    'projection.month.digits': '2',
    'storage.location.template': athena(
      's3://b/raw/events/AWSLogs/{account}/CloudTrail/{region}/{year}/{month}/{day}/',
    ),
  });
  expect(table.description).toBe(
    'Test events. (Shows what waits in the layout AWSLogs/{account}/CloudTrail/{region}/{yyyy}/{MM}/{dd}/, and nothing in Hive folders.)',
  );
  const curated = curatedTable(of, { bucket: 'b' });
  expect(curated.columns.map(({ name }) => name)).toEqual(['account', 'id', 'at', 'shard']);
  expect(curated.partitionKeys.map(({ name }) => name)).toEqual(['region', 'year', 'month', 'day']);
});

test.each([
  ['{yyyy}/{MM}/{dd}/', 'day', '{year}/{month}/{day}/'],
  ['{yyyy}/{MM}/{dd}/{HH}/', 'day', '{year}/{month}/{day}/'],
  ['{yyyy}/{MM}/{dd}/{HH}/', 'month', '{year}/{month}/'],
  ['{yyyy}{MM}{dd}{HH}/', 'hour', '{year}{month}{day}{hour}/'],
  ['{yyyy}/{MM}/{dd}/s{shard}/', 'day', '{year}/{month}/{day}/'],
  ['dt={yyyy}-{MM}-{dd}/', 'dt', 'dt={dt}/'],
  ['x/{yyyy}/{MM}/{dd}/*.', 'day', 'x/{year}/{month}/{day}/'],
])('the layout %s of scheme %s is projected as %s', (layout, scheme, path) => {
  const of = laidOut(layout, scheme);
  expect(template(of)).toBe(athena(`s3://b/raw/events/${path}`));
  expect(projectionProblems(raw(of))).toEqual([]);
});

test('numbers without leading zeros are projected without digits, and others with them', () => {
  const { parameters } = raw(laidOut('year={yyyy}/month={M}/day={dd}/'));
  expect(parameters['projection.month.digits']).toBeUndefined();
  expect(parameters).toMatchObject({ 'projection.month.range': '1,12', 'projection.day.digits': '2' });
});

test.each([
  ['any text before a key', '*/{yyyy}/{MM}/{dd}/', 'day'],
  ['a day that is written otherwise than its key', '{yyyy}.{MM}.{dd}/', 'dt'],
  ['days of one key in three folders', '{yyyy}/{MM}/{dd}/', 'dt'],
  ['an hour, which is no key, before a column that is', '{yyyy}{MM}{dd}{HH}/', 'day'],
  ['a date in the object’s name', '{yyyy}-{MM}-{dd}-', 'day'],
  ['a day before the month of scheme month', '{dd}.{MM}.{yyyy}/', 'month'],
  ['a date that comes twice', '{yyyy}/{yyyy}-{MM}-{dd}/', 'day'],
])('%s has no location template: the table is not partitioned, and says so', (_, layout, scheme) => {
  const table = raw(laidOut(layout, scheme));
  expect([table.partitionKeys, table.location]).toEqual([[], 's3://b/raw/events/']);
  expect(Object.keys(table.parameters).filter((name) => /projection|template/.test(name))).toEqual([]);
  expect(table.description).toContain('Not partitioned, because no location template of Athena can say');
});

test('columns that no key can give are missing from the table, and its description names them', () => {
  const table = raw(laidOut('s{shard}-x/*/{account}/{yyyy}/{MM}/{dd}/'));
  expect(table.columns.map(({ name }) => name)).toEqual(['id', 'at']);
  expect(table.description).toContain('Without account, shard, which only the path has.');
  expect(raw(laidOut('{yyyy}/{MM}/{dd}/s{shard}/')).description).toContain('Without shard, which only the path has.');
});

test('months are projected by two keys', () => {
  const table = curatedTable(dataset({ partition: { scheme: 'month', from: '2024-01-01', to: '2026-12-31' } }), {
    bucket: 'b',
  });
  expect(table.partitionKeys.map(({ name, type }) => `${name} ${type}`)).toEqual(['year int', 'month int']);
  expect(table.parameters).toMatchObject({
    'projection.year.range': '2024,2026',
    'projection.month.digits': '2',
    'storage.location.template': athena('s3://b/manifests/events/year={year}/month={month}/'),
  });
  expect(projectionProblems(table)).toEqual([]);
});
