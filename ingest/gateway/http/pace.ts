/** A body has so long to bring what the least rate asks for: pauses of a slow line are shorter. */
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

/** Gives up on bodies that come too slowly, and on answers that nobody takes: both hold memory. One timer for all. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #answerMs: number;
  readonly #bodies = new Set<Watched>();
  readonly #answers = new Set<Untaken>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param bytesPerSecond least rate of a body; 0 asks for none
   * @param answerSeconds time to take an answer
   */
  constructor({ bytesPerSecond, answerSeconds }: { bytesPerSecond: number; answerSeconds: number }) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#answerMs = answerSeconds * 1000;
  }

  /** @returns to be called when the body is there, or given up */
  body(received: () => number, giveUp: () => void): () => void {
    if (this.#bytesPerSecond === 0) return () => {};
    const watched = { received, giveUp, since: performance.now(), before: 0 };
    this.#bodies.add(watched);
    this.#start();
    return () => void this.#bodies.delete(watched);
  }

  /** @returns to be called when the answer has left */
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
