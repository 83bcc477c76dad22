import { FairQueue } from './fair-queue';

/** Work in steps of a millisecond at most; what it returns is its result. */
export type Steps<T> = Generator<undefined, T>;

/** Longest time that work takes from the event loop before everything else gets its turn. */
const SLICE_MS = 4;
/** Longest time of one subject while others wait. */
const QUANTUM_MS = 1;
/** A subject that has taken less than so much of a second goes before those that have taken more. */
const LIGHT_MS = 50;
const WINDOW_MS = 1_000;
/** Of so many quanta, one is for the others all the same. */
const ROUNDS = 4;

interface Task {
  readonly steps: Steps<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Work shares the event loop: a slice for each turn of the loop, divided among the subjects that have work, so that health
 * checks and small requests go on beside the largest bodies. Whoever takes little goes first.
 */
export class Turns {
  readonly #light = new FairQueue<Task>();
  readonly #heavy = new FairQueue<Task>();
  readonly #now: () => number;
  /** Milliseconds of each subject in this window. */
  readonly #used = new Map<string, number>();
  #windowEnd = 0;
  #round = 0;
  #isScheduled = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether work waits for its turn. */
  get isBusy(): boolean {
    return this.#isScheduled;
  }

  run<T>(subject: string, steps: Steps<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queueOf(subject, this.#now()).push(subject, {
        steps,
        resolve: resolve as (result: unknown) => void,
        reject,
      });
      this.#schedule();
    });
  }

  /** Work of a fraction of a millisecond: at once, unless its subject has taken much already. */
  runSmall<T>(subject: string, steps: Steps<T>): T | Promise<T> {
    const before = this.#now();
    if (this.#queueOf(subject, before) === this.#heavy) return this.run(subject, steps);
    try {
      return atOnce(steps);
    } finally {
      this.#count(subject, this.#now() - before);
    }
  }

  #queueOf(subject: string, now: number): FairQueue<Task> {
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + WINDOW_MS;
      this.#used.clear();
    }
    return (this.#used.get(subject) ?? 0) < LIGHT_MS ? this.#light : this.#heavy;
  }

  #count(subject: string, milliseconds: number): void {
    this.#used.set(subject, (this.#used.get(subject) ?? 0) + milliseconds);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#slice();
      if (!this.#light.isEmpty || !this.#heavy.isEmpty) this.#schedule();
    });
  }

  #slice(): void {
    const end = this.#now() + SLICE_MS;
    for (let now = this.#now(); now < end; ) {
      const next = this.#next();
      if (next === undefined) return;
      const isDone = this.#advance(next.item, Math.min(end, now + QUANTUM_MS));
      const after = this.#now();
      this.#count(next.subject, after - now);
      now = after;
      if (!isDone) this.#queueOf(next.subject, now).putBack(next.subject, next.item);
    }
  }

  #next(): ReturnType<FairQueue<Task>['take']> {
    this.#round = (this.#round + 1) % ROUNDS;
    const [first, second] = this.#round === 0 ? [this.#heavy, this.#light] : [this.#light, this.#heavy];
    return first.take() ?? second.take();
  }

  #advance({ steps, resolve, reject }: Task, until: number): boolean {
    try {
      do {
        const step = steps.next();
        if (step.done === true) {
          resolve(step.value);
          return true;
        }
      } while (this.#now() < until);
      return false;
    } catch (error) {
      reject(error);
      return true;
    }
  }
}

/** All steps at once: for what is too small to wait for a turn. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
