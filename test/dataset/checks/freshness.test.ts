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
