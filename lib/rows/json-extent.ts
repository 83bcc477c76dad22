import { ASCII } from './bytes';
import { skipNumber, skipString, skipValue } from './json';

const {
  BACKSLASH,
  COLON,
  COMMA,
  LEFT_BRACE,
  LEFT_BRACKET,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  NEWLINE,
  QUOTE,
  RETURN,
  RIGHT_BRACE,
  RIGHT_BRACKET,
  SPACE,
  TAB,
} = ASCII;

/** Longest escape, `\ud83d\ude00`: so far before the place where bytes are cut off a scan may report a fault that is none. */
export const LONGEST_ESCAPE = 12;

const WORDS: Readonly<Record<number, Buffer>> = {
  [LOWER_T]: Buffer.from('true'),
  [LOWER_F]: Buffer.from('false'),
  [LOWER_N]: Buffer.from('null'),
};

/** Whether a byte is white space, line ends included. */
export const isBlank = (c: number): boolean => c === SPACE || c === NEWLINE || c === RETURN || c === TAB;

/** Position of the first byte that is not white space, line ends included, or `end`. */
export function skipBlank(buf: Buffer, at: number, end: number): number {
  let i = at;
  while (i < end) {
    const c = buf[i];
    if (c !== SPACE && c !== NEWLINE && c !== RETURN && c !== TAB) break;
    i++;
  }
  return i;
}

/**
 * Finds where a JSON value ends, over any number of lines and at any depth, without looking at what it means.
 *
 * At `end` or right before it a newline must stand, where tokens that are cut off come to an end.
 */
export class Extent {
  /** After `whole`: the position after the value. After `broken`: the first byte that cannot be there. */
  at = 0;
  /** Start of the last token that was looked at. */
  token = 0;
  /** Objects and arrays that are open before that token. */
  braces = 0;
  brackets = 0;
  /** Lines that hold tokens of the value. */
  lines = 0;
  /** One byte a level: whether it is an object. */
  #objects = new Uint8Array(64);
  #depth = 0;
  #line = 0;
  #lastLine = 0;

  /**
   * @param final whether the input ends at `end`
   * @returns `open` where the value is not over at `end`, or its end cannot be told yet
   */
  scan(buf: Buffer, start: number, end: number, final: boolean): 'whole' | 'open' | 'broken' {
    this.braces = 0;
    this.brackets = 0;
    this.lines = 0;
    this.#depth = 0;
    this.#line = 1;
    this.#lastLine = 0;
    // Most values are in one line.
    let i = skipValue(buf, start);
    if (i >= 0 && i < end) {
      this.at = i;
      return 'whole';
    }
    i = start;
    for (;;) {
      // A value.
      i = this.#blank(buf, i, end);
      if (i >= end) return this.#open(end);
      this.token = i;
      const c = buf[i] as number;
      let next: number;
      if (c === LEFT_BRACE || c === LEFT_BRACKET) {
        const isObject = c === LEFT_BRACE;
        this.#enter(isObject);
        i = this.#blank(buf, i + 1, end);
        if (i >= end) return this.#open(end);
        if (buf[i] !== (isObject ? RIGHT_BRACE : RIGHT_BRACKET)) {
          if (isObject) {
            i = this.#key(buf, i, end);
            if (i < 0) return this.#fault(buf, ~i, end, final);
          }
          continue;
        }
        this.token = i;
        this.#leave();
        next = i + 1;
      } else {
        next = scalar(buf, i, end);
        if (next < 0) return this.#fault(buf, ~next, end, final);
        // What follows may belong to a number.
        if (next >= end && c !== QUOTE && !final) return this.#open(end);
        this.#took();
      }
      i = next;

      // What follows it.
      for (;;) {
        if (this.#depth === 0) {
          this.at = i;
          return 'whole';
        }
        i = this.#blank(buf, i, end);
        if (i >= end) return this.#open(end);
        this.token = i;
        const isObject = this.#objects[this.#depth - 1] === 1;
        if (buf[i] === COMMA) {
          this.#took();
          i++;
          if (isObject) {
            i = this.#key(buf, i, end);
            if (i < 0) return this.#fault(buf, ~i, end, final);
          }
          break;
        }
        if (buf[i] !== (isObject ? RIGHT_BRACE : RIGHT_BRACKET)) return this.#fault(buf, i, end, final);
        this.#leave();
        i++;
      }
    }
  }

  /** After a whole value: what stands behind it is a fault. */
  resume(at: number): void {
    this.at = at;
    this.token = at;
  }

  /** A key and its colon. */
  #key(buf: Buffer, at: number, end: number): number {
    let i = this.#blank(buf, at, end);
    this.token = i;
    if (i >= end || buf[i] !== QUOTE) return ~i;
    i = skipString(buf, i + 1);
    if (i < 0) return i;
    this.#took();
    i = this.#blank(buf, i, end);
    this.token = i;
    if (i >= end || buf[i] !== COLON) return ~i;
    return i + 1;
  }

  #open(end: number): 'open' {
    this.at = end;
    this.token = end;
    return 'open';
  }

  #fault(buf: Buffer, at: number, end: number, final: boolean): 'open' | 'broken' {
    this.at = at;
    // A string or word that is cut off would go on there; of a string that is, the escape is the first byte that does not fit.
    const isCut = at + LONGEST_ESCAPE > end && (!final || buf[at] === BACKSLASH);
    return at >= end || isCut ? 'open' : 'broken';
  }

  #enter(isObject: boolean): void {
    if (this.#depth === this.#objects.length) {
      const grown = new Uint8Array(this.#objects.length * 2);
      grown.set(this.#objects);
      this.#objects = grown;
    }
    this.#objects[this.#depth++] = isObject ? 1 : 0;
    if (isObject) this.braces++;
    else this.brackets++;
    this.#took();
  }

  #leave(): void {
    if (this.#objects[--this.#depth] === 1) this.braces--;
    else this.brackets--;
    this.#took();
  }

  #took(): void {
    if (this.#lastLine === this.#line) return;
    this.#lastLine = this.#line;
    this.lines++;
  }

  #blank(buf: Buffer, at: number, end: number): number {
    let i = at;
    while (i < end) {
      const c = buf[i];
      if (c === NEWLINE) this.#line++;
      else if (c !== SPACE && c !== RETURN && c !== TAB) break;
      i++;
    }
    return i;
  }
}

/** A string, number or word; `~p` where it breaks at `p`. */
function scalar(buf: Buffer, at: number, end: number): number {
  const c = buf[at] as number;
  if (c === QUOTE) return skipString(buf, at + 1);
  const word = WORDS[c];
  if (word === undefined) return skipNumber(buf, at);
  let i = at;
  for (const byte of word) {
    if (i >= end || buf[i] !== byte) return ~i;
    i++;
  }
  return i;
}

/**
 * The bytes of a value, or of what should be one, in one line, with a newline behind it. A line end between tokens is a
 * blank in it; one within a string stays an error.
 */
export function inOneLine(buf: Buffer, from: number, to: number): Buffer {
  const line = Buffer.allocUnsafe(to - from + 1);
  buf.copy(line, 0, from, to);
  line[to - from] = NEWLINE;
  for (let i = line.indexOf(NEWLINE); i < to - from; i = line.indexOf(NEWLINE, i + 1)) line[i] = TAB;
  return line;
}

/** The position after a string that may hold what no string may; at a newline, where none goes on, or at `end`. */
export function passString(buf: Buffer, at: number, end: number): number {
  let i = at + 1;
  while (i < end) {
    const c = buf[i];
    if (c === QUOTE) return i + 1;
    if (c === NEWLINE) return i;
    i += c === BACKSLASH && buf[i + 1] !== NEWLINE ? 2 : 1;
  }
  return Math.min(i, end);
}
