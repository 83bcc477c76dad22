import { type Automaton, compileLinePattern } from '../dataset/line-pattern';
import type { Fields } from './fields';
import { quoteName } from './reasons';

/** Bytes of the line and characters of the pattern that a reason shows. */
const SHOWN = 40;

/** Matches whole lines with a pattern, each byte looked at once. */
export class LineMatcher {
  readonly #automaton: Automaton;
  readonly #slots: Int32Array;
  /** Where the last line that did not match stopped. */
  #stoppedAt = 0;
  #stoppedIn = 0;

  /** @throws LinePatternError */
  constructor(pattern: string | Automaton) {
    this.#automaton = typeof pattern === 'string' ? compileLinePattern(pattern) : pattern;
    this.#slots = new Int32Array(2 * this.#automaton.groups.length);
  }

  get groups(): readonly string[] {
    return this.#automaton.groups;
  }

  /** Matches the line `[from, to)`, valid UTF-8. Groups become fields; one that took no part is empty. */
  match(buf: Buffer, from: number, to: number, fields: Fields): boolean {
    const { next, action, actions, accept } = this.#automaton;
    const slots = this.#slots;
    slots.fill(-1);
    let state = 1;
    let i = from;
    for (; i < to; i++) {
      const step = (state << 8) | (buf[i] as number);
      const following = next[step] as number;
      if (following === 0) break;
      const number = action[step] as number;
      if (number !== 0) for (const slot of actions[number] as readonly number[]) slots[slot] = i;
      state = following;
    }
    const last = accept[state] as number;
    if (i < to || last < 0) {
      this.#stoppedAt = i;
      this.#stoppedIn = state;
      return false;
    }
    for (const slot of actions[last] as readonly number[]) slots[slot] = to;
    fields.count = slots.length / 2;
    for (let group = 0; group < fields.count; group++) {
      const start = slots[2 * group] as number;
      if (start < 0) fields.set(group, from, from, 0);
      else fields.set(group, start, slots[2 * group + 1] as number, 0);
    }
    return true;
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
