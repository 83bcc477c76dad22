import type { ColumnType } from '../dataset/model';
import { ASCII } from './bytes';
import { endsBefore, type PatternPart, stopsOf } from './pattern-parts';
import { COPY, type FieldEnd, MAX_RECORD_BYTES, textCode, valueCode, writeText } from './plain-rows-code';
import * as values from './value-code';

const { MINUS, NEWLINE, QUOTE, RETURN, RIGHT_BRACE, SPACE } = ASCII;
const { numberCode, Unsupported, VARIABLES, wordOf } = values;

/** A column whose value a group takes. */
export interface GroupForm {
  readonly type: ColumnType;
  readonly isNeeded: boolean;
  /** What is written before its value, with the quote that a value in quotes begins with. */
  readonly key: string;
  readonly isText: boolean;
}

export interface PatternForm {
  readonly parts: readonly PatternPart[];
  /** By the name of a group. A group that none takes is absent. */
  readonly columns: ReadonlyMap<string, GroupForm>;
  readonly nulls: readonly string[];
}

/** Parts beyond this make a function that the engine does not optimize; and each byte to stop at makes texts slower. */
const MOST = { parts: 400, stops: 6 };
const INTEGERS = ['tinyint', 'smallint', 'int', 'bigint'];
const WORD = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'].map((char) => char.charCodeAt(0));

/** The body of a function that takes lines of a pattern, as that of `plain-rows-code`; undefined where the general way alone reads them. */
export function codeOf(form: PatternForm): string | undefined {
  if (form.parts.length > MOST.parts) return undefined;
  try {
    return `
const whole = b.length - 8;
let i = at, from = at, o = out, line = out, rows = 0, stop = 0, s = 0, z = 0, e = 0, ${VARIABLES};
lines: while (from < end && line <= room) {
i = from; o = line; stop = from + ${MAX_RECORD_BYTES} < whole ? from + ${MAX_RECORD_BYTES} : whole;
if (b[i] <= ${SPACE}) break lines;
${form.parts.map((part, index) => partCode(form, part, form.parts.slice(index + 1, index + 3))).join('\n')}
if (b[i] === ${RETURN}) i++;
if (b[i++] !== ${NEWLINE}) break lines;
u.setInt16(o, ${RIGHT_BRACE | (NEWLINE << 8)}, true);
from = i; line = o + 2;
rows++;
}
taken.rows = rows; taken.used = line;
return from;`;
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

function partCode(form: PatternForm, part: PatternPart, after: readonly PatternPart[]): string {
  if (part.kind === 'literal') return `if (b[i++] !== ${part.byte}) break lines;`;
  if (part.kind === 'rest') return part.groups.map((group) => noneCode(form.columns.get(group))).join('\n');
  const column = part.group === undefined ? undefined : form.columns.get(part.group);
  return part.kind === 'digits' ? digitsCode(part, column) : fieldCode(form, part, column, after);
}

function noneCode(column: GroupForm | undefined): string {
  if (column === undefined) return '';
  if (column.isNeeded) throw new Unsupported();
  return `${writeText(column.key)}\n${nullCode(column)}`;
}

const nullCode = ({ isText }: GroupForm): string =>
  `u.setInt32(o${isText ? ' - 1' : ''}, ${wordOf('null')}, true); o += ${isText ? 3 : 4};`;

type Field = PatternPart & { readonly kind: 'text' | 'digits' };

function digitsCode({ isSigned, least, most }: Field, column: GroupForm | undefined): string {
  if (column === undefined || !INTEGERS.includes(column.type.kind)) throw new Unsupported();
  const isAny = least === 1 && most === Number.POSITIVE_INFINITY;
  const digits = `(b[s] === ${MINUS} ? i - s - 1 : i - s)`;
  return `${writeText(column.key)}
s = i;${isSigned ? '' : ` if (b[i] === ${MINUS}) break lines;`}
${numberCode(column.type)}
${isAny ? '' : `if (${digits} < ${least}${most === Number.POSITIVE_INFINITY ? '' : ` || ${digits} > ${most}`}) break lines;`}
${COPY}`;
}

function fieldCode(
  form: PatternForm,
  part: Field,
  column: GroupForm | undefined,
  [next, second]: readonly PatternPart[],
): string {
  const { set, least } = part;
  const end: FieldEnd = { stops: stopsOf(set), takesQuotes: false };
  if (end.stops.length > MOST.stops) throw new Unsupported();
  const isEnd = (at: string): string =>
    next?.kind === 'literal' ? `${at} === ${next.byte}` : `(${at} === ${NEWLINE} || ${at} === ${RETURN})`;
  const isBefore = endsBefore(part, next, second);
  if (isBefore && column !== undefined && column.type.kind !== 'string') throw new Unsupported();
  const needsOne = least > 0 ? `if (${isEnd('b[i]')}) break lines;\n` : '';
  if (column === undefined)
    return `${needsOne}${isBefore ? 's = i;' : ''}${textCode(false, end)}${isBefore ? BACK : ''}`;
  // What is checked as it stands must be of the set.
  if (column.type.kind !== 'string' && !WORD.every((byte) => set.has(byte))) throw new Unsupported();
  const nulls = ['', ...form.nulls].filter(
    (text) => text.length >= least && [...Buffer.from(text)].every((byte) => set.has(byte)),
  );
  const tests = [...new Set(nulls)].map((text) => {
    const bytes = Buffer.from(text);
    const equal = [...bytes].map((byte, index) => `b[i + ${index}] === ${byte} && `).join('');
    return `(${equal}${isEnd(`b[i + ${bytes.length}]`)} && (s = ${bytes.length}) >= 0)`;
  });
  const none = column.isNeeded ? 'break lines;' : `i += s; ${nullCode(column)}`;
  const { type } = column;
  const value =
    type.kind === 'timestamp' && type.format !== undefined && 'pattern' in type.format
      ? formattedCode([...form.columns.values()].indexOf(column), end)
      : isBefore
        ? `s = i;${textCode(true, end)}${BACK} o--; t[o++] = ${QUOTE};`
        : valueCode(column, type, end);
  return `${needsOne}${writeText(column.key)}
${tests.length === 0 ? value : `if (${tests.join(' || ')}) { ${none} } else {\n${value}\n}`}`;
}

/** Back to the character before the end, which is none of the text. */
const BACK = `\nif (i === s) break lines; i--;`;

/** A time of a form of its own: the text, which `taken.rewrite` makes the time that is passed on. */
const formattedCode = (index: number, end: FieldEnd): string => `s = o - 1;
${textCode(true, end)}
t[o++] = ${QUOTE};
o = taken.rewrite(${index}, t, s, o);
if (o < 0) break lines;`;
