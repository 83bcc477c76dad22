import type { CsvSettings } from '../dataset/text-format';

/** A text of fields that stands for null. */
export interface NullText {
  /** Without the quotes that it stands in. */
  readonly text: string;
  readonly isQuoted: boolean;
}

/** Within quotes, a text stands for null where it is quoted. */
export const nullTexts = ({ nulls = [], quote = '"' }: Pick<CsvSettings, 'nulls' | 'quote'>): readonly NullText[] =>
  nulls.map((text) => {
    const isQuoted = quote !== false && text.length > 1 && text.startsWith(quote) && text.endsWith(quote);
    return { text: isQuoted ? text.slice(1, -1) : text, isQuoted };
  });

/** Finds texts of fields that stand for null. */
export class NullTexts {
  /** Bytes of the longest one; -1 where there is none. */
  readonly longest: number;
  readonly #texts: readonly { readonly bytes: Buffer; readonly isQuoted: boolean }[];

  constructor(settings: Pick<CsvSettings, 'nulls' | 'quote'>) {
    this.#texts = nullTexts(settings).map(({ text, isQuoted }) => ({ bytes: Buffer.from(text), isQuoted }));
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
