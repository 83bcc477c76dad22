import { UsageError } from '../command-line';
import { flag, helpOf, names, readOptions, text, texts, wholeNumber } from '../program';

const PROGRAM = {
  name: 'npm run example',
  does: 'Shows what an option can be.',
  options: {
    only: names('group to run', ['first', 'second', 'third']),
    seconds: wholeNumber('seconds to run, 5 to 3,600', { least: 5, most: 3_600, default: 60 }),
    seed: wholeNumber('seed', { least: 0, default: 1 }),
    json: text('FILE', 'write the figures as JSON'),
    file: texts('TEXT', 'files whose path contains it'),
    quick: flag('check less'),
  },
};

const read = (...args: string[]) => readOptions(PROGRAM, args);

test('without arguments every option has its default', () => {
  expect(read()).toEqual({
    ...{ only: ['first', 'second', 'third'], seconds: 60, seed: 1 },
    ...{ json: undefined, file: [], quick: false },
  });
});

test('options have the values of the command line; names are in the order of their list', () => {
  const args = ['--only', 'third', '--only=first', '--seconds', '5', '--seed=0', '--json', 'f', '--file=b', '--file=a'];
  expect(read(...args, '--quick')).toEqual({
    ...{ only: ['first', 'third'], seconds: 5, seed: 0 },
    ...{ json: 'f', file: ['b', 'a'], quick: true },
  });
});

test.each<[args: string[], subject: string, problem: string, fix: string]>([
  [['--only', 'fourth'], '--only', 'there is no "fourth"', 'write one of first, second, third'],
  [['--only', 'toString'], '--only', 'there is no "toString"', 'write one of first, second, third'],
  [['--only'], '--only', 'its value is missing', 'write --only VALUE; --only=VALUE if it begins with "-"'],
  ...['4', '3601', '5.5', '1e2', '0x10', 'many', '-5', ' 7'].map((given): [string[], string, string, string] => [
    [`--seconds=${given}`],
    '--seconds',
    `must be a whole number from 5 to 3,600, but got "${given}"`,
    'write one such as 60',
  ]),
  [['--seed=1e400'], '--seed', 'must be a whole number, at least 0, but got "1e400"', 'write one such as 1'],
  [['--seed=99999999999999999'], '--seed', expect.stringContaining('at least 0'), 'write one such as 1'],
  [['--quick=yes'], '--quick', 'it has a value, but is either given or not', 'write --quick alone'],
  [['--secnds', '7'], '--secnds', 'there is no such option', 'write --seconds'],
  [['third'], 'third', 'no argument belongs here', 'write the option that it is the value of, or remove it'],
])('%j is a mistake that says what to write', (args, subject, problem, fix) => {
  let thrown: unknown;
  try {
    read(...args);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(UsageError);
  expect((thrown as UsageError).problems).toEqual([{ subject, problem, fix }]);
});

test.each([['--help'], ['-h'], ['--seed', '7', '--help']])('%j %j asks for the help', (...args) => {
  expect(read(...args.filter((arg) => typeof arg === 'string'))).toBe('help');
});

test('the help names every option with its default, in lines that fit a terminal', () => {
  const help = helpOf(PROGRAM);
  expect(help).toContain('Usage: npm run example -- [options]\n');
  for (const line of [
    '  --only NAME   ',
    '  --seconds N   seconds to run, 5 to 3,600 (default 60)\n',
    '  --seed N      seed (default 1)\n',
    '  --quick       check less\n',
    '  --help        show this text\n',
  ]) {
    expect(help).toContain(line);
  }
  expect(help).toContain('Names: first, second, third');
  expect(Math.max(...help.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(110);
  expect(helpOf({ ...PROGRAM, options: {} })).toContain('Usage: npm run example\n');
});
