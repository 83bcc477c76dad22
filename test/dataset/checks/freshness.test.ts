import { ConfigError, type DatasetDefinition, staleLevel } from '../../../lib/dataset';
import { testDataset } from '../../compaction/support/test-dataset';
import { datasetByName } from '../../fixtures/datasets';

const parsed = (freshness: unknown) =>
  testDataset({ freshness: freshness as NonNullable<DatasetDefinition['freshness']> }).freshness;

function problem(freshness: unknown): string {
  try {
    parsed(freshness);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replaceAll(/\s+/g, ' ');
  }
  return 'none';
}

test('ages are texts of a number and a unit, and either limit may be left out', () => {
  expect(parsed({ warnAfter: '90 minutes', errorAfter: '26 hours' })).toEqual({
    warnAfterSeconds: 5_400,
    errorAfterSeconds: 93_600,
  });
  expect(parsed({ warnAfter: '1 hour' })).toEqual({ warnAfterSeconds: 3_600 });
  expect(parsed({ errorAfter: '366 days' })).toEqual({ errorAfterSeconds: 366 * 86_400 });
  expect(testDataset()).not.toHaveProperty('freshness');
  expect(datasetByName('orders')).not.toHaveProperty('freshness');
});

test.each([
  [{}, 'freshness: has no limit'],
  ['26 hours', 'freshness: must be an object'],
  [{ warnAfter: 26 }, 'freshness.warnAfter: must be a string, but got 26'],
  [{ warnAfter: 'PT26H' }, "freshness.warnAfter: 'PT26H' is not an age"],
  [{ warnAfter: '1.5 hours' }, 'is not an age'],
  [{ warnAfter: '0 hours' }, 'is not an age'],
  [{ warnAfter: '2 weeks' }, 'is not an age'],
  [{ warnAfter: '59 minutes' }, "freshness.warnAfter: '59 minutes' is not allowed"],
  [{ errorAfter: '367 days' }, "freshness.errorAfter: '367 days' is not allowed"],
  [
    { warnAfter: '2 days', errorAfter: '48 hours' },
    "freshness.errorAfter: '48 hours' is not more than warnAfter, '2 days'",
  ],
  [{ warnAfter: '2 days', errorafter: '3 days' }, "write 'errorAfter'"],
])('%j is refused, with what to write', (freshness, message) => {
  expect(problem(freshness)).toContain(message);
  expect(problem(freshness)).toContain('fix: ');
});

test('the level is that of the highest limit that is reached', () => {
  const both = { warnAfterSeconds: 10, errorAfterSeconds: 20 };
  expect([9.9, 10, 19.9, 20, 1e9].map((age) => staleLevel(both, age))).toEqual([0, 1, 1, 2, 2]);
  expect([9.9, 10, 1e9].map((age) => staleLevel({ warnAfterSeconds: 10 }, age))).toEqual([0, 1, 1]);
  expect([19.9, 20].map((age) => staleLevel({ errorAfterSeconds: 20 }, age))).toEqual([0, 2]);
});

const FIX = "write for example '90 minutes', '26 hours' or '3 days', from 1 hour to 366 days";
const EXAMPLE = "write for example { warnAfter: '26 hours', errorAfter: '3 days' }";

test.each([
  [{}, `: has no limit fix: ${EXAMPLE}`],
  [[], `: must be an object, but got an array fix: ${EXAMPLE}`],
  [{ warnAfter: 26 }, `.warnAfter: must be a string, but got 26 fix: ${FIX}`],
  [{ errorAfter: '2 weeks' }, `.errorAfter: '2 weeks' is not an age fix: ${FIX}`],
  [{ errorAfter: '10000000 minutes' }, `.errorAfter: '10000000 minutes' is not an age fix: ${FIX}`],
  [{ errorAfter: '02 hours' }, `.errorAfter: '02 hours' is not an age fix: ${FIX}`],
  [{ errorAfter: 'in 2 hours' }, `.errorAfter: 'in 2 hours' is not an age fix: ${FIX}`],
  [{ errorAfter: '2 hours ago' }, `.errorAfter: '2 hours ago' is not an age fix: ${FIX}`],
  [{ errorAfter: '527041 minutes' }, `.errorAfter: '527041 minutes' is not allowed fix: ${FIX}`],
  [{ errorAfter: '59 minutes' }, `.errorAfter: '59 minutes' is not allowed fix: ${FIX}`],
  [
    { warnAfter: '2 days', errorAfter: '47 hours' },
    ".errorAfter: '47 hours' is not more than warnAfter, '2 days' fix: write a longer time, or remove one of the two",
  ],
])('%j is one mistake, told as a whole', (freshness, expected) => {
  expect(problem(freshness)).toMatch(/^1 mistake in the dataset configuration: /);
  expect(problem(freshness).split(', freshness')[1]).toBe(expected);
});

test.each([
  ['60 minutes', 3_600],
  ['1 hours', 3_600],
  ['2 day', 172_800],
  ['527040 minutes', 31_622_400],
])('%s are %d seconds', (age, seconds) => {
  expect(parsed({ warnAfter: age })).toEqual({ warnAfterSeconds: seconds });
});
