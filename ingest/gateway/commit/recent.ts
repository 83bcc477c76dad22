/** Characters at the end of a key that the filter looks at: ids differ there. */
const LOOKED_AT = 24;
/** With two bits of so many set for each key, 1.4% of the keys that a generation does not hold look as if it did. */
const BITS_A_KEY = 16;
// A global of a vm context, as tests run in, is slow to look up.
const { imul } = Math;

/** Keys that were stored one after the other, and their values. */
class Generation {
  readonly #values = new Map<string, string>();
  /**
   * A Bloom filter. Nearly every key is new, and a map of many keys takes several reads of memory to say so; the filter takes
   * one, and mostly from the cache of the processor.
   */
  readonly #bits: Int32Array;

  constructor(capacity: number) {
    this.#bits = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(32, capacity * BITS_A_KEY))) / 32);
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string, hash: number): string | undefined {
    return this.#isSet(hash) && this.#isSet(imul(hash, 0x9e3779b1)) ? this.#values.get(key) : undefined;
  }

  set(key: string, hash: number, value: string): void {
    this.#set(hash);
    this.#set(imul(hash, 0x9e3779b1));
    this.#values.set(key, value);
  }

  #isSet(hash: number): boolean {
    const word = this.#bits[(hash >>> 5) & (this.#bits.length - 1)] as number;
    return (word & (1 << (hash & 31))) !== 0;
  }

  #set(hash: number): void {
    const at = (hash >>> 5) & (this.#bits.length - 1);
    this.#bits[at] = (this.#bits[at] as number) | (1 << (hash & 31));
  }
}

/**
 * Remembers recently stored events, with bounded memory: two generations, of which the older is dropped when the younger is
 * full. Holds between half of the capacity and all of it.
 */
export class RecentMap {
  readonly #half: number;
  #young: Generation;
  #old: Generation;

  /** @param capacity 0 remembers nothing */
  constructor(capacity: number) {
    this.#half = Math.ceil(capacity / 2);
    this.#young = new Generation(this.#half);
    this.#old = new Generation(0);
  }

  get(key: string): string | undefined {
    const hash = hashOfEnd(key);
    return this.#young.get(key, hash) ?? this.#old.get(key, hash);
  }

  set(key: string, value: string): void {
    if (this.#half === 0) return;
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Generation(this.#half);
    }
    this.#young.set(key, hashOfEnd(key), value);
  }
}

function hashOfEnd(key: string): number {
  let hash = key.length;
  for (let i = Math.max(0, key.length - LOOKED_AT); i < key.length; i += 1)
    hash = imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
