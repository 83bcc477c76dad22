/** The outcome of a batch: all of its events are in S3, or none is known to be. */
export type BatchOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** A waiting event: it waits for its own batch, or for the batch of an equal event. */
export interface Pending {
  readonly batch: Batch;
  readonly isRepeat: boolean;
  /** The batch holds, or held, another event under the same identity. Certain only when the batch has succeeded. */
  readonly isConflict: boolean;
}

/** Events of one partition that share one PUT, and the requests that wait for it. */
export class Batch {
  readonly settled: Promise<BatchOutcome>;
  /** Set once by the committer. */
  settle: (outcome: BatchOutcome) => void = () => {};
  /** Whether it waits for a free slot; it may still grow. */
  isDue = false;
  timer: NodeJS.Timeout | undefined;
  /** Identities that the shared store already knew, because another node stored them, and their content. */
  known: ReadonlyMap<string, string> | undefined;
  bytes = 0;
  /** For each event in order: the buffer, and start and end in it. */
  readonly #buffers: Buffer[] = [];
  readonly #ranges: number[] = [];
  readonly identities: (string | undefined)[] = [];
  /** For each event in order, the mark of its content. */
  readonly contents: string[] = [];
  /** The promise that every new event of the batch waits for. */
  readonly pending: Pending = { batch: this, isRepeat: false, isConflict: false };
  /** Positions by identity, made up to some event when an identity comes again. */
  readonly #positions = new Map<string, number>();
  #positioned = 0;

  constructor(
    /** `raw/<dataset>/<partition>/` */
    readonly prefix: string,
    readonly dataset: string,
  ) {
    this.settled = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  get events(): number {
    return this.identities.length;
  }

  append(bytes: Buffer, start: number, end: number, identity: string | undefined, content: string): void {
    this.#buffers.push(bytes);
    this.#ranges.push(start, end);
    this.identities.push(identity);
    this.contents.push(content);
    this.bytes += end - start;
  }

  /** The mark of the event with this identity in the batch. */
  contentOf(identity: string): string {
    for (; this.#positioned < this.events; this.#positioned += 1) {
      const own = this.identities[this.#positioned];
      if (own !== undefined) this.#positions.set(own, this.#positioned);
    }
    return this.contents[this.#positions.get(identity) as number] as string;
  }

  /** The lines as one text, without those whose identity is in `known`. Adjacent lines are copied at once. */
  text(): { readonly text: Buffer; readonly events: number } {
    const parts: Buffer[] = [];
    let events = 0;
    let run: Buffer | undefined;
    let from = 0;
    let to = 0;
    for (const [index, buffer] of this.#buffers.entries()) {
      const identity = this.identities[index];
      if (identity !== undefined && this.known?.has(identity) === true) continue;
      events += 1;
      const start = this.#ranges[2 * index] as number;
      const end = this.#ranges[2 * index + 1] as number;
      if (buffer === run && start === to) {
        to = end;
        continue;
      }
      if (run !== undefined) parts.push(run.subarray(from, to));
      run = buffer;
      from = start;
      to = end;
    }
    if (run !== undefined) parts.push(run.subarray(from, to));
    return { text: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts), events };
  }
}
