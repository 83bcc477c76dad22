import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { QueryEngine } from '../../cli/tables/engine';
import { taskBudget } from '../../lambda/compaction/planning/pending';
import { planCompaction } from '../../lambda/compaction/planning/plan-compaction';
import { planMaintenance } from '../../lambda/compaction/planning/plan-maintenance';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import { createConverter } from '../../lambda/compaction/runtime/converter';
import { readCompactor } from '../../lambda/compaction/runtime/settings';
import type { ObjectStore } from '../../lambda/compaction/store/object-store';
import { S3ObjectStore } from '../../lambda/compaction/store/s3-object-store';
import { runTask } from '../../lambda/compaction/task/run-task';
import { FaultProxy } from '../../test/compaction/store/fault-proxy';
import type { Supervisor } from '../tools/supervisor';
import { CHANGED, DATASETS, PLAIN } from './datasets';
import { noFaults, randomFaults } from './faults';
import { nothingDelivered, produce } from './producer';
import { BUCKETS, LakeReader } from './read';
import type { KillResult } from './result';
import { gapsOf } from './verdict';
import { buildWorkers, noWork, troubleWorkers } from './workers';

const HOUR = 3_600_000;
/** What is set aside is tried again by then. */
const LATER = 12 * HOUR;
/** What a vacuum may take is older than its grace by then. */
const MUCH_LATER = 4 * 24 * HOUR;

const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'proof',
  AWS_SECRET_ACCESS_KEY: 'proof',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  RAW_BUCKET: BUCKETS.raw,
  CURATED_BUCKET: BUCKETS.curated,
  QUARANTINE_BUCKET: BUCKETS.quarantine,
  COMPACTION_MEMORY_MIB: '512',
  COMPACTION_THREADS: '1',
} as const;

export interface KillOptions {
  /** Of an S3 that has the three buckets, with versions in the raw one, and takes any credentials. */
  readonly endpoint: string;
  /** How long at least; up to four times as long, until every kind of fault has come about. */
  readonly seconds: number;
  readonly seed: number;
}

/** Kills workers of one lake for some seconds, lets it come to rest, and reads what it holds. */
export async function runKills(supervisor: Supervisor, { endpoint, seconds, seed }: KillOptions): Promise<KillResult> {
  const folder = supervisor.folder('kill');
  const proxy = await FaultProxy.start(endpoint);
  const client = new S3Client({
    endpoint,
    region: ENVIRONMENT.AWS_REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: ENVIRONMENT.AWS_ACCESS_KEY_ID, secretAccessKey: ENVIRONMENT.AWS_SECRET_ACCESS_KEY },
  });
  const store = new S3ObjectStore(client);
  const engine = await QueryEngine.open(folder);
  const reader = new LakeReader(store, engine, join(folder, 'copies'));
  try {
    const delivered = nothingDelivered();
    const work = noWork();
    const faults = noFaults();
    const queries = { count: 0, wrong: [] as string[] };
    proxy.spoil(randomFaults(seed + 1, faults));
    const asset = join(folder, 'asset');
    mkdirSync(asset);
    buildWorkers(asset);
    const end = Date.now() + seconds * 1000;
    // A slow machine takes longer to see every kind of fault.
    const last = end + 3_000 * seconds;
    const isOver = (): boolean =>
      Date.now() >= last || (Date.now() >= end && gapsOf({ delivered, work, faults, queries }).length === 0);
    const environment = { PATH: process.env.PATH, ...ENVIRONMENT, AWS_ENDPOINT_URL_S3: proxy.endpoint };
    await Promise.all([
      troubleWorkers({ supervisor, asset, environment, seed: seed + 2, work, isOver }),
      produce(store, BUCKETS.raw, seed + 3, delivered, isOver),
      askMeanwhile(reader, queries, isOver),
    ]);
    await comeToRest(client, store).catch((error: Error) =>
      work.wrong.push(`the lake does not come to rest: ${error.message}`),
    );
    const ids = new Map<string, Map<string, number>>();
    for (const dataset of DATASETS) {
      ids.set(
        dataset.name,
        await reader.idsOf(dataset).catch((error: Error) => {
          work.wrong.push(`the lake cannot be read: ${error.message}`);
          return new Map();
        }),
      );
    }
    const found = {
      ids,
      versions: await reader.versionsOf(CHANGED).catch(() => new Map<string, number>()),
      quarantined: await reader.quarantinedLines(),
      pending: await reader.keysOf(BUCKETS.raw),
      leftOver: await leftOver(reader),
    };
    return { delivered, work, faults, queries, found };
  } finally {
    engine.close();
    client.destroy();
    await proxy.close();
  }
}

/** A reader: whatever it meets, every listed file is there, and no row of the dataset without keys comes twice. */
async function askMeanwhile(reader: LakeReader, queries: KillResult['queries'], isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    try {
      const ids = await reader.idsOf(PLAIN);
      queries.count++;
      const twice = [...ids].find(([, count]) => count > 1);
      if (twice !== undefined) queries.wrong.push(`a query saw ${twice[0]} ${twice[1]} times`);
    } catch (error) {
      queries.wrong.push(`a query failed: ${(error as Error).message}`);
    }
    await sleep(500);
  }
}

/** The product's own tasks, undisturbed: what is pending, at a time when all of it is due; then merges and vacuums. */
async function comeToRest(client: S3Client, store: ObjectStore): Promise<void> {
  const sizes = readCompactor(ENVIRONMENT);
  const at = (millis: number): Lake => ({
    store,
    buckets: BUCKETS,
    now: () => new Date(Date.now() + millis),
    sleep: (wait) => sleep(wait),
  });
  for (const dataset of DATASETS) {
    const later = at(LATER);
    const converter = await createConverter(client, later, sizes);
    const budget = taskBudget(dataset, 1 << 30);
    for (const task of (await planCompaction(later, dataset, budget)).tasks) {
      await runTask(later, { dataset, partition: task.partition }, task, converter, sizes);
    }
    // Twice: the first replaces manifests, whose age is what a vacuum goes by.
    const muchLater = at(MUCH_LATER);
    for (let round = 0; round < 2; round++) {
      for (const task of await planMaintenance(muchLater, dataset)) {
        await runTask(muchLater, { dataset, partition: task.partition }, task, converter, sizes);
      }
    }
  }
}

async function leftOver(reader: LakeReader): Promise<string[]> {
  const listed = new Set<string>();
  for (const dataset of DATASETS) for (const file of await reader.listedFiles(dataset)) listed.add(file);
  const keys = await reader.keysOf(BUCKETS.curated);
  return keys.filter((key) => /^(?:data|records)\//.test(key) && !listed.has(key));
}
