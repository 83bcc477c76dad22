/**
 * Characters that one place of a pattern takes, by the first byte of their UTF-8. Of characters beyond ASCII a set has all or
 * none, so that their further bytes need no look.
 */
export class CharSet {
  readonly #bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @param takes whether a character of ASCII, by its code, is in the set */
  static of(takes: (code: number) => boolean, beyondAscii = false): CharSet {
    return new CharSet(Uint8Array.from({ length: 256 }, (_, byte) => Number(byte < 128 ? takes(byte) : beyondAscii)));
  }

  /** One byte, which may be part of a character beyond ASCII. */
  static byte(value: number): CharSet {
    return new CharSet(Uint8Array.from({ length: 256 }, (_, byte) => Number(byte === value)));
  }

  has(byte: number): boolean {
    return this.#bytes[byte] === 1;
  }

  /** Whether characters beyond ASCII are in it, all of them. */
  get isWide(): boolean {
    return this.has(0xc2) && this.has(0xc3);
  }

  get isEmpty(): boolean {
    return !this.#bytes.includes(1);
  }

  not(): CharSet {
    return CharSet.of((code) => !this.has(code), !this.isWide);
  }

  with(other: CharSet): CharSet {
    return CharSet.of((code) => this.has(code) || other.has(code), this.isWide || other.isWide);
  }

  equals(other: CharSet): boolean {
    return this.#bytes.every((value, byte) => value === Number(other.has(byte)));
  }
}

const code = (char: string): number => char.charCodeAt(0);
const between = (value: number, from: string, to: string): boolean => value >= code(from) && value <= code(to);

export const DIGIT = CharSet.of((char) => between(char, '0', '9'));
export const WORD = CharSet.of(
  (char) => DIGIT.has(char) || between(char, 'a', 'z') || between(char, 'A', 'Z') || char === code('_'),
);
/** White space of ASCII, which is what Java's regular expressions mean by it. */
export const SPACE = CharSet.of((char) => char === 32 || (char >= 9 && char <= 13));
/** What `.` takes. */
export const ANY = CharSet.of((char) => char !== 10 && char !== 13, true);
