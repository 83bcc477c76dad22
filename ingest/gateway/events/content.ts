import * as crypto from 'node:crypto';
import { type ColumnType, type Dataset, isScalar } from '../../../lib/dataset';
import { ASCII } from '../../../lib/rows/bytes';
import type { ColumnValue } from '../../../lib/rows/column-value';
import { holdsBackslash } from '../../../lib/rows/keys';
import type { RowChecker } from '../../../lib/rows/row';

const { DOT, LOWER_E, LOWER_F, LOWER_T, MINUS, QUOTE, UPPER_E, ZERO } = ASCII;

/**
 * Characters of a mark, 72 bits of the hash: nobody finds another content to a given mark, and a node remembers many. V8
 * copies no more than these from a longer text; of one more it keeps the whole. One of another version must have another
 * length: nothing is said about its content.
 */
const MARK_LENGTH = 12;
/** Longer values are copied by the runtime: the call costs as much as copying so many bytes here. */
const SHORT = 64;

/** Digits of a number up to which its text, without zeros at its end, is what JavaScript would write. */
const EXACT_DIGITS = 15;
/** From 0.0000001 on, JavaScript writes an exponent. */
const PLAIN_ZEROS = 6;

/**
 * Marks what an event says, to tell an event that comes again from another one under the same id. Equal for texts with the
 * same values: order of members, white space, escapes and the spelling of a number (`1.0`, `1`, `1e0`) do not matter, and
 * null is the same as absent, in a struct as well. Everything else is compared as it was sent: `"1"` is not `1`, `Z` is not
 * `+00:00`. Leading partition keys are left out; they are part of the id.
 */
export class ContentMarker {
  readonly #columns: readonly {
    readonly head: Buffer;
    readonly value: ColumnValue;
    readonly type: ColumnType;
    readonly isScalar: boolean;
  }[];
  /** What is hashed. It grows to the longest event, and is written anew for each. */
  #text: Buffer = Buffer.allocUnsafeSlow(4_096);
  #length = 0;

  /** @param checker that has accepted the events when they are marked */
  constructor(dataset: Dataset, checker: RowChecker) {
    // By name: a column that is added between two versions changes no mark.
    this.#columns = [...dataset.columns]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, type }) => ({
        head: Buffer.from(JSON.stringify(name)),
        value: checker.column(name),
        type,
        isScalar: isScalar(type),
      }));
  }

  /**
   * The mark of the event in `bytes` that the checker has just accepted.
   *
   * @param mayEscape whether there may be a backslash in it
   */
  mark(bytes: Buffer, mayEscape: boolean): string {
    this.#length = 0;
    for (const { head, value, type, isScalar: scalar } of this.#columns) {
      if (!value.hasValue) continue;
      this.#copy(head, 0, head.length);
      const { from, to } = value;
      if (scalar && isAsWritten(bytes, from, to, mayEscape)) this.#copy(bytes, from, to);
      else this.#write(JSON.stringify(canonical(value.read(bytes), type)));
    }
    return crypto.hash('sha256', this.#text.subarray(0, this.#length), 'base64url').slice(0, MARK_LENGTH);
  }

  #copy(bytes: Uint8Array, from: number, to: number): void {
    this.#makeRoom(to - from);
    const text = this.#text;
    let at = this.#length;
    this.#length += to - from;
    if (to - from > SHORT) text.set(bytes.subarray(from, to), at);
    else for (let i = from; i < to; i += 1, at += 1) text[at] = bytes[i] as number;
  }

  #write(text: string): void {
    // A character has three bytes at most in UTF-8.
    this.#makeRoom(3 * text.length);
    this.#length += this.#text.write(text, this.#length);
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes <= this.#text.length) return;
    const text = Buffer.allocUnsafeSlow(2 * (this.#length + bytes));
    this.#text.copy(text, 0, 0, this.#length);
    this.#text = text;
  }
}

/** Whether JSON of a string, a number, true or false is what `JSON.stringify` would write. */
const isAsWritten = (bytes: Buffer, from: number, to: number, mayEscape: boolean): boolean =>
  bytes[from] === QUOTE ? !(mayEscape && holdsBackslash(bytes, from, to)) : isPlain(bytes, from, to);

/** Whether a number, true or false is certain to be as `JSON.stringify` would write it. */
function isPlain(bytes: Buffer, from: number, to: number): boolean {
  if (to - from > EXACT_DIGITS) return false;
  let zeros = 0;
  let isFraction = false;
  let isSmall = true;
  for (let i = from; i < to; i += 1) {
    const byte = bytes[i] as number;
    if (byte === DOT) isFraction = true;
    else if (byte === LOWER_E || byte === UPPER_E) return bytes[from] === LOWER_T || bytes[from] === LOWER_F;
    else if (byte !== ZERO && byte !== MINUS) isSmall = false;
    else if (isFraction && isSmall) zeros += 1;
  }
  if (isFraction) return zeros < PLAIN_ZEROS && bytes[to - 1] !== ZERO;
  // The minus of -0 is lost.
  return !(isSmall && bytes[from] === MINUS);
}

/** Whether two marks are known to be of different content. */
export const isOtherContent = (stored: string, own: string): boolean => stored.length === MARK_LENGTH && stored !== own;

/**
 * A value with the entries of maps in one order, and of structs the fields that are not null in the order of their declaration.
 * No deeper than an event may be.
 */
function canonical(value: unknown, type: ColumnType): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (type.kind === 'array') return (value as unknown[]).map((element) => canonical(element, type.element));
  const members = value as Readonly<Record<string, unknown>>;
  if (type.kind === 'struct') {
    return type.fields
      .filter(({ name }) => Object.hasOwn(members, name) && members[name] !== null)
      .map((field) => [field.name, canonical(members[field.name], field.type)]);
  }
  const ofEntry = type.kind === 'map' ? type.value : type;
  return Object.entries(members)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, canonical(inner, ofEntry)]);
}
