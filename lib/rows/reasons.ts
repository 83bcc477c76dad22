import { ASCII } from './bytes';
import type { ValueType } from './compiled';
import { MAX_UNDECLARED_DEPTH, skipSpace, skipString, skipValue } from './json';
import type { LookAlike } from './likeness';
import { visible } from './visible';

const { BACKSLASH, COLON, COMMA, LEFT_BRACE, LEFT_BRACKET, NEWLINE, QUOTE, RIGHT_BRACE, RIGHT_BRACKET, SPACE } = ASCII;

/** Longest part of a value that a reason repeats, in characters. */
const EXCERPT = 40;

/** Why a line was rejected, put together while the scanners return from the place of the fault. */
export class Fault {
  #path = '';
  #problem = '';
  /** Whether the line is not JSON at all: then a path would only mislead. */
  #malformed = false;
  /** Set where the fault is a member that is not declared: its name, in the object at `path`. */
  undeclared: string | undefined;

  get reason(): string {
    return this.#path === '' ? this.#problem : `${this.#path}: ${this.#problem}`;
  }

  /** Where the fault is, e.g. `items[2].price`; empty when the line as a whole is wrong. */
  get path(): string {
    return this.#path;
  }

  get problem(): string {
    return this.#problem;
  }

  set(problem: string): void {
    this.#path = '';
    this.#problem = problem;
    this.#malformed = false;
    this.undeclared = undefined;
  }

  setUndeclared(name: string): void {
    this.set(`the member ${quoteName(name)} is not declared`);
    this.undeclared = name;
  }

  setSyntax(buf: Buffer, lineStart: number, at: number): void {
    this.set(describeSyntax(buf, lineStart, at));
    this.#malformed = true;
  }

  /** Adds what to do about it. */
  advise(advice: string): void {
    this.#problem += `; ${advice}`;
  }

  /** Puts the name of the enclosing field, or an index in brackets, before the path. */
  prefix(segment: string): void {
    if (this.#malformed) return;
    const separator = this.#path === '' || this.#path.startsWith('[') ? '' : '.';
    this.#path = `${segment}${separator}${this.#path}`;
  }
}

/**
 * A value as a reason shows it: `the string "abc"`, `1.50`, `null`, `an object`. A number is its exact text. `end` is the
 * position after it.
 */
export function describeValue(buf: Buffer, at: number, end: number): string {
  const first = buf[at];
  if (first === LEFT_BRACE) return 'an object';
  if (first === LEFT_BRACKET) return 'an array';
  const text = shownText(buf, at, end);
  return first === QUOTE ? `the string ${text}` : text;
}

/** A token as it stands in the input, cut to 40 characters. */
export function shownText(buf: Buffer, at: number, end: number): string {
  // 40 characters take 160 bytes at most.
  return visible(excerpt(buf.toString('utf8', at, Math.min(end, at + (EXCERPT + 1) * 4))));
}

/**
 * The value of a member of a JSON object as it stands there, cut to 40 characters; the last one of several. Undefined where
 * there is none, or the line is not JSON.
 */
export function memberText(line: Buffer, name: string): string | undefined {
  const buf = Buffer.concat([line, Buffer.of(NEWLINE)]);
  let found: string | undefined;
  let at = skipSpace(buf, 0);
  if (buf[at] !== LEFT_BRACE) return undefined;
  do {
    const key = skipSpace(buf, at + 1);
    if (buf[key] !== QUOTE) return found;
    const keyEnd = skipString(buf, key + 1);
    if (keyEnd < 0) return found;
    const colon = skipSpace(buf, keyEnd);
    if (buf[colon] !== COLON) return found;
    const value = skipSpace(buf, colon + 1);
    const end = skipValue(buf, value);
    if (end < 0) return found;
    if (JSON.parse(buf.toString('utf8', key, keyEnd)) === name) found = shownText(buf, value, end);
    at = skipSpace(buf, end);
  } while (buf[at] === COMMA);
  return found;
}

/** A name from the input, cut to 100 characters. */
export function shownName(name: string): string {
  return visible(excerpt(name, 100));
}

/** A name from the input in quotes, cut to 40 characters. */
export function quoteName(name: string): string {
  return visible(JSON.stringify(excerpt(name)));
}

/** A name from the input as part of a path, in quotes unless it is a plain one. */
export function pathName(name: string): string {
  return /^[\w@-]{1,100}$/.test(name) ? name : quoteName(name);
}

/** Names or columns that one reason lists. */
const LISTED = 5;

/** Why a line is refused where members that are not declared look like a declared one that it lacks. */
export function lookAlikeProblem(declared: string, undeclared: readonly string[]): string {
  const names = undeclared.map(quoteName).join(' and ');
  const [members, differ] = undeclared.length === 1 ? ['member', 'differs'] : ['members', 'differ'];
  return (
    `missing, but the undeclared ${members} ${names} ${differ} from it only in case or separators; ` +
    `names match exactly: write "${declared}"`
  );
}

/** The same for the columns of a whole object: `"VendorID" where vendor_id is missing; names match exactly, ...`. */
export function lookAlikeColumns(found: readonly LookAlike[]): string {
  const pairs = found
    .slice(0, LISTED)
    .map(({ declared, undeclared }) => `${listNames(undeclared)} where ${declared} is missing`);
  const more = found.length > LISTED ? `, and ${found.length - LISTED} more of the kind` : '';
  return `${pairs.join(', ')}${more}; names match exactly, case and separators included: write them as declared`;
}

/** Names from the input, quoted, the first five. */
function listNames(names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return `${names.slice(0, LISTED).map(quoteName).join(' and ')}${more}`;
}

function excerpt(text: string, limit = EXCERPT): string {
  if (text.length <= limit) return text;
  // Never half of a pair of surrogates.
  const points = [...text.slice(0, 2 * limit)];
  return points.length <= limit && text.length <= 2 * limit ? text : `${points.slice(0, limit).join('')}...`;
}

/** What is wrong with the byte of a line at which its syntax breaks. */
export const syntaxProblem = (line: Buffer, at: number): string => describeSyntax(line, 0, at);

/** What is wrong with the byte that broke the syntax of the line that starts at `lineStart`. */
function describeSyntax(buf: Buffer, lineStart: number, at: number): string {
  const byte = buf[at] as number;
  if (byte === NEWLINE) return 'not JSON: the line ends too early';
  const place = `at byte ${at - lineStart + 1}`;
  if (byte < SPACE) return `not JSON: control character 0x${byte.toString(16).padStart(2, '0')} ${place}`;
  if (byte === BACKSLASH) return `not JSON: invalid escape or lone surrogate ${place}`;
  if ((byte === LEFT_BRACE || byte === LEFT_BRACKET) && depthAt(buf, lineStart, at) >= MAX_UNDECLARED_DEPTH) {
    return `nested deeper than ${MAX_UNDECLARED_DEPTH} levels ${place}`;
  }
  return `not JSON: unexpected ${quoteName(characterAt(buf, at))} ${place}`;
}

/** Objects and arrays that are open at a position of a line. */
function depthAt(buf: Buffer, lineStart: number, at: number): number {
  let depth = 0;
  let quoted = false;
  for (let i = lineStart; i < at; i++) {
    const byte = buf[i];
    if (byte === QUOTE) quoted = !quoted;
    else if (quoted && byte === BACKSLASH) i++;
    else if (!quoted && (byte === LEFT_BRACE || byte === LEFT_BRACKET)) depth++;
    else if (!quoted && (byte === RIGHT_BRACE || byte === RIGHT_BRACKET)) depth--;
  }
  return depth;
}

function characterAt(buf: Buffer, at: number): string {
  return [...buf.toString('utf8', at, at + 4)][0] ?? '';
}

/** MySQL has a day for no day, which exports write. */
const ZERO_DATE = '"0000-00-00';

/** What to do about a value that stands for none; empty for any other. */
export function hintFor(buf: Buffer, at: number, end: number): string {
  if (buf.toString('latin1', at, Math.min(end, at + ZERO_DATE.length)) !== ZERO_DATE) return '';
  return `; it is no date in MySQL: add ${shownText(buf, at + 1, end - 1)} to the nulls of input.csv or input.lines, or let the source send null`;
}

/** Why a value of the right form is not one of the type. */
export function limitsOf(type: ValueType): string {
  switch (type.kind) {
    case 'bigint':
      return 'does not fit a bigint (-9223372036854775808 to 9223372036854775807)';
    case 'tinyint':
    case 'smallint':
    case 'int':
      return `does not fit ${type.expected} (${type.min} to ${type.max})`;
    case 'date':
      return `is not a day of the years 0001 to 9999${inFormat(type)}`;
    case 'timestamp':
      return `is not a time of the years 0001 to 9999${inFormat(type)}`;
    default:
      return `does not fit ${type.expected}`;
  }
}

const inFormat = ({ times }: ValueType): string => (times === undefined ? '' : ` (${times.shown})`);
