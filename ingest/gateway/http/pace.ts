/** Window over which the least rate is measured: pauses of a slow connection are shorter. */
const WINDOW_MS = 5_000;
const CHECK_MS = 1_000;

interface Watched {
  /** Its place in the list. */
  at: number;
  readonly received: () => number;
  readonly giveUp: () => void;
  since: number;
  before: number;
}

interface Untaken {
  at: number;
  readonly connection: { destroy(): void };
  readonly since: number;
}

/**
 * A set of items that know their place. A `Set` would do the same; but in V8, each table that it outgrows keeps its items
 * and the next table, so that once one of them is old, everything that was ever in the set lives until the next full
 * garbage collection.
 */
class Slots<T extends { at: number }> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Those of now, whatever is deleted meanwhile. */
  all(): readonly T[] {
    return this.#items.slice();
  }

  add(item: T): void {
    item.at = this.#items.length;
    this.#items.push(item);
  }

  /** A second call does nothing. */
  delete(item: T): void {
    if (item.at < 0) return;
    const last = this.#items.pop() as T;
    if (last !== item) {
      this.#items[item.at] = last;
      last.at = item.at;
    }
    item.at = -1;
  }
}

/** Aborts bodies that arrive too slowly, and responses that are not read: both hold memory. One timer for all. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #answerMs: number;
  readonly #bodies = new Slots<Watched>();
  readonly #answers = new Slots<Untaken>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param bytesPerSecond least rate of a body; 0 for none
   * @param answerSeconds time to read a response
   */
  constructor({ bytesPerSecond, answerSeconds }: { bytesPerSecond: number; answerSeconds: number }) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#answerMs = answerSeconds * 1000;
  }

  /** @returns a function to call when the body has arrived or was aborted */
  body(received: () => number, giveUp: () => void): () => void {
    if (this.#bytesPerSecond === 0) return () => {};
    const watched = { at: -1, received, giveUp, since: performance.now(), before: 0 };
    this.#bodies.add(watched);
    this.#start();
    return () => this.#bodies.delete(watched);
  }

  /** @returns a function to call when the response was sent */
  answer(connection: Untaken['connection']): () => void {
    const untaken = { at: -1, connection, since: performance.now() };
    this.#answers.add(untaken);
    this.#start();
    return () => this.#answers.delete(untaken);
  }

  #start(): void {
    this.#timer ??= setInterval(() => this.#check(performance.now()), CHECK_MS).unref();
  }

  #check(now: number): void {
    for (const body of this.#bodies.all()) {
      if (now - body.since < WINDOW_MS) continue;
      const received = body.received();
      if (received - body.before < (this.#bytesPerSecond * (now - body.since)) / 1000) {
        this.#bodies.delete(body);
        body.giveUp();
      } else {
        body.since = now;
        body.before = received;
      }
    }
    for (const untaken of this.#answers.all()) {
      if (now - untaken.since < this.#answerMs) continue;
      this.#answers.delete(untaken);
      untaken.connection.destroy();
    }
    if (this.#bodies.size + this.#answers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
