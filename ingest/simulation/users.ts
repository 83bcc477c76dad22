import type { Parameters } from './parameters';

/** How many users have their event in which attempt: the index counts from 0. Parts of users are fine. */
export type Cohorts = number[];

// Plain loops: these run some hundred thousand times for an hour of a group.
export function sum(cohorts: Readonly<Cohorts>): number {
  let total = 0;
  for (let attempt = 0; attempt < cohorts.length; attempt += 1) total += cohorts[attempt] as number;
  return total;
}

export function addAll(to: Cohorts, from: Readonly<Cohorts>, share = 1): void {
  for (let attempt = 0; attempt < from.length; attempt += 1) {
    to[attempt] = (to[attempt] ?? 0) + (from[attempt] as number) * share;
  }
}

/** Takes out at most so many, the same share of each attempt. */
export function splitOff(from: Cohorts, most: number): Cohorts {
  const all = sum(from);
  const share = all <= most ? 1 : most / all;
  const out: Cohorts = [];
  for (let attempt = 0; attempt < from.length; attempt += 1) {
    const count = from[attempt] as number;
    out.push(count * share);
    from[attempt] = share === 1 ? 0 : count - count * share;
  }
  return out;
}

/**
 * Users who send one event, wait for its acknowledgement however often they must send it, think, and send the next. So an
 * overload slows them down, but the events that it delays all come back.
 */
export class Users {
  readonly #parameters: Parameters;
  /** Who sends again, by the second. */
  readonly #waiting = new Map<number, Cohorts>();
  #thinking = 0;
  /** Users whose event is not acknowledged yet, those at the gateways among them. */
  #busy = 0;
  /** Who leaves as soon as their event is settled. */
  #leaving = 0;
  produced = 0;
  acknowledged = 0;
  givenUp = 0;

  constructor(parameters: Parameters) {
    this.#parameters = parameters;
  }

  get count(): number {
    return this.#thinking + this.#busy - this.#leaving;
  }

  get unacknowledged(): number {
    return this.#busy;
  }

  /** Users come, or go once they have no event that is not acknowledged. */
  resize(count: number): void {
    const change = count - this.count;
    if (change >= 0) {
      const stay = Math.min(change, this.#leaving);
      this.#leaving -= stay;
      this.#thinking += change - stay;
    } else {
      const go = Math.min(-change, this.#thinking);
      this.#thinking -= go;
      this.#leaving += -change - go;
    }
  }

  /** Whose requests go out in this second. */
  send(now: number): Cohorts {
    const fresh = this.#thinking * (1 - Math.exp(-1 / this.#parameters.thinkSeconds));
    this.#thinking -= fresh;
    this.#busy += fresh;
    this.produced += fresh;
    const requests = this.#waiting.get(now) ?? [];
    this.#waiting.delete(now);
    requests[0] = (requests[0] ?? 0) + fresh;
    return requests;
  }

  acknowledge(stored: Readonly<Cohorts>): void {
    const count = sum(stored);
    this.acknowledged += count;
    this.#settle(count);
  }

  /** No acknowledgement: again after `Retry-After` and a random time, as the client does (full jitter). */
  retry(cohorts: Readonly<Cohorts>, now: number): void {
    const { attempts, retryAfterSeconds, backoffSeconds, longestBackoffSeconds } = this.#parameters;
    for (let attempt = 0; attempt < cohorts.length; attempt += 1) {
      const count = cohorts[attempt] as number;
      if (count === 0) continue;
      if (attempt + 1 >= attempts) {
        this.givenUp += count;
        this.#settle(count);
        continue;
      }
      const longest = Math.ceil(Math.min(longestBackoffSeconds, backoffSeconds * 2 ** attempt));
      for (let jitter = 0; jitter < longest; jitter += 1) {
        const due = now + Math.max(1, retryAfterSeconds) + jitter;
        const waiting = this.#waiting.get(due) ?? [];
        waiting[attempt + 1] = (waiting[attempt + 1] ?? 0) + count / longest;
        for (let i = 0; i <= attempt; i += 1) waiting[i] ??= 0;
        this.#waiting.set(due, waiting);
      }
    }
  }

  #settle(count: number): void {
    this.#busy -= count;
    const leave = Math.min(count, this.#leaving);
    this.#leaving -= leave;
    this.#thinking += count - leave;
  }
}
