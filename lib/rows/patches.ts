import { ASCII } from './bytes';
import { MAX_LINE_BYTES } from './limits';

const { BACKSLASH, QUOTE } = ASCII;

/** What follows a backslash for the bytes of JSON that a string escapes; 0 for all that stand for themselves. */
const ESCAPES = new Uint8Array(256);
ESCAPES[QUOTE] = QUOTE;
ESCAPES[BACKSLASH] = BACKSLASH;
for (const [byte, letter] of [
  ['\t', 't'],
  ['\n', 'n'],
  ['\r', 'r'],
] as const) {
  ESCAPES[byte.charCodeAt(0)] = letter.charCodeAt(0);
}

/**
 * The rewritten tokens of one line, in the order of the line: each replaces the bytes `[from, to)` of the input by
 * `[textFrom, textTo)` of `text`. Kept apart until the line is accepted, so that a rejected line leaves no trace.
 */
export class Patches {
  count = 0;
  /** Bytes by which the patches lengthen the line. */
  growth = 0;
  /** Whether a replacement was refused because all of them together would exceed `MAX_LINE_BYTES`. */
  overflow = false;
  text = Buffer.allocUnsafe(1024);
  #used = 0;
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #textTo: number[] = [];

  /** Where the next replacement begins in `text`. */
  get used(): number {
    return this.#used;
  }

  /** Whether the line cannot be passed on as it is. */
  get needed(): boolean {
    return this.count > 0 || this.overflow;
  }

  clear(): void {
    this.count = 0;
    this.growth = 0;
    this.overflow = false;
    this.#used = 0;
  }

  /** Adds a replacement of `length` bytes; the caller writes them into `text` at the position returned. */
  add(from: number, to: number, length: number): number {
    const at = this.#used;
    if (at + length > this.text.length) {
      if (at + length > MAX_LINE_BYTES) {
        // What the caller writes now is never read: the line is rejected.
        this.overflow = true;
        return 0;
      }
      const grown = Buffer.allocUnsafe((at + length) * 2);
      this.text.copy(grown, 0, 0, at);
      this.text = grown;
    }
    this.#from[this.count] = from;
    this.#to[this.count] = to;
    this.#used = at + length;
    this.#textTo[this.count] = this.#used;
    this.count++;
    this.growth += length - (to - from);
    return at;
  }

  /** Replaces JSON by a string that holds it byte for byte. */
  addText(from: number, to: number, buf: Buffer): void {
    let length = to - from + 2;
    for (let i = from; i < to; i++) if (ESCAPES[buf[i] as number] !== 0) length++;
    let at = this.add(from, to, length);
    const { text } = this;
    text[at++] = QUOTE;
    for (let i = from; i < to; i++) {
      const byte = buf[i] as number;
      const escaped = ESCAPES[byte] as number;
      if (escaped !== 0) text[at++] = BACKSLASH;
      text[at++] = escaped === 0 ? byte : escaped;
    }
    text[at] = QUOTE;
  }

  /** Forgets the patches from number `count` on. */
  rewind(count: number): void {
    for (let i = count; i < this.count; i++) {
      this.growth -= this.textTo(i) - this.textFrom(i) - (this.to(i) - this.from(i));
    }
    this.count = count;
    this.#used = count === 0 ? 0 : this.textTo(count - 1);
  }

  from(index: number): number {
    return this.#from[index] as number;
  }

  to(index: number): number {
    return this.#to[index] as number;
  }

  textFrom(index: number): number {
    return index === 0 ? 0 : (this.#textTo[index - 1] as number);
  }

  textTo(index: number): number {
    return this.#textTo[index] as number;
  }

  replacement(index: number): Buffer {
    return this.text.subarray(this.textFrom(index), this.textTo(index));
  }
}
