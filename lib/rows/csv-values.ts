import type { ColumnType } from '../dataset/model';
import type { CsvSettings } from '../dataset/text-format';
import { ASCII } from './bytes';
import { WRITTEN } from './csv-records';
import * as escapes from './escapes';
import * as tokens from './field-tokens';
import type { Fields } from './fields';
import * as json from './json';
import { LineBuffer } from './line-buffer';
import { NullTexts } from './null-texts';
import { NumberMarks } from './number-marks';
import { quoteName } from './reasons';
import type { RowChecker } from './row';
import * as words from './words';
import { FieldColumn, type WrittenColumn } from './written-column';

const { BACKSLASH, COMMA, LEFT_BRACE, LOWER_N, NEWLINE, QUOTE, RIGHT_BRACE, SPACE, ZERO } = ASCII;
const { skipNumber, skipSpace } = json;
const { isNumber, isQuotedKind, isToken } = tokens;
const { isNullEscape, unescaped } = escapes;
const { DOUBLED, ESCAPED, PLAIN, QUOTED } = WRITTEN;
const { copyText, copyWords, viewOf } = words;

/** A control character takes six bytes in JSON. */
const MAX_GROWTH = 6;
const HEX = Buffer.from('0123456789abcdef');
const NULL = Buffer.from('null');

/** How the texts of fields are read. */
export type FieldTexts = Pick<CsvSettings, 'quote' | 'nulls' | 'empty' | 'decimal' | 'thousands'>;

/** Writes the fields of records as lines of NDJSON, one after another into buffers that are never written twice. */
export class JsonWriter {
  readonly lines: LineBuffer;
  /** Why the line that was written last is not to be used, if it is not. */
  problem: string | undefined;
  /** Whether it is known to fit its dataset, so that it need not be read again; its rewritten tokens are the checker's. */
  fits = false;
  /** Its bytes, with its newline. */
  length = 0;
  /** Of the line that is written. */
  #target = Buffer.alloc(0);
  #view = viewOf(this.#target);
  #source: Buffer | undefined;
  #sourceView = this.#view;
  readonly #row: RowChecker | undefined;
  readonly #columns: readonly FieldColumn[];
  readonly #keyBytes: number;
  readonly #quote: number;
  readonly #emptyStrings: boolean;
  readonly #nulls: NullTexts;
  readonly #longestNull: number;
  readonly #marks: NumberMarks | undefined;

  /**
   * @param row checks each value as it is written, under the names of its columns: that takes half the time of reading the line again
   * @param lines where lines are written
   */
  constructor(
    columns: readonly WrittenColumn[],
    texts: FieldTexts = {},
    row?: RowChecker,
    lines: LineBuffer = new LineBuffer(),
  ) {
    this.lines = lines;
    this.#row = row;
    this.#columns = columns.map((column, index) => new FieldColumn(column, index === 0, row));
    // Quotes and `null` of each value come on top of its key, and the blanks of joined ones.
    this.#keyBytes = this.#columns.reduce((sum, { key, joined }) => sum + 4 * key.length + 8 + joined.length, 8);
    const { quote = '"', empty, decimal, thousands } = texts;
    this.#quote = quote === false ? -1 : quote.charCodeAt(0);
    this.#emptyStrings = empty === 'string';
    this.#nulls = new NullTexts(texts);
    this.#longestNull = this.#nulls.longest;
    this.#marks = decimal === ',' || thousands !== undefined ? new NumberMarks(texts) : undefined;
  }

  /** Writes the last record that was found, `length` bytes long; returns where its line starts in `lines`. */
  write(source: Buffer, fields: Fields, length: number): number {
    const { lines } = this;
    lines.reserve(length * MAX_GROWTH + this.#keyBytes);
    if (source !== this.#source) {
      this.#source = source;
      this.#sourceView = viewOf(source);
    }
    this.problem = undefined;
    const row = this.#row;
    const { bytes: target, view, used: start } = lines;
    this.#target = target;
    this.#view = view;
    let at = start;
    let fits = row !== undefined;
    row?.begin(target, start);
    for (let i = 0; i < this.#columns.length; i++) {
      const column = this.#columns[i] as FieldColumn;
      const { key } = column;
      for (let word = 0; word < key.length; word++) view.setInt32(at + 4 * word, key[word] as number, true);
      const from = at + 4 * key.length - column.padding;
      if (column.isText) {
        const end = this.#plainText(column.field, fields, from);
        if (end > 0) {
          at = end;
          continue;
        }
      }
      at =
        column.joined.length > 0 && this.#haveValues(source, fields, column.joined)
          ? this.#joined(source, fields, column, from)
          : this.#value(column, source, fields, from);
      target[at] = COMMA;
      if (fits && !this.#fits(column, from, at)) fits = false;
    }
    if (at === start) target[at++] = LEFT_BRACE;
    target[at++] = RIGHT_BRACE;
    target[at++] = NEWLINE;
    lines.used = at;
    this.length = at - start;
    this.fits = fits && this.problem === undefined;
    // Some value does not fit, or only all of them tell: what was counted will be counted again.
    if (!this.fits) row?.forget();
    return start;
  }

  /** Writes a text that may stand in JSON as it is, as most do; -1 for any other. */
  #plainText(field: number, fields: Fields, at: number): number {
    if (field >= fields.count || (fields.written(field) & PLAIN) === 0) return -1;
    const from = fields.from(field);
    const to = fields.to(field);
    if (to - from <= this.#longestNull || from === to) return -1;
    return this.#quoted(from, to, at);
  }

  /** Whether a value fits its column; false where only the whole line tells. */
  #fits({ type, isNeeded }: FieldColumn, from: number, to: number): boolean {
    const buf = this.#target;
    if (buf[from] === LOWER_N) return !isNeeded;
    if (type === undefined || this.#row === undefined) return false;
    // What was written as a string is one.
    if (type.kind === 'string') return true;
    const end = this.#row.value(type, from);
    return end === to || (end >= 0 && skipSpace(buf, end) === to);
  }

  #value({ kind, field, name }: FieldColumn, source: Buffer, fields: Fields, at: number): number {
    if (field < 0 || field >= fields.count) return put(NULL, this.#target, at);
    const from = fields.from(field);
    const to = fields.to(field);
    const written = fields.written(field);
    if (from === to && (kind !== 'string' || ((written & QUOTED) === 0 && !this.#emptyStrings))) {
      return put(NULL, this.#target, at);
    }
    if (to - from <= this.#longestNull && this.#isNull(source, from, to, written)) return put(NULL, this.#target, at);
    if ((written & ESCAPED) !== 0) return this.#escaped(kind, name, source, from, to, written, at);
    const isPlain = (written & PLAIN) !== 0;
    const doubled = (written & DOUBLED) !== 0;
    switch (kind) {
      case 'string':
      case 'date':
      case 'binary':
        return isPlain ? this.#quoted(from, to, at) : this.#string(source, from, to, doubled, at);
      case 'decimal':
        if (this.#marks === undefined) return this.#string(source, from, to, doubled, at);
        return this.#decimal(this.#marks, name, source, from, to, at);
      default: {
        if (kind === 'timestamp' && !doubled) {
          const after = this.#timestamp(source, from, to, at);
          if (after >= 0) return after;
        }
        const end = this.#plain(kind, source, from, to, doubled, at);
        return end >= 0 && isToken(kind, this.#target, at, end) ? end : this.#string(source, from, to, doubled, at);
      }
    }
  }

  /** A text that may stand in JSON as it is, in quotes. */
  #quoted(from: number, to: number, at: number): number {
    const target = this.#target;
    target[at] = QUOTE;
    const end = copyWords(this.#sourceView, from, to, this.#view, at + 1);
    target[end] = QUOTE;
    return end + 1;
  }

  /** The same of a time, without quotes where it is a number; -1 for a text that JSON writes otherwise. */
  #timestamp(source: Buffer, from: number, to: number, at: number): number {
    const target = this.#target;
    const end = source === this.#source ? copyText(this.#sourceView, from, to, this.#view, at + 1) : -1;
    if (end < 0) return -1;
    target[at] = QUOTE;
    target[end] = QUOTE;
    if (skipNumber(target, at + 1) !== end) return end + 1;
    target.copyWithin(at, at + 1, end);
    return end - 1;
  }

  #isNull(source: Buffer, from: number, to: number, written: number): boolean {
    return this.#nulls.has(source, from, to, (written & QUOTED) !== 0);
  }

  #haveValues(source: Buffer, fields: Fields, joined: readonly number[]): boolean {
    return joined.every((field) => {
      if (field < 0 || field >= fields.count) return false;
      const [from, to] = [fields.from(field), fields.to(field)];
      return from < to && !(to - from <= this.#longestNull && this.#isNull(source, from, to, fields.written(field)));
    });
  }

  /** One string of several fields. */
  #joined(source: Buffer, fields: Fields, { joined }: FieldColumn, at: number): number {
    const target = this.#target;
    let end = at;
    for (const field of joined) {
      const [from, to, written] = [fields.from(field), fields.to(field), fields.written(field)];
      // The quotes between two of them become a blank.
      const start = end === at ? at : end - 1;
      if ((written & ESCAPED) === 0) {
        end = this.#string(source, from, to, (written & DOUBLED) !== 0, start);
      } else {
        const text = this.#text(source, from, to, written);
        end = this.#string(text, 0, text.length, false, start);
      }
      if (start > at) target[start] = SPACE;
    }
    return end;
  }

  #text(source: Buffer, from: number, to: number, written: number): Buffer {
    return unescaped(source, from, to, (written & QUOTED) === 0 ? -1 : this.#quote);
  }

  /** A field with backslashes, which few have. */
  #escaped(
    kind: ColumnType['kind'],
    name: string,
    source: Buffer,
    from: number,
    to: number,
    written: number,
    at: number,
  ): number {
    if ((written & QUOTED) === 0 && isNullEscape(source, from, to)) {
      this.problem = `${name}: \\N stands for null where it is declared: add '\\\\N' to the nulls of input.csv`;
      return put(NULL, this.#target, at);
    }
    const text = this.#text(source, from, to, written);
    if (kind === 'decimal' && this.#marks !== undefined)
      return this.#decimal(this.#marks, name, text, 0, text.length, at);
    const end = this.#plain(kind, text, 0, text.length, false, at);
    if (isQuotedKind(kind) || end < 0 || !isToken(kind, this.#target, at, end)) {
      return this.#string(text, 0, text.length, false, at);
    }
    return end;
  }

  /** A decimal as text. One that is not of the declared form could still be one of the form of JSON, of another value. */
  #decimal(marks: NumberMarks, name: string, source: Buffer, from: number, to: number, at: number): number {
    const end = marks.write(source, from, to, this.#target, at + 1);
    if (end < 0) {
      this.problem = `${name}: expected a number as ${marks.example}, found ${quoteName(source.toString('utf8', from, to))}`;
      return put(NULL, this.#target, at);
    }
    this.#target[at] = QUOTE;
    this.#target[end] = QUOTE;
    return end + 1;
  }

  /** The text of the field as it is, with the newline behind it that the scanners need; -1 for a number of another form. */
  #plain(kind: ColumnType['kind'], source: Buffer, from: number, to: number, doubled: boolean, at: number): number {
    const target = this.#target;
    let end = at;
    if (this.#marks !== undefined && isNumber(kind)) {
      end = this.#marks.write(source, from, to, target, at);
      if (end < 0) return -1;
    } else {
      for (let i = from; i < to; i++) {
        const c = source[i] as number;
        target[end++] = c;
        if (doubled && c === this.#quote) i++;
      }
    }
    target[end] = NEWLINE;
    return end;
  }

  #string(source: Buffer, from: number, to: number, doubled: boolean, at: number): number {
    const target = this.#target;
    if (!doubled && source === this.#source) {
      const after = copyText(this.#sourceView, from, to, this.#view, at + 1);
      if (after >= 0) {
        target[at] = QUOTE;
        target[after] = QUOTE;
        return after + 1;
      }
    }
    const quote = doubled ? this.#quote : -1;
    let end = at;
    target[end++] = QUOTE;
    for (let i = from; i < to; i++) {
      const c = source[i] as number;
      if (c === quote) i++;
      if (c === QUOTE || c === BACKSLASH) {
        target[end++] = BACKSLASH;
      } else if (c < SPACE) {
        target.write('\\u00', end, 'latin1');
        target[end + 4] = ZERO + (c >> 4);
        target[end + 5] = HEX[c & 15] as number;
        end += 6;
        continue;
      }
      target[end++] = c;
    }
    target[end++] = QUOTE;
    return end;
  }
}

/** Copies a few bytes, for which a native call would take longer; returns the position after them. */
function put(bytes: Buffer, target: Buffer, at: number): number {
  for (let i = 0; i < bytes.length; i++) target[at + i] = bytes[i] as number;
  return at + bytes.length;
}
