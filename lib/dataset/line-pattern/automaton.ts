import { CharSet } from './char-set';
import { buildSteps, type CharStep, type Reached, reach, type Step } from './steps';
import { groupNames, LinePatternError, type PatternNode, parseLinePattern, type Span } from './syntax';

/**
 * A pattern as a machine that looks at each byte of a line once: in each state a byte leads to one state or to none. Time is
 * linear by construction. Where a byte may go on in two ways, a state stands for both until one of them ends. A pattern for
 * which there is no such machine is refused: one that a line could match in two ways, and one in which the texts of a
 * group would have to be remembered for each way. Trying one after the other is what takes a regular expression quadratic or
 * exponential time.
 */
export interface Automaton {
  readonly pattern: string;
  readonly groups: readonly string[];
  /** By `state * 256 + byte`: the next state, 0 for none. The first state is 1. */
  readonly next: Uint16Array;
  /** By the same: what of `actions` is done before the step. */
  readonly action: Uint16Array;
  /** Slots that get the position: `2 * group` where it begins, `2 * group + 1` where it ends. The first has none. */
  readonly actions: readonly (readonly number[])[];
  /** By state: what of `actions` is done at the end of the line; -1 where it must not end. */
  readonly accept: Int32Array;
  /** By state in which a line may end: slots of another way that did not, which hold nothing. Absent for none. */
  readonly stale: ReadonlyMap<number, readonly number[]>;
  /** By state: where in the pattern it goes on; -1 after its end. */
  readonly expected: Int32Array;
}

/** States of a pattern. Each takes 2 KiB. */
const MAX_STATES = 4000;
/** Continuation bytes of UTF-8. */
const CONTINUATION = { from: 0x80, to: 0xbf };

/** @throws LinePatternError for a pattern that is none, or is ambiguous */
export function compileLinePattern(pattern: string): Automaton {
  return compileNode(pattern, parseLinePattern(pattern));
}

/** Compiles a part of a pattern as if it were a whole one. */
export function compileNode(pattern: string, node: PatternNode): Automaton {
  const groups = groupNames(node);
  const chars: CharStep[] = [];
  const first = buildSteps(node, { kind: 'end' }, groups, chars);
  return { pattern, groups, ...determinize(pattern, first, chars) };
}

/** One way on: the character that was taken last, none at the beginning, and what another way has left in the slots. */
interface Way {
  readonly char: CharStep | undefined;
  readonly stale: ReadonlySet<number>;
}

/** States, numbered from 1, each for the ways that a line may go on. */
function determinize(pattern: string, first: Step, chars: readonly CharStep[]): Omit<Automaton, 'pattern' | 'groups'> {
  const start = reach(first);
  const after = new Map(chars.map((char) => [char, reach(char.next)]));
  const reached = ({ char }: Way): Reached => (char === undefined ? start : (after.get(char) ?? start));
  const written = slotsWritten(start, after);
  const alike = alikeBytes(chars);
  const next: number[][] = [[]];
  const action: number[][] = [[]];
  const accept: number[] = [-1];
  const expected: number[] = [-1];
  const stale = new Map<number, readonly number[]>();
  const actions: (readonly number[])[] = [[]];
  const knownActions = new Map<string, number>([['', 0]]);
  const numbered = (slots: readonly number[]): number => {
    const key = slots.join();
    const number = knownActions.get(key) ?? actions.push(slots) - 1;
    knownActions.set(key, number);
    return number;
  };
  const states: (readonly Way[])[] = [[], [{ char: undefined, stale: new Set() }]];
  /** Where the ways of a state have parted, for messages. */
  const forks: (readonly [CharStep, CharStep, number] | undefined)[] = [undefined, undefined];
  const knownStates = new Map<string, number>();
  const stateOf = (ways: readonly Way[], fork: (typeof forks)[number]): number => {
    const key = ways.map(({ char, stale: left }) => `${char?.state}:${[...left].sort()}`).join(' ');
    const known = knownStates.get(key);
    if (known !== undefined) return known;
    if (states.length > MAX_STATES) {
      throw fork === undefined
        ? new LinePatternError(`takes more than ${MAX_STATES} states`, 'write smaller counts, or * and +')
        : ambiguous(pattern, ...fork);
    }
    knownStates.set(key, states.length);
    forks.push(ways.length > 1 ? fork : undefined);
    return states.push(ways) - 1;
  };
  for (let state = 1; state < states.length; state += 1) {
    const ways = states[state] ?? [];
    const row = new Array<number>(256).fill(0);
    const done = new Array<number>(256).fill(0);
    const candidates = ways.flatMap((way) => reached(way).taken.map((taken) => ({ way, ...taken })));
    const ends = ways.flatMap((way) => ({ way, end: reached(way).end })).filter(({ end }) => end !== undefined);
    const [ending, another] = ends;
    const own = forks[state];
    if (another !== undefined && own !== undefined) throw ambiguous(pattern, ...own);
    accept[state] = ending?.end === undefined ? -1 : numbered(ending.end);
    const left = [...(ending?.way.stale ?? [])].filter((slot) => ending?.end?.includes(slot) !== true);
    if (left.length > 0) stale.set(state, left);
    expected[state] = candidates[0]?.char.from ?? -1;
    for (const bytes of alike) {
      const [byte = 0] = bytes;
      const taking = candidates.filter(({ char }) => char.set.has(byte));
      const [one, other] = taking;
      if (one === undefined) continue;
      const fork = own ?? (other === undefined ? undefined : ([one.char, other.char, byte] as const));
      if (fork !== undefined && !isApart(taking, byte, written)) throw ambiguous(pattern, ...fork);
      const saving = taking.flatMap(({ slots }) => slots);
      const target = taking.map(({ way, char, slots }): Way => {
        // What the other ways save is nothing to this one.
        return { char, stale: new Set([...way.stale, ...saving].filter((slot) => !slots.includes(slot))) };
      });
      const to = stateOf(target, fork);
      const saved = numbered([...new Set(saving)]);
      for (const same of bytes) {
        row[same] = to;
        done[same] = saved;
      }
    }
    if (ways.some(({ char }) => char?.set.isWide === true)) {
      // The rest of a character beyond ASCII.
      for (let byte = CONTINUATION.from; byte <= CONTINUATION.to; byte += 1) {
        row[byte] = state;
        done[byte] = 0;
      }
    }
    next[state] = row;
    action[state] = done;
  }
  const flat = (rows: readonly (readonly number[])[]): Uint16Array => {
    const all = new Uint16Array(states.length * 256);
    for (const [state, row] of rows.entries()) all.set(row, state * 256);
    return all;
  };
  return {
    next: flat(next),
    action: flat(action),
    actions,
    accept: Int32Array.from(accept),
    expected: Int32Array.from(expected),
    stale,
  };
}

/** Bytes that the same characters of a pattern take, those that can be shown first. */
function alikeBytes(chars: readonly CharStep[]): readonly (readonly number[])[] {
  const sets = [...new Set(chars.map(({ set }) => set))];
  const alike = new Map<string, number[]>();
  for (let count = 0; count < 256; count += 1) {
    const byte = (count + 32) % 256;
    const key = sets.map((set) => Number(set.has(byte))).join('');
    const known = alike.get(key);
    if (known === undefined) alike.set(key, [byte]);
    else known.push(byte);
  }
  return [...alike.values()];
}

type Candidate = Reached['taken'][number] & { readonly way: Way };

/** Whether the ways on with a byte stay apart: no two are one from here on, and none overwrites what another has in a slot. */
function isApart(
  taking: readonly Candidate[],
  byte: number,
  written: ReadonlyMap<CharStep | undefined, ReadonlySet<number>>,
): boolean {
  if (taking.length < 2) return true;
  if (new Set(taking.map(({ char }) => char)).size < taking.length) return false;
  // The further bytes of a character would have to mean the same to all.
  if (byte >= 0x80 && !taking.every(({ char }) => char.set.isWide)) return false;
  return taking.every(({ way }) => {
    // Groups do not repeat, so that no way writes a slot twice itself.
    const isHeld = (slot: number): boolean => !way.stale.has(slot) && written.get(way.char)?.has(slot) === true;
    return !taking.some((other) => other.slots.some(isHeld));
  });
}

/** By character: slots that may hold a position once it is taken. */
function slotsWritten(
  start: Reached,
  after: ReadonlyMap<CharStep, Reached>,
): ReadonlyMap<CharStep | undefined, ReadonlySet<number>> {
  const written = new Map<CharStep | undefined, Set<number>>([[undefined, new Set()]]);
  const open: (CharStep | undefined)[] = [undefined];
  for (let char = open.pop(), more = true; more; more = open.length > 0, char = open.pop()) {
    const before = written.get(char) ?? new Set();
    for (const { char: to, slots } of (char === undefined ? start : (after.get(char) ?? start)).taken) {
      const known = written.get(to);
      const all = new Set([...(known ?? []), ...before, ...slots]);
      if (known !== undefined && all.size === known.size) continue;
      written.set(to, all);
      open.push(to);
    }
  }
  return written;
}

function ambiguous(pattern: string, one: CharStep, other: CharStep, byte: number): LinePatternError {
  const [first, second] = one.from <= other.from ? [one, other] : [other, one];
  const text = ({ from, to }: Span): string => pattern.slice(from, to);
  const shown = (span: Span): string => `'${text(span)}' at character ${span.from + 1}`;
  const char = byte > 127 ? 'a character beyond ASCII' : `'${String.fromCharCode(byte)}'`;
  if (first.from === second.from) {
    return new LinePatternError(`is ambiguous: ${char} may be this or the next repetition of ${shown(first)}`, ONE_WAY);
  }
  const [, count] = /^\.([*+]|\{\d+,\d*\})\??$/.exec(text(first)) ?? [];
  const isChar = byte < 128 && CharSet.byte(byte).equals(second.set);
  const instead = `[^${/[\w ]/.test(char.slice(1, -1)) ? '' : '\\'}${char.slice(1, -1)}]${count}`;
  return new LinePatternError(
    `is ambiguous: where ${shown(first)} takes ${char}, so does ${shown(second)}`,
    count !== undefined && isChar ? `write '${instead}' instead of '${text(first)}'` : ONE_WAY,
  );
}

const ONE_WAY =
  'write it so that each character decides alone how the match continues, for example [^ ]* up to a space instead of .*';
