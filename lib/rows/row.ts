import type { Column } from '../dataset/model';
import { withOwnNames } from '../dataset/sources';
import { ASCII } from './bytes';
import type { Carried } from './carried';
import { CarriedValues } from './carried-values';
import { ColumnValue } from './column-value';
import { KeyEntry, type NameTable, type ValueType } from './compiled';
import { Deletions } from './deletions';
import * as json from './json';
import { MAX_LINE_BYTES } from './limits';
import { NullStrings } from './null-strings';
import { REJECTED } from './row-faults';
import { RowValues } from './row-values';
import { CompiledType } from './types';
import type { UnknownField } from './unknown';

const { COMMA, LEFT_BRACE, LEFT_BRACKET, LOWER_N, NEWLINE, RIGHT_BRACE } = ASCII;
// Taken out of its module for the same reason as the constants.
const { skipNull, skipSpace, skipString } = json;

const COMMA_BYTE = Buffer.of(COMMA);

/** What to do about records that share a line. */
const ONE_A_LINE = 'write one object a line, for example with jq -c';

export { REJECTED };
/** The line holds nothing but white space. */
export const BLANK = -2;

/**
 * Checks one line against the columns of a dataset in one pass over its bytes, directed by the schema, without creating
 * a string or an object on the way. The one authority on what fits: DuckDB alone turns 1.5 into 2 and true into 1,
 * drops time zones and rounds decimals.
 */
export class RowChecker extends RowValues {
  protected readonly strict: boolean;
  protected readonly nulls: NullStrings | undefined;
  readonly #row: ValueType;
  /** Undefined where every row needs the same columns. */
  readonly #deletions: Deletions | undefined;

  /**
   * @param options.strict whether lines are held to the dataset's JSON Schema as well, which is narrower: undeclared names are
   * refused, nothing is converted, no number is longer than JSON keeps it, and members have the names of the columns
   * @param options.nulls texts that mean null as the value of a member
   */
  constructor(
    columns: readonly Column[],
    { strict = false, nulls }: { readonly strict?: boolean; readonly nulls?: readonly string[] | undefined } = {},
  ) {
    super();
    this.strict = strict;
    this.nulls = nulls && new NullStrings(nulls);
    // An event has to have all that its JSON Schema requires, deletions too.
    const own = strict ? withOwnNames(columns).map(({ unless: _, ...column }) => column) : columns;
    this.#row = new CompiledType({ kind: 'row', columns: own }, this.unknown.budget);
    this.#deletions = Deletions.of(own, this.#row);
  }

  /** What is asked of a line, and how the last one stood to it. */
  get type(): ValueType {
    return this.#row;
  }

  /** Whether no line has had an undeclared field: then lines of another object may come next. */
  get isUntouched(): boolean {
    return this.unknown.isUntouched;
  }

  /** Undeclared fields by name, of all lines so far; at most 100. */
  get unknownFields(): UnknownField[] {
    return this.unknown.list(this.#row);
  }

  /** Occurrences of undeclared fields that are not listed by name. */
  get otherUnknownFields(): number {
    return this.unknown.beyondLimit;
  }

  /** Why the last line was rejected: `items[2].price: expected a double, found true`. */
  get reason(): string {
    return this.fault.reason;
  }

  /**
   * Checks the line that starts at a position and ends in a newline within the buffer, in valid UTF-8.
   *
   * @returns the position of the newline, `REJECTED` or `BLANK`
   */
  check(buf: Buffer, start: number): number {
    this.begin(buf, start);
    let i = start;
    if (buf[i] !== LEFT_BRACE) {
      i = skipSpace(buf, i);
      if (buf[i] === NEWLINE) return BLANK;
      if (buf[i] !== LEFT_BRACE) {
        const rejected = this.mismatch(this.#row, i);
        if (buf[i] === LEFT_BRACKET) this.fault.advise(`${ONE_A_LINE} '.[]'`);
        return rejected;
      }
    }
    i = this.#whole(buf, i);
    if (i < 0) return REJECTED;
    if (buf[i] === NEWLINE) return i;
    i = skipSpace(buf, i);
    if (buf[i] === NEWLINE) return i;
    const rejected = this.syntax(i);
    if (buf[i] === LEFT_BRACE || buf[i] === COMMA) this.fault.advise(`${ONE_A_LINE} .`);
    return rejected;
  }

  /**
   * Checks the object that begins at a brace, and ends before the next newline, in valid UTF-8.
   *
   * @returns the position after it, or `REJECTED`
   */
  checkObject(buf: Buffer, start: number): number {
    this.begin(buf, start);
    return this.#whole(buf, start);
  }

  /**
   * Checks members that stand before those of each of the next objects.
   *
   * @returns undefined where only an object that holds them tells
   */
  carry(carried: Carried): CarriedValues | undefined {
    const table = this.#row.table;
    if (table === undefined || this.strict || this.#deletions !== undefined || table.joined.length > 0)
      return undefined;
    if (this.nulls !== undefined) return undefined;
    const line = carried.into(Buffer.from('{}\n'));
    this.begin(line, 0);
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
      if (slot !== undefined) this.rename(i, keyEnd, slot.key);
      else if (route?.kind === 'spelling') this.rename(i, keyEnd, route.key);
      const end = isNull ? skipNull(line, at) : this.value(type, at);
      if (end < 0 || this.countedNames > 0) return undefined;
      members.push({ entry, of, slot, rank: route?.kind === 'slot' ? route.rank : 0 });
      i = end;
    }
    return members;
  }

  /** Checks an object as `checkObject` does, with members before its own; `REJECTED` where only the object with them in it tells. */
  checkCarried(buf: Buffer, start: number, carried: CarriedValues): number {
    if (buf[skipSpace(buf, start + 1)] === RIGHT_BRACE) {
      this.begin(buf, start);
      return REJECTED;
    }
    carried.begin(this.#row);
    const end = this.checkObject(buf, start);
    return end < 0 || carried.stand ? end : REJECTED;
  }

  /** The object of a row, with what only its own marker tells whether it needs it. */
  #whole(buf: Buffer, start: number): number {
    const end = this.object(this.#row, start);
    if (end < 0 || this.#deletions === undefined) return end;
    const missing = this.#deletions.missing(buf);
    return missing === undefined ? end : this.faultIn(missing, 'no value, and only a row that deletes needs none');
  }

  /** Counts no undeclared member of the object that was checked last, which will be checked again. */
  forget(): void {
    for (let i = 0; i < this.countedNames; i++) (this.counted[i] as KeyEntry).count--;
    this.unknown.beyondLimit = this.othersBefore;
    this.countedNames = 0;
  }

  /** Makes the counts of the object that was checked last final. */
  keep(): void {
    this.countedNames = 0;
    this.othersBefore = this.unknown.beyondLimit;
  }

  /** Begins a line. One that is written can be checked value by value. */
  begin(buf: Buffer, start: number): void {
    this.buf = buf;
    this.lineStart = start;
    this.patches.clear();
    this.keep();
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
}
