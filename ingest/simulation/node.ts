import type { Parameters } from './parameters';
import { addAll, type Cohorts, splitOff, sum } from './users';

/** One instance and its gateway, a second at a time. */
export class GatewayNode {
  /** Launched until then; then it gets requests. */
  readonly readyAt: number;
  readonly zone: number;
  /** When the load balancer has let go of it. */
  gone: number | undefined;
  /** Requests that were taken and wait for the processor, by attempt. */
  readonly queue: Cohorts = [];
  /** Requests whose 503 is not out yet. */
  readonly unread: Cohorts = [];
  isHealthy = true;
  cpu = 0;
  #failedChecks = 0;

  constructor(zone: number, readyAt: number) {
    this.zone = zone;
    this.readyAt = readyAt;
  }

  isReady(now: number): boolean {
    return now >= this.readyAt && this.gone === undefined;
  }

  isWarm(now: number, { warmupSeconds }: Parameters): boolean {
    return this.isReady(now) && now >= this.readyAt + warmupSeconds;
  }

  /** Seconds until a request that comes now is answered, if nothing overtakes: so long a health check may take. */
  delay({ eventMicros, shedMicros }: Parameters): number {
    return (sum(this.queue) * eventMicros + sum(this.unread) * shedMicros) / 1e6;
  }

  /** Takes what there is room for; the rest is answered 503. Nothing is acknowledged here. */
  take(arrivals: Cohorts, { bufferedRequests }: Parameters): void {
    const offered = sum(arrivals);
    if (offered === 0) return;
    const room = Math.max(0, bufferedRequests - sum(this.queue));
    const taken = Math.min(1, room / offered);
    addAll(this.queue, arrivals, taken);
    addAll(this.unread, arrivals, 1 - taken);
  }

  /** One second of its processor. @returns users who got an acknowledgement, and users who got a 503 */
  work({ idleCpu, eventMicros, shedMicros }: Parameters): { readonly stored: Cohorts; readonly shed: Cohorts } {
    const budget = 1 - idleCpu;
    const shed = splitOff(this.unread, budget / (shedMicros / 1e6));
    const left = budget - (sum(shed) * shedMicros) / 1e6;
    const stored = splitOff(this.queue, left / (eventMicros / 1e6));
    this.cpu = idleCpu + budget - left + (sum(stored) * eventMicros) / 1e6;
    return { stored, shed };
  }

  check(parameters: Parameters): void {
    const isGood = this.delay(parameters) <= parameters.healthTimeoutSeconds;
    this.#failedChecks = isGood ? 0 : this.#failedChecks + 1;
    if (this.#failedChecks >= parameters.unhealthyAfter) this.isHealthy = false;
  }
}
