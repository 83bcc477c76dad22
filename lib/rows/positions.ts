import { ASCII } from './bytes';
import { isBlank } from './json-extent';

const { COMMA, LEFT_BRACE, NEWLINE, RIGHT_BRACE } = ASCII;

/** The last byte before a position that is not a line end. */
export const lastByte = (buf: Buffer, at: number): number | undefined => buf[buf[at - 1] === NEWLINE ? at - 2 : at - 1];

/** Bytes in which a native call takes longer than looking at each. */
const FEW = 64;

/** Position of the first line end in `[from, to)`; -1 for none. */
export function indexIn(buf: Buffer, from: number, to: number): number {
  if (to - from < FEW) {
    for (let at = from; at < to; at++) if (buf[at] === NEWLINE) return at;
    return -1;
  }
  const found = buf.subarray(from, to).indexOf(NEWLINE);
  return found === -1 ? -1 : from + found;
}

/** Where the last character that is whole ends: one that is cut off is not an error yet. */
export function wholeCharacters(buf: Buffer, start: number, end: number): number {
  for (let at = end - 1; at >= Math.max(start, end - 3); at--) {
    const c = buf[at] as number;
    if (c < 0x80) return end;
    if (c >= 0xc0) return at + (c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2) > end ? at : end;
  }
  return end;
}

/** Position of the first brace in `[from, to)` that seems to begin a record behind another; -1 for none. */
export function firstBorder(buf: Buffer, from: number, to: number): number {
  const some = buf.subarray(0, to);
  for (let at = some.indexOf(LEFT_BRACE, from); at !== -1; at = some.indexOf(LEFT_BRACE, at + 1)) {
    if (isBorder(buf, at, from)) return at;
  }
  return -1;
}

/** Position of the last such brace. */
export function lastBorder(buf: Buffer, from: number, to: number): number {
  for (let at = buf.lastIndexOf(LEFT_BRACE, to - 1); at > from; at = buf.lastIndexOf(LEFT_BRACE, at - 1)) {
    if (isBorder(buf, at, from)) return at;
  }
  return -1;
}

/** Whether a brace stands behind another that closes something, with at most a comma between them. */
function isBorder(buf: Buffer, brace: number, from: number): boolean {
  let at = beforeBlanks(buf, brace - 1, from);
  if (at > from && buf[at] === COMMA) at = beforeBlanks(buf, at - 1, from);
  return at >= from && buf[at] === RIGHT_BRACE;
}

function beforeBlanks(buf: Buffer, at: number, from: number): number {
  let i = at;
  while (i > from && isBlank(buf[i] as number)) i--;
  return i;
}
