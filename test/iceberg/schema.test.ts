/** Schemas of tables: types, ids, names in files. */
import type { Dataset } from '../../lib/dataset';
import { hiveType, type IcebergType, schemaOf, tableShape } from '../../lib/iceberg';
import { COLUMNS, testDataset } from '../compaction/support/test-dataset';

const withColumns = (...more: readonly [name: string, type: string, comment?: string][]): Dataset =>
  testDataset({
    columns: [
      ...COLUMNS,
      ...more.map(([name, type, comment]) => ({ name, type, ...(comment === undefined ? {} : { comment }) })),
    ],
    input: { formats: ['ndjson'] },
  });

test.each([
  ['tinyint', 'int'],
  ['smallint', 'int'],
  ['int', 'int'],
  ['bigint', 'long'],
  ['float', 'float'],
  ['double', 'double'],
  ['boolean', 'boolean'],
  ['string', 'string'],
  ['date', 'date'],
  ['timestamp', 'timestamp'],
  ['decimal(9,2)', 'decimal(9, 2)'],
])('a %s is a %s', (type, wanted) => {
  const { fields, leaves } = tableShape(withColumns(['x', type]));
  expect(fields[3]).toEqual({ id: 4, name: 'x', required: false, type: wanted });
  expect(leaves.get('x')).toEqual({ id: 4, type: wanted, inCollection: false });
});

/** Parts with the names of others, at every depth. */
const RICH = withColumns(
  ['key', 'int'],
  ['value', 'int'],
  ['element', 'int'],
  ['m', 'map<string,struct<value:int,key:map<string,array<int>>>>'],
  ['l', 'array<struct<element:int,l:array<array<bigint>>>>'],
  ['s', 'struct<s:struct<s:double>,m:map<string,bigint>>'],
);

test('every value within a type has its id, its name in files, and whether it is in a collection', () => {
  const shape = tableShape(RICH);
  expect([...shape.leaves].map(([path, { id, type, inCollection }]) => [path, id, type, inCollection])).toEqual([
    ['id', 1, 'string', false],
    ['at', 2, 'timestamp', false],
    ['n', 3, 'int', false],
    ['key', 4, 'int', false],
    ['value', 5, 'int', false],
    ['element', 6, 'int', false],
    ['m.key_value.key', 10, 'string', true],
    ['m.key_value.value.value', 12, 'int', true],
    ['m.key_value.value.key.key_value.key', 14, 'string', true],
    ['m.key_value.value.key.key_value.value.list.element', 16, 'int', true],
    ['l.list.element.element', 18, 'int', true],
    ['l.list.element.l.list.element.list.element', 21, 'long', true],
    ['s.s.s', 24, 'double', false],
    ['s.m.key_value.key', 25, 'string', true],
    ['s.m.key_value.value', 26, 'long', true],
  ]);
  expect(shape.lastColumnId).toBe(29);
  expect(shape.fields.map(({ id, name }) => [id, name])).toEqual([
    [1, 'id'],
    [2, 'at'],
    [3, 'n'],
    [4, 'key'],
    [5, 'value'],
    [6, 'element'],
    [7, 'm'],
    [8, 'l'],
    [9, 's'],
    [27, 'year'],
    [28, 'month'],
    [29, 'day'],
  ]);
});

const named = (id: number, name: string, ...fields: unknown[]): object => ({
  'field-id': id,
  names: [name],
  ...(fields.length === 0 ? {} : { fields }),
});

test('the mapping names every field as files do, members below it', () => {
  expect(tableShape(RICH).mapping).toEqual([
    named(1, 'id'),
    named(2, 'at'),
    named(3, 'n'),
    named(4, 'key'),
    named(5, 'value'),
    named(6, 'element'),
    named(
      7,
      'm',
      named(10, 'key'),
      named(
        11,
        'value',
        named(12, 'value'),
        named(13, 'key', named(14, 'key'), named(15, 'value', named(16, 'element'))),
      ),
    ),
    named(
      8,
      'l',
      named(17, 'element', named(18, 'element'), named(19, 'l', named(20, 'element', named(21, 'element')))),
    ),
    named(9, 's', named(22, 's', named(24, 's')), named(23, 'm', named(25, 'key'), named(26, 'value'))),
    named(27, 'year'),
    named(28, 'month'),
    named(29, 'day'),
  ]);
});

test('the same columns over an earlier schema are the same, id for id', () => {
  const first = tableShape(RICH);
  const again = tableShape(RICH, [schemaOf(first, [])], first.lastColumnId);
  expect(again).toEqual(first);
  // In another order, too.
  const reversed = tableShape({ ...RICH, columns: [...RICH.columns].reverse() }, [schemaOf(first, [])], 99);
  expect(reversed.lastColumnId).toBe(99);
  expect(new Map([...reversed.leaves].sort())).toEqual(new Map([...first.leaves].sort()));
});

test('of several earlier schemas, what the last one says counts', () => {
  const first = tableShape(withColumns(['x', 'int']));
  const second = tableShape(withColumns(['x', 'string']), [schemaOf(first, [])], first.lastColumnId);
  const known = [schemaOf(first, []), schemaOf(second, [schemaOf(first, [])])];
  const id = (type: string): number | undefined =>
    tableShape(withColumns(['x', type]), known, second.lastColumnId).leaves.get('x')?.id;
  expect([id('string'), id('int')]).toEqual([second.lastColumnId, second.lastColumnId + 1]);
});

test('a part is another one when its type is, and the rest of the column stays', () => {
  const first = tableShape(withColumns(['m', 'map<string,int>'], ['s', 'struct<a:int,b:int>']));
  const next = tableShape(
    withColumns(['m', 'map<string,double>'], ['s', 'struct<a:string,b:bigint>']),
    [schemaOf(first, [])],
    first.lastColumnId,
  );
  const ids = (of: typeof first) => Object.fromEntries([...of.leaves].map(([path, { id }]) => [path, id]));
  const last = first.lastColumnId;
  expect(ids(next)).toEqual({ ...ids(first), 'm.key_value.value': last + 1, 's.a': last + 2 });
  expect(next.fields.map(({ id }) => id)).toEqual(first.fields.map(({ id }) => id));
});

test.each([
  ['float', 'bigint'],
  ['float', 'string'],
  ['int', 'string'],
  ['double', 'float'],
  ['date', 'timestamp'],
  ['decimal(9,2)', 'decimal(10,3)'],
  ['decimal(10,2)', 'decimal(9,2)'],
  ['decimal(9,2)', 'string'],
  ['string', 'decimal(9,2)'],
  ['decimal(9,2)', 'bigint'],
  ['map<string,int>', 'array<int>'],
  ['struct<a:int>', 'map<string,int>'],
])('from %s to %s is no promotion', (from, to) => {
  const first = tableShape(withColumns(['x', from]));
  const next = tableShape(withColumns(['x', to]), [schemaOf(first, [])], first.lastColumnId);
  expect(next.fields[3]?.id).toBe(first.lastColumnId + 1);
});

test.each([
  ['decimal(9,2)', 'decimal(10,2)'],
  ['decimal(10,2)', 'decimal(11,2)'],
  ['decimal(5,0)', 'decimal(38,0)'],
  ['decimal(12,10)', 'decimal(13,10)'],
])('from %s to %s is a promotion', (from, to) => {
  const first = tableShape(withColumns(['x', from]));
  const next = tableShape(withColumns(['x', to]), [schemaOf(first, [])], first.lastColumnId);
  expect(next.fields[3]?.id).toBe(4);
  expect(next.lastColumnId).toBe(first.lastColumnId);
});

test('comments are documentation; a column without one has none', () => {
  const { fields } = tableShape(withColumns(['x', 'int', 'What it is'], ['y', 'int']));
  expect(fields[3]).toEqual({ id: 4, name: 'x', required: false, type: 'int', doc: 'What it is' });
  expect(fields[4]).toEqual({ id: 5, name: 'y', required: false, type: 'int' });
  expect(fields[5]).toEqual({ id: 6, name: 'year', required: false, type: 'int', doc: 'Year of the event time, UTC' });
});

test('keys of the path follow the columns, and are partitioned by as they are', () => {
  const { spec, fields } = tableShape(
    testDataset({ partition: { scheme: 'dt', from: '2026-01-01', to: '2026-12-31' } }),
  );
  expect(fields.slice(3).map(({ id, name, type }) => [id, name, type])).toEqual([[4, 'dt', 'string']]);
  expect(spec).toEqual([{ name: 'dt', transform: 'identity', 'source-id': 4, 'field-id': 1000 }]);
});

test.each<[IcebergType, string]>([
  ['long', 'bigint'],
  ['int', 'int'],
  ['timestamp', 'timestamp'],
  ['decimal(9, 2)', 'decimal(9,2)'],
  [{ type: 'list', 'element-id': 2, element: 'long', 'element-required': false }, 'array<bigint>'],
  [
    { type: 'map', 'key-id': 2, key: 'string', 'value-id': 3, value: 'decimal(9, 2)', 'value-required': false },
    'map<string,decimal(9,2)>',
  ],
  [
    {
      type: 'struct',
      fields: [
        { id: 2, name: 'a', required: false, type: 'long' },
        {
          id: 3,
          name: 'b',
          required: false,
          type: { type: 'list', 'element-id': 4, element: 'int', 'element-required': false },
        },
      ],
    },
    'struct<a:bigint,b:array<int>>',
  ],
])('as Hive spells %j: %s', (type, wanted) => {
  expect(hiveType(type)).toBe(wanted);
});
