import { isUtf8 } from 'node:buffer';
import { type CsvDialect, commentOf } from '../../lib/dataset';
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
  /** Whether it is the line of names, where a file has one. */
  readonly isHeader: boolean;
  /** Valid until the next record is asked for. */
  fields(): CsvField[];
  /** Why it is not a row under a header of so many fields, in the words of compaction. Valid until the next record is asked for. */
  fault(width: number): string | undefined;
}

/**
 * The records of a file of delimited text, a header first where there is one, with flat memory; what is a record is decided as
 * in compaction. Comments are left out, but for lines of names. Broken records come as they are: compaction is the judge of them.
 *
 * @throws UnreadableObjectError when the file is damaged, a quote is never closed, or a record is too long
 */
export async function* csvRecords(path: string, dialect: CsvDialect): AsyncGenerator<CsvRecord> {
  const reader = new CsvReader(dialect);
  for await (const chunk of decoded(path)) {
    yield* reader.push(chunk);
  }
  yield* reader.end();
}

class CsvReader {
  readonly #records: CsvRecords;
  readonly #comment: string | undefined;
  /** What the line of names begins with, where it is a comment. */
  readonly #names: string | undefined;
  /** Whether the next record is the header. */
  #headerNext: boolean;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Held bytes are looked at again when they are this many, so that a long record is not scanned once a chunk. */
  #retryAt = 0;
  #line = 1;

  constructor(dialect: CsvDialect) {
    this.#records = new CsvRecords(dialect.delimiter, dialect);
    this.#comment = commentOf(dialect);
    this.#names = typeof dialect.header === 'string' ? dialect.header : undefined;
    this.#headerNext = (dialect.header ?? true) === true;
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
      if (this.#comment !== undefined && beginsWith(buf, from, this.#comment)) {
        const newline = buf.indexOf('\n', from);
        if (newline < 0) break;
        if (this.#names !== undefined && beginsWith(buf, from, this.#names)) {
          yield this.#record(buf.subarray(from, newline), true, () => []);
        }
        this.#line += 1;
        from = newline + 1;
        continue;
      }
      const next = records.next(buf, from, Number.MAX_SAFE_INTEGER);
      if (next === INCOMPLETE) break;
      const { contentEnd, lines } = records;
      if (contentEnd > from) {
        yield this.#record(buf.subarray(from, contentEnd), this.#headerNext, () => this.#fields(buf));
        this.#headerNext = false;
      }
      this.#line += lines;
      from = next;
    }
    return from;
  }

  #record(bytes: Buffer, isHeader: boolean, fields: () => CsvField[]): CsvRecord {
    const { problem, count } = this.#records;
    return {
      number: this.#line,
      bytes,
      isHeader,
      fields,
      fault: (width) => {
        if (problem !== undefined) return problem;
        if (!isUtf8(bytes)) return 'not UTF-8';
        return count === width ? undefined : `expected ${width} fields as in the header, found ${count}`;
      },
    };
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

const beginsWith = (buf: Buffer, at: number, text: string): boolean =>
  buf.toString('latin1', at, at + text.length) === text;
