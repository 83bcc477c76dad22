import type { KeyEntry, Slot, ValueType } from './compiled';

/** A member that stands before those of each record. */
interface Member {
  /** What its name is, and the column or field whose value it is, unless that is a slot. */
  readonly entry: KeyEntry;
  readonly of: KeyEntry | undefined;
  readonly slot: Slot | undefined;
  readonly rank: number;
}

/**
 * Members of an envelope that were checked once, so that each record is read as if they stood before its own. Nothing but the table of
 * names remembers them.
 */
export class CarriedValues {
  /** What a record begins with instead of its brace: a brace, the members as they are passed on, and a comma. */
  readonly prefix: Buffer;
  readonly #members: readonly Member[];

  constructor(prefix: Buffer, members: readonly Member[]) {
    this.prefix = prefix;
    this.#members = members;
  }

  /** Makes the next object of a row begin with them. */
  begin(row: ValueType): void {
    const object = row.objects + 1;
    for (const { entry, of, slot, rank } of this.#members) {
      entry.seenIn = object;
      if (of !== undefined) of.seenIn = object;
      if (slot !== undefined) {
        slot.namedIn = object;
        slot.filledIn = object;
        slot.rank = rank;
      }
    }
  }

  /** Whether no member of the object that was read since is preferred to one of them. */
  get stand(): boolean {
    return this.#members.every(({ slot, rank }) => slot === undefined || slot.rank === rank);
  }
}
