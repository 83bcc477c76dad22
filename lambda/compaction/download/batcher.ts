/** Gathers what is added in one turn of the event loop, and sends it at once: a thread message costs more than its content. */
export class Batcher<T> {
  #items: T[] = [];
  readonly #send: (items: readonly T[]) => void;

  constructor(send: (items: readonly T[]) => void) {
    this.#send = send;
  }

  add(item: T): void {
    if (this.#items.length === 0) setImmediate(() => this.flush());
    this.#items.push(item);
  }

  flush(): void {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#send(items);
  }
}
