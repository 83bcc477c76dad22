import { ASCII } from './bytes';
import type { Envelope } from './envelope';
import { UnreadableObjectError } from './errors';
import type { Flat } from './flat';
import { isBlank } from './json-extent';
import { skipInLine } from './json-resync';
import { MAX_LINE_BYTES } from './limits';
import type { Piecewise } from './piecewise';
import { indexIn, lastByte } from './positions';
import type { Place, RecordReader } from './record-reader';

const { COMMA, NEWLINE } = ASCII;

/** Where in the object records are looked for: steps over what was read, and counts its lines. */
export abstract class JsonPosition {
  protected abstract readonly bytes: Piecewise;
  /** Start of the current piece in the current buffer. */
  protected at = 0;
  /** Line ends, and records and broken pieces, before it. */
  protected line = 0;
  protected records = 0;
  /** Whether the line holds only blanks so far; where it begins then; and how many blanks those are. */
  protected fresh = true;
  protected lineStart = 0;
  protected indent = 0;
  /** Whether a record or array stands before, with no comma since. */
  protected after = false;
  /** Whether some record spans lines. */
  protected spans = false;
  /** Whether the last piece was broken. */
  protected torn = false;

  constructor(
    protected readonly reader: RecordReader,
    readonly envelope: Envelope | undefined,
  ) {}

  /** Of what the reader is given. */
  get place(): Place {
    return { line: this.line + 1, record: this.records, offset: this.bytes.base + this.at };
  }

  /** Skips records that the reader has read on its own. */
  protected ran(buf: Buffer, at: number, stop: number): void {
    const { lines, records } = this.reader;
    this.line += lines;
    this.records += records;
    this.indent = lines > 0 ? 0 : this.fresh ? at - this.lineStart : this.indent;
    this.lineStart = stop;
    this.fresh = buf[stop - 1] === NEWLINE;
    this.after = lastByte(buf, stop) !== COMMA;
    this.torn = false;
  }

  /** Goes behind records over lines that the reader took by itself. */
  protected spread(buf: Buffer, flat: Flat, at: number, stop: number): void {
    this.line += flat.lines(at, stop);
    this.records += this.reader.records;
    this.lineStart = flat.lineStart(stop);
    let last = stop - 1;
    while (isBlank(buf[last] as number)) last--;
    this.after = buf[last] !== COMMA;
    this.torn = false;
  }

  /** Goes from one position to another, over lines if it `spans` some. */
  protected passed(buf: Buffer, at: number, to: number, after: boolean, spans = true): number {
    this.after = after;
    if (this.fresh) this.indent = at - this.lineStart;
    this.fresh = false;
    if (!spans) return to;
    for (let i = indexIn(buf, at, to); i !== -1; i = indexIn(buf, i + 1, to)) {
      this.line++;
      this.indent = skipInLine(buf, i + 1, to) - i - 1;
    }
    return to;
  }

  protected separator(at: number, after: boolean): number {
    this.after = after;
    if (this.fresh) this.indent = at - this.lineStart;
    this.fresh = false;
    return at + 1;
  }

  protected bound(at: number, to: number): void {
    if (to - at > MAX_LINE_BYTES) throw this.tooLong();
  }

  protected tooLong(): UnreadableObjectError {
    const lacking = this.envelope?.lacking;
    const what = this.fresh && !this.spans ? `line ${this.line + 1}` : `what begins at byte ${this.place.offset}`;
    return new UnreadableObjectError(
      `${what} is longer than ${MAX_LINE_BYTES} bytes${lacking === undefined ? '' : `, and ${lacking}`}`,
    );
  }
}
