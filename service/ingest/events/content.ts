import * as crypto from 'node:crypto';
import type { ColumnType, Dataset } from '../../../lib/dataset';

/** Of marks that are compared: those of another version, and the empty ones of before, say nothing about the content. */
const VERSION = '1';
/** 132 bits. */
const MARK_LENGTH = 22;

/**
 * Marks what an event says, to tell an event that comes again from another one under the same id. Equal for texts with the
 * same values: order of members, white space, escapes and the spelling of a number (`1.0`, `1`, `1e0`) do not matter, and
 * null is the same as absent. Everything else is compared as it was sent: `"1"` is not `1`, `Z` is not `+00:00`. Leading
 * partition keys are left out; they are part of the id.
 */
export class ContentMarker {
  readonly #columns: readonly { readonly name: string; readonly isNested: boolean }[];

  constructor(dataset: Dataset) {
    // By name: a column that is added between two versions changes no mark.
    this.#columns = dataset.columns
      .map(({ name, type }) => ({ name, isNested: isNested(type) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  mark(event: Readonly<Record<string, unknown>>): string {
    const parts: unknown[] = [];
    for (const { name, isNested: nested } of this.#columns) {
      const value = Object.hasOwn(event, name) ? event[name] : null;
      if (value !== null) parts.push(name, nested ? sorted(value) : value);
    }
    return VERSION + crypto.hash('sha256', JSON.stringify(parts), 'base64').slice(0, MARK_LENGTH);
  }
}

/** Whether two marks are known to be of different content. */
export const isOtherContent = (stored: string, own: string): boolean => stored.startsWith(VERSION) && stored !== own;

const isNested = ({ kind }: ColumnType): boolean => kind === 'array' || kind === 'map' || kind === 'struct';

/** With the members of all objects in one order. No deeper than an event may be. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return members.map(([name, inner]) => [name, sorted(inner)]);
}
