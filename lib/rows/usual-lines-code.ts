import type { ColumnType } from '../dataset/model';
import { ASCII } from './bytes';
import { MAX_LINE_BYTES } from './limits';
import * as values from './value-code';

const { BACKSLASH, COMMA, LEFT_BRACE, LEFT_BRACKET, LOWER_N, NEWLINE, QUOTE } = ASCII;
const { RETURN, RIGHT_BRACE, RIGHT_BRACKET, SPACE } = ASCII;
const { DATE, numberCode, TIMESTAMP, Unsupported, VARIABLES, wordOf } = values;

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
let i = at, from = at, rows = 0, ${VARIABLES};
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
      case 'boolean':
        this.#add(`if (i > whole) break lines;\nw = v.getInt32(i, true);`);
        this.#add(
          `if (w === ${wordOf('true')}) i += 4; else if (w === ${wordOf('fals')} && b[i + 4] === ${'e'.charCodeAt(0)}) i += 5; else break lines;`,
        );
        break;
      case 'date':
      case 'timestamp':
        if (type.format !== undefined) throw new Unsupported();
        this.#add(`if (b[i++] !== ${QUOTE}) break lines;`);
        this.#add(type.kind === 'date' ? DATE : TIMESTAMP);
        this.#add(`if (b[i++] !== ${QUOTE}) break lines;`);
        break;
      case 'array':
        this.#array(type.element, inner);
        break;
      case 'struct':
        if (inner === undefined) throw new Unsupported();
        this.#object(inner);
        break;
      default:
        this.#add(numberCode(type));
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

  #array(element: ColumnType, inner: readonly Member[] | undefined): void {
    const blank = this.#shape.blankAfterComma ? ` if (b[i++] !== ${SPACE}) break lines;` : '';
    this.#add(`if (b[i++] !== ${LEFT_BRACKET}) break lines;\nif (b[i] === ${RIGHT_BRACKET}) i++; else for (;;) {`);
    this.#value(element, inner);
    this.#add(`c = b[i++]; if (c === ${RIGHT_BRACKET}) break;\nif (c !== ${COMMA}) break lines;${blank}\n}`);
  }
}

const word = (text: string): string => `if (i > whole || v.getInt32(i, true) !== ${wordOf(text)}) break lines;`;
