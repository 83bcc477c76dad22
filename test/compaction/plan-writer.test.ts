/** The plan as the Distributed Map reads it, and the turns of those that make it. */
import { runLanes, type Step } from '../../lambda/compaction/planning/lanes';
import { PlanWriter } from '../../lambda/compaction/planning/plan-writer';
import type { CompactionTask } from '../../lambda/compaction/planning/tasks';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import { MemoryBuckets, MemoryStore } from './support/memory-store';

const nothing = async (): Promise<void> => {};

function open(waveText?: number) {
  const buckets = new MemoryBuckets();
  const store = new MemoryStore(buckets, nothing, nothing);
  const lake = { store, buckets: { raw: 'raw', curated: 'curated', quarantine: 'q' } } as unknown as Lake;
  const writer = new PlanWriter(lake, 'plans/p.jsonl', 'run-1', waveText);
  const text = (): string | undefined => buckets.get('curated', 'plans/p.jsonl')?.body.toString();
  const add = (dataset: string, partition: number): void =>
    writer.add({ kind: 'compact', dataset, partition: String(partition) }, partition);
  const tasks = (): CompactionTask[] =>
    (text() ?? '')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as CompactionTask);
  const names = (): string[] => tasks().map(({ dataset, partition }) => `${dataset}${partition}`);
  return { writer, add, text, tasks, names };
}

test('datasets take turns, each with its oldest data first', async () => {
  const { writer, add, names } = open();
  for (const partition of [3, 1, 2, 5, 4]) add('a', partition);
  add('b', 9);
  for (const partition of [8, 7]) add('c', partition);
  await writer.close();
  expect(names()).toEqual(['a1', 'b9', 'c7', 'a2', 'c8', 'a3', 'a4', 'a5']);
  expect(writer.tasks).toBe(8);
});

test('an empty plan is written too, and one that is given up is not', async () => {
  const empty = open();
  await empty.writer.close();
  expect(empty.text()).toBe('');
  const given = open(1);
  given.add('a', 1);
  await given.writer.keepUp({ next: () => nothing }).next()?.();
  await given.writer.abort();
  expect(given.text()).toBeUndefined();
});

test('a plan of any size is written in waves, each task once', async () => {
  const { writer, add, names, tasks } = open(1_000);
  for (let partition = 0; partition < 500; partition++) add(partition % 2 === 0 ? 'a' : 'b', partition);
  await writer.close();
  expect(names()).toHaveLength(500);
  expect(new Set(names()).size).toBe(500);
  // By run and number, logs name each task.
  expect(new Set(tasks().map(({ run }) => run))).toEqual(new Set(['run-1']));
  expect(new Set(tasks().map(({ id }) => id))).toEqual(new Set(Array.from({ length: 500 }, (_, index) => index + 1)));
});

describe('turns', () => {
  /** Steps that say who took them. */
  const lane = (name: string, steps: number, taken: string[], step: () => Promise<void> = nothing) => {
    let left = steps;
    const own: Step = async () => {
      taken.push(name);
      await step();
    };
    return { next: () => (left-- > 0 ? own : undefined) };
  };

  test('a long line keeps no short one waiting', async () => {
    const taken: string[] = [];
    await runLanes([lane('a', 100, taken), lane('b', 2, taken), lane('c', 1, taken)], 1);
    expect(taken.slice(0, 6)).toEqual(['a', 'b', 'c', 'a', 'b', 'a']);
    expect(taken).toHaveLength(103);
  });

  test('no more are under way than there may be', async () => {
    let now = 0;
    let most = 0;
    const step = async (): Promise<void> => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
    };
    await runLanes([lane('a', 20, [], step), lane('b', 20, [], step)], 5);
    expect([now, most]).toEqual([0, 5]);
  });

  test('the first failure begins no more, and is told when all have ended', async () => {
    const taken: string[] = [];
    const failing = lane('a', 50, taken, () => Promise.reject(new Error('listing failed')));
    await expect(runLanes([failing, lane('b', 50, taken)], 4)).rejects.toThrow('listing failed');
    expect(taken.length).toBeLessThanOrEqual(4);
  });

  test('nothing to do is done', async () => {
    await runLanes([], 4);
  });
});
