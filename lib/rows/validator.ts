import type { UnknownField } from './unknown';

export interface Rejection {
  /** Number of the line in the object, from 1; where the record starts, if it has several. */
  readonly line: number;
  /** For JSON, the number of the record in the object, from 1, and the bytes of the (inflated) object before it. */
  readonly record?: number;
  readonly offset?: number;
  /** What is wrong, e.g. `status: expected an int, found the string "abc"`. */
  readonly reason: string;
  /** The bytes of the line without its line end. They are the caller's only during the call: copy what is kept. */
  readonly raw: Buffer;
}

/** Checks the lines of one object: what is accepted comes back as canonical NDJSON, what is not goes to `onReject`. */
export interface RowValidator {
  /**
   * Takes the next bytes, cut anywhere. Returns slices of complete accepted lines, each ending in a newline. Slices may
   * share the chunk's memory: write them before the chunk is reused.
   *
   * @throws UnreadableObjectError when the object must be quarantined as a whole, what was returned before included
   */
  push(chunk: Buffer): Buffer[];
  /** Takes the end of the object: a last line needs no newline. */
  end(): Buffer[];
  /** Lines accepted so far. Blank lines and the header of CSV are not counted. */
  readonly accepted: number;
  readonly rejected: number;
  /** Fields that the dataset does not declare, by name; at most 100. They are accepted and not stored. */
  readonly unknownFields: readonly UnknownField[];
  /** Occurrences of undeclared fields that are not listed by name. */
  readonly otherUnknownFields: number;
}
