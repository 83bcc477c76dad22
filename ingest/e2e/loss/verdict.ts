import type { LossResult } from './run';

const SHOWN = 5;

/** What is wrong with a run, in words; nothing when no acknowledged event is lost and none is there twice. */
export function problemsOf({ notes, harm, found }: LossResult): readonly string[] {
  const problems: string[] = [];
  const report = (ids: readonly string[], what: string): void => {
    if (ids.length > 0) problems.push(`${ids.length} ${what}, for example ${ids.slice(0, SHOWN).join(', ')}`);
  };
  const acknowledged = [...notes.acknowledged];
  report(
    acknowledged.filter((id) => !found.raw.has(id)),
    'acknowledged events never came into the raw zone',
  );
  report(
    acknowledged.filter((id) => !found.curated.has(id)),
    'acknowledged events are not in the curated zone',
  );
  report(
    [...found.curated].filter(([, copies]) => copies !== 1).map(([id]) => id),
    'events are in the curated zone more than once',
  );
  report(
    [...found.raw.keys()].filter((id) => !found.curated.has(id)),
    'events of the raw zone are not in the curated zone',
  );
  report(
    [...found.curated.keys()].filter((id) => !notes.sent.has(id)),
    'events of the curated zone were never sent',
  );
  if (found.quarantined > 0) problems.push(`${found.quarantined} lines or objects are in quarantine`);
  if (found.pending > 0) problems.push(`${found.pending} raw objects were left over by compaction`);
  if (harm.badDrains > 0) problems.push(`${harm.badDrains} of ${harm.drains} gateways did not drain in time`);
  return problems;
}

/** What must have happened for a run to mean anything. */
export function gapsOf({ notes, harm, found, compactions }: LossResult, withRedis: boolean): readonly string[] {
  const copies = [...found.raw.values()].reduce((sum, count) => sum + count - 1, 0);
  const needed: Record<string, number> = {
    'acknowledged events': notes.acknowledged.size,
    'events in the curated zone': found.curated.size,
    'batches sent again': notes.counts.retries,
    'gateways killed': harm.kills,
    'gateways drained': harm.drains,
    'PUTs refused': harm.refusedPuts,
    'PUTs that succeeded unseen': harm.unseenPuts,
    'events that the raw zone holds more than once': copies,
    'compactions under load': compactions,
    ...(withRedis ? { 'losses of Redis': harm.redisKills, 'pauses of Redis': harm.redisPauses } : {}),
  };
  return Object.entries(needed).flatMap(([what, count]) => (count > 0 ? [] : [`no ${what}: the run shows nothing`]));
}
