import { compileFunction } from 'node:vm';
import type { Column, ColumnType } from '../dataset/model';
import type { CsvDialect } from '../dataset/text-format';
import { ASCII } from './bytes';
import * as calendar from './calendar';
import type { ValueType } from './compiled';
import type { FieldPlan } from './csv-header';
import * as tokens from './field-tokens';
import * as json from './json';
import { MAX_LINE_BYTES } from './limits';
import type { LineBuffer } from './line-buffer';
import { NullTexts, nullTexts } from './null-texts';
import type { Output } from './output';
import { codeOf, MAX_RECORD_BYTES, MOST_OTHERS, type RecordForm, type Take } from './plain-rows-code';
import type { RowChecker } from './row';
import * as words from './words';
import type { WrittenColumn } from './written-column';

const { COMMA, NEWLINE, QUOTE, RETURN, RIGHT_BRACE } = ASCII;
// Taken out of their modules for the same reason as the constants.
const { skipNumber } = json;
const { isQuotedKind } = tokens;
const { copyUpTo, fourOf, viewOf } = words;
const { daysInMonth } = calendar;
const { clz32 } = Math;

/** `null` as a word. */
const NULL = Buffer.from('null').readInt32LE(0);
const QUOTES = fourOf(QUOTE);
/** The record is not one of those that are read here. */
const OTHER = -1;

/** A field of the records. A class, so that the engine sees objects of one shape. */
class PlainField {
  readonly kind: ColumnType['kind'];
  /** What its values are checked against; undefined for a field that no column takes. */
  readonly type: ValueType | undefined;
  readonly isNeeded: boolean;
  /** Whether its values stand in quotes, which begin with its key. */
  readonly isText: boolean;
  /** The key and what stands around it, as words; and how many bytes of them count. */
  readonly key: Int32Array;
  readonly keyBytes: number;
  readonly text: string;

  constructor(column: WrittenColumn | undefined, isFirst: boolean, row: RowChecker) {
    this.kind = column?.kind ?? 'string';
    this.type = column && row.columnType(column.name);
    this.isNeeded = column !== undefined && row.needs(column.name);
    this.isText = isQuotedKind(this.kind) || this.kind === 'timestamp';
    const before = isFirst ? '{' : ',';
    this.text = column === undefined ? '' : `${before}${JSON.stringify(column.name)}:${this.isText ? '"' : ''}`;
    this.keyBytes = Buffer.byteLength(this.text);
    const padded = Buffer.from(`${this.text}   `);
    this.key = Int32Array.from({ length: Math.ceil(this.keyBytes / 4) }, (_, index) => padded.readInt32LE(4 * index));
  }
}

/**
 * Reads the records that need least, as most are, in one pass that looks for the ends of fields, writes the fields as lines of NDJSON, and
 * checks them: complete ones of the right number of fields, whose texts JSON takes as they are, whose quotes stand only around whole fields,
 * and whose values fit. At any other record it stops, for what reads all of them: `CsvRecords` and `JsonWriter`.
 */
export class PlainRows {
  /** Records that the last run took. */
  count = 0;
  readonly #row: RowChecker;
  readonly #lines: LineBuffer;
  readonly #fields: readonly PlainField[];
  readonly #need: number;
  readonly #delimiter: number;
  readonly #others: number;
  readonly #takesQuotes: boolean;
  readonly #emptyStrings: boolean;
  readonly #nulls: NullTexts;
  readonly #comment: number;
  #source: Buffer | undefined;
  #sourceView = viewOf(Buffer.alloc(0));
  /** Where the record that was read last ends. */
  #next = 0;
  /** Takes the usual records, in half the time. */
  readonly #take: Take | undefined;
  /** What it took last: records, and the end of their lines. */
  readonly #taken = { rows: 0, used: 0 };
  /** Records until it is tried again; and how many they will be the next time that it takes none. */
  #wait = 0;
  #nextWait = 1;

  private constructor(
    fields: readonly PlainField[],
    dialect: CsvDialect,
    comment: Buffer | undefined,
    row: RowChecker,
    lines: LineBuffer,
    take: Take | undefined,
  ) {
    const { delimiter, quote = '"', empty } = dialect;
    this.#take = take;
    this.#row = row;
    this.#lines = lines;
    this.#fields = fields;
    // Values may be nulls, in quotes, and a word longer than they are.
    this.#need = fields.reduce((sum, { keyBytes }) => sum + keyBytes + 12, MAX_RECORD_BYTES + 16);
    this.#delimiter = delimiter.charCodeAt(0);
    this.#others = fourOf(this.#delimiter);
    this.#takesQuotes = quote === '"';
    this.#emptyStrings = empty === 'string';
    this.#nulls = new NullTexts(dialect);
    this.#comment = comment?.[0] ?? -1;
  }

  /**
   * @param comment what a line begins with that is no record
   * @param lines where lines are written
   * @returns undefined where no record of the dialect can be read so
   */
  static of(
    { columns, width }: FieldPlan,
    declared: readonly Column[],
    dialect: CsvDialect,
    comment: Buffer | undefined,
    row: RowChecker,
    lines: LineBuffer,
  ): PlainRows | undefined {
    const { quote = '"', trailingDelimiter, decimal, thousands } = dialect;
    // Other quotes would be one byte more to look for.
    const isOther = (quote !== '"' && quote !== false) || trailingDelimiter === true;
    if (isOther || decimal === ',' || thousands !== undefined || columns.length === 0) return undefined;
    let last = -1;
    for (const { field, joined = [] } of columns) {
      if (field <= last || field >= width || joined.length > 0) return undefined;
      last = field;
    }
    const fields = Array.from({ length: width }, (_, field) => {
      const column = columns.find((one) => one.field === field);
      return new PlainField(column, column === columns[0], row);
    });
    if (fields.filter(({ type }) => type !== undefined).length < columns.length) return undefined;
    const take = functionFor(declared, {
      fields: fields.map(({ text, isText, isNeeded }, field) => {
        const name = columns.find((one) => one.field === field)?.name;
        return { type: declared.find((one) => one.name === name)?.type, key: text, isText, isNeeded };
      }),
      delimiter: dialect.delimiter,
      takesQuotes: quote === '"',
      emptyStrings: dialect.empty === 'string',
      nulls: nullTexts(dialect),
      comment: comment?.[0] ?? -1,
    });
    return new PlainRows(fields, dialect, comment, row, lines, take);
  }

  /**
   * Passes on the records from `from` on, in valid UTF-8, up to the first that is not one of those that are read here.
   *
   * @param end the last newline
   * @returns the position of that one
   */
  run(buf: Buffer, from: number, end: number, output: Output): number {
    if (buf !== this.#source) {
      this.#source = buf;
      this.#sourceView = viewOf(buf);
    }
    const lines = this.#lines;
    const row = this.#row;
    const { patches } = row;
    // What follows a field is looked at too.
    const last = buf.length - 6;
    let at = from;
    let count = 0;
    lines.reserve(this.#need);
    let run = lines.used;
    while (at <= last && buf[at] !== this.#comment) {
      if (lines.used + this.#need > lines.bytes.length) {
        output.append(lines.bytes, run, lines.used);
        lines.reserve(this.#need);
        run = lines.used;
      }
      if (this.#wait > 0) this.#wait--;
      else if (this.#take !== undefined) {
        const next = this.#take(
          buf,
          this.#sourceView,
          at,
          end,
          lines.bytes,
          lines.view,
          lines.used,
          lines.bytes.length - this.#need,
          this.#taken,
        );
        const { rows, used } = this.#taken;
        lines.used = used;
        this.#nextWait = rows > 0 ? 1 : Math.min(2 * this.#nextWait, MOST_OTHERS);
        this.#wait = rows > 0 ? 0 : this.#nextWait;
        if (rows > 0) {
          at = next;
          count += rows;
          continue;
        }
      }
      const start = lines.used;
      const written = this.#record(buf, at, Math.min(last, at + MAX_RECORD_BYTES), start);
      if (written < 0) break;
      if (patches.needed) {
        if (patches.overflow || written - start + patches.growth > MAX_LINE_BYTES) break;
        run = output.appendPatched(lines.bytes, run, patches);
      }
      lines.used = written;
      at = this.#next;
      count++;
    }
    output.append(lines.bytes, run, lines.used);
    this.count = count;
    return at;
  }

  /** Writes a record as a line at `start`; returns the position after it, or `OTHER`. */
  #record(buf: Buffer, from: number, limit: number, start: number): number {
    const fields = this.#fields;
    const row = this.#row;
    const delimiter = this.#delimiter;
    const others = this.#others;
    const longestNull = this.#nulls.longest;
    const source = this.#sourceView;
    const { bytes: target, view } = this.#lines;
    const last = fields.length - 1;
    row.begin(target, start);
    let next = from;
    let at = start;
    for (let index = 0; index <= last; index++) {
      const field = fields[index] as PlainField;
      const { key, type } = field;
      for (let word = 0; word < key.length; word++) view.setInt32(at + 4 * word, key[word] as number, true);
      const text = at + field.keyBytes;
      const isQuoted = buf[next] === QUOTE;
      const first = isQuoted ? next + 1 : next;
      const stop = copyUpTo(source, first, limit, view, text, isQuoted ? QUOTES : others);
      if (stop < 0) return OTHER;
      next = stop;
      if (isQuoted && (buf[next++] !== QUOTE || !this.#takesQuotes)) return OTHER;
      if (index < last) {
        if (buf[next] !== delimiter) return OTHER;
      } else {
        // An empty line is no record.
        if (next === from) return OTHER;
        if (buf[next] === RETURN) next++;
        if (buf[next] !== NEWLINE) return OTHER;
      }
      next++;
      if (type === undefined) continue;

      const length = stop - first;
      if ((length === 0 || length <= longestNull) && this.#isNull(field, buf, first, stop, isQuoted)) {
        if (field.isNeeded) return OTHER;
        at = field.isText ? text - 1 : text;
        view.setInt32(at, NULL, true);
        at += 4;
        target[at] = COMMA;
        continue;
      }
      at = text + length;
      if (field.kind === 'string') {
        target[at++] = QUOTE;
        target[at] = COMMA;
        continue;
      }
      let value = text;
      if (field.isText) {
        value--;
        target[at++] = QUOTE;
        // A time may be a number.
        if (field.kind === 'timestamp' && skipNumber(target, text) === at - 1) {
          target.copyWithin(value, text, at - 1);
          at -= 2;
        }
      }
      target[at] = COMMA;
      if (row.value(type, value) !== at) return OTHER;
    }
    this.#next = next;
    target[at] = RIGHT_BRACE;
    target[at + 1] = NEWLINE;
    return at + 2;
  }

  #isNull({ kind }: PlainField, buf: Buffer, from: number, to: number, isQuoted: boolean): boolean {
    if (from === to && (kind !== 'string' || !(isQuoted || this.#emptyStrings))) return true;
    return to - from <= this.#nulls.longest && this.#nulls.has(buf, from, to, isQuoted);
  }
}

/** More forms of the records of one dataset are read in the general way. */
const MOST_FORMS = 32;
const functions = new WeakMap<readonly Column[], Map<string, Take | undefined>>();

/** The function for all objects that have these columns, and records of this form. */
function functionFor(declared: readonly Column[], form: RecordForm): Take | undefined {
  let known = functions.get(declared);
  if (known === undefined) {
    known = new Map();
    functions.set(declared, known);
  }
  const name = JSON.stringify(form);
  if (!known.has(name) && known.size < MOST_FORMS) known.set(name, compiled(codeOf(form)));
  return known.get(name);
}

/** The code holds numbers that were worked out from the form, and no text of a dataset or of data. */
function compiled(code: string | undefined): Take | undefined {
  if (code === undefined) return undefined;
  const names = ['daysInMonth', 'clz32', 'b', 'v', 'at', 'end', 't', 'u', 'out', 'room', 'taken'];
  return compileFunction(code, names).bind(undefined, daysInMonth, clz32) as Take;
}
