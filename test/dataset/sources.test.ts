import type { Column, ColumnType } from '../../lib/dataset';
import {
  asEvents,
  describeEnvelope,
  describeSource,
  differsInInput,
  fieldName,
  partsOf,
  pathsOf,
  type Sourced,
  Sources,
  sourceValue,
  withOwnNames,
} from '../../lib/dataset/sources';
import { dataset, definition } from './helpers';

const named: Sourced = { name: 'at', from: [['Time'], ['meta', 'time']] };
const joined: Sourced = { name: 'at', from: { join: [['date'], ['meta', 'time']] } };
const snake: Sourced = { name: 'user_id', from: 'snake' };
const nested: Sourced = {
  name: 'at',
  from: [
    ['meta', 'at'],
    ['meta', 'time'],
  ],
};

test('a value is under its names in order of preference, and under its own name last', () => {
  expect(pathsOf({ name: 'at' })).toEqual([['at']]);
  expect(pathsOf(named)).toEqual([['Time'], ['meta', 'time'], ['at']]);
  expect(pathsOf({ name: 'at', from: [['at'], ['Time']] })).toEqual([['at'], ['Time']]);
  expect(pathsOf(nested)).toEqual([['meta', 'at'], ['meta', 'time'], ['at']]);
  expect(pathsOf({ name: 'at', from: [['at', 'time']] })).toEqual([['at', 'time'], ['at']]);
  expect([pathsOf(snake), pathsOf(joined)]).toEqual([[['user_id']], [['at']]]);
  expect([partsOf(named), partsOf(joined)]).toEqual([[], [['date'], ['meta', 'time']]]);
});

test('the name of a field is the most preferred that is no path', () => {
  expect([named, nested, joined, snake, { name: 'x' }].map(fieldName)).toEqual(['Time', 'at', 'at', 'user_id', 'x']);
  expect(fieldName({ name: 'at', from: [['meta', 'at'], ['Time']] })).toBe('Time');
});

test.each<[string, Sourced, object, unknown]>([
  ['the first name that has a value', named, { at: 3, Time: 1, meta: { time: 2 } }, 1],
  ['the second, where the first is null', named, { at: 3, Time: null, meta: { time: 2 } }, 2],
  ['the own name, where the path leads nowhere', named, { at: 3, meta: {} }, 3],
  ['the own name, where the path leads through a text', named, { at: 3, meta: 'time' }, 3],
  ['the own name, where the path leads through an array', named, { at: 3, meta: [{ time: 2 }] }, 3],
  ['the own name, where the path leads through null', named, { at: 3, meta: null }, 3],
  ['a value that is false', named, { Time: false, at: 3 }, false],
  ['null, where all are', named, { Time: null, at: null }, null],
  ['nothing, where none is there', named, { time: 1 }, undefined],
  ['nothing that objects have by themselves', { name: 'toString' }, {}, undefined],
  ['nothing of a text by itself', { name: 'x', from: [['a', 'length']] }, { a: 'abc' }, undefined],
  ['nothing of an array by its place', { name: 'x', from: [['a', '0']] }, { a: [5] }, undefined],
  ['joined texts and numbers', joined, { date: '2026-06-15', meta: { time: 12 } }, '2026-06-15 12'],
  ['the own name, where a part is missing', joined, { date: '2026-06-15', at: 5 }, 5],
  ['the own name, where a part is neither', joined, { date: true, meta: { time: 12 }, at: 5 }, 5],
  ['any spelling', snake, { userID: 7 }, 7],
  ['the own spelling', snake, { user_id: 7 }, 7],
  ['no other name', snake, { user: 7, users_id: 8 }, undefined],
  ['no other spelling where the name is exact', { name: 'user_id' }, { userID: 7 }, undefined],
])('takes %s', (_, target, object, expected) => {
  expect(sourceValue(target, object)).toBe(expected);
});

test('members are for the column that names them, and those that hold one are used', () => {
  const sources = new Sources([named, snake, { name: 'j', from: { join: [['date'], ['day', 'time']] } }]);
  expect(['Time', 'at', 'userID', 'j'].map((name) => sources.place(name))).toEqual([
    { target: named, rank: 0 },
    { target: named, rank: 2 },
    { target: snake, rank: 0 },
    expect.objectContaining({ rank: 0 }),
  ]);
  expect(['meta', 'date', 'day', 'time', 'user'].map((name) => sources.place(name))).toEqual(Array(5).fill(undefined));
  const members = ['Time', 'meta', 'date', 'day', 'userId', 'time', 'user'];
  expect(members.filter((name) => sources.uses(name))).toEqual(['Time', 'meta', 'date', 'day', 'userId']);
});

test('spellings count only for columns that take any', () => {
  expect(new Sources([{ name: 'user_id' }]).place('userID')).toBeUndefined();
});

const columns = [
  { name: 'at', type: 'timestamp', notNull: true, from: 'Time', format: { epoch: 's' } },
  { name: 'born', type: 'date', format: { pattern: '%d.%m.%Y' } },
  { name: 'note', type: 'string', format: 'json' },
  { name: 'size', type: 'bigint', comment: 'Bytes.' },
  {
    name: 'deep',
    type: 'map<string,array<struct<seen:timestamp,n:int>>>',
    fields: { seen: { from: 'Seen', format: { epoch: 'ms' } } },
  },
];

test('events have the own names, times in ISO 8601 and JSON as text, at any depth', () => {
  const declared = dataset({ columns }).columns;
  const field = (type: ColumnType): ColumnType => ({
    kind: 'map',
    key: { kind: 'string' },
    value: {
      kind: 'array',
      element: {
        kind: 'struct',
        fields: [
          { name: 'seen', type },
          { name: 'n', type: { kind: 'int' } },
        ],
      },
    },
  });
  const own = withOwnNames(declared);
  expect(own.map((column) => 'from' in column)).toEqual([false, false, false, false, false]);
  expect(own.map(({ name, notNull }) => [name, notNull])).toEqual(declared.map(({ name, notNull }) => [name, notNull]));
  expect(own[0]?.type).toEqual({ kind: 'timestamp', format: { epoch: 's' } });
  expect(own[4]?.type).toEqual(field({ kind: 'timestamp', format: { epoch: 'ms' } }));
  expect(asEvents(declared).map(({ type }) => type)).toEqual([
    { kind: 'timestamp' },
    { kind: 'date' },
    { kind: 'string' },
    { kind: 'bigint' },
    field({ kind: 'timestamp' }),
  ]);
});

test('a column differs in the input by its name, its form or those of its fields', () => {
  const differs = (...more: object[]) =>
    differsInInput(dataset({ columns: [...definition().columns, ...more] }).columns as readonly Column[]);
  expect(differs()).toBe(false);
  expect(differs({ name: 'x', type: 'array<map<string,struct<a:int,b:date>>>' })).toBe(false);
  expect(differs({ name: 'x', type: 'int', from: 'X' })).toBe(true);
  expect(differs({ name: 'x', type: 'array<timestamp>', format: { epoch: 's' } })).toBe(true);
  expect(differs({ name: 'x', type: 'map<string,date>', format: { pattern: '%d.%m.%Y' } })).toBe(true);
  expect(differs({ name: 'x', type: 'string', format: 'json' })).toBe(true);
  expect(differs({ name: 'x', type: 'struct<a:int>', fields: { a: { from: 'A' } } })).toBe(true);
});

test('the place of a value in words', () => {
  expect([{ name: 'x' }, { ...snake, name: 'id' }].map(describeSource)).toEqual([undefined, undefined]);
  expect([snake, named, joined].map(describeSource)).toEqual([
    'any name whose snake case is user_id',
    '"Time", else "meta" / "time"',
    '"date" and "meta" / "time", joined with a blank',
  ]);
  expect(describeEnvelope({ unwrap: ['a', 'b'], carry: [] })).toBe('in "a" / "b" of each object, one or an array');
  expect(describeEnvelope({ unwrap: ['a'], carry: [['x'], ['y', 'z']] })).toBe(
    'in "a" of each object, one or an array, with "x", "y" / "z" of it',
  );
});
