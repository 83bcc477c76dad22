import type { DeletionMarker } from '../dataset/dedupe';
import type { ColumnType } from '../dataset/model';
import { pathsOf, type Sourced } from '../dataset/sources';
import type { Slot } from './compiled';

/** What a member of the input is called in the output when it is not a column: no name of a column is this. */
export const FILLER = Buffer.from('"-"');

/** The places below one name: a value of a column, or members of an object. */
export type PlaceTree = Map<string, { slot: Slot; rank: number } | PlaceTree>;

/** What a column or field declares, as far as a table needs it. */
export interface Declared extends Sourced {
  readonly type: ColumnType;
  readonly notNull?: boolean;
  readonly unless?: DeletionMarker;
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
