/** Seeded random numbers: the same seed gives the same lake on every machine. Not for secrets. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Uniform in [0, 1), 32 bits of resolution (mulberry32). */
  next(): number {
    return this.uint32() / 2 ** 32;
  }

  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** 80 random bits in hex: no collision to be expected in any number of rows that the generator allows. */
  id(): string {
    const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
    return hex(this.uint32(), 8) + hex(this.uint32(), 8) + hex(this.uint32() >>> 16, 4);
  }

  /** Uniform integer from 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Mean `mean`, memoryless: gaps between clicks. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  /** Log-normal with the given median: response sizes. */
  logNormal(median: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return median * Math.exp(sigma * normal);
  }

  /** `value` rounded up or down at random so that the expectation stays. */
  round(value: number): number {
    return Math.floor(value) + (this.chance(value - Math.floor(value)) ? 1 : 0);
  }
}

/** Draws an index with the given weights. */
export class WeightedIndex {
  readonly #cumulative: Float64Array;

  constructor(weights: readonly number[]) {
    let sum = 0;
    this.#cumulative = Float64Array.from(weights, (weight) => {
      sum += weight;
      return sum;
    });
  }

  /** Zipf's law: the n-th most popular of `size` items is drawn in proportion to 1 / n^`exponent`. */
  static zipf(size: number, exponent: number): WeightedIndex {
    return new WeightedIndex(Array.from({ length: size }, (_, rank) => 1 / (rank + 1) ** exponent));
  }

  draw(random: Random): number {
    const total = this.#cumulative[this.#cumulative.length - 1] ?? 0;
    const target = random.next() * total;
    let low = 0;
    let high = this.#cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#cumulative[middle] ?? 0) > target) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
