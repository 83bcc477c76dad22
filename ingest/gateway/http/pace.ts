/** Window over which the least rate is measured: pauses of a slow connection are shorter. */
const WINDOW_MS = 5_000;
const CHECK_MS = 1_000;

interface Watched {
  readonly received: () => number;
  readonly giveUp: () => void;
  since: number;
  before: number;
}

interface Untaken {
  readonly connection: { destroy(): void };
  readonly since: number;
}

/** Aborts bodies that arrive too slowly, and responses that are not read: both hold memory. One timer for all. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #answerMs: number;
  readonly #bodies = new Set<Watched>();
  readonly #answers = new Set<Untaken>();
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
    const watched = { received, giveUp, since: performance.now(), before: 0 };
    this.#bodies.add(watched);
    this.#start();
    return () => void this.#bodies.delete(watched);
  }

  /** @returns a function to call when the response was sent */
  answer(connection: Untaken['connection']): () => void {
    const untaken = { connection, since: performance.now() };
    this.#answers.add(untaken);
    this.#start();
    return () => void this.#answers.delete(untaken);
  }

  #start(): void {
    this.#timer ??= setInterval(() => this.#check(performance.now()), CHECK_MS).unref();
  }

  #check(now: number): void {
    for (const body of this.#bodies) {
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
    for (const untaken of this.#answers) {
      if (now - untaken.since < this.#answerMs) continue;
      this.#answers.delete(untaken);
      untaken.connection.destroy();
    }
    if (this.#bodies.size + this.#answers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
