import type { SourcePath } from '../dataset/model';
import { describePath } from '../dataset/sources';
import { ASCII } from './bytes';
import { Carried } from './carried';
import { skipString } from './json';
import { Extent, inOneLine, LONGEST_ESCAPE, skipBlank } from './json-extent';
import { describeValue, quoteName } from './reasons';

const { COLON, COMMA, LEFT_BRACE, LEFT_BRACKET, LOWER_N, QUOTE, RIGHT_BRACE } = ASCII;

/** What an envelope looks like. */
export interface EnvelopeShape {
  /** Names that lead to the record, or to the array of records. */
  readonly unwrap: SourcePath;
  /** Members that each record gets under their last name. */
  readonly carry: readonly SourcePath[];
  /** Whether other spellings of a name in snake case are the same member. */
  readonly snake: boolean;
}

/** What was found of an envelope. */
export type Found =
  /** It does not end within the bytes that were given. */
  | { readonly kind: 'open' }
  /** It is not JSON, or not what it should be. */
  | { readonly kind: 'broken'; readonly reason: string | undefined }
  /** It ends at the position, and holds no record, or no more. */
  | { readonly kind: 'ended'; readonly at: number; readonly reason: string | undefined }
  /** Its records begin at the position. */
  | { readonly kind: 'records'; readonly at: number };

const OPEN: Found = { kind: 'open' };
const NOTHING = new Carried([], false);
/** Undeclared members that are listed by name. */
const MAX_NAMES = 100;

/**
 * Reads the envelopes around records: what stands before the records as a whole, the records one by one, then what stands
 * behind them as a whole. Where members to be carried do not all stand before the records, the whole envelope is needed.
 */
export class Envelope {
  /** Whether an envelope has begun, its records are elements of an array, they are over. */
  isOpen = false;
  isInArray = false;
  isAfter = false;
  /** Where it begins in the object. */
  offset = 0;
  carried = NOTHING;
  /** Why it is needed as a whole. */
  lacking: string | undefined;
  /** Members that are neither carried nor lead to the records, by name. */
  readonly undeclared = new Map<string, number>();
  otherUndeclared = 0;
  readonly #shape: EnvelopeShape;
  readonly #extent = new Extent();
  #names: readonly string[] = [];
  #firstKey: Buffer = Buffer.alloc(0);

  constructor(shape: EnvelopeShape) {
    this.#shape = shape;
  }

  reset(): void {
    this.isOpen = false;
    this.isInArray = false;
    this.isAfter = false;
    this.carried = NOTHING;
  }

  /** Takes the end of its last record. */
  leaveRecords(): void {
    this.isInArray = false;
    this.isAfter = true;
  }

  /** Reads an envelope from its brace up to the records. */
  enter(buf: Buffer, start: number, end: number, final: boolean, offset: number): Found {
    const { unwrap, carry } = this.#shape;
    const walk = new Walk(buf, end, final, this.#extent);
    const values = new Array<Buffer | undefined>(carry.length).fill(undefined);
    const names: string[] = [];
    let records: number | undefined;
    let reason = `there is no member ${describePath(unwrap)} to take records from`;
    this.lacking = undefined;
    let firstKey: Buffer | undefined;
    let level = 0;
    walk.at = start + 1;
    if (walk.next() === 'open') return OPEN;
    for (;;) {
      if (walk.byte === RIGHT_BRACE) {
        walk.at++;
        if (level === 0) break;
        level--;
      } else {
        const name = walk.key();
        if (name === undefined) return walk.fault;
        firstKey ??= Buffer.from(buf.subarray(skipBlank(buf, start + 1, end), walk.keyEnd));
        const value = walk.at;
        const isOnPath = name === unwrap[level];
        const isTarget = isOnPath && level === unwrap.length - 1;
        if (isOnPath && records !== undefined) return twice(name);
        if (isOnPath && !isTarget && walk.byte === LEFT_BRACE) {
          level++;
          walk.at++;
          if (walk.next() === 'open') return OPEN;
          continue;
        }
        if (isTarget && (walk.byte === LEFT_BRACE || walk.byte === LEFT_BRACKET)) {
          records = value;
          if (!values.includes(undefined)) break;
          this.lacking = `not all of ${carry.map((path) => path.at(-1)).join(', ')} stand before its records`;
        }
        if (!walk.value()) return walk.fault;
        if (isOnPath && records === undefined) {
          reason = noRecord(buf, value, walk.at, describePath(unwrap.slice(0, level + 1)), isTarget);
        }
        let isCarried = isOnPath;
        for (const [index, path] of carry.entries()) {
          if (!leadsTo(path, unwrap, level, name)) continue;
          isCarried = true;
          const found = memberAt(buf, value, walk.at, path.slice(level + 1), this.#extent);
          if (found === undefined) continue;
          if (values[index] !== undefined) return twice(path.at(-1) ?? name);
          values[index] = inOneLine(buf, found[0], found[1]).subarray(0, -1);
        }
        if (!isCarried) names.push([...unwrap.slice(0, level), name].join('.'));
      }
      if (walk.next() === 'open') return OPEN;
      if (walk.byte !== RIGHT_BRACE && !walk.comma()) return walk.fault;
    }
    this.#names = names;
    this.lacking = undefined;
    if (records === undefined) return { kind: 'ended', at: walk.at, reason };
    this.isOpen = true;
    this.isInArray = buf[records] === LEFT_BRACKET;
    this.isAfter = false;
    this.offset = offset;
    this.#firstKey = firstKey ?? this.#firstKey;
    const members = carry.flatMap((path, index): [string, Buffer][] => {
      const value = values[index];
      return value === undefined ? [] : [[path.at(-1) ?? '', value]];
    });
    this.carried = new Carried(members, this.#shape.snake);
    return { kind: 'records', at: this.isInArray ? records + 1 : records };
  }

  /** Reads an envelope from behind its records to its end. */
  leave(buf: Buffer, start: number, end: number, final: boolean): Found {
    const { unwrap, carry } = this.#shape;
    const walk = new Walk(buf, end, final, this.#extent);
    const names: string[] = [];
    let level = unwrap.length - 1;
    walk.at = start;
    for (;;) {
      if (walk.next() === 'open') return OPEN;
      if (walk.byte === RIGHT_BRACE) {
        walk.at++;
        if (level === 0) break;
        level--;
        continue;
      }
      if (!walk.comma()) return walk.fault;
      const name = walk.key();
      if (name === undefined) return walk.fault;
      if (name === unwrap[level]) return twice(name);
      if (!walk.value()) return walk.fault;
      if (!carry.some((path) => leadsTo(path, unwrap, level, name))) {
        names.push([...unwrap.slice(0, level), name].join('.'));
      }
    }
    this.#names = names;
    return { kind: 'ended', at: walk.at, reason: undefined };
  }

  /** Whether the object at a brace begins with the key that the envelope began with; undefined where that cannot be told. */
  beginsAlike(buf: Buffer, brace: number, end: number, final: boolean): boolean | undefined {
    const at = skipBlank(buf, brace + 1, end);
    const to = at + this.#firstKey.length;
    if (to > end && !final) return undefined;
    return this.#firstKey.equals(buf.subarray(at, Math.min(to, end)));
  }

  /** Counts the undeclared members of what was entered or left last. */
  count(): void {
    for (const name of this.#names) this.#count(name);
    this.#names = [];
  }

  #count(name: string): void {
    const count = this.undeclared.get(name);
    if (count === undefined && this.undeclared.size === MAX_NAMES) this.otherUndeclared++;
    else this.undeclared.set(name, (count ?? 0) + 1);
  }
}

/** Steps through the members of an object. */
class Walk {
  at = 0;
  keyEnd = 0;
  fault: Found = OPEN;

  constructor(
    readonly buf: Buffer,
    readonly end: number,
    readonly final: boolean,
    readonly extent: Extent,
  ) {}

  get byte(): number {
    return this.buf[this.at] as number;
  }

  /** Goes on to the next byte that is not white space. */
  next(): 'open' | 'there' {
    this.at = skipBlank(this.buf, this.at, this.end);
    if (this.at < this.end) return 'there';
    this.fault = OPEN;
    return 'open';
  }

  comma(): boolean {
    if (this.byte !== COMMA) return this.#broken(this.at);
    this.at++;
    return this.next() === 'there';
  }

  /** The name of the member that begins here; then its value stands here. */
  key(): string | undefined {
    const { buf } = this;
    const from = this.at;
    if (this.byte !== QUOTE) return this.#undefined(from);
    const to = skipString(buf, from + 1);
    if (to < 0) return this.#undefined(~to);
    this.keyEnd = to;
    this.at = to;
    if (this.next() === 'open') return undefined;
    if (buf[this.at] !== COLON) return this.#undefined(this.at);
    this.at++;
    if (this.next() === 'open') return undefined;
    return JSON.parse(buf.toString('utf8', from, to)) as string;
  }

  /** Goes behind the value that stands here. */
  value(): boolean {
    const found = this.extent.scan(this.buf, this.at, this.end, this.final);
    if (found === 'broken') return this.#broken(this.extent.at);
    if (found === 'open') {
      this.fault = OPEN;
      return false;
    }
    this.at = this.extent.at;
    return true;
  }

  #undefined(at: number): undefined {
    this.#broken(at);
  }

  #broken(at: number): false {
    // An escape may be cut off.
    const isCut = at >= this.end || (!this.final && at + LONGEST_ESCAPE > this.end);
    this.fault = isCut ? OPEN : { kind: 'broken', reason: undefined };
    return false;
  }
}

const twice = (name: string): Found => ({
  kind: 'broken',
  reason: `the envelope has the key ${quoteName(name)} twice`,
});

function noRecord(buf: Buffer, from: number, to: number, target: string, isTarget: boolean): string {
  if (buf[from] === LOWER_N) return `${target} is null: there is no record to take`;
  const expected = isTarget ? 'an object or an array of objects' : 'an object';
  return `${target}: expected ${expected}, found ${describeValue(buf, from, to)}`;
}

/** Whether a member of a level is that of a path, or holds it. */
function leadsTo(path: SourcePath, unwrap: SourcePath, level: number, name: string): boolean {
  return path[level] === name && path.slice(0, level).every((one, index) => one === unwrap[index]);
}

/** Start and end of the member of a value that a path leads to; undefined where there is none. */
function memberAt(
  buf: Buffer,
  from: number,
  to: number,
  path: SourcePath,
  extent: Extent,
): readonly [number, number] | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return [from, to];
  if (buf[from] !== LEFT_BRACE) return undefined;
  const walk = new Walk(buf, to, true, extent);
  walk.at = from + 1;
  for (;;) {
    walk.next();
    if (walk.byte === RIGHT_BRACE) return undefined;
    if (walk.byte === COMMA) walk.comma();
    const key = walk.key();
    const value = walk.at;
    if (key === undefined || !walk.value()) return undefined;
    if (key === name) return memberAt(buf, value, walk.at, rest, extent);
  }
}
