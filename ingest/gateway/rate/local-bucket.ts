/** Either the tokens, or the milliseconds after which a retry is worthwhile. */
export type Admission = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };

export const ADMITTED: Admission = { ok: true };

/** A token bucket in this process. */
export class LocalBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** @param tokens what it holds at first. @default full */
  constructor(perSecond: number, burst: number, now: number, tokens = burst) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = tokens;
    this.#at = now;
  }

  /** @param paid tokens that the same request has already taken, and will take again when it is retried */
  take(cost: number, now: number, paid = 0): Admission {
    if (now > this.#at) {
      this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
      this.#at = now;
    }
    if (this.#tokens >= cost) {
      this.#tokens -= cost;
      return ADMITTED;
    }
    return { ok: false, retryAfterMs: Math.ceil(((cost + paid - this.#tokens) / this.#perSecond) * 1000) };
  }

  /** Forgets the time since the last call: it does not fill the bucket. */
  resume(now: number): void {
    this.#at = now;
  }
}
