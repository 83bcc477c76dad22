/**
 * `npx tsx e2e/kill/import.ts`: an import of many objects that is killed again and again, with SIGKILL, while half of what has
 * arrived is consumed as by compaction. Then every object must have arrived exactly once.
 */
import '../../test/fixtures/datasets/given';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BUCKETS, type LocalLake, openLake } from '../../cli/lake';
import { wholeNumber } from '../../cli/program';
import { createS3Client } from '../../lambda/compaction/runtime/lake';
import { versionPages } from '../../lambda/compaction/store/s3-versions';
import { filesBelow } from '../../test/support/files-below';
import { PROJECT_ROOT } from '../tools/project';
import { supervised } from '../tools/supervisor';
import { runImport } from './import-run';

const PROGRAM = {
  name: 'npx tsx e2e/kill/import.ts',
  does: 'Kills an import again and again, and checks that every object arrives exactly once.',
  options: {
    objects: wholeNumber('objects to import', { least: 100, most: 1_000_000, default: 100_000 }),
    kills: wholeNumber('how often it is killed', { least: 1, most: 100, default: 10 }),
  },
};

const DATASET = 'access_logs';
const ROOT = `raw/${DATASET}/`;
const DAYS = 10;

supervised(PROGRAM, async (supervisor, { objects, kills }) => {
  const folder = supervisor.folder('import');
  const [lake, source] = [join(folder, 'lake'), join(folder, 'source')];
  await inLake(lake, async () => {});
  for (let day = 1; day <= DAYS; day++) mkdirSync(join(source, partition(day)), { recursive: true });
  for (let i = 0; i < objects; i++) {
    writeFileSync(join(source, partition((i % DAYS) + 1), `${i}.json`), `{"request_id":"${i}"}\n`);
  }
  const began = Date.now();
  // So slow that it is still at work when it is its turn to be killed.
  const rate = Math.max(300, Math.ceil(objects / 33));
  const args = ['import', '--local', lake, '--dataset', DATASET, '--source', source, '--rate', `${rate}`, '--yes'];
  const inbox = join(lake, BUCKETS.raw, ROOT);
  let killed = 0;
  let consumed = 0;
  const soFar = (): number => consumed + (existsSync(inbox) ? filesBelow(inbox).length : 0);
  for (;;) {
    // Evenly over the import, the last long before its end, and not always at the same place of a batch.
    const next = Math.floor(((killed + 1) * objects) / (kills + 3)) + ((37 * killed) % 100);
    const isTime = (): boolean => killed < kills && soFar() >= next;
    const code = await runImport(PROJECT_ROOT, args, isTime, () => sleep(250));
    if (code !== 'killed') {
      if (code !== 0) throw new Error(`The import ended with ${code}.`);
      break;
    }
    killed++;
    if (!args.includes('--resume')) args.push('--resume');
    consumed += await inLake(lake, consumeHalf);
    console.log(`Killed ${killed} times after ${seconds(began)}: at least ${soFar()} objects have arrived`);
  }
  const took = seconds(began);
  const arrived = await inLake(lake, arrivals);
  const twice = [...arrived.values()].filter((versions) => versions !== 1).length;
  const isRight = arrived.size === objects && twice === 0 && killed === kills;
  console.log(
    `${arrived.size} of ${objects} objects arrived, ${twice} of them not once; killed ${killed} times, ${took}`,
  );
  return isRight ? 0 : 1;
});

const partition = (day: number): string => `year=2026/month=06/day=${String(day).padStart(2, '0')}`;
const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(0)} s`;

async function inLake<T>(folder: string, work: (lake: LocalLake) => Promise<T>): Promise<T> {
  const lake = await openLake(folder);
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
}

/** What compaction does to raw objects in the end. */
async function consumeHalf({ store }: LocalLake): Promise<number> {
  const found = [];
  for await (const object of store.list(BUCKETS.raw, ROOT)) found.push(object);
  const half = found.filter((_, index) => index % 2 === 0);
  await store.deleteMatching(BUCKETS.raw, half);
  return half.length;
}

/** Each object that ever was in the inbox, with the number of its versions. */
async function arrivals({ settings }: LocalLake): Promise<ReadonlyMap<string, number>> {
  const s3 = createS3Client(settings.s3);
  const found = new Map<string, number>();
  try {
    for await (const { Versions = [] } of versionPages(s3, BUCKETS.raw, ROOT)) {
      for (const { Key = '' } of Versions) found.set(Key, (found.get(Key) ?? 0) + 1);
    }
  } finally {
    s3.destroy();
  }
  return found;
}
