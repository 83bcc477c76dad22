/** Texts that mean null in JSON, as the whole value of a column or of a field of a struct. */

import type { ColumnDefinition } from '../../lib/dataset';
import { NdjsonValidator } from '../../lib/rows';
import { RowChecker } from '../../lib/rows/row';
import { dataset } from '../dataset/helpers';
import { feed, keep } from './helpers';

const AT: ColumnDefinition = { name: 'at', type: 'timestamp', notNull: true };

/** Rows, and the reasons for those that are rejected. */
function read(columns: readonly ColumnDefinition[], line: string, more: object = {}) {
  const { columns: checked, input } = dataset({
    columns: [AT, ...columns],
    eventTime: 'at',
    ...{ dedupeKey: undefined, sortBy: undefined },
    input: { formats: ['ndjson'], nulls: ['-', 'n/a "x"'], ...more },
  });
  const rejected: { line: number; reason: string; raw: string }[] = [];
  const rows = feed(new NdjsonValidator({ columns: checked, input }, keep(rejected)), [Buffer.from(`${line}\n`)]);
  return rejected
    .map(({ reason }) => reason)
    .concat(
      rows
        .toString()
        .split('\n')
        .slice(0, -1)
        .map((row) => JSON.parse(row)),
    );
}
const row = (members: object): string => JSON.stringify({ at: '2026-06-15T10:00:00', ...members });

test.each<readonly [what: string, columns: readonly ColumnDefinition[], members: object, expected: object]>([
  ['a string', [{ name: 'v', type: 'string' }], { v: '-' }, { v: null }],
  ['a number', [{ name: 'v', type: 'int' }], { v: '-' }, { v: null }],
  ['a text with quotes', [{ name: 'v', type: 'string' }], { v: 'n/a "x"' }, { v: null }],
  ['another text', [{ name: 'v', type: 'string' }], { v: '--' }, { v: '--' }],
  ['an empty text', [{ name: 'v', type: 'string' }], { v: '' }, { v: '' }],
  ['another name', [{ name: 'v', type: 'int', from: 'c-v' }], { 'c-v': '-' }, {}],
  ['the better of two', [{ name: 'v', type: 'int', from: { firstOf: ['a', 'b'] } }], { a: '-', b: 7 }, { v: 7 }],
  ['a field of a struct', [{ name: 'v', type: 'struct<a:int>' }], { v: { a: '-' } }, { v: { a: null } }],
  ['a member of a member', [{ name: 'v', type: 'int', from: { path: ['o', 'a'] } }], { o: { a: '-' } }, {}],
  ['what would be an object', [{ name: 'v', type: 'int', from: { path: ['o', 'a'] } }], { o: '-' }, {}],
  ['any JSON', [{ name: 'v', type: 'string', format: 'json' }], { v: '-' }, { v: null }],
])('%s', (_, columns, members, expected) => {
  const [found] = read(columns, row(members)) as unknown as Record<string, unknown>[];
  expect(Object.fromEntries(Object.entries(found ?? {}).filter(([name]) => name === 'v'))).toEqual(expected);
});

test('whichever way its characters are escaped', () => {
  const texts = ['-', 'N/A', '\u2013', 'a"b\\c', '\u{1f600}'];
  const columns: ColumnDefinition[] = [
    { name: 'v', type: 'int' },
    { name: 's', type: 'struct<f:date>' },
    { name: 'two', type: 'string', from: { firstOf: ['a', 'b'] } },
  ];
  /** One character as JSON may spell it. */
  const spellings = (char: string): string[] => {
    const units = Array.from({ length: char.length }, (_, at) => char.charCodeAt(at).toString(16).padStart(4, '0'));
    const hex = units.map((unit) => `\\u${unit}`).join('');
    const upper = units.map((unit) => `\\u${unit.toUpperCase()}`).join('');
    return [JSON.stringify(char).slice(1, -1), ...(char === '/' ? ['\\/'] : []), hex, upper];
  };
  for (const text of texts) {
    const ways = [...text].reduce<string[]>(
      (all, char) => all.flatMap((one) => spellings(char).map((way) => one + way)),
      [''],
    );
    for (const way of ways) {
      const line = `{"at":"2026-06-15T10:00:00","v":"${way}","s":{"f":"${way}"},"a":"${way}","b":"x"}`;
      expect(read(columns, line, { nulls: texts })).toEqual([
        expect.objectContaining({ v: null, s: { f: null }, two: 'x' }),
      ]);
    }
    for (const other of [`${text} `, ` ${text}`, `${text}\n`]) {
      const line = `{"at":"2026-06-15T10:00:00","a":${JSON.stringify(other).replaceAll('/', '\\/')}}`;
      expect(read(columns, line, { nulls: texts })).toEqual([expect.objectContaining({ two: other })]);
    }
  }
});

test('the empty text, where it is one of them', () => {
  const columns: ColumnDefinition[] = [
    { name: 'v', type: 'int' },
    { name: 's', type: 'struct<f:date>' },
    { name: 'text', type: 'string' },
    { name: 'two', type: 'double', from: { firstOf: ['a', 'b'] } },
  ];
  const values = row({ v: '', s: { f: '' }, text: '', a: '', b: 1.5 });
  const found = { at: '2026-06-15T10:00:00', v: null, s: { f: null }, text: null, two: 1.5 };
  for (const nulls of [[''], ['-', ''], ['', '-']]) {
    expect(read(columns, values, { nulls })).toMatchObject([found]);
    expect(read(columns, row({ text: ' ' }), { nulls })).toMatchObject([{ text: ' ' }]);
    expect(read(columns, row({ v: ' ' }), { nulls })).toEqual(['v: expected an int, found the string " "']);
  }
  expect(read(columns, values)).toEqual(['v: expected an int, found the string ""']);
});

test('elements of arrays and values of maps are what they are', () => {
  const columns = [
    { name: 'a', type: 'array<string>' },
    { name: 'm', type: 'map<string,string>' },
  ];
  expect(read(columns, row({ a: ['-'], m: { '-': '-' } }))).toEqual([
    { at: '2026-06-15T10:00:00', a: ['-'], m: { '-': '-' } },
  ]);
  expect(read([{ name: 'a', type: 'array<int>' }], row({ a: ['-'] }))).toEqual([
    'a[0]: expected an int, found the string "-"',
  ]);
});

test('a value that must be there is not', () => {
  const none = ['v: null in a column that must have a value'];
  expect(read([{ name: 'v', type: 'int', notNull: true }], row({ v: '-' }))).toEqual(none);
  expect(read([{ name: 'some_v', type: 'int', notNull: true }], row({ someV: '-' }), {})).toHaveLength(1);
  expect(
    read([{ name: 'v', type: 'int', notNull: true, from: { firstOf: ['a', 'b'] } }], row({ a: '-', b: '-' })),
  ).toEqual(['v: no value in "a", else "b", and the column must have one']);
});

test('part of what is joined', () => {
  const joined: ColumnDefinition = { name: 'v', type: 'string', from: { join: ['d', 't'] } };
  expect(read([joined], row({ d: 'x', t: 'y' }))).toMatchObject([{ v: 'x y' }]);
  expect(read([joined], row({ d: 'x', t: '-' }))[0]).not.toHaveProperty('v');
});

test('what an envelope carries', () => {
  const json = { unwrap: 'r', carry: ['v'] };
  const envelope = JSON.stringify({
    v: '-',
    r: [{ at: '2026-06-15T10:00:00' }, { at: '2026-06-16T10:00:00', v: '7' }],
  });
  expect(read([{ name: 'v', type: 'int' }], envelope, { json })).toMatchObject([{ v: null }, { v: '7' }]);
});

test('events have null for null', () => {
  const { columns } = dataset({
    columns: [AT, { name: 'v', type: 'int' }],
    eventTime: 'at',
    dedupeKey: undefined,
    sortBy: undefined,
  });
  expect(
    new RowChecker(columns, { strict: true }).check(Buffer.from('{"at":"2026-06-15T10:00:00Z","v":"-"}\n'), 0),
  ).toBe(-1);
});
