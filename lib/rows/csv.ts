import { isUtf8 } from 'node:buffer';
import type { Column, Dataset } from '../dataset/model';
import { withOwnNames } from '../dataset/sources';
import { type CsvDialect, commentOf, declaredFields } from '../dataset/text-format';
import { ASCII } from './bytes';
import { type FieldPlan, Header } from './csv-header';
import { CsvRecords, INCOMPLETE } from './csv-records';
import { JsonWriter } from './csv-values';
import { UnreadableObjectError } from './errors';
import { likeness } from './likeness';
import { MAX_LINE_BYTES } from './limits';
import { Output } from './output';
import { PlainRows } from './plain-rows';
import { RowChecker } from './row';
import { MAX_UNKNOWN_NAMES, type UnknownField } from './unknown';
import type { Rejection, RowValidator } from './validator';
import { Vetoes, type VetoList } from './vetoes';
import { passOn } from './written-line';

const { NEWLINE, SPACE, TAB } = ASCII;

/** What files of other tools separate fields by. */
export const DELIMITERS = [',', ';', '\t', '|'];

/**
 * Checks delimited text against a dataset: each record becomes one line of NDJSON, which then has to pass the same rules as
 * any other, so that one path through DuckDB serves all formats.
 *
 * Columns are found by their exact names in the header, or those that they take their values from. An empty field is null;
 * only a string column tells `""`, the empty string, from nothing. Numbers, booleans and times are written as text; arrays,
 * maps and structs as JSON.
 */
export class CsvValidator implements RowValidator {
  accepted = 0;
  rejected = 0;
  readonly #columns: readonly Column[];
  readonly #dialect: CsvDialect;
  readonly #header: Header;
  readonly #comment: Buffer | undefined;
  /** What the line of names begins with, where it is a comment. */
  readonly #namesMark: Buffer | undefined;
  readonly #onReject: (rejected: Rejection) => void;
  readonly #vetoes: Vetoes | undefined;
  readonly #records: CsvRecords;
  #row: RowChecker;
  readonly #output = new Output();
  #plan: FieldPlan | undefined;
  #writer: JsonWriter | undefined;
  #plain: PlainRows | undefined;
  /** Why no row can be read under the header that came last. */
  #headerProblem: string | undefined;
  /** Records by undeclared name of a header, and those that have more fields than names. */
  readonly #unknown = new Map<string, number>();
  /** Records under the header that came last. */
  #data = 0;
  #withMore = 0;
  #line = 1;
  #started = false;
  /** The start of a record whose end has not come yet. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Held bytes are looked at again when they are this many, so that a long record is not scanned once a chunk. */
  #retryAt = 0;

  constructor(dataset: Pick<Dataset, 'columns' | 'input'>, onReject: (rejected: Rejection) => void, vetoes?: VetoList) {
    this.#vetoes = vetoes && new Vetoes(vetoes);
    this.#columns = dataset.columns;
    this.#dialect = dataset.input.csv;
    this.#onReject = onReject;
    this.#records = new CsvRecords(this.#dialect.delimiter, this.#dialect);
    this.#row = new RowChecker(withOwnNames(dataset.columns));
    const { header } = this.#dialect;
    this.#header = new Header(dataset.columns, typeof header === 'object' ? 'input.csv.header' : undefined);
    const comment = commentOf(this.#dialect);
    this.#comment = comment === undefined ? undefined : Buffer.from(comment);
    this.#namesMark = typeof header === 'string' ? Buffer.from(header) : undefined;
    if (header === false) this.#use(this.#header.inOrder());
    else if (typeof header === 'object') {
      // Fields that the declaration names and no column takes are no news.
      this.#use({ ...this.#header.read(declaredFields(this.#dialect, dataset.columns) ?? []), unknown: [] });
    }
  }

  get unknownFields(): readonly UnknownField[] {
    const unknown = this.#allUnknown();
    if (unknown.size === 0) return this.#row.unknownFields;
    const alike = new Map(this.#columns.map(({ name }) => [likeness(name), name]));
    const fields = [...unknown].slice(0, MAX_UNKNOWN_NAMES).map(([name, count]) => ({
      name,
      count,
      similarTo: alike.get(likeness(name)),
    }));
    return [...fields, ...this.#row.unknownFields];
  }

  get otherUnknownFields(): number {
    const others = [...this.#allUnknown().values()].slice(MAX_UNKNOWN_NAMES);
    return others.reduce((sum, count) => sum + count, this.#row.otherUnknownFields);
  }

  #allUnknown(): ReadonlyMap<string, number> {
    const all = new Map(this.#unknown);
    for (const name of this.#plan?.unknown ?? []) all.set(name, (all.get(name) ?? 0) + this.#data);
    if (this.#withMore > 0) all.set(`field ${(this.#plan?.width ?? 0) + 1} and those after it`, this.#withMore);
    return all;
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
    const comment = this.#comment;
    let from = 0;
    if (!this.#started) {
      // Fewer bytes than a byte order mark has cannot be told from one that is cut.
      if (buf.length < 3 && buf[buf.length - 1] !== NEWLINE) return 0;
      this.#started = true;
      if (buf[0] === 0xef && buf[1] === 0xbb && buf[2] === 0xbf) from = 3;
    }
    const lastNewline = buf.lastIndexOf(NEWLINE);
    const wellFormed = isUtf8(buf.subarray(0, lastNewline + 1));
    while (from < buf.length) {
      if (comment !== undefined && beginsWith(buf, from, comment)) {
        const newline = buf.indexOf(NEWLINE, from);
        if (newline < 0) break;
        this.#readComment(buf, from, newline);
        this.#line++;
        from = newline + 1;
        continue;
      }
      if (wellFormed && this.#plain !== undefined) {
        from = this.#plain.run(buf, from, lastNewline, this.#output);
        const { count } = this.#plain;
        this.accepted += count;
        this.#data += count;
        this.#line += count;
        if (count > 0) continue;
      }
      const next = records.next(buf, from, this.#plan?.width ?? buf.length);
      if (next === INCOMPLETE) break;
      if (next - from > MAX_LINE_BYTES) throw this.#tooLong();
      if (records.contentEnd > from) {
        const valid = wellFormed || isUtf8(buf.subarray(from, records.contentEnd));
        if (this.#writer !== undefined) this.#record(this.#writer, buf, from, valid);
        else if (this.#namesMark === undefined) this.#use(this.#readHeader(buf, from, valid));
        else
          this.#reject(
            buf,
            from,
            this.#headerProblem ?? `no line that begins with ${this.#dialect.header} is before it`,
          );
      }
      this.#line += records.lines;
      from = next;
    }
    return from;
  }

  #use(plan: FieldPlan): void {
    this.#plan = plan;
    // Names that belong to no column change nothing about the rows that were checked before.
    if (!plan.isOwn) this.#row = new RowChecker(this.#columns);
    const row = plan.isOwn ? this.#row : undefined;
    this.#writer = new JsonWriter(plan.columns, this.#dialect, row);
    const plain = this.#vetoes === undefined ? row : undefined;
    this.#plain = plain && PlainRows.of(plan, this.#columns, this.#dialect, this.#comment, plain, this.#writer.lines);
  }

  /** A line of names in the middle of a file is for the records after it. */
  #readComment(buf: Buffer, from: number, newline: number): void {
    const mark = this.#namesMark;
    if (mark === undefined || !beginsWith(buf, from, mark)) return;
    const line = buf.subarray(from + mark.length, newline);
    const isFirst = this.#plan === undefined && this.#headerProblem === undefined;
    for (const name of this.#plan?.unknown ?? []) this.#unknown.set(name, (this.#unknown.get(name) ?? 0) + this.#data);
    this.#data = 0;
    this.#plan = undefined;
    this.#writer = undefined;
    this.#plain = undefined;
    try {
      if (!isUtf8(line)) throw new UnreadableObjectError('its header is not UTF-8');
      this.#use(this.#header.read(namesIn(line.toString('utf8'), this.#dialect.delimiter)));
    } catch (error) {
      // The rows before it are read; those after it cannot be.
      if (isFirst || !(error instanceof UnreadableObjectError)) throw error;
      this.#headerProblem = error.message.replace(/^its header/, `the header in line ${this.#line}`);
    }
  }

  #reject(buf: Buffer, from: number, reason: string): void {
    this.rejected++;
    this.#onReject({ line: this.#line, reason, raw: buf.subarray(from, this.#records.contentEnd) });
  }

  #record(writer: JsonWriter, buf: Buffer, from: number, valid: boolean): void {
    this.#data++;
    const reason = this.#convert(writer, buf, from, valid);
    if (reason === undefined) this.accepted++;
    else this.#reject(buf, from, reason);
  }

  /** Passes the last record on as a line of NDJSON, or says why it cannot. */
  #convert(writer: JsonWriter, buf: Buffer, from: number, valid: boolean): string | undefined {
    const fault = this.#fault(valid);
    if (fault !== undefined) return fault;
    const start = writer.write(buf, this.#records, this.#records.contentEnd - from);
    return passOn(writer, start, this.#row, this.#output, this.#vetoes);
  }

  /** Why the last record is not a row, before its values are looked at; undefined when it is one. */
  #fault(valid: boolean): string | undefined {
    const { problem, count, endsEmpty } = this.#records;
    const width = this.#plan?.width ?? 0;
    if (problem !== undefined) return problem;
    if (!valid) return 'not UTF-8';
    if (count === width && this.#dialect.trailingDelimiter !== true) return undefined;
    const { trailingDelimiter, extraFields, missingFields, header = true } = this.#dialect;
    const found = trailingDelimiter === true && endsEmpty ? count - 1 : count;
    if (found === width) return undefined;
    if (found > width && extraFields === 'ignore') {
      this.#withMore++;
      return undefined;
    }
    if (found < width && missingFields === 'null') {
      this.#records.count = found;
      return undefined;
    }
    return `expected ${width} fields as ${header === false || typeof header === 'object' ? 'declared' : 'in the header'}, found ${found}`;
  }

  #readHeader(buf: Buffer, from: number, valid: boolean): FieldPlan {
    const records = this.#records;
    if (records.problem !== undefined || !valid) {
      throw new UnreadableObjectError(
        `its header is ${records.problem ?? 'not UTF-8'}${this.#otherDelimiter(buf, from)}`,
      );
    }
    const { quote = '"', trailingDelimiter } = this.#dialect;
    const count = trailingDelimiter === true && records.endsEmpty ? records.count - 1 : records.count;
    const names = Array.from({ length: count }, (_, field) => {
      const text = buf.toString('utf8', records.from(field), records.to(field));
      return records.hasDoubledQuotes(field) ? text.replaceAll(`${quote}${quote}`, `${quote}`) : text;
    });
    return this.#header.read(names, () => this.#otherDelimiter(buf, from));
  }

  /** What to do about a header that names columns of the dataset, but between other delimiters. */
  #otherDelimiter(buf: Buffer, from: number): string {
    const text = buf.toString('utf8', from, this.#records.contentEnd);
    const namedBy = (delimiter: string): number => {
      const names = new Set(text.split(delimiter).map((name) => name.replace(/^"(.*)"$/s, '$1')));
      return [...names].filter((name) => this.#header.knows(name)).length;
    };
    const declared = this.#dialect.delimiter;
    const other = DELIMITERS.find((delimiter) => namedBy(delimiter) > Math.max(1, namedBy(declared)));
    if (other === undefined) return '';
    const [found, own] = [JSON.stringify(other), JSON.stringify(declared)];
    return `; its fields are separated by ${found}, but the dataset's input.csv.delimiter is ${own}: change one of them`;
  }
}

function beginsWith(buf: Buffer, at: number, bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i++) if (buf[at + i] !== bytes[i]) return false;
  return true;
}

/** Names stand between blanks in the logs whose fields stand between tabs, too. */
export function namesIn(line: string, delimiter: string): readonly string[] {
  const text = line.trim();
  if (text === '') return [];
  const code = delimiter.charCodeAt(0);
  const isSpaced = code === TAB || code === SPACE || !text.includes(delimiter);
  return text.split(isSpaced ? /[ \t\r]+/ : delimiter).map((name) => name.trim());
}
