import type { CsvSettings } from '../dataset/text-format';
import { ASCII } from './bytes';

const { DOT, LOWER_E, MINUS, PLUS, ZERO } = ASCII;
/** Digits between two marks of thousands. */
const GROUP = 3;

/** Reads numbers whose decimal mark is not the point, or whose thousands are marked. */
export class NumberMarks {
  /** A number of the form, for reasons. */
  readonly example: string;
  readonly #decimal: number;
  readonly #thousands: Buffer;

  constructor({ decimal = '.', thousands }: Pick<CsvSettings, 'decimal' | 'thousands'>) {
    this.#decimal = decimal.charCodeAt(0);
    this.example = `1${thousands ?? ''}234${decimal}5`;
    this.#thousands = Buffer.from(thousands ?? '');
  }

  /**
   * Writes a number as JSON has it: with a point, and without marks between groups of exactly three digits.
   *
   * @param end the position after the source
   * @returns the position after what was written; -1 where it is not a number of this form
   */
  write(source: Buffer, from: number, end: number, target: Buffer, at: number): number {
    let i = from;
    let to = at;
    if (source[i] === MINUS) target[to++] = source[i++] as number;
    const first = i;
    while (isDigit(source, i, end)) target[to++] = source[i++] as number;
    const head = i - first;
    if (head === 0) return -1;
    if (this.#thousands.length > 0 && head <= GROUP) {
      for (let next = this.#group(source, i, end); next > 0; next = this.#group(source, i, end)) {
        for (let digit = next - GROUP; digit < next; digit++) target[to++] = source[digit] as number;
        i = next;
      }
    }
    if (i < end && source[i] === this.#decimal) {
      target[to++] = DOT;
      i++;
      const fraction = i;
      while (isDigit(source, i, end)) target[to++] = source[i++] as number;
      if (i === fraction) return -1;
    }
    if (i < end && ((source[i] as number) | 0x20) === LOWER_E) {
      target[to++] = source[i++] as number;
      if (i < end && (source[i] === PLUS || source[i] === MINUS)) target[to++] = source[i++] as number;
      const exponent = i;
      while (isDigit(source, i, end)) target[to++] = source[i++] as number;
      if (i === exponent) return -1;
    }
    return i === end ? to : -1;
  }

  /** The position after a mark and three digits that no fourth follows; 0 where there are none. */
  #group(source: Buffer, at: number, end: number): number {
    const mark = this.#thousands;
    for (let i = 0; i < mark.length; i++) if (source[at + i] !== mark[i]) return 0;
    const from = at + mark.length;
    if (from + GROUP > end) return 0;
    for (let i = from; i < from + GROUP; i++) if (!isDigit(source, i, end)) return 0;
    return isDigit(source, from + GROUP, end) ? 0 : from + GROUP;
  }
}

const isDigit = (source: Buffer, at: number, end: number): boolean =>
  at < end && ((source[at] as number) - ZERO) >>> 0 <= 9;
