/** Rows that supersede and delete each other, on a model of S3: whoever works at once, and whoever dies. */
import fc from 'fast-check';
import { isTombstones } from '../../lambda/compaction/protocol/names';
import { settle } from './explore/explorer';
import { compareModelRows, type ModelRow } from './support/model-rows';
import {
  type CrashPoint,
  compact,
  compactAndMerge,
  compactRange,
  expireAndVacuum,
  maintainFiles,
  type Work,
  World,
} from './support/world';

const change = (id: string, by: number, deletes = false): ModelRow => ({
  id,
  by,
  deletes,
  copy: `${id}-${by}-${deletes}`,
});
const first = (waiting: readonly number[]): number => waiting[0] as number;
const run = (world: World, work: Work): Promise<number[]> => world.run([work], first);

const arrivals = fc.array(
  fc.record({
    at: fc.nat(90),
    rows: fc.array(
      fc
        .record({ id: fc.constantFrom('1', '2', '3'), by: fc.nat(6), deletes: fc.boolean() })
        .map(({ id, by, deletes }) => change(id, by, deletes)),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  { minLength: 1, maxLength: 6 },
);
const crash = fc.record({
  step: fc.integer({ min: 1, max: 40 }),
  when: fc.constantFrom<CrashPoint['when']>('before', 'after'),
});

test('any interleaving of compactors, merges, vacuums and crashes leaves the last row of each key, unless it deletes', async () => {
  const works: readonly Work[] = [compact, compactAndMerge, maintainFiles];
  await fc.assert(
    fc.asyncProperty(
      arrivals,
      fc.array(fc.nat(2), { minLength: 2, maxLength: 4 }),
      fc.array(fc.nat(3), { minLength: 120, maxLength: 120 }),
      fc.array(fc.option(crash), { minLength: 4, maxLength: 4 }),
      fc.constantFrom(undefined, 1, 2),
      async (objects, chosen, order, crashes, rowsPerFile) => {
        const world = new World('latest', rowsPerFile);
        world.produce('start', [change('1', 2), change('2', 2), change('3', 2)]);
        const points = crashes.flatMap((point, index) => (point === null ? [] : [[index, point] as const]));
        let produced: readonly ModelRow[] = [change('1', 2), change('2', 2), change('3', 2)];
        const arrive = (from: number, to: number): void => {
          for (const [index, { at, rows }] of objects.entries()) {
            if (at < from || at >= to) continue;
            world.produce(`object-${index}`, rows);
            produced = [...produced, ...rows];
          }
        };
        await world.run(
          chosen.map((index) => works[index] as Work),
          (waiting, at) => waiting[(order[at % order.length] as number) % waiting.length] as number,
          new Map(points),
          (at) => arrive(at, at + 1),
        );
        // What was due after the last step.
        for (const [index, { rows }] of objects.entries()) {
          world.produce(`again-${index}`, rows);
          produced = [...produced, ...rows];
        }
        await settle(world);
        expect(visible(world)).toEqual(reference(produced));
      },
    ),
    { numRuns: 250 },
  );
});

test('a deletion outlives merges, retries and the vacuum, however old it is', async () => {
  const world = new World('latest');
  world.produce('a', [change('1', 1), change('2', 1)]);
  await run(world, compact);
  world.produce('b', [change('1', 5, true)]);
  await run(world, compact);
  for (const name of ['c', 'd', 'e']) {
    world.produce(name, [change(name, 1)]);
    await run(world, compactAndMerge);
  }
  world.clock = new Date('2026-09-01T00:00:00Z');
  await run(world, maintainFiles);
  world.clock = new Date('2026-12-01T00:00:00Z');
  await run(world, maintainFiles);
  expect(world.buckets.list('curated', 'data/').filter(({ key }) => isTombstones(key))).toHaveLength(1);
  world.produce('f', [change('1', 4)]);
  await settle(world);
  expect(visible(world)).toEqual(['2-1-false', 'c-1-false', 'd-1-false', 'e-1-false']);
});

test('a part that is committed remembers all deletions, so that no older row brings a key back before the rest follows', async () => {
  const world = new World('latest');
  for (const id of ['1', '2']) {
    world.produce(id, [change(id, 1)]);
    await run(world, compact);
  }
  world.produce('a', [change('1', 5, true), change('2', 5, true)]);
  await world.run([compact], first, new Map([[0, { step: /^put curated.manifests/, when: 'after' }]]));
  expect(world.visibleRows()).toHaveLength(1);
  world.produce('z', [change('1', 2), change('2', 2)]);
  await run(world, compactRange({ after: 'a' }));
  expect(visible(world)).toEqual([]);
  await settle(world);
  expect(visible(world)).toEqual([]);
});

test('deletions leave with their partition', async () => {
  const world = new World('latest', undefined, true);
  world.produce('a', [change('1', 1), change('2', 1, true)]);
  await run(world, compact);
  await run(world, expireAndVacuum);
  expect(world.listedFiles()).toEqual([]);
  world.clock = new Date('2026-09-01T00:00:00Z');
  await run(world, expireAndVacuum);
  expect(world.buckets.list('curated', 'data/')).toEqual([]);
});

test('an engine that loses or doubles a row commits nothing', async () => {
  for (const difference of [-1, 1]) {
    const world = new World('latest');
    world.produce('a', [change('1', 1), change('2', 1)]);
    let refused: unknown;
    const work: Work = async (lake, ref, converter, actor) => {
      const load: typeof converter.load = async (...args) => {
        const batch = await converter.load(...args);
        const change_: typeof batch.change = async (base) => {
          const changes = await batch.change(base);
          return { ...changes, superseded: changes.superseded + difference };
        };
        return { ...batch, change: change_ };
      };
      const lying = Object.assign(Object.create(converter), { load });
      refused = await compact(lake, ref, lying, actor).catch((error: unknown) => error);
    };
    await run(world, work);
    expect(String(refused)).toMatch(/2 rows in, but .* superseded .*; nothing was committed/);
    expect(world.listedFiles()).toEqual([]);
    expect(world.pendingObjects()).toHaveLength(1);
  }
});

const visible = (world: World): string[] =>
  world
    .visibleRows()
    .map(({ copy }) => copy)
    .sort();

function reference(rows: readonly ModelRow[]): string[] {
  const last = new Map<string, ModelRow>();
  for (const row of rows) {
    const best = last.get(row.id);
    if (best === undefined || compareModelRows(row, best) > 0) last.set(row.id, row);
  }
  return [...last.values()]
    .filter(({ deletes }) => deletes !== true)
    .map(({ copy }) => copy)
    .sort();
}
