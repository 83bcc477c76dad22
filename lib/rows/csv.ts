import { isUtf8 } from 'node:buffer';
import type { Column, Dataset } from '../dataset/model';
import { type Place, Sources, withOwnNames } from '../dataset/sources';
import { ASCII } from './bytes';
import { CsvRecords, INCOMPLETE } from './csv-records';
import { JsonWriter } from './csv-values';
import { UnreadableObjectError } from './errors';
import { likeness, lookAlikes } from './likeness';
import { MAX_LINE_BYTES } from './limits';
import { Output } from './output';
import { lookAlikeColumns, quoteName } from './reasons';
import { RowChecker } from './row';
import type { UnknownField } from './unknown';
import type { Rejection, RowValidator } from './validator';

const { NEWLINE } = ASCII;

/** What files of other tools separate fields by. */
export const DELIMITERS = [',', ';', '\t', '|'];

/** Undeclared columns that are listed by name. */
const MAX_UNKNOWN_NAMES = 100;

/**
 * Checks CSV with a header row against a dataset: each record becomes one line of NDJSON, which then has to pass the same
 * rules as any other, so that one path through DuckDB serves both formats.
 *
 * Columns are found by their exact names in the header, or those that they take their values from. An empty field is null; only a string column tells `""`, the
 * empty string, from nothing. Numbers, booleans and times are written as text; arrays, maps and structs as JSON.
 */
export class CsvValidator implements RowValidator {
  accepted = 0;
  rejected = 0;
  readonly #columns: readonly Column[];
  readonly #sources: Sources<Column>;
  readonly #delimiter: string;
  readonly #onReject: (rejected: Rejection) => void;
  readonly #records: CsvRecords;
  #row: RowChecker;
  readonly #output = new Output();
  #writer: JsonWriter | undefined;
  /** Undeclared names of the header. */
  #unknown: string[] = [];
  #width = 0;
  #data = 0;
  #line = 1;
  #started = false;
  /** The start of a record whose end has not come yet. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Held bytes are looked at again when they are this many, so that a long record is not scanned once a chunk. */
  #retryAt = 0;

  constructor(dataset: Pick<Dataset, 'columns' | 'input'>, onReject: (rejected: Rejection) => void) {
    this.#columns = dataset.columns;
    this.#sources = new Sources(dataset.columns);
    this.#delimiter = dataset.input.csv.delimiter;
    this.#onReject = onReject;
    this.#records = new CsvRecords(this.#delimiter);
    this.#row = new RowChecker(withOwnNames(dataset.columns));
  }

  get unknownFields(): readonly UnknownField[] {
    if (this.#unknown.length === 0) return this.#row.unknownFields;
    const alike = new Map(this.#columns.map(({ name }) => [likeness(name), name]));
    const fields = this.#unknown.slice(0, MAX_UNKNOWN_NAMES).map((name) => ({
      name,
      count: this.#data,
      similarTo: alike.get(likeness(name)),
    }));
    return [...fields, ...this.#row.unknownFields];
  }

  get otherUnknownFields(): number {
    return Math.max(0, this.#unknown.length - MAX_UNKNOWN_NAMES) * this.#data + this.#row.otherUnknownFields;
  }

  push(chunk: Buffer): Buffer[] {
    let buf = chunk;
    if (this.#heldBytes > 0) {
      if (this.#heldBytes + chunk.length < this.#retryAt) {
        this.#hold(chunk, 0);
        return [];
      }
      buf = Buffer.concat([...this.#held, chunk]);
      this.#held = [];
      this.#heldBytes = 0;
    }
    const rest = this.#check(buf);
    this.#hold(buf, rest);
    this.#retryAt = this.#heldBytes * 2;
    return this.#output.take();
  }

  end(): Buffer[] {
    let slices: Buffer[] = [];
    if (this.#heldBytes > 0) {
      this.#retryAt = 0;
      slices = this.push(Buffer.from('\n'));
      if (this.#heldBytes > 0) {
        throw new UnreadableObjectError(`a quote is opened in the record at line ${this.#line} and never closed`);
      }
    }
    return slices;
  }

  #hold(buf: Buffer, from: number): void {
    if (from === buf.length) return;
    this.#held.push(Buffer.from(buf.subarray(from)));
    this.#heldBytes += buf.length - from;
    if (this.#heldBytes > MAX_LINE_BYTES) throw this.#tooLong();
  }

  #tooLong(): UnreadableObjectError {
    return new UnreadableObjectError(`the record at line ${this.#line} is longer than ${MAX_LINE_BYTES} bytes`);
  }

  /** Checks the whole records of a buffer; returns the position of the incomplete rest. */
  #check(buf: Buffer): number {
    const records = this.#records;
    let from = 0;
    if (!this.#started) {
      // Fewer bytes than a byte order mark has cannot be told from one that is cut.
      if (buf.length < 3 && buf[buf.length - 1] !== NEWLINE) return 0;
      this.#started = true;
      if (buf[0] === 0xef && buf[1] === 0xbb && buf[2] === 0xbf) from = 3;
    }
    const wellFormed = isUtf8(buf.subarray(0, buf.lastIndexOf(NEWLINE) + 1));
    while (from < buf.length) {
      const next = records.next(buf, from, buf.length, this.#writer === undefined ? buf.length : this.#width);
      if (next === INCOMPLETE) break;
      if (next - from > MAX_LINE_BYTES) throw this.#tooLong();
      if (records.contentEnd > from) {
        const valid = wellFormed || isUtf8(buf.subarray(from, records.contentEnd));
        if (this.#writer === undefined) this.#writer = this.#header(buf, from, valid);
        else this.#record(this.#writer, buf, from, valid);
      }
      this.#line += records.lines;
      from = next;
    }
    return from;
  }

  #record(writer: JsonWriter, buf: Buffer, from: number, valid: boolean): void {
    this.#data++;
    const reason = this.#convert(writer, buf, from, valid);
    if (reason === undefined) {
      this.accepted++;
    } else {
      this.rejected++;
      this.#onReject({ line: this.#line, reason, raw: buf.subarray(from, this.#records.contentEnd) });
    }
  }

  /** Passes the last record on as a line of NDJSON, or says why it cannot. */
  #convert(writer: JsonWriter, buf: Buffer, from: number, valid: boolean): string | undefined {
    const fault = this.#records.fault(valid, this.#width);
    if (fault !== undefined) return fault;
    const start = writer.write(buf, this.#records, this.#records.contentEnd - from);
    const line = writer.buffer;
    const newline = this.#row.check(line, start);
    if (newline < 0) return this.#row.reason;
    const tooLong = this.#row.tooLong(start, newline);
    if (tooLong !== undefined) return tooLong;
    const run = this.#output.appendPatched(line, start, this.#row.patches);
    this.#output.append(line, run, newline + 1);
    return undefined;
  }

  #header(buf: Buffer, from: number, valid: boolean): JsonWriter {
    const records = this.#records;
    if (records.problem !== undefined || !valid) {
      throw new UnreadableObjectError(
        `its header is ${records.problem ?? 'not UTF-8'}${this.#otherDelimiter(buf, from)}`,
      );
    }
    const names = Array.from({ length: records.count }, (_, field) => {
      const text = buf.toString('utf8', records.from(field), records.to(field));
      return records.hasDoubledQuotes(field) ? text.replaceAll('""', '"') : text;
    });
    const known = new Set<string>();
    const twice = names.find((name) => known.size === known.add(name).size);
    if (twice !== undefined) throw new UnreadableObjectError(`its header has the column ${quoteName(twice)} twice`);
    const places = names.map((name) => this.#sources.place(name));
    const there = new Set(places.map((place) => place?.target));
    const missing = this.#columns.filter((column) => !there.has(column));
    const alike = lookAlikes(this.#columns, names);
    const required = missing.filter(({ name, notNull }) => notNull && !alike.some(({ declared }) => declared === name));
    const lacks = `lacks columns that must have values: ${required.map(({ name }) => name).join(', ')}`;
    if (alike.length > 0) {
      const also = required.length > 0 ? `. It also ${lacks}` : '';
      throw new UnreadableObjectError(`its header has ${lookAlikeColumns(alike)}${also}`);
    }
    if (required.length > 0) throw new UnreadableObjectError(`its header ${lacks}${this.#otherDelimiter(buf, from)}`);
    this.#unknown = names.filter((_, index) => places[index] === undefined);
    this.#width = names.length;
    return this.#writerOf(names, places);
  }

  /** Columns get their own names at once, unless one of them can take its value from several of the header. */
  #writerOf(names: readonly string[], places: readonly (Place<Column> | undefined)[]): JsonWriter {
    const found = new Map<Column, { readonly name: string; readonly rank: number }[]>();
    for (const [index, place] of places.entries()) {
      if (place === undefined) continue;
      const { target, rank } = place;
      const name = names[index] ?? '';
      const others = found.get(target) ?? [];
      const same = others.find((other) => other.rank === rank);
      if (same !== undefined) {
        throw new UnreadableObjectError(
          `its header has the column ${target.name} twice: as ${quoteName(same.name)} and ${quoteName(name)}`,
        );
      }
      found.set(target, [...others, { name, rank }]);
    }
    const isSimple = [...found.values()].every(({ length }) => length === 1);
    if (!isSimple) this.#row = new RowChecker(this.#columns);
    return new JsonWriter(
      places.map(
        (place, index) => place && { ...place.target, name: (isSimple ? place.target.name : names[index]) ?? '' },
      ),
    );
  }

  /** What to do about a header that names columns of the dataset, but between other delimiters. */
  #otherDelimiter(buf: Buffer, from: number): string {
    const text = buf.toString('utf8', from, this.#records.contentEnd);
    const namedBy = (delimiter: string): number => {
      const names = new Set(text.split(delimiter).map((name) => name.replace(/^"(.*)"$/s, '$1')));
      return [...names].filter((name) => this.#sources.place(name) !== undefined).length;
    };
    const other = DELIMITERS.find((delimiter) => namedBy(delimiter) > Math.max(1, namedBy(this.#delimiter)));
    if (other === undefined) return '';
    const [found, declared] = [JSON.stringify(other), JSON.stringify(this.#delimiter)];
    return `; its fields are separated by ${found}, but the dataset's input.csv.delimiter is ${declared}: change one of them`;
  }
}
