import fc from 'fast-check';
import { snakeCase } from '../../../lib/dataset';
import { dataset, definition } from '../helpers';
import { type Case, mistakes, reports } from './reports';

const forms =
  "write a name such as 'eventTime', { path: ['user', 'id'] }, { firstOf: ['eventTime', 'event-time'] }, or { join: ['date', 'time'] }";
const oneOfThem = 'take each value into one column: change the name or the from of one of them';

/** The columns of the valid definition and these, each of type `string` unless it says another. */
const withColumns = (...columns: readonly object[]) => ({
  columns: [...definition().columns, ...columns.map((column) => ({ type: 'string', ...column }))],
});

reports('where a column comes from', [
  ['a number', withColumns({ name: 'x', from: 5 }), `columns[2].from: must be an object, but got 5; ${forms}`],
  ['an empty object', withColumns({ name: 'x', from: {} }), `columns[2].from: says no name; ${forms}`],
  [
    'an array',
    withColumns({ name: 'x', from: ['a', 'b'] }),
    'columns[2].from: an array could be a path or a choice; write { path: [...] } for a member of a member, or { firstOf: [...] } for several names',
  ],
  [
    'both forms',
    withColumns({ name: 'x', from: { path: ['a'], firstOf: ['b'] } }),
    `columns[2].from: has both path and firstOf; ${forms}`,
  ],
  [
    'another form',
    withColumns({ name: 'x', from: { paths: ['a'] } }),
    "columns[2].from.paths: unknown property; write 'path'",
    `columns[2].from: says no name; ${forms}`,
  ],
  [
    'an empty path',
    withColumns({ name: 'x', from: { path: [] } }),
    "columns[2].from.path: is empty; write the names from the outside in, for example ['userIdentity', 'type']",
  ],
  [
    'a name that is not text',
    withColumns({ name: 'x', from: { path: ['a', 1] } }),
    'columns[2].from.path[1]: must be a string, but got 1; write a name as it stands in the input',
  ],
  [
    'a path of many names',
    withColumns({ name: 'x', from: { path: Array.from({ length: 33 }, () => 'a') } }),
    'columns[2].from.path: has 33 items; write at most 32',
  ],
  [
    'a very long name',
    withColumns({ name: 'x', from: 'x'.repeat(1001) }),
    'columns[2].from: has 1,001 characters; write at most 1,000',
  ],
  [
    'half of a character',
    withColumns({ name: 'x', from: '\ud83d' }),
    'columns[2].from: holds half of a surrogate pair; write whole characters',
  ],
  [
    'a name twice in one choice',
    withColumns({ name: 'x', from: { firstOf: ['a', { path: ['a'] }] } }),
    'columns[2].from.firstOf[1]: "a" occurs twice; remove one of them',
  ],
  [
    'a name that two columns take',
    withColumns({ name: 'x', from: 'a' }, { name: 'y', from: { firstOf: ['b', 'a'] } }),
    `columns[3].from: "a" is named by column 'x' too; ${oneOfThem}`,
  ],
  [
    'the name of another column',
    withColumns({ name: 'x', from: 'id' }),
    `columns[2].from: "id" is the name of column 'id', which takes it too; ${oneOfThem}`,
  ],
  [
    'the name of a later column, whose values come from elsewhere',
    withColumns({ name: 'x', from: 'y' }, { name: 'y', from: 'z' }),
    `columns[3].from: "y" is named by column 'x' too; ${oneOfThem}`,
  ],
  [
    'a path into what another column takes',
    withColumns({ name: 'x', from: 'user' }, { name: 'y', from: { path: ['user', 'type'] } }),
    'columns[3].from: "user" / "type" is within "user", which column \'x\' takes as a whole; ' +
      'take it from that column in queries, or change the from of one of them',
  ],
  [
    'a path into the column itself',
    withColumns({ name: 'agent', from: { path: ['agent', 'Name'] } }),
    'columns[2].from: "agent" / "Name" is within "agent", which is a place of the value itself; ' +
      "a column is taken under its own name too: rename it, for example to 'agent_name'",
  ],
  [
    "a path into MongoDB's own form of an id",
    withColumns({ name: '_id', from: { path: ['_id', '$oid'] } }),
    'columns[2].from: "_id" / "$oid" is within "_id", which is a place of the value itself; ' +
      "a column is taken under its own name too: rename it, for example to 'id_oid'",
  ],
  [
    "a path into MongoDB's own form of a time",
    withColumns({ name: 'created_at', from: { path: ['created_at', '$date'] } }),
    expect.stringContaining("rename it, for example to 'created_at_date'"),
  ],
  [
    'a path into another choice',
    withColumns({ name: 'x', from: { firstOf: ['a', { path: ['a', 'b'] }] } }),
    'columns[2].from: "a" / "b" is within "a", which is a place of the value itself; remove one of the two',
  ],
  [
    'a column that takes its own name, after one that names it',
    withColumns({ name: 'y', from: 'x' }, { name: 'x' }),
    `columns[2].from: "x" is the name of column 'x', which takes it too; ${oneOfThem}`,
  ],
  [
    'a path whose last name is another column',
    withColumns({ name: 'x', from: { path: ['a', 'y'] } }, { name: 'y', from: { path: ['a', 'y'] } }),
    `columns[3].from: "a" / "y" is named by column 'x' too; ${oneOfThem}`,
  ],
  [
    'a path into itself whose name has marks within and at both ends',
    withColumns({ name: '__a', from: { path: ['__a', '$$b-$c$$'] } }),
    'columns[2].from: "__a" / "$$b-$c$$" is within "__a", which is a place of the value itself; ' +
      "a column is taken under its own name too: rename it, for example to 'a_b_c'",
  ],
  [
    'a longer path into another choice that begins with the name of the column',
    withColumns({ name: 'x', from: { firstOf: [{ path: ['a', 'x'] }, { path: ['a', 'x', 'c'] }] } }),
    'columns[2].from: "a" / "x" / "c" is within "a" / "x", which is a place of the value itself; remove one of the two',
  ],
  [
    'one more name than a choice may have',
    withColumns({ name: 'x', from: { firstOf: Array.from({ length: 33 }, (_, index) => `n${index}`) } }),
    'columns[2].from.firstOf: has 33 items; write at most 32',
  ],
  ...(['firstOf', 'join'] as const).flatMap((form): Case[] => [
    [
      `no names in ${form}`,
      withColumns({ name: 'x', from: { [form]: [] } }),
      `columns[2].from.${form}: is empty; write names and paths in order of preference, for example ['eventTime', 'time']`,
    ],
    [
      `a number in ${form}`,
      withColumns({ name: 'x', from: { [form]: ['a', 5] } }),
      `columns[2].from.${form}[1]: must be an object, but got 5; write a name, or { path: ['user', 'id'] }`,
    ],
    [
      `a wrong name of a path in ${form}`,
      withColumns({ name: 'x', from: { [form]: ['a', { path: ['b', 5] }] } }),
      `columns[2].from.${form}[1].path[1]: must be a string, but got 5; write a name as it stands in the input`,
    ],
  ]),
  [
    'a choice that is no array',
    withColumns({ name: 'x', from: { firstOf: 'a' } }),
    "columns[2].from.firstOf: must be an array, but got 'a'; write names and paths in order of preference, for example ['eventTime', 'time']",
  ],
  [
    'a path that is no array',
    withColumns({ name: 'x', from: { path: 'a.b' } }),
    "columns[2].from.path: must be an array, but got 'a.b'; write the names from the outside in, for example ['userIdentity', 'type']",
  ],
  [
    'one name to join',
    withColumns({ name: 'x', from: { join: ['a'] } }),
    "columns[2].from.join: joins one name; write two or more, or from: 'name'",
  ],
  [
    'a column of CSV that is a path only',
    { ...withColumns({ name: 'x', from: { path: ['a', 'b'] } }), input: { formats: ['ndjson', 'csv'] } },
    'columns[2].from: a path cannot be looked up in CSV, which does not nest; ' +
      "remove 'csv' from input.formats, or name the column of the header as well with firstOf",
  ],
]);

reports('the names of columns', [
  [
    'another kind of names',
    { columnNames: 'camel' },
    "columnNames: 'camel' is not known; write one of 'exact', 'snake'",
  ],
  [
    'a spelling of another column',
    { ...withColumns({ name: 'event_id' }, { name: 'legacy', from: 'eventId' }), columnNames: 'snake' },
    "columns[3].from: \"eventId\" is also a spelling of column 'event_id', because columnNames is 'snake'; " +
      "give column 'event_id' a from of its own, or change this one",
  ],
  [
    'a path into a spelling of another column',
    {
      ...withColumns({ name: 'app_user', type: 'struct<x:int>' }, { name: 'y', from: { path: ['appUser', 'y'] } }),
      columnNames: 'snake',
    },
    "columns[3].from: \"appUser\" is also a spelling of column 'app_user', because columnNames is 'snake'; " +
      "give column 'app_user' a from of its own, or change this one",
  ],
]);

const STRUCT = { name: 'x', type: 'struct<a:array<struct<b:map<string,struct<c:int,d:int>>>>>' };

reports('fields of structs', [
  [
    'settings of a field that is not there',
    withColumns({ ...STRUCT, fields: { 'a.b.e': { from: 'E' } } }),
    `columns[2].fields["a.b.e"]: there is no struct field 'a.b.e' in the type; write 'a.b.c'`,
  ],
  [
    'settings of fields of no struct',
    withColumns({ name: 'x', fields: { a: { from: 'E' } } }),
    "columns[2].fields.a: there is no struct field 'a' in the type; name a field of a struct, with dots between nested ones",
  ],
  [
    'settings that are no object',
    withColumns({ ...STRUCT, fields: ['a'] }),
    "columns[2].fields: must be an object, but got an array; write for example { type: { from: 'Type' } }",
  ],
  [
    'an unknown setting of a field',
    withColumns({ ...STRUCT, fields: { a: { form: 'A' } } }),
    "columns[2].fields.a.form: unknown property; write 'from'",
  ],
  [
    'a setting of a field that is no object',
    withColumns({ ...STRUCT, fields: { a: 'A' } }),
    "columns[2].fields.a: must be an object, but got 'A'; write for example { from: 'Type' }",
  ],
  [
    'joined names for a field',
    withColumns({ ...STRUCT, fields: { 'a.b.c': { from: { join: ['x', 'y'] } }, 'a.b.d': { from: 'x' } } }),
    'columns[2].fields["a.b.c"].from: joins names for a field of a struct; make a column of it',
  ],
  [
    'a wrong format and a wrong name of a field',
    withColumns({ ...STRUCT, fields: { 'a.b.c': { format: 'json', from: 5 } } }),
    "columns[2].fields[\"a.b.c\"].format: 'json' keeps any JSON as text, for the type 'int'; change the type to string, or remove it; a field of a struct has its format in fields",
    `columns[2].fields["a.b.c"].from: must be an object, but got 5; ${forms}`,
  ],
  [
    'a name that two fields take',
    withColumns({ ...STRUCT, fields: { 'a.b.c': { from: 'C' }, 'a.b.d': { from: 'C' } } }),
    'columns[2].fields["a.b.d"].from: "C" is named by struct field \'c\' too; ' +
      'take each value into one struct field: change the name or the from of one of them',
  ],
]);

test('takes the most and the longest names, and paths beside each other', () => {
  const names = Array.from({ length: 32 }, (_, index) => `n${index}`);
  const path = ['outer', ...names.slice(1)];
  expect(mistakes(withColumns({ name: 'x', from: { path } }, { name: 'y', from: { firstOf: names } }))).toEqual([]);
  expect(mistakes(withColumns({ name: 'x', from: 'x'.repeat(1000) }))).toEqual([]);
  expect(mistakes({ input: { formats: ['json'], json: { unwrap: '.a' } } })).toEqual([]);
  expect(mistakes({ input: { formats: ['json'], json: { unwrap: 'a.' } } })).toEqual([]);
});

test('a spelling in snake case is that of another column only', () => {
  const snake = (...columns: readonly object[]) => mistakes({ ...withColumns(...columns), columnNames: 'snake' });
  expect(snake({ name: 'user_agent' }, { name: 'x', from: { path: ['userAgents', 'x'] } })).toEqual([]);
  expect(snake({ name: 'legacy', from: { path: ['Legacy', 'x'] } })).toEqual([]);
});

test('a place that is no name and no path is told with both forms', () => {
  expect(mistakes({ input: { formats: ['json'], json: { unwrap: 5 } } })).toEqual([
    "input.json.unwrap: must be an object, but got 5; write a name, or { path: ['payload', 'after'] }",
  ]);
});

test('sources are read in order of preference, those of struct fields at any depth', () => {
  const { columns } = dataset({
    ...withColumns(
      { name: 'w', from: 'W' },
      { name: 'x', from: { path: ['a', 'b.c'] } },
      { name: 'y', from: { firstOf: ['Y', { path: ['why', 'z'] }] } },
      { ...STRUCT, name: 'z', fields: { 'a.b.c': { from: '__proto__' } } },
    ),
  });
  expect(columns.slice(2, 5).map(({ from }) => from)).toEqual([[['W']], [['a', 'b.c']], [['Y'], ['why', 'z']]]);
  expect(columns.map((column) => 'from' in column)).toEqual([false, false, true, true, true, false]);
  expect(JSON.stringify(columns[5]?.type)).toContain('{"name":"c","type":{"kind":"int"},"from":[["__proto__"]]}');
});

test.each([
  ['eventID', 'event_id'],
  ['VendorID', 'vendor_id'],
  ['PULocationID', 'pu_location_id'],
  ['HTTPStatusCode', 'http_status_code'],
  ['tpep_pickup_datetime', 'tpep_pickup_datetime'],
  ['userIDs', 'user_ids'],
  ['requestIDsOfVPCs', 'request_ids_of_vpcs'],
  ['S3Bucket', 's3_bucket'],
  ['account-id', 'account_id'],
  ['Log Status', 'log_status'],
  ['user.name', 'user_name'],
  ['EVENT_ID', 'event_id'],
  ['A', 'a'],
  ['_id', '_id'],
])('the snake case of %s is %s', (name, expected) => {
  expect(snakeCase(name)).toBe(expected);
});

test('a name in snake case is its own snake case, and that of its camel case', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9]{1,6}$/).filter((text) => text !== 's');
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const snake = words.join('_');
      const pascal = words.map((text) => `${text[0]?.toUpperCase()}${text.slice(1)}`).join('');
      expect([snake, pascal, `${pascal[0]?.toLowerCase()}${pascal.slice(1)}`].map(snakeCase)).toEqual([
        snake,
        snake,
        snake,
      ]);
      expect(snakeCase(snakeCase(pascal))).toBe(snake);
    }),
  );
});
