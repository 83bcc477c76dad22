/**
 * Follows the frames of a zstd stream (RFC 8878) without inflating them, to know whether the last one is complete: the
 * zstd of Node 22 takes a truncated stream for a whole one.
 */
export class ZstdFrames {
  #expected: 'magic' | 'skippable' | 'descriptor' | 'block' = 'magic';
  /** Bytes that the expected element takes, and those of them that have come. */
  #need = 4;
  #value = 0;
  #have = 0;
  /** Bytes to pass over before the expected element. */
  #skip = 0;
  #checksum = 0;

  push(chunk: Buffer): void {
    let i = 0;
    while (i < chunk.length) {
      const skipped = Math.min(this.#skip, chunk.length - i);
      this.#skip -= skipped;
      i += skipped;
      if (i === chunk.length) break;
      this.#value += (chunk[i++] as number) * 2 ** (8 * this.#have++);
      if (this.#have < this.#need) continue;
      const value = this.#value;
      this.#value = 0;
      this.#have = 0;
      this.#element(value);
    }
  }

  /** Whether the stream may end here. */
  get complete(): boolean {
    return this.#expected === 'magic' && this.#have === 0 && this.#skip === 0;
  }

  #element(value: number): void {
    switch (this.#expected) {
      case 'magic':
        // Anything else is found out by the decompressor.
        if (value === 0xfd2fb528) this.#expect('descriptor', 1);
        else this.#expect('skippable', 4);
        break;
      case 'skippable':
        this.#skip = value;
        this.#expect('magic', 4);
        break;
      case 'descriptor': {
        const singleSegment = (value >> 5) & 1;
        const dictionary = [0, 1, 2, 4][value & 3] as number;
        const contentSize = [singleSegment, 2, 4, 8][value >> 6] as number;
        this.#checksum = value & 4;
        this.#skip = 1 - singleSegment + dictionary + contentSize;
        this.#expect('block', 3);
        break;
      }
      case 'block': {
        const repeated = ((value >> 1) & 3) === 1;
        this.#skip = repeated ? 1 : value >> 3;
        if ((value & 1) === 1) {
          this.#skip += this.#checksum;
          this.#expect('magic', 4);
        }
        break;
      }
    }
  }

  #expect(element: 'magic' | 'skippable' | 'descriptor' | 'block', bytes: number): void {
    this.#expected = element;
    this.#need = bytes;
  }
}
