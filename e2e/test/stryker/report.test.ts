import { type Equivalent, judge, type MutationReport, mutantsOf } from '../../stryker/report';

const SOURCE = [
  'export function least(a: number, b: number) {',
  '  if (a < b) {',
  '    return a;',
  '  }',
  '  return b;',
  '}',
];
type Reported = MutationReport['files'][string]['mutants'][number];

/** A mutant of the comparison, which begins in the 7th column. */
const comparison = (replacement: string, status: Reported['status']): Reported => ({
  location: { start: { line: 2, column: 7 }, end: { line: 2, column: 12 } },
  replacement,
  status,
});

const block: Reported = {
  location: { start: { line: 2, column: 14 }, end: { line: 4, column: 4 } },
  replacement: '{}',
  status: 'NoCoverage',
};

const mutants = (...reported: readonly Reported[]) =>
  mutantsOf({ files: { 'lib/least.ts': { source: SOURCE.join('\n'), mutants: reported } } });

const entry: Equivalent = {
  file: 'lib/least.ts',
  text: 'if (a < b) {',
  original: 'a < b',
  replacement: 'a <= b',
  why: 'Of two equal numbers either is the least.',
};

test('a mutant is shown with its line, and with what it replaces on one line', () => {
  expect(mutants(comparison('a >= b', 'Killed'), block)).toEqual([
    { ...entry, why: undefined, line: 2, replacement: 'a >= b', status: 'Killed', isDrawn: true },
    {
      ...entry,
      why: undefined,
      line: 2,
      original: '{ return a; }',
      replacement: '{}',
      status: 'NoCoverage',
      isDrawn: true,
    },
  ]);
});

describe('the score', () => {
  const all = mutants(
    comparison('a >= b', 'Killed'),
    comparison('true', 'Timeout'),
    comparison('a <= b', 'Survived'),
    block,
    comparison('a << b', 'RuntimeError'),
  );

  test('counts mutants that no test reaches, and none that cannot be loaded', () => {
    expect(judge(all, [])).toMatchObject({ killed: 2, timedOut: 1, equivalent: 0, wrong: [], score: 50 });
    expect(judge(all, []).survivors.map(({ replacement }) => replacement)).toEqual(['a <= b', '{}']);
  });

  test('leaves out what is in the list, and rounds down', () => {
    expect(judge(all, [entry])).toMatchObject({ killed: 2, equivalent: 1, wrong: [], score: 66.6 });
  });

  test('of a room in which nothing is noticed is 0, and of one without mutants too', () => {
    expect([judge(mutants(block), []).score, judge([], []).score]).toEqual([0, 0]);
  });
});

describe('an entry of the list is wrong', () => {
  const of = (changed: Partial<Equivalent>, status: Reported['status'] = 'Survived') =>
    judge(mutants(comparison('a <= b', status)), [{ ...entry, ...changed }]);

  test.each([
    ['the line has changed', { text: 'if (a < c) {' }],
    ['the mutant replaces something else', { original: 'a' }],
    ['the mutant does something else', { replacement: 'a > b' }],
  ])('when %s', (_, changed) => {
    expect(of(changed).wrong).toEqual([
      expect.stringMatching(/^lib\/least\.ts ".+": .+ → .+: there is no such mutant$/),
    ]);
    expect(of(changed).survivors).toHaveLength(1);
  });

  test('when a test notices the mutant', () => {
    expect(of({}, 'Killed').wrong).toEqual(['lib/least.ts "if (a < b) {": a < b → a <= b: a test notices it']);
    expect(of({}, 'Timeout').wrong).toHaveLength(1);
  });

  test('but not when its file was left out', () => {
    expect(of({ file: 'lib/other.ts' }).wrong).toEqual([]);
  });
});

describe('a sample', () => {
  const left = (replacement: string): Reported => ({
    ...comparison(replacement, 'CompileError'),
    statusReason: 'not drawn',
  });
  const drawn = [comparison('a >= b', 'Killed'), comparison('true', 'Survived')];

  test('is scored by what was drawn, and says how far the score of all may be from that', () => {
    expect(judge(mutants(...drawn, left('a <= b'), left('false')), [])).toMatchObject({
      killed: 1,
      score: 50,
      sample: { tried: 2, of: 4, interval: [9.4, 90.6] },
    });
  });

  test('without anything left out is none', () => {
    expect(judge(mutants(...drawn), [])).not.toHaveProperty('sample');
  });

  test('says nothing against an entry whose mutant was not drawn', () => {
    expect(judge(mutants(...drawn, left('a <= b')), [entry]).wrong).toEqual([]);
    expect(judge(mutants(...drawn, left('false')), [entry]).wrong).toHaveLength(1);
  });
});
