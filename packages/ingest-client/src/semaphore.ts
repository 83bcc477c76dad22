interface Waiter {
  /** Tries to enter; false if there is still no room. */
  readonly tryEnter: () => boolean;
  readonly refuse: (error: Error) => void;
}

/**
 * Room for so many bytes. Who finds none waits in line, so that a large event is not overtaken for ever by small ones.
 */
export class Semaphore {
  readonly #limit: number;
  readonly #onFull: () => void;
  #waiters: Waiter[] = [];
  #bytes = 0;
  #closed: Error | undefined;

  /** @param onFull called when somebody begins to wait: what lingers should go out now */
  constructor(limit: number, onFull: () => void) {
    this.#limit = limit;
    this.#onFull = onFull;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * @param measure makes what is to enter, when it is its turn
   * @param enter called at once when there is room
   */
  enter<T extends { readonly bytes: number }, R>(measure: () => T, enter: (thing: T) => R): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      let thing: T | undefined;
      const tryEnter = (): boolean => {
        try {
          thing ??= measure();
          // An empty room takes whatever comes: it would wait for ever otherwise.
          if (this.#bytes > 0 && this.#bytes + thing.bytes > this.#limit) return false;
          this.#bytes += thing.bytes;
          resolve(enter(thing));
        } catch (error) {
          reject(error);
        }
        return true;
      };
      if (this.#closed !== undefined) {
        reject(this.#closed);
        return;
      }
      if (this.#waiters.length === 0 && tryEnter()) return;
      this.#waiters.push({ tryEnter, refuse: reject });
      this.#onFull();
    });
  }

  leave(bytes: number): void {
    this.#bytes -= bytes;
    let entered = 0;
    while (this.#waiters[entered]?.tryEnter() === true) entered += 1;
    this.#waiters.splice(0, entered);
    // Those who are still in line wait for what came in just now, too.
    if (entered > 0 && this.#waiters.length > 0) this.#onFull();
  }

  /** Refuses those who wait and those who come. */
  close(error: Error): void {
    this.#closed ??= error;
    for (const { refuse } of this.#waiters.splice(0)) refuse(error);
  }
}
