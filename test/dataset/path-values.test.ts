import { isSafePathValue, PATH_VALUE_RULE } from '../../lib/dataset/path-values';

test.each(['a', 'A', '7', 'eu-central-1', 'a.b_c-D9', 'a'.repeat(128)])('%s may stand in a path', (value) => {
  expect(isSafePathValue(value)).toBe(true);
});

test.each(['', '_a', '.a', '-a', 'a b', 'a/b', 'a=b', 'a%b', 'a+b', 'a,b', 'ä', 'a\n', '\na', 'a'.repeat(129)])(
  '%j may not',
  (value) => {
    expect(isSafePathValue(value)).toBe(false);
  },
);

test('the rule says so in words', () => {
  expect(PATH_VALUE_RULE).toBe(
    "use letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 128 characters",
  );
});
