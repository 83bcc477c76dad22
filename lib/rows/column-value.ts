import { ASCII } from './bytes';
import type { KeyEntry, ValueType } from './compiled';
import * as keys from './keys';

const { QUOTE } = ASCII;
// Taken out of its module for the same reason as the constants.
const { holdsBackslash } = keys;

/** The value of one column in the line that a checker accepted last. */
export class ColumnValue {
  readonly #row: ValueType;
  readonly #entry: KeyEntry;

  constructor(row: ValueType, entry: KeyEntry) {
    this.#row = row;
    this.#entry = entry;
  }

  /** Whether the line names the column, even with null. */
  get isPresent(): boolean {
    return this.#entry.seenIn === this.#row.objects;
  }

  /** Whether the line holds a value of the column that is not null. */
  get hasValue(): boolean {
    return this.#entry.seenIn === this.#row.objects && this.#entry.to > 0;
  }

  /** Where the JSON text of the value begins; quotes belong to it. */
  get from(): number {
    return this.#entry.from;
  }

  /** The position after it. */
  get to(): number {
    return this.#entry.to;
  }

  /**
   * What `JSON.parse` of the line gives for the column; undefined if the line does not name it.
   *
   * @param bytes that hold the line
   */
  read(bytes: Buffer): unknown {
    if (!this.hasValue) return this.isPresent ? null : undefined;
    const { from, to } = this.#entry;
    if (bytes[from] !== QUOTE || holdsBackslash(bytes, from, to)) return JSON.parse(bytes.toString('utf8', from, to));
    return bytes.toString('utf8', from + 1, to - 1);
  }
}
