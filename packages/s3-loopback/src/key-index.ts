import { compareKeys, sortKeys } from './keys';

/** The keys of a bucket in listing order. Writes are O(1); the order is brought up to date by the next listing. */
export class KeyIndex {
  #sorted: string[] = [];
  readonly #added = new Set<string>();
  readonly #removed = new Set<string>();

  /** @param key one that the index does not hold */
  add(key: string): void {
    if (!this.#removed.delete(key)) this.#added.add(key);
  }

  /** @param key one that the index holds */
  remove(key: string): void {
    if (!this.#added.delete(key)) this.#removed.add(key);
  }

  sorted(): readonly string[] {
    if (this.#added.size > 0 || this.#removed.size > 0) {
      const kept = this.#removed.size > 0 ? this.#sorted.filter((key) => !this.#removed.has(key)) : this.#sorted;
      this.#sorted = this.#added.size > 0 ? merge(kept, sortKeys([...this.#added])) : kept;
      this.#added.clear();
      this.#removed.clear();
    }
    return this.#sorted;
  }
}

function merge(a: readonly string[], b: readonly string[]): string[] {
  const merged: string[] = [];
  let i = 0;
  for (const key of b) {
    while (i < a.length && compareKeys(a[i] as string, key) < 0) merged.push(a[i++] as string);
    merged.push(key);
  }
  while (i < a.length) merged.push(a[i++] as string);
  return merged;
}

/** Index of the first key that is not before `key`, or with `after` the first that is behind it. */
export function seek(sorted: readonly string[], key: string, after = false): number {
  return partition(sorted, 0, (candidate) => {
    const order = compareKeys(candidate, key);
    return after ? order <= 0 : order < 0;
  });
}

/** Index behind the run of keys that start with `prefix`, which starts at `from`. */
export function seekPast(sorted: readonly string[], prefix: string, from: number): number {
  return partition(sorted, from, (candidate) => candidate.startsWith(prefix));
}

function partition(sorted: readonly string[], from: number, before: (key: string) => boolean): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(sorted[middle] as string)) low = middle + 1;
    else high = middle;
  }
  return low;
}
