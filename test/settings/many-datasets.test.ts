import fc from 'fast-check';
import { SettingsError, type StageDefinition } from '../../lib/settings';
import { placementProblems, stackOfDataset } from '../../lib/settings/many-datasets';
import { parseStage } from '../support/extensions';

const stage = (manyDatasets: unknown) => parseStage({ name: 'test', manyDatasets } as StageDefinition);

function mistakes(manyDatasets: unknown): string[] {
  try {
    stage(manyDatasets);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ field, problem, fix }) => `${field}: ${problem}; ${fix}`);
  }
}

test.each<[unknown, string[]]>([
  [{ stacks: 32 }, []],
  [{ stacks: 1, placed: { 0: ['orders'], 1: ['clicks'] } }, []],
  [{}, ['manyDatasets.stacks: undefined is not a whole number; write a number from 1 to 99']],
  [{ stacks: 100 }, ['manyDatasets.stacks: is 100; write a number from 1 to 99']],
  [{ stacks: 2.5 }, ['manyDatasets.stacks: 2.5 is not a whole number; write a number from 1 to 99']],
  [{ stacks: 2, stack: 3 }, ['manyDatasets.stack: is not a setting; use one of stacks, placed']],
  [
    { stacks: 2, placed: { 3: ['orders'], first: ['clicks'] } },
    [
      'manyDatasets.placed.3: is not the number of a stack; write one from 0 to 2',
      'manyDatasets.placed.first: is not the number of a stack; write one from 0 to 2',
    ],
  ],
  [
    { stacks: 2, placed: { 0: ['orders'], 1: ['orders'] } },
    ["manyDatasets.placed.1[0]: places 'orders' a second time; name it once"],
  ],
  [{ stacks: 2, placed: { 0: 'orders' } }, ["manyDatasets.placed.0: is 'orders'; write a list, in brackets"]],
  [[], ['manyDatasets: is an array; write an object, in braces']],
])('%j', (manyDatasets, expected) => {
  expect(mistakes(manyDatasets)).toEqual(expected);
});

test('a dataset that is placed and nobody declares is a mistake, told without a thousand names', () => {
  const settings = stage({ stacks: 4, placed: { 0: ['orders', 'gone'] } });
  const names = ['orders', ...Array.from({ length: 999 }, (_, index) => `dataset_${index}`)];
  const [problem, ...others] = placementProblems(settings, names);
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ field: 'manyDatasets.placed.0', problem: "'gone' is not a dataset" });
  expect(problem?.fix).toMatch(/^write one of orders, dataset_0, .* and 980 others$/);
  expect(placementProblems(stage(undefined), [])).toEqual([]);
});

test('without the setting all lie in the first stack', () => {
  expect(stackOfDataset(stage(undefined), 'orders')).toBe(0);
});

test('deployed tables move when the hash changes: these lie where they always have', () => {
  const settings = stage({ stacks: 32 });
  const where = [
    ['orders', 9],
    ['access_logs', 4],
    ['sensor_readings', 5],
    ['a', 20],
    ['events_0001', 15],
    ['events_0002', 22],
    ['z'.repeat(64), 3],
  ] as const;
  expect(where.map(([name]) => [name, stackOfDataset(settings, name)])).toEqual(where);
});

const NAME = fc.stringMatching(/^[a-z][a-z0-9_]{0,63}$/);

test('a dataset that is placed lies there, and any other in one of the stacks that the stage declares', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99 }), NAME, NAME, fc.nat(), (stacks, name, placed, any) => {
      const at = any % (stacks + 1);
      const settings = stage({ stacks, placed: { [at]: [placed] } });
      expect(stackOfDataset(settings, placed)).toBe(at);
      const number = stackOfDataset(settings, name);
      expect(number === at || (number >= 1 && number <= stacks)).toBe(true);
      // Whatever else is placed.
      if (name !== placed) expect(number).toBe(stackOfDataset(stage({ stacks }), name));
    }),
  );
});

test.each<[string, (index: number) => string]>([
  ['numbers', (index) => `events_${String(index).padStart(4, '0')}`],
  ['plain numbers', (index) => `t${index}`],
  ['one prefix and a suffix', (index) => `team_${index % 7}_${index}_events`],
])('a thousand names that differ by %s spread evenly', (_, name) => {
  const settings = stage({ stacks: 32 });
  const counts = new Map<number, number>();
  for (let index = 0; index < 1_000; index += 1) {
    const number = stackOfDataset(settings, name(index));
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  expect(counts.size).toBe(32);
  // 31 on average; a stack takes more than a hundred of 32 columns.
  expect(Math.max(...counts.values())).toBeLessThan(62);
});
