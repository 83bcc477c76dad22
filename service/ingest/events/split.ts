import * as json from '../../../lambda/compaction/lines/json';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const COMMA = 0x2c;
const LEFT_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const RIGHT_BRACKET = 0x5d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A body that is no list of events at all; its message says where it breaks. */
export class BodySyntaxError extends Error {
  override readonly name = 'BodySyntaxError';
}

/** More events than a request may hold. */
export class TooManyEventsError extends Error {
  override readonly name = 'TooManyEventsError';
}

/** The events of a body, as ranges of its bytes. Behind each range stands a newline, where the line checker stops. */
export interface Events {
  readonly bytes: Buffer;
  /** Start and end of each event: `[start, end, start, end, ...]`. */
  readonly ranges: readonly number[];
  /** For NDJSON, the line of each event, from 1. */
  readonly lines: readonly number[] | undefined;
}

/** Lines that hold more than white space. @throws TooManyEventsError */
export function splitLines(body: Buffer, maxEvents: number): Events {
  const bytes = body.at(-1) === NEWLINE ? body : Buffer.concat([body, Buffer.of(NEWLINE)]);
  const ranges: number[] = [];
  const lines: number[] = [];
  let line = 0;
  for (let from = afterMark(bytes); from < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    line += 1;
    let start = from;
    let end = newline;
    while (start < end && isBlank(bytes[start] as number)) start += 1;
    while (end > start && isBlank(bytes[end - 1] as number)) end -= 1;
    if (end > start) {
      if (lines.length === maxEvents) throw new TooManyEventsError();
      // White space behind the event would end up in the lake.
      bytes[end] = NEWLINE;
      ranges.push(start, end);
      lines.push(line);
    }
    from = newline + 1;
  }
  return { bytes, ranges, lines };
}

/**
 * One JSON document: an event, or an array of events. Each event becomes one line: newlines between its tokens are
 * replaced by spaces, everything else stays as it was written, digits beyond 2^53 included.
 *
 * @throws BodySyntaxError, TooManyEventsError
 */
export function splitDocument(body: Buffer, maxEvents: number): Events {
  const bytes = Buffer.concat([body, Buffer.of(NEWLINE)]);
  unbreakLines(bytes, bytes.length - 1);
  let at = json.skipSpace(bytes, afterMark(bytes));
  const ranges: number[] = [];
  if (bytes[at] !== LEFT_BRACKET) {
    const end = valueEnd(bytes, at);
    ranges.push(at, end);
    at = end;
  } else {
    at = json.skipSpace(bytes, at + 1);
    while (bytes[at] !== RIGHT_BRACKET) {
      if (ranges.length === 2 * maxEvents) throw new TooManyEventsError();
      const end = valueEnd(bytes, at);
      ranges.push(at, end);
      at = json.skipSpace(bytes, end);
      if (bytes[at] === RIGHT_BRACKET) break;
      if (bytes[at] !== COMMA) throw broken(bytes, at);
      at = json.skipSpace(bytes, at + 1);
      if (bytes[at] === RIGHT_BRACKET) throw broken(bytes, at);
    }
    at += 1;
  }
  at = json.skipSpace(bytes, at);
  if (at !== bytes.length - 1) throw broken(bytes, at);
  for (let i = 1; i < ranges.length; i += 2) bytes[ranges[i] as number] = NEWLINE;
  return { bytes, ranges, lines: undefined };
}

/** The line checker takes a newline for the end of an event. One inside of a string is left: no JSON allows it there. */
function unbreakLines(bytes: Buffer, end: number): void {
  let inString = false;
  for (let i = 0; i < end; i += 1) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === NEWLINE) {
      bytes[i] = SPACE;
    }
  }
}

function valueEnd(bytes: Buffer, at: number): number {
  const end = json.skipValue(bytes, at);
  if (end < 0) throw broken(bytes, ~end);
  return end;
}

function broken(bytes: Buffer, at: number): BodySyntaxError {
  if (at >= bytes.length - 1) return new BodySyntaxError('the body is no JSON: it ends too early');
  const deep = bytes[at] === LEFT_BRACKET || bytes[at] === 0x7b;
  const why = deep
    ? `is nested deeper than ${json.MAX_UNDECLARED_DEPTH} levels, or stands where it cannot`
    : 'is unexpected';
  return new BodySyntaxError(`the body is no JSON: the character at byte ${at + 1} ${why}`);
}

const afterMark = (bytes: Buffer): number => (bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0);

const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB || byte === RETURN;
