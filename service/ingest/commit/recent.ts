/**
 * Remembers what was stored last, with bounded memory: two generations, of which the older is dropped when the younger is
 * full. Holds between half of the capacity and all of it.
 */
export class RecentMap {
  readonly #half: number;
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  /** @param capacity 0 remembers nothing */
  constructor(capacity: number) {
    this.#half = Math.ceil(capacity / 2);
  }

  get(key: string): string | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, value: string): void {
    if (this.#half === 0) return;
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
