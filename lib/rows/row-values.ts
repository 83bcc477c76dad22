import { ASCII } from './bytes';
import type { KeyEntry, ValueType } from './compiled';
import * as json from './json';
import * as keys from './keys';
import { lookAlikeProblem, shownText } from './reasons';
import { DELIMITER, REJECTED } from './row-faults';
import { RowPlaces } from './row-places';
import * as scalars from './scalars';
import { FILLER } from './slots';
import { isStrict } from './strict';
import { UnknownFields } from './unknown';

const { COLON, COMMA, LEFT_BRACE, LEFT_BRACKET, LOWER_F, LOWER_N, LOWER_T, QUOTE, RIGHT_BRACE, RIGHT_BRACKET, SPACE } =
  ASCII;
// Taken out of their modules for the same reason as the constants.
const { skipFalse, skipNull, skipSpace, skipString, skipTrue, skipValue } = json;
const { decodeString, matchKey } = keys;
const { OUT_OF_RANGE, scanBinary, scanDate, scanDecimal, scanFloating, scanInteger, scanTimestamp } = scalars;

/** Checks values of all types, those of objects, arrays and maps one by one. */
export abstract class RowValues extends RowPlaces {
  protected readonly unknown = new UnknownFields();
  /** Undeclared names that the object read last has, as far as they are remembered, and how many others came before it. */
  protected readonly counted: KeyEntry[] = [];
  protected countedNames = 0;
  protected othersBefore = 0;
  protected abstract readonly strict: boolean;

  /**
   * Checks a value in the line that was begun. What is to be said about a value that does not fit, `check` says.
   *
   * @returns the position after it, or a negative number where it does not fit
   */
  value(type: ValueType, at: number): number {
    const buf = this.buf;
    let end: number;
    switch (type.kind) {
      case 'string':
        if (buf[at] !== QUOTE) return type.json && !this.strict ? this.text(at) : this.mismatch(type, at);
        end = skipString(buf, at + 1);
        return end < 0 ? this.syntax(~end) : end;
      case 'int':
      case 'bigint':
      case 'smallint':
      case 'tinyint':
        end = scanInteger(buf, at, type);
        break;
      case 'timestamp':
        end = type.times === undefined ? scanTimestamp(buf, at, this.patches) : type.times.scan(buf, at, this.patches);
        break;
      case 'float':
      case 'double':
        end = scanFloating(buf, at, type, this.patches);
        break;
      case 'boolean':
        if (buf[at] === LOWER_T) end = skipTrue(buf, at);
        else if (buf[at] === LOWER_F) end = skipFalse(buf, at);
        else return this.mismatch(type, at);
        return end < 0 ? this.syntax(at) : end;
      case 'decimal':
        end = scanDecimal(buf, at, type, this.patches);
        break;
      case 'date':
        end = type.times === undefined ? scanDate(buf, at) : type.times.scan(buf, at, this.patches);
        break;
      case 'binary':
        end = scanBinary(buf, at);
        break;
      case 'array':
        return buf[at] === LEFT_BRACKET ? this.array(type, at) : this.mismatch(type, at);
      case 'map':
        return buf[at] === LEFT_BRACE ? this.map(type, at) : this.mismatch(type, at);
      default:
        return buf[at] === LEFT_BRACE ? this.object(type, at) : this.mismatch(type, at);
    }
    if (end >= 0) return this.strict && !isStrict(buf, at, end, type) ? this.narrower(type, at, end) : end;
    return end === OUT_OF_RANGE ? this.outOfRange(type, at) : this.mismatch(type, at);
  }

  /** Any value but a string, as a string that holds its JSON text. */
  protected text(at: number): number {
    const buf = this.buf;
    const end = skipValue(buf, at);
    if (end < 0) return this.syntax(~end);
    if (!DELIMITER.has(buf[end] as number)) return this.syntax(end);
    this.patches.addText(at, end, buf);
    return end;
  }

  /** A row or a struct. */
  protected object(type: ValueType, at: number): number {
    const buf = this.buf;
    const table = type.table;
    if (table === undefined) return REJECTED;
    const object = ++type.objects;
    /** Whether an undeclared name looks like a declared one. */
    let suspected = false;
    /** The first undeclared name, with its quotes. */
    let strayAt = -1;
    let strayEnd = -1;
    let entry: KeyEntry = table.start;
    let i = at + 1;
    if ((buf[i] as number) <= SPACE) i = skipSpace(buf, i);
    if (buf[i] === RIGHT_BRACE) {
      i++;
    } else {
      for (;;) {
        // A key.
        if (buf[i] !== QUOTE) return this.syntax(i);
        const keyAt = i;
        const predicted: KeyEntry | undefined = entry.next;
        let end = predicted === undefined ? -1 : matchKey(buf, i, predicted);
        let found: KeyEntry | undefined = predicted;
        if (end < 0) {
          end = skipString(buf, i + 1);
          if (end < 0) return this.syntax(~end);
          found = table.lookup(buf, i, end, entry);
        }
        i = end;
        if (buf[i] !== COLON) {
          i = skipSpace(buf, i);
          if (buf[i] !== COLON) return this.syntax(i);
        }
        i++;
        if ((buf[i] as number) <= SPACE) i = skipSpace(buf, i);

        // Its value.
        if (found?.type === undefined && strayAt < 0) {
          strayAt = keyAt;
          strayEnd = end;
        }
        if (found === undefined) {
          this.unknown.beyondLimit++;
          if (table.suspectStray(object, buf, keyAt, end)) suspected = true;
          if (type.kind === 'envelope') this.rename(keyAt, end, FILLER);
          end = skipValue(buf, i);
          if (end < 0) return this.syntax(~end);
        } else if (found.type === undefined) {
          if (found.route !== undefined) {
            end = this.routed(found, found.route, object, keyAt, end, i);
            if (end < 0) return REJECTED;
          } else {
            found.count++;
            this.counted[this.countedNames++] = found;
            if (found.alike !== undefined) {
              table.suspect(object, found);
              suspected = true;
            }
            if (type.kind === 'envelope') this.rename(keyAt, end, FILLER);
            end = skipValue(buf, i);
            if (end < 0) return this.syntax(~end);
          }
          entry = found;
        } else {
          if (found.seenIn === object) return this.faultAt(found, 'the key occurs twice');
          found.seenIn = object;
          const nullEnd = this.nulls?.end(buf, i) ?? -1;
          if (buf[i] === LOWER_N || nullEnd > 0) {
            if (nullEnd > 0) this.writeNull(i, nullEnd);
            end = nullEnd > 0 ? nullEnd : skipNull(buf, i);
            if (end < 0) return this.syntax(i);
            if (found.notNull) return this.faultAt(found, 'null in a column that must have a value');
            found.to = 0;
          } else {
            end = this.value(found.type, i);
            if (end < 0) return this.inside(found.name);
            found.from = i;
            found.to = end;
          }
          entry = found;
        }
        i = end;

        if ((buf[i] as number) <= SPACE) i = skipSpace(buf, i);
        if (buf[i] === COMMA) {
          i++;
          if ((buf[i] as number) <= SPACE) i = skipSpace(buf, i);
        } else if (buf[i] === RIGHT_BRACE) {
          i++;
          break;
        } else {
          return this.syntax(i);
        }
      }
    }
    if (suspected) {
      const found = table.lookAlike(object);
      if (found !== undefined) {
        const names = found.undeclared.map(({ name }) => name);
        return this.faultAt(found.declared, lookAlikeProblem(found.declared.name, names));
      }
    }
    for (const slot of table.joined) {
      if (!slot.parts.every(({ seenIn, to }) => seenIn === object && to > 0)) continue;
      if (this.join(slot, object, i - 1) < 0) return this.inside(slot.name);
    }
    for (const required of table.required) {
      if (required.seenIn !== object) return this.faultAt(required, 'missing, and the column must have a value');
    }
    for (const { filledIn, name, places } of table.requiredSlots) {
      if (filledIn !== object) return this.faultIn(name, `no value in ${places}, and the column must have one`);
    }
    if (this.strict && strayAt >= 0) {
      this.fault.setUndeclared(decodeString(buf, strayAt, strayEnd).toString());
      return REJECTED;
    }
    return i;
  }

  protected array(type: ValueType, at: number): number {
    const buf = this.buf;
    const element = type.element;
    if (element === undefined) return REJECTED;
    let i = skipSpace(buf, at + 1);
    if (buf[i] === RIGHT_BRACKET) return i + 1;
    for (let index = 0; ; index++) {
      if (buf[i] === LOWER_N) {
        const end = skipNull(buf, i);
        if (end < 0) return this.syntax(i);
        i = end;
      } else {
        const end = this.value(element, i);
        if (end < 0) return this.inside(`[${index}]`);
        i = end;
      }
      if ((buf[i] as number) <= SPACE) i = skipSpace(buf, i);
      if (buf[i] === RIGHT_BRACKET) return i + 1;
      if (buf[i] !== COMMA) return this.syntax(i);
      i = skipSpace(buf, i + 1);
    }
  }

  protected map(type: ValueType, at: number): number {
    const buf = this.buf;
    const { element, key: keyType, table } = type;
    if (element === undefined || keyType === undefined || table === undefined) return REJECTED;
    const object = ++type.objects;
    let entry: KeyEntry = table.start;
    /** Keys that the table has no room for. */
    let others: Set<string> | undefined;
    let i = skipSpace(buf, at + 1);
    if (buf[i] === RIGHT_BRACE) return i + 1;
    for (;;) {
      if (buf[i] !== QUOTE) return this.syntax(i);
      const keyAt = i;
      let found: KeyEntry | undefined;
      let end: number;
      if (keyType.kind === 'string') {
        found = entry.next;
        end = found === undefined ? -1 : matchKey(buf, i, found);
        if (end < 0) {
          end = skipString(buf, i + 1);
          if (end < 0) return this.syntax(~end);
          found = table.lookup(buf, i, end, entry);
        }
      } else {
        end = this.value(keyType, i);
        if (end < 0) return this.inside('[key]');
      }
      if (found !== undefined) {
        if (found.seenIn === object) return this.twice(found.name);
        found.seenIn = object;
        entry = found;
      } else {
        const text = decodeString(buf, i, end).toString();
        const name = text === '-0' && keyType.kind !== 'string' ? '0' : text;
        others ??= new Set();
        if (others.has(name)) return this.twice(name);
        others.add(name);
      }
      i = end;

      if (buf[i] !== COLON) {
        i = skipSpace(buf, i);
        if (buf[i] !== COLON) return this.syntax(i);
      }
      i = skipSpace(buf, i + 1);
      if (buf[i] === LOWER_N) {
        const after = skipNull(buf, i);
        if (after < 0) return this.syntax(i);
        i = after;
      } else {
        const after = this.value(element, i);
        if (after < 0) return this.inside(`[${shownText(buf, keyAt, end)}]`);
        i = after;
      }

      if ((buf[i] as number) <= SPACE) i = skipSpace(buf, i);
      if (buf[i] === RIGHT_BRACE) return i + 1;
      if (buf[i] !== COMMA) return this.syntax(i);
      i = skipSpace(buf, i + 1);
    }
  }
}
