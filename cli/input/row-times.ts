import { type Dataset, declaredFields } from '../../lib/dataset';
import { createValidator, type RowValidator, UnreadableObjectError } from '../../lib/rows';
import type { ReadTime } from './format-time';

const NEWLINE = Buffer.from('\n');

/** Reads the event times of records of text, one by one, with the code of compaction. */
export class RowTimes {
  readonly #format: 'csv' | 'lines';
  readonly #eventTime: string;
  readonly #mark: string;
  /** The event time alone: what the other columns hold is for compaction to judge, and so is how many there are. */
  readonly #time: Pick<Dataset, 'columns' | 'input'>;
  readonly #whole: Pick<Dataset, 'columns' | 'input'>;
  #validators: Record<'time' | 'whole', RowValidator> | undefined;
  #problem: string | undefined;

  constructor({ columns, input, eventTime }: Dataset, format: 'csv' | 'lines') {
    this.#format = format;
    this.#eventTime = eventTime;
    const fields = declaredFields(input.csv, columns);
    const { header } = input.csv;
    this.#mark = typeof header === 'string' ? header : 'a header';
    const csv = {
      ...input.csv,
      ...(fields === undefined ? {} : { header: fields }),
      ...({ extraFields: 'ignore', missingFields: 'null' } as const),
    };
    const time = columns.filter(({ name }) => name === eventTime).map(({ unless: _, ...column }) => column);
    this.#time = { columns: time, input: { ...input, csv } };
    this.#whole = { columns, input };
    if (format === 'lines' || fields !== undefined) this.#validators = this.#create();
  }

  /** Takes the line of names. */
  begin(header: Buffer): void {
    this.#problem = undefined;
    this.#validators = undefined;
    try {
      const validators = this.#create();
      for (const validator of Object.values(validators)) validator.push(Buffer.concat([header, NEWLINE]));
      this.#validators = validators;
    } catch (error) {
      if (!(error instanceof UnreadableObjectError)) throw error;
      this.#problem = error.message;
    }
  }

  read(bytes: Buffer): ReadTime {
    if (this.#validators === undefined) {
      return { problem: this.#problem ?? `no line that begins with ${this.#mark} is before it` };
    }
    const { time, whole } = this.#validators;
    const line = Buffer.concat([bytes, NEWLINE]);
    const before = time.accepted;
    const lines = time.push(line);
    if (time.accepted === before) {
      const problem = this.#problem ?? '';
      // In the words of compaction.
      whole.push(line);
      return { problem: this.#problem ?? problem };
    }
    return { text: (JSON.parse(Buffer.concat(lines).toString()) as Record<string, string>)[this.#eventTime] ?? '' };
  }

  #create(): Record<'time' | 'whole', RowValidator> {
    const create = (dataset: Pick<Dataset, 'columns' | 'input'>): RowValidator =>
      createValidator(this.#format, dataset, ({ reason }) => {
        this.#problem = reason;
      });
    return { time: create(this.#time), whole: create(this.#whole) };
  }
}
