import { CharSet } from './char-set';
import { groupNames, LinePatternError, type PatternNode, parseLinePattern, type Span } from './syntax';

/**
 * A pattern as a machine that looks at each byte of a line once: in each state a byte leads to one state or to none. Time is
 * linear by construction. A pattern for which there is no such machine is refused: where a byte could go on in two ways, only
 * trying both would tell, and trying is what takes a regular expression quadratic or exponential time.
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
  /** By state: where in the pattern it goes on; -1 after its end. */
  readonly expected: Int32Array;
}

/** Steps of a pattern, counts written out. Each takes a KiB. */
const MAX_STEPS = 2000;
/** Continuation bytes of UTF-8. */
const CONTINUATION = { from: 0x80, to: 0xbf };

interface CharStep extends Span {
  readonly kind: 'char';
  readonly set: CharSet;
  to: number;
  next: Step;
  state: number;
}

type Step =
  | CharStep
  | { readonly kind: 'split'; readonly ways: Step[] }
  | { readonly kind: 'save'; readonly slot: number; readonly next: Step }
  | { readonly kind: 'end' };

/** @throws LinePatternError for a pattern that is none, or is ambiguous */
export function compileLinePattern(pattern: string): Automaton {
  return compileNode(pattern, parseLinePattern(pattern));
}

/** Compiles a part of a pattern as if it were a whole one. */
export function compileNode(pattern: string, node: PatternNode): Automaton {
  const groups = groupNames(node);
  const chars: CharStep[] = [];
  const first = build(node, { kind: 'end' }, groups, chars);
  const size = chars.length + 2;
  const next = new Uint16Array(size * 256);
  const action = new Uint16Array(size * 256);
  const accept = new Int32Array(size).fill(-1);
  const expected = new Int32Array(size).fill(-1);
  const actions: (readonly number[])[] = [[]];
  const known = new Map<string, number>([['', 0]]);
  const numbered = (slots: readonly number[]): number => {
    const key = slots.join();
    const number = known.get(key) ?? actions.push(slots) - 1;
    known.set(key, number);
    return number;
  };
  const enter = (state: number, step: Step): void => {
    const { taken, end } = reach(pattern, step);
    if (end !== undefined) accept[state] = numbered(end);
    expected[state] = taken[0]?.char.from ?? -1;
    for (const { char, slots } of taken) {
      const number = numbered(slots);
      for (let byte = 0; byte < 256; byte += 1) {
        if (!char.set.has(byte)) continue;
        next[state * 256 + byte] = char.state;
        action[state * 256 + byte] = number;
      }
    }
  };
  enter(1, first);
  for (const char of chars) {
    enter(char.state, char.next);
    if (!char.set.isWide) continue;
    // The rest of a character beyond ASCII.
    for (let byte = CONTINUATION.from; byte <= CONTINUATION.to; byte += 1) {
      next[char.state * 256 + byte] = char.state;
      action[char.state * 256 + byte] = 0;
    }
  }
  return { pattern, groups, next, action, actions, accept, expected };
}

function build(node: PatternNode, next: Step, groups: readonly string[], chars: CharStep[], span?: Span): Step {
  switch (node.kind) {
    case 'set': {
      if (chars.length === MAX_STEPS) {
        throw new LinePatternError(
          `takes more than ${MAX_STEPS} steps, with its counts written out`,
          'write smaller counts, or * and +',
        );
      }
      const { from, to } = span ?? node;
      const char: CharStep = { kind: 'char', set: node.set, from, to, next, state: chars.length + 2 };
      chars.push(char);
      return char;
    }
    case 'sequence':
      return node.items.reduceRight((rest, item) => build(item, rest, groups, chars), next);
    case 'choice':
      return { kind: 'split', ways: node.items.map((item) => build(item, next, groups, chars)) };
    case 'group': {
      const slot = groups.indexOf(node.name) * 2;
      const inner = build(node.item, { kind: 'save', slot: slot + 1, next }, groups, chars);
      return { kind: 'save', slot, next: inner };
    }
    case 'repeat': {
      const { item, min, max, lazy } = node;
      const one = (rest: Step): Step => build(item, rest, groups, chars, item.kind === 'set' ? node : undefined);
      const either = (way: Step, out: Step): Step => ({ kind: 'split', ways: lazy ? [out, way] : [way, out] });
      let step = next;
      if (max === Number.POSITIVE_INFINITY) {
        const ways: Step[] = [];
        const loop: Step = { kind: 'split', ways };
        const way = one(loop);
        ways.push(...(lazy ? [next, way] : [way, next]));
        step = loop;
      } else {
        for (let count = min; count < max; count += 1) step = either(one(step), next);
      }
      for (let count = 0; count < min; count += 1) step = one(step);
      return step;
    }
  }
}

interface Reached {
  readonly taken: { readonly char: CharStep; readonly slots: readonly number[] }[];
  readonly end: readonly number[] | undefined;
}

/** What can come next, each by the most preferred way that takes no character. @throws LinePatternError where two take the same */
function reach(pattern: string, from: Step): Reached {
  const taken: { char: CharStep; slots: readonly number[] }[] = [];
  const seen = new Set<Step>();
  let end: readonly number[] | undefined;
  const open: { step: Step; slots: readonly number[] }[] = [{ step: from, slots: [] }];
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const { step, slots } = top;
    if (seen.has(step)) continue;
    seen.add(step);
    switch (step.kind) {
      case 'char':
        for (const other of taken) {
          const byte = step.set.common(other.char.set);
          if (byte >= 0) throw ambiguous(pattern, other.char, step, byte);
        }
        taken.push({ char: step, slots });
        break;
      case 'split':
        open.push(...step.ways.map((way) => ({ step: way, slots })).reverse());
        break;
      case 'save':
        open.push({ step: step.next, slots: [...slots, step.slot] });
        break;
      case 'end':
        end = slots;
        break;
    }
  }
  return { taken, end };
}

function ambiguous(pattern: string, one: CharStep, other: CharStep, byte: number): LinePatternError {
  const [first, second] = one.from <= other.from ? [one, other] : [other, one];
  const text = ({ from, to }: Span): string => pattern.slice(from, to);
  const shown = (span: Span): string => `'${text(span)}' at character ${span.from + 1}`;
  const char = byte > 127 ? 'a character beyond ASCII' : `'${String.fromCharCode(byte)}'`;
  if (first.from === second.from) {
    return new LinePatternError(`is ambiguous: ${char} may be this or the next repetition of ${shown(first)}`, ONE_WAY);
  }
  const [, count] = /^(?:\.|\\[DSW]|\[\^[^\]]*\])([*+]|\{\d+,\d*\})\??$/.exec(text(first)) ?? [];
  const isChar = byte < 128 && CharSet.byte(byte).equals(second.set);
  const instead = `[^${/[\w ]/.test(char.slice(1, -1)) ? '' : '\\'}${char.slice(1, -1)}]${count}`;
  return new LinePatternError(
    `is ambiguous: where ${shown(first)} takes ${char}, so does ${shown(second)}`,
    count !== undefined && isChar && text(first).startsWith('.')
      ? `write '${instead}' instead of '${text(first)}'`
      : ONE_WAY,
  );
}

const ONE_WAY =
  'write it so that each character decides alone how the match continues, for example [^ ]* up to a space instead of .*';
