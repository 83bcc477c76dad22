import { EXCEPTIONS } from '../../static-analysis/exceptions';
import { type Exception, type Finding, judge } from '../../static-analysis/finding';

const finding = (rule: string, where: string, tool = 'tool'): Finding => ({
  tool,
  rule,
  where,
  message: 'what is wrong',
  seenIn: 'stage dev',
});

const exception = (rule: string, where: string, more: Partial<Exception> = {}): Exception => ({
  tool: 'tool',
  rule,
  where,
  reason: 'Right here because the test says so.',
  ...more,
});

test('a finding is open until its rule is excepted in its place', () => {
  const found = [finding('A', 'Storage/Raw'), finding('A', 'Storage/Logs'), finding('B', 'Storage/Logs')];
  const { open, excepted, stale } = judge('tool', found, [exception('A', 'Storage/Logs')]);
  expect(open).toEqual([found[0], found[2]]);
  expect(excepted).toEqual([found[1]]);
  expect(stale).toEqual([]);
});

test('the same in several variants is one', () => {
  expect(judge('tool', [finding('A', 'x'), finding('A', 'x')], []).open).toHaveLength(1);
});

test.each([
  ['nothing was found', []],
  ['the rule was found elsewhere', [finding('A', 'y')]],
  ['another rule was found there', [finding('B', 'x')]],
])('an exception is stale when %s', (_, found) => {
  const one = exception('A', 'x');
  expect(judge('tool', found, [one]).stale).toEqual([one]);
});

test('exceptions of another tool neither cover nor go stale', () => {
  const other = exception('A', 'x', { tool: 'other' });
  expect(judge('tool', [finding('A', 'x')], [other])).toMatchObject({ open: [{ rule: 'A' }], stale: [] });
});

test.each(['', 'Fine.', 'accepted without a capital letter, but long', 'No full stop at the end of this reason'])(
  'refuses %j as a reason',
  (reason) => {
    expect(() => judge('tool', [], [exception('A', 'x', { reason })])).toThrow('A at x is excepted without a reason');
  },
);

test('refuses the same exception twice', () => {
  const one = exception('A', 'x');
  expect(() => judge('tool', [], [one, one])).toThrow('A at x is excepted twice');
});

test('every exception of the project has a reason, once', () => {
  expect(EXCEPTIONS.length).toBeGreaterThan(0);
  for (const tool of new Set(EXCEPTIONS.map((one) => one.tool))) {
    expect(judge(tool, [], EXCEPTIONS).stale.length).toBeGreaterThan(0);
  }
});
