import { FairQueue } from './fair-queue';

/** Work in steps of a millisecond at most; what it returns is its result. */
export type Steps<T> = Generator<undefined, T>;

/** Longest time that work takes from the event loop before everything else gets its turn. */
const SLICE_MS = 4;
/** Longest time of one subject while others wait; and of each slice, of all subjects together that have taken much. */
const QUANTUM_MS = 1;
/** A subject that uses less than this share of a second goes before those that use more. */
const LIGHT_MS = 50;
const WINDOW_MS = 1_000;
/** What a subject has taken is remembered up to so much: ten seconds without work, and it counts as one that takes little. */
const MOST_MS = 10 * LIGHT_MS;
/** One of this many quanta is for the others nevertheless. */
const ROUNDS = 4;

interface Task {
  readonly steps: Steps<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Work shares the event loop: a slice for each turn of the loop, divided among the subjects that have work, so that health
 * checks and small requests continue beside the largest bodies. Subjects that use little go first.
 */
export class Turns {
  readonly #light = new FairQueue<Task>();
  readonly #heavy = new FairQueue<Task>();
  readonly #now: () => number;
  /** Milliseconds that each subject has taken beyond what it may; of this window, all. */
  readonly #used = new Map<string, number>();
  #windowEnd = 0;
  #round = 0;
  #isScheduled = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether even subjects that take little wait for their turn. */
  get isBusy(): boolean {
    return !this.#light.isEmpty;
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
      this.#count(subject, before, this.#now());
    }
  }

  #queueOf(subject: string, now: number): FairQueue<Task> {
    this.#forgive(now);
    return (this.#used.get(subject) ?? 0) < LIGHT_MS ? this.#light : this.#heavy;
  }

  #count(subject: string, from: number, to: number): void {
    this.#forgive(to);
    this.#used.set(subject, Math.min(MOST_MS, (this.#used.get(subject) ?? 0) + to - from));
  }

  #forgive(now: number): void {
    if (now < this.#windowEnd) return;
    const windows = 1 + Math.floor((now - this.#windowEnd) / WINDOW_MS);
    this.#windowEnd += windows * WINDOW_MS;
    for (const [subject, used] of this.#used) {
      if (used > windows * LIGHT_MS) this.#used.set(subject, used - windows * LIGHT_MS);
      else this.#used.delete(subject);
    }
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
    const start = this.#now();
    const end = start + SLICE_MS;
    let heavyLeft = QUANTUM_MS;
    for (let now = start; now < end; ) {
      const next = this.#next(heavyLeft > 0);
      if (next === undefined) return;
      const { subject, item } = next;
      const isDone = this.#advance(item, Math.min(end, now + QUANTUM_MS));
      const after = this.#now();
      this.#count(subject, now, after);
      if (next.isHeavy) heavyLeft -= after - now;
      now = after;
      if (!isDone) this.#queueOf(subject, now).putBack(subject, item);
    }
  }

  #next(heavyToo: boolean): { readonly subject: string; readonly item: Task; readonly isHeavy: boolean } | undefined {
    this.#round = (this.#round + 1) % ROUNDS;
    const both = this.#round === 0 ? [this.#heavy, this.#light] : [this.#light, this.#heavy];
    for (const queue of heavyToo ? both : [this.#light]) {
      const next = queue.take();
      if (next !== undefined) return { ...next, isHeavy: queue === this.#heavy };
    }
    return undefined;
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

/** Runs all steps at once: for work that is too small to wait for a turn. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
