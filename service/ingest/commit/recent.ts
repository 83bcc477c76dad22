/**
 * Remembers the latest members with bounded memory: two generations, of which the older is dropped when the younger is
 * full. Holds between half of the capacity and all of it.
 */
export class RecentSet {
  readonly #half: number;
  #young = new Set<string>();
  #old = new Set<string>();

  /** @param capacity 0 remembers nothing */
  constructor(capacity: number) {
    this.#half = Math.ceil(capacity / 2);
  }

  has(member: string): boolean {
    return this.#young.has(member) || this.#old.has(member);
  }

  add(member: string): void {
    if (this.#half === 0) return;
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(member);
  }
}
