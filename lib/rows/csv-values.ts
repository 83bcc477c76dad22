import type { Column, ColumnType } from '../dataset/model';
import { ASCII } from './bytes';
import type { CsvRecords } from './csv-records';
import * as json from './json';

const { BACKSLASH, COMMA, LEFT_BRACE, LOWER_F, LOWER_T, NEWLINE, QUOTE, RIGHT_BRACE, SPACE, ZERO } = ASCII;
const { skipFalse, skipNumber, skipSpace, skipTrue, skipValue } = json;

const BATCH_BYTES = 256 * 1024;
/** A control character takes six bytes in JSON. */
const MAX_GROWTH = 6;
const HEX = Buffer.from('0123456789abcdef');
const NULL = Buffer.from('null');

interface Field {
  /** The key as it is written, quotes and colon included. */
  readonly key: Buffer;
  readonly kind: ColumnType['kind'];
}

/** Writes CSV records as lines of NDJSON, one after another into buffers that are never written twice. */
export class JsonWriter {
  /** Holds the line that was written last. */
  buffer = Buffer.alloc(0);
  #used = 0;
  /** By position in the header; undefined where the dataset has no such column. */
  readonly #fields: readonly (Field | undefined)[];
  readonly #keyBytes: number;

  constructor(header: readonly (Column | undefined)[]) {
    this.#fields = header.map(
      (column) => column && { key: Buffer.from(`${JSON.stringify(column.name)}:`), kind: column.type.kind },
    );
    // Quotes, comma and `null` of each value come on top of its key.
    this.#keyBytes = this.#fields.reduce((sum, field) => sum + (field === undefined ? 0 : field.key.length + 8), 8);
  }

  /** Writes the last record that was found, `length` bytes long; returns where its line starts in `buffer`. */
  write(source: Buffer, records: CsvRecords, length: number): number {
    const need = length * MAX_GROWTH + this.#keyBytes;
    if (this.#used + need > this.buffer.length) {
      this.buffer = Buffer.allocUnsafeSlow(Math.max(BATCH_BYTES, need));
      this.#used = 0;
    }
    const target = this.buffer;
    const start = this.#used;
    let at = start;
    target[at++] = LEFT_BRACE;
    for (let i = 0; i < this.#fields.length; i++) {
      const field = this.#fields[i];
      if (field === undefined) continue;
      if (at > start + 1) target[at++] = COMMA;
      at = put(field.key, target, at);
      at = this.#value(field.kind, source, records, i, at);
    }
    target[at++] = RIGHT_BRACE;
    target[at++] = NEWLINE;
    this.#used = at;
    return start;
  }

  #value(kind: ColumnType['kind'], source: Buffer, records: CsvRecords, field: number, at: number): number {
    const from = records.from(field);
    const to = records.to(field);
    if (from === to && (kind !== 'string' || !records.isQuoted(field))) {
      return put(NULL, this.buffer, at);
    }
    const doubled = records.hasDoubledQuotes(field);
    switch (kind) {
      case 'string':
      case 'date':
      case 'binary':
      case 'decimal':
        return this.#string(source, from, to, doubled, at);
      default: {
        const end = this.#plain(source, from, to, doubled, at);
        return isToken(kind, this.buffer, at, end) ? end : this.#string(source, from, to, doubled, at);
      }
    }
  }

  /** The text of the field as it is, with the newline behind it that the scanners need. */
  #plain(source: Buffer, from: number, to: number, doubled: boolean, at: number): number {
    const target = this.buffer;
    let end = at;
    for (let i = from; i < to; i++) {
      const c = source[i] as number;
      target[end++] = c;
      if (doubled && c === QUOTE) i++;
    }
    target[end] = NEWLINE;
    return end;
  }

  #string(source: Buffer, from: number, to: number, doubled: boolean, at: number): number {
    const target = this.buffer;
    let end = at;
    target[end++] = QUOTE;
    for (let i = from; i < to; i++) {
      const c = source[i] as number;
      if (c === QUOTE || c === BACKSLASH) {
        target[end++] = BACKSLASH;
        if (doubled && c === QUOTE) i++;
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

/** Whether the text at a position is one JSON token of the kind, so that it may stand without quotes. */
function isToken(kind: ColumnType['kind'], buf: Buffer, at: number, end: number): boolean {
  switch (kind) {
    case 'boolean':
      if (buf[at] === LOWER_T) return skipTrue(buf, at) === end;
      return buf[at] === LOWER_F && skipFalse(buf, at) === end;
    case 'array':
    case 'map':
    case 'struct': {
      const after = skipValue(buf, skipSpace(buf, at));
      return after >= 0 && skipSpace(buf, after) === end;
    }
    default:
      return skipNumber(buf, at) === end;
  }
}
