import { type Automaton, compileLinePattern } from '../dataset/line-pattern';
import { ASCII } from './bytes';
import type { Fields } from './fields';
import { quoteName } from './reasons';
import * as words from './words';

const { NEWLINE, SPACE } = ASCII;
// Taken out of their module for the same reason as the constants.
const { hasBlank, hasByte, viewOf } = words;

/** Bytes of the line and characters of the pattern that a reason shows. */
const SHOWN = 40;

/** There are some thousand states, and no more actions. */
const STATE_BITS = 14;
const LAST_STATE = (1 << STATE_BITS) - 1;

/** A state stays as it is up to a control character or blank; or it is looked at byte by byte. */
const BLANKS = -1;
const NOTHING = -2;

/** Where a state ends that otherwise leads to itself with nothing to be done. */
function endOf(steps: Int32Array, state: number): number {
  const ends: number[] = [];
  for (let byte = 0; byte < 256; byte++) if (steps[(state << 8) | byte] !== state) ends.push(byte);
  // Bytes that no line of UTF-8 holds.
  const found = ends.filter((byte) => byte !== NEWLINE && byte !== 0xc0 && byte !== 0xc1 && byte < 0xf5);
  if (found.length <= 1) return found[0] ?? NEWLINE;
  return found.every((byte) => byte <= SPACE) ? BLANKS : NOTHING;
}

/** What a pattern was compiled to. */
interface Tables {
  readonly automaton: Automaton;
  readonly steps: Int32Array;
  readonly ends: Int32Array;
}

/** To compile a pattern takes as long as to match some thousand lines, and each object has its own matcher. A table may have megabytes. */
const MOST_KNOWN = 4;
const known = new Map<string, Tables>();

function tablesOf(pattern: string): Tables {
  let found = known.get(pattern);
  if (found === undefined) {
    found = tablesFor(compileLinePattern(pattern));
    const [oldest] = known.keys();
    if (known.size === MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    known.set(pattern, found);
  }
  return found;
}

function tablesFor(automaton: Automaton): Tables {
  const { next, action } = automaton;
  const steps = Int32Array.from(next, (state, step) =>
    state === 0 ? 0 : state | ((action[step] as number) << STATE_BITS),
  );
  const ends = Int32Array.from({ length: next.length / 256 }, (_, state) => endOf(steps, state));
  return { automaton, steps, ends };
}

/** Matches whole lines with a pattern, each byte looked at once. */
export class LineMatcher {
  readonly #automaton: Automaton;
  /** By `state * 256 + byte`, as in the automaton: the next state, and above it what is done before. */
  readonly #steps: Int32Array;
  /** By state: the only byte of a line at which it does not stay as it is, `BLANKS` or `NOTHING`. */
  readonly #ends: Int32Array;
  readonly #slots: Int32Array;
  #buf: Buffer | undefined;
  #view = viewOf(Buffer.alloc(0));
  /** Where the last line that did not match stopped. */
  #stoppedAt = 0;
  #stoppedIn = 0;

  /** @throws LinePatternError */
  constructor(pattern: string | Automaton) {
    const { automaton, steps, ends } = typeof pattern === 'string' ? tablesOf(pattern) : tablesFor(pattern);
    this.#automaton = automaton;
    this.#steps = steps;
    this.#ends = ends;
    this.#slots = new Int32Array(2 * this.#automaton.groups.length);
  }

  get groups(): readonly string[] {
    return this.#automaton.groups;
  }

  /** Matches the line `[from, to)`, valid UTF-8. Groups become fields; one that took no part is empty. */
  match(buf: Buffer, from: number, to: number, fields: Fields): boolean {
    if (buf !== this.#buf) {
      this.#buf = buf;
      this.#view = viewOf(buf);
    }
    const { actions, accept, stale } = this.#automaton;
    const steps = this.#steps;
    const slots = this.#slots;
    // A native call would take longer for so few.
    for (let slot = 0; slot < slots.length; slot++) slots[slot] = -1;
    let state = 1;
    let i = from;
    for (; i < to; i++) {
      const step = steps[(state << 8) | (buf[i] as number)] as number;
      if (step === state) {
        i = this.#skip(state, i, to);
        continue;
      }
      if (step > LAST_STATE) {
        const saved = actions[step >>> STATE_BITS] as readonly number[];
        for (let k = 0; k < saved.length; k++) slots[saved[k] as number] = i;
      } else if (step === 0) {
        break;
      }
      state = step & LAST_STATE;
    }
    const last = accept[state] as number;
    if (i < to || last < 0) {
      this.#stoppedAt = i;
      this.#stoppedIn = state;
      return false;
    }
    for (const slot of actions[last] as readonly number[]) slots[slot] = to;
    const left = stale.get(state);
    if (left !== undefined) for (const slot of left) slots[slot] = -1;
    fields.count = slots.length / 2;
    for (let group = 0; group < fields.count; group++) {
      const start = slots[2 * group] as number;
      if (start < 0) fields.set(group, from, from, 0);
      else fields.set(group, start, slots[2 * group + 1] as number, 0);
    }
    return true;
  }

  /** The last position, from one in which a state stays as it is, up to which it certainly does. */
  #skip(state: number, at: number, to: number): number {
    const ends = this.#ends[state] as number;
    if (ends === NOTHING) return at;
    const view = this.#view;
    let i = at + 1;
    if (ends === BLANKS) while (i + 4 <= to && !hasBlank(view.getInt32(i, true))) i += 4;
    else while (i + 4 <= to && !hasByte(view.getInt32(i, true), ends)) i += 4;
    return i - 1;
  }

  /** Why the line `[from, to)` did not match. */
  describeStop(buf: Buffer, from: number, to: number): string {
    const { pattern, expected } = this.#automaton;
    const at = this.#stoppedAt;
    const found =
      at === to
        ? 'the line ends'
        : `it stops at byte ${at - from + 1}, before ${quoteName(buf.toString('utf8', at, Math.min(to, at + SHOWN)))},`;
    const place = expected[this.#stoppedIn] as number;
    const rest = pattern.slice(place, place + SHOWN);
    const wanted =
      place < 0 ? 'the pattern ends' : `the pattern goes on with ${rest}${place + SHOWN < pattern.length ? '...' : ''}`;
    return `does not match input.lines.pattern: ${found} where ${wanted}`;
  }
}
