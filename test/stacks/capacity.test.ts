/** Which datasets fit into which stacks: at each bound, and one beyond it. */
import { tableInput } from '../../lib/constructs/catalog-table';
import type { Dataset } from '../../lib/dataset';
import { curatedTable, rawTable } from '../../lib/dataset/tables';
import { SettingsError } from '../../lib/settings';
import { checkCapacity } from '../../lib/stacks/capacity';
import { testDataset } from '../compaction/support/test-dataset';
import { parseStage } from '../support/extensions';
import { manyDefinitions, parsed } from '../support/many-datasets';

/** Small ones: with streams, a stack is full of resources before it is full of bytes. */
const small = (count: number, more: Partial<Dataset> = {}): readonly Dataset[] => {
  const one = testDataset();
  return Array.from({ length: count }, (_, index) => ({ ...one, name: `e${index}`, ...more }));
};

/** What is wrong when all datasets are in the first of so many stacks of a stage; without any, in the one that it has. */
function problemOf(datasets: readonly Dataset[], stacks?: number): string {
  const placed = { 1: datasets.map(({ name }) => name) };
  const settings = parseStage({ name: 'test', ...(stacks === undefined ? {} : { manyDatasets: { stacks, placed } }) });
  try {
    checkCapacity(settings, datasets);
    return '';
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.message;
  }
}

test('a stage without manyDatasets takes 78 datasets', () => {
  expect(problemOf(small(78))).toBe('');
  expect(problemOf(small(79))).toContain('is not set, and 79 datasets do not fit into one stack');
});

// Two tables each; a stream of Firehose has a role and its policy besides.
test.each([
  ['112 datasets with streams', small(112, { delivery: 'firehose' }), ''],
  ['113 datasets with streams', small(113, { delivery: 'firehose' }), 'stack 1 is full: 452 resources'],
])('a stack takes 450 resources: %s', (_, datasets, expected) => {
  const problem = problemOf(datasets, 2);
  if (expected === '') expect(problem).toBe('');
  else expect(problem).toContain(expected);
});

test('a stack takes 800,000 bytes: tables with their types, databases and buckets', () => {
  const all = parsed(manyDefinitions(150));
  const [, digits = ''] = /stack 1 is full: about ([\d,]+) bytes of template/.exec(problemOf(all, 2)) ?? [];
  const tables = all.flatMap((dataset) => [curatedTable(dataset, { bucket: '' }), rawTable(dataset, { bucket: '' })]);
  const definitions = tables.reduce((sum, table) => sum + JSON.stringify(tableInput(table)).length, 0);
  const around = (Number(digits.replaceAll(',', '')) - definitions) / tables.length;
  // What a template of such a stack has around a definition: see the stack of many datasets that is built.
  expect([around >= 500, around < 1_000]).toEqual([true, true]);
  const fitting = Math.floor((150 * 800_000) / Number(digits.replaceAll(',', '')));
  expect(problemOf(all.slice(0, fitting - 2), 2)).toBe('');
  expect(problemOf(all.slice(0, fitting + 3), 2)).toContain('stack 1 is full: about 8');
});
