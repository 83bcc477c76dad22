import { isUtf8 } from 'node:buffer';
import { ASCII } from './bytes';
import { Envelope, type EnvelopeShape } from './envelope';
import { Flat } from './flat';
import { skipBlank } from './json-extent';
import { JsonPieces, NONE, UNREAD } from './json-pieces';
import { following, RECORD_SEPARATOR, skipInLine, UNDECIDED } from './json-resync';
import { Piecewise } from './piecewise';
import { wholeCharacters } from './positions';
import type { RecordReader } from './record-reader';

const { COMMA, LEFT_BRACE, LEFT_BRACKET, NEWLINE, RETURN, RIGHT_BRACKET, SPACE, TAB } = ASCII;

/**
 * Finds the records in the bytes of an object, cut anywhere: JSON objects one a line, one after the other, over several
 * lines, in arrays, after record separators (RFC 7464), with commas between them, and all of that mixed; or those within
 * envelopes. Every byte but white space and what separates records belongs to a record or to a broken piece.
 *
 * One piece is held at a time, which has at most `MAX_LINE_BYTES`.
 */
export class JsonRecords extends JsonPieces {
  protected readonly bytes: Piecewise;
  #begun = false;

  constructor(reader: RecordReader, shape?: EnvelopeShape) {
    super(reader, shape === undefined ? undefined : new Envelope(shape));
    this.bytes = new Piecewise(
      (buf, start, end, final) => this.#take(buf, start, end, final),
      () => this.tooLong(),
    );
  }

  push(chunk: Buffer): void {
    this.bytes.push(chunk);
  }

  /** Takes the end of the object. */
  end(): void {
    this.bytes.end();
    const isInside = this.envelope?.isOpen === true;
    if ((!this.inArray && !isInside) || this.torn) return;
    this.at = 0;
    this.cutOff();
  }

  /** Takes the pieces in `[start, end)`; a newline stands at `end` or right before it. */
  #take(buf: Buffer, start: number, end: number, final: boolean): number {
    const reader = this.reader;
    const envelope = this.envelope;
    let flat: Flat | undefined;
    let at = start;
    if (!this.#begun) {
      this.#begun = true;
      if (buf[at] === 0xef && buf[at + 1] === 0xbb && buf[at + 2] === 0xbf) at += 3;
    }
    this.lineStart = at;
    this.wellFormed = isUtf8(buf.subarray(at, wholeCharacters(buf, at, end)));
    while (at < end) {
      this.at = at;
      let next: number;
      // Within an envelope, a brace without a comma before may begin the next one.
      if (buf[at] === LEFT_BRACE && this.plain && (!this.after || envelope === undefined)) {
        let to = UNREAD;
        if (this.spans && this.fresh && this.wellFormed && reader.acceptSpread !== undefined) {
          flat ??= new Flat(buf, at, end);
          const stop = reader.acceptSpread(flat, at, envelope !== undefined);
          if (stop > at) {
            this.spread(buf, flat, at, stop);
            at = stop;
            continue;
          }
        }
        if (this.wellFormed && buf[at + 1] !== NEWLINE) {
          const stop = reader.acceptRun(buf, at, end, envelope !== undefined);
          if (stop > at) {
            this.ran(buf, at, stop);
            at = stop;
            if (at >= end || buf[at] !== LEFT_BRACE) continue;
            this.at = at;
          }
          to = reader.to;
        }
        next = this.#record(buf, at, to, end, final);
      } else {
        next = this.#other(buf, at, end, final);
      }
      if (next === UNDECIDED) return this.fresh ? this.lineStart : at;
      at = next;
    }
    return this.fresh ? Math.min(this.lineStart, end) : end;
  }

  /** Anything but a brace that begins a record as it is. Returns the position after it. */
  #other(buf: Buffer, at: number, end: number, final: boolean): number {
    const envelope = this.envelope;
    const c = buf[at];
    if (c === NEWLINE) {
      this.line++;
      this.lineStart = at + 1;
      this.fresh = true;
      return at + 1;
    }
    if (c === SPACE || c === TAB || c === RETURN) return skipInLine(buf, at, end);
    if (c === RECORD_SEPARATOR) {
      this.giveUp('all');
      return this.separator(at, false);
    }
    if (envelope !== undefined && c === LEFT_BRACE) return this.#within(envelope, buf, at, end, final);
    if (envelope?.isAfter === true) return this.#leave(envelope, buf, at, end, final);
    if (c === COMMA && this.after) return this.separator(at, false);
    if (c === RIGHT_BRACKET && this.closer === RIGHT_BRACKET) {
      if (envelope?.isOpen === true) {
        envelope.leaveRecords();
        this.plain = false;
      } else {
        this.inArray = false;
      }
      this.torn = false;
      return this.separator(at, true);
    }
    if (c === LEFT_BRACKET && envelope?.isOpen !== true && (!this.inArray || this.after)) {
      const first = skipBlank(buf, at + 1, end);
      if (first >= end && !final) return UNDECIDED;
      if (first >= end || buf[first] === LEFT_BRACE || buf[first] === RIGHT_BRACKET) {
        this.giveUp('all');
        this.at = at;
        this.inArray = true;
        this.torn = false;
        this.arrayOffset = this.bytes.base + at;
        return this.separator(at, false);
      }
    }
    return this.value(buf, at, NONE, end, final);
  }

  /** A brace where envelopes are: of one, or of a record in one. */
  #within(envelope: Envelope, buf: Buffer, at: number, end: number, final: boolean): number {
    if (envelope.isOpen) {
      // With no comma between them, it may be the next envelope, and this one was cut off. Whether it fits does not matter: who counts rows
      // does not know.
      const isNext = envelope.isAfter || (this.after && envelope.isNext(buf, at, end, final));
      if (isNext === undefined) return UNDECIDED;
      if (!isNext) return this.#inside(envelope, buf, at, end, final);
      this.giveUp('envelope');
      this.at = at;
    }
    const found = envelope.enter(buf, at, end, final, this.bytes.base + at);
    if (found.kind === 'open' && !final) return UNDECIDED;
    if (found.kind === 'ended') {
      if (following(buf, found.at, end, this.closer, final) === UNDECIDED) return UNDECIDED;
      this.bound(at, found.at);
      envelope.count();
      return this.noRecord(buf, at, found.at, found.reason);
    }
    if (found.kind === 'records') {
      this.bound(at, found.at);
      envelope.count();
      this.plain = envelope.isInArray && (this.reader.carry?.(envelope.carried) ?? envelope.carried.isEmpty);
      this.torn = false;
      return this.passed(buf, at, found.at, false);
    }
    return this.value(buf, at, NONE, end, final, found.kind === 'broken' ? found.reason : undefined);
  }

  /** A record of an envelope that is no element of an array, or gets members that each record is read with. */
  #inside(envelope: Envelope, buf: Buffer, at: number, end: number, final: boolean): number {
    if (!this.wellFormed || !envelope.carried.isEmpty) return this.value(buf, at, UNREAD, end, final);
    return this.#record(buf, at, this.reader.read(buf, at), end, final);
  }

  /** What stands behind the records of an envelope, up to its end. */
  #leave(envelope: Envelope, buf: Buffer, at: number, end: number, final: boolean): number {
    const found = envelope.leave(buf, at, end, final);
    if (found.kind === 'open' && !final) return UNDECIDED;
    if (found.kind === 'ended') {
      this.bound(at, found.at);
      envelope.count();
      envelope.reset();
      this.torn = false;
      return this.passed(buf, at, found.at, true);
    }
    const reason = found.kind === 'broken' ? found.reason : 'not JSON: the object ends within an envelope';
    const next = this.value(
      buf,
      at,
      NONE,
      end,
      final,
      reason ?? 'not JSON: an envelope goes on otherwise behind its records',
    );
    if (next !== UNDECIDED) envelope.reset();
    return next;
  }

  /** A record that was read in place, to `to`, or that could not be. */
  #record(buf: Buffer, at: number, to: number, end: number, final: boolean): number {
    if (to < 0) return this.value(buf, at, to, end, final);
    const follow = following(buf, to, end, this.closer, final);
    if (follow === UNDECIDED) {
      this.reader.forget();
      return UNDECIDED;
    }
    if (follow < 0) return this.value(buf, at, UNREAD, end, final);
    this.bound(at, follow);
    return this.accepted(buf, at, to, follow, end);
  }
}
