/** Whatever rows arrive, and however they are cut: what is visible is a function of the set of them. With the engine that ships. */
import fc from 'fast-check';

import type { CompactionTask } from '../../lambda/compaction/planning/tasks';
import { type CompactionResult, runTask } from '../../lambda/compaction/task/run-task';
import type { Dataset, DedupeDefinition } from '../../lib/dataset';
import { type ChangeRow, lastRows } from './support/change-rows';
import { KillSwitch } from './support/kill-switch';
import { PARTITION, RealLake, testDataset } from './support/real-lake';
import { AMPLE } from './support/settings';

let lake: RealLake;
let made = 0;
beforeEach(async () => {
  lake = await RealLake.open();
});
afterEach(() => lake.close());

function changing(dedupe: Omit<DedupeDefinition, 'key'>): Dataset {
  made += 1;
  return testDataset({
    name: `changes_${made}`,
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'seq', type: 'bigint', notNull: dedupe.deleted !== undefined },
      { name: 'sub', type: 'int' },
      { name: 'op', type: 'string', notNull: true },
      { name: 'n', type: 'int' },
      { name: 'tags', type: 'array<string>' },
    ],
    dedupe: { key: ['id'], ...dedupe },
    sortBy: ['at'],
    input: { formats: ['ndjson'] },
    compaction: { maxUndersizedFiles: 2, codec: 'zstd' },
  });
}

/** Few keys and few values, so that rows meet in every way. */
const changeRow = (nullable: boolean, ops: readonly ChangeRow['op'][]): fc.Arbitrary<ChangeRow> =>
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    at: fc.constantFrom('2026-06-15T10:00:00', '2026-06-15T10:00:01'),
    seq: nullable ? fc.option(fc.nat(2)) : fc.nat(3),
    sub: fc.option(fc.nat(1)),
    op: fc.constantFrom(...ops),
    n: fc.option(fc.nat(1)),
    tags: fc.option(fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 })),
  });

/** What happens between two objects: nothing, a run, a run that dies, a merge of all files, or one with a vacuum after it. */
type Event = 'nothing' | 'run' | 'merge' | { readonly dies: number; readonly when: 'before' | 'after' };
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.constantFrom<Event>('nothing', 'run', 'run', 'merge'),
  fc.record({ dies: fc.integer({ min: 1, max: 24 }), when: fc.constantFrom('before', 'after') }),
);

async function visible(dataset: Dataset): Promise<ChangeRow[]> {
  const found = await lake.query(
    dataset,
    `id, strftime("at", '%Y-%m-%dT%H:%M:%S') AS "at", seq::INT AS seq, sub, op, n, tags`,
    'ORDER BY id',
  );
  return found as unknown as ChangeRow[];
}

async function run(dataset: Dataset, task: CompactionTask, kill?: KillSwitch): Promise<CompactionResult | undefined> {
  const store = kill?.store(lake.store) ?? lake.store;
  // Of every other dataset, a commit rewrites one file at most.
  const rewriteBytes = made % 2 === 0 ? 1 : 2 ** 31;
  const limits = { memoryMiB: 256, spillMiB: 64, threads: 1 };
  const converter = await lake.converter({ limits, workers: 1, rewriteBytes }, store);
  const done = runTask(lake.lake(store), { dataset, partition: PARTITION }, task, converter, AMPLE);
  return kill === undefined ? await done : await done.catch(() => undefined);
}

/** @returns what became of the rows, counted over all runs */
async function arrive(dataset: Dataset, objects: readonly (readonly ChangeRow[])[], events: readonly Event[]) {
  const compact = { kind: 'compact', dataset: dataset.name, partition: PARTITION } as const;
  const maintain = { kind: 'maintain', dataset: dataset.name, partition: PARTITION } as const;
  const results: CompactionResult[] = [];
  lake.now = () => new Date('2026-06-15T12:00:00Z');
  for (const [index, rows] of objects.entries()) {
    await lake.put(dataset, `${index}.json`, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const next = events[index % events.length] ?? 'run';
    if (next === 'nothing') continue;
    if (typeof next === 'object') await run(dataset, compact, new KillSwitch(next.dies, next.when));
    else results.push((await run(dataset, compact)) as CompactionResult);
    if (next === 'merge') {
      // Closed: everything is merged into one file.
      lake.now = () => new Date('2026-06-16T12:00:00Z');
      results.push((await run(dataset, maintain)) as CompactionResult);
      // Long after: what no manifest lists is deleted.
      lake.now = () => new Date('2036-06-16T12:00:00Z');
      results.push((await run(dataset, maintain)) as CompactionResult);
      lake.now = () => new Date('2026-06-15T12:00:00Z');
    }
    const ids = (await visible(dataset)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  }
  results.push((await run(dataset, compact)) as CompactionResult);
  return results;
}

const cut = (rows: readonly ChangeRow[], size: number): ChangeRow[][] =>
  Array.from({ length: Math.ceil(rows.length / size) }, (_, index) => rows.slice(index * size, (index + 1) * size));

test.each([
  [
    'with deletions',
    { keep: 'latest', by: ['seq', 'sub'], deleted: { column: 'op', values: ['D'] } },
    false,
    ['I', 'U', 'D'],
  ],
  ['whose order may be null', { keep: 'latest', by: ['seq', 'sub'] }, true, ['I', 'U']],
] as const)(
  'the rows that are visible are a function of the set of rows %s, however they arrive',
  async (_, dedupe, nullable, ops) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(changeRow(nullable, ops), { minLength: 1, maxLength: 24 }),
        fc.array(event, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 2, max: 12 }),
        async (rows, events, size) => {
          const dataset = changing(dedupe);
          await arrive(dataset, cut(rows, size), events);
          expect(await visible(dataset)).toEqual(lastRows(rows));
        },
      ),
      { numRuns: 12 },
    );
  },
  120_000,
);

test('of any set of rows, each is out, superseded or a deletion, and what is visible is what went out less what gave way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(changeRow(false, ['I', 'U', 'D']), { minLength: 1, maxLength: 24 }),
      fc.array(fc.constantFrom<Event>('nothing', 'run', 'merge'), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 2, max: 8 }),
      async (rows, events, size) => {
        const dataset = changing({ keep: 'latest', by: ['seq', 'sub'], deleted: { column: 'op', values: ['D'] } });
        const results = await arrive(dataset, cut(rows, size), events);
        const sum = (name: 'rowsIn' | 'rowsOut' | 'superseded' | 'deletions' | 'rowsReplaced'): number =>
          results.reduce((total, result) => total + result[name], 0);
        expect(sum('rowsIn')).toBe(rows.length);
        expect(sum('rowsOut') + sum('superseded') + sum('deletions')).toBe(rows.length);
        expect(sum('rowsOut') - sum('rowsReplaced')).toBe((await visible(dataset)).length);
      },
    ),
    { numRuns: 8 },
  );
}, 120_000);

test('the earliest by a column is exact too', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.record({ id: fc.constantFrom('a', 'b', 'c'), seq: fc.nat(20) }), {
        selector: ({ id, seq }) => `${id} ${seq}`,
        minLength: 1,
        maxLength: 12,
      }),
      fc.integer({ min: 1, max: 4 }),
      async (picked, size) => {
        const dataset = changing({ keep: 'earliest', by: 'seq' });
        const rows = picked.map(
          ({ id, seq }): ChangeRow => ({ id, seq, at: '2026-06-15T10:00:00', sub: null, op: 'I', n: seq, tags: null }),
        );
        await arrive(dataset, cut(rows, size), ['run']);
        const first = new Map<string, number>();
        for (const { id, seq } of picked) first.set(id, Math.min(seq, first.get(id) ?? seq));
        expect(Object.fromEntries((await visible(dataset)).map(({ id, seq }) => [id, seq]))).toEqual(
          Object.fromEntries(first),
        );
      },
    ),
    { numRuns: 5 },
  );
}, 60_000);
