import type { Carried } from './carried';
import type { Flat } from './flat';

/** Where a record or a broken piece begins in the object. */
export interface Place {
  /** Its line, from 1. */
  readonly line: number;
  /** Its number among the records and broken pieces, from 1. */
  readonly record: number;
  /** Bytes before it. */
  readonly offset: number;
}

/** What looks into the records. */
export interface RecordReader {
  /**
   * Reads the object that begins at a brace, up to a newline at the most.
   *
   * @returns the position after it, or a negative number where it is broken, goes on in the next line, or does not fit
   */
  read(buf: Buffer, at: number): number;
  /**
   * Reads and accepts records of at most `MAX_LINE_BYTES` for as long as each ends its line, or the next one follows at
   * once, or after a comma, or a line end does after a comma.
   *
   * @param onlyAfterCommas whether to stop where no comma follows
   * @returns the position behind these `records`, which end so many `lines`; if a brace stands there, `to` is what `read`
   * answers of it
   */
  acceptRun(buf: Buffer, at: number, end: number, onlyAfterCommas: boolean): number;
  /**
   * The same for records that span lines, for as long as only white space and a comma stand between, and the next one begins a line.
   * What is not accepted is forgotten.
   *
   * @returns the position of the first brace that begins no such record
   */
  acceptSpread?(flat: Flat, at: number, onlyAfterCommas: boolean): number;
  /** Whether `acceptRun` can put the members of the envelope at hand before those of each record. */
  carry?(carried: Carried): boolean;
  readonly records: number;
  readonly lines: number;
  readonly to: number;
  /** Why the record that was read last does not fit. */
  readonly reason: string;
  /** Whether it accepts objects that have a member twice. @default false */
  readonly takesTwice?: boolean;
  /** Why a line, with its newline, is not a record. */
  explain(line: Buffer): string;
  /** Takes back what it counted of what was read last, unless that was accepted or kept: it is read again. */
  forget(): void;
  /** Lets stand what it counted of what was read last. */
  keep(): void;
  /** Takes the record that was read last: `[from, to)`, which ends in a newline where `isLine`. */
  accept(buf: Buffer, from: number, to: number, isLine: boolean): void;
  /** Takes a record that does not fit, or a piece that is not one; `raw` is lent for the call. */
  reject(reason: string, raw: Buffer): void;
}
