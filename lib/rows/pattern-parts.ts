import { groupNames, type PatternNode, parseLinePattern } from '../dataset/line-pattern';
import type { CharSet } from '../dataset/line-pattern/char-set';
import { ASCII } from './bytes';

const { BACKSLASH, MINUS, QUOTE, SPACE } = ASCII;

/** What a pattern of lines is made of, one after the other. */
export type PatternPart =
  | { readonly kind: 'literal'; readonly byte: number }
  /** Text of any length of a set; or digits, with a minus before them or not. */
  | {
      readonly kind: 'text' | 'digits';
      /** @default no field takes it */
      readonly group?: string;
      readonly set: CharSet;
      readonly isSigned: boolean;
      readonly least: number;
      readonly most: number;
    }
  /** What a line may end without, and its groups. */
  | { readonly kind: 'rest'; readonly groups: readonly string[] };

/** A pattern that is more than parts in a row. */
class NoParts extends Error {}

/**
 * The parts of a pattern in which each but a literal ends where a literal, the end of the line or what may be missing there begins, with
 * a character that it does not hold. Where a part has a way through a backslash, that is left out: only lines without one are
 * read by the parts.
 *
 * @returns undefined for a pattern that has others
 */
export function partsOf(pattern: string): readonly PatternPart[] | undefined {
  try {
    const parts = partsIn(parseLinePattern(pattern), true);
    return parts.every((part, index) => isEnded(part, parts[index + 1], parts[index + 2])) ? parts : undefined;
  } catch (error) {
    if (error instanceof NoParts) return undefined;
    throw error;
  }
}

function isEnded(part: PatternPart, next: PatternPart | undefined, second: PatternPart | undefined): boolean {
  if (part.kind === 'literal') return true;
  if (part.kind === 'rest') return next === undefined;
  if (next === undefined || next.kind === 'rest') return true;
  if (next.kind !== 'literal' || (part.isSigned && next.byte === MINUS)) return false;
  return !part.set.has(next.byte) || endsBefore(part, next, second);
}

/** Whether a text goes up to one character before the first that it does not hold, as the name of a user in `bob [15/Jun`. */
export const endsBefore = (
  part: PatternPart,
  next: PatternPart | undefined,
  second: PatternPart | undefined,
): boolean =>
  part.kind === 'text' &&
  next?.kind === 'literal' &&
  second?.kind === 'literal' &&
  part.set.has(next.byte) &&
  !part.set.has(second.byte);

function partsIn(node: PatternNode, isLast: boolean): readonly PatternPart[] {
  switch (node.kind) {
    case 'set':
      return [{ kind: 'literal', byte: onlyByte(node.set) }];
    case 'group':
      return [named(node.item, node.name)];
    case 'repeat': {
      if (isLast && node.min === 0 && node.max === 1 && node.item.kind !== 'set') {
        return [{ kind: 'rest', groups: groupNames(node.item) }];
      }
      return [named(node, undefined)];
    }
    case 'sequence':
      return node.items.flatMap((item, index) => partsIn(item, isLast && index === node.items.length - 1));
    case 'choice':
      throw new NoParts();
  }
}

/** The one part that a group takes, or that no group does. */
function named(node: PatternNode, group: string | undefined): PatternPart {
  const name = group === undefined ? {} : { group };
  const items = (node.kind === 'sequence' ? node.items : [node]).filter(
    (item) => !(item.kind === 'repeat' && item.min === 0 && isEscape(item.item)),
  );
  const [first, second] = items;
  if (first?.kind !== 'repeat') throw new NoParts();
  if (items.length === 2 && second?.kind === 'repeat' && isMinus(first)) {
    return { ...name, kind: 'digits', ...digits(second), isSigned: true };
  }
  if (items.length !== 1) throw new NoParts();
  const set = setOf(first.item);
  if (isDigits(set)) return { ...name, kind: 'digits', ...digits(first), isSigned: false };
  if (!set.isWide || first.min > 1 || first.max !== Number.POSITIVE_INFINITY) throw new NoParts();
  return { ...name, kind: 'text', set, isSigned: false, least: first.min, most: first.max };
}

type Repeat = PatternNode & { readonly kind: 'repeat' };

function digits({ item, min, max }: Repeat): { readonly set: CharSet; readonly least: number; readonly most: number } {
  const set = setOf(item);
  if (!isDigits(set) || min === 0) throw new NoParts();
  return { set, least: min, most: max };
}

/** The characters that a repeated place takes one by one, but for those behind a backslash. */
function setOf(node: PatternNode): CharSet {
  const items = (node.kind === 'choice' ? node.items : [node]).filter((item) => !isEscape(item)).map(alone);
  const [only] = items;
  if (items.length !== 1 || only?.kind !== 'set') throw new NoParts();
  return only.set;
}

/** What stands alone in a sequence. */
const alone = (node: PatternNode): PatternNode =>
  node.kind === 'sequence' && node.text === undefined && node.items.length === 1 ? (node.items[0] ?? node) : node;

/** A backslash and what it takes the meaning from. */
function isEscape(node: PatternNode): boolean {
  const first = node.kind === 'sequence' && node.text === undefined ? node.items[0] : undefined;
  return first?.kind === 'set' && isOnly(first.set, BACKSLASH);
}

const isMinus = ({ item, min, max }: Repeat): boolean =>
  min === 0 && max === 1 && item.kind === 'set' && isOnly(item.set, MINUS);
const isOnly = (set: CharSet, byte: number): boolean => bytesOf(set).length === 1 && set.has(byte);
const isDigits = (set: CharSet): boolean => String.fromCharCode(...bytesOf(set)) === '0123456789';

function onlyByte(set: CharSet): number {
  const [byte, ...others] = bytesOf(set);
  if (byte === undefined || others.length > 0) throw new NoParts();
  return byte;
}

const bytesOf = (set: CharSet): readonly number[] =>
  Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => set.has(byte));

/** Characters of ASCII that a set does not take, but for those at which the reading of texts stops anyway. */
export const stopsOf = (set: CharSet): readonly number[] =>
  Array.from({ length: 128 - SPACE }, (_, index) => SPACE + index).filter(
    (byte) => !set.has(byte) && byte !== QUOTE && byte !== BACKSLASH,
  );
