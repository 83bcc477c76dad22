import type { Column } from '../dataset/model';
import { withOwnNames } from '../dataset/sources';
import { ASCII } from './bytes';
import type { Carried } from './carried';
import { CarriedValues } from './carried-values';
import { ColumnValue } from './column-value';
import { KeyEntry, type NameTable, type Part, type Route, type Slot, type ValueType } from './compiled';
import { Deletions } from './deletions';
import * as json from './json';
import * as keys from './keys';
import { MAX_LINE_BYTES } from './limits';
import { Patches } from './patches';
import { describeValue, Fault, hintFor, limitsOf, lookAlikeProblem, pathName, quoteName, shownText } from './reasons';
import * as scalars from './scalars';
import { FILLER } from './slots';
import { isStrict, strictProblem } from './strict';
import { CompiledType } from './types';
import { type UnknownField, UnknownFields } from './unknown';

const {
  BACKSLASH,
  COLON,
  COMMA,
  LEFT_BRACE,
  LEFT_BRACKET,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  MINUS,
  NEWLINE,
  QUOTE,
  RIGHT_BRACE,
  RIGHT_BRACKET,
  SPACE,
} = ASCII;
// Taken out of their modules for the same reason as the constants.
const { skipFalse, skipNull, skipNumber, skipSpace, skipString, skipTrue, skipValue } = json;
const { decodeString, matchKey } = keys;
const { OUT_OF_RANGE, scanBinary, scanDate, scanDecimal, scanFloating, scanInteger, scanTimestamp } = scalars;

const QUOTE_BYTE = Buffer.of(QUOTE);
const BLANK_BYTE = Buffer.of(SPACE);
const NEWLINE_BYTE = Buffer.of(NEWLINE);
const COMMA_BYTE = Buffer.of(COMMA);
const COLON_BYTE = Buffer.of(COLON);
const NULL_BYTES = Buffer.from('null');

/** What to do about records that share a line. */
const ONE_A_LINE = 'write one object a line, for example with jq -c';

/** The line does not fit; `reason` says why. */
export const REJECTED = -1;
/** The line holds nothing but white space. */
export const BLANK = -2;

/** What may follow a value, or a key. */
const DELIMITER: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n,:]}'));

/**
 * Checks one line against the columns of a dataset in one pass over its bytes, directed by the schema, without creating
 * a string or an object on the way. The one authority on what fits: DuckDB alone turns 1.5 into 2 and true into 1,
 * drops time zones and rounds decimals.
 */
export class RowChecker {
  /** Tokens of the last line that must be rewritten. */
  readonly patches = new Patches();
  readonly #unknown = new UnknownFields();
  readonly #row: ValueType;
  #buf: Buffer = Buffer.alloc(0);
  #lineStart = 0;
  readonly #fault = new Fault();
  readonly #strict: boolean;
  /** JSON of the texts that mean null; undefined where none does. */
  readonly #nulls: readonly Buffer[] | undefined;
  /** Undefined where every row needs the same columns. */
  readonly #deletions: Deletions | undefined;
  /** Undeclared names that the object read last has, as far as they are remembered, and how many others came before it. */
  readonly #counted: KeyEntry[] = [];
  #countedNames = 0;
  #othersBefore = 0;

  /**
   * @param options.strict whether lines are held to the dataset's JSON Schema as well, which is narrower: undeclared names are
   * refused, nothing is converted, no number is longer than JSON keeps it, and members have the names of the columns
   * @param options.nulls texts that mean null as the value of a member
   */
  constructor(
    columns: readonly Column[],
    { strict = false, nulls }: { readonly strict?: boolean; readonly nulls?: readonly string[] | undefined } = {},
  ) {
    this.#strict = strict;
    this.#nulls = nulls?.map((text) => Buffer.from(JSON.stringify(text)));
    // An event has to have all that its JSON Schema requires, deletions too.
    const own = strict ? withOwnNames(columns).map(({ unless: _, ...column }) => column) : columns;
    this.#row = new CompiledType({ kind: 'row', columns: own }, this.#unknown.budget);
    this.#deletions = Deletions.of(own, this.#row);
  }

  /** Undeclared fields by name, of all lines so far; at most 100. */
  get unknownFields(): UnknownField[] {
    return this.#unknown.list(this.#row);
  }

  /** Occurrences of undeclared fields that are not listed by name. */
  get otherUnknownFields(): number {
    return this.#unknown.beyondLimit;
  }

  /** Why the last line was rejected: `items[2].price: expected a double, found true`. */
  get reason(): string {
    return this.#fault.reason;
  }

  /** The same in two parts: `items[2].price` (empty for the line as a whole) and `expected a double, found true`. */
  get fault(): { readonly path: string; readonly problem: string; readonly undeclared: string | undefined } {
    return this.#fault;
  }

  /**
   * Checks the line that starts at a position and ends in a newline within the buffer, in valid UTF-8.
   *
   * @returns the position of the newline, `REJECTED` or `BLANK`
   */
  check(buf: Buffer, start: number): number {
    this.#begin(buf, start);
    let i = start;
    if (buf[i] !== LEFT_BRACE) {
      i = skipSpace(buf, i);
      if (buf[i] === NEWLINE) return BLANK;
      if (buf[i] !== LEFT_BRACE) {
        const rejected = this.#mismatch(this.#row, i);
        if (buf[i] === LEFT_BRACKET) this.#fault.advise(`${ONE_A_LINE} '.[]'`);
        return rejected;
      }
    }
    i = this.#whole(buf, i);
    if (i < 0) return REJECTED;
    if (buf[i] === NEWLINE) return i;
    i = skipSpace(buf, i);
    if (buf[i] === NEWLINE) return i;
    const rejected = this.#syntax(i);
    if (buf[i] === LEFT_BRACE || buf[i] === COMMA) this.#fault.advise(`${ONE_A_LINE} .`);
    return rejected;
  }

  /**
   * Checks the object that begins at a brace, and ends before the next newline, in valid UTF-8.
   *
   * @returns the position after it, or `REJECTED`
   */
  checkObject(buf: Buffer, start: number): number {
    this.#begin(buf, start);
    return this.#whole(buf, start);
  }

  /**
   * Checks members that stand before those of each of the next objects.
   *
   * @returns undefined where only an object that holds them tells
   */
  carry(carried: Carried): CarriedValues | undefined {
    const table = this.#row.table;
    if (table === undefined || this.#strict || this.#deletions !== undefined || table.joined.length > 0)
      return undefined;
    if (this.#nulls !== undefined) return undefined;
    const line = carried.into(Buffer.from('{}\n'));
    this.#begin(line, 0);
    const members = this.#carriedMembers(line, table);
    const { patches } = this;
    if (members === undefined || patches.overflow) return undefined;
    const parts: Buffer[] = [];
    let from = 0;
    for (let i = 0; i < patches.count; i++) {
      parts.push(line.subarray(from, patches.from(i)), Buffer.from(patches.replacement(i)));
      from = patches.to(i);
    }
    return new CarriedValues(Buffer.concat([...parts, line.subarray(from, -2), COMMA_BYTE]), members);
  }

  #carriedMembers(line: Buffer, table: NameTable): ConstructorParameters<typeof CarriedValues>[1] | undefined {
    const members: ConstructorParameters<typeof CarriedValues>[1][number][] = [];
    const object = ++this.#row.objects;
    let i = 1;
    while (line[i] !== RIGHT_BRACE) {
      if (line[i] === COMMA) i++;
      const keyEnd = skipString(line, i + 1);
      const entry = table.lookup(line, i, keyEnd, new KeyEntry(new Uint8Array(), undefined, false));
      const { route } = entry ?? {};
      const slot = route?.kind === 'slot' && route.slot.owner === this.#row ? route.slot : undefined;
      const of = route?.kind === 'spelling' ? route.of : route === undefined ? entry : undefined;
      const type = slot?.type ?? of?.type;
      if (entry === undefined || type === undefined) return undefined;
      if (of?.seenIn === object || slot?.filledIn === object) return undefined;
      if (of !== undefined) of.seenIn = object;
      if (slot !== undefined) slot.filledIn = object;
      const at = keyEnd + 1;
      const isNull = line[at] === LOWER_N;
      if (isNull && (slot !== undefined || of?.notNull === true)) return undefined;
      if (slot !== undefined) this.#rename(i, keyEnd, slot.key);
      else if (route?.kind === 'spelling') this.#rename(i, keyEnd, route.key);
      const end = isNull ? skipNull(line, at) : this.#value(type, at);
      if (end < 0 || this.#countedNames > 0) return undefined;
      members.push({ entry, of, slot, rank: route?.kind === 'slot' ? route.rank : 0, isNull });
      i = end;
    }
    return members;
  }

  /** Checks an object as `checkObject` does, with members before its own; `REJECTED` where only the object with them in it tells. */
  checkCarried(buf: Buffer, start: number, carried: CarriedValues): number {
    if (buf[skipSpace(buf, start + 1)] === RIGHT_BRACE) {
      this.#begin(buf, start);
      return REJECTED;
    }
    carried.begin(this.#row);
    const end = this.checkObject(buf, start);
    return end < 0 || carried.stand ? end : REJECTED;
  }

  /** The object of a row, with what only its own marker tells whether it needs it. */
  #whole(buf: Buffer, start: number): number {
    const end = this.#object(this.#row, start);
    if (end < 0 || this.#deletions === undefined) return end;
    const missing = this.#deletions.missing(buf);
    return missing === undefined ? end : this.#faultIn(missing, 'no value, and only a row that deletes needs none');
  }

  /** Counts no undeclared member of the object that was checked last, which will be checked again. */
  forget(): void {
    for (let i = 0; i < this.#countedNames; i++) (this.#counted[i] as KeyEntry).count--;
    this.#unknown.beyondLimit = this.#othersBefore;
    this.#countedNames = 0;
  }

  /** Makes the counts of the object that was checked last final. */
  keep(): void {
    this.#countedNames = 0;
    this.#othersBefore = this.#unknown.beyondLimit;
  }

  #begin(buf: Buffer, start: number): void {
    this.#buf = buf;
    this.#lineStart = start;
    this.patches.clear();
    this.keep();
  }

  /** Begins a line that is checked value by value, while it is written. */
  begin(buf: Buffer, start: number): void {
    this.#begin(buf, start);
  }

  /**
   * Checks a value in the line that was begun. What is to be said about a value that does not fit, `check` says.
   *
   * @returns the position after it, or a negative number where it does not fit
   */
  value(type: ValueType, at: number): number {
    return this.#value(type, at);
  }

  /** The type of a column under its own name; undefined if there is none. */
  columnType(name: string): ValueType | undefined {
    return this.#entry(name)?.type;
  }

  /** Whether a row may have to have a value of a column. */
  needs(name: string): boolean {
    return this.#entry(name)?.notNull === true || this.#deletions?.needs(name) === true;
  }

  #entry(name: string): KeyEntry | undefined {
    return this.#row.table?.entries.find((known) => known.type !== undefined && known.name === name);
  }

  /** Reads a column from the lines that are accepted. */
  column(name: string): ColumnValue {
    const entry = this.#entry(name);
    if (entry === undefined) throw new Error(`there is no column ${name}`);
    return new ColumnValue(this.#row, entry);
  }

  /** Why the rewritten form of the line that was accepted last cannot be passed on, if it cannot. */
  tooLong(start: number, newline: number): string | undefined {
    const { growth, overflow } = this.patches;
    if (!overflow && newline - start + growth <= MAX_LINE_BYTES) return undefined;
    return `longer than ${MAX_LINE_BYTES} bytes once every value is written out`;
  }

  #value(type: ValueType, at: number): number {
    const buf = this.#buf;
    let end: number;
    switch (type.kind) {
      case 'string':
        if (buf[at] !== QUOTE) return type.json && !this.#strict ? this.#text(at) : this.#mismatch(type, at);
        end = skipString(buf, at + 1);
        return end < 0 ? this.#syntax(~end) : end;
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
        else return this.#mismatch(type, at);
        return end < 0 ? this.#syntax(at) : end;
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
        return buf[at] === LEFT_BRACKET ? this.#array(type, at) : this.#mismatch(type, at);
      case 'map':
        return buf[at] === LEFT_BRACE ? this.#map(type, at) : this.#mismatch(type, at);
      default:
        return buf[at] === LEFT_BRACE ? this.#object(type, at) : this.#mismatch(type, at);
    }
    if (end >= 0) return this.#strict && !isStrict(buf, at, end, type) ? this.#narrower(type, at, end) : end;
    return end === OUT_OF_RANGE ? this.#outOfRange(type, at) : this.#mismatch(type, at);
  }

  /** Any value but a string, as a string that holds its JSON text. */
  #text(at: number): number {
    const buf = this.#buf;
    const end = skipValue(buf, at);
    if (end < 0) return this.#syntax(~end);
    if (!DELIMITER.has(buf[end] as number)) return this.#syntax(end);
    this.patches.addText(at, end, buf);
    return end;
  }

  /** A row or a struct. */
  #object(type: ValueType, at: number): number {
    const buf = this.#buf;
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
        if (buf[i] !== QUOTE) return this.#syntax(i);
        const keyAt = i;
        const predicted: KeyEntry | undefined = entry.next;
        let end = predicted === undefined ? -1 : matchKey(buf, i, predicted);
        let found: KeyEntry | undefined = predicted;
        if (end < 0) {
          end = skipString(buf, i + 1);
          if (end < 0) return this.#syntax(~end);
          found = table.lookup(buf, i, end, entry);
        }
        i = end;
        if (buf[i] !== COLON) {
          i = skipSpace(buf, i);
          if (buf[i] !== COLON) return this.#syntax(i);
        }
        i++;
        if ((buf[i] as number) <= SPACE) i = skipSpace(buf, i);

        // Its value.
        if (found?.type === undefined && strayAt < 0) {
          strayAt = keyAt;
          strayEnd = end;
        }
        if (found === undefined) {
          this.#unknown.beyondLimit++;
          if (table.suspectStray(object, buf, keyAt, end)) suspected = true;
          if (type.kind === 'envelope') this.#rename(keyAt, end, FILLER);
          end = skipValue(buf, i);
          if (end < 0) return this.#syntax(~end);
        } else if (found.type === undefined) {
          if (found.route !== undefined) {
            end = this.#routed(found, found.route, object, keyAt, end, i);
            if (end < 0) return REJECTED;
          } else {
            found.count++;
            this.#counted[this.#countedNames++] = found;
            if (found.alike !== undefined) {
              table.suspect(object, found);
              suspected = true;
            }
            if (type.kind === 'envelope') this.#rename(keyAt, end, FILLER);
            end = skipValue(buf, i);
            if (end < 0) return this.#syntax(~end);
          }
          entry = found;
        } else {
          if (found.seenIn === object) return this.#faultAt(found, 'the key occurs twice');
          found.seenIn = object;
          if (buf[i] === LOWER_N || (this.#nulls !== undefined && this.#nullText(i) > 0)) {
            end = buf[i] === LOWER_N ? skipNull(buf, i) : this.#writeNull(i);
            if (end < 0) return this.#syntax(i);
            if (found.notNull) return this.#faultAt(found, 'null in a column that must have a value');
            found.to = 0;
          } else {
            end = this.#value(found.type, i);
            if (end < 0) return this.#inside(found.name);
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
          return this.#syntax(i);
        }
      }
    }
    if (suspected) {
      const found = table.lookAlike(object);
      if (found !== undefined) {
        const names = found.undeclared.map(({ name }) => name);
        return this.#faultAt(found.declared, lookAlikeProblem(found.declared.name, names));
      }
    }
    for (const slot of table.joined) {
      if (!slot.parts.every(({ seenIn, to }) => seenIn === object && to > 0)) continue;
      if (this.#join(slot, object, i - 1) < 0) return this.#inside(slot.name);
    }
    for (const required of table.required) {
      if (required.seenIn !== object) return this.#faultAt(required, 'missing, and the column must have a value');
    }
    for (const { filledIn, name, places } of table.requiredSlots) {
      if (filledIn !== object) return this.#faultIn(name, `no value in ${places}, and the column must have one`);
    }
    if (this.#strict && strayAt >= 0) {
      this.#fault.setUndeclared(decodeString(buf, strayAt, strayEnd).toString());
      return REJECTED;
    }
    return i;
  }

  /**
   * A member whose name stands for a column or field of another name: it gets that name. Of several places of one value, all
   * but the best get a name that no column has; an object that holds places loses its braces.
   */
  #routed(entry: KeyEntry, route: Route, object: number, keyAt: number, keyEnd: number, at: number): number {
    const buf = this.#buf;
    if (entry.seenIn === object) return this.#faultIn(pathName(entry.name), 'the key occurs twice');
    entry.seenIn = object;
    const nullText = this.#nulls === undefined ? -1 : this.#nullText(at);
    const isNull = buf[at] === LOWER_N || nullText > 0;
    let end = nullText > 0 ? nullText : isNull ? skipNull(buf, at) : at;
    if (end < 0) return this.#syntax(at);
    switch (route.kind) {
      case 'spelling': {
        const { of, key } = route;
        if (of.seenIn === object) {
          return this.#faultIn(of.name, `there is another value for it under the name ${quoteName(entry.name)}`);
        }
        of.seenIn = object;
        if (isNull && of.notNull) return this.#faultIn(pathName(entry.name), 'null in a column that must have a value');
        this.#rename(keyAt, keyEnd, key);
        if (!isNull && of.type !== undefined) end = this.#value(of.type, at);
        of.from = at;
        of.to = isNull ? 0 : end;
        break;
      }
      case 'slot': {
        const { slot, rank } = route;
        slot.namedIn = slot.owner.objects;
        const fills = !isNull && this.#fills(slot, rank);
        this.#rename(keyAt, keyEnd, fills ? slot.key : FILLER);
        if (!isNull) end = this.#value(slot.type, at);
        if (fills) {
          slot.from = at;
          slot.to = end;
        }
        break;
      }
      case 'part':
        this.#rename(keyAt, keyEnd, FILLER);
        end = this.#part(route.part, isNull, at, end);
        break;
      case 'envelope':
        if (isNull) this.#rename(keyAt, keyEnd, FILLER);
        else end = this.#envelope(route.type, keyAt, keyEnd, at);
        break;
    }
    if (end < 0) return this.#inside(pathName(entry.name));
    // Behind the new name, because patches are in the order of the line.
    if (nullText > 0) this.#writeNull(at);
    return end;
  }

  /** The position after a text that means null; -1 for any other value. */
  #nullText(at: number): number {
    const buf = this.#buf;
    if (buf[at] !== QUOTE) return -1;
    const text = this.#nulls?.find(
      (one) => at + one.length <= buf.length && one.compare(buf, at, at + one.length) === 0,
    );
    return text === undefined ? -1 : at + text.length;
  }

  /** Passes a text that means null on as null, and answers the position after it. */
  #writeNull(at: number): number {
    const end = this.#nullText(at);
    const position = this.patches.add(at, end, NULL_BYTES.length);
    NULL_BYTES.copy(this.patches.text, position);
    return end;
  }

  /** Takes a value of a slot; whether it is the best so far. */
  #fills(slot: Slot, rank: number): boolean {
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
  #part(part: Part, isNull: boolean, at: number, nullEnd: number): number {
    const buf = this.#buf;
    part.seenIn = part.owner.owner.objects;
    part.to = 0;
    if (isNull) return nullEnd;
    const isText = buf[at] === QUOTE;
    const end = isText ? skipString(buf, at + 1) : skipNumber(buf, at);
    if (end < 0) return isText ? this.#syntax(~end) : this.#mismatch(part.owner.partType, at);
    part.from = isText ? at + 1 : at;
    part.to = isText ? end - 1 : end;
    return end;
  }

  /** Adds the value that is joined from its parts before the brace that closes the row. */
  #join(slot: Slot, object: number, brace: number): number {
    const texts = slot.parts.map(({ from, to }) => this.#buf.subarray(from, to));
    const token = [
      QUOTE_BYTE,
      ...texts.flatMap((text, index) => (index === 0 ? [text] : [BLANK_BYTE, text])),
      QUOTE_BYTE,
    ];
    const value = this.#canonical(slot.type, Buffer.concat([...token, NEWLINE_BYTE]));
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

  #envelope(type: ValueType, keyAt: number, keyEnd: number, at: number): number {
    const buf = this.#buf;
    if (buf[at] !== LEFT_BRACE) return this.#mismatch(type, at);
    const first = skipSpace(buf, at + 1);
    if (buf[first] === RIGHT_BRACE) {
      this.#rename(keyAt, keyEnd, FILLER);
      return first + 1;
    }
    this.patches.add(keyAt, at + 1, 0);
    const end = this.#object(type, at);
    if (end >= 0) this.patches.add(end - 1, end, 0);
    return end;
  }

  #rename(keyAt: number, keyEnd: number, key: Buffer): void {
    const position = this.patches.add(keyAt, keyEnd, key.length);
    const { text } = this.patches;
    // A native call would take longer for so few bytes.
    for (let i = 0; i < key.length; i++) text[position + i] = key[i] as number;
  }

  #array(type: ValueType, at: number): number {
    const buf = this.#buf;
    const element = type.element;
    if (element === undefined) return REJECTED;
    let i = skipSpace(buf, at + 1);
    if (buf[i] === RIGHT_BRACKET) return i + 1;
    for (let index = 0; ; index++) {
      if (buf[i] === LOWER_N) {
        const end = skipNull(buf, i);
        if (end < 0) return this.#syntax(i);
        i = end;
      } else {
        const end = this.#value(element, i);
        if (end < 0) return this.#inside(`[${index}]`);
        i = end;
      }
      if ((buf[i] as number) <= SPACE) i = skipSpace(buf, i);
      if (buf[i] === RIGHT_BRACKET) return i + 1;
      if (buf[i] !== COMMA) return this.#syntax(i);
      i = skipSpace(buf, i + 1);
    }
  }

  #map(type: ValueType, at: number): number {
    const buf = this.#buf;
    const { element, key: keyType, table } = type;
    if (element === undefined || keyType === undefined || table === undefined) return REJECTED;
    const object = ++type.objects;
    let entry: KeyEntry = table.start;
    /** Keys that the table has no room for. */
    let others: Set<string> | undefined;
    let i = skipSpace(buf, at + 1);
    if (buf[i] === RIGHT_BRACE) return i + 1;
    for (;;) {
      if (buf[i] !== QUOTE) return this.#syntax(i);
      const keyAt = i;
      let found: KeyEntry | undefined;
      let end: number;
      if (keyType.kind === 'string') {
        found = entry.next;
        end = found === undefined ? -1 : matchKey(buf, i, found);
        if (end < 0) {
          end = skipString(buf, i + 1);
          if (end < 0) return this.#syntax(~end);
          found = table.lookup(buf, i, end, entry);
        }
      } else {
        end = this.#value(keyType, i);
        if (end < 0) return this.#inside('[key]');
      }
      if (found !== undefined) {
        if (found.seenIn === object) return this.#twice(found.name);
        found.seenIn = object;
        entry = found;
      } else {
        const text = decodeString(buf, i, end).toString();
        const name = text === '-0' && keyType.kind !== 'string' ? '0' : text;
        others ??= new Set();
        if (others.has(name)) return this.#twice(name);
        others.add(name);
      }
      i = end;

      if (buf[i] !== COLON) {
        i = skipSpace(buf, i);
        if (buf[i] !== COLON) return this.#syntax(i);
      }
      i = skipSpace(buf, i + 1);
      if (buf[i] === LOWER_N) {
        const after = skipNull(buf, i);
        if (after < 0) return this.#syntax(i);
        i = after;
      } else {
        const after = this.#value(element, i);
        if (after < 0) return this.#inside(`[${shownText(buf, keyAt, end)}]`);
        i = after;
      }

      if ((buf[i] as number) <= SPACE) i = skipSpace(buf, i);
      if (buf[i] === RIGHT_BRACE) return i + 1;
      if (buf[i] !== COMMA) return this.#syntax(i);
      i = skipSpace(buf, i + 1);
    }
  }

  /** The value is of another type, or not JSON, or a string whose escapes hide a value of the type. */
  #mismatch(type: ValueType, at: number): number {
    const buf = this.#buf;
    const end = skipValue(buf, at);
    if (end < 0) return this.#syntax(~end);
    if (!DELIMITER.has(buf[end] as number)) return this.#syntax(end);
    if (buf[at] === QUOTE && buf.subarray(at, end).includes(BACKSLASH)) {
      const text = decodeString(buf, at, end);
      if (!text.includes(BACKSLASH) && this.#decoded(type, at, end, text)) return end;
    }
    this.#fault.set(`expected ${type.expected}, found ${describeValue(buf, at, end)}${this.#hint(type, at, end)}`);
    return REJECTED;
  }

  #hint({ kind }: ValueType, at: number, end: number): string {
    return kind === 'date' || kind === 'timestamp' ? hintFor(this.#buf, at, end) : '';
  }

  /** Checks a text that was written with escapes as if it had been written without, and replaces it by that. */
  #decoded(type: ValueType, at: number, end: number, text: Buffer): boolean {
    const canonical = this.#canonical(type, Buffer.concat([QUOTE_BYTE, text, QUOTE_BYTE, NEWLINE_BYTE]));
    if (canonical === undefined) return false;
    const position = this.patches.add(at, end, canonical.length);
    canonical.copy(this.patches.text, position);
    return true;
  }

  /** The form in which a value that is not in the line is passed on, if it fits. @param token the value and a newline */
  #canonical(type: ValueType, token: Buffer): Buffer | undefined {
    const outer = this.#buf;
    const before = this.patches.count;
    this.#buf = token;
    const after = this.#value(type, 0);
    this.#buf = outer;
    if (after !== token.length - 1) {
      this.patches.rewind(before);
      return undefined;
    }
    const parts: Buffer[] = [];
    let from = 0;
    for (let i = before; i < this.patches.count; i++) {
      parts.push(token.subarray(from, this.patches.from(i)), Buffer.from(this.patches.replacement(i)));
      from = this.patches.to(i);
    }
    this.patches.rewind(before);
    return Buffer.concat([...parts, token.subarray(from, after)]);
  }

  #narrower(type: ValueType, at: number, end: number): number {
    this.#fault.set(strictProblem(this.#buf, at, end, type));
    return REJECTED;
  }

  #outOfRange(type: ValueType, at: number): number {
    const buf = this.#buf;
    const end = skipValue(buf, at);
    if (end < 0) return this.#syntax(~end);
    if (!DELIMITER.has(buf[end] as number)) return this.#syntax(end);
    this.#fault.set(`${describeValue(buf, at, end)} ${limitsOf(type)}${this.#hint(type, at, end)}`);
    return REJECTED;
  }

  #twice(key: string): number {
    this.#fault.set(`the key ${quoteName(key)} occurs twice`);
    return REJECTED;
  }

  #faultAt(entry: KeyEntry, problem: string): number {
    return this.#faultIn(entry.route === undefined ? entry.name : pathName(entry.name), problem);
  }

  #faultIn(segment: string, problem: string): number {
    this.#fault.set(problem);
    return this.#inside(segment);
  }

  #inside(segment: string): number {
    this.#fault.prefix(segment);
    return REJECTED;
  }

  #syntax(at: number): number {
    this.#fault.setSyntax(this.#buf, this.#lineStart, at);
    return REJECTED;
  }
}
