import { isUtf8 } from 'node:buffer';
import type { Dataset } from '../dataset/model';
import { ASCII } from './bytes';
import { UnreadableObjectError } from './errors';
import { MAX_LINE_BYTES } from './limits';
import { Output } from './output';
import { BLANK, REJECTED, RowChecker } from './row';
import { SpanningRecords } from './spanning';
import type { UnknownField } from './unknown';
import type { Rejection, RowValidator } from './validator';

const { NEWLINE, RETURN } = ASCII;

/**
 * Checks NDJSON against a dataset. Strict JSON (RFC 8259) in UTF-8, one object a line, a byte order mark and CRLF
 * tolerated. Every accepted line is converted exactly by `readLinesSql`; nothing is coerced.
 */
export class NdjsonValidator implements RowValidator {
  accepted = 0;
  rejected = 0;
  readonly #row: RowChecker;
  readonly #onReject: (rejected: Rejection) => void;
  readonly #output = new Output();
  /** The start of a line whose end has not come yet. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #line = 0;
  readonly #spanning = new SpanningRecords();

  constructor(dataset: Pick<Dataset, 'columns'>, onReject: (rejected: Rejection) => void) {
    this.#row = new RowChecker(dataset.columns);
    this.#onReject = onReject;
  }

  get unknownFields(): readonly UnknownField[] {
    return this.#row.unknownFields;
  }

  get otherUnknownFields(): number {
    return this.#row.otherUnknownFields;
  }

  push(chunk: Buffer): Buffer[] {
    let from = 0;
    if (this.#heldBytes > 0) {
      const newline = chunk.indexOf(NEWLINE);
      if (newline === -1) {
        this.#hold(chunk, 0);
        return [];
      }
      from = newline + 1;
      const line = Buffer.concat([...this.#held, chunk.subarray(0, from)]);
      this.#held = [];
      this.#heldBytes = 0;
      this.#check(line, 0, line.length);
    }
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > from) this.#check(chunk, from, end);
    this.#hold(chunk, Math.max(from, end));
    return this.#output.take();
  }

  end(): Buffer[] {
    const slices = this.#heldBytes === 0 ? [] : this.push(Buffer.from('\n'));
    this.#spanning.end();
    return slices;
  }

  #hold(chunk: Buffer, from: number): void {
    if (from === chunk.length) return;
    this.#held.push(Buffer.from(chunk.subarray(from)));
    this.#heldBytes += chunk.length - from;
    if (this.#heldBytes > MAX_LINE_BYTES) throw this.#tooLong();
  }

  #tooLong(): UnreadableObjectError {
    return new UnreadableObjectError(`line ${this.#line + 1} is longer than ${MAX_LINE_BYTES} bytes`);
  }

  /** Checks the whole lines in `[start, end)`. */
  #check(buf: Buffer, start: number, end: number): void {
    const row = this.#row;
    const output = this.#output;
    let undecided = this.#spanning.undecided;
    const wellFormed = isUtf8(buf.subarray(start, end));
    let from = start;
    if (this.#line === 0 && buf[from] === 0xef && buf[from + 1] === 0xbb && buf[from + 2] === 0xbf) from += 3;
    /** Start of the bytes that are accepted as they are and not yet passed on. */
    let run = from;
    while (from < end) {
      let problem: string | undefined;
      if (!wellFormed && !isUtf8(buf.subarray(from, buf.indexOf(NEWLINE, from)))) problem = 'not UTF-8';
      const result = problem === undefined ? row.check(buf, from) : REJECTED;
      const newline = result >= 0 ? result : buf.indexOf(NEWLINE, from);
      if (newline - from > MAX_LINE_BYTES) throw this.#tooLong();
      this.#line++;
      const next = newline + 1;
      if (result === REJECTED) problem ??= row.reason;
      else if (row.patches.needed) problem = row.tooLong(from, newline);
      if (result >= 0 && problem === undefined) {
        this.accepted++;
        if (row.patches.count > 0) run = output.appendPatched(buf, run, row.patches);
      } else {
        output.append(buf, run, from);
        run = next;
      }
      if (problem !== undefined) {
        this.rejected++;
        const last = newline > from && buf[newline - 1] === RETURN ? newline - 1 : newline;
        this.#onReject({ line: this.#line, reason: problem, raw: buf.subarray(from, last) });
      }
      if (undecided && result !== BLANK) {
        this.#spanning.add(buf.subarray(from, newline), problem === undefined);
        undecided = this.#spanning.undecided;
      }
      from = next;
    }
    output.append(buf, run, end);
  }
}
