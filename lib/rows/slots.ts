import type { DeletionMarker } from '../dataset/dedupe';
import type { ColumnType } from '../dataset/model';
import { partsOf, pathsOf, type Sourced } from '../dataset/sources';
import { Part, type Place, type Slot } from './compiled';

/** What a member of the input is called in the output when it is not a column: no name of a column is this. */
export const FILLER = Buffer.from('"-"');

/** The places below one name: a value of a column, or members of an object. */
export type PlaceTree = Map<string, Place | PlaceTree>;

/** What a column or field declares, as far as a table needs it. */
export interface Declared extends Sourced {
  readonly type: ColumnType;
  readonly notNull?: boolean;
  readonly unless?: DeletionMarker;
}

/** Puts the places of a slot into a tree. @throws Error where two of them are in each other's way */
export function plant(tree: PlaceTree, slot: Slot, declared: Sourced): void {
  for (const [rank, path] of pathsOf(declared).entries()) put(tree, path, { kind: 'slot', slot, rank });
  for (const path of partsOf(declared)) {
    const part = new Part(slot);
    slot.parts.push(part);
    put(tree, path, { kind: 'part', part });
  }
}

function put(tree: PlaceTree, path: readonly string[], place: Place): void {
  const { name: column } = place.kind === 'slot' ? place.slot : place.part.owner;
  let at = tree;
  for (const name of path.slice(0, -1)) {
    const inner = at.get(name) ?? new Map();
    if (!(inner instanceof Map)) throw new Error(`${column}: ${name} is a column and holds another`);
    at.set(name, inner);
    at = inner;
  }
  const last = path.at(-1) ?? '';
  if (at.has(last)) throw new Error(`${column}: ${last} is taken`);
  at.set(last, place);
}
