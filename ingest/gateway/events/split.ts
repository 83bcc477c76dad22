import { ASCII } from '../../../lib/rows/bytes';
import * as json from '../../../lib/rows/json';
import type { Steps } from '../work/turns';

const { BACKSLASH, COMMA, LEFT_BRACE, LEFT_BRACKET, NEWLINE, QUOTE, RETURN, RIGHT_BRACE, RIGHT_BRACKET, SPACE, TAB } =
  ASCII;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Bytes that one step scans: a fraction of a millisecond. */
const STEP = 65_536;
/** A line costs as much as so many bytes. */
const LINE_COST = 64;
/** Longest escape, `\ud83d\ude00`: so far before the place where a scan was cut off it may report a fault that is none. */
const LONGEST_ESCAPE = 12;

/** A body that is not a list of events; the message says where parsing failed. */
export class BodySyntaxError extends Error {
  override readonly name = 'BodySyntaxError';
}

/** More events than a request may hold. */
export class TooManyEventsError extends Error {
  override readonly name = 'TooManyEventsError';
}

/** The events of a body, as ranges of its bytes. Each range is followed by a newline, where the row validator stops. */
export interface Events {
  readonly bytes: Buffer;
  /** Start and end of each event: `[start, end, start, end, ...]`. */
  readonly ranges: readonly number[];
  /** For NDJSON, the line of each event, from 1. */
  readonly lines: readonly number[] | undefined;
}

/**
 * Lines that hold more than white space.
 *
 * @param bytes the body and one newline more; changed in place
 * @throws TooManyEventsError
 */
export function* splitLines(bytes: Buffer, maxEvents: number): Steps<Events> {
  const ranges: number[] = [];
  const lines: number[] = [];
  let line = 0;
  let work = 0;
  for (let from = afterMark(bytes); from < bytes.length; ) {
    const newline = bytes[from] === NEWLINE ? from : bytes.indexOf(NEWLINE, from);
    line += 1;
    work += LINE_COST + newline - from;
    const isLong = newline - from > STEP;
    let start = isLong ? yield* skipBlanks(bytes, from) : from;
    let end = isLong ? yield* dropBlanks(bytes, start, newline) : newline;
    while (start < end && isBlank(bytes[start] as number)) start += 1;
    while (end > start && isBlank(bytes[end - 1] as number)) end -= 1;
    if (end > start) {
      if (lines.length === maxEvents) throw new TooManyEventsError();
      // White space after the event would end up in the lake.
      bytes[end] = NEWLINE;
      ranges.push(start, end);
      lines.push(line);
    }
    from = newline + 1;
    if (work >= STEP) {
      work = 0;
      yield;
    }
  }
  return { bytes, ranges, lines };
}

/**
 * One JSON document: an event, or an array of events. Each event becomes one line: newlines between its tokens are
 * replaced by spaces, everything else stays as it was written, digits beyond 2^53 included.
 *
 * @param bytes the body and one newline more; changed in place
 * @param eventBytes of an event beyond it only the end is found; it will be rejected for its size
 * @throws BodySyntaxError, TooManyEventsError
 */
export function* splitDocument(bytes: Buffer, maxEvents: number, eventBytes: number): Steps<Events> {
  const last = bytes.length - 1;
  if (bytes.indexOf(NEWLINE) < last) yield* unbreakLines(bytes, last);
  let at = afterMark(bytes);
  // For a small body, a generator costs more than the rest.
  if (isBlank(bytes[at] as number)) at = yield* skipBlanks(bytes, at);
  const ranges: number[] = [];
  if (bytes[at] !== LEFT_BRACKET) {
    const end = shortValueEnd(bytes, at, eventBytes) ?? (yield* longValueEnd(bytes, at));
    ranges.push(at, end);
    at = end;
  } else {
    at = yield* skipBlanks(bytes, at + 1);
    let pause = at + STEP;
    while (bytes[at] !== RIGHT_BRACKET) {
      if (ranges.length === 2 * maxEvents) throw new TooManyEventsError();
      const end = shortValueEnd(bytes, at, eventBytes) ?? (yield* longValueEnd(bytes, at));
      ranges.push(at, end);
      at = isBlank(bytes[end] as number) ? yield* skipBlanks(bytes, end) : end;
      if (bytes[at] === RIGHT_BRACKET) break;
      if (bytes[at] !== COMMA) throw broken(bytes, at);
      at = isBlank(bytes[at + 1] as number) ? yield* skipBlanks(bytes, at + 1) : at + 1;
      if (bytes[at] === RIGHT_BRACKET) throw broken(bytes, at);
      if (at >= pause) {
        pause = at + STEP;
        yield;
      }
    }
    at += 1;
  }
  if (isBlank(bytes[at] as number)) at = yield* skipBlanks(bytes, at);
  if (at !== bytes.length - 1) throw bytes[at] === LEFT_BRACE ? severalDocuments(at) : broken(bytes, at);
  for (let i = 1; i < ranges.length; i += 2) bytes[ranges[i] as number] = NEWLINE;
  return { bytes, ranges, lines: undefined };
}

/** The row validator takes a newline for the end of an event. One inside of a string is left: no JSON allows it there. */
function* unbreakLines(bytes: Buffer, end: number): Steps<void> {
  let inString = false;
  for (let i = 0, pause = STEP; i < end; i += 1) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === NEWLINE) {
      bytes[i] = SPACE;
    }
    if (i >= pause) {
      pause = i + STEP;
      yield;
    }
  }
}

function* skipBlanks(bytes: Buffer, from: number): Steps<number> {
  let at = from;
  for (let pause = at + STEP; isBlank(bytes[at] as number); at += 1) {
    if (at < pause) continue;
    pause = at + STEP;
    yield;
  }
  return at;
}

/** The end of `[start, end)` without trailing white space. */
function* dropBlanks(bytes: Buffer, start: number, end: number): Steps<number> {
  let at = end;
  for (let pause = at - STEP; at > start && isBlank(bytes[at - 1] as number); at -= 1) {
    if (at > pause) continue;
    pause = at - STEP;
    yield;
  }
  return at;
}

/**
 * The end of a value, unless it is longer than an event may be, or breaks where its end can be found all the same.
 *
 * @throws BodySyntaxError unless a value stands here
 */
function shortValueEnd(bytes: Buffer, at: number, limit: number): number | undefined {
  // No scan steps over a newline: behind the longest event one is set up to stop it.
  const stop = at + limit + 1;
  if (stop >= bytes.length - 1) {
    const end = json.skipValue(bytes, at);
    return end >= 0 ? end : afterBreak(bytes, at, ~end);
  }
  const byte = bytes[stop] as number;
  bytes[stop] = NEWLINE;
  const end = json.skipValue(bytes, at);
  bytes[stop] = byte;
  const reached = end < 0 ? ~end : end;
  if (reached < stop - LONGEST_ESCAPE) return end >= 0 ? end : afterBreak(bytes, at, reached);
  return end >= 0 && end < stop ? end : undefined;
}

/**
 * A value that breaks at an escape (a lone surrogate is one) or at its depth has an end all the same, and is rejected alone.
 *
 * @throws BodySyntaxError if it breaks in another way
 */
function afterBreak(bytes: Buffer, from: number, at: number): undefined {
  const byte = bytes[at];
  if (at > from && (byte === BACKSLASH || byte === LEFT_BRACKET || byte === LEFT_BRACE)) return undefined;
  throw broken(bytes, at);
}

/** The end of a value whose text is not looked at: by its quotes and brackets alone. */
function* longValueEnd(bytes: Buffer, from: number): Steps<number> {
  let depth = 0;
  let inString = false;
  for (let i = from, pause = from + STEP; i < bytes.length - 1; i += 1) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) inString = false;
      if (!inString && depth === 0) return i + 1;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === LEFT_BRACE || byte === LEFT_BRACKET) {
      depth += 1;
    } else if (byte === RIGHT_BRACE || byte === RIGHT_BRACKET) {
      if (depth === 0) return i;
      depth -= 1;
      if (depth === 0) return i + 1;
    } else if (byte === COMMA && depth === 0) {
      return i;
    }
    if (i >= pause) {
      pause = i + STEP;
      yield;
    }
  }
  throw broken(bytes, bytes.length - 1);
}

function broken(bytes: Buffer, at: number): BodySyntaxError {
  if (at >= bytes.length - 1) return new BodySyntaxError('the body is not JSON: it ends too early');
  return new BodySyntaxError(`the body is not JSON: the character at byte ${at + 1} is unexpected`);
}

const severalDocuments = (at: number): BodySyntaxError =>
  new BodySyntaxError(
    `the body is more than one JSON document: at byte ${at + 1} another one begins; send an array, or one event a line as application/x-ndjson`,
  );

const afterMark = (bytes: Buffer): number => (bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0);

const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB || byte === RETURN;
