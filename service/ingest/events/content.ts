import * as crypto from 'node:crypto';
import type { ColumnType, Dataset } from '../../../lib/dataset';

/**
 * Characters of a mark, 72 bits of the hash: nobody finds another content to a given mark, and a node remembers many. One
 * of another version must have another length: nothing is said about its content.
 */
const MARK_LENGTH = 12;

/**
 * Marks what an event says, to tell an event that comes again from another one under the same id. Equal for texts with the
 * same values: order of members, white space, escapes and the spelling of a number (`1.0`, `1`, `1e0`) do not matter, and
 * null is the same as absent. Everything else is compared as it was sent: `"1"` is not `1`, `Z` is not `+00:00`. Leading
 * partition keys are left out; they are part of the id.
 */
export class ContentMarker {
  readonly #columns: readonly { readonly name: string; readonly head: string; readonly isNested: boolean }[];

  constructor(dataset: Dataset) {
    // By name: a column that is added between two versions changes no mark.
    this.#columns = dataset.columns
      .map(({ name, type }) => ({ name, head: JSON.stringify(name), isNested: isNested(type) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  mark(event: Readonly<Record<string, unknown>>): string {
    // The length before a string tells where it ends, which costs less than to escape it.
    let text = '';
    for (const { name, head, isNested: nested } of this.#columns) {
      const value = Object.hasOwn(event, name) ? event[name] : null;
      if (value === null) continue;
      if (typeof value === 'string') text += `${head}${value.length}:${value}`;
      else text += `${head}=${nested ? JSON.stringify(sorted(value)) : value}`;
    }
    // Half of a surrogate pair has no UTF-8: all halves would be one to the hash.
    return crypto.hash('sha256', text.isWellFormed() ? text : JSON.stringify(text), 'base64url').slice(0, MARK_LENGTH);
  }
}

/** Whether two marks are known to be of different content. */
export const isOtherContent = (stored: string, own: string): boolean => stored.length === MARK_LENGTH && stored !== own;

const isNested = ({ kind }: ColumnType): boolean => kind === 'array' || kind === 'map' || kind === 'struct';

/** With the members of all objects in one order. No deeper than an event may be. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return members.map(([name, inner]) => [name, sorted(inner)]);
}
