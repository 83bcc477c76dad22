/** The fields of one record, as positions in the bytes that it was found in. */
export class Fields {
  /** Fields of the last record. Positions are kept for as many as were asked for. */
  count = 0;
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #written: number[] = [];

  /** @param written bits of `WRITTEN` */
  set(field: number, from: number, to: number, written: number): void {
    this.#from[field] = from;
    this.#to[field] = to;
    this.#written[field] = written;
  }

  from(field: number): number {
    return this.#from[field] as number;
  }

  to(field: number): number {
    return this.#to[field] as number;
  }

  written(field: number): number {
    return this.#written[field] as number;
  }

  isQuoted(field: number): boolean {
    return ((this.#written[field] as number) & 1) !== 0;
  }

  hasDoubledQuotes(field: number): boolean {
    return ((this.#written[field] as number) & 2) !== 0;
  }
}
