import { type ColumnType, type Dataset, partitionInterval } from '../../lib/dataset';
import { type Logical, LogicalMap, type LogicalRow } from './values';

/** Characters that engines and formats treat in some way of their own. */
const LETTERS = [...'abcXYZ 0189,;"\'\\/|{}[]ßé漢\u{1F600}'];

/**
 * Rows with values from the whole width of each type, a sixth of those that may be absent null. Event times lie in the
 * partition. Two calls with different seeds never give the same key, and the same seed gives the same rows.
 */
export function randomRows(dataset: Dataset, partition: string, count: number, seed: number): LogicalRow[] {
  const random = new Random(seed);
  const { start, end } = partitionInterval(dataset, partition);
  const keys = new Set(dataset.dedupe.key);
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(
      dataset.columns.map(({ name, type, notNull }): [string, Logical] => {
        if (name === dataset.eventTime) return [name, random.instant(start.getTime(), end.getTime())];
        if (keys.has(name)) return [name, `r${seed}-${String(index).padStart(6, '0')}`];
        return [name, notNull ? random.value(type) : random.maybe(() => random.value(type))];
      }),
    ),
  );
}

class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  value(type: ColumnType): Logical {
    switch (type.kind) {
      case 'boolean':
        return this.#below(2) === 0;
      case 'tinyint':
        return this.#whole(8);
      case 'smallint':
        return this.#whole(16);
      case 'int':
        return this.#whole(32);
      case 'bigint':
        return this.#bigint();
      case 'float':
        return Math.fround(this.#real());
      case 'double':
        return this.#real();
      case 'decimal':
        return this.#decimal(type.precision, type.scale);
      case 'string':
        return this.#word();
      case 'date':
        return this.instant(Date.UTC(1800, 0, 1), Date.UTC(2400, 0, 1)).slice(0, 10);
      case 'timestamp':
        return this.instant(Date.UTC(1800, 0, 1), Date.UTC(2400, 0, 1));
      case 'binary':
        return Uint8Array.from(this.#list(40, () => this.#below(256)));
      case 'array':
        return this.#list(4, () => this.maybe(() => this.value(type.element)));
      case 'map': {
        const keys = new Set(this.#list(3, () => (type.key.kind === 'string' ? this.#word() : this.#bigint())));
        return new LogicalMap([...keys].map((key) => [key, this.maybe(() => this.value(type.value))] as const));
      }
      case 'struct':
        return Object.fromEntries(type.fields.map((field) => [field.name, this.maybe(() => this.value(field.type))]));
    }
  }

  maybe(make: () => Logical): Logical {
    return this.#below(6) === 0 ? null : make();
  }

  /** From the first, inclusive, to the second, exclusive, both in milliseconds since 1970. */
  instant(from: number, to: number): string {
    return new Date(from + Math.floor(this.#next() * (to - from))).toISOString().slice(0, -1);
  }

  /** mulberry32 */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  #below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  #list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.#below(most + 1) }, make);
  }

  #word(): string {
    return this.#list(12, () => LETTERS[this.#below(LETTERS.length)] ?? '').join('');
  }

  #whole(bits: number): number {
    return Math.floor((this.#next() - 0.5) * 2 ** bits);
  }

  #bigint(): bigint {
    return BigInt.asIntN(64, (BigInt(this.#below(2 ** 32)) << 32n) | BigInt(this.#below(2 ** 32)));
  }

  #real(): number {
    return (this.#next() - 0.5) * 10 ** (this.#below(40) - 20);
  }

  #decimal(precision: number, scale: number): string {
    const digits = (length: number): string => Array.from({ length }, () => this.#below(10)).join('');
    const whole = precision === scale ? '0' : `${this.#below(9) + 1}${digits(this.#below(precision - scale))}`;
    return `${this.#below(2) === 0 ? '' : '-'}${whole}${scale === 0 ? '' : `.${digits(scale)}`}`;
  }
}
