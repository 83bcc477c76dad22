import { ASCII } from './bytes';
import * as words from './words';

const { COMMA, NEWLINE, RETURN, SPACE, TAB } = ASCII;
// Taken out of its module for the same reason as the constants.
const { hasByte, viewOf } = words;

/**
 * Bytes whose records span lines, in one line: each line end is a tab, so that what reads records of one line reads these in place.
 * Positions stay as they are.
 */
export class Flat {
  /** A newline stands behind them. */
  readonly bytes: Buffer;
  readonly #source: Buffer;
  /** Positions of line ends, in order; where looking for the next one goes on. */
  #lineEnds = new Int32Array(1024);
  #count = 0;
  #at = 0;

  constructor(buf: Buffer, start: number, end: number) {
    const bytes = Buffer.allocUnsafeSlow(end + 1);
    buf.copy(bytes, start, start, end);
    bytes[end] = NEWLINE;
    const view = viewOf(bytes);
    let i = start;
    for (; i + 4 <= end; i += 4) {
      if (hasByte(view.getInt32(i, true), NEWLINE)) this.#flatten(bytes, i, i + 4);
    }
    this.#flatten(bytes, i, end);
    this.bytes = bytes;
    this.#source = buf;
  }

  #flatten(bytes: Buffer, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      if (bytes[i] !== NEWLINE) continue;
      bytes[i] = TAB;
      if (this.#count === this.#lineEnds.length) {
        const grown = new Int32Array(2 * this.#count);
        grown.set(this.#lineEnds);
        this.#lineEnds = grown;
      }
      this.#lineEnds[this.#count++] = i;
    }
  }

  /** Whether a line ends within `[from, to)`; `from` never decreases. */
  spans(from: number, to: number): boolean {
    while (this.#at < this.#count && (this.#lineEnds[this.#at] as number) < from) this.#at++;
    return this.#at < this.#count && (this.#lineEnds[this.#at] as number) < to;
  }

  /** The number of line ends in `[from, to)`. */
  lines(from: number, to: number): number {
    return this.#before(to) - this.#before(from);
  }

  /** The start of the line that holds a position. */
  lineStart(at: number): number {
    const before = this.#before(at);
    return before === 0 ? -1 : (this.#lineEnds[before - 1] as number) + 1;
  }

  #before(at: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#lineEnds[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The first byte that is not blank in the lines behind a record, where nothing but a comma stands between.
   *
   * @returns -1 where it stands in the line of the record or comma, or there is none before `end`
   */
  nextLine(at: number, end: number, onlyAfterCommas: boolean): number {
    const source = this.#source;
    let isComma = false;
    let isNewLine = false;
    for (let i = at; i < end; i++) {
      const c = source[i];
      if (c === NEWLINE) {
        isNewLine = true;
      } else if (c === COMMA && !isComma) {
        isComma = true;
        isNewLine = false;
      } else if (c !== SPACE && c !== TAB && c !== RETURN) {
        return isNewLine && (isComma || !onlyAfterCommas) ? i : -1;
      }
    }
    return -1;
  }
}
