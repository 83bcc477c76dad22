/** A row that deletes may lack values which every other row must have, wherever its marker stands and however it is written. */
import type { Column } from '../../lib/dataset/model';
import { RowChecker } from '../../lib/rows/row';
import { dataset } from '../dataset/helpers';
import { checkNdjson } from './helpers';

const { columns } = dataset({
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'name', type: 'string', notNull: true },
    { name: 'n', type: 'int', notNull: true },
    { name: 'op', type: 'string' },
  ],
  dedupe: { key: ['id'], keep: 'latest', by: 'at', deleted: { column: 'op', values: ['D', 'é"'] } },
});

const KEY = '"id":"a","at":"2026-06-15T10:00:00Z"';
const reason = (members: string, of: readonly Column[] = columns): string =>
  checkNdjson(of, [Buffer.from(`{${KEY}${members}}\n`)]).rejected[0]?.reason ?? 'taken';
const lacks = (name: string): string => `${name}: no value, and only a row that deletes needs none`;

test.each([
  [',"op":"D"', 'taken'],
  [',"op":"é\\""', 'taken'],
  [',"op":"\\u0044"', 'taken'],
  [',"op":"D","name":null,"n":null', 'taken'],
  [',"name":null,"op":"D","n":1', 'taken'],
  [',"op":"D","name":"x","n":1', 'taken'],
  [',"name":"x","n":1', 'taken'],
  [',"op":"I","name":"x","n":1', 'taken'],
  [',"op":null,"name":"x","n":1', 'taken'],
  ['', lacks('name')],
  [',"op":null', lacks('name')],
  [',"op":"I"', lacks('name')],
  [',"op":"d"', lacks('name')],
  [',"op":"D "', lacks('name')],
  [',"op":""', lacks('name')],
  [',"n":1', lacks('name')],
  [',"name":"x"', lacks('n')],
  [',"name":"x","n":null,"op":"I"', lacks('n')],
  [',"name":null,"n":1', lacks('name')],
  // What it has must fit all the same, and its key must be there.
  [',"op":"D","n":"x"', 'n: expected an int, found the string "x"'],
])('a row with %j: %s', (members, expected) => {
  expect(reason(members)).toBe(expected);
});

test('its key must be there', () => {
  const { rejected } = checkNdjson(columns, [
    Buffer.from('{"op":"D","at":"2026-06-15T10:00:00Z"}\n{"op":"D","id":"a"}\n'),
  ]);
  expect(rejected.map((one) => one.reason)).toEqual([
    'id: missing, and the column must have a value',
    'at: missing, and the column must have a value',
  ]);
});

test('nothing of the row before counts', () => {
  const row = (members: string): string => `{${KEY}${members}}\n`;
  const text =
    row(',"name":"x","n":1,"op":"D"') + row('') + row(',"op":"D"') + row(',"n":1') + row(',"name":"x","n":1') + row('');
  const { rejected } = checkNdjson(columns, [Buffer.from(text)]);
  expect(rejected.map((one) => [one.line, one.reason])).toEqual([
    [2, lacks('name')],
    [4, lacks('name')],
    [6, lacks('name')],
  ]);
});

describe.each<[type: string, values: readonly (string | number)[] | undefined, deletes: string[], others: string[]]>([
  ['int', [4, 0, -1], ['4', '"4"', '0', '-0', '"-0"', '-1', '"\\u0034"'], ['1', '5', '40', 'null', '-4']],
  ['bigint', [9], ['9', '"9"'], ['9007199254740993', '8', '-0']],
  ['string', ['4', ' 5', '-0'], ['"4"', '" 5"', '"-0"'], ['"04"', '"0"', '"5"', '"4.0"', '""', '" "']],
  ['string', ['0'], ['"0"'], ['"-0"', '"00"', '""']],
  ['boolean', undefined, ['true'], ['false', 'null']],
])('a marker that is of type %s with the values %j', (type, values, deletes, others) => {
  const marked = dataset({
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'n', type: 'int', notNull: true },
      { name: 'op', type },
    ],
    dedupe: { key: ['id'], keep: 'latest', by: 'at', deleted: values === undefined ? 'op' : { column: 'op', values } },
  }).columns;

  test.each(deletes)('%s deletes', (value) => {
    expect(reason(`,"op":${value}`, marked)).toBe('taken');
  });

  test.each(others)('%s does not', (value) => {
    expect(reason(`,"op":${value}`, marked)).toBe(lacks('n'));
  });
});

describe('with names of the source', () => {
  const sourced = dataset({
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'other', type: 'string', from: { firstOf: ['Other', { path: ['meta', 'other'] }] } },
      { name: 'n', type: 'int', notNull: true, from: { firstOf: ['N', { path: ['after', 'n'] }] } },
      { name: 'op', type: 'string', from: { path: ['meta', 'source', 'op'] } },
    ],
    dedupe: { key: ['id'], keep: 'latest', by: 'at', deleted: { column: 'op', values: ['D'] } },
  }).columns;

  test.each([
    [',"meta":{"source":{"op":"D"}}', 'taken'],
    [',"meta":{"source":{"op":"\\u0044"}}', 'taken'],
    [',"op":"D"', 'taken'],
    [',"N":1', 'taken'],
    [',"after":{"n":1}', 'taken'],
    [',"N":null,"after":{"n":1}', 'taken'],
    [',"n":1', 'taken'],
    ['', lacks('n')],
    [',"meta":{"source":{"op":"I"}}', lacks('n')],
    [',"meta":{"source":{"op":null}},"after":{"n":null}', lacks('n')],
    [',"meta":{"other":"D"},"Other":"D"', lacks('n')],
  ])('a row with %j: %s', (members, expected) => {
    expect(reason(members, sourced)).toBe(expected);
  });
});

test('who holds rows to their schema needs the values of every row', () => {
  const strict = new RowChecker(columns, { strict: true });
  expect(strict.check(Buffer.from(`{${KEY},"op":"D"}\n`), 0)).toBeLessThan(0);
  expect(strict.reason).toBe('name: missing, and the column must have a value');
});

test('a row may need what only its marker tells', () => {
  const checker = new RowChecker(columns);
  expect(['id', 'name', 'n', 'op', 'gone'].map((name) => checker.needs(name))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('a marker that is no column is a mistake of the dataset', () => {
  const unless = { column: 'gone', values: ['D'] };
  const wrong = columns.map((column) => (column.name === 'n' ? { ...column, unless } : { ...column, notNull: false }));
  expect(() => new RowChecker(wrong)).toThrow('there is no column gone');
});
