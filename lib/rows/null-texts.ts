import type { CsvSettings } from '../dataset/text-format';

/** Texts of fields that stand for null. */
export class NullTexts {
  /** Bytes of the longest one; -1 where there is none. */
  readonly longest: number;
  readonly #texts: readonly { readonly bytes: Buffer; readonly isQuoted: boolean }[];

  /** Within quotes, a text stands for null where it is quoted. */
  constructor({ nulls = [], quote = '"' }: Pick<CsvSettings, 'nulls' | 'quote'>) {
    this.#texts = nulls.map((text) => {
      const isQuoted = quote !== false && text.length > 1 && text.startsWith(quote) && text.endsWith(quote);
      return { bytes: Buffer.from(isQuoted ? text.slice(1, -1) : text), isQuoted };
    });
    this.longest = Math.max(-1, ...this.#texts.map(({ bytes }) => bytes.length));
  }

  has(source: Buffer, from: number, to: number, quoted: boolean): boolean {
    for (const { bytes, isQuoted } of this.#texts) {
      if (bytes.length !== to - from || isQuoted !== quoted) continue;
      let i = 0;
      while (i < bytes.length && bytes[i] === source[from + i]) i++;
      if (i === bytes.length) return true;
    }
    return false;
  }
}
