import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compactLake } from '../../../cli/compact';
import { BUCKETS, LOCAL_CREDENTIALS, type LocalLake, openLake, STATE_FOLDER } from '../../../cli/lake';
import { freePort } from '../../../e2e/tools/ports';
import type { Supervisor } from '../../../e2e/tools/supervisor';
import { datasetByName } from '../../../test/fixtures/datasets';
import { LOCAL_AUDIENCE, LOCAL_ISSUER, localIssuer } from '../../local/issuer';
import { drainGateway, type GatewayProcess, startGatewayProcess } from '../gateway-process';
import { type Notes, newNotes, runClient } from './clients';
import { type Found, readLake } from './read';
import { type Harm, noHarm, storeFaults, troubleGateways, troubleRedis } from './trouble';

export interface LossOptions {
  readonly seconds: number;
  readonly clients: number;
  readonly gateways: number;
  readonly seed: number;
  /** Program of Redis or Valkey; without one the gateways share nothing. */
  readonly redis: string | undefined;
}

export interface LossResult {
  readonly notes: Notes;
  readonly harm: Harm;
  readonly found: Found;
  /** Compactions that ran while events came in. */
  readonly compactions: number;
}

/** Compaction runs under the load this often, so that events come late, into partitions that are committed already. */
const COMPACT_EVERY_MS = 5_000;
/** Time for the clients to have their last batches acknowledged, once the trouble is over. */
const GRACE_MS = 60_000;

/** Sends events through everything that may go wrong, then looks at what the lake holds. */
export async function runLoss(supervisor: Supervisor, options: LossOptions): Promise<LossResult> {
  const { seconds, clients, seed } = options;
  const harm = noHarm();
  const notes = newNotes();
  let end = Number.POSITIVE_INFINITY; // the time begins when the gateways are up
  const isOver = (): boolean => Date.now() >= end;
  const lake = await openLake(supervisor.folder('lake'), storeFaults(BUCKETS.raw, harm, seed, isOver));
  try {
    const redisPort = options.redis === undefined ? undefined : await freePort();
    const { start, urls, token } = await gatewayStarter(supervisor, lake, options.gateways, redisPort);
    const troubles: Promise<unknown>[] = [];
    if (options.redis !== undefined && redisPort !== undefined) {
      troubles.push(troubleRedis(supervisor, options.redis, redisPort, harm, seed + 1, isOver));
    }
    const gateways: GatewayProcess[] = await Promise.all(urls.map((_, index) => start(index)));
    end = Date.now() + seconds * 1000;
    troubles.push(troubleGateways(gateways, start, harm, seed + 2, isOver));
    const compacting = compactUnderLoad(lake, isOver);
    const sending = Array.from({ length: clients }, (_, index) =>
      runClient({
        name: `c${seed}-${index}`,
        seed: seed + 10 + index,
        urls,
        token,
        notes,
        isOver,
        giveUpAt: end + GRACE_MS,
      }),
    );
    await Promise.all([...sending, ...troubles]);
    for (const gateway of gateways) {
      harm.drains += 1;
      if ((await drainGateway(gateway)) !== 0) harm.badDrains += 1;
    }
    const compactions = await compacting;
    await compactLake(lake, datasetByName('access_logs'), { update() {}, done() {} });
    return { notes, harm, compactions, found: await readLake(lake, datasetByName('access_logs')) };
  } finally {
    await lake.close();
  }
}

async function gatewayStarter(supervisor: Supervisor, lake: LocalLake, count: number, redisPort: number | undefined) {
  const issuer = await localIssuer(join(lake.root, STATE_FOLDER));
  const token = await issuer.token('loss', ['access_logs'], 24);
  const ports: number[] = [];
  for (let index = 0; index < count; index += 1) ports.push(await freePort());
  const start = (index: number): Promise<GatewayProcess> =>
    startGatewayProcess(supervisor, ports[index] as number, {
      AWS_ENDPOINT_URL_S3: lake.endpoint,
      ...LOCAL_CREDENTIALS,
      RAW_BUCKET: BUCKETS.raw,
      INGEST_JWKS: issuer.jwksFile,
      INGEST_JWT_ISSUER: LOCAL_ISSUER,
      INGEST_JWT_AUDIENCE: LOCAL_AUDIENCE,
      INGEST_NODE_ID: `node-${index}`,
      INGEST_PUT_SECONDS: '3',
      INGEST_PUT_ATTEMPT_SECONDS: '1',
      INGEST_REQUEST_SECONDS: '20',
      INGEST_DRAIN_SECONDS: '20',
      INGEST_RATE_PER_SECOND: '100000',
      INGEST_RATE_BURST: '200000',
      INGEST_REDIS_TIMEOUT_MS: '200',
      INGEST_EMF_SECONDS: '0',
      ...(redisPort === undefined ? {} : { INGEST_REDIS_URL: `redis://127.0.0.1:${redisPort}` }),
    });
  return { start, token, urls: ports.map((port) => `http://127.0.0.1:${port}`) };
}

/** @returns how often it ran */
async function compactUnderLoad(lake: LocalLake, isOver: () => boolean): Promise<number> {
  let runs = 0;
  while (!isOver()) {
    await sleep(COMPACT_EVERY_MS);
    if (isOver()) break;
    await compactLake(lake, datasetByName('access_logs'), { update() {}, done() {} });
    runs += 1;
  }
  return runs;
}
