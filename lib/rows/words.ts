import { ASCII } from './bytes';

const { BACKSLASH, QUOTE, SPACE } = ASCII;
// A global of a vm context, as tests run in, is slow to look up.
const { clz32 } = Math;

/**
 * Looks at bytes four at a time, which takes half the time of one by one. Of a word, the lowest byte is the first.
 */

const ONES = 0x01010101;
const HIGH_BITS = 0x80808080;
/** Swaps quotes with blanks, so that quotes and control characters are all that is below `LOW`. */
const SWAP = (QUOTE ^ SPACE) * ONES;
const LOW = (SPACE + 1) * ONES;
const BACKSLASHES = BACKSLASH * ONES;

/** The bytes of a buffer, to be read and written as words. */
export const viewOf = (buf: Buffer): DataView => new DataView(buf.buffer, buf.byteOffset, buf.length);

/** A word of four times the same byte. */
export const fourOf = (byte: number): number => byte * ONES;

/**
 * Of four bytes, marks those that do not stand for themselves in a string of JSON (control characters, quotes and backslashes) by their
 * highest bit. Only the first mark is certain.
 */
export function marked(word: number): number {
  const swapped = word ^ SWAP;
  const backslash = word ^ BACKSLASHES;
  return (((swapped - LOW) & ~swapped) | ((backslash - ONES) & ~backslash)) & HIGH_BITS;
}

/** The same, and another byte, given as `fourOf`. */
export function markedOr(word: number, others: number): number {
  const swapped = word ^ SWAP;
  const backslash = word ^ BACKSLASHES;
  const other = word ^ others;
  return (((swapped - LOW) & ~swapped) | ((backslash - ONES) & ~backslash) | ((other - ONES) & ~other)) & HIGH_BITS;
}

/** Whether one of four bytes is the given one. */
export function hasByte(word: number, byte: number): boolean {
  const other = word ^ fourOf(byte);
  return ((other - ONES) & ~other & HIGH_BITS) !== 0;
}

/** Whether one of four bytes is a blank or a control character. */
export const hasBlank = (word: number): boolean => ((word - LOW) & ~word & HIGH_BITS) !== 0;

/** How many bytes stand before the first that is marked. */
export const firstMarked = (marks: number): number => (31 - clz32(marks & -marks)) >> 3;

/** 1 for the bytes that stand for themselves in a string of JSON. */
export const STANDS = new Uint8Array(256).map((_, byte) =>
  byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/** Copies the bytes `[from, to)`; returns the position after them. A native call takes longer for less than some hundred. */
export function copyWords(source: DataView, from: number, to: number, target: DataView, at: number): number {
  const shift = at - from;
  if (to - from < 4) {
    for (let i = from; i < to; i++) target.setUint8(i + shift, source.getUint8(i));
    return to + shift;
  }
  const last = to - 4;
  for (let i = from; i < last; i += 4) target.setInt32(i + shift, source.getInt32(i, true), true);
  target.setInt32(last + shift, source.getInt32(last, true), true);
  return to + shift;
}

/** The same for a text that may stand in JSON as it is; -1 where it may not. */
export function copyText(source: DataView, from: number, to: number, target: DataView, at: number): number {
  const shift = at - from;
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const word = source.getInt32(i, true);
    if (marked(word) !== 0) return -1;
    target.setInt32(i + shift, word, true);
  }
  for (; i < to; i++) {
    const byte = source.getUint8(i);
    if (STANDS[byte] === 0) return -1;
    target.setUint8(i + shift, byte);
  }
  return to + shift;
}

/**
 * Copies bytes up to the first that `markedOr` marks; returns its position, and -1 where there is none before
 * `limit`. As many as seven bytes more are written.
 */
export function copyUpTo(
  source: DataView,
  from: number,
  limit: number,
  target: DataView,
  at: number,
  others: number,
): number {
  const shift = at - from;
  let i = from;
  for (; i + 4 <= limit; i += 8) {
    const word = source.getInt32(i, true);
    const second = source.getInt32(i + 4, true);
    target.setInt32(i + shift, word, true);
    target.setInt32(i + 4 + shift, second, true);
    const marks = markedOr(word, others);
    if (marks !== 0) return i + firstMarked(marks);
    const more = markedOr(second, others);
    if (more !== 0) return i + 4 + firstMarked(more);
  }
  return -1;
}
