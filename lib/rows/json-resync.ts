import { ASCII } from './bytes';
import { skipString } from './json';
import { isBlank, LONGEST_ESCAPE, passString, skipBlank } from './json-extent';

const { COLON, COMMA, LEFT_BRACE, LEFT_BRACKET, NEWLINE, QUOTE, RETURN, RIGHT_BRACE, RIGHT_BRACKET, SPACE, TAB } =
  ASCII;

/** Begins each record of a JSON text sequence (RFC 7464). No JSON holds it. */
export const RECORD_SEPARATOR = 0x1e;

/** What cannot be decided before more bytes come. */
export const UNDECIDED = -1;

/** A value that is broken, as far as it was understood. */
export interface Broken {
  /** Where its first byte stands, which is not blank. */
  readonly start: number;
  /** First byte that cannot be there, and the start of the token that holds it. */
  readonly fault: number;
  readonly token: number;
  /** Objects and arrays that are open before that token. */
  readonly braces: number;
  readonly brackets: number;
  /** Whether it should be an object. */
  readonly isObject: boolean;
  /** The bracket or brace that closes what it is in; 0 outside of arrays and envelopes. */
  readonly closer: number;
  /** Blanks at the start of its line, where its records span lines; undefined where a line end ends it. */
  readonly indent: number | undefined;
}

/**
 * The position where a broken value ends, which is the first of these:
 *
 * 1. the place of the fault, where a record begins that cannot be there: what is before it was cut off
 * 2. behind the brace that closes its first one, if what follows may follow a record
 * 3. before the bracket that closes the array around it; of an element that is not an object, before a comma as well
 * 4. before a record that follows a `}` or `]` with no comma between them, which is not so within any value; or that begins
 *    when all brackets are closed
 * 5. before a record separator
 * 6. the end of its line; where records span lines, before a line that begins with a bracket no further to the right
 * 7. the end of the input
 *
 * @returns `UNDECIDED` where that depends on bytes behind `end`
 */
export function endOfBroken(buf: Buffer, broken: Broken, end: number, final: boolean): number {
  const { start, fault, token, isObject, closer, indent } = broken;
  const isElement = closer === RIGHT_BRACKET;
  const cut = isObject ? cutOff(buf, start, fault, end, final) : start;
  if (cut === UNDECIDED || cut > start) return cut;
  let { braces, brackets } = broken;
  let i = Math.max(token, start);
  while (i < end) {
    const c = buf[i];
    if (c === QUOTE) {
      const next = passString(buf, i, end);
      const border = borderWithin(buf, i, next, end, final);
      if (border !== 0) return border;
      i = next;
      continue;
    }
    if (c === LEFT_BRACE) {
      const isOutside = isObject && braces <= 0 && brackets <= 0;
      const border = isOutside ? beginsRecord(buf, i, end, final) : borderAt(buf, i, end, final);
      if (border !== 0) return border > 0 ? i : border;
      braces++;
    } else if (c === RIGHT_BRACE) {
      braces--;
      if (isObject && braces <= 0) {
        const follow = following(buf, i + 1, end, closer, final);
        if (follow >= 0) return i + 1;
      }
    } else if (c === LEFT_BRACKET) {
      brackets++;
    } else if (c === RIGHT_BRACKET) {
      if (isElement && brackets <= 0 && i > start) return i;
      brackets--;
    } else if (c === COMMA) {
      if (isElement && !isObject && braces <= 0 && brackets <= 0 && i > start) return i;
    } else if (c === NEWLINE) {
      if (indent === undefined) return i;
      const begins = recordLine(buf, i + 1, indent, end, final);
      if (begins === UNDECIDED) return UNDECIDED;
      if (begins) return i;
    } else if (c === RECORD_SEPARATOR) {
      return i;
    }
    i++;
  }
  return final ? end : UNDECIDED;
}

/** What `following` answers where something stands behind a record that cannot be there: `~p`, below `UNDECIDED`. */
const GARBAGE = -2;

/**
 * The position of what follows a record, if it may: a line end, the end of the input, another record or array, a separator,
 * or a comma before one of these; within an array or envelope its end, and a comma before anything. `UNDECIDED`, or less for anything else.
 */
export function following(buf: Buffer, at: number, end: number, closer: number, final: boolean): number {
  let i = skipInLine(buf, at, end);
  if (i >= end) return final ? end : UNDECIDED;
  if (mayFollow(buf[i] as number, closer)) return i;
  if (buf[i] !== COMMA) return GARBAGE;
  if (closer !== 0) return i;
  const comma = i;
  i = skipInLine(buf, i + 1, end);
  if (i >= end) return final ? comma : UNDECIDED;
  return mayFollow(buf[i] as number, closer) ? comma : GARBAGE;
}

const mayFollow = (c: number, closer: number): boolean =>
  c === NEWLINE || c === LEFT_BRACE || c === LEFT_BRACKET || c === RECORD_SEPARATOR || (closer !== 0 && c === closer);

export function skipInLine(buf: Buffer, at: number, end: number): number {
  let i = at;
  while (i < end) {
    const c = buf[i];
    if (c !== SPACE && c !== RETURN && c !== TAB) break;
    i++;
  }
  return i;
}

/**
 * Where a record begins at the fault: a brace that cannot be there, or one that seems to end the string before the fault,
 * because the string was cut off right before it. The start of the value where none does.
 */
function cutOff(buf: Buffer, start: number, fault: number, end: number, final: boolean): number {
  if (buf[fault] === LEFT_BRACE) {
    const opens = beginsRecord(buf, fault, end, final);
    if (opens !== 0) return opens === UNDECIDED ? UNDECIDED : fault;
  }
  let last = fault - 1;
  while (isBlank(buf[last] as number)) last--;
  const brace = last - 1;
  if (buf[last] === QUOTE && buf[brace] === LEFT_BRACE) {
    const opens = beginsRecord(buf, brace, end, final);
    if (opens !== 0) return opens === UNDECIDED ? UNDECIDED : brace;
  }
  return start;
}

/** A record that begins at a brace, behind a `}` or `]` without a comma: its position, 0 for none, or `UNDECIDED`. */
function borderAt(buf: Buffer, brace: number, end: number, final: boolean): number {
  let before = brace - 1;
  while (isBlank(buf[before] as number)) before--;
  const c = buf[before];
  if (c !== RIGHT_BRACE && c !== RIGHT_BRACKET) return 0;
  const opens = beginsRecord(buf, brace, end, final);
  return opens <= 0 ? opens : brace;
}

/** The same within what seems to be a string: behind a fault, what is within and what is outside may be swapped. */
function borderWithin(buf: Buffer, from: number, to: number, end: number, final: boolean): number {
  const text = buf.subarray(0, to);
  for (let i = text.indexOf(LEFT_BRACE, from); i !== -1; i = text.indexOf(LEFT_BRACE, i + 1)) {
    const border = borderAt(buf, i, end, final);
    if (border !== 0) return border;
  }
  return 0;
}

/** Whether a brace opens an object, as far as its first key tells: 1, 0 or `UNDECIDED`. */
function beginsRecord(buf: Buffer, brace: number, end: number, final: boolean): number {
  const more = final ? 0 : UNDECIDED;
  let i = skipBlank(buf, brace + 1, end);
  if (i >= end) return more;
  if (buf[i] === RIGHT_BRACE) return 1;
  if (buf[i] !== QUOTE) return 0;
  i = skipString(buf, i + 1);
  if (i < 0) return ~i + LONGEST_ESCAPE > end ? more : 0;
  i = skipBlank(buf, i, end);
  if (i >= end) return more;
  return buf[i] === COLON ? 1 : 0;
}

/** Whether a bracket that may begin or end records begins the next line that is not blank, at most so far to the right. */
function recordLine(buf: Buffer, at: number, indent: number, end: number, final: boolean): boolean | typeof UNDECIDED {
  let line = at;
  for (;;) {
    const i = skipInLine(buf, line, end);
    if (i >= end) return final ? false : UNDECIDED;
    const c = buf[i];
    if (c === NEWLINE) {
      line = i + 1;
      continue;
    }
    return (c === LEFT_BRACE || c === LEFT_BRACKET || c === RIGHT_BRACKET) && i - line <= indent;
  }
}
