/** How mistakes are listed. */
import { ConfigError } from '../../lib/dataset';
import { type Problem, ProblemsError } from '../../lib/dataset/problems';

const one: Problem = { subject: '--rows', problem: 'is 0', fix: 'write 1 or more' };
const other: Problem = { file: 'config/a.ts', subject: 'orders', field: 'columns[3].type', problem: 'a\nb', fix: 'c' };

test('each mistake has its place, what is wrong and what to write', () => {
  expect(new ProblemsError([one], 'the options').message).toBe(
    '1 mistake in the options:\n  --rows: is 0\n    fix: write 1 or more',
  );
  expect(new ProblemsError([one, other], 'the settings', 'stage').message).toBe(
    [
      '2 mistakes in the settings:',
      "  stage '--rows': is 0",
      '    fix: write 1 or more',
      "  config/a.ts: stage 'orders', columns[3].type: a",
      '    b',
      '    fix: c',
    ].join('\n'),
  );
});

test('mistakes of datasets say so, and have a name of their own in logs', () => {
  const error = new ConfigError([other]);
  expect([error.name, error.problems, error instanceof ProblemsError]).toEqual(['ConfigError', [other], true]);
  expect(error.message).toBe(
    "1 mistake in the dataset configuration:\n  config/a.ts: dataset 'orders', columns[3].type: a\n    b\n    fix: c",
  );
});
