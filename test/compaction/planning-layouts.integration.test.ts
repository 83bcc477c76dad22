import fc from 'fast-check';
import { estimatedBytes, placeRawObject, type TaskBudget } from '../../lambda/compaction/planning/pending';
import { emptySummary, planCompaction } from '../../lambda/compaction/planning/plan-compaction';
import { RangePacker } from '../../lambda/compaction/planning/range-packer';
import { type PlannedTask, TaskPacker } from '../../lambda/compaction/planning/task-packer';
import type { CompactTask } from '../../lambda/compaction/planning/tasks';
import { listRanges, rangesAfter, rangesThrough } from '../../lambda/compaction/protocol/key-ranges';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import type { Dataset } from '../../lib/dataset';
import { MemoryBuckets, MemoryStore } from './support/memory-store';
import { COLUMNS, testDataset } from './support/test-dataset';

const noGate = async (): Promise<void> => {};

function model(pageSize = 1_000): { buckets: MemoryBuckets; lake: Lake } {
  const buckets = new MemoryBuckets();
  const lake: Lake = {
    store: Object.assign(new MemoryStore(buckets, noGate, noGate), { pageSize }),
    buckets: { raw: 'raw', curated: 'curated', quarantine: 'quarantine' },
    now: () => new Date('2026-06-15T12:00:00Z'),
    sleep: noGate,
  };
  return { buckets, lake };
}

const laidOut = (layout: string): Dataset =>
  testDataset({
    columns: [...COLUMNS, { name: 'account', type: 'string' }],
    input: { formats: ['ndjson'], layout },
  });

const LAYOUTS = [
  'AWSLogs/{account}/{yyyy}/{MM}/{dd}/',
  '{account}/{yyyy}/{M}/{d}/{HH}/',
  '{yyyy}/{MM}/{dd}/{HH}/',
  '*.{yyyy}-{MM}-{dd}-{HH}.',
  '{yyyy}-{MM}-{dd}-',
].map(laidOut);

async function planned(lake: Lake, dataset: Dataset, budget: TaskBudget, maxOpenRanges?: number) {
  if (maxOpenRanges === undefined) return await planCompaction(lake, dataset, budget);
  const tasks: CompactTask[] = [];
  const packer = new TaskPacker(dataset, budget, ({ task }) => tasks.push(task), maxOpenRanges);
  const ranges = new RangePacker(budget, undefined, (piece) => packer.add(piece));
  for await (const object of lake.store.list('raw', '')) {
    const place = placeRawObject(dataset, object);
    if (place.kind === 'pending') ranges.add(object, place);
  }
  ranges.end();
  packer.end();
  return { tasks, summary: emptySummary() };
}

/** What a task consumes: the objects of its ranges that are of its partition. */
async function objectsOf(lake: Lake, dataset: Dataset, task: CompactTask): Promise<string[]> {
  const keys: string[] = [];
  for await (const object of listRanges(lake, task.ranges ?? [])) {
    const place = placeRawObject(dataset, object);
    if (place.kind === 'pending' && place.partition === task.partition) keys.push(object.key);
  }
  return keys;
}

const path = fc
  .record({
    account: fc.constantFrom('1', '2', '22', 'o-1'),
    day: fc.integer({ min: 14, max: 16 }),
    hour: fc.constantFrom('09', '10'),
    form: fc.integer({ min: 0, max: 5 }),
    name: fc.stringMatching(/^[a-z0-9]{1,3}$/),
  })
  .map(
    ({ account, day, hour, form, name }) =>
      (layout: number) =>
        [
          `AWSLogs/${account}/2026/06/${day}/${name}`,
          `${account}/2026/6/${day}/${hour}/${name}`,
          `2026/06/${day}/${hour}/${name}`,
          `${account}.2026-06-${day}-${hour}.${name}`,
          `2026-06-${day}-${hour}-${name}`,
          // Of the ingest gateway, beside the producers.
          `year=2026/month=06/day=${day}/${name}`,
          // Most in the layout of the dataset.
        ][form < 4 ? layout : form],
  );

test('every object is in exactly one task or unplaced, and no task is over its budget, whatever the layout', async () => {
  let tasksOfSeveral = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(LAYOUTS.length - 1),
      fc.array(fc.tuple(path, fc.integer({ min: 0, max: 60 })), { maxLength: 60, size: 'max' }),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 8 }),
      fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      fc.constantFrom(1, 3, 1_000),
      async (layout, objects, bytes, count, maxOpenRanges, pageSize) => {
        const dataset = LAYOUTS[layout] as Dataset;
        const { buckets, lake } = model(pageSize);
        for (const [name, size] of objects) buckets.put('raw', `raw/events/${name(layout)}`, Buffer.alloc(size));
        const all = buckets.list('raw', '');
        const pending = all.filter((object) => placeRawObject(dataset, object).kind === 'pending');
        const { tasks, summary } = await planned(lake, dataset, { bytes, objects: count }, maxOpenRanges);
        if (maxOpenRanges === undefined) {
          expect(summary).toMatchObject({ objects: pending.length, unplaced: all.length - pending.length });
        }
        const taken = await Promise.all(tasks.map((task) => objectsOf(lake, dataset, task)));
        expect(taken.flat().sort()).toEqual(pending.map(({ key }) => key).sort());
        for (const [index, own] of taken.entries()) {
          if ((tasks[index]?.ranges?.length ?? 0) > 1) tasksOfSeveral++;
          const sizes = own.map((key) =>
            estimatedBytes(all.find((object) => object.key === key) as { key: string; size: number }),
          );
          expect(own.length).toBeGreaterThan(0);
          expect(own.length).toBeLessThanOrEqual(count);
          expect(own.length === 1 || sizes.reduce((a, b) => a + b, 0) <= bytes).toBe(true);
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(tasksOfSeveral).toBeGreaterThan(20);
});

test('a day of many accounts and regions is one task of as many places, with open ends', async () => {
  const dataset = testDataset({ input: { formats: ['ndjson'], layout: 'AWSLogs/*/CloudTrail/*/{yyyy}/{MM}/{dd}/' } });
  const { buckets, lake } = model();
  for (const account of ['111', '222']) {
    for (const region of ['eu-west-1', 'us-east-1']) {
      for (const day of ['14', '15']) {
        buckets.put('raw', `raw/events/AWSLogs/${account}/CloudTrail/${region}/2026/06/${day}/x.gz`, Buffer.from('x'));
      }
      // Digest files are another thing, and reported.
      buckets.put('raw', `raw/events/AWSLogs/${account}/CloudTrail-Digest/${region}/2026/06/15/x.gz`, Buffer.from('x'));
    }
  }
  const { tasks, summary } = await planned(lake, dataset, { bytes: 1e9, objects: 1000 });
  expect(tasks.map(({ partition }) => partition)).toEqual(['year=2026/month=06/day=14', 'year=2026/month=06/day=15']);
  expect(tasks[1]).toEqual({
    kind: 'compact',
    dataset: 'events',
    partition: 'year=2026/month=06/day=15',
    ranges: ['111', '222'].flatMap((account) =>
      ['eu-west-1', 'us-east-1'].map((region) => ({
        prefix: `raw/events/AWSLogs/${account}/CloudTrail/${region}/2026/06/15/`,
      })),
    ),
  });
  expect(summary).toMatchObject({ objects: 8, unplaced: 4 });
  expect(summary.unplacedExamples[0]?.problem).toContain("'CloudTrail-Digest' does not fit 'CloudTrail'");
});

test('a task stays far below what Step Functions hands to one worker, and the planner’s memory within its bound', async () => {
  const dataset = laidOut('{account}/{yyyy}/{MM}/{dd}/');
  const { buckets, lake } = model();
  const long = 'a'.repeat(120);
  for (let account = 0; account < 500; account++) {
    for (const day of ['14', '15']) {
      buckets.put('raw', `raw/events/${long}${account}/2026/06/${day}/x`, Buffer.from('x'));
    }
  }
  const { tasks } = await planned(lake, dataset, { bytes: 1e9, objects: 100_000 });
  expect(tasks).toHaveLength(6);
  for (const task of tasks) expect(JSON.stringify(task).length).toBeLessThan(64 * 1024);

  let open = 0;
  let most = 0;
  const budget = { bytes: 1e9, objects: 100_000 };
  const closed = ({ task }: PlannedTask): void => {
    open -= task.ranges?.length ?? 0;
  };
  const packer = new TaskPacker(dataset, budget, closed, 10);
  const ranges = new RangePacker(budget, undefined, (piece) => {
    packer.add(piece);
    open++;
    most = Math.max(most, open);
  });
  for await (const object of lake.store.list('raw', '')) {
    const place = placeRawObject(dataset, object);
    if (place.kind === 'pending') ranges.add(object, place);
  }
  expect(most).toBeLessThanOrEqual(10);
});

test('and however long the keys are', async () => {
  const dataset = laidOut('{account}/{yyyy}/{MM}/{dd}/');
  const { buckets, lake } = model();
  // Three bytes each in UTF-8, near the longest key that S3 takes.
  const long = '\u6f22'.repeat(300);
  for (let account = 0; account < 300; account++) {
    buckets.put('raw', `raw/events/${long}${account}/2026/06/15/x`, Buffer.from('x'));
  }
  const { tasks } = await planned(lake, dataset, { bytes: 1e9, objects: 100_000 });
  expect(tasks.flatMap(({ ranges }) => ranges ?? [])).toHaveLength(300);
  for (const task of tasks) expect(Buffer.byteLength(JSON.stringify(task))).toBeLessThan(150 * 1024);
});

describe('ranges of keys', () => {
  const keys = async (lake: Lake, ranges: Parameters<typeof listRanges>[1]) => {
    const found: string[] = [];
    for await (const { key } of listRanges(lake, ranges)) found.push(key);
    return found;
  };

  test('an object that several ranges hold comes once', async () => {
    const { buckets, lake } = model();
    for (const key of ['a/1', 'a/2', 'b/1']) buckets.put('raw', key, Buffer.from('x'));
    expect(await keys(lake, [{ prefix: 'b/' }, { prefix: 'a/' }, { prefix: '' }])).toEqual(['b/1', 'a/1', 'a/2']);
  });

  test('up to a key and after it are together what there is, each object once', async () => {
    const range = fc.record({
      prefix: fc.constantFrom('', 'a', 'a/', 'b/', 'c', 'ab'),
      after: fc.option(fc.constantFrom('a/1', 'b/', 'b/2'), { nil: undefined }),
      through: fc.option(fc.constantFrom('a/3', 'b/1', 'c/1'), { nil: undefined }),
    });
    const names = fc.uniqueArray(fc.stringMatching(/^(a|b|c|ab)\/[123]$/));
    await fc.assert(
      fc.asyncProperty(fc.array(range, { maxLength: 4 }), names, fc.nat(), async (ranges, objects, pick) => {
        const { buckets, lake } = model();
        for (const key of objects) buckets.put('raw', key, Buffer.from('x'));
        const all = await keys(lake, ranges);
        const at = all[pick % Math.max(1, all.length)];
        if (at === undefined) return;
        const head = await keys(lake, rangesThrough(ranges, at));
        const tail = (await keys(lake, rangesAfter(ranges, at))).filter((key) => !head.includes(key));
        expect(head).toEqual(all.slice(0, all.indexOf(at) + 1));
        expect(tail).toEqual(all.slice(all.indexOf(at) + 1));
      }),
    );
  });
});
