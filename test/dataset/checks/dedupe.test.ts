import type { DatasetDefinition } from '../../../lib/dataset';
import { parseDataset, tableMarkdown } from '../../../lib/dataset';
import { definition } from '../helpers';
import { reports } from './reports';

const columns = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'seq', type: 'bigint', notNull: true },
  { name: 'sub', type: 'int' },
  { name: 'gone', type: 'boolean' },
  { name: 'op', type: 'string' },
  { name: 'items', type: 'array<int>' },
  { name: 'price', type: 'double', notNull: true },
];
const dedupe = { key: ['id'], keep: 'latest', by: 'seq' };

reports('dedupe', [
  [
    'beside its short form',
    { columns, dedupe, dedupeKey: ['id'] },
    'dedupeKey: stands beside dedupe, which says the same and more; remove it and write dedupe.key',
  ],
  [
    'no key',
    { columns, dedupe: { keep: 'latest', by: 'seq' } },
    "dedupe.key: is missing; write the columns that identify a row, such as ['id']",
  ],
  [
    'an empty key',
    { columns, dedupe: { ...dedupe, key: [] } },
    "dedupe.key: is empty; write the columns that identify a row, such as ['id']",
  ],
  [
    'a key that may be null',
    { columns, dedupe: { ...dedupe, key: ['sub'] } },
    "dedupe.key[0]: column 'sub' may be null, but a row without a key cannot be told from another; add notNull: true to column 'sub'",
  ],
  [
    'an unknown member',
    { columns, dedupe: { ...dedupe, deletes: 'gone' } },
    "dedupe.deletes: unknown property; write 'deleted'",
  ],
  [
    'something else to keep',
    { columns, dedupe: { ...dedupe, keep: 'last' } },
    "dedupe.keep: 'last' is not known; write one of 'earliest', 'latest'",
  ],
  [
    'the latest of no order',
    { columns, dedupe: { key: ['id'], keep: 'latest' } },
    "dedupe.by: is missing, and keep: 'latest' needs it; name what says which row is later, such as 'updated_at'",
  ],
  [
    'an order that is not there',
    { columns, dedupe: { ...dedupe, by: 'seqq' } },
    "dedupe.by[0]: there is no column 'seqq'; write 'seq'",
  ],
  [
    'an order without an order',
    { columns, dedupe: { ...dedupe, by: ['seq', 'items'] } },
    "dedupe.by[1]: column 'items' has type 'array<int>'; name a column of a scalar type",
  ],
  [
    'an order by the key',
    { columns, dedupe: { ...dedupe, by: ['id'] } },
    "dedupe.by[0]: column 'id' is part of the key; name a column that tells rows of one key apart",
  ],
  [
    'deletions of the earliest',
    { columns, dedupe: { ...dedupe, keep: 'earliest', deleted: 'gone' } },
    "dedupe.deleted: belongs to keep: 'latest'; write keep: 'latest', or remove it",
  ],
  [
    'deletions whose order may be null',
    { columns, dedupe: { ...dedupe, by: ['sub', 'seq'], deleted: 'gone' } },
    "dedupe.by: column 'sub' may be null, but a deletion without it would delete nothing; add notNull: true to column 'sub'",
  ],
  [
    'a marker that is not there',
    { columns, dedupe: { ...dedupe, deleted: 'gon' } },
    "dedupe.deleted: there is no column 'gon'; write 'gone'",
  ],
  [
    'a text as a marker',
    { columns, dedupe: { ...dedupe, deleted: 'op' } },
    "dedupe.deleted: column 'op' has type 'string'; name a boolean column, or write { column: 'op', values: ['D'] } with the values that delete",
  ],
  [
    'values of a boolean',
    { columns, dedupe: { ...dedupe, deleted: { column: 'gone', values: [true] } } },
    "dedupe.deleted.column: column 'gone' has type 'boolean'; write deleted: 'gone'",
  ],
  [
    'values of a number',
    { columns, dedupe: { ...dedupe, deleted: { column: 'price', values: [1] } } },
    "dedupe.deleted.column: column 'price' has type 'double'; name a boolean, string or integer column",
  ],
  [
    'no values',
    { columns, dedupe: { ...dedupe, deleted: { column: 'op', values: [] } } },
    "dedupe.deleted.values: is empty; write the values that delete, such as ['D']",
  ],
  [
    'values of another type, or twice',
    { columns, dedupe: { ...dedupe, deleted: { column: 'op', values: [1, 'D', 'D'] } } },
    "dedupe.deleted.values[0]: 1 is no value of column 'op'; write a string",
    "dedupe.deleted.values[2]: 'D' occurs twice; remove one of them",
  ],
  [
    'a marker in the key',
    { columns, dedupe: { ...dedupe, key: ['id', 'seq'], by: 'at', deleted: { column: 'seq', values: [1] } } },
    "dedupe.deleted.column: column 'seq' is part of the key; name a column that is not",
  ],
  [
    'something that is no object',
    { columns, dedupe: 'id' },
    "dedupe: must be an object, but got 'id'; write for example { key: ['id'], keep: 'latest', by: 'updated_at' }",
  ],
  [
    'an order by one name, of the key',
    { columns, dedupe: { ...dedupe, by: 'id' } },
    "dedupe.by: column 'id' is part of the key; name a column that tells rows of one key apart",
  ],
  [
    'a marker that is no object',
    { columns, dedupe: { ...dedupe, deleted: true } },
    "dedupe.deleted: must be an object, but got true; write for example { column: 'op', values: ['D'] }",
  ],
  [
    'a marker without column and values',
    { columns, dedupe: { ...dedupe, deleted: {} } },
    'dedupe.deleted.column: is missing; write the name of a column',
    "dedupe.deleted.values: is missing; write the values that delete, such as ['D']",
  ],
  [
    'a marker whose column is not there, with values of any type',
    { columns, dedupe: { ...dedupe, deleted: { column: 'opp', values: ['D', 1, true] } } },
    "dedupe.deleted.column: there is no column 'opp'; write 'op'",
  ],
  [
    'a marker whose column has no type',
    {
      columns: [...columns, { name: 'odd', type: 'strng', notNull: true }],
      dedupe: { ...dedupe, deleted: { column: 'odd', values: ['D', 1] } },
    },
    "columns[8].type: unknown type 'strng' at character 1; write one of boolean, tinyint, smallint, int, bigint, float, " +
      'double, string, date, timestamp, binary, decimal(p,s), array<T>, map<K,V>, struct<name:T,...>',
  ],
  [
    'values that are no whole numbers',
    { columns, dedupe: { ...dedupe, deleted: { column: 'sub', values: ['D', 1.5, 2] } } },
    "dedupe.deleted.values[0]: 'D' is no value of column 'sub'; write a whole number",
    "dedupe.deleted.values[1]: 1.5 is no value of column 'sub'; write a whole number",
  ],
]);

const parse = (more: object) => parseDataset(definition({ columns, ...more }) as unknown as DatasetDefinition);

test('the short form, and one name for a list of one, are the same thing', () => {
  expect(parse({ dedupeKey: ['id'] }).dedupe).toEqual({ key: ['id'], keep: 'earliest', by: [], deleted: undefined });
  expect(parse({ dedupe: { key: ['id'], keep: 'earliest' } }).dedupe).toEqual(parse({ dedupeKey: ['id'] }).dedupe);
  expect(parse({ dedupe: { ...dedupe, deleted: 'gone' } }).dedupe).toEqual({
    key: ['id'],
    keep: 'latest',
    by: ['seq'],
    deleted: { column: 'gone', values: [true] },
  });
});

test.each(['tinyint', 'smallint', 'int', 'bigint'])('values of type %s can delete', (type) => {
  const deleted = { column: 'code', values: [3] };
  const more = { columns: [...columns, { name: 'code', type }], dedupe: { ...dedupe, deleted } };
  expect(parse(more).dedupe.deleted).toEqual(deleted);
});

test('a deletion needs its key and its order, and no other column', () => {
  const needless = (more: object): string[] =>
    parse(more).columns.flatMap(({ name, notNull, unless }) => (notNull && unless !== undefined ? [name] : []));
  expect(needless({ dedupe: { ...dedupe, deleted: 'gone' } })).toEqual(['at', 'price']);
  expect(needless({ dedupe })).toEqual([]);
  const marked = parse({ dedupe: { ...dedupe, deleted: 'gone' } }).columns.filter((column) => 'unless' in column);
  expect(marked.map(({ name, unless }) => [name, unless])).toEqual([
    ['at', { column: 'gone', values: [true] }],
    ['price', { column: 'gone', values: [true] }],
  ]);
});

test('the documentation of a table says which row it shows', () => {
  const text = tableMarkdown(
    parse({ dedupe: { ...dedupe, by: ['seq', 'sub'], deleted: { column: 'op', values: ['D', 'd'] } } }),
  );
  expect(text).toContain('| Kept once for each | `id`: the latest by `seq`, `sub` |');
  expect(text).toContain('| Rows that delete their key | `op` is `"D"` or `"d"`; they are not shown |');
});
