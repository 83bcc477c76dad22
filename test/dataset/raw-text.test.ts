/** Columns, comments and notes of raw tables, to the character. */
import { curatedTable, type Dataset, rawTable } from '../../lib/dataset';
import { isMapped, jsonMapping } from '../../lib/dataset/json-mapping';
import { dataset } from './helpers';

const raw = (of: Dataset) => rawTable(of, { bucket: 'b' });
const ID = { name: 'id', type: 'string', comment: 'Who' };
const AT = { name: 'at', type: 'timestamp', notNull: true };
const TEXT_INPUT = {
  inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
};
const text = (csv: object, columns: readonly object[] = [ID, AT], more: object = {}): Dataset =>
  dataset({ columns, input: { formats: ['csv'], csv }, ...more });

/** What of a raw table is about its text. */
const stored = (of: Dataset) => {
  const { inputFormat, outputFormat, serializationLibrary, serdeParameters, columns, parameters, description } =
    raw(of);
  expect({ inputFormat, outputFormat }).toEqual(TEXT_INPUT);
  return {
    serde: serializationLibrary,
    serdeParameters,
    columns: columns.map(({ name, type, comment }) => [name, type, comment]),
    skip: parameters['skip.header.line.count'],
    classification: parameters.classification,
    note: description.replace('Test events.', ''),
  };
};

const OPEN_CSV = 'org.apache.hadoop.hive.serde2.OpenCSVSerde';
const LAZY = 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe';
const REGEX = 'org.apache.hadoop.hive.serde2.RegexSerDe';
const plain = [
  ['id', 'string', 'Who'],
  ['at', 'string', undefined],
];
const csv = { classification: 'csv', note: '', skip: '1', columns: plain };

test.each<readonly [object, object]>([
  [{}, { serde: OPEN_CSV, serdeParameters: { separatorChar: ',', quoteChar: '"', escapeChar: '\u0001' } }],
  [
    { delimiter: '\u0001' },
    { serde: OPEN_CSV, serdeParameters: { separatorChar: '\u0001', quoteChar: '"', escapeChar: '\u0002' } },
  ],
  [
    { delimiter: ';', quote: "'", escape: 'backslash' },
    { serde: OPEN_CSV, serdeParameters: { separatorChar: ';', quoteChar: "'", escapeChar: '\\' } },
  ],
  [
    { quote: false },
    {
      serde: LAZY,
      serdeParameters: { 'field.delim': ',', 'serialization.format': ',', 'serialization.null.format': '' },
    },
  ],
  [
    { quote: false, escape: 'backslash', nulls: ['-', '\\N'], header: false },
    {
      serde: LAZY,
      serdeParameters: {
        ...{ 'field.delim': ',', 'serialization.format': ',' },
        ...{ 'serialization.null.format': '-', 'escape.delim': '\\' },
      },
      skip: undefined,
    },
  ],
  [
    { comment: '#' },
    {
      serde: OPEN_CSV,
      serdeParameters: { separatorChar: ',', quoteChar: '"', escapeChar: '\u0001' },
      note: ' In this table, lines that begin with # are rows here.',
    },
  ],
])('text of %j is read as it is written', (settings, expected) => {
  expect(stored(text(settings))).toEqual({ ...csv, ...expected });
});

test('fields that no column takes have names of their own, which no other column and no key has', () => {
  const columns = [
    ID,
    AT,
    { name: 'field_4_x', type: 'string' },
    { name: 'j', type: 'string', from: { join: ['d', 't'] } },
  ];
  const partition = {
    scheme: 'day',
    from: '2024-01-01',
    to: '2026-12-31',
    leading: [{ name: 'field_5', kind: 'injected' }],
  };
  const header = ['at', 'd', 'id', 'X', '--', 'Größe (m²)', 't\u0001\u007f', 't', 'field_4_x', 'y'.repeat(120)];
  expect(stored(text({ header, comment: '#' }, columns, { partition })).columns).toEqual([
    ['at', 'string', undefined],
    ['field_2_d', 'string', 'Field "d", which is joined into j'],
    ['id', 'string', 'Who'],
    ['field_4_x_', 'string', 'Field "X"'],
    ['field_5_', 'string', 'Field "--"'],
    ['field_6_gr_e_m', 'string', 'Field "Größe (m²)"'],
    ['field_7_t', 'string', 'Field "t\\u0001\uFFFD"'],
    ['field_8_t', 'string', 'Field "t", which is joined into j'],
    ['field_4_x', 'string', undefined],
    [`field_10_${'y'.repeat(100)}`, 'string', `Field "${'y'.repeat(73)}`],
  ]);
});

test('whole lines are one column, whose name no other column has', () => {
  const lines = (columns: readonly object[], more: object = {}) => stored(text({ header: '#Fields:' }, columns, more));
  const expected = {
    ...{ serde: REGEX, serdeParameters: { 'input.regex': '([\\s\\S]*)' }, skip: undefined, classification: 'csv' },
    columns: [['line', 'string', 'A line of the object']],
    note: ' In this table, each line of an object is one string, because the line that begins with #Fields: says what its fields are.',
  };
  expect(lines([ID, AT])).toEqual(expected);
  const renamed = { ...expected, columns: [['raw_line', 'string', 'A line of the object']] };
  expect(lines([ID, AT, { name: 'line', type: 'string' }])).toEqual(renamed);
  const partition = { scheme: 'day', from: '2024-01-01', to: '2026-12-31' };
  const leading = [{ name: 'line', kind: 'injected' }];
  expect(lines([ID, AT], { partition: { ...partition, leading } })).toEqual(renamed);
});

test('lines have a column for each group that a column takes', () => {
  const pattern = '^(?<at>\\S+) (?<other>\\S+) (?<ID>.*)$';
  const of = dataset({
    columns: [{ ...ID, from: 'ID' }, AT],
    input: { formats: ['lines'], lines: { pattern, nulls: ['-'] } },
  });
  expect(stored(of)).toEqual({
    ...{ serde: REGEX, serdeParameters: { 'input.regex': '(\\S+) (?:\\S+) ([^\\n\\r]*)' }, skip: undefined },
    columns: [
      ['at', 'string', undefined],
      ['id', 'string', 'Who (From "ID".)'],
    ],
    ...{ classification: 'txt', note: '' },
  });
});

test('records that may stand anywhere are whole lines of JSON', () => {
  const json = (columns: readonly object[], input: object = {}, more: object = {}) =>
    stored(dataset({ columns, input: { formats: ['json'], ...input }, ...more }));
  const note = ' In this table, each row is a line of JSON as it came, whose records are rows of the curated table';
  const expected = {
    ...{ serde: LAZY, serdeParameters: { 'field.delim': '\u0001', 'serialization.format': '\u0001' } },
    columns: [['line', 'string', 'A line of an object as it came: one record, several, or a part of one']],
    ...{ skip: undefined, classification: 'json', note: `${note}.` },
  };
  expect(json([ID, AT, { name: 'line', type: 'string' }])).toEqual(expected);
  const envelope = { json: { unwrap: 'Records' } };
  const enveloped = { ...expected, note: `${note}: they stand in "Records" of each object, one or an array.` };
  expect(json([ID, AT], envelope)).toEqual(enveloped);
  expect(json([ID, AT], { ...envelope, formats: ['ndjson'] })).toEqual(enveloped);
  expect(json([ID, AT], { ...envelope, formats: ['csv', 'json'] })).toMatchObject({ serde: OPEN_CSV, columns: plain });
  const leading = [
    { name: 'line', kind: 'injected' },
    { name: 'json_line', kind: 'injected' },
  ];
  const partition = { scheme: 'day', from: '2024-01-01', to: '2026-12-31', leading };
  expect(json([ID, AT], {}, { partition }).columns).toEqual([['json_json_line', 'string', expected.columns[0]?.[2]]]);
});

test('where a text may mean null, each single value of a raw table is a string', () => {
  const columns = [ID, AT, { name: 'n', type: 'int' }, { name: 'l', type: 'array<timestamp>' }];
  const types = (input: object) => raw(dataset({ columns, input })).columns.map(({ type }) => type);
  expect(types({ formats: ['ndjson'] })).toEqual(['string', 'string', 'int', 'array<string>']);
  expect(types({ formats: ['ndjson'], nulls: ['-'] })).toEqual(['string', 'string', 'string', 'array<string>']);
  expect(types({ formats: ['parquet'] })).toEqual(['string', 'timestamp', 'int', 'array<timestamp>']);
  expect(types({ formats: ['parquet'], nulls: ['-'] })).toEqual(['string', 'string', 'string', 'array<timestamp>']);
});

test('a comment says where the value is from, as far as Glue has room for it', () => {
  const comment = (length: number) => {
    const [column] = raw(
      dataset({ columns: [{ name: 'x', type: 'string', from: 'X', comment: 'c'.repeat(length) }, AT] }),
    ).columns;
    return column?.comment;
  };
  const note = ' (From "X".)';
  expect(comment(255 - note.length)).toBe(`${'c'.repeat(255 - note.length)}${note}`);
  expect(comment(256 - note.length)).toBe('c'.repeat(256 - note.length));
  const control = dataset({ columns: [{ name: 'x', type: 'string', from: '\u0007é\u007f' }, AT] });
  expect(raw(control).columns[0]?.comment).toBe('From "\\u0007é\uFFFD".');
  const csvOf = (from: unknown) => {
    const columns = [AT, { name: 'x', type: 'string', from }];
    return raw(dataset({ columns, input: { formats: ['csv'], csv: { header: ['at', 'X', 'Y'] } } })).columns;
  };
  expect(csvOf('X').map(({ comment: told }) => told)).toEqual([undefined, 'From "X".', 'Field "Y"']);
});

test('a description has its notes, as far as Glue has room for them', () => {
  const told = (of: Dataset, length: number) => {
    const { description } = rawTable({ ...of, description: 'd'.repeat(length) }, { bucket: 'b' });
    return description.slice(length);
  };
  const commented = text({ comment: '#' });
  const note = ' In this table, lines that begin with # are rows here.';
  expect([told(commented, 2048 - note.length), told(commented, 2049 - note.length)]).toEqual([note, '']);
  const laidOut = dataset({ input: { formats: ['ndjson'], layout: '{yyyy}/{MM}/{dd}/' } });
  const layout = ' (Shows what waits in the layout {yyyy}/{MM}/{dd}/, and nothing in Hive folders.)';
  expect([told(laidOut, 2048 - layout.length), told(laidOut, 2049 - layout.length)]).toEqual([layout, '']);
  const checked = dataset({ checks: [{ column: 'id', in: ['a'] }] });
  const checks = ' Checked, and stored all the same: id in "a".';
  const curated = (length: number) =>
    curatedTable({ ...checked, description: 'd'.repeat(length) }, { bucket: 'b' }).description.slice(length);
  expect([curated(2048 - checks.length), curated(2049 - checks.length)]).toEqual([checks, '']);
});

test('a layout that no location template can say is told, with the columns that only the path has', () => {
  const columns = [ID, AT, { name: 'shard', type: 'int' }];
  const of = (layout: string) => raw(dataset({ columns, input: { formats: ['ndjson'], layout } })).description;
  expect(of('*/{yyyy}/{MM}/{dd}/s{shard}/')).toBe(
    'Test events. (Not partitioned, because no location template of Athena can say */{yyyy}/{MM}/{dd}/s{shard}/: every query reads all that waits. Without shard, which only the path has.)',
  );
});

test('members of other names are mapped where one name does for every column and field of a name', () => {
  const of = (...columns: object[]) => dataset({ columns: [AT, ...columns] }).columns;
  /** Without what is undefined, which a table could not have. */
  const map = (...columns: object[]) =>
    JSON.parse(JSON.stringify(jsonMapping(of(...columns)), (_, value) => value ?? 'none'));
  expect(map({ name: 'x', type: 'int' })).toEqual({});
  expect(map({ name: 'x', type: 'int', from: 'X' })).toEqual({});
  expect(map({ name: 'x', type: 'int', from: 'Ex' })).toEqual({ 'mapping.x': 'ex' });
  expect(map({ name: 'x', type: 'int', from: { firstOf: ['Ex', 'Y'] } })).toEqual({ 'mapping.x': 'ex' });
  expect(map({ name: 'x', type: 'int', from: { path: ['a', 'x'] } })).toEqual({});
  expect(map({ name: 'x', type: 'string', from: { join: ['a', 'b'] } })).toEqual({});
  const nested = (type: string) => ({ name: 'n', type, fields: { x: { from: 'Ex' } } });
  for (const type of ['struct<x:int>', 'array<struct<x:int>>', 'map<string,array<struct<x:int>>>']) {
    expect(map(nested(type))).toEqual({ 'mapping.x': 'ex' });
    expect(map(nested(type), { name: 'x', type: 'int' })).toEqual({});
    expect(map(nested(type), { name: 'x', type: 'int', from: 'eX' })).toEqual({ 'mapping.x': 'ex' });
  }
  const snake = dataset({
    columns: [AT, { name: 'user_id', type: 'int' }, { name: '__', type: 'int' }],
    columnNames: 'snake',
  }).columns;
  expect(jsonMapping(snake)).toEqual({ 'mapping.user_id': 'userid' });
  const shown = (columns: Dataset['columns']) => columns.map((column) => isMapped(column, columns));
  expect(shown(snake)).toEqual([true, true, true]);
  expect(shown(of(nested('struct<x:int>'), { name: 'x', type: 'int' }))).toEqual([true, true, true]);
  expect(shown(of(nested('struct<x:int>'), { name: 'x', type: 'int', from: 'y' }))).toEqual([true, true, false]);
  expect(shown(of({ name: 'y', type: 'int', from: { path: ['a', 'y'] } }))).toEqual([true, false]);
});
