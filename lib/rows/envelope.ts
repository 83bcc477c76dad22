import type { SourcePath } from '../dataset/model';
import { describePath } from '../dataset/sources';
import { ASCII } from './bytes';
import { Carried } from './carried';
import { EnvelopeLevel, type EnvelopeMember } from './envelope-members';
import { type Found, memberAt, OPEN, Walk } from './envelope-walk';
import { Extent, inOneLine, skipBlank } from './json-extent';
import { describeValue, quoteName } from './reasons';
import { MAX_UNKNOWN_NAMES } from './unknown';

const { LEFT_BRACE, LEFT_BRACKET, LOWER_N, RIGHT_BRACE } = ASCII;

/** What an envelope looks like. */
export interface EnvelopeShape {
  /** Names that lead to the record, or to the array of records. */
  readonly unwrap: SourcePath;
  /** Members that each record gets under their last name. */
  readonly carry: readonly SourcePath[];
  /** Whether other spellings of a name in snake case are the same member. */
  readonly snake: boolean;
}

const NOTHING = new Carried([], false);
const NO_VALUES: (Buffer | undefined)[] = [];
const nothing = (): Buffer | undefined => undefined;

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
  readonly #walk = new Walk(this.#extent);
  readonly #levels: readonly EnvelopeLevel[];
  /** By level: the member that was looked at last. */
  readonly #last: (EnvelopeMember | undefined)[];
  /** By number of a carried member: whether the member that is or holds it was met in the envelope. */
  readonly #seen: boolean[];
  /** Those that are neither carried nor lead to the records, of what was entered or left last. */
  readonly #others: string[] = [];
  #otherCount = 0;
  #firstKey: Buffer = Buffer.alloc(0);
  /** Reads what may be the next one. */
  #next: Envelope | undefined;

  constructor(shape: EnvelopeShape) {
    this.#shape = shape;
    this.#levels = shape.unwrap.map((_, level) => new EnvelopeLevel(shape.unwrap, shape.carry, level));
    this.#last = shape.unwrap.map(() => undefined);
    this.#seen = shape.carry.map(() => false);
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
    const { unwrap, carry, snake } = this.#shape;
    const walk = this.#walk;
    const last = this.#last;
    const values = carry.length === 0 ? NO_VALUES : carry.map(nothing);
    const seen = this.#seen.fill(false);
    let records = -1;
    let reason: string | undefined;
    this.lacking = undefined;
    this.#otherCount = 0;
    let first: EnvelopeMember | undefined;
    let level = 0;
    let deepest = -1;
    last[0] = undefined;
    walk.begin(buf, start + 1, end, final);
    if (!walk.next()) return OPEN;
    for (;;) {
      if (walk.byte === RIGHT_BRACE) {
        walk.at++;
        if (level === 0) break;
        level--;
      } else {
        if (!walk.key()) return walk.fault;
        const member = this.#member(level);
        first ??= member;
        const value = walk.at;
        const { isOnPath, carries } = member;
        const isTarget = isOnPath && level === unwrap.length - 1;
        if (isOnPath && level <= deepest) return twice(member.name);
        if (isOnPath) deepest = level;
        if (isOnPath && !isTarget && walk.byte === LEFT_BRACE) {
          level++;
          last[level] = undefined;
          walk.at++;
          if (!walk.next()) return OPEN;
          continue;
        }
        if (isTarget && (walk.byte === LEFT_BRACE || walk.byte === LEFT_BRACKET)) {
          records = value;
          if (!values.includes(undefined)) break;
          this.lacking = `not all of ${carry.map((path) => path.at(-1)).join(', ')} stand before its records`;
        }
        if (!walk.value()) return walk.fault;
        if (isOnPath && records < 0) {
          reason = noRecord(buf, value, walk.at, describePath(unwrap.slice(0, level + 1)), isTarget);
        }
        for (const { index, rest } of carries) {
          if (seen[index]) return twice(member.name);
          seen[index] = true;
          const found = memberAt(buf, value, walk.at, rest, this.#extent);
          if (found === undefined) continue;
          if ('twice' in found) return twice(found.twice);
          values[index] = inOneLine(buf, found[0], found[1]).subarray(0, -1);
        }
        // Those behind the records are read once more, and counted then.
        if (carries.length === 0 && !isOnPath && records < 0) this.#others[this.#otherCount++] = member.path;
      }
      if (!walk.next()) return OPEN;
      if (walk.byte !== RIGHT_BRACE && !walk.comma()) return walk.fault;
    }
    this.lacking = undefined;
    if (records < 0) {
      reason ??= `there is no member ${describePath(unwrap)} to take records from`;
      return { kind: 'ended', at: walk.at, reason };
    }
    this.isOpen = true;
    this.isInArray = buf[records] === LEFT_BRACKET;
    this.isAfter = false;
    this.offset = offset;
    this.#firstKey = first?.token ?? this.#firstKey;
    const isAny = values.some((value) => value !== undefined);
    this.carried = isAny ? new Carried(carried(carry, values), snake) : NOTHING;
    return { kind: 'records', at: this.isInArray ? records + 1 : records };
  }

  /** Reads an envelope from behind its records to its end. */
  leave(buf: Buffer, start: number, end: number, final: boolean): Found {
    const walk = this.#walk;
    this.#otherCount = 0;
    let level = this.#shape.unwrap.length - 1;
    walk.begin(buf, start, end, final);
    for (;;) {
      if (!walk.next()) return OPEN;
      if (walk.byte === RIGHT_BRACE) {
        walk.at++;
        if (level === 0) break;
        level--;
        continue;
      }
      if (!walk.comma() || !walk.key()) return walk.fault;
      const member = this.#member(level);
      if (member.isOnPath) return twice(member.name);
      if (!walk.value()) return walk.fault;
      if (member.carries.length === 0) this.#others[this.#otherCount++] = member.path;
    }
    return { kind: 'ended', at: walk.at, reason: undefined };
  }

  /** What is known of the member whose name was read last, at a level. */
  #member(level: number): EnvelopeMember {
    const { buf, keyAt, keyEnd } = this.#walk;
    const member = (this.#levels[level] as EnvelopeLevel).at(buf, keyAt, keyEnd, this.#last[level]);
    this.#last[level] = member;
    return member;
  }

  /**
   * Whether the object at a brace is the next envelope, and this one was cut off: it begins with the key that this one began with,
   * and holds records as this one does. A record may begin with that key, too. Undefined where that cannot be told yet.
   */
  isNext(buf: Buffer, brace: number, end: number, final: boolean): boolean | undefined {
    const at = skipBlank(buf, brace + 1, end);
    const to = at + this.#firstKey.length;
    if (to > end && !final) return undefined;
    if (!this.#firstKey.equals(buf.subarray(at, Math.min(to, end)))) return false;
    this.#next ??= new Envelope(this.#shape);
    const found = this.#next.enter(buf, brace, end, final, 0);
    if (found.kind === 'open' && !final) return undefined;
    return found.kind === 'records' && this.#next.isInArray === this.isInArray;
  }

  /** Counts the undeclared members of what was entered or left last. */
  count(): void {
    for (let i = 0; i < this.#otherCount; i++) this.#count(this.#others[i] as string);
    this.#otherCount = 0;
  }

  #count(name: string): void {
    const count = this.undeclared.get(name);
    if (count === undefined && this.undeclared.size === MAX_UNKNOWN_NAMES) this.otherUndeclared++;
    else this.undeclared.set(name, (count ?? 0) + 1);
  }
}

/** Names and values of members that are carried. */
function carried(carry: readonly SourcePath[], values: readonly (Buffer | undefined)[]): [string, Buffer][] {
  return carry.flatMap((path, index): [string, Buffer][] => {
    const value = values[index];
    return value === undefined ? [] : [[path.at(-1) ?? '', value]];
  });
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
