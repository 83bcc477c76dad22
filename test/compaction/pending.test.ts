/** Where raw objects belong, and how much of them one transaction takes in. */
import {
  BudgetMeter,
  estimatedBytes,
  isHidden,
  placeRawObject,
  taskBudget,
} from '../../lambda/compaction/planning/pending';
import { PARTITION, testDataset } from './support/test-dataset';

const dataset = testDataset();

test.each([
  ['a.json', 1],
  ['a.gz', 10],
  ['a.json.gz', 10],
  ['A.GZIP', 10],
  ['a.zst', 12],
  ['a.ZSTD', 12],
  ['a.parquet', 5],
  ['a.Parquet', 5],
  ['a.gz.json', 1],
  ['a.zst.json', 1],
  ['a.parquet.json', 1],
  ['agz', 1],
  ['azst', 1],
  ['aparquet', 1],
])('a byte of %s is %i of text', (key, bytes) => {
  expect(estimatedBytes({ key, size: 3 })).toBe(3 * bytes);
});

test('a transaction takes in eight times its target as text, if the disk allows it, and 20,000 objects', () => {
  const of = testDataset({ compaction: { targetFileMiB: 256 } });
  expect(taskBudget(of, 1e12)).toEqual({ bytes: 2_147_483_648, objects: 20_000 });
  expect(taskBudget(of, 1_000)).toEqual({ bytes: 1_000, objects: 20_000 });
});

describe('a budget', () => {
  const taken = (budget: { bytes: number; objects: number }, ...sizes: readonly number[]): readonly boolean[] => {
    const meter = new BudgetMeter(budget);
    return sizes.map((size) => meter.take({ key: 'a.json', size }));
  };

  test.each<[string, number, number, readonly number[], readonly boolean[]]>([
    ['is spent to the last byte', 10, 9, [4, 6, 1], [true, true, false]],
    ['is not spent beyond it', 10, 9, [4, 7, 6], [true, false, true]],
    ['is spent to the last object', 10, 2, [1, 1, 1], [true, true, false]],
    ['takes a first object of any size, and nothing beside it', 10, 9, [50, 1, 0], [true, false, false]],
    ['takes empty objects beside a full one', 10, 9, [10, 0], [true, true]],
  ])('%s', (_, bytes, objects, sizes, expected) => {
    expect(taken({ bytes, objects }, ...sizes)).toEqual(expected);
  });

  test('counts bytes as text', () => {
    const meter = new BudgetMeter({ bytes: 30, objects: 9 });
    expect([meter.take({ key: 'a.gz', size: 2 }), meter.take({ key: 'b.gz', size: 2 })]).toEqual([true, false]);
  });
});

test.each(['_a', '.a', 'a/_b', 'a/.b/c', '_', 'a/_', '_a/b', 'a/b/_c/'])('engines skip %s', (key) => {
  expect(isHidden(key)).toBe(true);
});

test.each(['a', 'a_', 'a.b', 'a_b/c.d', 'a/b_', 'a-_b'])('engines read %s', (key) => {
  expect(isHidden(key)).toBe(false);
});

describe('an object', () => {
  const place = (name: string, size = 1) => placeRawObject(dataset, { key: `raw/events/${name}`, size });

  test.each([`${PARTITION}/a.json`, `${PARTITION}/more/a.json`])(
    '%s belongs to its partition, empty or not',
    (name) => {
      expect(place(name)).toMatchObject({ kind: 'pending', partition: PARTITION });
      expect(place(name, 0)).toMatchObject({ kind: 'pending', partition: PARTITION });
    },
  );

  test.each([`${PARTITION}/_SUCCESS`, `${PARTITION}/`, 'year=2026/', `${PARTITION}/.part`, '_temporary/a'])(
    '%s is a marker if it is empty, and data that nobody can see if it is not',
    (name) => {
      expect(place(name, 0)).toEqual({ kind: 'marker' });
      if (!name.endsWith('/')) expect(place(name)).toMatchObject({ kind: 'unplaced' });
    },
  );

  test('is told why nobody can see it', () => {
    expect(place(`${PARTITION}/_a`)).toEqual({
      kind: 'unplaced',
      problem: 'names that begin with _ or . are invisible to queries',
    });
    expect(place('loose.json')).toMatchObject({ kind: 'unplaced', problem: expect.stringContaining('year=') });
    expect(place('loose.json', 0)).toMatchObject({ kind: 'unplaced' });
  });
});
