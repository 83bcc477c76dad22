import type { KeyObject } from 'node:crypto';
import type { JWTHeaderParameters } from 'jose';
import type { JwtAlgorithm } from '../settings';
import { backoffMillis } from '../work/backoff';
import { fileOrigin, type KeyOrigin, urlOrigin } from './key-origin';
import { parseKeySet, type VerifyingKey } from './key-set';

/** The keys cannot be loaded, so that the token cannot be judged. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/** Milliseconds. */
export interface KeyTimes {
  /** Between two successful loads: this bounds how long a withdrawn key still verifies. */
  readonly refresh: number;
  /** How long loaded keys are used when they cannot be refreshed. */
  readonly longestUse: number;
  /** Between two loads for an unknown key id. */
  readonly cooldown: number;
  /** Before the second attempt after a failure; it doubles each time, up to `longestWait`. */
  readonly firstWait: number;
  readonly longestWait: number;
}

const COMMON = { longestUse: 24 * 3_600_000, firstWait: 250, longestWait: 60_000 };
export const URL_TIMES: KeyTimes = { ...COMMON, refresh: 300_000, cooldown: 30_000 };
/** Reading a file costs nothing. */
export const FILE_TIMES: KeyTimes = { ...COMMON, refresh: 10_000, longestWait: 10_000, cooldown: 10_000 };

/** Most keys with one key id that are tried: each costs a verification, for a token that anybody may have forged. */
const MAX_CANDIDATES = 4;

export interface KeyObserver {
  /** After the first failure in a row, and whenever the reason changes. */
  failing(reason: string, keys: number): void;
  /** After the first success, and the first one after failures. */
  loaded(keys: number): void;
  /** After each load. */
  attempted(ok: boolean): void;
}

export interface KeySourceOptions {
  readonly algorithms: readonly JwtAlgorithm[];
  readonly observer?: KeyObserver;
  /** @default by the kind of location */
  readonly times?: KeyTimes;
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
}

/** @param location URL or path of a JWK Set */
export function keySource(location: string, options: KeySourceOptions): KeySource {
  const isUrl = /^https?:\/\//.test(location);
  const origin = isUrl ? urlOrigin(location) : fileOrigin(location);
  return new KeySource(origin, { times: isUrl ? URL_TIMES : FILE_TIMES, ...options });
}

/**
 * The public keys that verify tokens. They are refreshed in the background, one load at a time. A load
 * that fails (no response, an error, HTML, a half-written file, an empty set) never replaces usable keys; those are
 * used for another `longestUse`. While there are keys, a request waits for a load only if its key id is unknown.
 */
export class KeySource {
  readonly #origin: KeyOrigin;
  readonly #options: KeySourceOptions & { readonly times: KeyTimes };
  readonly #now: () => number;
  #keys: readonly VerifyingKey[] = [];
  /** When the keys were last loaded; at first, the time of the start. */
  #confirmed: number;
  #attempted = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #reason = 'they were not loaded yet';
  /** Before this time, only the timer starts a load. */
  #quietUntil = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(origin: KeyOrigin, options: KeySourceOptions & { readonly times: KeyTimes }) {
    this.#origin = origin;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#confirmed = this.#now();
  }

  /** Seconds since the keys were last loaded, or since the start. */
  get ageSeconds(): number {
    return (this.#now() - this.#confirmed) / 1000;
  }

  /** Number of usable keys. */
  get size(): number {
    return this.#usable().length;
  }

  /** @throws KeysUnavailableError when there are no keys to verify with */
  async ready(): Promise<void> {
    if (this.#usable().length > 0) return;
    await this.#loadUnlessQuiet();
    if (this.#usable().length === 0) throw new KeysUnavailableError(`there are no keys: ${this.#reason}`);
  }

  /**
   * Keys that may have signed a token with this header; none when its key id is unknown.
   *
   * @throws KeysUnavailableError when there are no keys, or when a new key may exist that could not be loaded
   */
  async find({ kid, alg }: JWTHeaderParameters): Promise<readonly KeyObject[]> {
    await this.ready();
    let found = this.#matching(kid, alg);
    if (found.length > 0) return found;
    if (this.#now() - this.#attempted >= this.#options.times.cooldown) await this.#loadUnlessQuiet();
    found = this.#matching(kid, alg);
    if (found.length === 0 && this.#failures > 0) {
      throw new KeysUnavailableError(`the key of the token is not known, and keys cannot be loaded: ${this.#reason}`);
    }
    return found;
  }

  /** Stops loading. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #usable(): readonly VerifyingKey[] {
    return this.#now() - this.#confirmed <= this.#options.times.longestUse ? this.#keys : [];
  }

  #matching(kid: string | undefined, alg: string): readonly KeyObject[] {
    const fits = (key: VerifyingKey): boolean =>
      (kid === undefined || kid === key.kid) && key.algorithms.some((algorithm) => algorithm === alg);
    return this.#usable()
      .filter(fits)
      .slice(0, MAX_CANDIDATES)
      .map(({ key }) => key);
  }

  async #loadUnlessQuiet(): Promise<void> {
    if (this.#loading !== undefined || this.#now() >= this.#quietUntil) await this.#load();
  }

  #load(): Promise<void> {
    this.#loading ??= this.#attempt().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /** Never rejects. */
  async #attempt(): Promise<void> {
    const { observer, algorithms, times } = this.#options;
    clearTimeout(this.#timer);
    this.#attempted = this.#now();
    let wait = times.refresh;
    try {
      this.#keys = parseKeySet(await this.#origin.load(), algorithms);
      this.#confirmed = this.#now();
      if (this.#failures > 0 || this.#reason !== '') observer?.loaded(this.#keys.length);
      this.#failures = 0;
      this.#reason = '';
      this.#quietUntil = Number.NEGATIVE_INFINITY;
      observer?.attempted(true);
    } catch (error) {
      wait = backoffMillis(times.firstWait, times.longestWait, this.#failures);
      this.#failures += 1;
      this.#quietUntil = this.#now() + wait;
      const reason = messageOf(error);
      if (this.#failures === 1 || reason !== this.#reason) observer?.failing(reason, this.#usable().length);
      this.#reason = reason;
      observer?.attempted(false);
    }
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#load(), wait);
    // The timer does not keep the process alive.
    this.#timer.unref();
  }
}

/** `fetch` hides the reason in the cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
