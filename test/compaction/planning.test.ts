import fc from 'fast-check';
import { BudgetMeter, estimatedBytes, placeRawObject, type TaskBudget } from '../../lambda/compaction/planning/pending';
import { emptySummary, findUndeclared, planCompaction } from '../../lambda/compaction/planning/plan-compaction';
import { planMaintenance } from '../../lambda/compaction/planning/plan-maintenance';
import type { Piece } from '../../lambda/compaction/planning/range-packer';
import { type PlannedTask, TaskPacker } from '../../lambda/compaction/planning/task-packer';
import type { CompactTask } from '../../lambda/compaction/planning/tasks';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import { formatManifest, manifestFileCount } from '../../lambda/compaction/protocol/manifest';
import { dataFileKey } from '../../lambda/compaction/protocol/names';
import { SetAside } from '../../lambda/compaction/protocol/set-aside';
import { manifestKey, rawPrefix, recordPrefix } from '../../lib/dataset';
import { MemoryBuckets, MemoryStore } from './support/memory-store';
import { PARTITION, testDataset } from './support/test-dataset';

const dataset = testDataset();
const MIB = 1024 * 1024;
const noGate = async (): Promise<void> => {};

function model(now = '2026-06-15T12:00:00Z', pageSize = 1_000): { buckets: MemoryBuckets; lake: Lake } {
  const buckets = new MemoryBuckets();
  buckets.now = () => new Date(now);
  return {
    buckets,
    lake: {
      store: Object.assign(new MemoryStore(buckets, noGate, noGate), { pageSize }),
      buckets: { raw: 'raw', curated: 'curated', quarantine: 'quarantine' },
      now: () => new Date(now),
      sleep: noGate,
    },
  };
}

const planned = (lake: Lake, budget: TaskBudget = { bytes: 1000 * MIB, objects: 1000 }) =>
  planCompaction(lake, dataset, budget);

const inRange = (task: CompactTask, key: string): boolean =>
  key.startsWith(rawPrefix('events', task.partition)) &&
  (task.after === undefined || key > task.after) &&
  (task.through === undefined || key <= task.through);

describe('planning compaction', () => {
  test('every pending object is in exactly one task, and no task is over its budget', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            day: fc.integer({ min: 1, max: 3 }),
            name: fc.stringMatching(/^[a-z0-9]{1,4}\.json$/),
            size: fc.integer({ min: 0, max: 60 }),
          }),
          { maxLength: 60 },
        ),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom(1, 3, 1_000),
        async (objects, bytes, count, pageSize) => {
          const { buckets, lake } = model(undefined, pageSize);
          for (const { day, name, size } of objects) {
            buckets.put('raw', `${rawPrefix('events', `year=2026/month=06/day=0${day}`)}${name}`, Buffer.alloc(size));
          }
          const all = buckets.list('raw', '');
          const { tasks, summary } = await planned(lake, { bytes, objects: count });
          expect(summary).toMatchObject({ objects: all.length, unplaced: 0 });
          for (const { key } of all) expect(tasks.filter((task) => inRange(task, key))).toHaveLength(1);
          for (const task of tasks) {
            const own = all.filter(({ key }) => inRange(task, key));
            const estimated = own.reduce((total, object) => total + estimatedBytes(object), 0);
            expect(own.length).toBeLessThanOrEqual(count);
            expect(own.length === 1 || estimated <= bytes).toBe(true);
          }
        },
      ),
    );
  });

  test('one partition, one task: with open ends, so that what arrives later comes along', async () => {
    const { buckets, lake } = model();
    buckets.put('raw', `${rawPrefix('events', PARTITION)}a.json`, Buffer.from('x'));
    expect((await planned(lake)).tasks).toEqual([{ kind: 'compact', dataset: 'events', partition: PARTITION }]);
  });

  test('data outside of any partition is reported with its key and what is wrong, and planned for nobody', async () => {
    const { buckets, lake } = model();
    const odd = [
      'raw/events/loose.json',
      'raw/events/year=2026/month=6/day=15/unpadded.json',
      'raw/events/year=2026/month=13/day=01/no-month.json',
      'raw/events/year=2031/month=01/day=01/outside.json',
      `raw/events/${PARTITION}/_hidden.json`,
    ];
    for (const key of odd) buckets.put('raw', key, Buffer.from('x'));
    buckets.put('raw', `raw/events/${PARTITION}/_SUCCESS`, Buffer.alloc(0));
    buckets.put('raw', 'raw/events/year=2026/', Buffer.alloc(0));
    const { tasks, summary } = await planned(lake);
    expect(tasks).toEqual([]);
    expect(summary.unplaced).toBe(odd.length);
    expect(summary.unplacedExamples.map(({ key }) => key).sort()).toEqual([...odd].sort());
    expect(summary.unplacedExamples.every(({ problem }) => problem.length > 10)).toBe(true);
  });

  test('data under the name of no dataset is reported too', async () => {
    const { buckets, lake } = model();
    for (const key of ['raw/evnets/year=2026/a.json', 'raw/loose.json', `raw/events/${PARTITION}/a.json`]) {
      buckets.put('raw', key, Buffer.from('x'));
    }
    buckets.put('raw', 'raw/empty/', Buffer.alloc(0));
    buckets.put('raw', 'raw/empty.json', Buffer.alloc(0));
    const summary = emptySummary();
    await findUndeclared(lake, [dataset], summary);
    expect(summary.unplaced).toBe(2);
    expect(summary.unplacedExamples).toEqual([
      { key: 'raw/loose.json', problem: 'it is under no declared dataset; declared are events' },
      { key: 'raw/evnets/year=2026/a.json', problem: 'it is under no declared dataset; declared are events' },
    ]);
  });

  test('what is pending is added up: objects, bytes and the time of the oldest', async () => {
    const { buckets, lake } = model();
    const times = ['2026-06-15T10:00:00Z', '2026-06-15T08:00:00Z', '2026-06-15T09:00:00Z'];
    for (const [index, time] of times.entries()) {
      buckets.now = () => new Date(time);
      buckets.put('raw', `${rawPrefix('events', PARTITION)}${index}.json`, Buffer.alloc(index + 1));
    }
    const { summary } = await planned(lake);
    expect(summary).toEqual({ ...emptySummary(), objects: 3, bytes: 6, oldest: new Date('2026-06-15T08:00:00Z') });
  });

  test('the oldest data comes first, whatever the order of the partitions', async () => {
    const { buckets, lake } = model();
    const days = ['15', '13', '14'].map((day) => `year=2026/month=06/day=${day}`);
    for (const [hour, day] of days.entries()) {
      buckets.now = () => new Date(`2026-06-15T0${hour}:00:00Z`);
      buckets.put('raw', `${rawPrefix('events', day)}a.json`, Buffer.from('x'));
    }
    expect((await planned(lake)).tasks.map(({ partition }) => partition)).toEqual(days);
  });

  test('what is set aside is planned once it is due, and is not what makes the inbox late', async () => {
    const { buckets, lake } = model();
    const put = (name: string, time: string): void => {
      buckets.now = () => new Date(time);
      buckets.put('raw', `${rawPrefix('events', PARTITION)}${name}`, Buffer.from('x'));
    };
    put('refused.json', '2026-06-15T05:00:00Z');
    const refused = buckets.list('raw', '').map(({ key, etag }) => ({ key, etag, error: 'HTTP 403 AccessDenied' }));
    for (const run of ['first', 'second']) {
      await (await SetAside.read(lake, 'events')).mark({ dataset, partition: PARTITION }, refused, run);
    }
    put('young.json', '2026-06-15T10:00:00Z');
    const { summary } = await planned(lake);
    expect(summary).toMatchObject({ objects: 2, setAside: 1, oldest: new Date('2026-06-15T10:00:00Z') });
  });

  test('of many that are misplaced all are counted, and twenty named', async () => {
    const { buckets, lake } = model();
    for (let i = 0; i < 25; i++) buckets.put('raw', `raw/events/loose-${i}.json`, Buffer.from('x'));
    const { summary } = await planned(lake);
    expect([summary.unplaced, summary.unplacedExamples.length]).toEqual([25, 20]);

    for (let i = 0; i < 25; i++) buckets.put('raw', `raw/evnets/${i}.json`, Buffer.from('x'));
    const undeclared = emptySummary();
    await findUndeclared(lake, [dataset], undeclared);
    expect([undeclared.unplaced, undeclared.unplacedExamples.length]).toEqual([25, 20]);
  });

  test('of each undeclared name a thousand objects are counted, and no more read', async () => {
    const { buckets, lake } = model();
    for (const name of ['evnets', 'events2']) {
      for (let i = 0; i < 1_001; i++) buckets.put('raw', `raw/${name}/${i}.json`, Buffer.from('x'));
    }
    const summary = emptySummary();
    await findUndeclared(lake, [dataset, testDataset({ name: 'orders' })], summary);
    expect(summary.unplaced).toBe(2_000);
    expect(summary.unplacedExamples[0]?.problem).toBe('it is under no declared dataset; declared are events, orders');
  });

  test('folders below a partition belong to it', () => {
    const key = `raw/events/${PARTITION}/host=7/part.json`;
    expect(placeRawObject(dataset, { key, size: 1 })).toMatchObject({ kind: 'pending', partition: PARTITION });
  });

  test('the first object always fits a budget', () => {
    expect(new BudgetMeter({ bytes: 1, objects: 1 }).take({ key: 'a.gz', size: 1000 })).toBe(true);
  });
});

describe('pieces in many places', () => {
  const laidOut = testDataset({ input: { formats: ['ndjson'], layout: '{yyyy}/{MM}/{dd}/' } });
  const piece = (day: number, oldest: number): Piece => ({
    partition: `day=${day}`,
    range: { prefix: `${day}/` },
    ...{ objects: 1, bytes: 1, oldest, isFull: false },
  });
  function packed(maxOpenRanges?: number): { packer: TaskPacker; tasks: [string | undefined, number][] } {
    const tasks: [string | undefined, number][] = [];
    const emit = ({ task, oldest }: PlannedTask): void => void tasks.push([task.partition, oldest]);
    return { packer: new TaskPacker(laidOut, { bytes: 100, objects: 100 }, emit, maxOpenRanges), tasks };
  }

  test('become one task, which is as old as the oldest of them', () => {
    const { packer, tasks } = packed();
    for (const oldest of [20, 10, 30]) packer.add(piece(15, oldest));
    packer.end();
    expect(tasks).toEqual([['day=15', 10]]);
  });

  test('are held up to a number; then all tasks are closed, and there is room for as many again', () => {
    const { packer, tasks } = packed(2);
    const open: number[] = [];
    for (const day of [1, 2, 3, 4, 5]) {
      packer.add(piece(day, day));
      open.push(day - tasks.length);
    }
    expect(open).toEqual([1, 2, 1, 2, 1]);
  });
});

describe('planning maintenance', () => {
  const ref = { dataset, partition: PARTITION };
  const key = (index: number): string => dataFileKey(ref, index.toString(16).padStart(32, '0'), 0);

  /** A partition whose manifest lists some of its files; sizes in MiB are faked. */
  function partition(listed: readonly number[], unlisted: readonly number[], written: string, now: string) {
    const { buckets, lake } = model(now);
    buckets.now = () => new Date(written);
    const size = new Map<string, number>();
    [...listed, ...unlisted].forEach((mib, index) => {
      buckets.put('curated', key(index), Buffer.from('x'));
      size.set(key(index), mib * MIB);
    });
    const files = listed.map((_, index) => key(index));
    buckets.put('curated', manifestKey('events', PARTITION), Buffer.from(formatManifest(files, 'curated')));
    const { store } = lake;
    const sized: Lake = {
      ...lake,
      store: Object.assign(Object.create(store), {
        async listPage(...args: Parameters<typeof store.listPage>) {
          const page = await store.listPage(...args);
          return { ...page, objects: page.objects.map((one) => ({ ...one, size: size.get(one.key) ?? one.size })) };
        },
      }),
    };
    return { buckets, lake: sized };
  }

  async function tasks(lake: Lake, of = dataset): Promise<string[]> {
    return (await planMaintenance(lake, of)).map((task) => task.partition);
  }

  const OPEN = '2026-06-15T12:00:00Z';
  const CLOSED = '2026-06-17T12:00:00Z';

  test.each([
    ['nothing for one good file', [300], [], CLOSED, false],
    ['nothing for a few undersized files of an open partition', [1, 1, 1], [], OPEN, false],
    ['a merge for many undersized files of an open one', Array(9).fill(1), [], OPEN, true],
    ['a merge for two undersized files of a closed one', [1, 1], [], CLOSED, true],
    ['a vacuum for a file that the manifest does not list, after the grace', [300], [300], CLOSED, true],
    ['nothing for such a file within the grace', [300], [300], OPEN, false],
    ['nothing for many files that are as large as they should be', Array(9).fill(400), [], CLOSED, false],
    ['a vacuum for files that no manifest lists', [], [300], CLOSED, true],
  ])('%s', async (_, listed, unlisted, now, expected) => {
    const { lake } = partition(listed as number[], unlisted as number[], '2026-06-15T00:00:00Z', now as string);
    expect(await tasks(lake)).toEqual(expected ? [PARTITION] : []);
  });

  test('recovery for a record that a crash left', async () => {
    const { buckets, lake } = partition([300], [], OPEN, OPEN);
    buckets.put('curated', `${recordPrefix('events', PARTITION)}x.json`, Buffer.from('{}'));
    expect(await tasks(lake)).toEqual([PARTITION]);
  });

  test('nothing for what lies in no partition', async () => {
    const { buckets, lake } = model(CLOSED);
    buckets.now = () => new Date('2026-06-15T00:00:00Z');
    for (const name of ['loose.parquet', 'year=2026/month=13/day=01/a.parquet']) {
      buckets.put('curated', `data/events/${name}`, Buffer.from('x'));
    }
    expect(await tasks(lake)).toEqual([]);
  });

  test('data and records without a manifest are looked after, too', async () => {
    const { buckets, lake } = model(CLOSED);
    buckets.now = () => new Date('2026-06-15T00:00:00Z');
    buckets.put('curated', key(1), Buffer.from('x'));
    expect(await tasks(lake)).toEqual([PARTITION]);
    expect(await tasks({ ...lake, now: () => new Date('2026-06-15T00:00:01Z') })).toEqual([]);
  });

  test('expiry once the retention is over', async () => {
    const kept = testDataset({ retention: { curatedDays: 30 } });
    expect(await tasks(partition([300], [], OPEN, '2026-07-15T12:00:00Z').lake, kept)).toEqual([]);
    expect(await tasks(partition([300], [], OPEN, '2026-07-17T12:00:00Z').lake, kept)).toEqual([PARTITION]);
  });

  test('the number of files in a manifest shows in its size', () => {
    const count = (files: number): number =>
      manifestFileCount(
        ref,
        'b',
        formatManifest(
          Array.from({ length: files }, (_, i) => key(i)),
          'b',
        ).length,
      );
    expect([0, 1, 7].map(count)).toEqual([0, 1, 7]);
  });
});
