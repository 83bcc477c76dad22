import type { Dataset } from '../dataset/model';
import { JsonRecords } from './json-records';
import { RowChecker } from './row';
import { RowReader } from './row-reader';
import type { UnknownField } from './unknown';
import type { Rejection, RowValidator } from './validator';

/**
 * Checks JSON against a dataset. Strict JSON (RFC 8259) in UTF-8, objects in any arrangement that `JsonRecords` finds, a byte
 * order mark and CRLF tolerated. Every accepted record is one line, and is converted exactly by `readLinesSql`; nothing is
 * coerced.
 */
export class NdjsonValidator implements RowValidator {
  readonly #reader: RowReader;
  readonly #records: JsonRecords;

  constructor(
    dataset: Pick<Dataset, 'columns'> & { readonly input?: Pick<Dataset['input'], 'json' | 'nulls'> | undefined },
    onReject: (rejected: Rejection) => void,
  ) {
    const { columns, input } = dataset;
    this.#reader = new RowReader(new RowChecker(columns, { nulls: input?.nulls }), (reason, raw) =>
      onReject({ ...this.#records.place, reason, raw }),
    );
    const snake = columns.some(({ from }) => from === 'snake');
    this.#records = new JsonRecords(this.#reader, input?.json === undefined ? undefined : { ...input.json, snake });
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
    return [...around, ...this.#reader.row.unknownFields];
  }

  get otherUnknownFields(): number {
    return (this.#records.envelope?.otherUndeclared ?? 0) + this.#reader.row.otherUnknownFields;
  }

  push(chunk: Buffer): Buffer[] {
    this.#records.push(chunk);
    return this.#reader.output.take();
  }

  end(): Buffer[] {
    this.#records.end();
    return this.#reader.output.take();
  }
}
