import type { ColumnType } from '../dataset/model';
import { ASCII } from './bytes';
import { MAX_LINE_BYTES } from './limits';

const { BACKSLASH, COLON, COMMA, DOT, LEFT_BRACE, LEFT_BRACKET, LOWER_N, MINUS, NEWLINE, QUOTE } = ASCII;
const { RETURN, RIGHT_BRACE, RIGHT_BRACKET, SPACE, UPPER_T, UPPER_Z, ZERO } = ASCII;

/**
 * The form that the members of an object had: their order, and whether blanks stand behind colons and commas, as some
 * producers write them.
 */
export interface Shape {
  readonly members: readonly Member[];
  readonly blankAfterColon: boolean;
  readonly blankAfterComma: boolean;
}

export interface Member {
  readonly name: string;
  readonly type: ColumnType;
  readonly notNull: boolean;
  /** Of a struct, and of an array of them. */
  readonly inner?: readonly Member[];
}

/** Members beyond this make a function that the engine does not optimize. */
const MAX_MEMBERS = 256;

/** The body of a function that takes lines of a shape; undefined where it holds what the general scanner alone reads. */
export const codeOf = (shape: Shape): string | undefined => new Code(shape).write();

class Unsupported extends Error {}

/**
 * Writes the body of a function that takes lines of one shape: `b` are the bytes, `v` the same as a view, `at` where the
 * first line begins and `end` as for `RecordReader.acceptRun`; with `single`, it takes one object, whatever follows, and returns its
 * end, or -1. Of the dataset there is nothing in it but numbers.
 */
class Code {
  readonly #shape: Shape;
  readonly #parts: string[] = [];
  #labels = 0;
  #members = 0;

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  write(): string | undefined {
    try {
      this.#object(this.#shape.members);
    } catch (error) {
      if (error instanceof Unsupported) return undefined;
      throw error;
    }
    return `
const all = b.length, whole = all - 4;
let i = at, from = at, rows = 0, w = 0, x = 0, y = 0, m = 0, c = 0, n = 0, year = 0, month = 0, day = 0;
lines: while (from < end) {
${this.#parts.join('\n')}
if (single) return i;
if (b[i] === ${RETURN}) i++;
if (b[i] !== ${NEWLINE} || i >= end || i - from > ${MAX_LINE_BYTES}) break lines;
i++;
rows++;
from = i;
}
if (single) return -1;
taken.rows = rows;
return from;`;
  }

  #add(code: string): void {
    this.#parts.push(code);
  }

  #object(members: readonly Member[]): void {
    this.#members += members.length;
    if (this.#members > MAX_MEMBERS || members.length === 0) throw new Unsupported();
    const label = `object${this.#labels++}`;
    const blank = this.#shape.blankAfterComma ? ` if (b[i++] !== ${SPACE}) break lines;` : '';
    this.#add(`if (b[i++] !== ${LEFT_BRACE}) break lines;\n${label}: {`);
    for (const [index, { name, type, notNull, inner }] of members.entries()) {
      const isNeeded = members.slice(index + 1).some((later) => later.notNull);
      this.#add(`if (${this.#matches(name)}) {`);
      this.#add(notNull ? '{' : `if (b[i] === ${LOWER_N}) { ${word('null')} i += 4; } else {`);
      this.#value(type, inner);
      this.#add('}');
      this.#add(`c = b[i++]; if (c === ${RIGHT_BRACE}) break ${isNeeded ? 'lines' : label};`);
      this.#add(`if (c !== ${COMMA}) break lines;${blank}`);
      this.#add(notNull ? '} else break lines;' : '}');
    }
    this.#add('break lines;\n}');
  }

  /** Compares the key by words, the last of which may begin within the one before; goes behind it. */
  #matches(name: string): string {
    const key = Buffer.from(`${JSON.stringify(name)}:${this.#shape.blankAfterColon ? ' ' : ''}`);
    const tests = [`i + ${key.length} <= all`];
    for (let at = 0; at < key.length; at += 4) {
      const from = Math.min(at, key.length - 4);
      tests.push(`v.getInt32(i + ${from}, true) === ${key.readInt32LE(from)}`);
    }
    return `${tests.join(' && ')} && (i += ${key.length}) > 0`;
  }

  #value(type: ColumnType, inner: readonly Member[] | undefined): void {
    switch (type.kind) {
      case 'string':
        this.#string();
        break;
      case 'tinyint':
        this.#integer(2);
        break;
      case 'smallint':
        this.#integer(4);
        break;
      case 'int':
        this.#integer(9);
        break;
      case 'bigint':
        this.#integer(15);
        break;
      case 'float':
      case 'double':
        this.#add(`w = i; ${DIGITS_OF_NUMBER}`);
        this.#add(`if (b[i] === ${DOT}) { n = ++i; ${DIGITS} if (i === n) break lines; }`);
        // A minus zero is rewritten.
        this.#add(`else if (b[n] === ${ZERO} && n !== w) break lines;`);
        this.#add('if (i - w > 38) break lines;');
        break;
      case 'decimal': {
        const whole = Math.min(type.precision, 15) - type.scale;
        if (whole < 1) throw new Unsupported();
        this.#add(`${DIGITS_OF_NUMBER} if (i - n > ${whole}) break lines;`);
        this.#add(`if (b[i] === ${DOT}) { n = ++i; ${DIGITS} if (i === n || i - n > ${type.scale}) break lines; }`);
        break;
      }
      case 'boolean':
        this.#add(`if (i > whole) break lines;\nw = v.getInt32(i, true);`);
        this.#add(
          `if (w === ${wordOf('true')}) i += 4; else if (w === ${wordOf('fals')} && b[i + 4] === ${'e'.charCodeAt(0)}) i += 5; else break lines;`,
        );
        break;
      case 'date':
        if (type.format !== undefined) throw new Unsupported();
        this.#date();
        this.#add(`if (b[i++] !== ${QUOTE}) break lines;`);
        break;
      case 'timestamp':
        if (type.format !== undefined) throw new Unsupported();
        this.#timestamp();
        break;
      case 'array':
        this.#array(type.element, inner);
        break;
      case 'struct':
        if (inner === undefined) throw new Unsupported();
        this.#object(inner);
        break;
      default:
        throw new Unsupported();
    }
  }

  #string(): void {
    this.#add(`if (b[i++] !== ${QUOTE}) break lines;
for (m = 0; i <= whole; i += 4) {
w = v.getInt32(i, true); x = w ^ ${((QUOTE ^ SPACE) * 0x01010101) | 0}; y = w ^ ${(BACKSLASH * 0x01010101) | 0};
m = (((x - ${(SPACE + 1) * 0x01010101}) & ~x) | ((y - ${0x01010101}) & ~y)) & ${0x80808080 | 0};
if (m !== 0) break;
}
if (m === 0) break lines;
i += (31 - clz32(m & -m)) >> 3;
if (b[i] === ${QUOTE}) i++;
else if (b[i] !== ${BACKSLASH} || (i = skipString(b, i)) < 0) break lines;`);
  }

  /** @param most digits that every value has within the type; more are for the general scanner */
  #integer(most: number): void {
    this.#add(`${DIGITS_OF_NUMBER} if (i - n > ${most}) break lines;`);
  }

  /** The opening quote and the day. */
  #date(): void {
    this.#add(`if (b[i] !== ${QUOTE} || b[i + 5] !== ${MINUS} || b[i + 8] !== ${MINUS}) break lines;`);
    this.#add(digits('year', 1, 4));
    this.#add(digits('month', 6, 2));
    this.#add(digits('day', 9, 2));
    this.#add(
      'if (year === 0 || month === 0 || month > 12 || day === 0 || (day > 28 && day > daysInMonth(year, month))) break lines;',
    );
    this.#add('i += 11;');
  }

  #timestamp(): void {
    this.#date();
    this.#add(
      `if ((b[i] !== ${UPPER_T} && b[i] !== ${SPACE}) || b[i + 3] !== ${COLON} || b[i + 6] !== ${COLON}) break lines;`,
    );
    for (const [at, limit] of [
      [1, 23],
      [4, 59],
      [7, 59],
    ] as const) {
      this.#add(`${digits('n', at, 2)} if (n > ${limit}) break lines;`);
    }
    this.#add(`i += 9;`);
    this.#add(`if (b[i] === ${DOT}) { n = ++i; ${DIGITS} if (i === n || i - n > 3) break lines; }`);
    this.#add(`if (b[i] === ${UPPER_Z}) i++;\nif (b[i++] !== ${QUOTE}) break lines;`);
  }

  #array(element: ColumnType, inner: readonly Member[] | undefined): void {
    const blank = this.#shape.blankAfterComma ? ` if (b[i++] !== ${SPACE}) break lines;` : '';
    this.#add(`if (b[i++] !== ${LEFT_BRACKET}) break lines;\nif (b[i] === ${RIGHT_BRACKET}) i++; else for (;;) {`);
    this.#value(element, inner);
    this.#add(`c = b[i++]; if (c === ${RIGHT_BRACKET}) break;\nif (c !== ${COMMA}) break lines;${blank}\n}`);
  }
}

/** Bytes end at a newline at the latest, which is no digit. */
const DIGITS = `while (((b[i] - ${ZERO}) >>> 0) <= 9) i++;`;

/** A minus or none, and digits from `n` on without a leading zero. */
const DIGITS_OF_NUMBER = `if (b[i] === ${MINUS}) i++;
n = i; ${DIGITS} if (i === n || (b[n] === ${ZERO} && i - n > 1)) break lines;`;

const wordOf = (text: string): number => Buffer.from(text).readInt32LE(0);

const word = (text: string): string => `if (i > whole || v.getInt32(i, true) !== ${wordOf(text)}) break lines;`;

/** Reads so many digits, from a distance on, into a variable. */
function digits(variable: string, distance: number, count: number): string {
  const parts = [`${variable} = 0;`];
  for (let k = 0; k < count; k++) {
    parts.push(
      `c = b[i + ${distance + k}] - ${ZERO}; if ((c >>> 0) > 9) break lines; ${variable} = ${variable} * 10 + c;`,
    );
  }
  return parts.join(' ');
}
