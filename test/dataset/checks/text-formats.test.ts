import type { DatasetDefinition } from '../../../lib/dataset';
import { definition } from '../helpers';
import { type Case, mistakes, reports } from './reports';

const csv = (settings: object): Partial<DatasetDefinition> => ({ input: { formats: ['csv'], csv: settings } });
const lines = (settings: object): Partial<DatasetDefinition> => ({
  input: { formats: ['lines'], lines: settings as { pattern: string } },
});
const [first, second] = definition().columns.map(({ name }) => name);

reports('settings of text', [
  [
    'a misspelt setting',
    csv({ nulss: ['-'] }),
    expect.stringMatching(/^input\.csv\.nulss: unknown property; write 'nulls'/),
  ],
  ['no names', csv({ header: [] }), expect.stringMatching(/^input\.csv\.header: is empty; write true, false/)],
  [
    'a name twice',
    csv({ header: ['a', 'b', 'a'] }),
    expect.stringMatching(/^input\.csv\.header\[2\]: the field 'a' occurs twice/),
  ],
  [
    'a delimiter of two characters',
    csv({ delimiter: '||' }),
    "input.csv.delimiter: '||' is not one character; read such files by input.lines, with a pattern such as '^(?<a>[^\\\\|]*)\\\\|\\\\|(?<b>[^\\\\|]*)$'",
  ],
  [
    'names in one text',
    csv({ header: 'id,at' }),
    "input.csv.header: 'id,at' begins as rows do, not as a comment that holds the names; write ['id', 'at'] for the names of the fields in order, or true where the first line has them",
  ],
  [
    'many names in one text',
    csv({ delimiter: ';', header: 'Zähler; Zeit;c;d' }),
    expect.stringMatching(/^input\.csv\.header: .+; write \['Zähler', 'Zeit', 'c', \.\.\.\] for the names/),
  ],
  [
    'a comment that is a quote',
    csv({ comment: '"' }),
    expect.stringMatching(/^input\.csv\.comment: '"' cannot begin a line/),
  ],
  [
    'a header beside other comments',
    csv({ header: '#Fields:', comment: '//' }),
    expect.stringMatching(/^input\.csv\.header: '#Fields:' does not begin as comments do/),
  ],
  [
    'an empty null',
    csv({ nulls: [''] }),
    expect.stringMatching(/^input\.csv\.nulls\[0\]: is empty, and says nothing; remove it: an empty field is null/),
  ],
  [
    'a null with the delimiter',
    csv({ nulls: ['a,b'] }),
    expect.stringMatching(/^input\.csv\.nulls: 'a,b' holds the delimiter/),
  ],
  ['another quote', csv({ quote: '`' }), "input.csv.quote: '`' is not known; write '\"', \"'\" or false"],
  [
    'doubled quotes without quotes',
    csv({ quote: false, escape: 'double' }),
    expect.stringMatching(/^input\.csv\.escape: doubles quotes where there are none/),
  ],
  [
    'one mark for two things',
    csv({ delimiter: ';', decimal: ',', thousands: ',' }),
    expect.stringMatching(/^input\.csv\.thousands: ',' is the decimal mark as well/),
  ],
  [
    'lines without a pattern',
    { input: { formats: ['lines'] } },
    expect.stringMatching(/^input\.lines: is missing; write how lines are divided/),
  ],
  [
    'an ambiguous pattern',
    lines({ pattern: '(?<a>.*) (?<b>.*)' }),
    "input.lines.pattern: is ambiguous: where '.*' at character 6 takes ' ', so does ' ' at character 9; write '[^ ]*' instead of '.*'",
  ],
] as Case[]);

test('columns that must have a value are among the names that are declared', () => {
  expect(mistakes(csv({ header: ['x', 'y'] }))).toEqual([
    expect.stringMatching(
      new RegExp(`^input\\.csv\\.header: has no field '${first}', and column '${first}' must have a value`),
    ),
    expect.stringMatching(
      new RegExp(`^input\\.csv\\.header: has no field '${second}', and column '${second}' must have a value`),
    ),
  ]);
  expect(mistakes(lines({ pattern: `(?<${first}>\\S+) (?<${second}x>\\S+)` }))).toEqual([
    expect.stringContaining(`write '${second}' instead of '${second}x'`),
  ]);
});

test('a name that differs from that of a column in case and separators only is noticed, whether the column needs a value or not', () => {
  const columns = [...definition().columns, { name: 'id_of_the_user', type: 'string' }];
  const expected = [expect.stringContaining("write 'id_of_the_user' instead of 'idOfTheUser'")];
  expect(mistakes({ columns, ...csv({ header: [`${first}`, `${second}`, 'idOfTheUser'] }) })).toEqual(expected);
  const pattern = `(?<${first}>\\S+) (?<${second}>\\S+) (?<idOfTheUser>\\S+)`;
  expect(mistakes({ columns, ...lines({ pattern }) })).toEqual(expected);
});

test('no two names that are declared are for one column, and the name of another is not advised', () => {
  const columns = [...definition().columns, { name: 'x', type: 'string', from: { firstOf: ['X', 'ex'] } }];
  expect(mistakes({ columns, ...csv({ header: [`${first}`, 'X', `${second}`, 'ex'] }) })).toEqual([
    "input.csv.header: has two fields for column 'x'; keep one of them, and rename the other",
  ]);
  const pattern = `(?<${first}>\\S+) (?<${second}>\\S+) (?<ex>\\S+) (?<X>\\S+)`;
  expect(mistakes({ columns, ...lines({ pattern }) })).toEqual([
    "input.lines.pattern: has two groups for column 'x'; keep one of them, and rename the other",
  ]);
  const close = [...definition().columns, { name: 'client', type: 'string' }, { name: 'clients', type: 'string' }];
  expect(mistakes({ columns: close, ...csv({ header: [`${first}`, `${second}`, 'clients'] }) })).toEqual([]);
  expect(mistakes({ columns: close, ...csv({ header: [`${first}`, `${second}`, 'clients', 'clent'] }) })).toEqual([
    "input.csv.header: has no field 'client' for column 'client'; write 'client' instead of 'clent', or the from of the column",
  ]);
});

test('a column that must have a value needs a field, and one without may have none', () => {
  const columns = (notNull: boolean) => [
    ...definition().columns,
    { name: 'x', type: 'string', notNull, from: 'Quantity' },
  ];
  const header = csv({ header: [`${first}`, `${second}`] });
  expect(mistakes({ columns: columns(false), ...header })).toEqual([]);
  expect(mistakes({ columns: columns(true), ...header })).toEqual([
    "input.csv.header: has no field 'Quantity', and column 'x' must have a value; add the field, or write the from of the column",
  ]);
});

test('columns that take their own spelling fit the names in any spelling', () => {
  const columns = [...definition().columns, { name: 'user_id', type: 'string', notNull: true }];
  expect(mistakes({ columns, columnNames: 'snake', ...csv({ header: ['Id', 'AT', 'UserID'] }) })).toEqual([]);
});

test.each([
  ['csv', csv({}), 'CSV', 'field'],
  ['lines', lines({ pattern: `(?<${first}>\\S+) (?<${second}>\\S+) (?<x>\\S+)` }), 'lines', 'group'],
])('what %s cannot hold is told with the way out', (format, settings, shown) => {
  const of = (column: object) =>
    mistakes({ ...settings, columns: [...definition().columns, { name: 'x', ...column }] });
  expect(of({ type: 'array<int>' })).toEqual([
    `columns[2].type: type 'array<int>' cannot come from ${shown}; remove '${format}' from input.formats, or use a scalar type other than binary`,
  ]);
  const path = `columns[2].from: a path cannot be looked up in ${shown}, which does not nest; remove '${format}' from input.formats, or name the column of the header as well with firstOf`;
  expect(of({ type: 'string', from: { path: ['a', 'b'] } })).toContain(path);
  expect(of({ type: 'string', from: { firstOf: ['x', { path: ['a', 'b'] }] } })).toEqual([]);
  expect(of({ type: 'string', from: { join: ['x', { path: ['a', 'b'] }] } })).toContain(path);
});

test('the names of joined fields are advised where rows have none', () => {
  const columns = [...definition().columns, { name: 'j', type: 'string', from: { join: ['a', 'b'] } }];
  expect(mistakes({ columns, ...csv({ header: false }) })).toEqual([
    "columns[2].from: column 'j' is joined from fields, and with input.csv.header: false a field is a column; write the names of the fields in order as input.csv.header",
  ]);
});

test('a column is joined from fields that have names', () => {
  const columns = [...definition().columns, { name: 'j', type: 'string', from: { join: ['a', 'b'] } }];
  expect(mistakes({ columns, ...csv({ header: false }) })).toEqual([
    expect.stringContaining("column 'j' is joined from fields, and with input.csv.header: false a field is a column"),
  ]);
  expect(mistakes({ columns, ...csv({ header: [`${first}`, `${second}`, 'a'] }) })).toEqual([
    expect.stringContaining("has no field 'b' for column 'j'"),
  ]);
  expect(
    mistakes({ columns: [...definition().columns, { name: 'j', type: 'int', from: { join: ['a', 'b'] } }] }),
  ).toEqual([expect.stringContaining("joins texts to the type 'int'")]);
  expect(
    mistakes({ columns: [...definition().columns, { name: 'j', type: 'string', from: { join: ['a'] } }] }),
  ).toEqual([expect.stringContaining('joins one name')]);
});
