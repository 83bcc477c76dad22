import { DDL_RESERVED, DML_RESERVED } from '../../../lib/dataset/checks/reserved-words';
import { columnsOf, definition } from '../helpers';
import { columnRule, mistakes, reports, withColumn } from './reports';

const columnExample = "write for example [{ name: 'event_id', type: 'string', notNull: true }]";

reports('columns', [
  [
    'missing columns',
    { columns: undefined },
    `columns: is missing; ${columnExample}`,
    "eventTime: there is no column 'at'; write the name of one of the columns",
  ],
  [
    'no columns',
    { columns: [] },
    `columns: is empty; ${columnExample}`,
    "eventTime: there is no column 'at'; write the name of one of the columns",
  ],
  [
    'columns that are no array',
    { columns: { at: 'timestamp' } },
    `columns: must be an array, but got an object; ${columnExample}`,
    "eventTime: there is no column 'at'; write the name of one of the columns",
  ],
  [
    'too many columns',
    { columns: columnsOf(...Array.from({ length: 999 }, () => 'int')) },
    'columns: has 1,001 columns; write at most 1,000; group columns that belong together into a struct',
  ],
  [
    'a column that is not an object',
    withColumn('x string'),
    "columns[2]: must be an object, but got 'x string'; write for example { name: 'id', type: 'string' }",
  ],
  [
    'a column without name and type',
    withColumn({}),
    `columns[2].name: is missing; ${columnRule}`,
    "columns[2].type: is missing; write a Hive type, for example 'string' or 'array<int>'",
  ],
  [
    'a hole in the array',
    { columns: [...definition().columns, undefined] },
    "columns[2]: is missing; write for example { name: 'id', type: 'string' }",
  ],
  [
    'an unknown property',
    withColumn({ name: 'x', type: 'int', coment: '' }),
    "columns[2].coment: unknown property; write 'comment'",
  ],
  [
    'an uppercase name',
    withColumn({ name: 'clientIp', type: 'int' }),
    "columns[2].name: 'clientIp' is not a lowercase name; write 'client_ip'",
  ],
  [
    'a name that becomes a reserved word',
    withColumn({ name: 'Date', type: 'int' }),
    `columns[2].name: 'Date' is not a lowercase name; ${columnRule}`,
  ],
  [
    'a name of symbols',
    withColumn({ name: '%', type: 'int' }),
    `columns[2].name: '%' is not a lowercase name; ${columnRule}`,
  ],
  [
    'a word reserved in DDL',
    withColumn({ name: 'date', type: 'date' }),
    "columns[2].name: 'date' is a reserved word of Athena; write another name, for example 'event_date'",
  ],
  [
    'a word reserved in SELECT',
    withColumn({ name: 'first', type: 'date' }),
    "columns[2].name: 'first' is a reserved word of Athena; write another name, for example 'event_first'",
  ],
  [
    "a column of the engine's own",
    withColumn({ name: 'file_row_number', type: 'bigint' }),
    "columns[2].name: 'file_row_number' is a column of the compaction engine's own; write another name, for example 'row_number'",
  ],
  [
    'a long name',
    withColumn({ name: 'a'.repeat(256), type: 'int' }),
    'columns[2].name: has 256 characters; write at most 255',
  ],
  [
    'a name used twice',
    withColumn({ name: 'id', type: 'int' }),
    "columns[2].name: column 'id' occurs twice; give each column its own name",
  ],
  [
    'names that differ only by case',
    withColumn({ name: 'ID', type: 'int' }),
    "columns[2].name: 'ID' is not a lowercase name; write 'id'",
    "columns[2].name: 'ID' and 'id' differ only by case, and Athena compares names without case; give each column its own name",
  ],
  [
    'an unknown type',
    { columns: columnsOf('struct<a:strng>') },
    "columns[2].type: unknown type 'strng' at character 10; write one of boolean, tinyint, smallint, int, bigint, float, " +
      'double, string, date, timestamp, binary, decimal(p,s), array<T>, map<K,V>, struct<name:T,...>',
  ],
  [
    'a type that is not a string',
    withColumn({ name: 'x', type: { kind: 'int' } }),
    "columns[2].type: must be a string, but got an object; write a Hive type, for example 'string' or 'array<int>'",
  ],
  [
    'a type beyond what Glue stores',
    { columns: columnsOf('x'.repeat(131_073)) },
    'columns[2].type: has 131,073 characters; write at most 131,072',
  ],
  [
    'reserved words in structs',
    { columns: columnsOf('array<struct<end:int,user:string,m:map<string,struct<order:int>>>>') },
    "columns[2].type: struct field 'end' is a reserved word of Athena; write another name, for example 'event_end'",
    "columns[2].type: struct field 'order' is a reserved word of Athena; write another name, for example 'event_order'",
  ],
  [
    'notNull that is not a boolean',
    withColumn({ name: 'x', type: 'int', notNull: 'yes' }),
    "columns[2].notNull: must be a boolean, but got 'yes'; write true or false",
  ],
  [
    'a comment that is not a string',
    withColumn({ name: 'x', type: 'int', comment: null }),
    'columns[2].comment: must be a string, but got null; write what the column means',
  ],
  [
    'a long comment',
    withColumn({ name: 'x', type: 'int', comment: 'é'.repeat(128) }),
    'columns[2].comment: has 256 bytes; write at most 255',
  ],
  [
    'a comment of two lines',
    withColumn({ name: 'x', type: 'int', comment: 'a\r\nb' }),
    'columns[2].comment: holds a line break or control character; write it as one line',
  ],
]);

const mistakesOf = (columns: readonly unknown[]) => mistakes({ columns: [...definition().columns, ...columns] });

test('what is exactly at a limit is taken', () => {
  const struct = (length: number): string => `struct<${'a'.repeat(length - 'struct<:int>'.length)}:int>`;
  expect(mistakesOf(Array.from({ length: 998 }, (_, index) => ({ name: `c${index}`, type: 'int' })))).toEqual([]);
  expect(mistakesOf([{ name: 'x', type: 'int', comment: 'a'.repeat(255) }])).toEqual([]);
  expect(mistakesOf([{ name: 'x', type: struct(131_072) }])).not.toEqual([expect.stringContaining('characters')]);
});

test.each([
  ['--Client---Address--', "write 'client_address'"],
  ['A'.repeat(255), `write '${'a'.repeat(255)}'`],
  ['A'.repeat(256), columnRule],
])('a better name than %s is proposed only where it would be taken', (name, fix) => {
  expect(mistakesOf([{ name, type: 'int' }])).toEqual([`columns[2].name: '${name}' is not a lowercase name; ${fix}`]);
});

test('names that differ only by case are told once, whichever comes first', () => {
  expect(mistakesOf([{ name: 'Straße', type: 'int' }]).length).toBe(1);
  expect(mistakesOf([{ name: 'AT', type: 'int' }])).toEqual([
    expect.stringContaining("'AT' is not a lowercase name"),
    expect.stringContaining("'AT' and 'at' differ only by case"),
  ]);
});

test('values joined to anything but a time or a text are refused', () => {
  const joined = (type: string) => mistakesOf([{ name: 'x', type, from: { join: ['a', 'b'] } }]);
  expect(joined('date')).toEqual([
    "columns[2].from: joins texts to the type 'date'; change the type to timestamp or string, or name one value",
  ]);
  expect(joined('string')).toEqual([]);
  expect(joined('strng')).toHaveLength(1);
});

test('refuses every reserved word', () => {
  for (const word of [...DDL_RESERVED, ...DML_RESERVED]) {
    expect(mistakes(withColumn({ name: word, type: 'int' }))).toEqual([
      `columns[2].name: '${word}' is a reserved word of Athena; write another name, for example 'event_${word}'`,
    ]);
  }
});
