import type { Report } from '../problems';
import { closest } from './closest';

/**
 * A value of a definition together with its path. Definitions may come from plain JavaScript, so nothing about a value is
 * trusted: each reader returns the value in the wanted type, or reports what is wrong and returns undefined.
 */
export class Cursor {
  constructor(
    readonly value: unknown,
    readonly field: string,
    readonly report: Report,
  ) {}

  get isMissing(): boolean {
    return this.value === undefined;
  }

  problem(problem: string, fix: string): undefined {
    this.report.add(this.field, problem, fix);
    return undefined;
  }

  /** Another value at the same place: what a short form stands for. */
  as(value: unknown): Cursor {
    return new Cursor(value, this.field, this.report);
  }

  /** The properties of an object, all of them named in `known`; others are reported. */
  object<K extends string>(known: readonly K[], fix: string): Record<K, Cursor> | undefined {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.#mismatch('an object', fix);
    for (const name of Object.keys(value)) {
      if (known.some((candidate) => candidate === name)) continue;
      const near = closest(name, known);
      this.report.add(
        this.#member(name),
        'unknown property',
        near === undefined ? `remove it; known are ${known.join(', ')}` : `write '${near}'`,
      );
    }
    const own = (name: K) => (Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined);
    return Object.fromEntries(
      known.map((name) => [name, new Cursor(own(name), this.#member(name), this.report)]),
    ) as Record<K, Cursor>;
  }

  /** The members of an object whose names are up to the writer. */
  members(fix: string): (readonly [name: string, value: Cursor])[] | undefined {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.#mismatch('an object', fix);
    return Object.entries(value).map(([name, inner]: [string, unknown]) => [
      name,
      new Cursor(inner, this.#member(name), this.report),
    ]);
  }

  array(fix: string): Cursor[] | undefined {
    if (!Array.isArray(this.value)) return this.#mismatch('an array', fix);
    return Array.from(this.value, (item: unknown, index) => new Cursor(item, `${this.field}[${index}]`, this.report));
  }

  text(fix: string): string | undefined {
    return typeof this.value === 'string' ? this.value : this.#mismatch('a string', fix);
  }

  boolean(fix: string): boolean | undefined {
    return typeof this.value === 'boolean' ? this.value : this.#mismatch('a boolean', fix);
  }

  /** A whole number from `min` to `max`, both inclusive. */
  integer(min: number, max: number): number | undefined {
    const { value } = this;
    const fix = `write a whole number from ${count(min)} to ${count(max)}`;
    if (typeof value !== 'number') return this.#mismatch('a number', fix);
    if (!Number.isInteger(value) || value < min || value > max)
      return this.problem(`${show(value)} is not allowed`, fix);
    return value;
  }

  oneOf<T extends string>(values: readonly T[]): T | undefined {
    const fix = `write one of ${values.map((value) => `'${value}'`).join(', ')}`;
    const text = this.text(fix);
    if (text === undefined) return undefined;
    return values.find((value) => value === text) ?? this.problem(`'${text}' is not known`, fix);
  }

  #member(name: string): string {
    if (!/^\w+$/.test(name)) return `${this.field}[${JSON.stringify(name)}]`;
    return this.field === ROOT ? name : `${this.field}.${name}`;
  }

  #mismatch(wanted: string, fix: string): undefined {
    return this.isMissing
      ? this.problem('is missing', fix)
      : this.problem(`must be ${wanted}, but got ${show(this.value)}`, fix);
  }
}

/** Field of a definition as a whole. */
export const ROOT = 'definition';

/** A number with thousands separators, the same on every machine. */
export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 20 });
}

/** A value of any kind, short enough for a message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}...` : value}'`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
