import type { ColumnType } from '../dataset/model';
import { ASCII } from './bytes';
import type { NullText } from './null-texts';
import * as values from './value-code';

const { BACKSLASH, NEWLINE, QUOTE, RETURN, RIGHT_BRACE, SPACE } = ASCII;
const { DATE, numberCode, TIMESTAMP, Unsupported, VARIABLES, wordOf } = values;

/** A field of the records, in the order of the file. */
export interface FieldForm {
  /** Undefined for a field that no column takes. */
  readonly type: ColumnType | undefined;
  readonly isNeeded: boolean;
  /** What is written before its value, with the quote that a value in quotes begins with. */
  readonly key: string;
  readonly isText: boolean;
}

/** How the records are written. */
export interface RecordForm {
  readonly fields: readonly FieldForm[];
  readonly delimiter: string;
  readonly takesQuotes: boolean;
  readonly emptyStrings: boolean;
  readonly nulls: readonly NullText[];
  /** First byte of lines that are no records, or -1. */
  readonly comment: number;
}

/**
 * A compiled function: takes records of `b` from `at` on, none beyond `end`, and writes them to `t` from `out` on, no more than `room`
 * bytes. `v` and `u` are views of both.
 *
 * @returns the position of the first record that it does not take
 */
export type Take<T = { rows: number; used: number }> = (
  b: Buffer,
  v: DataView,
  at: number,
  end: number,
  t: Buffer,
  u: DataView,
  out: number,
  room: number,
  taken: T,
) => number;

/** Records that are read in the general way before the compiled one is tried again, at most. */
export const MOST_OTHERS = 1024;
/** Longer records are read field by field. */
export const MAX_RECORD_BYTES = 16 * 1024;
/** More fields make a function that the engine does not optimize. */
const MAX_FIELDS = 128;

/** Marks of the bytes of a word that do not stand for themselves in a string of JSON, and of others, as of `markedOr`. */
function marksOf(word: string, stops: readonly number[]): string {
  const ones = 0x01010101;
  const swapped = `(x = ${word} ^ ${(QUOTE ^ SPACE) * ones}) - ${(SPACE + 1) * ones} & ~x`;
  const backslashes = `(y = ${word} ^ ${BACKSLASH * ones}) - ${ones} & ~y`;
  const others = stops.map((stop) => ` | (z = ${word} ^ ${stop * ones}) - ${ones} & ~z`).join('');
  return `(${swapped} | ${backslashes}${others}) & ${0x80808080 | 0}`;
}

/** The body of a function that takes records of a form; undefined where it has something that is read in the general way alone. */
export function codeOf(form: RecordForm): string | undefined {
  if (form.fields.length > MAX_FIELDS) return undefined;
  try {
    return new Code(form).write();
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

/**
 * Writes the body of a function that takes records: `b` are the bytes and `v` the same as a view; `at` is where the first begins, and
 * `end` a newline that none begins after; lines are written into `t`, and its view `u`, from `out` on, and none from `room` on.
 */
class Code {
  readonly #form: RecordForm;
  readonly #delimiter: number;
  readonly #end: FieldEnd;

  constructor(form: RecordForm) {
    this.#form = form;
    this.#delimiter = form.delimiter.charCodeAt(0);
    this.#end = { stops: [this.#delimiter], takesQuotes: form.takesQuotes };
  }

  write(): string {
    const { fields, comment } = this.#form;
    return `
const whole = b.length - 8;
let i = at, from = at, o = out, line = out, rows = 0, stop = 0, s = 0, q = false, z = 0, e = 0, ${VARIABLES};
lines: while (from < end && line <= room${comment < 0 ? '' : ` && b[from] !== ${comment}`}) {
i = from; o = line; stop = from + ${MAX_RECORD_BYTES} < whole ? from + ${MAX_RECORD_BYTES} : whole;
${fields.map((field, index) => this.#field(field, index === fields.length - 1)).join('\n')}
u.setInt16(o, ${RIGHT_BRACE | (NEWLINE << 8)}, true);
from = i; line = o + 2;
rows++;
}
taken.rows = rows; taken.used = line;
return from;`;
  }

  #field(field: FieldForm, isLast: boolean): string {
    const { takesQuotes } = this.#form;
    const quote = `q = b[i] === ${QUOTE};`;
    const opened = takesQuotes ? `${quote} if (q) i++;` : `if (b[i] === ${QUOTE}) break lines;`;
    const end = isLast
      ? `if (i === from) break lines; if (b[i] === ${RETURN}) i++; if (b[i++] !== ${NEWLINE}) break lines;`
      : `if (b[i++] !== ${this.#delimiter}) break lines;`;
    const closed = takesQuotes ? `if (q && b[i++] !== ${QUOTE}) break lines;` : '';
    if (field.type === undefined) return `${opened}\n${textCode(false, this.#end)}\n${closed}\n${end}`;
    return `${writeText(field.key)}\n${opened}\n${this.#nullOr(field, field.type, isLast)}\n${closed}\n${end}`;
  }

  #nullOr(field: FieldForm, type: ColumnType, isLast: boolean): string {
    const { nulls, emptyStrings, takesQuotes } = this.#form;
    const isString = type.kind === 'string';
    const bare = new Set<string>();
    const quoted = new Set<string>();
    if (!(isString && emptyStrings)) bare.add('');
    if (!isString) quoted.add('');
    for (const { text, isQuoted } of nulls) {
      // No field without quotes holds the delimiter.
      if (isQuoted) quoted.add(text);
      else if (!text.includes(this.#form.delimiter)) bare.add(text);
    }
    const tests = [
      ...[...bare].map((text) => this.#isNull(text, isLast, takesQuotes ? '!q && ' : '')),
      ...(takesQuotes ? [...quoted].map((text) => this.#isNull(text, isLast, 'q && ')) : []),
    ];
    const value = valueCode(field, type, this.#end);
    if (tests.length === 0) return value;
    const none = field.isNeeded
      ? 'break lines;'
      : `i += s; u.setInt32(o${field.isText ? ' - 1' : ''}, ${wordOf('null')}, true); o += ${field.isText ? 3 : 4};`;
    return `if (${tests.map((test) => `(${test})`).join(' || ')}) { ${none} } else {\n${value}\n}`;
  }

  /** Whether the field is this text; its bytes are then in `s`. */
  #isNull(text: string, isLast: boolean, when: string): string {
    const bytes = Buffer.from(text);
    const after = `b[i + ${bytes.length}]`;
    const ends = when.startsWith('q')
      ? `${after} === ${QUOTE}`
      : isLast
        ? `(${after} === ${NEWLINE} || ${after} === ${RETURN})`
        : `${after} === ${this.#delimiter}`;
    const equal = [...bytes].map((byte, index) => `b[i + ${index}] === ${byte} && `).join('');
    return `${when}${equal}${ends} && (s = ${bytes.length}) >= 0`;
  }
}

/** What a field ends at. */
export interface FieldEnd {
  /** Bytes that no text goes on behind, besides those that do not stand for themselves in a string of JSON. */
  readonly stops: readonly number[];
  /** Whether it may stand in quotes: then they alone end it, and `q` tells. */
  readonly takesQuotes: boolean;
}

/** Code that writes a value of a type, checks it, and goes behind it. @throws Unsupported */
export function valueCode({ isText }: Pick<FieldForm, 'isText'>, type: ColumnType, end: FieldEnd): string {
  /** Whether a value that is checked as it stands would go on behind its end. */
  const mayHold = (characters: string): boolean =>
    end.stops.some((stop) => characters.includes(String.fromCharCode(stop)));
  const closing = isText ? `t[o++] = ${QUOTE};` : '';
  switch (type.kind) {
    case 'string':
      return `${textCode(true, end)}\n${closing}`;
    case 'boolean':
      return `if (i > whole) break lines;
w = v.getInt32(i, true); u.setInt32(o, w, true);
if (w === ${wordOf('true')}) { i += 4; o += 4; }
else if (w === ${wordOf('fals')} && b[i + 4] === ${'e'.charCodeAt(0)}) { t[o + 4] = ${'e'.charCodeAt(0)}; i += 5; o += 5; }
else break lines;`;
    case 'date':
    case 'timestamp': {
      if (type.format !== undefined || mayHold('-:.')) throw new Unsupported();
      // Without quotes, a blank between day and time would end the field.
      const isEnded = `${end.takesQuotes ? '!q && ' : ''}b[s + 10] === ${SPACE}`;
      const one = type.kind === 'timestamp' && mayHold(' ') ? `if (${isEnded}) break lines;` : '';
      return `s = i;\n${type.kind === 'date' ? DATE : TIMESTAMP}\n${one}\n${COPY}\n${closing}`;
    }
    default:
      if (mayHold('-.')) throw new Unsupported();
      return `s = i;\n${numberCode(type)}\n${COPY}\n${closing}`;
  }
}

/** A text up to what ends it, which is looked for four bytes at a time. */
export function textCode(isWritten: boolean, { stops, takesQuotes }: FieldEnd): string {
  const loop = (others: readonly number[]): string => `for (; i <= stop; i += 8) {
w = v.getInt32(i, true); e = v.getInt32(i + 4, true);${isWritten ? ' u.setInt32(o, w, true); u.setInt32(o + 4, e, true);' : ''}
m = ${marksOf('w', others)};
n = ${marksOf('e', others)};
if ((m | n) !== 0) { if (m === 0) { m = n; i += 4;${isWritten ? ' o += 4;' : ''} } break; }${isWritten ? '\no += 8;' : ''}
}`;
  // Controls are none that JSON takes.
  const seen = stops.filter((stop) => stop >= SPACE && stop !== QUOTE && stop !== BACKSLASH);
  return `m = 0;
${takesQuotes && seen.length > 0 ? `if (q) { ${loop([])} } else { ${loop(seen)} }` : loop(seen)}
if (m === 0) break lines;
n = (31 - clz32(m & -m)) >> 3; i += n;${isWritten ? ' o += n;' : ''}`;
}

/** The bytes from `s` to `i`, of which the last word may be too long. */
export const COPY = `if (i > whole) break lines;
for (x = s; x < i; x += 4) u.setInt32(o + x - s, v.getInt32(x, true), true);
o += i - s;`;

export function writeText(text: string): string {
  const bytes = Buffer.from(text);
  const padded = Buffer.concat([bytes, Buffer.alloc(3)]);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) parts.push(`u.setInt32(o + ${at}, ${padded.readInt32LE(at)}, true);`);
  return `${parts.join(' ')} o += ${bytes.length};`;
}
