/** What a dataset's types become, for scanning: the parts refer to each other, so they stand together. */
import type { ColumnType } from '../dataset/model';
import { ASCII } from './bytes';
import type { TimeReader } from './time-format';

const { BACKSLASH, QUOTE } = ASCII;

/** A column type, compiled for scanning: `CompiledType`, as the scanners see it. */
export interface ValueType {
  readonly kind: ColumnType['kind'] | 'row' | 'envelope';
  /** What a value must be, with its article: `an int`. */
  readonly expected: string;
  /** Limits of the integer kinds that fit a JavaScript number. */
  readonly min: number;
  readonly max: number;
  readonly precision: number;
  readonly scale: number;
  /** Type of an array's elements or of a map's values. */
  readonly element: ValueType | undefined;
  readonly key: ValueType | undefined;
  /** Names of a struct's fields, or the keys met in a map. */
  readonly table: NameTable | undefined;
  /** Whether it is the type of a map's keys. */
  readonly isKey: boolean;
  /** Objects read so far; numbers them for `KeyEntry.seenIn`. */
  objects: number;
  /** Of a string: whether it takes any JSON, as text. */
  readonly json: boolean;
  /** Of times that have a declared format. */
  readonly times: TimeReader | undefined;
}

/** Finds names by their bytes: `KeyTable`, as the scanners see it. */
export interface NameTable {
  /** What an object began with last time; its `next` chain predicts the rest. */
  readonly start: KeyEntry;
  readonly entries: readonly KeyEntry[];
  /** The entries that every object must have. */
  readonly required: readonly KeyEntry[];
  readonly requiredSlots: readonly Slot[];
  /** What is joined from several texts. */
  readonly joined: readonly Slot[];
  readonly budget: NameBudget;
  /**
   * The entry of the key whose opening quote is at `at`, ending at the closing quote `end - 1`. Undefined when the name
   * is neither known nor can be remembered. Learns the order.
   */
  lookup(buf: Buffer, at: number, end: number, previous: KeyEntry): KeyEntry | undefined;
  /** Takes note of an undeclared name of an object that looks like a declared one. */
  suspect(object: number, entry: KeyEntry): void;
  /** The same for a name that was not remembered, a key as for `lookup`. Returns whether it looks like a declared one. */
  suspectStray(object: number, buf: Buffer, at: number, end: number): boolean;
  /** A declared name that an object lacks while it holds undeclared ones that look like it. */
  lookAlike(object: number): { readonly declared: KeyEntry; readonly undeclared: readonly KeyEntry[] } | undefined;
}

/** How many undeclared names may still be remembered; one budget for all tables of a checker bounds its memory. */
export interface NameBudget {
  left: number;
}

/** One name that a table knows: a declared column or field, a place of one, an undeclared one that has been seen, or the key of a map. */
export class KeyEntry {
  /** The name that came after this one last time. Producers keep an order, so it nearly always does again. */
  next: KeyEntry | undefined = undefined;
  /** Number of the last object that held the name: tells a duplicate, and what is missing. */
  seenIn = 0;
  /** Where its value stood in that object: the position after the last byte too, and 0 for null. */
  from = 0;
  to = 0;
  count = 0;
  /** Of an undeclared name: the declared ones that it looks like. */
  alike: readonly KeyEntry[] | undefined = undefined;
  /** Of a name that stands for a declared one, or for an object that holds some. */
  route: Route | undefined = undefined;
  readonly bytes: Uint8Array;
  /** Whether the name may stand in JSON as it is. Otherwise it is only ever met escaped. */
  readonly plain: boolean;

  constructor(
    name: Uint8Array,
    /** Undefined for any name but that of a column, field or key itself. */
    readonly type: ValueType | undefined,
    readonly notNull: boolean,
  ) {
    this.bytes = Uint8Array.from(name);
    this.plain = !name.some((byte) => byte < 0x20 || byte === QUOTE || byte === BACKSLASH);
  }

  get name(): string {
    return Buffer.from(this.bytes).toString('utf8');
  }

  /** Whether the object of a number has what the name stands for, be it under another name. */
  isThere(object: number): boolean {
    const { route } = this;
    if (route?.kind === 'slot') return route.slot.namedIn === route.slot.owner.objects;
    return this.seenIn === object;
  }
}

/** A column or field with several sources in an object: the first value that is not null counts. */
export class Slot {
  /** Number of the last object that named it in any place, and of the last that held a value. */
  namedIn = 0;
  filledIn = 0;
  /** Rank of the place that the value came from. */
  rank = 0;
  /** Where that value stood, as in `KeyEntry`. */
  from = 0;
  to = 0;
  /** Where its key stands among the rewritten tokens. */
  keyAt = 0;
  /** The key that its value gets. */
  readonly key: Buffer;
  /** Texts that are joined to its value, in order; none for most. */
  readonly parts: Part[] = [];

  constructor(
    readonly name: string,
    readonly type: ValueType,
    readonly notNull: boolean,
    /** The type whose objects are counted. */
    readonly owner: ValueType,
    /** Its places in words. */
    readonly places: string,
    /** Of the texts that are joined to it. */
    readonly partType: ValueType = type,
  ) {
    this.key = Buffer.from(JSON.stringify(name));
  }
}

/** One of the texts that are joined to a value. */
export class Part {
  /** Number of the last object that held it, be it null. */
  seenIn = 0;
  /** Where its text stands in that object, without quotes; `to` is 0 for null. */
  from = 0;
  to = 0;

  constructor(readonly owner: Slot) {}
}

/** What a name that is not that of its column or field stands for. */
export type Route =
  /** One place of several. */
  | { readonly kind: 'slot'; readonly slot: Slot; readonly rank: number }
  /** One of several texts that are joined. */
  | { readonly kind: 'part'; readonly part: Part }
  /** An object whose members are places. */
  | { readonly kind: 'envelope'; readonly type: ValueType }
  /** Another spelling of a declared name. */
  | { readonly kind: 'spelling'; readonly of: KeyEntry; readonly key: Buffer };

/** What stands under a name: a value of a column, or a part of one. */
export type Place = Extract<Route, { kind: 'slot' | 'part' }>;
