import type { ColumnType } from '../dataset/model';
import { pathsOf, type Sourced } from '../dataset/sources';
import type { KeyEntry } from './keys';
import type { ValueType } from './types';

/** What a member of the input is called in the output when it is not a column: no name of a column is this. */
export const FILLER = Buffer.from('"-"');

/** A column or field whose value may stand in several places of an object, the first of which that is not null counts. */
export class Slot {
  /** Number of the last object that named it in any place, and of the last that held a value. */
  namedIn = 0;
  filledIn = 0;
  /** Rank of the place that the value came from. */
  rank = 0;
  /** Where its key stands among the rewritten tokens. */
  keyAt = 0;
  /** The key that its value gets. */
  readonly key: Buffer;

  constructor(
    readonly name: string,
    readonly type: ValueType,
    readonly notNull: boolean,
    /** The type whose objects are counted. */
    readonly owner: ValueType,
    /** Its places in words. */
    readonly places: string,
  ) {
    this.key = Buffer.from(JSON.stringify(name));
  }
}

/** What a name that is not that of its column or field stands for. */
export type Route =
  /** One place of several. */
  | { readonly kind: 'slot'; readonly slot: Slot; readonly rank: number }
  /** An object whose members are places. */
  | { readonly kind: 'envelope'; readonly type: ValueType }
  /** Another spelling of a declared name. */
  | { readonly kind: 'spelling'; readonly of: KeyEntry; readonly key: Buffer };

/** The places below one name: a value of a column, or members of an object. */
export type PlaceTree = Map<string, { slot: Slot; rank: number } | PlaceTree>;

/** What a column or field declares, as far as a table needs it. */
export interface Declared extends Sourced {
  readonly type: ColumnType;
  readonly notNull?: boolean;
}

/** Puts the places of a slot into a tree. @throws Error where two of them are in each other's way */
export function plant(tree: PlaceTree, slot: Slot, declared: Sourced): void {
  for (const [rank, path] of pathsOf(declared).entries()) {
    let at = tree;
    for (const name of path.slice(0, -1)) {
      const inner = at.get(name) ?? new Map();
      if (!(inner instanceof Map)) throw new Error(`${slot.name}: ${name} is a column and holds another`);
      at.set(name, inner);
      at = inner;
    }
    const last = path.at(-1) ?? '';
    if (at.has(last)) throw new Error(`${slot.name}: ${last} is taken`);
    at.set(last, { slot, rank });
  }
}
