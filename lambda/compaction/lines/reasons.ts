import { ASCII } from './bytes';
import type { ValueType } from './types';

const { BACKSLASH, LEFT_BRACE, LEFT_BRACKET, NEWLINE, QUOTE, SPACE } = ASCII;

/** Longest part of a value that a reason repeats, in characters. */
const EXCERPT = 40;

/** Why a line was rejected, put together while the scanners return from the place of the fault. */
export class Fault {
  #path = '';
  #problem = '';
  /** Whether the line is not JSON at all: then a path would only mislead. */
  #malformed = false;

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
  }

  setSyntax(buf: Buffer, lineStart: number, at: number): void {
    this.set(describeSyntax(buf, lineStart, at));
    this.#malformed = true;
  }

  /** Puts the name of the enclosing field, or an index in brackets, before the path. */
  prefix(segment: string): void {
    if (this.#malformed) return;
    const separator = this.#path === '' || this.#path.startsWith('[') ? '' : '.';
    this.#path = `${segment}${separator}${this.#path}`;
  }
}

/** A value as a reason shows it: `the string "abc"`, `1.5`, `null`, `an object`. `end` is the position after it. */
export function describeValue(buf: Buffer, at: number, end: number): string {
  const first = buf[at];
  if (first === LEFT_BRACE) return 'an object';
  if (first === LEFT_BRACKET) return 'an array';
  const text = excerpt(buf.toString('utf8', at, Math.min(end, at + EXCERPT * 4)));
  return first === QUOTE ? `the string ${text}` : text;
}

export function excerpt(text: string): string {
  return text.length <= EXCERPT ? text : `${text.slice(0, EXCERPT)}...`;
}

/** What is wrong with the byte that broke the syntax of the line that starts at `lineStart`. */
function describeSyntax(buf: Buffer, lineStart: number, at: number): string {
  const byte = buf[at] as number;
  if (byte === NEWLINE) return 'not JSON: the line ends too early';
  const place = `at byte ${at - lineStart + 1}`;
  if (byte < SPACE) return `not JSON: control character 0x${byte.toString(16).padStart(2, '0')} ${place}`;
  if (byte === BACKSLASH) return `not JSON: invalid escape or lone surrogate ${place}`;
  return `not JSON: unexpected ${JSON.stringify(characterAt(buf, at))} ${place}`;
}

function characterAt(buf: Buffer, at: number): string {
  return [...buf.toString('utf8', at, at + 4)][0] ?? '';
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
      return 'is no day of the years 0001 to 9999';
    case 'timestamp':
      return 'is no time of the years 0001 to 9999';
    default:
      return `does not fit ${type.expected}`;
  }
}
