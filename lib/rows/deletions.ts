import type { DeletionMarker } from '../dataset/dedupe';
import type { Column } from '../dataset/model';
import { ASCII } from './bytes';
import type { KeyEntry, Slot, ValueType } from './compiled';
import * as keys from './keys';

const { decodeString } = keys;

/** Where the value of a column stands in the line that was checked last. */
type Found = KeyEntry | Slot;

/** Tells whether a row that lacks values deletes, which is why it may. */
export class Deletions {
  readonly #row: ValueType;
  readonly #marker: Found;
  readonly #values: ReadonlySet<string>;
  /** Columns that every other row must have. */
  readonly #needed: readonly { readonly name: string; readonly found: Found }[];

  private constructor(row: ValueType, marker: Found, values: DeletionMarker['values'], needed: readonly string[]) {
    this.#row = row;
    this.#marker = marker;
    this.#values = new Set(values.map(String));
    this.#needed = needed.map((name) => ({ name, found: find(row, name) }));
  }

  static of(columns: readonly Column[], row: ValueType): Deletions | undefined {
    const needed = columns.filter(({ notNull, unless }) => notNull && unless !== undefined);
    const marker = needed[0]?.unless;
    if (marker === undefined) return undefined;
    return new Deletions(
      row,
      find(row, marker.column),
      marker.values,
      needed.map(({ name }) => name),
    );
  }

  /** Whether a row that does not delete must have a value of a column. */
  needs(column: string): boolean {
    return this.#needed.some(({ name }) => name === column);
  }

  /** A column that the line lacks a value of, and that it must have. @param buf holds the line */
  missing(buf: Buffer): string | undefined {
    for (const { name, found } of this.#needed) {
      if (!this.#has(found)) return this.#deletes(buf) ? undefined : name;
    }
    return undefined;
  }

  #has(found: Found): boolean {
    const object = this.#row.objects;
    return ('seenIn' in found ? found.seenIn : found.filledIn) === object && found.to > 0;
  }

  #deletes(buf: Buffer): boolean {
    const marker = this.#marker;
    if (!this.#has(marker)) return false;
    const { from, to } = marker;
    const text = buf[from] === ASCII.QUOTE ? decodeString(buf, from, to).toString() : buf.toString('utf8', from, to);
    // Of the ways to write an integer, one is not the shortest.
    return this.#values.has(text === '-0' && marker.type?.kind !== 'string' ? '0' : text);
  }
}

/** A column that has several places is one of them. */
function find({ table }: ValueType, name: string): Found {
  for (const entry of table?.entries ?? []) {
    const { route } = entry;
    if (route?.kind === 'slot' && route.slot.name === name) return route.slot;
    if (entry.type !== undefined && entry.name === name) return entry;
  }
  throw new Error(`there is no column ${name}`);
}
