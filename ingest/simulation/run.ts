import { Group } from './group';
import { DEFAULTS, type Parameters } from './parameters';
import { type Cohorts, sum, Users } from './users';

export interface Scenario {
  readonly seconds: number;
  /** Users at a second. */
  readonly users: (second: number) => number;
  /** Second at which the first zone is lost. @default never */
  readonly zoneLostAt?: number;
  /** @default minNodes */
  readonly startNodes?: number;
  readonly parameters?: Partial<Parameters>;
}

/** What happened in one second. Rates are events a second. */
export interface Sample {
  readonly second: number;
  readonly users: number;
  readonly offered: number;
  readonly acknowledged: number;
  readonly shed: number;
  /** Nodes that get requests. */
  readonly nodes: number;
  readonly desired: number;
  /** Percent of all that get requests. */
  readonly cpu: number;
  /** Longest time that a health check may have taken, in seconds. */
  readonly healthDelay: number;
}

export interface Outcome {
  readonly samples: readonly Sample[];
  readonly produced: number;
  readonly acknowledged: number;
  readonly givenUp: number;
  /** Neither acknowledged nor given up when it ended. */
  readonly unacknowledged: number;
  readonly unhealthy: number;
  readonly changes: Group['changes'];
}

/** Runs a scenario. The same one gives the same outcome: nothing in it is left to chance. */
export function simulate({ seconds, users: countOf, zoneLostAt, startNodes, parameters: changed }: Scenario): Outcome {
  const parameters = { ...DEFAULTS, ...changed };
  const group = new Group(parameters, startNodes);
  const users = new Users(parameters);
  const samples: Sample[] = [];
  let minute = { cpu: 0, cpuSamples: 0, requests: 0 };
  /** When the group sees that nodes of the lost zone are gone: by their health checks. */
  const noticed = parameters.healthIntervalSeconds * parameters.unhealthyAfter;
  for (let now = 0; now < seconds; now += 1) {
    users.resize(countOf(now));
    if (now === zoneLostAt)
      for (const { queue, unread } of group.loseZone(0)) loseRequests(users, [queue, unread], now);
    const arrivals = users.send(now);
    const targets = group.targets(now);
    const share = arrivals.map((count) => count / targets.length);
    if (targets.length === 0) users.retry(arrivals, now);
    for (const node of targets) node.take(share, parameters);
    let [acknowledged, shed, cpu, healthDelay] = [0, 0, 0, 0];
    for (const node of group.nodes) {
      if (now < node.readyAt) continue;
      const done = node.work(parameters);
      users.acknowledge(done.stored);
      users.retry(done.shed, now);
      acknowledged += sum(done.stored);
      shed += sum(done.shed);
      healthDelay = Math.max(healthDelay, node.delay(parameters));
      if (node.gone !== undefined && now >= node.gone) {
        // SIGTERM: the gateway stores and answers what it holds, then it is gone.
        users.acknowledge(node.queue);
        users.retry(node.unread, now);
        acknowledged += sum(node.queue);
        group.nodes.delete(node);
      }
      if (node.isReady(now)) cpu += node.cpu;
      if (node.isWarm(now, parameters)) {
        minute.cpu += node.cpu;
        minute.cpuSamples += 1;
      }
    }
    const ready = group.ready(now).length;
    minute.requests += ready === 0 ? 0 : sum(arrivals) / ready;
    if (now % parameters.healthIntervalSeconds === parameters.healthIntervalSeconds - 1) {
      for (const { queue, unread } of group.checkHealth(now)) loseRequests(users, [queue, unread], now);
    }
    if (now % 60 === 59) {
      const average = minute.cpuSamples === 0 ? undefined : (100 * minute.cpu) / minute.cpuSamples;
      const warm = Math.round(minute.cpuSamples / 60);
      group.measure({ cpu: average, warm, requests: minute.requests, ready }, now);
      minute = { cpu: 0, cpuSamples: 0, requests: 0 };
    }
    const isUnseen = zoneLostAt !== undefined && now >= zoneLostAt && now < zoneLostAt + noticed;
    if (!isUnseen) group.adjust(now);
    samples.push({
      second: now,
      users: users.count,
      offered: sum(arrivals),
      acknowledged,
      shed,
      nodes: ready,
      desired: group.desired,
      cpu: ready === 0 ? 0 : (100 * cpu) / ready,
      healthDelay,
    });
  }
  const { produced, acknowledged, givenUp, unacknowledged } = users;
  return {
    samples,
    produced,
    acknowledged,
    givenUp,
    unacknowledged,
    unhealthy: group.unhealthy,
    changes: group.changes,
  };
}

/** Connections break without an answer: to the users the same as a 503. */
function loseRequests(users: Users, requests: readonly Cohorts[], now: number): void {
  for (const cohorts of requests) users.retry(cohorts, now);
}
