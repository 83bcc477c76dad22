import { ASCII } from './bytes';
import type { KeyEntry, Part, Route, Slot, ValueType } from './compiled';
import * as json from './json';
import * as keys from './keys';
import type { NullStrings } from './null-strings';
import { Patches } from './patches';
import { describeValue, pathName, quoteName } from './reasons';
import { DELIMITER, REJECTED, RowFaults } from './row-faults';
import { FILLER } from './slots';

const { BACKSLASH, COLON, COMMA, LEFT_BRACE, LOWER_N, MINUS, NEWLINE, QUOTE, RIGHT_BRACE, SPACE } = ASCII;
// Taken out of their modules for the same reason as the constants.
const { skipNull, skipNumber, skipSpace, skipString, skipValue } = json;
const { decodeString } = keys;

const QUOTE_BYTE = Buffer.of(QUOTE);
const BLANK_BYTE = Buffer.of(SPACE);
const NEWLINE_BYTE = Buffer.of(NEWLINE);
const COMMA_BYTE = Buffer.of(COMMA);
const COLON_BYTE = Buffer.of(COLON);
const NULL_BYTES = Buffer.from('null');

/** Values that are passed on otherwise than they stand in the line: under another name, joined, as null, without escapes. */
export abstract class RowPlaces extends RowFaults {
  /** Tokens of the last line that must be rewritten. */
  readonly patches = new Patches();
  /** Strings that mean null; undefined where none does. */
  protected abstract readonly nulls: NullStrings | undefined;

  abstract value(type: ValueType, at: number): number;
  protected abstract object(type: ValueType, at: number): number;

  /**
   * A member whose name stands for a column or field of another name: it gets that name. Of several places of one value, all
   * but the best get a name that no column has; an object that holds places loses its braces.
   */
  protected routed(entry: KeyEntry, route: Route, object: number, keyAt: number, keyEnd: number, at: number): number {
    const buf = this.buf;
    if (entry.seenIn === object) return this.faultIn(pathName(entry.name), 'the key occurs twice');
    entry.seenIn = object;
    const nullText = this.nulls?.end(buf, at) ?? -1;
    const isNull = buf[at] === LOWER_N || nullText > 0;
    let end = nullText > 0 ? nullText : isNull ? skipNull(buf, at) : at;
    if (end < 0) return this.syntax(at);
    switch (route.kind) {
      case 'spelling': {
        const { of, key } = route;
        if (of.seenIn === object) {
          return this.faultIn(of.name, `there is another value for it under the name ${quoteName(entry.name)}`);
        }
        of.seenIn = object;
        if (isNull && of.notNull) return this.faultIn(pathName(entry.name), 'null in a column that must have a value');
        this.rename(keyAt, keyEnd, key);
        if (!isNull && of.type !== undefined) end = this.value(of.type, at);
        of.from = at;
        of.to = isNull ? 0 : end;
        break;
      }
      case 'slot': {
        const { slot, rank } = route;
        slot.namedIn = slot.owner.objects;
        const fills = !isNull && this.fills(slot, rank);
        this.rename(keyAt, keyEnd, fills ? slot.key : FILLER);
        if (!isNull) end = this.value(slot.type, at);
        if (fills) {
          slot.from = at;
          slot.to = end;
        }
        break;
      }
      case 'part':
        this.rename(keyAt, keyEnd, FILLER);
        end = this.part(route.part, isNull, at, end);
        break;
      case 'envelope':
        if (isNull) this.rename(keyAt, keyEnd, FILLER);
        else end = this.envelope(route.type, keyAt, keyEnd, at);
        break;
    }
    if (end < 0) return this.inside(pathName(entry.name));
    // Behind the new name, because patches are in the order of the line.
    if (nullText > 0) this.writeNull(at, nullText);
    return end;
  }

  /** Takes a value of a slot; whether it is the best so far. */
  protected fills(slot: Slot, rank: number): boolean {
    const object = slot.owner.objects;
    const { patches } = this;
    if (slot.filledIn === object) {
      if (slot.rank < rank) return false;
      // The one before loses its name.
      if (!patches.overflow) patches.text[slot.keyAt + 1] = MINUS;
    }
    slot.filledIn = object;
    slot.rank = rank;
    slot.keyAt = patches.used;
    return true;
  }

  /** A text or number that is joined to others once all are there. */
  protected part(part: Part, isNull: boolean, at: number, nullEnd: number): number {
    const buf = this.buf;
    part.seenIn = part.owner.owner.objects;
    part.to = 0;
    if (isNull) return nullEnd;
    const isText = buf[at] === QUOTE;
    const end = isText ? skipString(buf, at + 1) : skipNumber(buf, at);
    if (end < 0) return isText ? this.syntax(~end) : this.mismatch(part.owner.partType, at);
    part.from = isText ? at + 1 : at;
    part.to = isText ? end - 1 : end;
    return end;
  }

  /** Adds the value that is joined from its parts before the brace that closes the row. */
  protected join(slot: Slot, object: number, brace: number): number {
    const texts = slot.parts.map(({ from, to }) => this.buf.subarray(from, to));
    const token = [
      QUOTE_BYTE,
      ...texts.flatMap((text, index) => (index === 0 ? [text] : [BLANK_BYTE, text])),
      QUOTE_BYTE,
    ];
    const value = this.canonical(slot.type, Buffer.concat([...token, NEWLINE_BYTE]));
    if (value === undefined) return REJECTED;
    const { patches } = this;
    // Whatever stands under its own name is of less weight.
    if (slot.filledIn === object && !patches.overflow) patches.text[slot.keyAt + 1] = MINUS;
    slot.filledIn = object;
    slot.from = brace;
    slot.to = brace;
    const written = Buffer.concat([COMMA_BYTE, slot.key, COLON_BYTE, value]);
    const position = patches.add(brace, brace, written.length);
    written.copy(patches.text, position);
    return brace;
  }

  protected envelope(type: ValueType, keyAt: number, keyEnd: number, at: number): number {
    const buf = this.buf;
    if (buf[at] !== LEFT_BRACE) return this.mismatch(type, at);
    const first = skipSpace(buf, at + 1);
    if (buf[first] === RIGHT_BRACE) {
      this.rename(keyAt, keyEnd, FILLER);
      return first + 1;
    }
    this.patches.add(keyAt, at + 1, 0);
    const end = this.object(type, at);
    if (end >= 0) this.patches.add(end - 1, end, 0);
    return end;
  }

  protected rename(keyAt: number, keyEnd: number, key: Buffer): void {
    const position = this.patches.add(keyAt, keyEnd, key.length);
    const { text } = this.patches;
    // A native call would take longer for so few bytes.
    for (let i = 0; i < key.length; i++) text[position + i] = key[i] as number;
  }

  /** Passes a string that means null on as null. */
  protected writeNull(at: number, end: number): void {
    const position = this.patches.add(at, end, NULL_BYTES.length);
    NULL_BYTES.copy(this.patches.text, position);
  }

  /** Checks a text that was written with escapes as if it had been written without, and replaces it by that. */
  protected decoded(type: ValueType, at: number, end: number, text: Buffer): boolean {
    const canonical = this.canonical(type, Buffer.concat([QUOTE_BYTE, text, QUOTE_BYTE, NEWLINE_BYTE]));
    if (canonical === undefined) return false;
    const position = this.patches.add(at, end, canonical.length);
    canonical.copy(this.patches.text, position);
    return true;
  }

  /** The form in which a value that is not in the line is passed on, if it fits. @param token the value and a newline */
  protected canonical(type: ValueType, token: Buffer): Buffer | undefined {
    const outer = this.buf;
    const before = this.patches.count;
    this.buf = token;
    const after = this.value(type, 0);
    this.buf = outer;
    // The line is rejected then, and what is rewritten of it with it.
    if (after !== token.length - 1) return undefined;
    const parts: Buffer[] = [];
    let from = 0;
    for (let i = before; i < this.patches.count; i++) {
      parts.push(token.subarray(from, this.patches.from(i)), Buffer.from(this.patches.replacement(i)));
      from = this.patches.to(i);
    }
    this.patches.rewind(before);
    return Buffer.concat([...parts, token.subarray(from, after)]);
  }

  /** The value is of another type, or not JSON, or a string whose escapes hide a value of the type. */
  protected mismatch(type: ValueType, at: number): number {
    const buf = this.buf;
    const end = skipValue(buf, at);
    if (end < 0) return this.syntax(~end);
    if (!DELIMITER.has(buf[end] as number)) return this.syntax(end);
    if (buf[at] === QUOTE && buf.subarray(at, end).includes(BACKSLASH)) {
      const text = decodeString(buf, at, end);
      if (!text.includes(BACKSLASH) && this.decoded(type, at, end, text)) return end;
    }
    this.fault.set(`expected ${type.expected}, found ${describeValue(buf, at, end)}${this.hint(type, at, end)}`);
    return REJECTED;
  }
}
