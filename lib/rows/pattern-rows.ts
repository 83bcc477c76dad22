import { compileFunction } from 'node:vm';
import type { Column } from '../dataset/model';
import { ASCII } from './bytes';
import * as calendar from './calendar';
import type { ValueType } from './compiled';
import * as tokens from './field-tokens';
import type { LineBuffer } from './line-buffer';
import type { Output } from './output';
import { partsOf } from './pattern-parts';
import { codeOf, type GroupForm } from './pattern-rows-code';
import { MAX_RECORD_BYTES, MOST_OTHERS, type Take } from './plain-rows-code';
import type { RowChecker } from './row';
import { viewOf } from './words';
import type { WrittenColumn } from './written-column';

const { COMMA } = ASCII;
const { daysInMonth } = calendar;
const { isQuotedKind } = tokens;
const { clz32 } = Math;

/** Bytes of a time as it is passed on, at most. */
const LONGEST_TIME = 40;

/** What was taken last: lines, and the end of what was written of them. */
class Taken {
  rows = 0;
  used = 0;
  readonly #row: RowChecker;
  readonly #types: readonly ValueType[];

  constructor(row: RowChecker, types: readonly ValueType[]) {
    this.#row = row;
    this.#types = types;
  }

  /**
   * Makes a time that stands in `[from, to)`, in quotes, the one that is passed on.
   *
   * @param index of the column
   * @returns the end of that one; -1 for what is no time
   */
  rewrite(index: number, bytes: Buffer, from: number, to: number): number {
    const row = this.#row;
    const { patches } = row;
    bytes[to] = COMMA;
    row.begin(bytes, from);
    if (row.value(this.#types[index] as ValueType, from) !== to || patches.overflow || patches.count > 1) return -1;
    if (patches.count === 0) return to;
    const [first, last] = [patches.textFrom(0), patches.textTo(0)];
    // One that is only shortened is for the general way.
    if (patches.from(0) !== from) return -1;
    patches.text.copy(bytes, from, first, last);
    return from + last - first;
  }
}

/** A function for the lines of a pattern, and the most that it writes before and around the values of one. */
interface Compiled {
  readonly take: Take<Taken>;
  readonly need: number;
  /** Names of the columns that it writes. */
  readonly names: readonly string[];
}

/** How a dataset reads its lines. */
export interface LinedDataset {
  readonly pattern: string;
  /** Texts that mean null. */
  readonly nulls: readonly string[];
  /** Of the pattern, by the numbers that are the fields of the columns. */
  readonly groups: readonly string[];
  readonly written: readonly WrittenColumn[];
  readonly declared: readonly Column[];
  readonly row: RowChecker;
}

/** By what is declared: a dataset has one pattern, and new objects come all the time. */
const known = new WeakMap<readonly Column[], Map<string, Compiled | undefined>>();

/**
 * Reads the lines of a pattern that need least, where the pattern is made of parts in a row: a compiled function looks for the ends of
 * the groups, writes them as a line of NDJSON, and checks them, in one pass. At any other line it stops, for what reads all of them:
 * `LineMatcher` and `JsonWriter`.
 */
export class PatternRows {
  /** Lines that the last run took. */
  count = 0;
  readonly #compiled: Compiled;
  readonly #lines: LineBuffer;
  readonly #taken: Taken;
  #source: Buffer | undefined;
  #view = viewOf(Buffer.alloc(0));
  #wait = 0;
  #nextWait = 1;

  private constructor(compiled: Compiled, row: RowChecker, lines: LineBuffer) {
    this.#taken = new Taken(
      row,
      compiled.names.flatMap((name) => row.columnType(name) ?? []),
    );
    this.#compiled = compiled;
    this.#lines = lines;
  }

  /**
   * @param lines where lines are written
   * @returns undefined where no line of the pattern can be read so
   */
  static of(lined: LinedDataset, lines: LineBuffer): PatternRows | undefined {
    const { pattern, nulls, declared, row } = lined;
    let some = known.get(declared);
    if (some === undefined) {
      some = new Map();
      known.set(declared, some);
    }
    const name = JSON.stringify([pattern, nulls]);
    if (!some.has(name)) some.set(name, compiled(lined));
    const found = some.get(name);
    return found && new PatternRows(found, row, lines);
  }

  /**
   * Passes on the lines from `from` on, in valid UTF-8, up to the first that is not one of those that are read here.
   *
   * @param end the position behind the last newline
   * @returns the position of that one
   */
  run(buf: Buffer, from: number, end: number, output: Output): number {
    this.count = 0;
    if (this.#wait > 0) {
      this.#wait--;
      return from;
    }
    if (buf !== this.#source) {
      this.#source = buf;
      this.#view = viewOf(buf);
    }
    const { take, need } = this.#compiled;
    const lines = this.#lines;
    let at = from;
    for (;;) {
      lines.reserve(need);
      const { bytes, view, used } = lines;
      const room = bytes.length - need;
      const next = take(buf, this.#view, at, end, bytes, view, used, room, this.#taken);
      const { rows } = this.#taken;
      if (rows === 0) break;
      lines.used = this.#taken.used;
      output.append(bytes, used, lines.used);
      this.count += rows;
      at = next;
      // It went on as far as there was room.
      if (lines.used <= room) break;
    }
    this.#nextWait = this.count > 0 ? 1 : Math.min(2 * this.#nextWait, MOST_OTHERS);
    this.#wait = this.count > 0 ? 0 : this.#nextWait;
    return at;
  }
}

function compiled({ pattern, nulls, groups, written, declared, row }: LinedDataset): Compiled | undefined {
  const parts = partsOf(pattern);
  if (parts === undefined) return undefined;
  const columns = new Map<string, GroupForm>();
  for (const [index, { name, kind, field, joined = [] }] of written.entries()) {
    const type = declared.find((one) => one.name === name)?.type;
    const group = groups[field];
    if (type === undefined || group === undefined || joined.length > 0 || row.columnType(name) === undefined)
      return undefined;
    const isText = isQuotedKind(kind) || kind === 'timestamp';
    const key = `${index === 0 ? '{' : ','}${JSON.stringify(name)}:${isText ? '"' : ''}`;
    columns.set(group, { type, isNeeded: row.needs(name), key, isText });
  }
  const code = codeOf({ parts, columns, nulls });
  if (code === undefined || columns.size === 0) return undefined;
  const names = ['daysInMonth', 'clz32', 'b', 'v', 'at', 'end', 't', 'u', 'out', 'room', 'taken'];
  const take = compileFunction(code, names).bind(undefined, daysInMonth, clz32) as Take<Taken>;
  // Values may be nulls, in quotes, a word longer than they are, and times that are written otherwise.
  const keys = [...columns.values()].reduce((sum, { key }) => sum + Buffer.byteLength(key) + LONGEST_TIME, 0);
  return { take, need: keys + MAX_RECORD_BYTES + 16, names: written.map(({ name }) => name) };
}
