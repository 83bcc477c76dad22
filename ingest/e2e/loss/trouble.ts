import { setTimeout as sleep } from 'node:timers/promises';
import type { Supervised, Supervisor } from '../../../e2e/tools/supervisor';
import type { RequestEvent, RequestHook } from '../../../packages/s3-loopback/src';
import { Dice } from '../../../test/support/dice';
import { drainGateway, type GatewayProcess } from '../gateway-process';
import { startRedis } from '../redis-server';

/** What was done to the lake while the clients were sending. */
export interface Harm {
  kills: number;
  drains: number;
  /** SIGTERMs after which the gateway did not exit with 0. */
  badDrains: number;
  refusedPuts: number;
  /** PUTs that S3 committed, and whose answer never came. */
  unseenPuts: number;
  outages: number;
  redisKills: number;
  redisPauses: number;
}

export const noHarm = (): Harm => ({
  kills: 0,
  drains: 0,
  badDrains: 0,
  refusedPuts: 0,
  unseenPuts: 0,
  outages: 0,
  redisKills: 0,
  redisPauses: 0,
});

/** Faults of the object store for PUTs into the raw zone; reads, and compaction's own work, are left alone. */
export function storeFaults(rawBucket: string, harm: Harm, seed: number, isOver: () => boolean): RequestHook {
  const dice = new Dice(seed);
  let awayUntil = 0;
  return async ({ phase, operation, bucket }: RequestEvent) => {
    if (isOver() || operation !== 'PutObject' || bucket !== rawBucket) return undefined;
    if (phase === 'before') {
      await sleep(20 + dice.below(100)); // as S3 takes; whoever is killed has a PUT under way then
      if (Date.now() >= awayUntil && dice.chance(0.003)) {
        awayUntil = Date.now() + 2_000 + dice.below(3_000); // sometimes longer than a PUT may take
        harm.outages += 1;
      }
      if (Date.now() >= awayUntil && !dice.chance(0.08)) return undefined;
      harm.refusedPuts += 1;
      return { status: 503, code: dice.chance(0.5) ? 'SlowDown' : 'ServiceUnavailable' };
    }
    if (!dice.chance(0.08)) return undefined;
    harm.unseenPuts += 1;
    if (dice.chance(0.3)) await sleep(1_500); // longer than an attempt may take
    return 'drop';
  };
}

/** Kills one gateway after the other, for good or politely, and starts it again at once. */
export async function troubleGateways(
  gateways: (GatewayProcess | undefined)[],
  start: (index: number) => Promise<GatewayProcess>,
  harm: Harm,
  seed: number,
  isOver: () => boolean,
): Promise<void> {
  const dice = new Dice(seed);
  for (let turn = 0; !isOver(); turn += 1) {
    await sleep(200 + dice.below(1_000));
    const index = dice.below(gateways.length);
    const gateway = gateways[index];
    if (gateway === undefined || isOver()) continue;
    if (turn % 2 === 0) {
      harm.kills += 1;
      await gateway.process.kill();
    } else {
      harm.drains += 1;
      if ((await drainGateway(gateway)) !== 0) harm.badDrains += 1;
    }
    gateways[index] = await start(index);
  }
}

/** Takes the shared store away, by killing it or by having it hang, and brings it back. */
export async function troubleRedis(
  supervisor: Supervisor,
  binary: string,
  port: number,
  harm: Harm,
  seed: number,
  isOver: () => boolean,
): Promise<void> {
  const dice = new Dice(seed);
  let server: Supervised = await startRedis(supervisor, binary, { port });
  for (let turn = 0; !isOver(); turn += 1) {
    await sleep(2_000 + dice.below(3_000));
    if (turn % 2 === 0) {
      harm.redisKills += 1;
      await server.kill();
      await sleep(500 + dice.below(2_500));
      server = await startRedis(supervisor, binary, { port });
    } else {
      harm.redisPauses += 1;
      process.kill(server.pid, 'SIGSTOP');
      await sleep(500 + dice.below(2_500));
      process.kill(server.pid, 'SIGCONT');
    }
  }
}
