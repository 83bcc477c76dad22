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

/** Longer records are read field by field. */
export const MAX_RECORD_BYTES = 16 * 1024;
/** More fields make a function that the engine does not optimize. */
const MAX_FIELDS = 128;

/** Marks of the bytes of a word that do not stand for themselves in a string of JSON, and of the delimiter, as of `markedOr`. */
function marksOf(word: string, delimiter: number | undefined): string {
  const ones = 0x01010101;
  const swapped = `(x = ${word} ^ ${(QUOTE ^ SPACE) * ones}) - ${(SPACE + 1) * ones} & ~x`;
  const backslashes = `(y = ${word} ^ ${BACKSLASH * ones}) - ${ones} & ~y`;
  const delimiters = delimiter === undefined ? '' : ` | (z = ${word} ^ ${delimiter * ones}) - ${ones} & ~z`;
  return `(${swapped} | ${backslashes}${delimiters}) & ${0x80808080 | 0}`;
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

  constructor(form: RecordForm) {
    this.#form = form;
    this.#delimiter = form.delimiter.charCodeAt(0);
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
    if (field.type === undefined) return `${opened}\n${this.#text(false)}\n${closed}\n${end}`;
    return `${writeText(field.key)}\n${opened}\n${this.#nullOr(field, field.type, isLast)}\n${closed}\n${end}`;
  }

  #nullOr(field: FieldForm, type: ColumnType, isLast: boolean): string {
    const { nulls, emptyStrings, takesQuotes } = this.#form;
    const isString = type.kind === 'string';
    const bare = new Set<string>();
    const quoted = new Set<string>();
    if (!(isString && emptyStrings)) bare.add('');
    if (!isString) quoted.add('');
    for (const { text, isQuoted } of nulls) (isQuoted ? quoted : bare).add(text);
    const tests = [
      ...[...bare].map((text) => this.#isNull(text, isLast, takesQuotes ? '!q && ' : '')),
      ...(takesQuotes ? [...quoted].map((text) => this.#isNull(text, isLast, 'q && ')) : []),
    ];
    const value = this.#value(field, type);
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

  #value({ isText }: FieldForm, type: ColumnType): string {
    const closing = isText ? `t[o++] = ${QUOTE};` : '';
    switch (type.kind) {
      case 'string':
        return `${this.#text(true)}\n${closing}`;
      case 'boolean':
        return `if (i > whole) break lines;
w = v.getInt32(i, true); u.setInt32(o, w, true);
if (w === ${wordOf('true')}) { i += 4; o += 4; }
else if (w === ${wordOf('fals')} && b[i + 4] === ${'e'.charCodeAt(0)}) { t[o + 4] = ${'e'.charCodeAt(0)}; i += 5; o += 5; }
else break lines;`;
      case 'date':
      case 'timestamp': {
        if (type.format !== undefined || this.#mayHold('-:.')) throw new Unsupported();
        // Without quotes, a blank between day and time would end the field.
        const isEnded = `${this.#form.takesQuotes ? '!q && ' : ''}b[s + 10] === ${SPACE}`;
        const one = type.kind === 'timestamp' && this.#mayHold(' ') ? `if (${isEnded}) break lines;` : '';
        return `s = i;\n${type.kind === 'date' ? DATE : TIMESTAMP}\n${one}\n${COPY}\n${closing}`;
      }
      default:
        if (this.#mayHold('-.')) throw new Unsupported();
        return `s = i;\n${numberCode(type)}\n${COPY}\n${closing}`;
    }
  }

  /** Whether a value that is checked as it stands would go on behind the delimiter. */
  #mayHold(characters: string): boolean {
    return characters.includes(this.#form.delimiter);
  }

  /** A text up to what ends it, which is looked for four bytes at a time. */
  #text(isWritten: boolean): string {
    const { takesQuotes } = this.#form;
    const loop = (delimiter: number | undefined): string => `for (; i <= stop; i += 8) {
w = v.getInt32(i, true); e = v.getInt32(i + 4, true);${isWritten ? ' u.setInt32(o, w, true); u.setInt32(o + 4, e, true);' : ''}
m = ${marksOf('w', delimiter)};
n = ${marksOf('e', delimiter)};
if ((m | n) !== 0) { if (m === 0) { m = n; i += 4;${isWritten ? ' o += 4;' : ''} } break; }${isWritten ? '\no += 8;' : ''}
}`;
    const bare = loop(this.#delimiter < SPACE ? undefined : this.#delimiter);
    const both = takesQuotes && this.#delimiter >= SPACE;
    return `m = 0;
${both ? `if (q) { ${loop(undefined)} } else { ${bare} }` : bare}
if (m === 0) break lines;
n = (31 - clz32(m & -m)) >> 3; i += n;${isWritten ? ' o += n;' : ''}`;
  }
}

/** The bytes from `s` to `i`, of which the last word may be too long. */
const COPY = `if (i > whole) break lines;
for (x = s; x < i; x += 4) u.setInt32(o + x - s, v.getInt32(x, true), true);
o += i - s;`;

function writeText(text: string): string {
  const bytes = Buffer.from(text);
  const padded = Buffer.concat([bytes, Buffer.alloc(3)]);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) parts.push(`u.setInt32(o + ${at}, ${padded.readInt32LE(at)}, true);`);
  return `${parts.join(' ')} o += ${bytes.length};`;
}
