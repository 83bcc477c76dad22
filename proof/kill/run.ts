import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { createConverter, runTask } from '../../lambda/compaction/compactor';
import { taskBudget } from '../../lambda/compaction/planning/pending';
import { emptySummary, planCompaction } from '../../lambda/compaction/planning/plan-compaction';
import { planMaintenance } from '../../lambda/compaction/planning/plan-maintenance';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import type { ObjectStore } from '../../lambda/compaction/store/object-store';
import { S3ObjectStore } from '../../lambda/compaction/store/s3-object-store';
import { startS3Server } from '../../local/s3';
import { QueryEngine } from '../../local/tables/engine';
import { FaultProxy } from '../../test/compaction/store/fault-proxy';
import type { Supervisor } from '../tools/supervisor';
import { DATASETS, PLAIN } from './datasets';
import { type FaultCounts, noFaults, randomFaults } from './faults';
import { type Delivered, nothingDelivered, produce } from './producer';
import { BUCKETS, idsOf, keysOf, listedFiles, quarantinedLines } from './read';
import { buildWorkers, noWork, troubleWorkers, type Work } from './workers';

/** What the lake holds in the end. */
export interface Found {
  /** How often each id is visible, by dataset. */
  readonly ids: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly quarantined: readonly string[];
  readonly pending: readonly string[];
  /** Objects of the curated zone that nothing refers to, after a vacuum. */
  readonly leftOver: readonly string[];
}

export interface KillResult {
  readonly delivered: Delivered;
  readonly work: Work;
  readonly faults: FaultCounts;
  /** Queries meanwhile, and what was wrong with their answers. */
  readonly queries: { count: number; wrong: string[] };
  readonly found: Found;
}

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

/** Kills workers of one lake for some seconds, lets it come to rest, and reads what it holds. */
export async function runKills(supervisor: Supervisor, seconds: number, seed: number): Promise<KillResult> {
  const folder = supervisor.folder('kill');
  const root = join(folder, 's3');
  const server = await startS3Server({ root, buckets: { raw: { versioned: true }, curated: {}, quarantine: {} } });
  const proxy = await FaultProxy.start(server.endpoint);
  const client = new S3Client({
    endpoint: server.endpoint,
    region: ENVIRONMENT.AWS_REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: 'proof', secretAccessKey: 'proof' },
  });
  const store = new S3ObjectStore(client);
  const engine = await QueryEngine.open(folder);
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
    const isOver = (): boolean => Date.now() >= end;
    const environment = { PATH: process.env.PATH, ...ENVIRONMENT, AWS_ENDPOINT_URL_S3: proxy.endpoint };
    await Promise.all([
      troubleWorkers({ supervisor, asset, environment, seed: seed + 2, work, isOver }),
      produce(store, BUCKETS.raw, seed + 3, delivered, isOver),
      askMeanwhile(store, root, engine, queries, isOver),
    ]);
    await comeToRest(client, store).catch((error: Error) =>
      work.wrong.push(`the lake does not come to rest: ${error.message}`),
    );
    const ids = new Map<string, Map<string, number>>();
    for (const dataset of DATASETS) {
      ids.set(dataset.name, await idsOf(engine, (await listedFiles(store, root, dataset)).filter(existsSync)));
    }
    const found = {
      ids,
      quarantined: await quarantinedLines(store, root),
      pending: await keysOf(store, BUCKETS.raw),
      leftOver: await leftOver(store, root),
    };
    return { delivered, work, faults, queries, found };
  } finally {
    engine.close();
    client.destroy();
    await proxy.close();
    await server.close();
  }
}

/** A reader: whatever it meets, every listed file is there, and no row of the dataset without keys comes twice. */
async function askMeanwhile(
  store: ObjectStore,
  root: string,
  engine: QueryEngine,
  queries: KillResult['queries'],
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    try {
      const ids = await idsOf(engine, await listedFiles(store, root, PLAIN));
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
  Object.assign(process.env, ENVIRONMENT);
  const at = (millis: number): Lake => ({
    store,
    buckets: BUCKETS,
    now: () => new Date(Date.now() + millis),
    sleep: (wait) => sleep(wait),
  });
  for (const dataset of DATASETS) {
    const later = at(LATER);
    const converter = await createConverter(client, later, {});
    const budget = taskBudget(dataset, 1 << 30);
    for await (const task of planCompaction(later, dataset, budget, emptySummary())) {
      await runTask(later, { dataset, partition: task.partition }, task, converter);
    }
    // Twice: the first replaces manifests, whose age is what a vacuum goes by.
    const muchLater = at(MUCH_LATER);
    for (let round = 0; round < 2; round++) {
      for await (const task of planMaintenance(muchLater, dataset)) {
        await runTask(muchLater, { dataset, partition: task.partition }, task, converter);
      }
    }
  }
}

async function leftOver(store: ObjectStore, root: string): Promise<string[]> {
  const listed = new Set<string>();
  for (const dataset of DATASETS) for (const file of await listedFiles(store, root, dataset)) listed.add(file);
  const keys = await keysOf(store, BUCKETS.curated);
  return keys.filter((key) => /^(?:data|records)\//.test(key) && !listed.has(join(root, BUCKETS.curated, key)));
}
