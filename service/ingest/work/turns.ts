import { FairQueue } from './fair-queue';

/** Work in steps of a millisecond at most; what it returns is its result. */
export type Steps<T> = Generator<undefined, T>;

/** Longest time that work takes from the event loop before everything else gets its turn. */
const SLICE_MS = 8;
/** Longest time of one subject while others wait. */
const QUANTUM_MS = 2;

interface Task {
  readonly steps: Steps<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Long work shares the event loop: a slice for each turn of the loop, divided among the subjects that have work, so that
 * health checks and small requests go on beside the largest bodies.
 */
export class Turns {
  readonly #tasks = new FairQueue<Task>();
  readonly #now: () => number;
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
      this.#tasks.push(subject, { steps, resolve: resolve as (result: unknown) => void, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#slice();
      if (!this.#tasks.isEmpty) this.#schedule();
    });
  }

  #slice(): void {
    const end = this.#now() + SLICE_MS;
    for (let now = this.#now(); now < end; now = this.#now()) {
      const next = this.#tasks.take();
      if (next === undefined) return;
      const isDone = this.#advance(next.item, Math.min(end, now + QUANTUM_MS));
      if (!isDone) this.#tasks.putBack(next.subject, next.item);
    }
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
