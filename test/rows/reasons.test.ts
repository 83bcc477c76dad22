/** What is said of values and lines that do not fit, to the letter: people read it, and act on it. */
import {
  describeValue,
  Fault,
  hintFor,
  limitsOf,
  lookAlikeColumns,
  lookAlikeProblem,
  memberText,
  pathName,
  quoteName,
  shownName,
  shownText,
  syntaxProblem,
} from '../../lib/rows/reasons';
import { CompiledType } from '../../lib/rows/types';
import { columnsOf } from './helpers';

const described = (value: string): string => {
  const buf = Buffer.from(`x${value},y`);
  return describeValue(buf, 1, buf.length - 2);
};

test.each([
  ['"abc"', 'the string "abc"'],
  ['""', 'the string ""'],
  ['1.50', '1.50'],
  ['null', 'null'],
  ['true', 'true'],
  ['{"a":1}', 'an object'],
  ['[1]', 'an array'],
  [`"${'x'.repeat(38)}"`, `the string "${'x'.repeat(38)}"`],
  [`"${'x'.repeat(39)}"`, `the string "${'x'.repeat(39)}...`],
  ['1'.repeat(40), '1'.repeat(40)],
  ['1'.repeat(41), `${'1'.repeat(40)}...`],
  [`"${'\u{1f600}'.repeat(38)}"`, `the string "${'\u{1f600}'.repeat(38)}"`],
  [`"${'\u{1f600}'.repeat(41)}"`, `the string "${'\u{1f600}'.repeat(39)}...`],
  [`"${'é'.repeat(60)}"`, `the string "${'é'.repeat(39)}...`],
  ['"a\u202eb\u001b"', 'the string "a\\u202eb\\u001b"'],
])('%s is shown as %s', (value, shown) => {
  expect(described(value)).toBe(shown);
});

test('names are cut, at forty characters in quotes and at a hundred on their own', () => {
  const name = 'n'.repeat(101);
  expect(quoteName('a"b\n')).toBe('"a\\"b\\n"');
  expect(quoteName(name)).toBe(`"${'n'.repeat(40)}..."`);
  expect([shownName(name.slice(1)), shownName(name)]).toEqual(['n'.repeat(100), `${'n'.repeat(100)}...`]);
  expect(shownName('a\u200bb')).toBe('a\\u200bb');
  expect(quoteName('\u{1f600}'.repeat(40))).toBe(`"${'\u{1f600}'.repeat(40)}"`);
  expect(quoteName('\u{1f600}'.repeat(41))).toBe(`"${'\u{1f600}'.repeat(40)}..."`);
  const text = Buffer.from('12345');
  expect(shownText(text, 1, 4)).toBe('234');
});

test('names in paths are in quotes unless they are plain', () => {
  expect(['a_1', '@timestamp', 'x-y', 'x'.repeat(100)].map(pathName)).toEqual([
    'a_1',
    '@timestamp',
    'x-y',
    'x'.repeat(100),
  ]);
  expect(['', 'a b', 'a.b', 'é', 'x"'].map(pathName)).toEqual(['""', '"a b"', '"a.b"', '"é"', '"x\\""']);
  expect(pathName('x'.repeat(101))).toBe(`"${'x'.repeat(40)}..."`);
});

test.each<[line: string, text: string | undefined]>([
  ['{"v":1}', '1'],
  [' { "a" : 2 , "v" : "x" } ', '"x"'],
  ['{"v":1,"v":2}', '2'],
  ['{"\\u0076":[1, 2]}', '[1, 2]'],
  ['{"a":{"v":1}}', undefined],
  ['{"a":1}', undefined],
  ['{}', undefined],
  ['["v",1]', undefined],
  ['["v":1]', undefined],
  ['', undefined],
  ['{"v":1,"a":x}', '1'],
  ['{"v":1,x', '1'],
  ['{"v":1,"a" 2}', '1'],
  ['{"v":1,"a', '1'],
  ['{"v":1;"v":2}', '1'],
  ['{"v":x}', undefined],
  ['{"v"', undefined],
  [`{"v":"${'y'.repeat(50)}"}`, `"${'y'.repeat(39)}...`],
])('of %s, the member v is %s', (line, text) => {
  expect(memberText(Buffer.from(line), 'v')).toBe(text);
});

test.each([
  ['{"a":x', 5, 'not JSON: unexpected "x" at byte 6'],
  ['{"a":\n', 5, 'not JSON: the line ends too early'],
  ['{"a":"\u0001', 6, 'not JSON: control character 0x01 at byte 7'],
  ['{"a":"\u001f', 6, 'not JSON: control character 0x1f at byte 7'],
  ['{"a":"\\x', 6, 'not JSON: invalid escape or lone surrogate at byte 7'],
  ['{"a":é', 5, 'not JSON: unexpected "é" at byte 6'],
  ['{"a":\u{1f600}', 5, 'not JSON: unexpected "\u{1f600}" at byte 6'],
  ['{"a":\u202e', 5, 'not JSON: unexpected "\\u202e" at byte 6'],
  ['{{', 1, 'not JSON: unexpected "{" at byte 2'],
  [`${'['.repeat(64)}[`, 64, 'nested deeper than 64 levels at byte 65'],
  [`${'{'.repeat(64)}{`, 64, 'nested deeper than 64 levels at byte 65'],
  [`${'['.repeat(63)}[`, 63, 'not JSON: unexpected "[" at byte 64'],
  [`${'['.repeat(64)}][`, 65, 'not JSON: unexpected "[" at byte 66'],
  [`${'['.repeat(64)}}{`, 65, 'not JSON: unexpected "{" at byte 66'],
  [`${'['.repeat(63)}"[","\\"[",[`, 73, 'not JSON: unexpected "[" at byte 74'],
  [`${'['.repeat(63)}"a"[[`, 67, 'nested deeper than 64 levels at byte 68'],
  [`${'['.repeat(63)}"ab\\""[[`, 70, 'nested deeper than 64 levels at byte 71'],
  [`${'['.repeat(64)}"]"[`, 67, 'nested deeper than 64 levels at byte 68'],
])('of %j, byte %d: %s', (line, at, problem) => {
  expect(syntaxProblem(Buffer.from(line), at)).toBe(problem);
});

test('a day for no day has a hint, and no other value', () => {
  const hint = (value: string): string => hintFor(Buffer.from(`x${value},`), 1, value.length + 1);
  expect(hint('"0000-00-00"')).toBe(
    '; it is no date in MySQL: add 0000-00-00 to the nulls of input.csv or input.lines, or let the source send null',
  );
  expect(hint('"0000-00-00 00:00:00"')).toContain('add 0000-00-00 00:00:00 to the nulls');
  expect(['"0000-00-01"', '"0000-00"', '0', '""'].map(hint)).toEqual(['', '', '', '']);
});

test.each([
  ['tinyint', 'does not fit a tinyint (-128 to 127)'],
  ['smallint', 'does not fit a smallint (-32768 to 32767)'],
  ['int', 'does not fit an int (-2147483648 to 2147483647)'],
  ['bigint', 'does not fit a bigint (-9223372036854775808 to 9223372036854775807)'],
  ['float', 'does not fit a float'],
  ['double', 'does not fit a double'],
  ['decimal(7,3)', 'does not fit a decimal(7,3)'],
  ['date', 'is not a day of the years 0001 to 9999'],
  ['timestamp', 'is not a time of the years 0001 to 9999'],
])('a value that %s cannot hold %s', (type, text) => {
  const [column] = columnsOf({ v: type });
  if (column === undefined) throw new Error('no column');
  expect(limitsOf(new CompiledType(column.type, { left: 0 }))).toBe(text);
});

test('a format of its own is named with the limits', () => {
  const type = new CompiledType({ kind: 'timestamp', format: { epoch: 's' } }, { left: 0 });
  expect(limitsOf(type)).toBe('is not a time of the years 0001 to 9999 (epoch in s)');
  const day = new CompiledType({ kind: 'date', format: { pattern: '%d.%m.%Y', offset: 0 } }, { left: 0 });
  expect(limitsOf(day)).toBe('is not a day of the years 0001 to 9999 (%d.%m.%Y)');
});

test.each([
  ['boolean', 'a boolean'],
  ['tinyint', 'a tinyint'],
  ['smallint', 'a smallint'],
  ['int', 'an int'],
  ['bigint', 'a bigint'],
  ['float', 'a float'],
  ['double', 'a double'],
  ['decimal(5,2)', 'a decimal(5,2)'],
  ['string', 'a string'],
  ['date', 'a date (yyyy-MM-dd)'],
  ['timestamp', 'a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970)'],
  ['binary', 'a base64 string'],
  ['array<int>', 'an array'],
  ['map<string,int>', 'an object'],
  ['struct<a:int>', 'an object'],
])('what a %s has to be is %s', (type, text) => {
  const [column] = columnsOf({ v: type });
  if (column === undefined) throw new Error('no column');
  expect(new CompiledType(column.type, { left: 0 }).expected).toBe(text);
});

test('a fault is told from the inside to the outside', () => {
  const fault = new Fault();
  expect([fault.reason, fault.path, fault.problem]).toEqual(['', '', '']);
  fault.set('expected an int');
  fault.prefix('[2]');
  fault.prefix('price');
  fault.prefix('items');
  expect([fault.reason, fault.path, fault.problem]).toEqual([
    'items.price[2]: expected an int',
    'items.price[2]',
    'expected an int',
  ]);
  fault.advise('send one');
  expect(fault.reason).toBe('items.price[2]: expected an int; send one');
  // A path within a line that is no JSON would mislead.
  fault.setSyntax(Buffer.from('xx{"a":?'), 2, 7);
  fault.prefix('a');
  expect([fault.reason, fault.path]).toEqual(['not JSON: unexpected "?" at byte 6', '']);
  fault.setUndeclared('b c');
  fault.prefix('s');
  expect([fault.reason, fault.undeclared]).toEqual(['s: the member "b c" is not declared', 'b c']);
  fault.set('other');
  fault.prefix('t');
  expect([fault.reason, fault.undeclared]).toEqual(['t: other', undefined]);
});

test('names that differ in case or separators are told, five at most', () => {
  expect(lookAlikeProblem('a_b', ['A_B'])).toBe(
    'missing, but the undeclared member "A_B" differs from it only in case or separators; names match exactly: write "a_b"',
  );
  expect(lookAlikeProblem('a_b', ['A_B', 'aB'])).toBe(
    'missing, but the undeclared members "A_B" and "aB" differ from it only in case or separators; names match exactly: write "a_b"',
  );
  const found = Array.from({ length: 7 }, (_, n) => ({
    declared: `c_${n}`,
    undeclared: Array.from({ length: n }, (_unused, k) => `C-${n}-${k}`),
  })).slice(1);
  expect(lookAlikeColumns(found.slice(0, 2))).toBe(
    '"C-1-0" where c_1 is missing, "C-2-0" and "C-2-1" where c_2 is missing; names match exactly, case and separators included: write them as declared',
  );
  expect(lookAlikeColumns(found.slice(0, 5))).not.toContain('more of the kind');
  expect(lookAlikeColumns(found)).toContain('where c_5 is missing, and 1 more of the kind; names match exactly');
  expect(lookAlikeColumns(found.slice(5))).toBe(
    '"C-6-0" and "C-6-1" and "C-6-2" and "C-6-3" and "C-6-4" and 1 more where c_6 is missing; names match exactly, case and separators included: write them as declared',
  );
  expect(lookAlikeColumns(found.slice(4, 5))).not.toContain('more');
});
