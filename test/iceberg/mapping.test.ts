import { readFooter } from '../../lambda/iceberg/footer';
import { publish } from '../../lambda/iceberg/publish';
import { FileNames, type NameMapping, nameMapping, tableShape, withEarlier } from '../../lib/iceberg';
import { COLUMNS, testDataset } from '../compaction/support/test-dataset';
import { IcebergLake } from './lake';

const PARTITION = 'year=2026/month=06/day=15';
const dataset = testDataset();
const who = (type: string) =>
  testDataset({ columns: [...COLUMNS, { name: 'who', type }], input: { formats: ['ndjson'] } });

let world: IcebergLake;
beforeEach(() => {
  world = new IcebergLake();
});
afterEach(() => world.close());

const commit = async (query: string): Promise<void> => {
  await world.commit(dataset, PARTITION, [await world.put(dataset, PARTITION, await world.parquet(query))]);
};
const mapping = async () => nameMapping(await world.metadata(dataset));
/** Names with their ids, members behind a dot. */
const ids = (entries: readonly NameMapping[], path = ''): [string, number][] =>
  entries.flatMap((own) => [
    [`${path}${own.names[0]}`, own['field-id']] as [string, number],
    ...ids(own.fields ?? [], `${path}${own.names[0]}.`),
  ]);
const ROW = `SELECT 'a' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 1::INTEGER AS n`;

test('columns and fields that were removed stay mapped to the ids that they had, and old snapshots find them', async () => {
  const first = who('struct<name:string,tags:array<struct<a:int,b:int>>>');
  await commit(ROW);
  await publish(world.lake, world.catalog, first);
  const before = new Map(ids(await mapping()));
  await publish(world.lake, world.catalog, who('struct<tags:array<struct<b:int>>>'));
  expect(new Map(ids(await mapping()))).toEqual(before);
  await publish(world.lake, world.catalog, dataset);
  expect(new Map(ids(await mapping()))).toEqual(before);
  expect((await world.metadata(dataset))['last-column-id']).toBe(Math.max(...before.values()));
});

test('what is added again keeps its id while a snapshot has it, and has a new one afterwards', async () => {
  const id = async (): Promise<number> => Number(new Map(ids(await mapping())).get('who'));
  await commit(ROW);
  await publish(world.lake, world.catalog, who('struct<name:string>'));
  const first = await id();
  await publish(world.lake, world.catalog, dataset);
  await publish(world.lake, world.catalog, who('struct<name:string>'));
  expect(await id()).toBe(first);
  await publish(world.lake, world.catalog, dataset);
  // Its successor has the schema without the column.
  await commit(ROW);
  await publish(world.lake, world.catalog, dataset);
  world.pass(25);
  await publish(world.lake, world.catalog, dataset);
  await publish(world.lake, world.catalog, who('struct<name:string>'));
  expect(await id()).toBeGreaterThan(first);
});

test('columns of files that no dataset declares are mapped to ids of their own', async () => {
  const nested = `{x: 1, list: [{y: 1}], map: MAP {'k': {z: 1}}}`;
  await commit(`SELECT *, ${nested} AS undeclared, 1 AS other FROM (${ROW})`);
  await publish(world.lake, world.catalog, dataset);
  const found = ids(await mapping());
  expect(found.map(([name]) => name).slice(6)).toEqual([
    'undeclared',
    'undeclared.x',
    'undeclared.list',
    'undeclared.list.element',
    'undeclared.list.element.y',
    'undeclared.map',
    'undeclared.map.key',
    'undeclared.map.value',
    'undeclared.map.value.z',
    'other',
  ]);
  expect(new Set(found.map(([, id]) => id)).size).toBe(found.length);
  expect((await world.metadata(dataset))['last-column-id']).toBe(Math.max(...found.map(([, id]) => id)));
  const before = found;
  await commit(`SELECT *, 1 AS other FROM (${ROW})`);
  await publish(world.lake, world.catalog, dataset);
  expect(ids(await mapping())).toEqual(before);
  // Declared, it is a field that no file had yet.
  const declared = testDataset({ columns: [...COLUMNS, { name: 'other', type: 'int' }] });
  await publish(world.lake, world.catalog, declared);
  expect(new Map(ids(await mapping())).get('other')).toBe(Math.max(...before.map(([, id]) => id)) + 1);
});

test.each([
  ['int', 'bigint', true],
  ['tinyint', 'smallint', true],
  ['float', 'double', true],
  ['decimal(5,2)', 'decimal(9,2)', true],
  ['decimal(5,2)', 'decimal(9,3)', false],
  ['decimal(9,2)', 'decimal(5,2)', false],
  ['bigint', 'int', false],
  ['int', 'double', false],
  ['int', 'string', false],
  ['string', 'struct<a:int>', false],
  ['array<int>', 'array<bigint>', true],
  ['array<int>', 'array<string>', true],
])('from %s to %s keeps the id: %p, because bounds of old files are read as the new type', (from, to, isKept) => {
  const first = tableShape(who(from));
  const schema = { type: 'struct' as const, 'schema-id': 0, fields: first.fields };
  const next = tableShape(who(to), [schema], first.lastColumnId);
  const own = (shape: typeof first) => shape.fields.find(({ name }) => name === 'who')?.id;
  expect(own(next) === own(first)).toBe(isKept);
  if (!isKept) expect(own(next)).toBeGreaterThan(first.lastColumnId);
});

test('elements of a list whose type is another one have an id of their own', () => {
  const first = tableShape(who('array<int>'));
  const schema = { type: 'struct' as const, 'schema-id': 0, fields: first.fields };
  const element = (type: string): number | undefined =>
    tableShape(who(type), [schema], first.lastColumnId).leaves.get('who.list.element')?.id;
  expect(element('array<bigint>')).toBe(first.leaves.get('who.list.element')?.id);
  expect(element('array<string>')).toBe(first.lastColumnId + 1);
});

test('a mapping takes what it lacks from an earlier one, and keeps its own ids', () => {
  const own = [{ 'field-id': 9, names: ['a'], fields: [{ 'field-id': 10, names: ['x'] }] }];
  const earlier = [
    { 'field-id': 1, names: ['a'], fields: [{ 'field-id': 2, names: ['y'] }] },
    { 'field-id': 3, names: ['b'] },
  ];
  expect(ids(withEarlier(own, earlier))).toEqual([
    ['a', 9],
    ['a.x', 10],
    ['a.y', 2],
    ['b', 3],
  ]);
  expect(withEarlier([{ 'field-id': 1, names: ['a'] }], [])).toEqual([{ 'field-id': 1, names: ['a'] }]);
  expect(new FileNames(own, 10).lastId).toBe(10);
});

test.each([
  '{}',
  '[{"names":["a"]}]',
  '[{"field-id":1,"names":["a","b"]}]',
  '[{"field-id":1,"names":["a"],"fields":[1]}]',
  '[',
])('the name mapping %s of someone else is none', async (text) => {
  await commit(ROW);
  await publish(world.lake, world.catalog, dataset);
  const metadata = await world.metadata(dataset);
  expect(nameMapping({ ...metadata, properties: { 'schema.name-mapping.default': text } })).toEqual([]);
  expect(nameMapping({ ...metadata, properties: {} })).toEqual([]);
  expect(nameMapping(metadata)).not.toEqual([]);
});

test('a footer gives the columns of a file as Iceberg names them', async () => {
  const body = await world.parquet(`SELECT 1 AS "a.b", [[1]] AS lists, {s: {t: 1}} AS deep`);
  const key = await world.put(dataset, PARTITION, body);
  const info = { key, etag: (await world.store.get('curated', key))?.etag as string, size: body.length };
  const { columns } = await readFooter(
    world.store,
    'curated',
    { ...info, lastModified: new Date(0) },
    tableShape(dataset),
  );
  const leaf = (name: string, ...parts: unknown[]) => ({ name, parts });
  expect(columns).toEqual([
    leaf('a.b'),
    leaf('lists', leaf('element', leaf('element'))),
    leaf('deep', leaf('s', leaf('t'))),
  ]);
});

test('a footer that is longer than the first read is read as a whole', async () => {
  const others = Array.from(
    { length: 400 },
    (_, index) => `'${'x'.repeat(40)}' AS "column ${'y'.repeat(60)} ${index}"`,
  );
  const body = await world.parquet(`${ROW}, ${others.join(', ')}`);
  const footerBytes = body.readUInt32LE(body.length - 8);
  expect(footerBytes).toBeGreaterThan(64 * 1024);
  const key = await world.put(dataset, PARTITION, body);
  const info = { key, etag: (await world.store.get('curated', key))?.etag as string, size: body.length };
  const shape = tableShape(dataset);
  const { columns, metrics } = await readFooter(world.store, 'curated', { ...info, lastModified: new Date(0) }, shape);
  expect(columns).toHaveLength(403);
  expect(metrics.record_count).toBe(1);
  expect(metrics.value_counts.map(({ key: id }) => id)).toEqual(
    [...shape.leaves.values()].map(({ id }) => id).slice(0, 3),
  );
});

test('names cover a file whose columns they have, and a field that only one file has is added', () => {
  const leaf = (name: string, ...parts: { name: string; parts: [] }[]) => ({ name, parts });
  const names = new FileNames([{ 'field-id': 1, names: ['who'], fields: [{ 'field-id': 2, names: ['id'] }] }], 2);
  const before = names.mapping;
  names.add([leaf('who', { name: 'id', parts: [] })]);
  names.add([]);
  expect(names.mapping).toBe(before);
  expect(names.lastId).toBe(2);
  names.add([leaf('who', { name: 'id', parts: [] }, { name: 'age', parts: [] }), leaf('late')]);
  expect(ids(names.mapping)).toEqual([
    ['who', 1],
    ['who.id', 2],
    ['who.age', 3],
    ['late', 4],
  ]);
});
