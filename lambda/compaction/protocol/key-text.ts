import { isUtf8 } from 'node:buffer';

/** As UUIDs are written in upper or lower case. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const UUID_LENGTH = 36;

/** @returns a text in the form in which it is compared: a UUID is the same in either case */
export const canonical = (value: string): string =>
  value.length === UUID_LENGTH && UUID.test(value) ? value.toLowerCase() : value;

export const isUuid = (value: string): boolean => UUID.test(value);

/** A value as JSON and CSV write it; canonical. */
export const formsOf = (value: string): readonly string[] =>
  [
    value,
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(value)
      .slice(1, -1)
      .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    value.replaceAll('"', '""'),
  ].map(canonical);

/**
 * A rejected line does not fit its dataset, so that its fields cannot be relied on: it is a row of a key if the key is in it, as
 * text of its own.
 */
export class KeyText {
  readonly #lengths: readonly number[];
  readonly #has: (form: string) => boolean;

  /**
   * @param lengths of the forms of the keys, in UTF-16 units
   * @param has whether a text is such a form
   */
  constructor(lengths: Iterable<number>, has: (form: string) => boolean) {
    // An empty text would be in every line.
    this.#lengths = [...new Set(lengths)].filter((length) => length > 0);
    this.#has = has;
  }

  static of(values: readonly string[]): KeyText {
    const forms = new Set(values.flatMap(formsOf));
    return new KeyText(
      [...forms].map(({ length }) => length),
      (form) => forms.has(form),
    );
  }

  /** Texts are compared as they stand, and without their backslashes: writers escape other characters than `formsOf` does. */
  isIn(text: string): boolean {
    for (let before = '', now = text; now !== before; [before, now] = [now, unescaped(now)]) {
      if (this.#stands(now)) return true;
    }
    return false;
  }

  /** The same of a line that may be in another encoding than UTF-8, at least in part. */
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
        if (end <= text.length && inWord[end] !== 1 && this.#has(canonical(text.slice(start, end)))) return true;
      }
    }
    return false;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
  Z: '\x1a',
};

/** What the escapes of JSON and of delimited text mean, one level of them. */
const unescaped = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g, (_, unit?: string, byte?: string, one = '') => {
    const code = unit ?? byte;
    return code === undefined ? (ESCAPES[one] ?? one) : String.fromCharCode(Number.parseInt(code, 16));
  });
