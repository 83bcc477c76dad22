import type { CharSet } from './char-set';
import { LinePatternError, type PatternNode, type Span } from './syntax';

/** Steps of a pattern, counts written out. Each takes a KiB. */
const MAX_STEPS = 2000;
/** A character of the line. */
export interface CharStep extends Span {
  readonly kind: 'char';
  readonly set: CharSet;
  to: number;
  next: Step;
  state: number;
}

export type Step =
  | CharStep
  | { readonly kind: 'split'; readonly ways: Step[] }
  | { readonly kind: 'save'; readonly slot: number; readonly next: Step }
  | { readonly kind: 'end' };

/** The steps of a part of a pattern, and then those after it. Characters get numbers. */
export function buildSteps(
  node: PatternNode,
  next: Step,
  groups: readonly string[],
  chars: CharStep[],
  span?: Span,
): Step {
  switch (node.kind) {
    case 'set': {
      if (chars.length === MAX_STEPS) {
        throw new LinePatternError(
          `takes more than ${MAX_STEPS} steps, with its counts written out`,
          'write smaller counts, or * and +',
        );
      }
      const { from, to } = span ?? node;
      const char: CharStep = { kind: 'char', set: node.set, from, to, next, state: chars.length };
      chars.push(char);
      return char;
    }
    case 'sequence':
      return node.items.reduceRight((rest, item) => buildSteps(item, rest, groups, chars), next);
    case 'choice':
      return { kind: 'split', ways: node.items.map((item) => buildSteps(item, next, groups, chars)) };
    case 'group': {
      const slot = groups.indexOf(node.name) * 2;
      const inner = buildSteps(node.item, { kind: 'save', slot: slot + 1, next }, groups, chars);
      return { kind: 'save', slot, next: inner };
    }
    case 'repeat': {
      const { item, min, max, lazy } = node;
      const one = (rest: Step): Step => buildSteps(item, rest, groups, chars, item.kind === 'set' ? node : undefined);
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

export interface Reached {
  readonly taken: { readonly char: CharStep; readonly slots: readonly number[] }[];
  readonly end: readonly number[] | undefined;
}

/** What can come next, each by the most preferred way that takes no character. */
export function reach(from: Step): Reached {
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
