/** Consecutive failures that open the breaker, and how long it stays open before one call may try again. */
const FAILURES = 3;
const OPEN_MS = 1_000;

/** The store does not answer, or is not asked because it did not answer before. */
export class StoreDownError extends Error {
  override readonly name = 'StoreDownError';
}

/**
 * Calls a store that may be down: no call waits longer than the timeout, and after some consecutive failures only
 * one call a second tries the store.
 */
export class CircuitBreaker {
  readonly #timeoutMs: number;
  readonly #onChange: (isOpen: boolean, reason: string) => void;
  readonly #now: () => number;
  #failures = 0;
  #openUntil = 0;
  #isOpen = false;
  #isTrying = false;

  constructor(
    timeoutMs: number,
    onChange: (isOpen: boolean, reason: string) => void = () => {},
    now: () => number = () => performance.now(),
  ) {
    this.#timeoutMs = timeoutMs;
    this.#onChange = onChange;
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @throws StoreDownError */
  async call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isOpen) {
      if (this.#isTrying || this.#now() < this.#openUntil) throw new StoreDownError('the breaker is open');
      this.#isTrying = true;
    }
    try {
      const result = await withTimeout(work(), this.#timeoutMs);
      this.#failures = 0;
      if (this.#isOpen) {
        this.#isOpen = false;
        this.#onChange(false, 'the store answers again');
      }
      return result;
    } catch (error) {
      this.#failures += 1;
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#isOpen || this.#failures >= FAILURES) {
        this.#openUntil = this.#now() + OPEN_MS;
        if (!this.#isOpen) {
          this.#isOpen = true;
          this.#onChange(true, reason);
        }
      }
      throw new StoreDownError(reason);
    } finally {
      this.#isTrying = false;
    }
  }
}

/**
 * After a pause of this process, timers fire before input is read: a response that has arrived in time is read first, or a busy
 * moment would look like a dead store.
 */
function withTimeout<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const expire = (): void => reject(new StoreDownError(`no answer within ${milliseconds} ms`));
    const timer = setTimeout(() => setImmediate(expire), milliseconds);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
