import { type JsonValue, Members, NumberText } from './json-value';
import { isNumber, NumberStats } from './number-stats';
import { TimeCandidates } from './time-candidates';

/** Members that one object is looked at for; with more, its names are data. */
export const MAX_FIELDS = 1000;
/** Texts of a column that are remembered. */
const MAX_EXAMPLES = 5;

/** What the values of a column, field, element or map have in common, over all rows of all samples. */
export class Shape {
  /** Values that are there and not null. */
  values = 0;
  nulls = 0;
  booleans = 0;
  /** Texts of a column without types, as CSV has them. Booleans and numbers among them are counted there too. */
  texts = 0;
  strings = 0;
  emptyStrings = 0;
  arrays = 0;
  objects = 0;
  readonly numbers = new NumberStats();
  /** Numbers that are written in strings. */
  readonly numberTexts = new NumberStats();
  readonly times = new TimeCandidates();
  readonly examples = new Set<string>();
  /** Most bytes of a text. */
  longest = 0;
  #element: Shape | undefined;
  readonly fields = new Map<string, Shape>();
  /** Fields that are not looked at any more. */
  otherFields = 0;
  /** Members of all objects. */
  members = 0;

  get element(): Shape {
    this.#element ??= new Shape();
    return this.#element;
  }

  add(value: JsonValue): void {
    if (value === null) {
      this.nulls += 1;
      return;
    }
    this.values += 1;
    if (typeof value === 'boolean') {
      this.booleans += 1;
    } else if (typeof value === 'string') {
      this.strings += 1;
      this.#string(value);
    } else if (value instanceof NumberText) {
      this.numbers.add(value.text);
    } else if (value instanceof Members) {
      this.#object(value);
    } else {
      this.arrays += 1;
      for (const item of value) this.element.add(item);
    }
  }

  /** Adds a field of delimited text; undefined for one without a value. */
  addText(text: string | undefined, canBeNumber = true): void {
    if (text === undefined) {
      this.nulls += 1;
      return;
    }
    this.values += 1;
    this.texts += 1;
    if (text === 'true' || text === 'false') this.booleans += 1;
    else if (canBeNumber && isNumber(text)) this.numbers.add(text);
    this.#string(text);
  }

  #string(text: string): void {
    if (text === '') this.emptyStrings += 1;
    if (isNumber(text)) this.numberTexts.add(text);
    this.times.add(text);
    this.longest = Math.max(this.longest, text.length);
    if (this.examples.size < MAX_EXAMPLES) this.examples.add(text);
  }

  #object({ entries }: Members): void {
    this.objects += 1;
    this.members += entries.length;
    for (const [name, value] of entries) {
      let field = this.fields.get(name);
      if (field === undefined) {
        if (this.fields.size >= MAX_FIELDS) {
          this.otherFields += 1;
          continue;
        }
        field = new Shape();
        this.fields.set(name, field);
      }
      field.add(value);
    }
  }

  /** One shape for the values of all fields: what a map of them would hold. */
  merged(): Shape {
    const all = new MergedShape();
    for (const field of this.fields.values()) all.addAll(field);
    return all;
  }
}

/** Kinds of values, which a type takes one of. */
export type ValueKind = 'boolean' | 'number' | 'string' | 'array' | 'object';

export const kindsOf = (shape: Shape): readonly ValueKind[] =>
  (
    [
      ['boolean', shape.booleans],
      ['number', shape.numbers.count],
      ['string', shape.strings],
      ['array', shape.arrays],
      ['object', shape.objects],
    ] as const
  ).flatMap(([kind, count]) => (count > 0 ? [kind] : []));

/** Adds up shapes as far as that tells whether one scalar type fits all of them. */
class MergedShape extends Shape {
  addAll(other: Shape): void {
    this.values += other.values;
    this.nulls += other.nulls;
    this.booleans += other.booleans;
    this.strings += other.strings;
    this.arrays += other.arrays;
    this.objects += other.objects;
    this.numbers.addAll(other.numbers);
  }
}
