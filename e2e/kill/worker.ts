/**
 * A process of the proof with kills: `worker.js ROLE SEED`. It runs the handlers again and again, and writes one JSON line
 * when it begins, and for each piece of work. Bundled as the handlers are for Lambda.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { handler as compactor } from '../../lambda/compaction/compactor';
import { handler as planner } from '../../lambda/compaction/planner';
import type { CompactionTask } from '../../lambda/compaction/planning/tasks';
import { processSettings } from '../../lambda/compaction/runtime/environment';
import { createS3Client, openLake } from '../../lambda/compaction/runtime/lake';
import { PLAN_PREFIX } from '../../lib/dataset/layout';
import { Dice } from '../../test/support/dice';

export type Role = 'compactor' | 'maintainer' | 'planner';

export interface WorkLine {
  /** Tasks done or plans written, and files merged away. */
  readonly done: number;
  readonly merged: number;
  /** Name and message of what ended the work. */
  readonly error?: string;
}

const [role, seed] = process.argv.slice(2);
const dice = new Dice(Number(seed));
const { s3, buckets } = processSettings();
const lake = openLake(createS3Client(s3), buckets);

async function tasksOf({ bucket, key }: { readonly bucket: string; readonly key: string }): Promise<CompactionTask[]> {
  const lines = (await lake.store.get(bucket, key))?.body.toString('utf8').split('\n') ?? [];
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as CompactionTask);
}

/** Of one of the last plans: several workers do the same task, and late ones what is done already. */
async function chosenTask(): Promise<CompactionTask | undefined> {
  const plans: string[] = [];
  for await (const { key } of lake.store.list(lake.buckets.curated, PLAN_PREFIX)) plans.push(key);
  const key = plans.at(-1 - dice.below(Math.min(3, plans.length)));
  if (key === undefined) return undefined;
  const tasks = await tasksOf({ bucket: lake.buckets.curated, key });
  return tasks[dice.below(tasks.length)];
}

const say = (line: WorkLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function runTask(task: CompactionTask): Promise<void> {
  const { filesReplaced } = await compactor(task);
  say({ done: 1, merged: filesReplaced });
}

const WORK: Readonly<Record<Role, () => Promise<void>>> = {
  planner: async () => {
    await planner({ mode: 'compact' });
    say({ done: 1, merged: 0 });
  },
  compactor: async () => {
    const task = await chosenTask();
    if (task !== undefined) await runTask(task);
  },
  maintainer: async () => {
    for (const task of await tasksOf(await planner({ mode: 'maintain' }))) await runTask(task);
  },
};

void (async () => {
  say({ done: 0, merged: 0 });
  for (;;) {
    await WORK[role as Role]().catch((error: Error) =>
      say({ done: 0, merged: 0, error: `${error.name}: ${error.message}` }),
    );
    await sleep(dice.below(150));
  }
})();
