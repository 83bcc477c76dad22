/** What follows from settings of text: fields, comments, and how they are told. */
import { canHold, commentOf, declaredFields, describeText, isPlainCsv } from '../../lib/dataset/text-format';

const told = (csv: object, delimiter = ','): string | undefined =>
  describeText({ formats: ['csv'], csv: { delimiter, ...csv } })[0]?.[1];

test.each([
  [{}, ''],
  [{ header: true }, ''],
  [{ quote: '"', escape: 'double' }, ''],
  [{ quote: "'" }, "; quotes '"],
  [{ quote: false }, '; no quotes'],
  [{ escape: 'backslash' }, '; backslash escapes'],
  [{ comment: '--' }, '; lines that begin with -- are comments'],
  [{ empty: 'null' }, ''],
  [{ empty: 'string' }, '; empty fields are empty strings'],
  [{ decimal: ',' }, '; decimal mark ,'],
  [{ thousands: '\u00a0' }, '; thousands marked by "\u00a0"'],
  [{ trailingDelimiter: false }, ''],
  [{ trailingDelimiter: true }, '; a delimiter at the end of each line'],
  [{ missingFields: 'reject', extraFields: 'reject' }, ''],
  [{ missingFields: 'null' }, '; missing fields are null'],
  [{ extraFields: 'ignore' }, '; more fields are ignored'],
  [{ nulls: ['-'] }, '; null is -'],
  [{ nulls: ['-', '\\N'] }, '; null is - or \\N'],
])('delimited text of %j is told', (csv, more) => {
  expect(told(csv)).toBe(`fields between ","; names in the first line${more}`);
});

test.each([
  [true, 'names in the first line'],
  [false, 'no names, fields as the columns'],
  [['id', 'at'], 'no names, fields: id, at'],
  ['#Fields:', 'names in the line that begins with #Fields:; lines that begin with # are comments'],
])('the header %j is told', (header, text) => {
  expect(told({ header }, '\t')).toBe(`fields between "\\t"; ${text}`);
});

test('each text that a dataset takes is told, and no other', () => {
  const csv = { delimiter: ',' };
  const lines = { pattern: '(?<a>.*)', nulls: ['-'] };
  const delimited = ['Delimited text', 'fields between ","; names in the first line'];
  expect(describeText({ formats: ['ndjson'], csv, lines })).toEqual([]);
  expect(describeText({ formats: ['csv'], csv, lines })).toEqual([delimited]);
  expect(describeText({ formats: ['lines'], csv, lines })).toEqual([['Lines', 'matched with (?<a>.*); null is -']]);
  expect(describeText({ formats: ['lines'], csv, lines: { pattern: 'x' } })).toEqual([['Lines', 'matched with x']]);
  expect(describeText({ formats: ['lines', 'csv'], csv })).toEqual([delimited]);
});

test('fields are the columns, the names that are declared, or what the file says', () => {
  const columns = [{ name: 'id' }, { name: 'at' }];
  const fields = [{}, { header: true }, { header: '#' }, { header: false }, { header: ['x'] }].map((csv) =>
    declaredFields(csv, columns),
  );
  expect(fields).toEqual([undefined, undefined, undefined, ['id', 'at'], ['x']]);
});

test('comments begin as is said, or as the line of names does', () => {
  const all = [{}, { header: true }, { header: ['#x'] }, { header: '#Fields:' }, { header: '#Fields:', comment: '#!' }];
  expect(all.map(commentOf)).toEqual([undefined, undefined, undefined, '#', '#!']);
});

test('text is plain while nothing but its delimiter is set', () => {
  expect([{}, { delimiter: ';' }, { header: true }, { delimiter: ';', nulls: ['-'] }].map(isPlainCsv)).toEqual([
    ...[true, true],
    ...[false, false],
  ]);
});

test('a field can hold a delimiter in quotes or after a backslash', () => {
  const all = [{}, { quote: "'" }, { quote: false }, { quote: false, escape: 'double' }] as const;
  expect(all.map(canHold)).toEqual([true, true, false, false]);
  expect(canHold({ quote: false, escape: 'backslash' })).toBe(true);
});
