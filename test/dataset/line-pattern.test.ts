/** Patterns of lines take linear time because what could take more is refused, and mean what JavaScript means by them. */
import fc from 'fast-check';
import { compileLinePattern, javaPattern, LinePatternError, parseLinePattern } from '../../lib/dataset/line-pattern';
import { Fields } from '../../lib/rows/fields';
import { LineMatcher } from '../../lib/rows/line-matcher';

const problem = (pattern: string): string => {
  try {
    compileLinePattern(pattern);
    return '';
  } catch (error) {
    if (error instanceof LinePatternError) return error.message;
    throw error;
  }
};

test.each([
  ['(?<a>\\S+\\S+)', "where '\\S+' at character 6 takes '!', so does '\\S+' at character 9"],
  ['(?<a>.*.*)', "where '.*' at character 6 takes ' ', so does '.*' at character 8"],
  ['(?<a>(?:a+)+)', "'a' may be this or the next repetition of 'a+' at character 9"],
  ['(?<a>(?:a*)*)b', 'a repetition of what may be empty at character 6'],
  ['(?<a>(?:a|b?){3})', 'a repetition of what may be empty at character 6'],
  ['(?<a>(?:a|a)*)', "where 'a' at character 9 takes 'a', so does 'a' at character 11"],
  ['(?<a>(?:\\d|\\w)*)', 'is ambiguous'],
  ['(?<a>a?a?a?a?aaaa)', 'is ambiguous'],
  ['(?<a>(?:a?){20}a{20})', 'a repetition of what may be empty'],
  ['(?<a>[^b]*)(?<b>\\S*)', 'is ambiguous'],
  ['(?<a>é*è)', 'a character beyond ASCII'],
  ['(?<a>(?:(?:a|b)+c?)+)', 'is ambiguous'],
])('%s is refused as ambiguous', (pattern, message) => {
  expect(problem(pattern)).toContain(message);
});

test.each([
  ['"(?<a>.*?)" (?<b>.+)', "write '[^\\\"]*' instead of '.*?'"],
  ['\\[(?<a>.+)\\](?<b>.*)', "write '[^\\]]+' instead of '.+'"],
  ['(?<a>.*) (?<b>.*)', "write '[^ ]*' instead of '.*'"],
  ['(?<a>.*) (?<b>.*)é', "write '[^ ]*' instead of '.*'"],
])('%s is refused with what to write', (pattern, fix) => {
  expect(problem(pattern)).toContain(fix);
});

test.each([
  ['(a)', 'a group without a name at character 1'],
  ['(?<a>x)(?=y)', "'(?=y' is not taken at character 8"],
  ['(?<a>x)(?<!y)', "'(?<!' is not taken at character 8"],
  ['(?<a>x)\\1', "'\\1', which refers back, is not taken at character 8"],
  ['(?<a>x)\\k<a>', 'refers back'],
  ['(?<a>\\bx)', "'\\b' is not taken"],
  ['(?<a>x', "'(' is never closed at character 1"],
  ['(?<a>[x', "'[' is never closed at character 6"],
  ['(?<a>x))', "')' closes nothing at character 8"],
  ['(?<a>*)', "'*' repeats nothing"],
  ['(?<a>x**)', "'*' repeats a repetition"],
  ['(?<a>x{2,1})', 'the count {2,1}'],
  ['(?<a>x{1001})', 'the count {1001}'],
  ['(?<a>x{})', "'{' begins no count"],
  ['(?<a>x)*', "the group 'a' is in a part that repeats"],
  ['(?<a>x)(?<a>y)', "the group 'a' occurs twice"],
  ['(?<a>x$y)', "'$' in the middle"],
  ['(?<a>[z-a])', 'a range that is none'],
  ['(?<a>[é])', "'é' in brackets"],
  ['(?<a>[^\\s\\S])', 'brackets that take no character'],
  ['(?<a>(?:){5})', 'a repetition of nothing'],
  ['(?<a>x\\', "'\\' at the end"],
  ['abc', 'has no named group'],
  ['(?<a>(?:x{1000}y){1000})', 'takes more than 2000 steps'],
  [`${'(?:'.repeat(60)}(?<a>x)${')'.repeat(60)}`, 'more than 50 brackets'],
  [`(?<a>${'x'.repeat(10_001)})`, 'write at most 10000'],
  ['(?<a>\ud800)', 'half of a surrogate pair'],
])('%s is refused', (pattern, message) => {
  expect(problem(pattern)).toContain(message);
});

test.each<readonly [pattern: string, line: string, ...groups: readonly string[]]>([
  ['(?<a>.*) (?<b>\\S+)', 'a b c', 'a b', 'c'],
  ['\\[(?<a>.+)\\]', '[[x] ]]', '[x] ]'],
  ['(?<a>\\d{1,3}\\d)', '1234', '1234'],
  ['(?<a>(?:a|ab)*)', 'aabaab', 'aabaab'],
  // What a way that did not last has left in a group is not its text.
  ['"(?<a>.*)" (?<b>[^ "]+)(?: (?<c>[^ "]+))?', '"x" p q" -', 'x" p q', '-', ''],
  ['"(?<a>.*)" (?<b>[^ "]+)(?: (?<c>[^ "]+))?', '"x" p q" - r', 'x" p q', '-', 'r'],
  ['"(?<a>(?:[^"]|"+(?:[^" ]| [^" \\d]))*"*)" (?<b>\\d+)', '"say "hi" there"" 7', 'say "hi" there"', '7'],
])('%s takes %j, where only what follows tells', (pattern, line, ...groups) => {
  expect(problem(pattern)).toBe('');
  expect(matched(pattern, line)).toEqual(groups);
  expect(reference(pattern, line)).toEqual(groups);
});

/** Parts whose first characters are easily told apart, and some that are not. */
const atom = fc.constantFrom(
  'a',
  'b',
  'c',
  '-',
  ' ',
  '[ab]',
  '[^a ]',
  '\\d',
  '\\S',
  '.',
  'é',
  '\\x41',
  '[0-9a-f]',
  '\\\\',
);
const part: fc.Arbitrary<string> = fc.letrec<{ node: string; piece: string }>((tie) => ({
  piece: fc.oneof({ weight: 5, arbitrary: atom }, { weight: 2, arbitrary: tie('node').map((text) => `(?:${text})`) }),
  node: fc
    .array(
      fc
        .tuple(tie('piece'), fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,2}', '*?', '??'))
        .map(([text, count]) => `${text}${count}`),
      { minLength: 1, maxLength: 4 },
    )
    .chain((items) => fc.constantFrom(items.join(''), items.join('|'))),
})).node;
const patterns = fc
  .array(part, { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map((text, index) => `(?<g${index}>${text})`).join(' ?'));
const lines = fc
  .array(fc.constantFrom('a', 'b', 'c', '-', ' ', '1', 'A', 'é', '\\', 'ab', '漢'), { maxLength: 12 })
  .map((parts) => parts.join(''));

/** What JavaScript takes for the groups; undefined where the line does not match. */
function reference(pattern: string, line: string): readonly string[] | undefined {
  const found = new RegExp(`^(?:${pattern})$`, 'u').exec(line);
  return found === null ? undefined : Object.values(found.groups ?? {}).map((text) => text ?? '');
}

function matched(pattern: string, line: string): readonly string[] | undefined {
  const bytes = Buffer.from(line);
  const fields = new Fields();
  const matcher = new LineMatcher(pattern);
  if (!matcher.match(bytes, 0, bytes.length, fields)) {
    expect(matcher.describeStop(bytes, 0, bytes.length)).toMatch(
      /^does not match input\.lines\.pattern: .+ where the pattern .+/,
    );
    return undefined;
  }
  return matcher.groups.map((_, group) => bytes.toString('utf8', fields.from(group), fields.to(group)));
}

test('what is accepted gives the groups of JavaScript, and of Java with numbers in place of names', () => {
  let accepted = 0;
  let matches = 0;
  fc.assert(
    fc.property(patterns, fc.array(lines, { minLength: 8, maxLength: 8 }), (pattern, texts) => {
      if (problem(pattern) !== '') return;
      accepted += 1;
      const numbered = new RegExp(`^(?:${javaPattern(parseLinePattern(pattern), new Set(['g0', 'g1', 'g2']))})$`, 's');
      for (const text of texts) {
        const expected = reference(pattern, text);
        if (expected !== undefined) matches += 1;
        expect(matched(pattern, text)).toEqual(expected);
        expect(
          numbered
            .exec(text)
            ?.slice(1)
            .map((group) => group ?? ''),
        ).toEqual(expected);
      }
    }),
    { numRuns: 2500 },
  );
  expect(accepted).toBeGreaterThan(200);
  expect(matches).toBeGreaterThan(100);
});

test('time grows as the line does, for lines that nearly match', () => {
  const matcher = new LineMatcher('(?<a>(?:[^"\\\\]|\\\\.)*)"(?<b>\\S*) (?<c>x*)');
  const time = (length: number): number => {
    const line = Buffer.from('\\"'.repeat(length / 2));
    const start = performance.now();
    for (let round = 0; round < 5; round += 1) {
      expect(matcher.match(line, 0, line.length, new Fields())).toBe(false);
    }
    return performance.now() - start;
  };
  time(1_000_000);
  expect(time(4_000_000)).toBeLessThan(40 * Math.max(1, time(1_000_000)));
});

test('a pattern for Java says what its classes mean otherwise', () => {
  const java = (pattern: string): string => javaPattern(parseLinePattern(pattern), new Set(['a']));
  expect(java('^(?<a>[^[&&]+) \\[(?<b>.*)$')).toBe('([^\\&\\[]+) \\[(?:[^\\n\\r]*)');
  expect(java('(?<a>[\\s\\S])(?:x|yz)+é{2}')).toBe('([\\s\\S])(?:x|yz)+(?:é){2}');
});
