import { parseDataset } from '../../../lib/dataset';
import { definition, problemsOf } from '../helpers';

/** The mistakes in the valid definition with some properties replaced, as `field: problem; fix`. */
export const mistakes = (overrides: Readonly<Record<string, unknown>>) =>
  problemsOf(() => parseDataset(definition(overrides))).map(
    ({ field, problem, fix }) => `${field}: ${problem}; ${fix}`,
  );

export type Case = readonly [
  what: string,
  overrides: Readonly<Record<string, unknown>>,
  ...expected: readonly string[],
];

/** One test a case: the definition has exactly the expected mistakes. */
export function reports(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    test.each(cases.map(([what, ...rest]) => [what, rest] as const))('reports %s', (_, [overrides, ...expected]) => {
      expect(mistakes(overrides)).toEqual(expected);
    });
  });
}

/** Bounds of a partition range. */
export const range = { from: '2024-01-01', to: '2026-12-31' };

/** Overrides that add a column to those of the valid definition. */
export const withColumn = (column: unknown) => ({ columns: [...definition().columns, column] });

/** What the messages advise for a column's name. */
export const columnRule = 'use lowercase letters, digits and underscores, beginning with a letter or underscore';
