/** Expressions of checks, as far as they are judged without the engine. */
import { Cursor } from '../../lib/dataset/checks/cursor';
import { readExpression } from '../../lib/dataset/checks/sql-expression';
import { Report } from '../../lib/dataset/problems';

const FIX = "write a boolean expression over the columns of a row, such as 'shipped_at >= ordered_at'";

function read(value: unknown) {
  const report = new Report('file', 'events');
  const expression = readExpression(new Cursor(value, 'sql', report));
  return [expression, ...report.problems.map(({ problem, fix }) => `${problem}; ${fix}`)];
}

test.each([
  'a > 1',
  "a = 'it''s; -- /* select $$ ('",
  'a = "x""y; -- ("',
  'a[1] = {b: (c)}.b',
  'selected > 1 AND reselect < 2',
  'a - -1 > 0',
  'constructor > toString',
  'a / b * c > $1',
  'x'.repeat(4000),
])('%j is taken', (text) => {
  expect(read(text)).toEqual([`(\n${text}\n)`]);
});

test('blanks around an expression are left out', () => {
  expect(read('\n  a >\n 1 ')).toEqual(['(\na >\n 1\n)']);
});

test.each<readonly [unknown, string]>([
  [undefined, 'is missing'],
  [1, 'must be a string, but got 1'],
  ['', 'is empty'],
  [' \n', 'is empty'],
  ['x'.repeat(4001), 'has 4,001 characters, more than 4,000'],
  ['a\0', 'holds a character that no text has'],
  ["a = '\ud800'", 'holds a character that no text has'],
  ["a = 'x", "' is never closed"],
  ["a = 'x''", "' is never closed"],
  ['"a = 1', '" is never closed'],
  ['a > 1;', 'is more than one statement'],
  ['a > 1 --', 'holds a comment'],
  ['a > 1 /* x', 'holds a comment'],
  ['a = $$x$$', 'holds $$'],
  ['a = (SELECT 1)', 'holds a query'],
  ['a = (select(1))', 'holds a query'],
  ['(a > 1', "')' is missing"],
  ['a[(1', "')' is missing"],
  ['a[1', "']' is missing"],
  ['{a: 1', "'}' is missing"],
  ['a)', "')' closes nothing"],
  ['a]', "']' closes nothing"],
  ['a}', "'}' closes nothing"],
  ['(a]', "']' closes nothing"],
  ['[(a])', "']' closes nothing"],
])('%j is refused: %s', (text, problem) => {
  expect(read(text)).toEqual([undefined, `${problem}; ${FIX}`]);
});
