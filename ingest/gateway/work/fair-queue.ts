/** Waiting items, taken from one subject after another: a subject with many items delays only itself. */
export class FairQueue<T> {
  readonly #lines = new Map<string, T[]>();

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  push(subject: string, item: T): void {
    const line = this.#lines.get(subject);
    if (line === undefined) this.#lines.set(subject, [item]);
    else line.push(item);
  }

  /** Puts an item back in front of the others of its subject. */
  putBack(subject: string, item: T): void {
    const line = this.#lines.get(subject);
    if (line === undefined) this.#lines.set(subject, [item]);
    else line.unshift(item);
  }

  /** The next item of the subject whose turn it is. */
  take(): { readonly subject: string; readonly item: T } | undefined {
    for (const [subject, line] of this.#lines) {
      this.#lines.delete(subject);
      const item = line.shift() as T;
      if (line.length > 0) this.#lines.set(subject, line);
      return { subject, item };
    }
    return undefined;
  }
}
