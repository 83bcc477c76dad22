import { ASCII } from './bytes';

const {
  BACKSLASH,
  COLON,
  COMMA,
  DOT,
  LEFT_BRACE,
  LEFT_BRACKET,
  LOWER_A,
  LOWER_E,
  LOWER_F,
  LOWER_L,
  LOWER_N,
  LOWER_R,
  LOWER_S,
  LOWER_T,
  LOWER_U,
  MINUS,
  NEWLINE,
  QUOTE,
  RETURN,
  RIGHT_BRACE,
  RIGHT_BRACKET,
  SPACE,
  TAB,
  ZERO,
} = ASCII;

/**
 * Scanners of JSON syntax (RFC 8259) over bytes. Each takes the position where its token starts and returns the position
 * after it, or `~p` (negative) where `p` is the first byte that cannot be there.
 *
 * There are no bounds checks: the caller guarantees that the line ends in a newline inside the buffer, and no scanner
 * ever steps over a newline, because none is allowed inside a token or counted as white space, unless `scanAcross` says where it is. The
 * bytes are known to be valid UTF-8.
 */

/** Bytes whose line ends between tokens are white space as well. */
export interface AcrossLines {
  readonly bytes: Buffer;
  /** Where the next line end is one that ends what is scanned. */
  readonly end: number;
  /** Takes note of a line end, which must be another white space afterwards. */
  meet(at: number): void;
}

/** Shared, because a scan never yields. */
let across: AcrossLines | undefined;

/** Makes scanners step over the line ends of some bytes, or of none. */
export function scanAcross(lines: AcrossLines | undefined): void {
  across = lines;
}

/** Levels of nesting that a value without a declared type may have; deeper lines are rejected. */
export const MAX_UNDECLARED_DEPTH = 64;

/** 1 for the bytes that stand for themselves inside a string: no control character, quote or backslash. */
const PLAIN = new Uint8Array(256).map((_, byte) => (byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0));

/** Bytes that may follow a backslash, `u` excepted. */
const ESCAPABLE = new Uint8Array(256).map((_, byte) => ('"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0));

export function skipSpace(buf: Buffer, at: number): number {
  let i = at;
  for (;;) {
    const c = buf[i];
    if (c !== SPACE && c !== TAB && c !== RETURN) {
      if (c !== NEWLINE || across === undefined || buf !== across.bytes || i >= across.end) return i;
      across.meet(i);
    }
    i++;
  }
}

/** `at` is the byte after the opening quote; returns the position after the closing quote. */
export function skipString(buf: Buffer, at: number): number {
  let i = at;
  for (;;) {
    while (PLAIN[buf[i] as number] === 1) i++;
    const c = buf[i];
    if (c === QUOTE) return i + 1;
    if (c !== BACKSLASH) return ~i;
    i = skipEscape(buf, i);
    if (i < 0) return i;
  }
}

function skipEscape(buf: Buffer, at: number): number {
  if (ESCAPABLE[buf[at + 1] as number] === 1) return at + 2;
  const unit = codeUnit(buf, at);
  if (unit < 0) return ~at;
  if (unit < 0xd800 || unit > 0xdfff) return at + 6;
  // A high surrogate counts only together with the low one right after it.
  const low = unit < 0xdc00 ? codeUnit(buf, at + 6) : -1;
  return low >= 0xdc00 && low <= 0xdfff ? at + 12 : ~at;
}

/** The UTF-16 code unit of the `\uXXXX` at a position, or -1. */
function codeUnit(buf: Buffer, at: number): number {
  if (buf[at] !== BACKSLASH || buf[at + 1] !== LOWER_U) return -1;
  let unit = 0;
  for (let i = at + 2; i < at + 6; i++) {
    const c = buf[i] as number;
    const digit = c - ZERO;
    const letter = (c | 0x20) - LOWER_A;
    if (digit >= 0 && digit <= 9) unit = unit * 16 + digit;
    else if (letter >= 0 && letter <= LOWER_F - LOWER_A) unit = unit * 16 + letter + 10;
    else return -1;
  }
  return unit;
}

export function skipDigits(buf: Buffer, at: number): number {
  let i = at;
  while (((buf[i] as number) - ZERO) >>> 0 <= 9) i++;
  return i;
}

export function skipNumber(buf: Buffer, at: number): number {
  let i = buf[at] === MINUS ? at + 1 : at;
  if (buf[i] === ZERO) {
    i++;
  } else {
    const start = i;
    i = skipDigits(buf, i);
    if (i === start) return ~i;
  }
  if (buf[i] === DOT) {
    const start = i + 1;
    i = skipDigits(buf, start);
    if (i === start) return ~i;
  }
  if (((buf[i] as number) | 0x20) === LOWER_E) {
    i++;
    const sign = buf[i];
    if (sign === 0x2b || sign === MINUS) i++;
    const start = i;
    i = skipDigits(buf, start);
    if (i === start) return ~i;
  }
  return i;
}

export function skipTrue(buf: Buffer, at: number): number {
  return buf[at] === LOWER_T && buf[at + 1] === LOWER_R && buf[at + 2] === LOWER_U && buf[at + 3] === LOWER_E
    ? at + 4
    : ~at;
}

export function skipFalse(buf: Buffer, at: number): number {
  return buf[at] === LOWER_F &&
    buf[at + 1] === LOWER_A &&
    buf[at + 2] === LOWER_L &&
    buf[at + 3] === LOWER_S &&
    buf[at + 4] === LOWER_E
    ? at + 5
    : ~at;
}

export function skipNull(buf: Buffer, at: number): number {
  return buf[at] === LOWER_N && buf[at + 1] === LOWER_U && buf[at + 2] === LOWER_L && buf[at + 3] === LOWER_L
    ? at + 4
    : ~at;
}

/** One flag a level: whether the container is an object. Shared, because a scan never yields. */
const insideObject = new Uint8Array(MAX_UNDECLARED_DEPTH + 1);

/**
 * Any JSON value, white space around it not included. A loop, not a recursion: the depth of hostile input must not
 * become the depth of our stack.
 */
export function skipValue(buf: Buffer, at: number): number {
  let i = at;
  let depth = 0;
  for (;;) {
    // Here a value starts.
    const c = buf[i];
    if (c === QUOTE) {
      i = skipString(buf, i + 1);
    } else if (c === LEFT_BRACE || c === LEFT_BRACKET) {
      if (depth === MAX_UNDECLARED_DEPTH) return ~i;
      const object = c === LEFT_BRACE;
      i = skipSpace(buf, i + 1);
      if (buf[i] !== (object ? RIGHT_BRACE : RIGHT_BRACKET)) {
        insideObject[++depth] = object ? 1 : 0;
        if (object) {
          i = skipKey(buf, i);
          if (i < 0) return i;
        }
        continue;
      }
      i++;
    } else if (c === LOWER_T) {
      i = skipTrue(buf, i);
    } else if (c === LOWER_F) {
      i = skipFalse(buf, i);
    } else if (c === LOWER_N) {
      i = skipNull(buf, i);
    } else {
      i = skipNumber(buf, i);
    }
    if (i < 0) return i;

    // Here a value has ended: close what ends with it, until another value follows.
    for (;;) {
      if (depth === 0) return i;
      i = skipSpace(buf, i);
      const object = insideObject[depth] === 1;
      if (buf[i] === COMMA) {
        i = skipSpace(buf, i + 1);
        if (object) {
          i = skipKey(buf, i);
          if (i < 0) return i;
        }
        break;
      }
      if (buf[i] !== (object ? RIGHT_BRACE : RIGHT_BRACKET)) return ~i;
      i++;
      depth--;
    }
  }
}

/** A key, its colon and the white space around them. */
function skipKey(buf: Buffer, at: number): number {
  if (buf[at] !== QUOTE) return ~at;
  let i = skipString(buf, at + 1);
  if (i < 0) return i;
  i = skipSpace(buf, i);
  return buf[i] === COLON ? skipSpace(buf, i + 1) : ~i;
}
