/** What is said of patterns that are refused, to the character; how others are read, and written for other engines. */
import {
  compileLinePattern,
  javaPattern,
  LinePatternError,
  parseLinePattern,
  parseTextPattern,
  re2Pattern,
} from '../../lib/dataset/line-pattern';
import { Fields } from '../../lib/rows/fields';
import { LineMatcher } from '../../lib/rows/line-matcher';

function told(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (!(error instanceof LinePatternError)) throw error;
    expect([error.name, error.message]).toEqual(['LinePatternError', `${error.problem}; ${error.fix}`]);
    return error.message;
  }
  return 'taken';
}
const ofLine = (pattern: string): string => told(() => compileLinePattern(pattern));
const ofText = (pattern: string): string => told(() => parseTextPattern(pattern));

const ESCAPES = 'write some of \\d \\w \\s \\D \\W \\S \\t \\xHH \\uHHHH, or a character without a backslash';
const UNNAMED = 'write (?<name>...), or (?:...) for one that is not taken';
const AHEAD = 'write (?<name>...) or (?:...); what looks ahead or back takes more than linear time';
const ASCII = 'write it outside of brackets; [^...] takes every character beyond ASCII';

test.each([
  ['abc', 'has no named group; write (?<name>...) around what columns take'],
  ['', 'has no named group; write (?<name>...) around what columns take'],
  ['x'.repeat(10_001), 'has 10001 characters; write at most 10000'],
  ['(?<a>\ud800)', 'holds half of a surrogate pair; write whole characters'],
  ['x)', "')' closes nothing at character 2; write '\\)' for the character"],
  ['(?<a>x', "'(' is never closed at character 1; write ')', or '\\(' for the character"],
  ['x(?:y|z', "'(' is never closed at character 2; write ')', or '\\(' for the character"],
  ['x(y)', `a group without a name at character 2; ${UNNAMED}`],
  ['x(', `a group without a name at character 2; ${UNNAMED}`],
  ['x(?=y)', `'(?=y' is not taken at character 2; ${AHEAD}`],
  ['x(?<=y)', `'(?<=' is not taken at character 2; ${AHEAD}`],
  ['(?<1>y)', `'(?<1' is not taken at character 1; ${AHEAD}`],
  ['(?<a-b>y)', `'(?<a' is not taken at character 1; ${AHEAD}`],
  ['(?<a>y)(?<a>z)', "the group 'a' occurs twice at character 8; give each its own name"],
  [
    'x(?<a>y)+',
    "the group 'a' is in a part that repeats, so only its last text would be kept at character 2; repeat within the group, or write one group for each value",
  ],
  [
    '(?:(?<a>y)(?<b>z)){2}',
    "the group 'a' is in a part that repeats, so only its last text would be kept at character 1; repeat within the group, or write one group for each value",
  ],
  ['(?<a>x(?:y*)+)', 'a repetition of what may be empty at character 7; let the inner part take one character or more'],
  [
    '(?<a>(?:(?:x*){1})+)',
    'a repetition of what may be empty at character 6; let the inner part take one character or more',
  ],
  [
    '(?<a>(?:x|y*)+)',
    'a repetition of what may be empty at character 6; let the inner part take one character or more',
  ],
  ['(?<a>x(?:){2})', 'a repetition of nothing at character 7; remove it'],
  ['(?<a>x**)', "'*' repeats a repetition at character 8; remove it"],
  ['(?<a>x+?+)', "'+' repeats a repetition at character 9; remove it"],
  ['(?<a>x{2}??)', "'?' repeats a repetition at character 11; remove it"],
  ['(?<a>x{)', "'{' begins no count at character 7; write '\\{' for the character"],
  ['(?<a>x{,2})', "'{' begins no count at character 7; write '\\{' for the character"],
  ['(?<a>x{2,1})', 'the count {2,1} at character 7; write counts up to 1000, the smaller one first'],
  ['(?<a>x{1001,})', 'the count {1001,} at character 7; write counts up to 1000, the smaller one first'],
  ['(?<a>x{1,1001})', 'the count {1,1001} at character 7; write counts up to 1000, the smaller one first'],
  ['(?<a>+x)', "'+' repeats nothing at character 6; write '\\+' for the character"],
  ['(?<a>?x)', "'?' repeats nothing at character 6; write '\\?' for the character"],
  ['(?<a>{2}x)', "'{' repeats nothing at character 6; write '\\{' for the character"],
  ['(?<a>x|*)', "'*' repeats nothing at character 8; write '\\*' for the character"],
  [
    '(?<a>x^)',
    "'^' in the middle of the pattern, which is for the whole line at character 7; write '\\^' for the character",
  ],
  [
    '(?<a>x$)',
    "'$' in the middle of the pattern, which is for the whole line at character 7; write '\\$' for the character",
  ],
  [
    '^^(?<a>x)',
    "'^' in the middle of the pattern, which is for the whole line at character 2; write '\\^' for the character",
  ],
  [
    '(?<a>x)$$',
    "'$' in the middle of the pattern, which is for the whole line at character 8; write '\\$' for the character",
  ],
  ['(?<a>x)\\', "'\\' at the end at character 8; write '\\\\' for the character"],
  ['(?<a>x)\\1', `'\\1', which refers back, is not taken at character 8; ${ESCAPES}`],
  ['(?<a>x)\\k<a>', `'\\k', which refers back, is not taken at character 8; ${ESCAPES}`],
  ['(?<a>x)\\b', `'\\b' is not taken at character 8; ${ESCAPES}`],
  ['(?<a>x)\\01', `'\\0' is not taken at character 8; ${ESCAPES}`],
  ['(?<a>x)\\x4', `'\\x' is not taken at character 8; ${ESCAPES}`],
  ['(?<a>x)\\u00e', `'\\u' is not taken at character 8; ${ESCAPES}`],
  ['(?<a>x)\\ud800', `'\\u' is not taken at character 8; ${ESCAPES}`],
  ['(?<a>x)\\é', `'\\é' is not taken at character 8; ${ESCAPES}`],
  ['(?<a>x)\\\n', `'\\\n' is not taken at character 8; ${ESCAPES}`],
  ['(?<a>x[y)', "'[' is never closed at character 7; write ']', or '\\[' for the character"],
  ['(?<a>x[y)$', "'[' is never closed at character 7; write ']', or '\\[' for the character"],
  ['(?<a>x[])', 'brackets that take no character at character 7; write some, or remove them'],
  ['(?<a>x[z-a])', "a range that is none at character 9; write '\\-' for the character"],
  ['(?<a>x[A-\\d])', "a range that is none at character 9; write '\\-' for the character"],
  ['(?<a>x[a-\\d])', "a range that is none at character 9; write '\\-' for the character"],
  ['(?<a>[xé])', `'é' in brackets, which take single characters of ASCII only at character 8; ${ASCII}`],
  ['(?<a>[x\\u00e9])', `'é' in brackets, which take single characters of ASCII only at character 8; ${ASCII}`],
  ['(?<a>[x-💥])', `'💥' in brackets, which take single characters of ASCII only at character 9; ${ASCII}`],
  [
    `(?<a>${'(?:'.repeat(49)}x${')'.repeat(49)})`,
    'more than 50 brackets within each other at character 153; write fewer',
  ],
  [
    '(?<a>x{1000}y{1000}z)',
    'takes more than 2000 steps, with its counts written out; write smaller counts, or * and +',
  ],
  [
    '(?<a>(?:x{1000}y){1000})',
    'takes more than 2000 steps, with its counts written out; write smaller counts, or * and +',
  ],
])('the line pattern %j is refused with the place and what to write', (pattern, message) => {
  expect(ofLine(pattern)).toBe(message);
});

const ONE_WAY =
  'write it so that each character decides alone how the match continues, for example [^ ]* up to a space instead of .*';

test.each([
  [
    '(?<a>.*) (?<b>.*)',
    "where '.*' at character 6 takes ' ', so does ' ' at character 9; write '[^ ]*' instead of '.*'",
  ],
  [
    '(?<a>.+)a(?<b>.*)',
    "where '.+' at character 6 takes 'a', so does 'a' at character 9; write '[^a]+' instead of '.+'",
  ],
  [
    '(?<a>.+),(?<b>.*)',
    "where '.+' at character 6 takes ',', so does ',' at character 9; write '[^\\,]+' instead of '.+'",
  ],
  [
    '(?<a>.{2,})_(?<b>.*)',
    "where '.{2,}' at character 6 takes '_', so does '_' at character 12; write '[^_]{2,}' instead of '.{2,}'",
  ],
  ['(?<a>\\S+)x(?<b>\\S*)', `where '\\S+' at character 6 takes 'x', so does 'x' at character 10; ${ONE_WAY}`],
  ['(?<a>[^;]*)x(?<b>[^;]*)', `where '[^;]*' at character 6 takes 'x', so does 'x' at character 12; ${ONE_WAY}`],
  ['(?<a>x*)(?<b>x*)', `where 'x*' at character 6 takes 'x', so does 'x*' at character 14; ${ONE_WAY}`],
  [
    '(?<a>é*)(?<b>é*)',
    `where 'é' at character 6 takes a character beyond ASCII, so does 'é' at character 14; ${ONE_WAY}`,
  ],
  ['(?<a>.+)[xy](?<b>.*)', `where '.+' at character 6 takes 'x', so does '[xy]' at character 9; ${ONE_WAY}`],
  [
    '(?<a>.+)é(?<b>.*)',
    `where '.+' at character 6 takes a character beyond ASCII, so does 'é' at character 9; ${ONE_WAY}`,
  ],
  ['(?<a>p|p)', `where 'p' at character 6 takes 'p', so does 'p' at character 8; ${ONE_WAY}`],
  ['(?<a>[pq]|p)', `where '[pq]' at character 6 takes 'p', so does 'p' at character 11; ${ONE_WAY}`],
  [
    '(?<a>\\x7f*)(?<b>\\x7f*)',
    `where '\\x7f*' at character 6 takes '\x7f', so does '\\x7f*' at character 17; ${ONE_WAY}`,
  ],
  // Two ways that have become one are no longer what the line could match twice.
  ['(?<a>(?:p|pq)c)(?<b>x*)(?<c>x*)', `where 'x*' at character 21 takes 'x', so does 'x*' at character 29; ${ONE_WAY}`],
  // Ways that stay apart need a state for each of their combinations.
  ['(?<a>[ab]*a[ab]{11})', `where '[ab]*' at character 6 takes 'a', so does 'a' at character 11; ${ONE_WAY}`],
  ['(?<a>(?:x+)+)', `'x' may be this or the next repetition of 'x+' at character 9; ${ONE_WAY}`],
])('the line pattern %j is refused as ambiguous, with what to write', (pattern, message) => {
  expect(ofLine(pattern)).toBe(`is ambiguous: ${message}`);
});

test.each([
  '(?<a>x)$',
  '(?<a>x)\\\\$',
  '(?<a>x)\\$',
  `(?<a>${'(?:'.repeat(48)}x${')'.repeat(48)})`,
  '(?<a>x{1000})',
  '(?<a>x{0,1000})',
  '(?<a>(?:x|yz)*)',
  '(?<a>(?:x*)?)',
  '(?:(?<a>x))?',
  '(?<a>[a-a])',
  '(?<a>[-x])',
  '(?<a>[x-])',
  '(?<$a_1>x)',
  '(?<a>\\t1)',
  '(?<a>(?:x*)?y)',
  '(?<a>(?:x*y)+)',
  '(?<a>x{1000}y{1000})',
  '(?<a>[ab]*a[ab]{10})',
  '(?:(?<a>x)|(?<b>y)){0,1}',
  `(?<a>${'x'.repeat(1994)})`,
])('the line pattern %j is taken', (pattern) => {
  expect(ofLine(pattern)).toBe('taken');
});

test('texts may have patterns without groups, which repeat up to 1000 characters', () => {
  expect(['', 'abc', 'x{1000}', '(?:x|y){500}', '(?:xy){500}', 'x*y{999}', 'x{0}y{999}'].map(ofText)).toEqual(
    Array(7).fill('taken'),
  );
  const fix = 'write counts that make up at most 1000';
  expect(ofText('x{1000}y')).toBe(`repeats up to 1001 characters; ${fix}`);
  expect(ofText('(?:x{2,30}){2,40}')).toBe(`repeats up to 1200 characters; ${fix}`);
  expect(ofText('(?:x{30,}){40}')).toBe(`repeats up to 1200 characters; ${fix}`);
  expect(ofText('(?:(?<a>x)|y|z)?w{998}')).toBe(`repeats up to 1001 characters; ${fix}`);
  expect(ofText('(?:x|y){501}')).toBe(`repeats up to 1002 characters; ${fix}`);
  expect(ofText('x)')).toBe("')' closes nothing at character 2; write '\\)' for the character");
});

/** What a pattern takes of the characters of ASCII and one beyond. */
function takes(pattern: string): string {
  const matcher = new LineMatcher(`(?<a>${pattern})`);
  const all = [...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)), 'é'];
  return all
    .filter((char) => {
      const bytes = Buffer.from(char);
      return matcher.match(bytes, 0, bytes.length, new Fields());
    })
    .join('');
}

test.each([
  '\\d',
  '\\w',
  '\\D',
  '\\W',
  '.',
  '[ab-d]',
  '[^ab-d]',
  '[a\\-z]',
  '[-z]',
  '[a-]',
  '[\\d-z]',
  '[\\]^]',
  '[^\\^]',
  '[\\x41-\\x43]',
  '\\t',
  '\\n',
  '\\v',
  '\\f',
  '\\r',
  '\\0',
  '\\x41',
  '\\u0041',
  '\\u00e9',
  '\\.',
  '\\/',
  '\\ ',
  'é',
  '[\\s\\S]',
])('%s takes the characters that JavaScript takes', (pattern) => {
  const all = [...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)), 'é'];
  const own = new RegExp(`^(?:${pattern})$`);
  expect(takes(pattern)).toBe(all.filter((char) => own.test(char)).join(''));
});

test('blanks are those of ASCII', () => {
  expect([takes('\\s'), takes('\\S').includes(' '), takes('\\S').endsWith('é')]).toEqual([
    '\t\n\v\f\r ',
    ...[false, true],
  ]);
});

test.each([
  ['\\d\\w\\D\\W', '\\d\\w\\D\\W', '[0-9][0-9A-Z\\_a-z][^0-9][^0-9A-Z\\_a-z]'],
  ['\\s\\S', '\\s\\S', '[\\x09-\\x0d ][^\\x09-\\x0d ]'],
  ['.', '[^\\n\\r]', '[^\\n\\r]'],
  ['[ab][abc][ac]', '[ab][a-c][ac]', '[ab][a-c][ac]'],
  ['[^x][^\\x7f]', '[^x][^\\x7f]', '[^x][^\\x7f]'],
  ['[\\x7e-\\x7f]', '[\\~\\x7f]', '[\\~\\x7f]'],
  ['\\0\\x1f\\x7f ~', '\\x00\\x1f\\x7f \\~', '\\x00\\x1f\\x7f \\~'],
  ['[\\s\\S]', '[\\s\\S]', '[\\s\\S]'],
  ['a*b+c?d{2}e{2,}f{2,3}', 'a*b+c?d{2}e{2,}f{2,3}', 'a*b+c?d{2}e{2,}f{2,3}'],
  ['a{0,}b{1,}c{0,1}d{0,2}e{1}', 'a*b+c?d{0,2}e{1}', 'a*b+c?d{0,2}e{1}'],
  ['a*?b+?c??', 'a*?b+?c??', 'a*?b+?c??'],
  ['(?:ab)+(?:a|b)*(?:a|b)é+', '(?:ab)+(?:a|b)*(?:a|b)(?:é)+', '(?:ab)+(?:a|b)*(?:a|b)(?:é)+'],
  ['a|b|', 'a|b|', 'a|b|'],
])('%s is written for Java as %s, and for RE2 as %s', (pattern, java, re2) => {
  expect(javaPattern(parseTextPattern(pattern), new Set())).toBe(java);
  expect(re2Pattern(parseTextPattern(pattern))).toBe(re2);
});

test('groups that are taken are numbered for Java, and others are not captured', () => {
  const node = parseLinePattern('(?<a>x)(?<b>y(?<c>z))(?<d>w)?');
  expect(javaPattern(node, new Set(['a', 'c']))).toBe('(x)(?:y(z))(?:w)?');
  expect(re2Pattern(node)).toBe('(?:x)(?:y(?:z))(?:w)?');
});

/** The machine of a pattern, its steps as `state character state`, those that save something as `state character slots`. */
function machine(pattern: string) {
  const { groups, next, action, actions, accept, expected, stale } = compileLinePattern(pattern);
  const steps = (rows: Uint16Array, show: (value: number) => string): readonly string[] =>
    [...rows.entries()]
      .filter(([, value]) => value !== 0)
      .map(([at, value]) => `${Math.floor(at / 256)} ${String.fromCharCode(at % 256)} ${show(value)}`);
  return {
    ...{ pattern, groups, states: next.length / 256, actions, accept: [...accept], expected: [...expected] },
    ...{ stale: [...stale], next: steps(next, String), saves: steps(action, (value) => `${actions[value]}`) },
  };
}

test('a pattern is a machine of one state for each place, which saves where groups begin and end', () => {
  expect(machine('(?<a>x+)(?<b>y)?')).toEqual({
    pattern: '(?<a>x+)(?<b>y)?',
    groups: ['a', 'b'],
    states: 5,
    actions: [[], [0], [1], [1, 2], [3]],
    accept: [-1, -1, 2, 2, 4],
    expected: [-1, 5, 5, 5, -1],
    stale: [],
    next: ['1 x 2', '2 x 3', '2 y 4', '3 x 3', '3 y 4'],
    saves: ['1 x 0', '2 y 1,2', '3 y 1,2'],
  });
  expect(machine('(?<a>x{2,3})')).toMatchObject({
    states: 5,
    accept: [-1, -1, -1, 2, 2],
    next: ['1 x 2', '2 x 3', '3 x 4'],
  });
});

test('two ways are one state until one of them ends, whose slots the other does not have', () => {
  expect(machine('(?<a>px)|(?<b>py)')).toEqual({
    pattern: '(?<a>px)|(?<b>py)',
    groups: ['a', 'b'],
    states: 5,
    actions: [[], [0, 2], [1], [3]],
    accept: [-1, -1, -1, 2, 3],
    expected: [-1, 5, 6, -1, -1],
    stale: [
      [3, [2]],
      [4, [0]],
    ],
    next: ['1 p 2', '2 x 3', '2 y 4'],
    saves: ['1 p 0,2'],
  });
});

test('what a lazy repetition goes on with is expected first, and with any other its own character', () => {
  const expected = (pattern: string): number => machine(pattern).expected[1] ?? -1;
  expect(['(?<a>x*)y', '(?<a>x*?)y', '(?<a>x?)y', '(?<a>x??)y', '(?<a>x{0,2}?)y'].map(expected)).toEqual([
    ...[5, 9],
    ...[5, 9, 13],
  ]);
});
