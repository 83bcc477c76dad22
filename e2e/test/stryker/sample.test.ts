import { wilson } from '../../stryker/report';

interface Mutant {
  readonly id: string;
  readonly fileName: string;
  readonly location: { readonly start: object; readonly end: object };
  readonly mutatorName: string;
  readonly replacement: string;
}

interface Checker {
  readonly group: (mutants: readonly Mutant[]) => Promise<readonly (readonly string[])[]>;
  readonly check: (
    mutants: readonly Mutant[],
  ) => Promise<Readonly<Record<string, { status: string; reason?: string }>>>;
}

interface Plugin {
  readonly draw: (mutants: readonly Mutant[], size: number, seed: number) => ReadonlySet<string>;
  readonly strykerPlugins: readonly [
    { injectableClass: new (options: { sample: { size: number; seed: number; root: string } }) => Checker },
  ];
}

const { draw, strykerPlugins } = jest.requireActual<Plugin>('../../stryker/sample.js');

const SEEDS = Array.from({ length: 2_000 }, (_, seed) => seed);

/** Two mutants on each of the lines, of which one has the same place as the next file's. */
const mutants = (lines: number, folder = ''): readonly Mutant[] =>
  Array.from({ length: lines * 2 }, (_, at) => {
    const line = at >> 1;
    return {
      id: `${at}`,
      fileName: `${folder}lib/${line % 3}.ts`,
      location: { start: { line, column: 0 }, end: { line, column: 9 } },
      mutatorName: 'EqualityOperator',
      replacement: at % 2 === 0 ? 'a < b' : 'a >= b',
    };
  });

test('every mutant has the same chance to be drawn', () => {
  const all = mutants(10);
  const counts = new Map(all.map(({ id }) => [id, 0]));
  for (const seed of SEEDS) for (const id of draw(all, 5, seed)) counts.set(id, (counts.get(id) ?? 0) + 1);
  // A quarter of 2,000 each, within five standard deviations of 19.4.
  for (const [id, count] of counts) expect([id, Math.abs(count - 500) < 97]).toEqual([id, true]);
});

test('mutants are drawn independently: both of a line as often as two of different lines', () => {
  const all = mutants(10);
  const together = (a: string, b: string) =>
    SEEDS.filter((seed) => {
      const drawn = draw(all, 10, seed);
      return drawn.has(a) && drawn.has(b);
    }).length;
  // 10/20 × 9/19 of 2,000 is 474, with a standard deviation of 19.
  for (const other of ['1', '2', '7']) expect(Math.abs(together('0', other) - 474)).toBeLessThan(95);
});

test('the same seed draws the same, in any order and with any ids; another draws others', () => {
  const all = mutants(100);
  const placesOf = (of: readonly Mutant[], seed: number) => {
    const drawn = draw(of, 30, seed);
    return of.flatMap(({ id, ...place }) => (drawn.has(id) ? [JSON.stringify(place)] : [])).sort();
  };
  const reversed = [...all].reverse().map((mutant, at) => ({ ...mutant, id: `new-${at}` }));
  expect(placesOf(reversed, 7)).toEqual(placesOf(all, 7));
  expect(placesOf(all, 7)).toHaveLength(30);
  expect(placesOf(all, 8)).not.toEqual(placesOf(all, 7));
});

test('a mutant more changes at most one of those that were drawn', () => {
  const all = mutants(100);
  const before = draw(all.slice(1), 30, 7);
  expect([...draw(all, 30, 7)].filter((id) => !before.has(id)).length).toBeLessThanOrEqual(1);
});

test('a sample of more than there are is all of them', () => {
  expect(draw(mutants(3), 100, 1).size).toBe(6);
});

describe('the checker', () => {
  const [{ injectableClass: Sample }] = strykerPlugins;

  test('is asked about all mutants at once, lets the drawn ones pass, and says of the others that they were not', async () => {
    const all = mutants(20);
    const checker = new Sample({ sample: { size: 8, seed: 3, root: '/copy' } });
    expect(await checker.group(all)).toEqual([all.map(({ id }) => id)]);
    const results = await checker.check(all);
    const drawn = draw(all, 8, 3);
    expect(Object.keys(results)).toHaveLength(40);
    for (const [id, result] of Object.entries(results)) {
      expect(result).toEqual(drawn.has(id) ? { status: 'passed' } : { status: 'compileError', reason: 'not drawn' });
    }
  });

  test('draws the same in any folder', async () => {
    const passed = async (folder: string) => {
      const checker = new Sample({ sample: { size: 8, seed: 3, root: folder } });
      const results = await checker.check(mutants(20, `${folder}/`));
      return Object.keys(results).filter((id) => results[id]?.status === 'passed');
    };
    expect(await passed('/tmp/a')).toEqual(await passed('/tmp/b'));
  });
});

describe('the interval of a sample', () => {
  // Rounded outward; https://www.itl.nist.gov/div898/handbook/prc/section2/prc241.htm has the formula.
  test.each([
    [9, 10, 59.5, 98.3],
    [90, 100, 82.5, 94.5],
    [0, 10, 0, 27.8],
    [10, 10, 72.2, 100],
    [0, 0, 0, 100],
  ])('%i of %i is %f to %f percent', (successes, of, from, to) => {
    expect(wilson(successes, of)).toEqual([from, to]);
  });
});
