import { compileFunction } from 'node:vm';
import type { Column, ColumnType } from '../dataset/model';
import { ASCII } from './bytes';
import * as calendar from './calendar';
import type { NameTable, ValueType } from './compiled';
import * as json from './json';
import { codeOf, type Member, type Shape } from './usual-lines-code';
import { viewOf } from './words';

const { COMMA, SPACE } = ASCII;
// Taken out of their modules for the same reason as the constants.
const { skipString } = json;
const { daysInMonth } = calendar;
const { clz32 } = Math;

/** Lines that are read in the general way before their form is looked at, and how many come between two looks at most. */
const LOOK_AFTER = { first: 16, most: 4096 };

type Take = (b: Buffer, v: DataView, at: number, end: number, single: boolean, taken: { rows: number }) => number;

/** What is declared under a name. */
type Declared = Pick<Column, 'name' | 'type'> & Partial<Pick<Column, 'notNull' | 'from' | 'unless'>>;

/**
 * Takes lines of the form that the last ones had: same order of members, same blanks, nothing undeclared and nothing to
 * rewrite. A function is compiled for that form, which takes a quarter of the time of the general scanner. What it takes, the
 * general scanner would accept as it is; about any other line it says nothing.
 */
export class UsualLines {
  /** Lines that the last call of `take` took. */
  rows = 0;
  readonly #columns: readonly Declared[];
  #form = '';
  #take: Take | undefined;
  #taken = 0;
  #others = 0;
  #lookAfter = LOOK_AFTER.first;
  #viewed: Buffer = Buffer.alloc(0);
  #view = viewOf(this.#viewed);

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
  }

  /** Those of columns, for all objects that have them: what was learnt from one is known at the next. */
  static of(columns: readonly Column[]): UsualLines | undefined {
    const known = shared.get(columns);
    if (known !== undefined) return known;
    if (columns.some((column) => !isSimple(column))) return undefined;
    const lines = new UsualLines(columns);
    shared.set(columns, lines);
    return lines;
  }

  /**
   * Takes lines from `at` on, each of which begins with a brace, up to the first that is otherwise.
   *
   * @param end as for `RecordReader.acceptRun`
   * @returns where the first begins that was not taken
   */
  take(buf: Buffer, at: number, end: number): number {
    this.rows = 0;
    if (this.#take === undefined) return at;
    this.#look(buf);
    const to = this.#take(buf, this.#view, at, end, false, this);
    this.#taken += this.rows;
    return to;
  }

  /** Takes one object, whatever follows it. @returns the position after it, or -1 */
  takeOne(buf: Buffer, at: number, end: number): number {
    if (this.#take === undefined) return -1;
    this.#look(buf);
    const to = this.#take(buf, this.#view, at, end, true, this);
    if (to >= 0) this.#taken++;
    return to;
  }

  #look(buf: Buffer): void {
    if (buf === this.#viewed) return;
    this.#viewed = buf;
    this.#view = viewOf(buf);
  }

  /** Learns from a line that the general scanner accepted. @param row its type, as the line left it */
  learn(row: ValueType, buf: Buffer): void {
    if (++this.#others < this.#lookAfter) return;
    this.#lookAfter = Math.min(2 * this.#lookAfter, LOOK_AFTER.most);
    const form = this.#others > this.#taken ? shapeOf(row, this.#columns, buf) : undefined;
    // Where most lines are otherwise and their form is known, they have something else that is not taken.
    if (form !== undefined) this.#compile(form);
    this.#taken = 0;
    this.#others = 0;
  }

  /** Lets go of the bytes that were looked at. */
  release(): void {
    this.#viewed = EMPTY;
    this.#view = EMPTY_VIEW;
  }

  #compile(shape: Shape): void {
    const form = JSON.stringify(shape);
    const isKnown = form === this.#form;
    this.#form = isKnown ? '' : form;
    const code = isKnown ? undefined : codeOf(shape);
    this.#take = code === undefined ? undefined : functionOf(code);
  }
}

const EMPTY = Buffer.alloc(0);
const EMPTY_VIEW = viewOf(EMPTY);

const shared = new WeakMap<readonly Column[], UsualLines>();

/** The code holds numbers that were worked out here, and no text of a dataset or of data. */
function functionOf(code: string): Take {
  const take = compileFunction(code, ['skipString', 'daysInMonth', 'clz32', 'b', 'v', 'at', 'end', 'single', 'taken']);
  return take.bind(undefined, skipString, daysInMonth, clz32) as Take;
}

/** Whether a value stands under its own name only, and every row needs it or none. */
function isSimple({ type, from, unless }: Declared): boolean {
  return from === undefined && unless === undefined && isSimpleType(type);
}

function isSimpleType(type: ColumnType): boolean {
  if (type.kind === 'struct') return type.fields.every(isSimple);
  return type.kind === 'array' ? isSimpleType(type.element) : true;
}

/** The form of the line that the general scanner read last. Undefined where it has undeclared members. */
function shapeOf(row: ValueType, columns: readonly Declared[], buf: Buffer): Shape | undefined {
  const members = membersOf(row.table, columns);
  const first = row.table?.start.next;
  if (members === undefined || first === undefined || first.seenIn !== row.objects || first.to === 0) return undefined;
  const blankAfterComma = buf[first.to] === COMMA && buf[first.to + 1] === SPACE;
  return { members, blankAfterColon: buf[first.from - 1] === SPACE, blankAfterComma };
}

/** Members in the order in which they came last. */
function membersOf(table: NameTable | undefined, declared: readonly Declared[]): Member[] | undefined {
  const byName = new Map(declared.map((one) => [one.name, one]));
  const members: Member[] = [];
  for (let entry = table?.start.next; entry !== undefined; entry = entry.next) {
    const found = byName.get(entry.name);
    // Undeclared; or the chain comes back to a member that stood elsewhere before.
    if (found === undefined || entry.type === undefined) break;
    byName.delete(entry.name);
    const inner = innerOf(found.type, entry.type);
    members.push({ name: found.name, type: found.type, notNull: found.notNull === true, ...(inner && { inner }) });
  }
  return [...byName.values()].some(({ notNull }) => notNull === true) ? undefined : members;
}

function innerOf(type: ColumnType, compiled: ValueType): Member[] | undefined {
  if (type.kind === 'struct') return membersOf(compiled.table, type.fields);
  return type.kind === 'array' && compiled.element !== undefined ? innerOf(type.element, compiled.element) : undefined;
}
