import { ASCII } from './bytes';
import * as json from './json';
import * as keys from './keys';

const { BACKSLASH, QUOTE } = ASCII;
// Taken out of their modules for the same reason as the constants.
const { skipString } = json;
const { decodeString } = keys;

/** Strings of JSON that stand for null, whichever way their characters are escaped: PHP writes `"N\/A"`. */
export class NullStrings {
  readonly #texts: readonly string[];
  /** The same as most producers write them. */
  readonly #usual: readonly Buffer[];
  /** Bytes of the longest one with every character escaped. */
  readonly #longest: number;

  constructor(texts: readonly string[]) {
    this.#texts = texts;
    this.#usual = texts.map((text) => Buffer.from(JSON.stringify(text)));
    this.#longest = Math.max(...texts.map(({ length }) => 6 * length));
  }

  /** The position after the string at a position, if it stands for null; -1 for any other value. */
  end(buf: Buffer, at: number): number {
    if (buf[at] !== QUOTE) return -1;
    const usual = this.#usual.find(
      (one) => at + one.length <= buf.length && one.compare(buf, at, at + one.length) === 0,
    );
    if (usual !== undefined) return at + usual.length;
    for (let i = at + 1; i <= at + this.#longest && buf[i] !== QUOTE; i++) {
      if (buf[i] !== BACKSLASH) continue;
      const end = skipString(buf, i);
      return end > 0 && end <= at + this.#longest + 2 && this.#texts.includes(decodeString(buf, at, end).toString())
        ? end
        : -1;
    }
    return -1;
  }
}
