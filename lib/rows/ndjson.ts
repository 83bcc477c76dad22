import type { Column, Dataset } from '../dataset/model';
import { JsonRecords } from './json-records';
import { RowChecker } from './row';
import { RowReader } from './row-reader';
import type { UnknownField } from './unknown';
import { UsualLines } from './usual-lines';
import type { Rejection, RowValidator } from './validator';
import { Vetoes, type VetoList, VetoReader } from './vetoes';

/** Checkers that wait for the next object: to make one takes as long as to read some forty lines. */
const idle = new WeakMap<readonly Column[], RowChecker>();

function checkerOf(columns: readonly Column[]): RowChecker {
  const checker = idle.get(columns) ?? new RowChecker(columns);
  idle.delete(columns);
  return checker;
}

/**
 * Checks JSON against a dataset. Strict JSON (RFC 8259) in UTF-8, objects in any arrangement that `JsonRecords` finds, a byte
 * order mark and CRLF tolerated. Every accepted record is one line, and is converted exactly by `readLinesSql`; nothing is
 * coerced.
 */
export class NdjsonValidator implements RowValidator {
  readonly #reader: RowReader;
  readonly #records: JsonRecords;
  /** Undefined where its checker is for it alone. */
  readonly #columns: readonly Column[] | undefined;
  readonly #usual: UsualLines | undefined;
  /** Undefined once it was given away: then it had seen nothing undeclared. */
  #row: RowChecker | undefined;

  constructor(
    dataset: Pick<Dataset, 'columns'> & { readonly input?: Pick<Dataset['input'], 'json' | 'nulls'> | undefined },
    onReject: (rejected: Rejection) => void,
    vetoes?: VetoList,
  ) {
    const { columns, input } = dataset;
    const nulls = input?.nulls;
    const row = nulls === undefined ? checkerOf(columns) : new RowChecker(columns, { nulls });
    this.#columns = nulls === undefined ? columns : undefined;
    this.#row = row;
    // Texts that mean null are for the general scanner.
    this.#usual = nulls === undefined ? UsualLines.of(columns) : undefined;
    this.#reader = new RowReader(row, (reason, raw) => onReject({ ...this.#records.place, reason, raw }), this.#usual);
    const snake = columns.some(({ from }) => from === 'snake');
    const reader = vetoes === undefined ? this.#reader : new VetoReader(this.#reader, new Vetoes(vetoes));
    this.#records = new JsonRecords(reader, input?.json === undefined ? undefined : { ...input.json, snake });
  }

  get accepted(): number {
    return this.#reader.accepted;
  }

  get rejected(): number {
    return this.#reader.rejected;
  }

  get unknownFields(): readonly UnknownField[] {
    const { envelope } = this.#records;
    const around = [...(envelope?.undeclared ?? [])].map(([name, count]) => ({ name, count, similarTo: undefined }));
    return [...around, ...(this.#row?.unknownFields ?? [])];
  }

  get otherUnknownFields(): number {
    return (this.#records.envelope?.otherUndeclared ?? 0) + (this.#row?.otherUnknownFields ?? 0);
  }

  push(chunk: Buffer): Buffer[] {
    this.#records.push(chunk);
    return this.#reader.output.take();
  }

  end(): Buffer[] {
    this.#records.end();
    this.#usual?.release();
    if (this.#columns !== undefined && this.#row?.isUntouched === true) {
      idle.set(this.#columns, this.#row);
      this.#row = undefined;
    }
    return this.#reader.output.take();
  }
}
