import type { CsvSettings } from '../dataset/text-format';
import { ASCII } from './bytes';
import { Fields } from './fields';
import * as words from './words';

const { BACKSLASH, NEWLINE, RETURN } = ASCII;
// Taken out of their module for the same reason as the constants.
const { firstMarked, fourOf, marked, markedOr, STANDS, viewOf } = words;

/** No complete record stands here yet. */
export const INCOMPLETE = -1;
/** No byte. */
const NONE = -1;

/** How a field was written, as bits. `PLAIN`: its bytes may stand in a string of JSON as they are. */
export const WRITTEN = { QUOTED: 1, DOUBLED: 2, ESCAPED: 4, PLAIN: 8 } as const;
const { QUOTED, DOUBLED, ESCAPED, PLAIN } = WRITTEN;

/**
 * Finds records and fields in delimited bytes: RFC 4180 with lines that may also end in a bare newline, or what `quote` and
 * `escape` say instead. It works on bytes and keeps positions instead of strings: that is some twenty times faster than the
 * parsers that yield strings, and it keeps two things they lose, the exact bytes of a broken record and whether an empty field
 * was quoted.
 */
export class CsvRecords extends Fields {
  /** Position after the last record's content, its line end not included. */
  contentEnd = 0;
  /** Why the last record is broken, undefined when it is not. */
  problem: string | undefined;
  /** Newlines inside the last record and at its end. */
  lines = 0;
  /** Whether nothing stands after the last delimiter of the last record. */
  endsEmpty = false;
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  /** What stands for itself in JSON but means something here: one byte, 0 for none, -1 for several. */
  readonly #other: number;
  readonly #stop = Uint8Array.from(STANDS, (stands) => 1 - stands);
  #buf: Buffer | undefined;
  #view = viewOf(Buffer.alloc(0));
  /** How the quoted field that was read last was written. */
  #written = 0;

  /** @param delimiter one ASCII character */
  constructor(delimiter: string, { quote = '"', escape: style }: Pick<CsvSettings, 'quote' | 'escape'> = {}) {
    super();
    const code = delimiter.charCodeAt(0);
    if (delimiter.length !== 1 || code < 1 || code > 126 || /["\n\r]/.test(delimiter)) {
      throw new RangeError(`a CSV delimiter must be one ASCII character, not ${JSON.stringify(delimiter)}`);
    }
    this.#delimiter = code;
    this.#quote = quote === false ? NONE : quote.charCodeAt(0);
    this.#escape = style === 'backslash' ? BACKSLASH : NONE;
    const others = [code, this.#quote].filter((byte) => STANDS[byte] === 1);
    this.#other = others.length > 1 ? -1 : (others[0] ?? 0);
    for (const byte of others) this.#stop[byte] = 1;
  }

  /**
   * Reads the record that starts at `start`, behind a line end if it is not the first.
   *
   * @param width fields whose positions are kept
   * @returns the position after its line end, or `INCOMPLETE` when it does not end in the buffer
   */
  next(buf: Buffer, start: number, width: number): number {
    if (this.#buf !== buf) {
      this.#buf = buf;
      this.#view = viewOf(buf);
    }
    const delimiter = this.#delimiter;
    const quote = this.#quote;
    const escapeByte = this.#escape;
    this.count = 0;
    this.lines = 0;
    this.problem = undefined;
    let i = start;
    for (;;) {
      let from = i;
      let to: number;
      let written: number = PLAIN;
      if (i < buf.length && buf[i] === quote) {
        from = i + 1;
        this.#written = QUOTED | PLAIN;
        i = this.#closingQuote(buf, from);
        if (i < 0) return INCOMPLETE;
        written = this.#written;
        to = i++;
        if (buf[i] === RETURN && buf[i + 1] === NEWLINE) i++;
        if (buf[i] !== NEWLINE && buf[i] !== delimiter) return this.#broken(buf, i, 'text after a closing quote');
      } else {
        for (;;) {
          i = this.#special(buf, i);
          if (i >= buf.length) return INCOMPLETE;
          const c = buf[i] as number;
          if (c === escapeByte) {
            written = ESCAPED;
            i = this.#skipEscape(buf, i);
            continue;
          }
          if (c === quote) return this.#broken(buf, i, 'a quote inside a field that is not quoted');
          if (c === delimiter || c === NEWLINE) break;
          i++;
          // One that belongs to the line end is no part of the field.
          if (c !== RETURN || buf[i] !== NEWLINE) written &= ~PLAIN;
        }
        to = buf[i] === NEWLINE && buf[i - 1] === RETURN ? i - 1 : i;
      }
      if (this.count < width) this.set(this.count, from, to, written);
      this.count++;
      if (buf[i] === NEWLINE) {
        this.lines++;
        this.contentEnd = buf[i - 1] === RETURN ? i - 1 : i;
        this.endsEmpty = from === to && (written & QUOTED) === 0;
        return i + 1;
      }
      i++;
    }
  }

  /** Position of the next byte that means something here or does not stand for itself in JSON; not before the end where there is none. */
  #special(buf: Buffer, at: number): number {
    const view = this.#view;
    const end = buf.length;
    let i = at;
    if (this.#other === 0) {
      for (; i + 4 <= end; i += 4) {
        const marks = marked(view.getInt32(i, true));
        if (marks !== 0) return i + firstMarked(marks);
      }
    } else if (this.#other > 0) {
      const others = fourOf(this.#other);
      for (; i + 4 <= end; i += 4) {
        const marks = markedOr(view.getInt32(i, true), others);
        if (marks !== 0) return i + firstMarked(marks);
      }
    }
    while (i < end && this.#stop[buf[i] as number] === 0) i++;
    return i;
  }

  /** The position of the quote that ends the field; `INCOMPLETE` where it may not be there yet. */
  #closingQuote(buf: Buffer, at: number): number {
    const quote = this.#quote;
    const escapeByte = this.#escape;
    let i = at;
    for (;;) {
      i = this.#special(buf, i);
      if (i >= buf.length) return INCOMPLETE;
      const c = buf[i] as number;
      if (c === quote) {
        if (buf[i + 1] !== quote) return i;
        this.#written = (this.#written | DOUBLED) & ~PLAIN;
        i += 2;
      } else if (c === escapeByte) {
        this.#written = (this.#written | ESCAPED) & ~PLAIN;
        i = this.#skipEscape(buf, i);
      } else {
        if (c === NEWLINE) this.lines++;
        if (STANDS[c] === 0) this.#written &= ~PLAIN;
        i++;
      }
    }
  }

  /** The position after a backslash and what it takes the meaning from, a line end of two bytes included. */
  #skipEscape(buf: Buffer, at: number): number {
    if (buf[at + 1] === NEWLINE) this.lines++;
    if (buf[at + 1] !== RETURN) return at + 2;
    if (buf[at + 2] !== NEWLINE) return at + 2;
    this.lines++;
    return at + 3;
  }

  /** Nothing says where a broken record ends; the next line end is the likeliest place. */
  #broken(buf: Buffer, at: number, problem: string): number {
    const newline = buf.indexOf(NEWLINE, at);
    if (newline < 0) return INCOMPLETE;
    this.problem = `not CSV: ${problem}`;
    this.lines++;
    this.contentEnd = buf[newline - 1] === RETURN ? newline - 1 : newline;
    return newline + 1;
  }
}
