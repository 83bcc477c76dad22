import { MIB } from '../../../lib/dataset/units';
import { type Rejection, UnreadableObjectError } from '../../../lib/rows';

/** With more rejected text than this, or more lines, an object is not a data file with bad lines: it is quarantined as a whole. */
export const MAX_REJECTED = { bytes: 64 * MIB, lines: 100_000 };
/** Rejected lines of a batch in memory, with what is foreseen of the objects in flight, as {@link bytesInMemory} counts them. */
export const MAX_REJECTED_BYTES_OF_BATCH = 256 * MIB;
/** What a line takes besides its text: its number, its reason and the objects that hold them. */
const BYTES_OF_A_LINE = 512;

/** Bytes that rejected lines take in memory, roughly. */
export const bytesInMemory = (rejected: readonly { readonly raw: Uint8Array }[]): number =>
  rejected.reduce((total, { raw }) => total + Math.max(raw.length, BYTES_OF_A_LINE), 0);

/** The rejected lines of one object. */
export class RejectedLines {
  readonly lines: Rejection[] = [];
  #bytes = 0;

  /** @param what they are called */
  constructor(readonly what: 'line' | 'row') {}

  /** @throws UnreadableObjectError when it is too much */
  add(rejected: Rejection): void {
    this.#bytes += rejected.raw.length;
    if (this.#bytes > MAX_REJECTED.bytes) throw this.#tooMuch(`${MAX_REJECTED.bytes} bytes`, rejected);
    if (this.lines.length === MAX_REJECTED.lines) throw this.#tooMuch(String(MAX_REJECTED.lines), rejected);
    this.lines.push(rejected);
  }

  #tooMuch(limit: string, rejected: Rejection): UnreadableObjectError {
    const { line, reason } = this.lines[0] ?? rejected;
    return new UnreadableObjectError(
      `more than ${limit} of its ${this.what}s were rejected; the first was ${this.what} ${line}: ${reason}`,
    );
  }
}
