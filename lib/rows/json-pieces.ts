import { isUtf8 } from 'node:buffer';
import { ASCII } from './bytes';
import { Extent, inOneLine, isBlank, skipBlank } from './json-extent';
import { JsonPosition } from './json-position';
import { endOfBroken, following, skipInLine, UNDECIDED } from './json-resync';
import { indexIn } from './positions';
import { syntaxProblem } from './reasons';

const { COMMA, LEFT_BRACE, LOWER_A, NEWLINE, RETURN, RIGHT_BRACE, RIGHT_BRACKET } = ASCII;

/** So many lines that continue each other are one record, which is broken somewhere. */
const LINES_THAT_TELL = 3;
const NOT_UTF8 = 'not UTF-8';

/** Of a record that was not read, and of what is not a record. Below `REJECTED`, what a reader answers. */
export const UNREAD = -2;
export const NONE = -3;

/** Records and pieces that are looked at one by one: where each ends, and what becomes of it. */
export abstract class JsonPieces extends JsonPosition {
  protected readonly extent = new Extent();
  protected wellFormed = true;
  protected inArray = false;
  protected arrayOffset = 0;
  /** Whether a brace begins a record here, whatever stands before it. */
  protected plain = this.envelope === undefined;

  /** What closes the array or envelope that pieces are in. */
  protected get closer(): number {
    const envelope = this.envelope;
    if (envelope?.isOpen === true && !envelope.isAfter) return envelope.isInArray ? RIGHT_BRACKET : RIGHT_BRACE;
    return this.inArray ? RIGHT_BRACKET : 0;
  }

  /**
   * A value that was not read in place, or not well: finds out where it ends.
   *
   * @param read `REJECTED` for a record that was read in place, `UNREAD` for one that was not, `NONE` for anything else
   */
  protected value(buf: Buffer, at: number, read: number, end: number, final: boolean, why?: string): number {
    const extent = this.extent;
    const isObject = buf[at] === LEFT_BRACE;
    const closer = this.closer;
    const found = extent.scan(buf, at, end, final);
    if (found === 'open' && !final) return this.undecided();
    if (found === 'whole') {
      const to = extent.at;
      const follow = following(buf, to, end, closer, final);
      if (follow === UNDECIDED) return this.undecided();
      // Outside of arrays, a value that is not an object is text that happens to look like one.
      const isText = !isObject && closer === 0 && follow < end && buf[follow] !== NEWLINE;
      if (follow >= 0 && !isText) {
        this.bound(at, follow);
        if (read === NONE) return this.noRecord(buf, at, to, why);
        return this.whole(buf, at, to, read, follow, end);
      }
      extent.resume(skipInLine(buf, to, end));
    }
    const isOpen = found === 'open';
    const newline = indexIn(buf, at, isOpen ? end : Math.min(extent.at, end));
    const spans = (isObject || closer !== 0) && this.spansLines(buf, at, newline, end, isOpen);
    let to = newline === -1 ? end : newline;
    if (isOpen) {
      if (spans) to = end;
    } else if (spans || newline === -1) {
      const { at: fault, token, braces, brackets } = extent;
      const indent = spans ? (this.fresh ? at - this.lineStart : this.indent) : undefined;
      to = endOfBroken(buf, { start: at, fault, token, braces, brackets, isObject, closer, indent }, end, final);
      if (to === UNDECIDED) return this.undecided();
    }
    this.bound(at, Math.max(extent.at, to));
    if (spans) this.spans = true;
    return this.piece(buf, at, Math.max(to, at + 1), why);
  }

  /** A record that ends at a known position. */
  protected whole(buf: Buffer, at: number, to: number, read: number, follow: number, end: number): number {
    const reader = this.reader;
    const carried = this.envelope?.carried;
    const spans = indexIn(buf, at, to) !== -1;
    if (spans) this.spans = true;
    if (!this.wellFormed && !isUtf8(buf.subarray(at, to))) return this.misfit(buf, at, to, NOT_UTF8);
    if (!spans && (carried === undefined || carried.isEmpty)) {
      const result = read === UNREAD ? reader.read(buf, at) : read;
      if (result >= 0) return this.accepted(buf, at, to, follow, end);
      return this.misfit(buf, at, to, reader.reason);
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
    if (result < 0) return this.misfit(buf, at, to, reader.reason);
    this.records++;
    reader.accept(whole, 0, whole.length, true);
    this.torn = false;
    return this.taken(buf, at, follow);
  }

  /** A record in one line. */
  protected accepted(buf: Buffer, at: number, to: number, follow: number, end: number): number {
    const isLine = follow < end && buf[follow] === NEWLINE;
    this.records++;
    this.reader.accept(buf, at, isLine ? follow + 1 : to, isLine);
    this.torn = false;
    return this.taken(buf, at, follow, false);
  }

  /** A whole record that does not fit. */
  protected misfit(buf: Buffer, at: number, to: number, reason: string): number {
    this.reader.keep();
    const next = this.piece(buf, at, to, reason);
    this.torn = false;
    return next;
  }

  /** A whole value that is not a record. */
  protected noRecord(buf: Buffer, at: number, to: number, why: string | undefined): number {
    const next = this.piece(buf, at, to, why);
    this.torn = false;
    return next;
  }

  /** A piece that is not a record. */
  protected piece(buf: Buffer, at: number, to: number, why: string | undefined): number {
    const reader = this.reader;
    reader.forget();
    const after = skipInLine(buf, to, buf.length);
    const isLine = this.fresh && buf[after] === NEWLINE;
    const from = isLine ? this.lineStart : at;
    let last = isLine ? after : to;
    if (isLine) {
      if (buf[last - 1] === RETURN) last--;
    } else {
      while (isBlank(buf[last - 1] as number)) last--;
    }
    const raw = buf.subarray(from, last);
    this.at = from;
    const reason = why ?? (isUtf8(raw) ? this.explain(raw, buf[at] === LEFT_BRACE) : NOT_UTF8);
    this.records++;
    reader.reject(reason, raw);
    this.torn = true;
    return this.taken(buf, at, to);
  }

  protected explain(raw: Buffer, isObject: boolean): string {
    const line = inOneLine(raw, 0, raw.length);
    const isEnvelope = isObject && this.envelope !== undefined && !this.envelope.isOpen;
    if (!isEnvelope) return this.reader.explain(line);
    const extent = this.extent;
    const found = extent.scan(line, 0, line.length - 1, true);
    // Of a word, its start.
    const isWord = (line[extent.token] ?? 0) >= LOWER_A;
    return syntaxProblem(line, found === 'open' ? line.length - 1 : isWord ? extent.token : extent.at);
  }

  /** Goes behind a record or piece; and behind the comma that follows it, if it is that of an array. */
  protected taken(buf: Buffer, at: number, to: number, spans = true): number {
    const envelope = this.envelope;
    if (envelope?.isOpen === true && !envelope.isInArray) envelope.leaveRecords();
    this.passed(buf, at, to, true, spans);
    if (buf[to] !== COMMA || envelope?.isAfter === true) return to;
    this.after = false;
    return to + 1;
  }

  /** Another value begins where the array or envelope should go on. */
  protected giveUp(what: 'envelope' | 'all'): void {
    if (this.torn) {
      // What is missing has been told.
    } else if (this.envelope?.isOpen === true || (what === 'all' && this.inArray)) {
      this.cutOff();
    }
    this.envelope?.reset();
    this.plain = this.envelope === undefined;
    if (what === 'all') this.inArray = false;
  }

  protected cutOff(): void {
    const envelope = this.envelope;
    const within =
      envelope?.isOpen === true
        ? `the envelope that begins at byte ${envelope.offset}`
        : `the array that begins at byte ${this.arrayOffset}`;
    this.records++;
    this.reader.reject(`not JSON: ${within} ends too early`, Buffer.alloc(0));
  }

  /** Whether a broken value is one of those that span lines. @param newline the first within what was understood of it */
  protected spansLines(buf: Buffer, at: number, newline: number, end: number, isOpen: boolean): boolean {
    if (this.spans || this.extent.lines >= LINES_THAT_TELL) return true;
    const second = skipInLine(buf, at + 1, end);
    if (second < end && buf[second] === NEWLINE) return true;
    return isOpen && newline !== -1 && buf[skipBlank(buf, newline, end)] !== LEFT_BRACE;
  }

  protected undecided(): typeof UNDECIDED {
    this.reader.forget();
    return UNDECIDED;
  }
}
