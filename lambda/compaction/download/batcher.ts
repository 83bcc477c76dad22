/** Most items in one message, and the longest that an item waits for others, in milliseconds. */
const BATCH = { items: 16, wait: 2 };

/** Gathers items and sends them together: a message between threads costs more than its content. */
export class Batcher<T> {
  #items: T[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #send: (items: readonly T[]) => void;

  constructor(send: (items: readonly T[]) => void) {
    this.#send = send;
  }

  add(item: T): void {
    this.#items.push(item);
    if (this.#items.length >= BATCH.items) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), BATCH.wait);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const items = this.#items;
    this.#items = [];
    this.#send(items);
  }
}
