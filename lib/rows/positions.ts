import { ASCII } from './bytes';

const { NEWLINE } = ASCII;

/** The last byte before a position that is not a line end. */
export const lastByte = (buf: Buffer, at: number): number | undefined => buf[buf[at - 1] === NEWLINE ? at - 2 : at - 1];

/** Position of the first line end in `[from, to)`; -1 for none. */
export function indexIn(buf: Buffer, from: number, to: number): number {
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
