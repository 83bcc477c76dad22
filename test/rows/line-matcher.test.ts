/** Lines are matched as by a regular expression, whatever the length of a field and wherever it begins. */
import fc from 'fast-check';
import { compileLinePattern } from '../../lib/dataset/line-pattern';
import { Fields } from '../../lib/rows/fields';
import { LineMatcher } from '../../lib/rows/line-matcher';

const PATTERNS = [
  '(?<a>[^ ]*) (?<b>[^ ]*)',
  String.raw`(?<a>\S+) "(?<b>[^"]*)"(?<c>.*)`,
  String.raw`\[(?<a>[^\]]+)\] (?<b>\d+)(?: (?<c>\S*))?`,
  String.raw`(?<a>[a-f]*);(?<b>[^;]*);(?<c>(?:\\.|[^\\;])*)`,
];
const line = fc.array(
  fc.oneof(
    fc.constantFrom(' ', '"', '[', ']', ';', '\\', '\t', '\r', '\0', '1', 'é', '\u{1f600}', 'abcdef'),
    fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
    fc.constantFrom('[x] 12', 'a b', 'word "in quotes" rest', 'abc;d;\\;e'),
  ),
  { maxLength: 8 },
);

test('matchers of one pattern share what it was compiled to, and nothing else', () => {
  const fields = [new Fields(), new Fields()] as const;
  const [one, other] = [new LineMatcher('(?<a>[a-z]+)-(?<b>.*)'), new LineMatcher('(?<a>[a-z]+)-(?<b>.*)')];
  // More patterns than are remembered come between.
  for (let n = 0; n < 9; n += 1) expect(new LineMatcher(`(?<a>x{${n + 1}})`).groups).toEqual(['a']);
  const lines = [Buffer.from('ab-c\n'), Buffer.from('ab9\n')] as const;
  expect([one.match(lines[0], 0, 4, fields[0]), other.match(lines[1], 0, 3, fields[1])]).toEqual([true, false]);
  expect([fields[0].from(1), fields[0].to(1), fields[1].count]).toEqual([3, 4, 0]);
  expect(other.describeStop(lines[1], 0, 3)).toContain('it stops at byte 3');
  expect(new LineMatcher('(?<a>[a-z]+)-(?<b>.*)').match(lines[0], 0, 4, fields[1])).toBe(true);
});

test.each(PATTERNS)('%s', (pattern) => {
  const matcher = new LineMatcher(pattern);
  const expression = new RegExp(`^${pattern}$`, 'u');
  const fields = new Fields();
  let matched = 0;
  fc.assert(
    fc.property(line, fc.nat({ max: 5 }), (parts, before) => {
      const text = parts.join('').replaceAll('\n', '').toWellFormed();
      const bytes = Buffer.from(`${'"'.repeat(before)}${text}\n`);
      const expected = expression.exec(text);
      const found = matcher.match(bytes, before, bytes.length - 1, fields);
      expect(found).toBe(expected !== null);
      if (expected === null) return;
      matched++;
      const groups = matcher.groups.map((name, field) => [
        name,
        bytes.toString('utf8', fields.from(field), fields.to(field)),
      ]);
      expect(groups).toEqual(matcher.groups.map((name) => [name, expected.groups?.[name] ?? '']));
    }),
    { seed: 20_260_615, numRuns: 2000 },
  );
  expect(matched).toBeGreaterThan(10);
});

test.each<[pattern: string, line: string, why: string]>([
  ['(?<a>\\d+) (?<b>\\S+)', 'x', 'it stops at byte 1, before "x", where the pattern goes on with \\d+) (?<b>\\S+)'],
  ['(?<a>\\d+) (?<b>\\S+)', '12', 'the line ends where the pattern goes on with \\d+) (?<b>\\S+)'],
  ['(?<a>\\d+) (?<b>\\S+)', '12 é f', 'it stops at byte 6, before " f", where the pattern goes on with \\S+)'],
  ['(?<a>\\d)', '12', 'it stops at byte 2, before "2", where the pattern ends'],
  ['(?<a>\\d+)', '', 'the line ends where the pattern goes on with \\d+)'],
  [
    '(?<a>\\d+)',
    `7${'x'.repeat(60)}`,
    `it stops at byte 2, before "${'x'.repeat(40)}", where the pattern goes on with \\d+)`,
  ],
  [
    `(?<a>\\d+)${'y'.repeat(60)}`,
    'x',
    `it stops at byte 1, before "x", where the pattern goes on with \\d+)${'y'.repeat(36)}...`,
  ],
])('%s says where %j stops', (pattern, line, why) => {
  for (const before of ['', 'before\n']) {
    const bytes = Buffer.from(`${before}${line}\nthe next line, which is none of its business\n`);
    const matcher = new LineMatcher(pattern);
    const [from, to] = [before.length, before.length + Buffer.byteLength(line)];
    expect(matcher.match(bytes, from, to, new Fields())).toBe(false);
    expect(matcher.describeStop(bytes, from, to)).toBe(`does not match input.lines.pattern: ${why}`);
  }
});

test('a pattern that is compiled already is matched too', () => {
  const fields = new Fields();
  const matcher = new LineMatcher(compileLinePattern('(?<a>[^ ]*) (?<b>.*)'));
  const line = Buffer.from('one two\n');
  expect(matcher.match(line, 0, 7, fields)).toBe(true);
  expect([matcher.groups, fields.count, fields.from(1), fields.to(1)]).toEqual([['a', 'b'], 2, 4, 7]);
});

test('what a line had is not there for the next, be it in another buffer', () => {
  const fields = new Fields();
  const matcher = new LineMatcher('(?<a>[^ ]*)(?: (?<b>\\d+))?(?: (?<c>[a-z]+))?');
  const found = (text: string): unknown[] => {
    const line = Buffer.from(`${text}\n`);
    const isFound = matcher.match(line, 0, line.length - 1, fields);
    return [isFound, ...[0, 1, 2].map((field) => line.toString('utf8', fields.from(field), fields.to(field)))];
  };
  expect(found('some-word 12 abc')).toEqual([true, 'some-word', '12', 'abc']);
  expect(found('another')).toEqual([true, 'another', '', '']);
  expect(found('x def')).toEqual([true, 'x', '', 'def']);
  expect(found('')).toEqual([true, '', '', '']);
  for (let length = 0; length < 20; length++) {
    const word = 'y'.repeat(length);
    expect(found(`${word} 7`)).toEqual([true, word, '7', '']);
    expect(found(`${word} 7x`)[0]).toBe(false);
  }
});

test('a group of the way that was not taken is empty', () => {
  const fields = new Fields();
  const matcher = new LineMatcher('(?<a>px)|(?<b>py)');
  for (const [text, a, b] of [
    ['px', 'px', ''],
    ['py', '', 'py'],
  ] as const) {
    const line = Buffer.from(`${text}\n`);
    expect(matcher.match(line, 0, 2, fields)).toBe(true);
    expect([0, 1].map((field) => line.toString('utf8', fields.from(field), fields.to(field)))).toEqual([a, b]);
  }
});
