/** How values of a definition are read, and what is said of those that are none. */
import { Cursor, count, ROOT, show } from '../../../lib/dataset/checks/cursor';
import { Report } from '../../../lib/dataset/problems';

/** What is read of a value, and what is reported, as `field: problem; fix`. */
function read<T>(value: unknown, by: (cursor: Cursor) => T, field = 'at'): readonly [T, ...string[]] {
  const report = new Report('file.ts', 'events');
  const result = by(new Cursor(value, field, report));
  return [result, ...report.problems.map((one) => `${one.field}: ${one.problem}; ${one.fix}`)];
}

test.each<readonly [unknown, string]>([
  ['', "''"],
  ['x'.repeat(60), `'${'x'.repeat(60)}'`],
  ['x'.repeat(61), `'${'x'.repeat(57)}...'`],
  [[1], 'an array'],
  [{}, 'an object'],
  [null, 'null'],
  [undefined, 'undefined'],
  [() => 1, 'a function'],
  [1.5, '1.5'],
  [Number.NaN, 'NaN'],
  [true, 'true'],
])('%p is shown as %s', (value, expected) => {
  expect(show(value)).toBe(expected);
});

test('numbers are shown with all their digits', () => {
  expect([0, 999, 1000, 1_234_567, -1234.5, 0.000001].map(count)).toEqual([
    ...['0', '999', '1,000', '1,234,567', '-1,234.5', '0.000001'],
  ]);
});

test.each<readonly [string, (cursor: Cursor) => unknown, unknown, string]>([
  ['a string', (cursor) => cursor.text('fix'), 'a', 'fix'],
  ['a boolean', (cursor) => cursor.boolean('fix'), false, 'fix'],
  ['a number', (cursor) => cursor.integer(1, 2000), 2000, 'write a whole number from 1 to 2,000'],
  ['a string', (cursor) => cursor.oneOf(['a', 'b']), 'b', "write one of 'a', 'b'"],
])('%s is read as it is, and nothing else', (what, by, value, fix) => {
  expect(read(value, by)).toEqual([value]);
  expect(read(undefined, by)).toEqual([undefined, `at: is missing; ${fix}`]);
  expect(read(null, by)).toEqual([undefined, `at: must be ${what}, but got null; ${fix}`]);
  expect(read([], by)).toEqual([undefined, `at: must be ${what}, but got an array; ${fix}`]);
});

test.each([1, 5])('%d is a whole number from 1 to 5', (value) => {
  expect(read(value, (cursor) => cursor.integer(1, 5))).toEqual([value]);
});

test.each([0, 6, 1.5, Number.POSITIVE_INFINITY])('%d is none from 1 to 5', (value) => {
  expect(read(value, (cursor) => cursor.integer(1, 5))).toEqual([
    undefined,
    `at: ${value} is not allowed; write a whole number from 1 to 5`,
  ]);
});

test('a text that is none of those asked for is told', () => {
  expect(read('c', (cursor) => cursor.oneOf(['a', 'b']))).toEqual([
    undefined,
    "at: 'c' is not known; write one of 'a', 'b'",
  ]);
});

test('an array has its items, each with its place, those of holes as well', () => {
  const items = (cursor: Cursor) => cursor.array('fix')?.map(({ field, value }) => [field, value]);
  // biome-ignore lint/suspicious/noSparseArray: plain JavaScript may have one
  expect(read(['a', , 'c'], items)).toEqual([
    [
      ['at[0]', 'a'],
      ['at[1]', undefined],
      ['at[2]', 'c'],
    ],
  ]);
  expect(read([], items)).toEqual([[]]);
  expect(read({ length: 0 }, items)).toEqual([undefined, 'at: must be an array, but got an object; fix']);
  expect(read(undefined, items)).toEqual([undefined, 'at: is missing; fix']);
});

test('an object has the properties that are known, and tells of all others', () => {
  const object = (cursor: Cursor) => {
    const known = cursor.object(['name', 'toString'], 'fix');
    return known && Object.values(known).map(({ field, value, isMissing }) => [field, value, isMissing]);
  };
  expect(read({ name: 1 }, object)).toEqual([
    [
      ['at.name', 1, false],
      ['at.toString', undefined, true],
    ],
  ]);
  expect(read({ nam: 1, 'a b': 2, zzz: 3 }, object).slice(1)).toEqual([
    "at.nam: unknown property; write 'name'",
    'at["a b"]: unknown property; remove it; known are name, toString',
    'at.zzz: unknown property; remove it; known are name, toString',
  ]);
  expect(read({ nam: 1 }, object, ROOT).slice(1)).toEqual(["nam: unknown property; write 'name'"]);
  expect(read({ 'a"': 1 }, object, ROOT).slice(1)).toEqual([
    'definition["a\\""]: unknown property; remove it; known are name, toString',
  ]);
  for (const [value, shown] of [
    [[], 'an array'],
    [null, 'null'],
    ['x', "'x'"],
  ] as const) {
    expect(read(value, object)).toEqual([undefined, `at: must be an object, but got ${shown}; fix`]);
    expect(read(value, (cursor) => cursor.members('fix'))).toEqual([
      undefined,
      `at: must be an object, but got ${shown}; fix`,
    ]);
  }
});

test('members of an object have their names and places', () => {
  const members = (cursor: Cursor) => cursor.members('fix')?.map(([name, { field, value }]) => [name, field, value]);
  expect(read({ a: 1, 'b.c': 2 }, members)).toEqual([
    [
      ['a', 'at.a', 1],
      ['b.c', 'at["b.c"]', 2],
    ],
  ]);
});

test('another value at the same place is told at that place', () => {
  expect(read('a', (cursor) => cursor.as(5).text('fix'))).toEqual([undefined, 'at: must be a string, but got 5; fix']);
});
