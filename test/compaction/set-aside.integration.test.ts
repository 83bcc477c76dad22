/** One object that S3 does not hand out never holds up the others, and is never lost from sight. */
import fc from 'fast-check';
import { planCompaction } from '../../lambda/compaction/planning/plan-compaction';
import { RETRY_MILLIS } from '../../lambda/compaction/protocol/set-aside';
import { runTask } from '../../lambda/compaction/task/run-task';
import { SET_ASIDE_PREFIX } from '../../lib/dataset/layout';
import { line, PARTITION, RealLake, testDataset } from './support/real-lake';
import { AMPLE } from './support/settings';
import { type CrashPoint, maintainFiles, planned, type Work, World } from './support/world';

const dataset = testDataset();
const key = (name: string): string => `raw/events/${PARTITION}/${name}`;

describe('a real lake', () => {
  let lake: RealLake;
  let clock: Date;
  beforeEach(async () => {
    lake = await RealLake.open();
    clock = new Date();
    lake.now = () => clock;
    lake.clock = () => clock;
    await lake.put(dataset, 'a.json', line('a'));
    await lake.put(dataset, 'b.json', line('b'));
    await lake.put(dataset, 'c.json', line('c'));
  });
  afterEach(async () => {
    await lake.close();
  });

  const refuse = (name: string, fault: { status: number; code: string }): void => {
    lake.refuse = (_, asked) => (asked === key(name) ? fault : undefined);
  };
  const later = (): void => {
    clock = new Date(clock.getTime() + RETRY_MILLIS + 1_000);
  };
  const plan = async () => {
    const { tasks, summary } = await planCompaction(lake.lake(), dataset, { bytes: 1e9, objects: 100 });
    return { tasks: tasks.length, ...summary };
  };
  const marks = () => lake.keys('curated', SET_ASIDE_PREFIX);

  const REFUSALS: [number, string][] = [
    [403, 'AccessDenied'],
    [403, 'InvalidObjectState'],
    [400, 'InvalidRequest'],
    [400, 'KMS.DisabledException'],
    [400, 'KMS.KMSInvalidStateException'],
    [400, 'KMS.NotFoundException'],
  ];

  test.each(REFUSALS)(
    '%d %s is the object: the rest is committed, and a second run sets it aside',
    async (status, code) => {
      refuse('b.json', { status, code });
      const refusal = { key: key('b.json'), error: `HTTP ${status} ${code}` };
      expect(await lake.compact(dataset)).toMatchObject([{ rowsOut: 2, refusals: [{ ...refusal, setAside: false }] }]);
      expect(await lake.compact(dataset)).toMatchObject([{ rowsOut: 0, refusals: [{ ...refusal, setAside: true }] }]);
      expect(await plan()).toMatchObject({ tasks: 0, setAside: 1, setAsideExamples: [key('b.json')] });
      expect(await lake.ids(dataset)).toEqual(['a', 'c']);
    },
  );

  test('an object is set aside after two runs, tried again hours later, and taken in when it can be read', async () => {
    const [status, code] = [403, 'AccessDenied'];
    refuse('b.json', { status, code });
    const refusal = { key: key('b.json'), error: `HTTP ${status} ${code}` };
    const [first] = await lake.compact(dataset);
    expect(first).toMatchObject({ rowsOut: 2, objectsRefused: 1, objectsSetAside: 0, complete: true });
    expect(first?.refusals).toEqual([{ ...refusal, setAside: false }]);
    expect(await lake.ids(dataset)).toEqual(['a', 'c']);
    expect(await plan()).toMatchObject({ tasks: 1, objects: 1, setAside: 0 });

    await lake.put(dataset, 'd.json', line('d'));
    const [second] = await lake.compact(dataset);
    expect(second).toMatchObject({ rowsOut: 1, objectsRefused: 1, objectsSetAside: 1 });
    expect(second?.refusals).toEqual([{ ...refusal, setAside: true }]);
    // Named, left where it is, and no work for hours.
    expect(await plan()).toMatchObject({ tasks: 0, objects: 0, setAside: 1, setAsideExamples: [key('b.json')] });
    expect((await plan()).oldest).toBeUndefined();
    expect(await lake.keys('raw')).toEqual([key('b.json')]);

    // Other objects of the partition are taken in without it.
    await lake.put(dataset, 'e.json', line('e'));
    const [third] = await lake.compact(dataset);
    expect(third).toMatchObject({ rowsOut: 1, objectsRefused: 0 });

    later();
    expect(await plan()).toMatchObject({ tasks: 1, setAside: 1 });
    expect(await lake.compact(dataset)).toMatchObject([{ objectsRefused: 1, objectsSetAside: 1 }]);
    expect(await plan()).toMatchObject({ tasks: 0, setAside: 1 });

    // It can be read again: taken in as usual, and forgotten.
    lake.refuse = () => undefined;
    later();
    expect(await lake.compact(dataset)).toMatchObject([{ rowsOut: 1, objectsRefused: 0 }]);
    expect(await lake.ids(dataset)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect((await marks()).filter((name) => !name.endsWith('/proof.json'))).toEqual([]);
    expect(await plan()).toMatchObject({ tasks: 0, setAside: 0 });
  });

  test('an object that is rewritten is another one', async () => {
    refuse('b.json', { status: 403, code: 'AccessDenied' });
    for (let run = 0; run < 2; run++) await lake.compact(dataset);
    expect(await plan()).toMatchObject({ tasks: 0, setAside: 1 });
    lake.refuse = () => undefined;
    await lake.put(dataset, 'b.json', line('b2'));
    expect(await plan()).toMatchObject({ tasks: 1, setAside: 0 });
    await lake.compact(dataset);
    expect(await lake.ids(dataset)).toEqual(['a', 'b2', 'c']);
  });

  test.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
    [400, 'ExpiredToken'],
    [403, 'InvalidAccessKeyId'],
    [403, 'SignatureDoesNotMatch'],
    [400, 'KMS.ThrottlingException'],
  ])('%d %s is not the object: the task fails, and nothing is set aside', async (status, code) => {
    refuse('b.json', { status, code });
    for (let run = 0; run < 2; run++)
      await expect(lake.compact(dataset)).rejects.toThrow(`b.json: HTTP ${status} ${code}`);
    expect(await marks()).toEqual([]);
    lake.refuse = () => undefined;
    await lake.compact(dataset);
    expect(await lake.ids(dataset)).toEqual(['a', 'b', 'c']);
  });

  test.each<[string, (bucket: string, key: string) => boolean]>([
    ['the role may read nothing in raw', (bucket) => bucket === 'raw'],
    ["the lake's key is disabled", (bucket, name) => bucket === 'curated' && name.startsWith(SET_ASIDE_PREFIX)],
  ])('when %s, runs fail and nothing is set aside', async (_, refuses) => {
    const objects = ['a', 'b', 'c'].map((name) => key(`${name}.json`));
    lake.refuse = (bucket, asked) =>
      objects.includes(asked) || refuses(bucket, asked) ? { status: 403, code: 'AccessDenied' } : undefined;
    const task = { kind: 'compact', dataset: 'events', partition: PARTITION } as const;
    for (let run = 0; run < 3; run++) {
      const converter = await lake.converter();
      await expect(runTask(lake.lake(), { dataset, partition: PARTITION }, task, converter, AMPLE)).rejects.toThrow(
        expect.objectContaining({ name: 'NothingReadableError', message: expect.stringContaining(key('a.json')) }),
      );
    }
    expect(await plan()).toMatchObject({ tasks: 1, objects: 3, setAside: 0 });
    lake.refuse = () => undefined;
    await lake.compact(dataset);
    expect(await lake.ids(dataset)).toEqual(['a', 'b', 'c']);
  });

  test('a task that is repeated within its run counts once', async () => {
    refuse('b.json', { status: 403, code: 'AccessDenied' });
    const task = { kind: 'compact', dataset: 'events', partition: PARTITION, run: 'one' } as const;
    for (let attempt = 0; attempt < 3; attempt++) {
      const result = await runTask(lake.lake(), { dataset, partition: PARTITION }, task, await lake.converter(), AMPLE);
      expect(result).toMatchObject({ objectsRefused: 1, objectsSetAside: 0 });
    }
    expect(await plan()).toMatchObject({ tasks: 1, setAside: 0 });
  });

  test('large objects, which are streamed, are refused in the same way', async () => {
    await lake.put(dataset, 'large.json', line('x').repeat(100_000));
    refuse('large.json', { status: 403, code: 'AccessDenied' });
    expect(await lake.compact(dataset)).toMatchObject([{ rowsOut: 3, objectsRefused: 1 }]);
  });
});

describe('in the model', () => {
  const row = (id: string, copy = id) => ({ id, copy });
  const first = (waiting: readonly number[]): number => waiting[0] as number;

  function prepared(dedupe: boolean): World {
    const world = new World(dedupe ? 'once' : 'all');
    world.produce('a', [row('1', 'a1'), row('bad', 'a-bad')]);
    world.produce('b', [row('2', 'b2'), row('3', 'b3')]);
    world.produce('c', [row('2', 'c2'), row('4', 'c4')]);
    world.lock('b');
    return world;
  }

  /** Runs until the locked object is set aside; then it is unlocked, and everything must be found. */
  async function settle(world: World): Promise<void> {
    await world.run([planned('x')], first);
    await world.run([planned('y')], first);
    world.check();
    const pending = world.pendingObjects().map(({ key: name }) => name.slice(name.lastIndexOf('/') + 1));
    expect(pending.filter((name) => name !== 'b')).toEqual([]);
    for (const name of pending) world.unlock(name);
    world.clock = new Date(world.clock.getTime() + RETRY_MILLIS + 1_000);
    await world.run([planned('z')], first);
    world.check();
    expect(world.pendingObjects()).toEqual([]);
  }

  test.each([false, true])('killed at each step, it loses and doubles nothing (dedupe: %s)', async (dedupe) => {
    const steps = (await prepared(dedupe).run([planned('1')], first))[0] as number;
    expect(steps).toBeGreaterThan(15);
    for (let step = 1; step <= steps; step++) {
      for (const when of ['before', 'after'] as const) {
        const world = prepared(dedupe);
        await world.run([planned('1')], first, new Map([[0, { step, when }]]));
        await settle(world);
      }
    }
  });

  test.each([false, true])('any interleaving loses and doubles nothing (dedupe: %s)', async (dedupe) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(2), { minLength: 2, maxLength: 4 }),
        fc.array(fc.nat(3), { minLength: 150, maxLength: 150 }),
        fc.array(
          fc.option(fc.record({ step: fc.integer({ min: 1, max: 40 }), when: fc.constantFrom('before', 'after') })),
          { minLength: 4, maxLength: 4 },
        ),
        fc.nat(60),
        fc.nat(60),
        async (chosen, order, crashes, unlockAt, rewriteAt) => {
          const world = prepared(dedupe);
          const points = crashes.flatMap((crash, index) =>
            crash === null ? [] : [[index, crash as CrashPoint] as const],
          );
          const works: Work[] = [planned('1'), planned('2'), maintainFiles];
          await world.run(
            chosen.map((index) => works[index] as Work),
            (waiting, at) => waiting[(order[at % order.length] as number) % waiting.length] as number,
            new Map(points),
            (at) => {
              if (at === unlockAt) world.unlock('b');
              if (at === rewriteAt) world.produce('b', [row('5', 'b5')]);
            },
          );
          await settle(world);
        },
      ),
      { numRuns: 25 },
    );
  });
});
