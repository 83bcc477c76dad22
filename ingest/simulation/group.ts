import { GatewayNode } from './node';
import type { Parameters } from './parameters';

/** What CloudWatch has of a minute. */
export interface Minute {
  /** Percent, of the nodes that are warm; undefined when there is none. */
  readonly cpu: number | undefined;
  /** Nodes behind that average. */
  readonly warm: number;
  /** Per node that gets requests. */
  readonly requests: number;
  readonly ready: number;
}

/** AWS puts the alarm that shrinks a group at 90% of the target. */
const LOW = 0.9;

/**
 * The Auto Scaling group with two target-tracking policies, as AWS documents them: an alarm above the target for 3 minutes
 * of 3, one below 90% of it for 15 of 15; growth in proportion, by the policy that wants most; no shrinking unless both
 * agree, nor while a node warms up; nodes that warm up count as capacity, but not towards the average.
 */
export class Group {
  readonly #parameters: Parameters;
  readonly #minutes: Minute[] = [];
  readonly nodes = new Set<GatewayNode>();
  readonly deadZones = new Set<number>();
  desired: number;
  /** Nodes that failed their health checks and were replaced. */
  unhealthy = 0;
  readonly changes: { readonly at: number; readonly from: number; readonly to: number }[] = [];

  /** @param nodes at the beginning, all of them warm */
  constructor(parameters: Parameters, nodes = parameters.minNodes) {
    this.#parameters = parameters;
    this.desired = nodes;
    // Running for long.
    for (let i = 0; i < this.desired; i += 1) this.nodes.add(new GatewayNode(i % parameters.zones, -3_600));
  }

  ready(now: number): readonly GatewayNode[] {
    return [...this.nodes].filter((node) => node.isReady(now));
  }

  /** Where the load balancer sends requests: to all, when none is healthy. */
  targets(now: number): readonly GatewayNode[] {
    const ready = this.ready(now);
    const healthy = ready.filter(({ isHealthy }) => isHealthy);
    return healthy.length > 0 ? healthy : ready;
  }

  measure(minute: Minute, now: number): void {
    this.#minutes.push(minute);
    const { metricDelayMinutes, highMinutes, lowMinutes, minNodes, maxNodes } = this.#parameters;
    const known = this.#minutes.slice(0, this.#minutes.length - metricDelayMinutes);
    const latest = known.at(-1);
    // With the nodes that the figure was measured on: by now there may be more, and it would count them twice.
    const policies = [
      { load: known.map(({ cpu }) => (cpu ?? 0) / this.#parameters.targetCpu), nodes: latest?.warm ?? 0 },
      { load: known.map(({ requests }) => requests / this.#parameters.targetRequests), nodes: latest?.ready ?? 0 },
    ];
    const wanted = policies.map(({ load, nodes }) => {
      const last = load.at(-1) ?? 0;
      if (isFor(load, highMinutes, (value) => value > 1)) return Math.ceil(nodes * last);
      if (isFor(load, lowMinutes, (value) => value < LOW)) return Math.max(1, Math.ceil(nodes * last));
      return undefined;
    });
    const grow = Math.max(...wanted.map((count) => count ?? 0));
    const isWarming = this.nodes.size > 0 && [...this.nodes].some((node) => this.#isWarming(node, now));
    if (grow > this.desired) this.#set(Math.min(maxNodes, grow), now);
    else if (!isWarming && wanted.every((count) => count !== undefined && count < this.desired)) {
      // One at a time: AWS shrinks gradually, so that what is left does not have to grow again.
      this.#set(Math.max(minNodes, grow, this.desired - 1), now);
    }
  }

  /** Launches what is missing and drains what is too much. */
  adjust(now: number): void {
    const { launchSeconds, deregistrationSeconds } = this.#parameters;
    const kept = [...this.nodes].filter((node) => node.gone === undefined);
    for (let i = kept.length; i < this.desired; i += 1)
      this.nodes.add(new GatewayNode(this.#zone(), now + launchSeconds));
    for (let i = kept.length; i > this.desired; i -= 1) {
      const zone = this.#fullestZone(kept);
      const leaving = kept.splice(
        kept.findIndex((node) => node.zone === zone),
        1,
      );
      for (const node of leaving) node.gone = now + deregistrationSeconds;
    }
  }

  /** @returns nodes that failed, whose requests get no answer */
  checkHealth(now: number): readonly GatewayNode[] {
    const failed: GatewayNode[] = [];
    for (const node of this.ready(now)) {
      node.check(this.#parameters);
      if (node.isHealthy || now < node.readyAt + this.#parameters.healthGraceSeconds) continue;
      this.unhealthy += 1;
      this.nodes.delete(node);
      failed.push(node);
    }
    return failed;
  }

  /** Everything in a zone is gone at once. @returns its nodes */
  loseZone(zone: number): readonly GatewayNode[] {
    this.deadZones.add(zone);
    const lost = [...this.nodes].filter((node) => node.zone === zone);
    for (const node of lost) this.nodes.delete(node);
    return lost;
  }

  #isWarming(node: GatewayNode, now: number): boolean {
    return node.gone === undefined && !node.isWarm(now, this.#parameters);
  }

  #set(desired: number, now: number): void {
    if (desired === this.desired) return;
    this.changes.push({ at: now, from: this.desired, to: desired });
    this.desired = desired;
  }

  #zone(): number {
    const zones = Array.from({ length: this.#parameters.zones }, (_, zone) => zone).filter(
      (zone) => !this.deadZones.has(zone),
    );
    const count = (zone: number): number =>
      [...this.nodes].filter((node) => node.zone === zone && node.gone === undefined).length;
    return zones.sort((a, b) => count(a) - count(b))[0] ?? 0;
  }

  #fullestZone(nodes: readonly GatewayNode[]): number {
    const counts = new Map<number, number>();
    for (const { zone } of nodes) counts.set(zone, (counts.get(zone) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
  }
}

const isFor = (values: readonly number[], minutes: number, test: (value: number) => boolean): boolean =>
  values.length >= minutes && values.slice(-minutes).every(test);
