import fc from 'fast-check';
import { ContentionError } from '../../lambda/compaction/protocol/transaction';
import { PreconditionFailedError } from '../../lambda/compaction/store/object-store';
import { RECORD_PREFIX } from '../../lib/dataset/layout';
import { settle } from './explore/explorer';
import {
  type CrashPoint,
  compact,
  compactAndMerge,
  expireAndVacuum,
  type Keeping,
  maintainFiles,
  type Work,
  World,
} from './support/world';

const row = (id: string, copy = id) => ({ id, copy });

function prepared(keeping: Keeping, rowsPerFile?: number): World {
  const world = new World(keeping, rowsPerFile);
  world.produce('a', [row('1', 'a1'), row('2', 'a2'), row('bad', 'a-bad')]);
  world.produce('b', [row('2', 'b2'), row('3', 'b3')]);
  world.poison('c');
  return world;
}

const first = (waiting: readonly number[]): number => waiting[0] as number;

describe.each([
  ['without a dedupe key', 'all'],
  ['with a dedupe key', 'once'],
  ['where later rows supersede others', 'latest'],
] as const)('compaction %s', (_, keeping) => {
  test('takes in every row once, keeps bad lines and poison in quarantine', async () => {
    const world = prepared(keeping);
    await settle(world);
    expect(
      world
        .visibleRows()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(keeping === 'all' ? ['1', '2', '2', '3'] : ['1', '2', '3']);
    expect(world.quarantinedRows().sort()).toEqual(['a-bad', null]);
    expect(world.buckets.list('quarantine', 'objects/')).toHaveLength(1);
    expect(world.buckets.list('curated', RECORD_PREFIX)).toEqual([]);
  });

  test('killed before and after each of its operations, it loses and doubles nothing', async () => {
    const steps = (await prepared(keeping).run([compactAndMerge], first))[0] as number;
    expect(steps).toBeGreaterThan(15);
    for (let step = 1; step <= steps; step++) {
      for (const when of ['before', 'after'] as const) {
        const world = prepared(keeping);
        await world.run([compactAndMerge], first, new Map([[0, { step, when }]]));
        await settle(world);
      }
    }
  });

  test('with any answer lost, it loses and doubles nothing', async () => {
    const steps = (await prepared(keeping).run([compactAndMerge], first))[0] as number;
    for (let step = 1; step <= steps; step++) {
      const world = prepared(keeping);
      const mayFail: Work = (...args) => compactAndMerge(...args).catch(() => undefined);
      await world.run([mayFail], first, new Map([[0, { step, when: 'unanswered' }]]));
      await settle(world);
    }
  });

  test('killed at each operation with a second compactor at work, it loses and doubles nothing', async () => {
    const steps = (await prepared(keeping).run([compact], first))[0] as number;
    for (let step = 1; step <= steps; step++) {
      for (const when of ['before', 'after'] as const) {
        for (const start of [0, 4, 8, 12]) {
          const world = prepared(keeping);
          // The first runs `start` steps, then both take turns.
          const choose = (waiting: readonly number[], at: number): number =>
            at < start ? first(waiting) : (waiting[at % waiting.length] as number);
          await world.run([compact, compact], choose, new Map([[0, { step, when }]]));
          await settle(world);
        }
      }
    }
  });

  test('two compactors, switched at any two points, lose and double nothing', async () => {
    const steps = (await prepared(keeping).run([compact], first))[0] as number;
    for (let pause = 0; pause <= steps; pause++) {
      for (let length = 1; length <= steps; length += 2) {
        const world = prepared(keeping);
        const inSecond = (at: number): boolean => at >= pause && at < pause + length;
        await world.run([compact, compact], (waiting, at) =>
          waiting.includes(inSecond(at) ? 1 : 0) ? (inSecond(at) ? 1 : 0) : first(waiting),
        );
        await settle(world);
      }
    }
  });

  test('any interleaving of compactors, merges, vacuums, producers and crashes loses and doubles nothing', async () => {
    const works: readonly Work[] = [compact, compactAndMerge, maintainFiles];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(2), { minLength: 2, maxLength: 4 }),
        fc.array(fc.nat(3), { minLength: 150, maxLength: 150 }),
        fc.array(
          fc.option(fc.record({ step: fc.integer({ min: 1, max: 40 }), when: fc.constantFrom('before', 'after') })),
          {
            minLength: 4,
            maxLength: 4,
          },
        ),
        fc.array(fc.record({ at: fc.nat(60), name: fc.constantFrom('a', 'b', 'd', 'e') }), { maxLength: 4 }),
        fc.constantFrom(undefined, 1, 2),
        async (chosen, order, crashes, arrivals, rowsPerFile) => {
          const world = prepared(keeping, rowsPerFile);
          const points = crashes.flatMap((crash, index) =>
            crash === null ? [] : [[index, crash as CrashPoint] as const],
          );
          await world.run(
            chosen.map((index) => works[index] as Work),
            (waiting, at) => waiting[(order[at % order.length] as number) % waiting.length] as number,
            new Map(points),
            (at) => {
              for (const [index, arrival] of arrivals.entries()) {
                if (arrival.at === at)
                  world.produce(arrival.name, [row('2', `${index}-2`), row(`${index}`, `${index}-x`)]);
              }
            },
          );
          await settle(world);
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('a merge keeps every row and makes one file visible for many', async () => {
  const world = new World('all');
  for (const name of ['a', 'b', 'c', 'd']) {
    world.produce(name, [row(name)]);
    await world.run([compact], first);
  }
  expect(world.listedFiles()).toHaveLength(4);
  await world.run([maintainFiles], first);
  expect(world.listedFiles().length).toBeLessThanOrEqual(2);
  expect(world.visibleRows()).toHaveLength(4);
  world.check();
});

describe('vacuum', () => {
  async function merged(): Promise<World> {
    const world = new World('all');
    for (const name of ['a', 'b', 'c', 'd']) {
      world.produce(name, [row(name)]);
      await world.run([compact], first);
    }
    world.clock = new Date('2026-07-01T00:00:00Z');
    await world.run([maintainFiles], first);
    return world;
  }

  test('leaves superseded files for the grace, however old they are themselves', async () => {
    const world = await merged();
    const files = () => world.buckets.list('curated', 'data/').length;
    expect(world.listedFiles()).toHaveLength(1);
    expect(files()).toBe(5);
    world.clock = new Date('2026-07-01T23:59:00Z');
    await world.run([maintainFiles], first);
    expect(files()).toBe(5);
    world.clock = new Date('2026-07-02T00:01:00Z');
    await world.run([maintainFiles], first);
    expect(files()).toBe(1);
    world.check();
  });

  test('takes files and records of attempts that never committed, after the grace', async () => {
    const world = new World('all');
    world.produce('a', [row('1')]);
    // The put of the record is the last operation before the commit.
    const steps = (await world.run([compact], first))[0] as number;
    const other = new World('all');
    other.produce('a', [row('1')]);
    for (let step = 1; step <= steps; step++) {
      if (other.buckets.list('curated', RECORD_PREFIX).length > 0) break;
      await other.run([compact], first, new Map([[0, { step, when: 'after' }]]));
    }
    expect(other.listedFiles()).toEqual([]);
    expect(other.buckets.list('curated', '')).toHaveLength(2);
    other.clock = new Date('2026-06-17T00:00:00Z');
    await other.run([maintainFiles], first);
    expect(other.buckets.list('curated', '')).toEqual([]);
    await settle(other);
    expect(other.visibleRows()).toHaveLength(1);
  });

  test('does not take a file that a late retry of the same transaction commits', async () => {
    for (let pause = 0; pause <= 8; pause++) {
      const world = new World('all');
      world.produce('a', [row('1')]);
      // Killed before the commit: the file and the record are there, and get old.
      await world.run([compact], first, new Map([[0, { step: 8, when: 'before' }]]));
      expect(world.buckets.list('curated', '')).toHaveLength(2);
      world.clock = new Date('2026-06-18T00:00:00Z');
      // The vacuum looks around for some steps, the retry runs to its end, and the vacuum goes on with what it saw.
      await world.run([compact, expireAndVacuum], (waiting, at) =>
        at < pause && waiting.includes(1) ? 1 : first(waiting),
      );
      world.check();
      expect(world.visibleRows()).toHaveLength(1);
    }
  });
});

test.each([
  ['once', 1, 0],
  ['for good', Number.POSITIVE_INFINITY, 1],
])(
  'an upload that S3 refuses %s for another one that comes to nothing is never committed without its file',
  async (_, refusals, pending) => {
    const world = new World('all');
    world.produce('a', [row('1')]);
    let left = refusals;
    const work: Work = (lake, ...rest) => {
      const { store } = lake;
      const putFile = store.putFile.bind(store);
      store.putFile = async (bucket, key, path, condition) => {
        if (left-- > 0) throw new PreconditionFailedError('PutObject', bucket, key);
        await putFile(bucket, key, path, condition);
      };
      return compact(lake, ...rest).catch((error: unknown) => expect(error).toBeInstanceOf(ContentionError));
    };
    await world.run([work], first);
    world.check();
    expect(world.pendingObjects()).toHaveLength(pending);
    expect(world.visibleRows()).toHaveLength(1 - pending);
    await settle(world);
  },
);

test('a commit whose answer is lost is found out, and reported as done', async () => {
  const world = new World('all');
  world.produce('a', [row('1')]);
  let reported: unknown;
  const work: Work = async (...args) => {
    reported = await compact(...args);
  };
  // The eighth operation is the put of the manifest.
  await world.run([work], first, new Map([[0, { step: 8, when: 'unanswered' }]]));
  expect(reported).toMatchObject({ counts: { rowsIn: 1, rowsOut: 1, filesOut: 1 } });
  expect(world.pendingObjects()).toEqual([]);
  expect(world.buckets.list('curated', RECORD_PREFIX)).toEqual([]);
});

test.each([
  ['loses a row', -1],
  ['doubles a row', 1],
])('an engine that %s commits nothing and deletes nothing', async (_, difference) => {
  const world = prepared('all');
  let refused: unknown;
  const work: Work = async (lake, ref, converter, actor) => {
    const load: typeof converter.load = async (...args) => {
      const batch = await converter.load(...args);
      return {
        ...batch,
        write: async (base) => {
          const files = await batch.write(base);
          return { ...files, rows: files.rows + difference };
        },
      };
    };
    const lying = Object.assign(Object.create(converter), { load });
    refused = await compact(lake, ref, lying, actor).catch((error: unknown) => error);
  };
  await world.run([work], first);
  expect(String(refused)).toMatch(/5 rows in, but .*; nothing was committed/);
  expect(world.listedFiles()).toEqual([]);
  expect(world.pendingObjects()).toHaveLength(3);
});
