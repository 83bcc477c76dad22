import { isUtf8 } from 'node:buffer';
import { ASCII } from './bytes';
import { Envelope, type EnvelopeShape } from './envelope';
import { UnreadableObjectError } from './errors';
import { Flat } from './flat';
import { Extent, inOneLine, isBlank, skipBlank } from './json-extent';
import { endOfBroken, following, RECORD_SEPARATOR, skipInLine, UNDECIDED } from './json-resync';
import { MAX_LINE_BYTES } from './limits';
import { Piecewise } from './piecewise';
import { indexIn, lastByte, wholeCharacters } from './positions';
import { syntaxProblem } from './reasons';
import type { Place, RecordReader } from './record-reader';

const { COMMA, LEFT_BRACE, LEFT_BRACKET, LOWER_A, NEWLINE, RETURN, RIGHT_BRACE, RIGHT_BRACKET, SPACE, TAB } = ASCII;

/** So many lines that continue each other are one record, which is broken somewhere. */
const LINES_THAT_TELL = 3;
const NOT_UTF8 = 'not UTF-8';

/** Of a record that was not read, and of what is not a record. Below `REJECTED`, what a reader answers. */
const UNREAD = -2;
const NONE = -3;

/**
 * Finds the records in the bytes of an object, cut anywhere: JSON objects one a line, one after the other, over several
 * lines, in arrays, after record separators (RFC 7464), with commas between them, and all of that mixed; or those within
 * envelopes. Every byte but white space and what separates records belongs to a record or to a broken piece.
 *
 * One piece is held at a time, which has at most `MAX_LINE_BYTES`.
 */
export class JsonRecords {
  readonly #reader: RecordReader;
  readonly #bytes: Piecewise;
  readonly #envelope: Envelope | undefined;
  readonly #extent = new Extent();
  /** Start of the current piece in the current buffer. */
  #at = 0;
  /** Line ends, and records and broken pieces, before it. */
  #line = 0;
  #records = 0;
  #begun = false;
  #wellFormed = true;
  /** Whether the line holds only blanks so far; where it begins then; and how many blanks those are. */
  #fresh = true;
  #lineStart = 0;
  #indent = 0;
  #inArray = false;
  #arrayOffset = 0;
  /** Whether a record or array stands before, with no comma since. */
  #after = false;
  /** Whether a brace begins a record here, whatever stands before it. */
  #plain: boolean;
  /** Whether some record spans lines. */
  #spans = false;
  /** Whether the last piece was broken. */
  #torn = false;

  constructor(reader: RecordReader, shape?: EnvelopeShape) {
    this.#reader = reader;
    this.#envelope = shape === undefined ? undefined : new Envelope(shape);
    this.#plain = shape === undefined;
    this.#bytes = new Piecewise(
      (buf, start, end, final) => this.#take(buf, start, end, final),
      () => this.#tooLong(),
    );
  }

  get envelope(): Envelope | undefined {
    return this.#envelope;
  }

  /** Of what the reader is given. */
  get place(): Place {
    return { line: this.#line + 1, record: this.#records, offset: this.#bytes.base + this.#at };
  }

  push(chunk: Buffer): void {
    this.#bytes.push(chunk);
  }

  /** Takes the end of the object. */
  end(): void {
    this.#bytes.end();
    const isInside = this.#envelope?.isOpen === true;
    if ((!this.#inArray && !isInside) || this.#torn) return;
    this.#at = 0;
    this.#cutOff();
  }

  /** Takes the pieces in `[start, end)`; a newline stands at `end` or right before it. */
  #take(buf: Buffer, start: number, end: number, final: boolean): number {
    const reader = this.#reader;
    const envelope = this.#envelope;
    let flat: Flat | undefined;
    let at = start;
    if (!this.#begun) {
      if (end - start < 3 && !final) return start;
      this.#begun = true;
      if (buf[at] === 0xef && buf[at + 1] === 0xbb && buf[at + 2] === 0xbf) at += 3;
    }
    this.#lineStart = at;
    this.#wellFormed = isUtf8(buf.subarray(at, wholeCharacters(buf, at, end)));
    while (at < end) {
      this.#at = at;
      let next: number;
      // Within an envelope, a brace without a comma before may begin the next one.
      if (buf[at] === LEFT_BRACE && this.#plain && (!this.#after || envelope === undefined)) {
        let to = UNREAD;
        if (this.#spans && this.#fresh && this.#wellFormed && reader.acceptSpread !== undefined) {
          flat ??= new Flat(buf, at, end);
          const stop = reader.acceptSpread(flat, at, envelope !== undefined);
          if (stop > at) {
            this.#spread(buf, flat, at, stop);
            at = stop;
            continue;
          }
        }
        if (this.#wellFormed && buf[at + 1] !== NEWLINE) {
          const stop = reader.acceptRun(buf, at, end, envelope !== undefined);
          if (stop > at) {
            this.#ran(buf, at, stop);
            at = stop;
            if (at >= end || buf[at] !== LEFT_BRACE) continue;
            this.#at = at;
          }
          to = reader.to;
        }
        next = this.#record(buf, at, to, end, final);
      } else {
        next = this.#other(buf, at, end, final);
      }
      if (next === UNDECIDED) return this.#fresh ? this.#lineStart : at;
      at = next;
    }
    return this.#fresh ? Math.min(this.#lineStart, end) : end;
  }

  /** What closes the array or envelope that pieces are in. */
  get #closer(): number {
    const envelope = this.#envelope;
    if (envelope?.isOpen === true && !envelope.isAfter) return envelope.isInArray ? RIGHT_BRACKET : RIGHT_BRACE;
    return this.#inArray ? RIGHT_BRACKET : 0;
  }

  /** Anything but a brace that begins a record as it is. Returns the position after it. */
  #other(buf: Buffer, at: number, end: number, final: boolean): number {
    const envelope = this.#envelope;
    const c = buf[at];
    if (c === NEWLINE) {
      this.#line++;
      this.#lineStart = at + 1;
      this.#fresh = true;
      return at + 1;
    }
    if (c === SPACE || c === TAB || c === RETURN) return skipInLine(buf, at, end);
    if (c === RECORD_SEPARATOR) {
      this.#giveUp('all');
      return this.#separator(at, false);
    }
    if (envelope !== undefined && c === LEFT_BRACE) return this.#within(envelope, buf, at, end, final);
    if (envelope?.isAfter === true) return this.#leave(envelope, buf, at, end, final);
    if (c === COMMA && this.#after) return this.#separator(at, false);
    if (c === RIGHT_BRACKET && this.#closer === RIGHT_BRACKET) {
      if (envelope?.isOpen === true) {
        envelope.leaveRecords();
        this.#plain = false;
      } else {
        this.#inArray = false;
      }
      this.#torn = false;
      return this.#separator(at, true);
    }
    if (c === LEFT_BRACKET && envelope?.isOpen !== true && (!this.#inArray || this.#after)) {
      const first = skipBlank(buf, at + 1, end);
      if (first >= end && !final) return UNDECIDED;
      if (first >= end || buf[first] === LEFT_BRACE || buf[first] === RIGHT_BRACKET) {
        this.#giveUp('all');
        this.#at = at;
        this.#inArray = true;
        this.#torn = false;
        this.#arrayOffset = this.#bytes.base + at;
        return this.#separator(at, false);
      }
    }
    return this.#value(buf, at, NONE, end, final);
  }

  /** A brace where envelopes are: of one, or of a record in one. */
  #within(envelope: Envelope, buf: Buffer, at: number, end: number, final: boolean): number {
    if (envelope.isOpen) {
      // With no comma between them, it is a record only if it does not begin as the envelope did, which then was cut off.
      const isNext = envelope.isAfter || (this.#after && envelope.beginsAlike(buf, at, end, final));
      if (isNext === undefined) return UNDECIDED;
      if (!isNext) return this.#inside(envelope, buf, at, end, final);
      this.#giveUp('envelope');
      this.#at = at;
    }
    const found = envelope.enter(buf, at, end, final, this.#bytes.base + at);
    if (found.kind === 'open' && !final) return UNDECIDED;
    if (found.kind === 'ended') {
      if (following(buf, found.at, end, this.#closer, final) === UNDECIDED) return UNDECIDED;
      this.#bound(at, found.at);
      envelope.count();
      return this.#noRecord(buf, at, found.at, found.reason);
    }
    if (found.kind === 'records') {
      this.#bound(at, found.at);
      envelope.count();
      this.#plain = envelope.isInArray && (this.#reader.carry?.(envelope.carried) ?? envelope.carried.isEmpty);
      this.#torn = false;
      return this.#passed(buf, at, found.at, false);
    }
    return this.#value(buf, at, NONE, end, final, found.kind === 'broken' ? found.reason : undefined);
  }

  /** A record of an envelope that is no element of an array, or gets members that each record is read with. */
  #inside(envelope: Envelope, buf: Buffer, at: number, end: number, final: boolean): number {
    if (!this.#wellFormed || !envelope.carried.isEmpty) return this.#value(buf, at, UNREAD, end, final);
    const to = this.#reader.read(buf, at);
    return to < 0 ? this.#value(buf, at, to, end, final) : this.#record(buf, at, to, end, final);
  }

  /** What stands behind the records of an envelope, up to its end. */
  #leave(envelope: Envelope, buf: Buffer, at: number, end: number, final: boolean): number {
    const found = envelope.leave(buf, at, end, final);
    if (found.kind === 'open' && !final) return UNDECIDED;
    if (found.kind === 'ended') {
      this.#bound(at, found.at);
      envelope.count();
      envelope.reset();
      this.#torn = false;
      return this.#passed(buf, at, found.at, true);
    }
    const reason = found.kind === 'broken' ? found.reason : 'not JSON: the object ends within an envelope';
    envelope.isOpen = false;
    const next = this.#value(
      buf,
      at,
      NONE,
      end,
      final,
      reason ?? 'not JSON: an envelope goes on otherwise behind its records',
    );
    if (next === UNDECIDED) envelope.isOpen = true;
    else envelope.reset();
    return next;
  }

  /** A record that was read in place, to `to`, or that could not be. */
  #record(buf: Buffer, at: number, to: number, end: number, final: boolean): number {
    if (to < 0) {
      const envelope = this.#envelope;
      const isEnvelope =
        envelope?.isOpen === true && envelope.carried.isEmpty && envelope.beginsAlike(buf, at, end, final);
      if (isEnvelope === undefined) return this.#undecided();
      if (!isEnvelope) return this.#value(buf, at, to, end, final);
      this.#reader.forget();
      this.#giveUp('envelope');
      return at;
    }
    const follow = following(buf, to, end, this.#closer, final);
    if (follow === UNDECIDED) {
      this.#reader.forget();
      return UNDECIDED;
    }
    if (follow < 0) return this.#value(buf, at, UNREAD, end, final);
    this.#bound(at, follow);
    return this.#accepted(buf, at, to, follow, end);
  }

  /**
   * A value that was not read in place, or not well: finds out where it ends.
   *
   * @param read `REJECTED` for a record that was read in place, `UNREAD` for one that was not, `NONE` for anything else
   */
  #value(buf: Buffer, at: number, read: number, end: number, final: boolean, why?: string): number {
    const extent = this.#extent;
    const isObject = buf[at] === LEFT_BRACE;
    const closer = this.#closer;
    const found = extent.scan(buf, at, end, final);
    if (found === 'open' && !final) return this.#undecided();
    if (found === 'whole') {
      const to = extent.at;
      const follow = following(buf, to, end, closer, final);
      if (follow === UNDECIDED) return this.#undecided();
      // Outside of arrays, a value that is not an object is text that happens to look like one.
      const isText = !isObject && closer === 0 && follow < end && buf[follow] !== NEWLINE;
      if (follow >= 0 && !isText) {
        this.#bound(at, follow);
        if (read === NONE) return this.#noRecord(buf, at, to, why);
        return this.#whole(buf, at, to, read, follow, end);
      }
      extent.resume(skipInLine(buf, to, end));
    }
    const isOpen = found === 'open';
    const newline = indexIn(buf, at, isOpen ? end : Math.min(extent.at, end));
    const spans = (isObject || closer !== 0) && this.#spansLines(buf, at, newline, end, isOpen);
    let to = newline === -1 ? end : newline;
    if (isOpen) {
      if (spans) to = end;
    } else if (spans || newline === -1) {
      const { at: fault, token, braces, brackets } = extent;
      const indent = spans ? (this.#fresh ? at - this.#lineStart : this.#indent) : undefined;
      to = endOfBroken(buf, { start: at, fault, token, braces, brackets, isObject, closer, indent }, end, final);
      if (to === UNDECIDED) return this.#undecided();
    }
    this.#bound(at, Math.max(extent.at, to));
    if (spans) this.#spans = true;
    return this.#piece(buf, at, Math.max(to, at + 1), why);
  }

  /** A record that ends at a known position. */
  #whole(buf: Buffer, at: number, to: number, read: number, follow: number, end: number): number {
    const reader = this.#reader;
    const carried = this.#envelope?.carried;
    const spans = indexIn(buf, at, to) !== -1;
    if (spans) this.#spans = true;
    if (!this.#wellFormed && !isUtf8(buf.subarray(at, to))) return this.#misfit(buf, at, to, NOT_UTF8);
    if (!spans && (carried === undefined || carried.isEmpty)) {
      const result = read === UNREAD ? reader.read(buf, at) : read;
      if (result >= 0) return this.#accepted(buf, at, to, follow, end);
      return this.#misfit(buf, at, to, reader.reason);
    }
    reader.forget();
    const line = inOneLine(buf, at, to);
    let whole = carried?.into(line) ?? line;
    let result = reader.read(whole, 0);
    // Its own members come before those of the envelope.
    const others = result < 0 || reader.takesTwice === true ? carried?.without(line) : undefined;
    if (others !== undefined) {
      reader.forget();
      whole = others.into(line);
      result = reader.read(whole, 0);
    }
    if (result < 0) return this.#misfit(buf, at, to, reader.reason);
    this.#records++;
    reader.accept(whole, 0, whole.length, true);
    this.#torn = false;
    return this.#taken(buf, at, follow);
  }

  /** Skips records that the reader has read on its own. */
  #ran(buf: Buffer, at: number, stop: number): void {
    const { lines, records } = this.#reader;
    this.#line += lines;
    this.#records += records;
    this.#indent = lines > 0 ? 0 : this.#fresh ? at - this.#lineStart : this.#indent;
    this.#lineStart = stop;
    this.#fresh = buf[stop - 1] === NEWLINE;
    this.#after = lastByte(buf, stop) !== COMMA;
    this.#torn = false;
  }

  /** Goes behind records over lines that the reader took by itself. */
  #spread(buf: Buffer, flat: Flat, at: number, stop: number): void {
    this.#line += flat.lines(at, stop);
    this.#records += this.#reader.records;
    this.#lineStart = flat.lineStart(stop);
    let last = stop - 1;
    while (isBlank(buf[last] as number)) last--;
    this.#after = buf[last] !== COMMA;
    this.#torn = false;
  }

  /** A record in one line. */
  #accepted(buf: Buffer, at: number, to: number, follow: number, end: number): number {
    const isLine = follow < end && buf[follow] === NEWLINE;
    this.#records++;
    this.#reader.accept(buf, at, isLine ? follow + 1 : to, isLine);
    this.#torn = false;
    return this.#taken(buf, at, follow, false);
  }

  /** A whole record that does not fit. */
  #misfit(buf: Buffer, at: number, to: number, reason: string): number {
    this.#reader.keep();
    const next = this.#piece(buf, at, to, reason);
    this.#torn = false;
    return next;
  }

  /** A whole value that is not a record. */
  #noRecord(buf: Buffer, at: number, to: number, why: string | undefined): number {
    const next = this.#piece(buf, at, to, why);
    this.#torn = false;
    return next;
  }

  /** A piece that is not a record. */
  #piece(buf: Buffer, at: number, to: number, why: string | undefined): number {
    const reader = this.#reader;
    reader.forget();
    const after = skipInLine(buf, to, buf.length);
    const isLine = this.#fresh && (after === buf.length || buf[after] === NEWLINE);
    const from = isLine ? this.#lineStart : at;
    let last = isLine ? after : to;
    if (isLine) {
      if (last > from && buf[last - 1] === RETURN) last--;
    } else {
      while (last > from && isBlank(buf[last - 1] as number)) last--;
    }
    const raw = buf.subarray(from, last);
    this.#at = from;
    const reason = why ?? (isUtf8(raw) ? this.#explain(raw, buf[at] === LEFT_BRACE) : NOT_UTF8);
    this.#records++;
    reader.reject(reason, raw);
    this.#torn = true;
    return this.#taken(buf, at, to);
  }

  #explain(raw: Buffer, isObject: boolean): string {
    const line = inOneLine(raw, 0, raw.length);
    const isEnvelope = isObject && this.#envelope !== undefined && !this.#envelope.isOpen;
    if (!isEnvelope) return this.#reader.explain(line);
    const extent = this.#extent;
    const found = extent.scan(line, 0, line.length - 1, true);
    // Of a word, its start.
    const isWord = (line[extent.token] ?? 0) >= LOWER_A;
    return syntaxProblem(line, found === 'open' ? line.length - 1 : isWord ? extent.token : extent.at);
  }

  /** Goes behind a record or piece; and behind the comma that follows it, if it is that of an array. */
  #taken(buf: Buffer, at: number, to: number, spans = true): number {
    const envelope = this.#envelope;
    if (envelope?.isOpen === true && !envelope.isInArray) envelope.leaveRecords();
    this.#passed(buf, at, to, true, spans);
    if (buf[to] !== COMMA || envelope?.isAfter === true) return to;
    this.#after = false;
    return to + 1;
  }

  /** Goes from one position to another, over lines if it `spans` some. */
  #passed(buf: Buffer, at: number, to: number, after: boolean, spans = true): number {
    this.#after = after;
    if (this.#fresh) this.#indent = at - this.#lineStart;
    this.#fresh = false;
    if (!spans) return to;
    for (let i = indexIn(buf, at, to); i !== -1; i = indexIn(buf, i + 1, to)) {
      this.#line++;
      this.#indent = skipInLine(buf, i + 1, to) - i - 1;
    }
    return to;
  }

  #separator(at: number, after: boolean): number {
    this.#after = after;
    if (this.#fresh) this.#indent = at - this.#lineStart;
    this.#fresh = false;
    return at + 1;
  }

  /** Another value begins where the array or envelope should go on. */
  #giveUp(what: 'envelope' | 'all'): void {
    if (this.#torn) {
      // What is missing has been told.
    } else if (this.#envelope?.isOpen === true || (what === 'all' && this.#inArray)) {
      this.#cutOff();
    }
    this.#envelope?.reset();
    this.#plain = this.#envelope === undefined;
    if (what === 'all') this.#inArray = false;
  }

  #cutOff(): void {
    const envelope = this.#envelope;
    const within =
      envelope?.isOpen === true
        ? `the envelope that begins at byte ${envelope.offset}`
        : `the array that begins at byte ${this.#arrayOffset}`;
    this.#records++;
    this.#reader.reject(`not JSON: ${within} ends too early`, Buffer.alloc(0));
  }

  /** Whether a broken value is one of those that span lines. @param newline the first within what was understood of it */
  #spansLines(buf: Buffer, at: number, newline: number, end: number, isOpen: boolean): boolean {
    if (this.#spans || this.#extent.lines >= LINES_THAT_TELL) return true;
    const second = skipInLine(buf, at + 1, end);
    if (second < end && buf[second] === NEWLINE) return true;
    return isOpen && newline !== -1 && buf[skipBlank(buf, newline, end)] !== LEFT_BRACE;
  }

  #undecided(): typeof UNDECIDED {
    this.#reader.forget();
    return UNDECIDED;
  }

  #bound(at: number, to: number): void {
    if (to - at > MAX_LINE_BYTES) throw this.#tooLong();
  }

  #tooLong(): UnreadableObjectError {
    const lacking = this.#envelope?.lacking;
    const what = this.#fresh && !this.#spans ? `line ${this.#line + 1}` : `what begins at byte ${this.place.offset}`;
    return new UnreadableObjectError(
      `${what} is longer than ${MAX_LINE_BYTES} bytes${lacking === undefined ? '' : `, and ${lacking}`}`,
    );
  }
}
