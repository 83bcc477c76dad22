import { ASCII } from './bytes';
import type { AcrossLines } from './json';
import { lastBorder } from './positions';

const { COMMA, NEWLINE, RETURN, SPACE, TAB } = ASCII;

/**
 * A copy of bytes whose records span lines, that is read as if they stood in one line: each line end that is met becomes a tab.
 * Positions stay as they are.
 */
export class Flat implements AcrossLines {
  /** A newline stands behind them. */
  readonly bytes: Buffer;
  /** Where the last record seems to begin: whether it ends is not known. */
  readonly lastRecord: number;
  /** Positions of the line ends that were met, in order; where looking for the next one goes on. */
  #lineEnds = new Int32Array(1024);
  #count = 0;
  #at = 0;

  constructor(
    buf: Buffer,
    start: number,
    readonly end: number,
  ) {
    const bytes = Buffer.allocUnsafeSlow(end + 1);
    buf.copy(bytes, start, start, end);
    bytes[end] = NEWLINE;
    this.bytes = bytes;
    this.lastRecord = lastBorder(buf, start, end);
  }

  meet(at: number): void {
    this.bytes[at] = TAB;
    if (this.#count === this.#lineEnds.length) {
      const grown = new Int32Array(2 * this.#count);
      grown.set(this.#lineEnds);
      this.#lineEnds = grown;
    }
    this.#lineEnds[this.#count++] = at;
  }

  /** Whether a line ends within `[from, to)`, which was read; `from` never decreases. */
  spans(from: number, to: number): boolean {
    while (this.#at < this.#count && (this.#lineEnds[this.#at] as number) < from) this.#at++;
    return this.#at < this.#count && (this.#lineEnds[this.#at] as number) < to;
  }

  /** The number of line ends in `[from, to)`, which was read. */
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
   * @returns -1 where it stands in the line of the record or comma, or there is none
   */
  nextLine(at: number, onlyAfterCommas: boolean): number {
    const { bytes, end } = this;
    let isComma = false;
    let isNewLine = false;
    for (let i = at; i < end; i++) {
      const c = bytes[i];
      if (c === NEWLINE) {
        isNewLine = true;
        this.meet(i);
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
