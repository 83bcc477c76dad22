import type { DatasetDefinition } from '../../../lib/dataset';
import { dataset, definition } from '../helpers';
import { type Case, mistakes, reports } from './reports';

const csv = (settings: object): Partial<DatasetDefinition> => ({ input: { formats: ['csv'], csv: settings } });
const lines = (settings: object): Partial<DatasetDefinition> => ({
  input: { formats: ['lines'], lines: settings as { pattern: string } },
});
const [first, second] = definition().columns.map(({ name }) => name);

const mark = "write printable ASCII such as '#', not beginning with a quote";
const nullTexts = "write texts as they stand in the input, for example ['-', '\\\\N']";
const longText = 'x'.repeat(101);
const manyNames = Array.from({ length: 2001 }, (_, index) => `f${index}`);

reports('settings of text', [
  ['a header that is the text false', csv({ header: 'false' }), expect.stringMatching(/; write false$/)],
  ['too many names', csv({ header: manyNames }), 'input.csv.header: has 2,001 names; write at most 2,000'],
  [
    'a name that is a number',
    csv({ header: ['a', 1] }),
    'input.csv.header[1]: must be a string, but got 1; write the name of a field',
  ],
  [
    'one name in a text',
    csv({ header: 'id' }),
    "input.csv.header: 'id' begins as rows do, not as a comment that holds the names; write ['id'] for the names of the fields in order, or true where the first line has them",
  ],
  [
    'three names in a text',
    csv({ header: 'id|at|x' }),
    expect.stringMatching(/; write \['id', 'at', 'x'\] for the names/),
  ],
  ['a comment that is a number', csv({ comment: 7 }), `input.csv.comment: must be a string, but got 7; ${mark}`],
  ...['#\n', 'ä#', '#ä', `#${'x'.repeat(100)}`].map(
    (text): Case => [
      `the mark of comments ${JSON.stringify(text.slice(0, 5))}`,
      csv({ header: text.startsWith('ä') ? true : text, comment: text.startsWith('ä') ? text : undefined }),
      expect.stringMatching(/^input\.csv\.(?:comment|header): .* cannot begin a line; /s),
    ],
  ),
  ['a long comment', csv({ comment: '#'.repeat(11) }), 'input.csv.comment: has 11 characters; write at most 10'],
  ['no nulls', csv({ nulls: [] }), 'input.csv.nulls: has 0 texts; write 1 to 20'],
  [
    'too many nulls',
    csv({ nulls: Array.from({ length: 21 }, (_, index) => `n${index}`) }),
    'input.csv.nulls: has 21 texts; write 1 to 20',
  ],
  ['a long null', csv({ nulls: [longText] }), `input.csv.nulls[0]: is not a short text of one line; ${nullTexts}`],
  [
    'a null of two lines',
    csv({ nulls: ['a\nb'] }),
    `input.csv.nulls[0]: is not a short text of one line; ${nullTexts}`,
  ],
  ['a null twice', csv({ nulls: ['-', '-'] }), "input.csv.nulls[1]: '-' occurs twice; remove one of them"],
  [
    'a null that is only a part of a field with quotes',
    csv({ nulls: ['"a', 'b"', '"a"b"', '"a\\"b"'] }),
    "input.csv.nulls: '\"a' begins with a quote that nothing closes; close it, or remove it",
    'input.csv.nulls: \'"a"b"\' holds a quote that ends the field; write it as input.csv.escape says',
    'input.csv.nulls: \'"a\\"b"\' holds a quote that ends the field; write it as input.csv.escape says',
  ],
  [
    'a doubled quote of a null where a backslash escapes',
    csv({ escape: 'backslash', nulls: ['"a""b"', '"a\\"b"'] }),
    expect.stringMatching(/^input\.csv\.nulls: '"a""b"' holds a quote that ends the field/),
  ],
  [
    'a null with the delimiter, without quotes',
    csv({ quote: false, nulls: ['"a,b"', 'a,b', '"c'] }),
    expect.stringMatching(
      /^input\.csv\.nulls: '"a,b"' holds the delimiter, so that no field is it; remove it, or put it in quotes$/,
    ),
    expect.stringMatching(/^input\.csv\.nulls: 'a,b' holds the delimiter/),
  ],
  [
    'a null that begins as comments do',
    csv({ comment: '#', nulls: ['#N/A'] }),
    "input.csv.nulls: '#N/A' begins as comments do, so that a line that begins with it is skipped; write more of what comments begin with, or remove one of the two",
  ],
  ...['#', '+', '-12', '7'].map(
    (comment): Case => [
      `the comment ${comment} beside the mark of names`,
      csv({ header: '#', comment }),
      ...(comment === '#'
        ? ['input.csv.comment: is what names the fields as well, so that no line is a comment; remove it']
        : [
            `input.csv.header: '#' does not begin as comments do; write a text that begins with '${comment}', or change the comment`,
            `input.csv.comment: '${comment}' begins numbers as well, whose lines would be skipped; write another`,
          ]),
    ],
  ),
  [
    'a comment that is the delimiter',
    csv({ delimiter: '#', comment: '#!' }),
    'input.csv.comment: begins with the delimiter, as does a line whose first field is empty; write another',
  ],
  [
    'the thousands mark of its decimal mark, which is a dot',
    csv({ thousands: '.' }),
    "input.csv.thousands: '.' is the decimal mark as well; write decimal: ',' beside it",
  ],
  [
    'the thousands mark of its decimal mark, which is a comma',
    csv({ delimiter: ';', decimal: ',', thousands: ',' }),
    "input.csv.thousands: ',' is the decimal mark as well; write decimal: '.' beside it",
  ],
  [
    'the thousands mark of the quote',
    csv({ quote: "'", thousands: "'" }),
    'input.csv.thousands: is the quote as well; write quote: false, or another quote',
  ],
  [
    'the thousands mark of the delimiter',
    csv({ quote: false, thousands: ',' }),
    "input.csv.thousands: ',' is the delimiter as well, and nothing encloses fields; write another delimiter, or the quote that encloses such numbers",
  ],
  [
    'the delimiter of the decimal mark',
    csv({ delimiter: '.' }),
    "input.csv.delimiter: '.' is the decimal mark as well; write decimal: ',', or quote: '\"' if such numbers stand in quotes",
  ],
  [
    'quotes that are doubled where there are none',
    csv({ quote: false, escape: 'double' }),
    "input.csv.escape: doubles quotes where there are none; write 'backslash', or remove it",
  ],
  [
    'a name twice, with the way out',
    csv({ header: [`${first}`, `${second}`, 'x', 'x'] }),
    "input.csv.header[3]: the field 'x' occurs twice; give each its own name",
  ],
  [
    'a truth in words',
    csv({ trailingDelimiter: 'yes' }),
    "input.csv.trailingDelimiter: must be a boolean, but got 'yes'; write true or false",
  ],
  [
    'a pattern that is none',
    lines({ pattern: 5 }),
    "input.lines.pattern: must be a string, but got 5; write for example { pattern: '^(?<client>\\\\S+) (?<rest>.*)$' }",
  ],
  ...(
    [
      ['comma', "','"],
      ['semicolon', "';'"],
      ['pipe', "'|'"],
      ['\\s', "' '"],
      ['\\;', "';'"],
      ['blank', "' '"],
    ] as const
  ).map(
    ([delimiter, wanted]): Case => [
      `the delimiter ${delimiter} in words`,
      csv({ delimiter }),
      `input.csv.delimiter: '${delimiter}' is not one character; write ${wanted}`,
    ],
  ),
  ...['a\\x01', '||||||', 'a||', '||a', '\u007f'].map(
    (delimiter): Case => [
      `the delimiter ${JSON.stringify(delimiter)}`,
      csv({ delimiter }),
      expect.stringMatching(/^input\.csv\.delimiter: .+; write one character of ASCII that is not a letter/),
    ],
  ),
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

test('takes the most and the longest of each', () => {
  expect(mistakes(csv({ nulls: ['x'.repeat(100)] }))).toEqual([]);
  expect(mistakes(csv({ nulls: Array.from({ length: 20 }, (_, index) => `n${index}`) }))).toEqual([]);
  expect(mistakes(csv({ header: [`${first}`, `${second}`, ...manyNames.slice(0, 1998)] }))).toEqual([]);
  expect(mistakes(csv({ comment: '#'.repeat(10), header: '#'.repeat(100) }))).toEqual([]);
  expect(mistakes(csv({ delimiter: '#', comment: '!#', nulls: ['b"'], decimal: '.', thousands: ',' }))).toEqual([]);
  const all = { empty: 'null', extraFields: 'reject', missingFields: 'reject', trailingDelimiter: false };
  expect(mistakes(csv(all))).toEqual([]);
});

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

const HEADER =
  "write true, false, the names of the fields in order, or what the line of names begins with, such as '#Fields:'";

reports('settings of text, told as a whole', [
  [
    'no object',
    { input: { formats: ['csv'], csv: ';' } },
    "input.csv: must be an object, but got ';'; write for example { delimiter: ';' }",
  ],
  ['no names', csv({ header: [] }), `input.csv.header: is empty; ${HEADER}`],
  ['a header that is a number', csv({ header: 1 }), `input.csv.header: must be an array, but got 1; ${HEADER}`],
  ['no text for null', csv({ nulls: 5 }), `input.csv.nulls: must be an array, but got 5; ${nullTexts}`],
  ['a number for null', csv({ nulls: [5] }), `input.csv.nulls[0]: must be a string, but got 5; ${nullTexts}`],
  [
    'an empty text for null',
    csv({ nulls: [''] }),
    'input.csv.nulls[0]: is empty, and says nothing; remove it: an empty field is null, unless input.csv.empty says otherwise',
  ],
  [
    'half of a character',
    csv({ nulls: ['\ud800'] }),
    `input.csv.nulls[0]: is not a short text of one line; ${nullTexts}`,
  ],
  ['a carriage return', csv({ nulls: ['a\r'] }), `input.csv.nulls[0]: is not a short text of one line; ${nullTexts}`],
  ...(
    [
      ['\\x7C', '007C'],
      ['\\u007c', '007c'],
      ['\\174', '007c'],
      ['\\7c', '007c'],
      ['7c', undefined],
      ['\\u7c', undefined],
    ] as const
  ).map(
    ([delimiter, code]): Case => [
      `the delimiter ${delimiter}`,
      csv({ delimiter }),
      code === undefined
        ? expect.stringMatching(/is not one character; write one character of ASCII/)
        : `input.csv.delimiter: '${delimiter}' is not one character; write '\\u${code}', with one backslash, which is that one character`,
    ],
  ),
  ...['::', '|||||'].map(
    (delimiter): Case => [
      `the delimiter ${delimiter}`,
      csv({ delimiter }),
      expect.stringMatching(/is not one character; read such files by input\.lines, with a pattern such as /),
    ],
  ),
]);

const THOUSANDS = ['.', ',', ' ', "'", '’', '_', '\u00a0', '\u202f'].map((mark) => `'${mark}'`).join(', ');

test.each([
  ['empty', "'null', 'string'"],
  ['escape', "'double', 'backslash'"],
  ['decimal', "'.', ','"],
  ['thousands', THOUSANDS],
  ['extraFields', "'ignore', 'reject'"],
  ['missingFields', "'null', 'reject'"],
])('%s is one of a few', (name, values) => {
  expect(mistakes(csv({ [name]: 'x' }))).toEqual([`input.csv.${name}: 'x' is not known; write one of ${values}`]);
});

test('what is written is what the dataset has, and what is left out is absent', () => {
  const all = {
    ...{ delimiter: ';', header: false, comment: '--', nulls: ['-'], empty: 'string', quote: "'", escape: 'backslash' },
    ...{ decimal: ',', thousands: '.', trailingDelimiter: true, extraFields: 'ignore', missingFields: 'null' },
  };
  expect(dataset({ ...csv(all) }).input.csv).toStrictEqual(all);
  expect(dataset({ ...csv({}) }).input.csv).toStrictEqual({ delimiter: ',' });
});

test('a column from the path needs no field and no group, whatever it is in text', () => {
  const columns = [...definition().columns, { name: 'site', type: 'string', notNull: true }];
  const layout = '{site}/{yyyy}/{MM}/{dd}/';
  const header = [`${first}`, `${second}`];
  const pattern = `(?<${first}>\\S+) (?<${second}>\\S+)`;
  expect(mistakes({ columns, input: { formats: ['csv'], csv: { header }, layout } })).toEqual([]);
  expect(mistakes({ columns, input: { formats: ['lines'], lines: { pattern }, layout } })).toEqual([]);
  expect(mistakes({ columns, input: { formats: ['csv'], csv: { header } } })).toHaveLength(1);
});
