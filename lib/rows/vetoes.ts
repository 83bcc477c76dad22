import type { RecordReader } from './record-reader';
import type { RowReader } from './row-reader';

/** Why rows that fit are rejected all the same, by their number among those that fit, from 0. */
export type VetoList = ReadonlyMap<number, string>;

/** Goes through the rows of an object that fit, in their order. */
export class Vetoes {
  #number = 0;

  constructor(readonly list: VetoList) {}

  /** Why the next row that fits is rejected; undefined if it is not. */
  get reason(): string | undefined {
    return this.list.get(this.#number);
  }

  /** Goes behind a row that fits. */
  pass(): void {
    this.#number++;
  }
}

/** Records as rows, one by one, so that each has its place, without those that are rejected although they fit. */
export class VetoReader implements RecordReader {
  readonly records = 0;
  readonly lines = 0;
  to = 0;
  readonly #rows: RowReader;
  readonly #vetoes: Vetoes;
  #veto: string | undefined;

  constructor(rows: RowReader, vetoes: Vetoes) {
    this.#rows = rows;
    this.#vetoes = vetoes;
  }

  get reason(): string {
    return this.#veto ?? this.#rows.reason;
  }

  read(buf: Buffer, at: number): number {
    const to = this.#rows.read(buf, at);
    this.#veto = to < 0 ? undefined : this.#vetoes.reason;
    return this.#veto === undefined ? to : -1;
  }

  acceptRun(buf: Buffer, at: number): number {
    this.to = this.read(buf, at);
    return at;
  }

  explain(line: Buffer): string {
    return this.#rows.explain(line);
  }

  forget(): void {
    this.#rows.forget();
  }

  keep(): void {
    this.#rows.keep();
  }

  accept(buf: Buffer, from: number, to: number, isLine: boolean): void {
    this.#vetoes.pass();
    this.#rows.accept(buf, from, to, isLine);
  }

  reject(reason: string, raw: Buffer): void {
    // A piece that looked like a row at first, and is none, has another reason.
    if (reason === this.#veto) this.#vetoes.pass();
    this.#veto = undefined;
    this.#rows.reject(reason, raw);
  }
}
