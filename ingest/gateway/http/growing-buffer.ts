const NEWLINE = 0x0a;

/**
 * Bytes that arrive in pieces, in one buffer that grows with them. So a thousand small pieces take no more memory than a
 * large one, and the memory is at most twice what has arrived, or what is expected.
 */
export class GrowingBuffer {
  readonly #limit: number;
  readonly #room: (bytes: number) => void;
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  /**
   * @param limit most bytes that may arrive
   * @param room called before the buffer grows to this many bytes; throws when there is no room
   */
  constructor(limit: number, room: (bytes: number) => void) {
    this.#limit = limit;
    this.#room = room;
  }

  get length(): number {
    return this.#length;
  }

  /** @param expected total bytes, if known: then nothing is copied twice */
  append(chunk: Buffer, expected = 0): void {
    const needed = this.#length + chunk.length + 1;
    if (needed > this.#buffer.length) {
      const capacity = Math.max(needed, Math.min(this.#limit + 1, Math.max(2 * this.#buffer.length, expected + 1)));
      this.#room(capacity);
      const grown = Buffer.allocUnsafe(capacity);
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#length);
    this.#length += chunk.length;
  }

  /** All bytes that have arrived, followed by one newline. */
  withNewline(): Buffer {
    if (this.#buffer.length === 0) return Buffer.of(NEWLINE);
    this.#buffer[this.#length] = NEWLINE;
    return this.#buffer.subarray(0, this.#length + 1);
  }
}
