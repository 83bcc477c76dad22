import { snakeCase } from '../dataset/snake-case';
import { ASCII } from './bytes';
import { KeyEntry, type NameBudget, type NameTable, type Slot } from './compiled';
import { Likenesses } from './likeness';

const { BACKSLASH, QUOTE } = ASCII;
// A global of a vm context, as tests run in, is slow to look up.
const { imul } = Math;

/** Longest name that is remembered; longer ones are only counted. */
const MAX_NAME_BYTES = 256;

/** Spellings of declared names that a table remembers; others are worked out each time. */
const MAX_SPELLINGS = 2000;

/** Look-alikes of one declared name that a reason lists. */
const MAX_SUSPECTS = 3;

/** What a table is made of. */
export interface TableNames {
  /** Names of columns and fields, and of places of them. */
  readonly declared: readonly KeyEntry[];
  /** What must have a value from one of several places. */
  readonly requiredSlots: readonly Slot[];
  /** What is joined from several texts. */
  readonly joined: readonly Slot[];
  /** Declared names that also stand for every name whose snake case they are. */
  readonly snake: ReadonlyMap<string, KeyEntry>;
}

/** Finds names by their bytes without making strings: first the predicted one, then by hash. */
export class KeyTable implements NameTable {
  /** What an object began with last time; its `next` chain predicts the rest. */
  readonly start = new KeyEntry(new Uint8Array(), undefined, false);
  readonly entries: KeyEntry[] = [];
  /** The entries that every object must have. */
  readonly required: readonly KeyEntry[];
  readonly requiredSlots: readonly Slot[];
  readonly joined: readonly Slot[];
  readonly #snake: TableNames['snake'];
  #spellings = 0;
  readonly #likenesses: Likenesses<KeyEntry>;
  /** Undeclared names that look like declared ones, by these, and the number of the object that holds them. */
  #suspects = new Map<readonly KeyEntry[], KeyEntry[]>();
  #suspectsIn = 0;
  #slots: (KeyEntry | undefined)[] = new Array(16).fill(undefined);

  constructor(
    { declared, requiredSlots, joined, snake }: TableNames,
    readonly budget: NameBudget,
  ) {
    this.requiredSlots = requiredSlots;
    this.joined = joined;
    this.#snake = snake;
    this.required = declared.filter((entry) => entry.notNull);
    this.#likenesses = new Likenesses(declared);
    let previous = this.start;
    for (const entry of declared) {
      this.#insert(entry, hash(entry.bytes, 0, entry.bytes.length));
      if (entry.plain) {
        previous.next = entry;
        previous = entry;
      }
    }
  }

  /**
   * The entry of the key whose opening quote is at `at`, ending at the closing quote `end - 1`. Undefined when the name
   * is neither known nor can be remembered. Learns the order.
   */
  lookup(buf: Buffer, at: number, end: number, previous: KeyEntry): KeyEntry | undefined {
    let source = buf;
    let from = at + 1;
    let to = end - 1;
    if (holdsBackslash(buf, from, to)) {
      source = decodeString(buf, at, end);
      from = 0;
      to = source.length;
    }
    const code = hash(source, from, to);
    const mask = this.#slots.length - 1;
    for (let slot = code & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot];
      if (entry === undefined) break;
      if (entry.bytes.length === to - from && equal(entry.bytes, source, from)) {
        if (source === buf) previous.next = entry;
        return entry;
      }
    }
    const spelling = this.#snake.size === 0 ? undefined : this.#spellingOf(source, from, to);
    if (spelling !== undefined) {
      if (this.#spellings === MAX_SPELLINGS) return spelling;
      this.#spellings++;
      this.#insert(spelling, code);
      if (source === buf) previous.next = spelling;
      return spelling;
    }
    if (this.budget.left === 0 || to - from > MAX_NAME_BYTES) return undefined;
    this.budget.left--;
    const entry = new KeyEntry(source.subarray(from, to), undefined, false);
    entry.alike = this.#likenesses.find(source, from, to);
    this.#insert(entry, code);
    if (source === buf) previous.next = entry;
    return entry;
  }

  /** Takes note of an undeclared name of an object that looks like a declared one. */
  suspect(object: number, entry: KeyEntry): void {
    const { alike } = entry;
    if (alike === undefined) return;
    if (this.#suspectsIn !== object) {
      this.#suspectsIn = object;
      this.#suspects.clear();
    }
    const known = this.#suspects.get(alike);
    if (known === undefined) this.#suspects.set(alike, [entry]);
    else if (known.length < MAX_SUSPECTS && !known.includes(entry)) known.push(entry);
  }

  /** The same for a name that was not remembered, a key as for `lookup`. Returns whether it looks like a declared one. */
  suspectStray(object: number, buf: Buffer, at: number, end: number): boolean {
    const escaped = holdsBackslash(buf, at + 1, end - 1);
    const name = escaped ? decodeString(buf, at, end) : buf.subarray(at + 1, end - 1);
    const alike = this.#likenesses.find(name, 0, name.length);
    if (alike === undefined) return false;
    const entry = new KeyEntry(name, undefined, false);
    entry.alike = alike;
    this.suspect(object, entry);
    return true;
  }

  /** A declared name that an object lacks while it holds undeclared ones that look like it. */
  lookAlike(object: number): { readonly declared: KeyEntry; readonly undeclared: readonly KeyEntry[] } | undefined {
    if (this.#suspectsIn !== object) return undefined;
    for (const [alike, undeclared] of this.#suspects) {
      const declared = alike.find((entry) => !entry.isThere(object));
      if (declared !== undefined) return { declared, undeclared };
    }
    return undefined;
  }

  #spellingOf(bytes: Buffer, from: number, to: number): KeyEntry | undefined {
    // Most names look like no declared one, which shows without making a string.
    if (this.#likenesses.find(bytes, from, to) === undefined) return undefined;
    const name = bytes.toString('utf8', from, to);
    const of = this.#snake.get(snakeCase(name));
    if (of === undefined) return undefined;
    const entry = new KeyEntry(Buffer.from(name), undefined, false);
    entry.route = { kind: 'spelling', of, key: Buffer.from(JSON.stringify(of.name)) };
    return entry;
  }

  #insert(entry: KeyEntry, code: number): void {
    this.entries.push(entry);
    if (this.entries.length * 2 > this.#slots.length) {
      this.#slots = new Array(this.#slots.length * 2).fill(undefined);
      for (const known of this.entries) this.#place(known, hash(known.bytes, 0, known.bytes.length));
    } else {
      this.#place(entry, code);
    }
  }

  #place(entry: KeyEntry, code: number): void {
    const mask = this.#slots.length - 1;
    let slot = code & mask;
    while (this.#slots[slot] !== undefined) slot = (slot + 1) & mask;
    this.#slots[slot] = entry;
  }
}

/** The bytes that a well-formed JSON string token stands for, `at` being its opening quote and `end` the byte after it. */
export function decodeString(buf: Buffer, at: number, end: number): Buffer {
  return Buffer.from(JSON.parse(buf.toString('utf8', at, end)) as string);
}

/**
 * Position after the closing quote of the predicted key, or -1 if another key stands here.
 */
export function matchKey(buf: Buffer, at: number, entry: KeyEntry): number {
  const bytes = entry.bytes;
  const length = bytes.length;
  let i = 0;
  while (i < length && buf[at + 1 + i] === bytes[i]) i++;
  return i === length && buf[at + 1 + i] === QUOTE ? at + 2 + i : -1;
}

export function holdsBackslash(buf: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (buf[i] === BACKSLASH) return true;
  return false;
}

/** FNV-1a. */
function hash(bytes: Uint8Array, from: number, to: number): number {
  let code = 0x811c9dc5;
  for (let i = from; i < to; i++) code = imul(code ^ (bytes[i] as number), 0x01000193);
  return code ^ (code >>> 15);
}

function equal(name: Uint8Array, buf: Uint8Array, from: number): boolean {
  for (let i = 0; i < name.length; i++) if (name[i] !== buf[from + i]) return false;
  return true;
}
