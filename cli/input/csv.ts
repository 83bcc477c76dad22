import { isUtf8 } from 'node:buffer';
import { MAX_LINE_BYTES, UnreadableObjectError } from '../../lib/rows';
import { CsvRecords, INCOMPLETE } from '../../lib/rows/csv-records';
import { decoded } from './decode';

export interface CsvField {
  readonly text: string;
  /** Tells an empty string from no value. */
  readonly quoted: boolean;
}

export interface CsvRecord {
  /** Line where the record starts, 1-based, blank lines counted; a quoted value can span several. */
  readonly number: number;
  /** The bytes as they came, without the line end. Valid until the next record is asked for. */
  readonly bytes: Buffer;
  /** Valid until the next record is asked for. */
  fields(): CsvField[];
  /** Why it is not a row under a header of so many fields, in the words of compaction. Valid until the next record is asked for. */
  fault(width: number): string | undefined;
}

/**
 * The records of a CSV file, the header first, with flat memory; what is a record is decided as in compaction. Broken
 * ones come as they are: compaction is the judge of them.
 *
 * @throws UnreadableObjectError when the file is damaged, a quote is never closed, or a record is too long
 */
export async function* csvRecords(path: string, delimiter: string): AsyncGenerator<CsvRecord> {
  const reader = new CsvReader(delimiter);
  for await (const chunk of decoded(path)) {
    yield* reader.push(chunk);
  }
  yield* reader.end();
}

class CsvReader {
  readonly #records: CsvRecords;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Held bytes are looked at again when they are this many, so that a long record is not scanned once a chunk. */
  #retryAt = 0;
  #line = 1;

  constructor(delimiter: string) {
    this.#records = new CsvRecords(delimiter);
  }

  *push(chunk: Buffer): Generator<CsvRecord> {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < this.#retryAt) {
      return;
    }
    const buf = this.#held.length === 1 ? chunk : Buffer.concat(this.#held);
    const rest = yield* this.#read(buf);
    this.#held = [Buffer.from(buf.subarray(rest))];
    this.#heldBytes = buf.length - rest;
    this.#retryAt = this.#heldBytes * 2;
    if (this.#heldBytes > MAX_LINE_BYTES) {
      throw new UnreadableObjectError(`the record at line ${this.#line} is longer than ${MAX_LINE_BYTES} bytes`);
    }
  }

  *end(): Generator<CsvRecord> {
    if (this.#heldBytes === 0) {
      return;
    }
    this.#retryAt = 0;
    yield* this.push(Buffer.from('\n'));
    if (this.#heldBytes > 0) {
      throw new UnreadableObjectError(`a quote is opened in the record at line ${this.#line} and never closed`);
    }
  }

  *#read(buf: Buffer): Generator<CsvRecord, number> {
    const records = this.#records;
    let from = 0;
    while (from < buf.length) {
      const next = records.next(buf, from, buf.length, Number.MAX_SAFE_INTEGER);
      if (next === INCOMPLETE) {
        break;
      }
      const { contentEnd, lines } = records;
      if (contentEnd > from) {
        const bytes = buf.subarray(from, contentEnd);
        yield {
          number: this.#line,
          bytes,
          fields: () => this.#fields(buf),
          fault: (width) => records.fault(isUtf8(bytes), width),
        };
      }
      this.#line += lines;
      from = next;
    }
    return from;
  }

  #fields(buf: Buffer): CsvField[] {
    const records = this.#records;
    return Array.from({ length: records.count }, (_, field) => {
      const text = buf.toString('utf8', records.from(field), records.to(field));
      return {
        text: records.hasDoubledQuotes(field) ? text.replaceAll('""', '"') : text,
        quoted: records.isQuoted(field),
      };
    });
  }
}
