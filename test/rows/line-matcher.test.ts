/** Lines are matched as by a regular expression, whatever the length of a field and wherever it begins. */
import fc from 'fast-check';
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
