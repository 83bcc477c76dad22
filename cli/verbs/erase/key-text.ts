import { isUtf8 } from 'node:buffer';
import { canonical, unescaped } from '../../../lambda/compaction/protocol/key-text';

/** A value as JSON and CSV write it; canonical. */
const formsOf = (value: string): readonly string[] =>
  [
    value,
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(value)
      .slice(1, -1)
      .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    value.replaceAll('"', '""'),
  ].map(canonical);

/** Finds keys in a text, as a text of their own: a word that a key is a part of is another one. */
export class KeyText {
  readonly #lengths: readonly number[];
  readonly #forms: ReadonlySet<string>;

  constructor(values: readonly string[]) {
    this.#forms = new Set(values.flatMap(formsOf));
    // An empty text would be in every line.
    this.#lengths = [...new Set([...this.#forms].map(({ length }) => length))].filter((length) => length > 0);
  }

  /** Texts are compared as they stand, and without their backslashes: writers escape other characters than `formsOf` does. */
  isIn(text: string): boolean {
    for (let before = '', now = text; now !== before; [before, now] = [now, unescaped(now)]) {
      if (this.#stands(now)) return true;
    }
    return false;
  }

  /** The same of bytes that may be in another encoding than UTF-8, at least in part. */
  isInBytes(line: Buffer): boolean {
    return this.isIn(line.toString('utf8')) || (!isUtf8(line) && this.isIn(line.toString('latin1')));
  }

  #stands(text: string): boolean {
    const inWord = new Uint8Array(text.length + 1);
    for (const { index, 0: word } of text.matchAll(/[\p{L}\p{N}_]+/gu)) inWord.fill(1, index, index + word.length);
    for (let start = 0; start < text.length; start++) {
      if (start > 0 && inWord[start - 1] === 1) continue;
      for (const length of this.#lengths) {
        const end = start + length;
        if (end <= text.length && inWord[end] !== 1 && this.#forms.has(canonical(text.slice(start, end)))) return true;
      }
    }
    return false;
  }
}
