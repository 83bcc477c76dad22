import { deepStrictEqual as equal, ok } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { LOCAL_CREDENTIALS } from '../../../cli/lake';
import { freePort } from '../../../e2e/tools/ports';
import type { Report } from '../../../e2e/tools/report';
import type { Supervised, Supervisor } from '../../../e2e/tools/supervisor';
import { startS3Server } from '../../../packages/s3-loopback/src';
import { LOCAL_AUDIENCE, LOCAL_ISSUER, localIssuer } from '../../local/issuer';
import { type GatewayProcess, startGatewayProcess } from '../gateway-process';
import { startRedis } from '../redis-server';

export interface Store {
  readonly port: number;
  readonly server: Supervised;
  readonly redis: Redis;
}

const PER_SECOND = 200;
const BURST = 300;
/** Of every event: with another time it would be another event. */
const SENT_AT = Date.now();

/** Two gateways as processes of their own, one store, one S3 server that may be told to fail. */
export async function checkGateways(
  report: Report,
  supervisor: Supervisor,
  binary: string,
  store: Store,
): Promise<void> {
  let { server } = store;
  let putsFail = false;
  const s3 = await startS3Server({
    root: supervisor.folder('s3'),
    buckets: { raw: {} },
    onRequest: () => (putsFail ? { status: 503, code: 'SlowDown' } : undefined),
  });
  const issuer = await localIssuer(join(supervisor.folder('keys')));
  const tokens = new Map<string, string>();
  const tokenOf = async (subject: string): Promise<string> => {
    const token = tokens.get(subject) ?? (await issuer.token(subject, ['access_logs'], 1));
    tokens.set(subject, token);
    return token;
  };
  const start = async (): Promise<GatewayProcess> =>
    startGatewayProcess(supervisor, await freePort(), {
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      ...LOCAL_CREDENTIALS,
      RAW_BUCKET: 'raw',
      INGEST_JWKS: issuer.jwksFile,
      INGEST_JWT_ISSUER: LOCAL_ISSUER,
      INGEST_JWT_AUDIENCE: LOCAL_AUDIENCE,
      INGEST_REDIS_URL: `redis://127.0.0.1:${store.port}`,
      INGEST_REDIS_TIMEOUT_MS: '250',
      INGEST_NODES: '2',
      INGEST_RATE_PER_SECOND: String(PER_SECOND),
      INGEST_RATE_BURST: String(BURST),
      INGEST_MAX_EVENTS: '300',
      INGEST_LATENCY_CLASS: 'low',
      INGEST_PUT_SECONDS: '1',
      INGEST_EMF_SECONDS: '0',
    });
  const [a, b] = await Promise.all([start(), start()]);
  const post = async ({ url }: GatewayProcess, subject: string, ids: readonly string[], more: object = {}) => {
    const response = await fetch(`${url}/v1/datasets/access_logs/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await tokenOf(subject)}`, 'content-type': 'application/x-ndjson' },
      body: ids.map((event_id) => JSON.stringify({ event_id, event_time: SENT_AT, ...more })).join('\n'),
    });
    return {
      status: response.status,
      body: (await response.json()) as { stored: number; duplicates: number; conflicts: number },
    };
  };
  const metric = async ({ url }: GatewayProcess, name: string): Promise<number> =>
    Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
  /** Asks both gateways for single events for a time. @returns how many were taken */
  const hammer = async (
    subject: string,
    seconds: number,
  ): Promise<{ taken: number; asked: number; seconds: number }> => {
    const started = performance.now();
    let taken = 0;
    let asked = 0;
    const worker = async (gateway: GatewayProcess): Promise<void> => {
      while (performance.now() - started < seconds * 1000) {
        asked += 1;
        if ((await post(gateway, subject, [randomUUID()])).status === 200) taken += 1;
      }
    };
    await Promise.all([a, a, a, a, a, a, b, b, b, b, b, b].map(worker));
    return { taken, asked, seconds: (performance.now() - started) / 1000 };
  };

  await report.check('an event that one node has stored is a duplicate for the other', async () => {
    const ids = [randomUUID(), randomUUID()];
    const [first, second] = [await post(a, 'x', ids), await post(b, 'x', [...ids, randomUUID()])];
    equal([first.body.stored, second.body.stored, second.body.duplicates], [2, 1, 2]);
  });
  await report.check('another event under the id of one that the other node has stored is a conflict', async () => {
    const id = randomUUID();
    equal((await post(a, 'x', [id], { status: 200 })).body.stored, 1);
    const { status, body } = await post(b, 'x', [id], { status: 500 });
    equal([status, body.stored, body.duplicates, body.conflicts], [409, 0, 0, 1]);
    equal((await post(b, 'x', [id], { status: 200 })).body.duplicates, 1);
  });
  await report.check(
    'a node of the version before, which marks without content, shares its memory both ways',
    async () => {
      const [theirs, ours] = [randomUUID(), randomUUID()];
      const at = Date.now();
      const [year, month, day] = new Date(at).toISOString().slice(0, 10).split('-');
      const keyOf = (id: string): string => `ingest:event:access_logs/year=${year}/month=${month}/day=${day}/${id}`;
      await store.redis.set(keyOf(theirs), '', 'EX', 60);
      equal((await post(a, 'x', [theirs], { event_time: at })).body.duplicates, 1);
      equal((await post(a, 'x', [ours], { event_time: at })).body.stored, 1);
      equal(await store.redis.exists(keyOf(ours)), 1);
    },
  );
  await report.check('an event whose PUT failed was not marked: the other node stores it', async () => {
    const ids = [randomUUID()];
    putsFail = true;
    equal((await post(a, 'x', ids)).status, 503);
    putsFail = false;
    const { status, body } = await post(b, 'x', ids);
    equal([status, body.stored, body.duplicates], [200, 1, 0]);
  });
  await report.check('both nodes together keep the limit of a subject', async () => {
    const { taken, asked, seconds } = await hammer('y', 3);
    ok(taken <= BURST + PER_SECOND * seconds, `${taken} in ${seconds} s`);
    // A machine that is too slow to ask for so many cannot be given them.
    ok(taken >= 0.6 * Math.min(asked, BURST + PER_SECOND * seconds), `only ${taken} of ${asked} in ${seconds} s`);
    return `${taken} of at most ${Math.floor(BURST + PER_SECOND * seconds)}`;
  });
  for (const [how, leave] of [
    ['killed', () => server.kill()],
    ['hanging', async () => process.kill(server.pid, 'SIGSTOP')],
  ] as const) {
    await report.check(
      `with the store ${how}, requests go on, each node at its share, and health stays good`,
      async () => {
        await leave();
        await hammer(`before ${how}`, 0.5); // until the nodes have noticed
        const { taken, seconds } = await hammer(`while ${how}`, 2);
        ok(taken > 0 && taken <= PER_SECOND * seconds + 2, `${taken} in ${seconds} s`);
        for (const gateway of [a, b]) {
          equal(await metric(gateway, 'ingest_store_down'), 1);
          equal((await fetch(`${gateway.url}/readyz`)).status, 200);
          equal((await fetch(`${gateway.url}/healthz`)).status, 200);
        }
        return `${taken} events in ${seconds.toFixed(1)} s`;
      },
    );
    await report.check(`the store that was ${how} is used again when it is back`, async () => {
      if (how === 'killed') server = await startRedis(supervisor, binary, { port: store.port });
      else process.kill(server.pid, 'SIGCONT');
      for (let i = 0; i < 100; i += 1) {
        await Promise.all([a, b].map((gateway) => post(gateway, `again ${how}`, [randomUUID()])));
        if ((await metric(a, 'ingest_store_down')) === 0 && (await metric(b, 'ingest_store_down')) === 0) break;
        await sleep(100);
      }
      const ids = [randomUUID()];
      equal([(await post(a, 'z', ids)).body.stored, (await post(b, 'z', ids)).body.duplicates], [1, 1]);
    });
  }
  await Promise.all([a, b].map(({ process: gateway }) => gateway.kill()));
  await s3.close();
}
