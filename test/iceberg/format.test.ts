import fc from 'fast-check';
import { readFooter } from '../../lambda/iceberg/footer';
import type { ColumnDefinition } from '../../lib/dataset';
import { bound, type IcebergField, schemaOf, type TableShape, tableShape } from '../../lib/iceberg';
import { testDataset } from '../compaction/support/test-dataset';
import { IcebergLake } from './lake';

const BASE: readonly ColumnDefinition[] = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
];
const shapeOf = (more: readonly ColumnDefinition[], previous?: TableShape): TableShape =>
  tableShape(
    testDataset({ columns: [...BASE, ...more], input: { formats: ['ndjson'] } }),
    previous === undefined ? [] : [schemaOf(previous, [])],
    previous?.lastColumnId,
  );
const field = ({ fields }: TableShape, name: string): IcebergField | undefined =>
  fields.find((own) => own.name === name);

test('every type of a dataset has its type, and every value within it an id of its own', () => {
  const shape = shapeOf([
    { name: 'small', type: 'tinyint' },
    { name: 'big', type: 'bigint' },
    { name: 'price', type: 'decimal(12,2)' },
    { name: 'tags', type: 'array<struct<a:int,b:map<string,double>>>' },
  ]);
  expect(shape.fields.map(({ id, name, type }) => [id, name, typeof type === 'string' ? type : type.type])).toEqual([
    [1, 'id', 'string'],
    [2, 'at', 'timestamp'],
    [3, 'small', 'int'],
    [4, 'big', 'long'],
    [5, 'price', 'decimal(12, 2)'],
    [6, 'tags', 'list'],
    [12, 'year', 'int'],
    [13, 'month', 'int'],
    [14, 'day', 'int'],
  ]);
  expect(field(shape, 'tags')?.type).toEqual({
    type: 'list',
    'element-id': 7,
    element: {
      type: 'struct',
      fields: [
        { id: 8, name: 'a', required: false, type: 'int' },
        {
          id: 9,
          name: 'b',
          required: false,
          type: { type: 'map', 'key-id': 10, key: 'string', 'value-id': 11, value: 'double', 'value-required': false },
        },
      ],
    },
    'element-required': false,
  });
  expect([...shape.leaves.keys()]).toEqual([
    'id',
    'at',
    'small',
    'big',
    'price',
    'tags.list.element.a',
    'tags.list.element.b.key_value.key',
    'tags.list.element.b.key_value.value',
  ]);
  expect(shape.spec.map((own) => own['source-id'])).toEqual([12, 13, 14]);
});

test('ids stay through every change, and a column that is added again is another one', () => {
  const first = shapeOf([{ name: 'who', type: 'struct<id:int>' }]);
  const widened = shapeOf(
    [
      { name: 'extra', type: 'int' },
      { name: 'who', type: 'struct<name:string,id:bigint>' },
    ],
    first,
  );
  for (const name of ['id', 'at', 'who', 'year', 'month', 'day']) {
    expect(field(widened, name)?.id).toBe(field(first, name)?.id);
  }
  const inner = (shape: TableShape) => {
    const type = field(shape, 'who')?.type;
    return typeof type === 'object' && type.type === 'struct' ? type.fields.map(({ id, name }) => [name, id]) : [];
  };
  expect(inner(first)).toEqual([['id', 4]]);
  expect(inner(widened)).toEqual([
    ['name', first.lastColumnId + 2],
    ['id', 4],
  ]);
  const removed = shapeOf([], widened);
  const again = shapeOf([{ name: 'who', type: 'struct<id:int>' }], removed);
  expect(again.lastColumnId).toBe(widened.lastColumnId + 2);
  expect(field(again, 'who')?.id).toBe(widened.lastColumnId + 1);
});

test('bounds of strings hold the string between them, in at most 16 characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const value = Buffer.from(text);
      const lower = bound('string', value, 'lower') as Buffer;
      const upper = bound('string', value, 'upper');
      expect([...lower.toString()].length).toBeLessThanOrEqual(16);
      expect(Buffer.compare(lower, value)).toBeLessThanOrEqual(0);
      if (upper === undefined) expect([...text].slice(0, 16).every((own) => own === '\u{10ffff}')).toBe(true);
      else {
        expect([...upper.toString()].length).toBeLessThanOrEqual(16);
        expect(Buffer.compare(upper, value)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
  expect(bound('string', Buffer.from('a'.repeat(17)), 'upper')?.toString()).toBe(`${'a'.repeat(15)}b`);
  expect(bound('string', Buffer.from('\ud7ff'.repeat(17)), 'upper')?.toString()).toBe(`${'\ud7ff'.repeat(15)}\ue000`);
  expect(bound('string', Buffer.from('\u{10ffff}'.repeat(17)), 'upper')).toBeUndefined();
  expect(bound('string', Buffer.from([0x61, 0xc3]), 'upper')).toBeUndefined();
});

test.each([
  [0n, '00'],
  [127n, '7f'],
  [128n, '0080'],
  [-1n, 'ff'],
  [-128n, '80'],
  [-129n, 'ff7f'],
])('the decimal %s is as short as can be', (value, hex) => {
  expect(bound('decimal(9, 2)', value, 'lower')?.toString('hex')).toBe(hex);
});

test.each(['float', 'double', 'binary'])('a %s has no bound', (type) => {
  for (const value of [1.5, Buffer.from('x')]) expect(bound(type, value, 'lower')).toBeUndefined();
});

test('metrics of a footer cover all row groups, and leave out what a group does not tell', async () => {
  const world = new IcebergLake();
  try {
    const dataset = testDataset({
      input: { formats: ['ndjson'] },
      columns: [
        ...BASE,
        { name: 'price', type: 'decimal(12,2)' },
        { name: 'exact', type: 'decimal(38,2)' },
        { name: 'ratio', type: 'double' },
        { name: 'tags', type: 'array<int>' },
        { name: 'empty', type: 'int' },
        { name: 'day_of', type: 'date' },
        { name: 'who', type: 'struct<n:bigint>' },
      ],
    });
    const body = await world.parquet(
      `SELECT 'id-' || lpad(i::VARCHAR, 5, '0') AS id, TIMESTAMP '2026-06-15 10:00:00.000001' + to_seconds(i) AS at,
         ((i - 4000) / 4)::DECIMAL(12,2) AS price, i::DECIMAL(38,2) AS exact,
         i / 3 AS ratio, [i::INTEGER] AS tags, NULL::INTEGER AS empty, DATE '1969-12-31' + i::INTEGER AS day_of,
         {n: i} AS who FROM range(5000) t(i)`,
      'ROW_GROUP_SIZE 2048',
    );
    const key = await world.put(dataset, 'year=2026/month=06/day=15', body);
    const object = { key, etag: (await world.store.get('curated', key))?.etag as string, size: body.length };
    const shape = tableShape(dataset);
    const info = { ...object, lastModified: new Date(0) };
    const { metrics } = await readFooter(world.store, 'curated', info, shape);
    const id = (path: string): number => shape.leaves.get(path)?.id as number;
    const range = (path: string) =>
      (['lower_bounds', 'upper_bounds'] as const).map(
        (side) => metrics[side].find((own) => own.key === id(path))?.value,
      );
    const long = (value: bigint): Buffer => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(value);
      return bytes;
    };
    const start = BigInt(Date.parse('2026-06-15T10:00:00Z')) * 1000n + 1n;
    expect(metrics.record_count).toBe(5000);
    expect(range('id')).toEqual([Buffer.from('id-00000'), Buffer.from('id-04999')]);
    expect(range('at')).toEqual([long(start), long(start + 4_999_000_000n)]);
    expect(range('price')).toEqual([
      bound('decimal(12, 2)', -100_000n, 'lower'),
      bound('decimal(12, 2)', 24_975n, 'upper'),
    ]);
    expect(range('day_of')).toEqual([bound('date', -1, 'lower'), bound('date', 4998, 'upper')]);
    expect(range('who.n')).toEqual([long(0n), long(4999n)]);
    for (const path of ['exact', 'ratio', 'tags.list.element', 'empty'])
      expect(range(path)).toEqual([undefined, undefined]);
    const nulls = (path: string) => metrics.null_value_counts.find((own) => own.key === id(path))?.value;
    expect([nulls('empty'), nulls('id')]).toEqual([5000, 0]);
  } finally {
    await world.close();
  }
});
