import type { CircuitBreaker } from './breaker';
import { ADMITTED, type Admission, LocalBucket } from './local-bucket';
import type { TokenStore } from './store-bucket';

export interface LimiterOptions {
  readonly perSecond: number;
  readonly burst: number;
  /** Processes that share the limit; while the store is down each uses its share, but at most half. */
  readonly nodes: number;
  /** Undefined: this process limits on its own. */
  readonly store: TokenStore | undefined;
  /** Guards the store. */
  readonly breaker: CircuitBreaker;
  readonly now?: () => number;
}

/** Most seconds of the rate in a lease, and how long it may be spent: this bounds a burst after a burst. */
const LEASE_SECONDS = 0.1;
const LEASE_MS = 1_000;
/** Leases of at most this share of the burst, over all nodes together, may be kept longer: for subjects that send rarely. */
const SMALL_LEASES = 0.01;
const SMALL_LEASE_MS = 30_000;
/** Most subjects that are remembered. One that is forgotten loses its lease, and gains nothing. */
const SUBJECTS = 20_000;

interface Waiter {
  readonly cost: number;
  readonly paid: number;
  readonly resolve: (admission: Admission) => void;
}

interface Subject {
  /** Tokens granted by the store that this process may spend without asking. */
  leased: number;
  leasedUntil: number;
  leaseSize: number;
  /** Until then the store would refuse even one token. */
  refusedUntil: number;
  isAsking: boolean;
  waiting: Waiter[];
  /** Takes over while the store is down, or when there is none. */
  local: LocalBucket | undefined;
  /** When the local bucket was last used instead of the store. */
  localPeriod: number;
}

/**
 * Token bucket of each subject. The store decides; this process takes leases of a few tokens, so that most checks need
 * no round trip. What all processes together admit never exceeds burst + rate x time.
 */
export class RateLimiter {
  readonly #options: LimiterOptions;
  readonly #now: () => number;
  readonly #subjects = new Map<string, Subject>();
  readonly #leaseLimit: number;
  readonly #smallLease: number;
  /** Counts the times that the store went down. */
  #downPeriod = 0;
  #wasDown = false;

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#leaseLimit = Math.max(1, Math.floor(Math.min(options.perSecond * LEASE_SECONDS, options.burst / 2)));
    const share = Math.floor((options.burst * SMALL_LEASES) / options.nodes);
    this.#smallLease = Math.max(1, Math.min(this.#leaseLimit, share));
  }

  /** Whether it is already known that not even one event would be admitted: checked before a body is read. */
  refused(name: string): Admission {
    const left = (this.#subjects.get(name)?.refusedUntil ?? 0) - this.#now();
    return left > 0 ? { ok: false, retryAfterMs: Math.ceil(left) } : ADMITTED;
  }

  /**
   * Takes `cost` tokens of a subject, all or none. Never throws; answers at once where it can.
   *
   * @param paid tokens that the same request has already taken. They are spent, so a retry needs both: a refused
   *   caller is told to wait for both.
   */
  take(name: string, cost: number, paid = 0): Admission | Promise<Admission> {
    const subject = this.#subject(name);
    const { store } = this.#options;
    if (store === undefined) return this.#takeAlone(subject, cost, paid);
    if (subject.waiting.length === 0 && this.#spend(subject, cost)) return ADMITTED;
    return new Promise((resolve) => {
      subject.waiting.push({ cost, paid, resolve });
      if (!subject.isAsking) void this.#ask(name, subject, store);
    });
  }

  #spend(subject: Subject, cost: number): boolean {
    if (subject.leased < cost || this.#now() >= subject.leasedUntil) return false;
    subject.leased -= cost;
    return true;
  }

  async #ask(name: string, subject: Subject, store: TokenStore): Promise<void> {
    subject.isAsking = true;
    for (let first = subject.waiting[0]; first !== undefined; first = subject.waiting[0]) {
      const now = this.#now();
      // A lease that is used up early should have been larger; one that ran out unused, smaller.
      if (now >= subject.leasedUntil) {
        subject.leased = 0;
        subject.leaseSize = this.#smallLease;
      } else {
        subject.leaseSize = Math.min(this.#leaseLimit, subject.leaseSize * 2);
      }
      const left = subject.leased;
      const need = Math.max(1, first.cost - left);
      const waiting = subject.waiting.reduce((sum, { cost }) => sum + cost, 0) - left;
      const want = Math.max(need, Math.min(this.#options.burst, waiting), subject.leaseSize);
      try {
        const grant = await this.#options.breaker.call(() => store.grant(name, need, want));
        this.#wasDown = false;
        if (grant.tokens === 0) {
          this.#refuse(subject, grant.retryAfterMs);
        } else {
          subject.leased = (this.#now() < subject.leasedUntil ? subject.leased : 0) + grant.tokens;
          subject.leasedUntil = this.#now() + (subject.leased <= this.#smallLease ? SMALL_LEASE_MS : LEASE_MS);
          subject.refusedUntil = 0;
          this.#serve(subject);
        }
      } catch {
        this.#fallBack(subject);
      }
    }
    subject.isAsking = false;
  }

  /** Serves waiting calls in order, as far as the lease lasts. */
  #serve(subject: Subject): void {
    while (subject.waiting.length > 0) {
      const [next] = subject.waiting;
      if (next === undefined || !this.#spend(subject, next.cost)) return;
      subject.waiting.shift();
      next.resolve(ADMITTED);
    }
  }

  /** The first call has to retry. The others ask the store themselves, unless even a single token was refused. */
  #refuse(subject: Subject, retryAfterMs: number): void {
    const [first] = subject.waiting;
    const refused = first !== undefined && first.cost - subject.leased > 1 ? subject.waiting.splice(0, 1) : [];
    if (refused.length === 0) {
      refused.push(...subject.waiting.splice(0));
      subject.refusedUntil = this.#now() + retryAfterMs;
    }
    for (const { paid, resolve } of refused) {
      const again = Math.ceil((paid / this.#options.perSecond) * 1000);
      resolve({ ok: false, retryAfterMs: Math.max(1, retryAfterMs) + again });
    }
  }

  #fallBack(subject: Subject): void {
    const now = this.#now();
    if (!this.#wasDown) {
      this.#wasDown = true;
      this.#downPeriod += 1;
    }
    const share = Math.max(2, this.#options.nodes);
    // Empty at first: what the store has admitted so far is unknown here. So its capacity may be the whole burst.
    subject.local ??= new LocalBucket(this.#options.perSecond / share, this.#options.burst, now, 0);
    if (subject.localPeriod !== this.#downPeriod) subject.local.resume(now);
    subject.localPeriod = this.#downPeriod;
    for (const { cost, paid, resolve } of subject.waiting.splice(0)) resolve(subject.local.take(cost, now, paid));
  }

  #takeAlone(subject: Subject, cost: number, paid: number): Admission {
    const now = this.#now();
    subject.local ??= new LocalBucket(this.#options.perSecond, this.#options.burst, now);
    const admission = subject.local.take(cost, now, paid);
    subject.refusedUntil = !admission.ok && cost + paid === 1 ? now + admission.retryAfterMs : 0;
    return admission;
  }

  #subject(name: string): Subject {
    const known = this.#subjects.get(name);
    if (known !== undefined) return known;
    if (this.#subjects.size >= SUBJECTS) this.#forget();
    const subject: Subject = {
      leased: 0,
      leasedUntil: 0,
      leaseSize: 1,
      refusedUntil: 0,
      isAsking: false,
      waiting: [],
      local: undefined,
      localPeriod: 0,
    };
    this.#subjects.set(name, subject);
    return subject;
  }

  /** Drops the older half, in the order of arrival. Without a store, a forgotten subject begins with a full bucket. */
  #forget(): void {
    let left = Math.floor(this.#subjects.size / 2);
    for (const [name, subject] of this.#subjects) {
      if (left === 0) return;
      if (subject.isAsking) continue;
      this.#subjects.delete(name);
      left -= 1;
    }
  }
}
