import { ANY, CharSet, DIGIT, SPACE, WORD } from './char-set';

/** A place of a pattern, as `[from, to)`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export type PatternNode =
  | ({ readonly kind: 'set'; readonly set: CharSet } & Span)
  /** `text` where it is the bytes of one character beyond ASCII. */
  | { readonly kind: 'sequence'; readonly items: readonly PatternNode[]; readonly text?: string }
  | { readonly kind: 'choice'; readonly items: readonly PatternNode[] }
  | ({
      readonly kind: 'repeat';
      readonly item: PatternNode;
      readonly min: number;
      /** Infinity where there is none. */
      readonly max: number;
      readonly lazy: boolean;
    } & Span)
  | { readonly kind: 'group'; readonly name: string; readonly item: PatternNode };

/** A pattern that cannot be used. The message is `problem` followed by `fix`. */
export class LinePatternError extends Error {
  override readonly name = 'LinePatternError';

  constructor(
    readonly problem: string,
    readonly fix: string,
  ) {
    super(`${problem}; ${fix}`);
  }
}

const MAX_LENGTH = 10_000;
const MAX_DEPTH = 50;
const MAX_COUNT = 1000;
/** RE2, the engine of texts, refuses larger repetitions: https://github.com/google/re2/wiki/Syntax */
const MAX_SIZE = 1000;
const CLASSES: Readonly<Record<string, CharSet>> = {
  ...{ d: DIGIT, w: WORD, s: SPACE },
  ...{ D: DIGIT.not(), W: WORD.not(), S: SPACE.not() },
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, '0': 0 };

/**
 * Reads a pattern of lines: JavaScript's regular expressions without what looks at other places (assertions, references back).
 * It matches the whole line, with or without `^` and `$`.
 *
 * @throws LinePatternError with the place of the mistake
 */
export function parseLinePattern(pattern: string): PatternNode {
  const node = new Parser(pattern).parse();
  if (groupNames(node).length === 0) {
    throw new LinePatternError('has no named group', 'write (?<name>...) around what columns take');
  }
  return node;
}

/**
 * Reads a pattern of texts, which need not take anything: the same, and it matches the whole text.
 *
 * @throws LinePatternError with the place of the mistake, or for a pattern that is too large for the engine
 */
export function parseTextPattern(pattern: string): PatternNode {
  const node = new Parser(pattern).parse();
  const size = sizeOf(node);
  if (size > MAX_SIZE) {
    throw new LinePatternError(`repeats up to ${size} characters`, `write counts that make up at most ${MAX_SIZE}`);
  }
  return node;
}

/** Places of characters, with each repetition written out. */
function sizeOf(node: PatternNode): number {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'group':
      return sizeOf(node.item);
    case 'repeat':
      return sizeOf(node.item) * Math.max(1, node.min, node.max === Number.POSITIVE_INFINITY ? 1 : node.max);
    default:
      return node.items.reduce((sum, item) => sum + sizeOf(item), 0);
  }
}

/** Names of the groups, in the order of their opening brackets. */
export function groupNames(node: PatternNode): readonly string[] {
  switch (node.kind) {
    case 'set':
      return [];
    case 'group':
      return [node.name, ...groupNames(node.item)];
    case 'repeat':
      return groupNames(node.item);
    default:
      return node.items.flatMap(groupNames);
  }
}

function takesSomething(node: PatternNode): boolean {
  if (node.kind === 'set') return true;
  return node.kind === 'repeat' || node.kind === 'group' ? takesSomething(node.item) : node.items.some(takesSomething);
}

function mayBeEmpty(node: PatternNode): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'group':
      return mayBeEmpty(node.item);
    case 'repeat':
      return node.min === 0 || mayBeEmpty(node.item);
    case 'sequence':
      return node.items.every(mayBeEmpty);
    case 'choice':
      return node.items.some(mayBeEmpty);
  }
}

class Parser {
  #at = 0;
  #depth = 0;
  readonly #end: number;
  readonly #names = new Set<string>();

  constructor(readonly text: string) {
    this.#end = text.length - (endsInDollar(text) ? 1 : 0);
  }

  parse(): PatternNode {
    if (this.text.length > MAX_LENGTH) {
      throw new LinePatternError(`has ${this.text.length} characters`, `write at most ${MAX_LENGTH}`);
    }
    if (!this.text.isWellFormed())
      throw new LinePatternError('holds half of a surrogate pair', 'write whole characters');
    if (this.text.startsWith('^')) this.#at = 1;
    const node = this.#choice();
    if (this.#at < this.#end) throw this.#error("')' closes nothing", "write '\\)' for the character");
    return node;
  }

  #choice(): PatternNode {
    if (++this.#depth > MAX_DEPTH)
      throw this.#error(`more than ${MAX_DEPTH} brackets within each other`, 'write fewer');
    const first = this.#sequence();
    const items = [first];
    while (this.#take('|')) items.push(this.#sequence());
    this.#depth--;
    return items.length === 1 ? first : { kind: 'choice', items };
  }

  #sequence(): PatternNode {
    const items: PatternNode[] = [];
    while (this.#at < this.#end && this.text[this.#at] !== '|' && this.text[this.#at] !== ')')
      items.push(this.#repeat());
    return { kind: 'sequence', items };
  }

  #repeat(): PatternNode {
    const from = this.#at;
    const item = this.#atom();
    const counts = this.#quantifier();
    if (counts === undefined) return item;
    const [min, max] = counts;
    if (!takesSomething(item)) throw this.#error('a repetition of nothing', 'remove it', from);
    const lazy = this.#take('?');
    if (/[*+?]/.test(this.text[this.#at] ?? '')) {
      throw this.#error(`'${this.text[this.#at]}' repeats a repetition`, 'remove it');
    }
    // Engines that try again take exponential time for it: those of raw tables do.
    if (max > 1 && mayBeEmpty(item)) {
      throw this.#error('a repetition of what may be empty', 'let the inner part take one character or more', from);
    }
    if (max > 1 && groupNames(item).length > 0) {
      throw this.#error(
        `the group '${groupNames(item)[0]}' is in a part that repeats, so only its last text would be kept`,
        'repeat within the group, or write one group for each value',
        from,
      );
    }
    return { kind: 'repeat', item, min, max, lazy, from, to: this.#at };
  }

  #quantifier(): readonly [min: number, max: number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    const [all, least = '', comma, most = ''] = /^\{(\d+)(,?)(\d*)\}/.exec(this.text.slice(this.#at, this.#end)) ?? [];
    if (all === undefined) {
      if (this.text[this.#at] === '{') throw this.#error("'{' begins no count", "write '\\{' for the character");
      return undefined;
    }
    const min = Number(least);
    const max = comma === '' ? min : most === '' ? Number.POSITIVE_INFINITY : Number(most);
    if (max < min || min > MAX_COUNT || (max !== Number.POSITIVE_INFINITY && max > MAX_COUNT)) {
      throw this.#error(`the count ${all}`, `write counts up to ${MAX_COUNT}, the smaller one first`);
    }
    this.#at += all.length;
    return [min, max];
  }

  #atom(): PatternNode {
    const from = this.#at;
    const char = String.fromCodePoint(this.text.codePointAt(this.#at) ?? 0);
    switch (char) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'set', set: this.#brackets(), from, to: this.#at };
      case '.':
        this.#at++;
        return { kind: 'set', set: ANY, from, to: this.#at };
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.#error(`'${char}' repeats nothing`, `write '\\${char}' for the character`);
      case '^':
      case '$':
        throw this.#error(
          `'${char}' in the middle of the pattern, which is for the whole line`,
          `write '\\${char}' for the character`,
        );
      default:
        this.#at += char.length;
        return this.#literal(char, from);
    }
  }

  /** A character beyond ASCII is the bytes of its UTF-8. */
  #literal(char: string, from: number): PatternNode {
    const span = { from, to: this.#at };
    const items = [...new TextEncoder().encode(char)].map(
      (byte): PatternNode => ({ kind: 'set', set: CharSet.byte(byte), ...span }),
    );
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: 'sequence', items, text: char };
  }

  #group(): PatternNode {
    const from = this.#at;
    this.#at++;
    if (!this.#take('?')) {
      throw this.#error('a group without a name', 'write (?<name>...), or (?:...) for one that is not taken', from);
    }
    let name: string | undefined;
    if (!this.#take(':')) {
      const [all, found] = /^<([A-Za-z_$][\w$]*)>/.exec(this.text.slice(this.#at, this.#end)) ?? [];
      if (all === undefined || found === undefined) {
        throw this.#error(
          `'${this.text.slice(from, from + 4)}' is not taken`,
          'write (?<name>...) or (?:...); what looks ahead or back takes more than linear time',
          from,
        );
      }
      if (this.#names.has(found))
        throw this.#error(`the group '${found}' occurs twice`, 'give each its own name', from);
      this.#names.add(found);
      name = found;
      this.#at += all.length;
    }
    const item = this.#choice();
    if (!this.#take(')')) throw this.#error("'(' is never closed", "write ')', or '\\(' for the character", from);
    return name === undefined ? item : { kind: 'group', name, item };
  }

  #escape(): PatternNode {
    const from = this.#at;
    const found = this.#escaped();
    if (typeof found !== 'string') return { kind: 'set', set: found, from, to: this.#at };
    return this.#literal(found, from);
  }

  /** What an escape stands for: a class, or one character. */
  #escaped(): CharSet | string {
    const from = this.#at;
    const letter = this.text[from + 1] ?? '';
    if (letter === '') throw this.#error("'\\' at the end", "write '\\\\' for the character");
    this.#at += 2;
    const known = CLASSES[letter];
    if (known !== undefined) return known;
    const control = CONTROLS[letter];
    if (control !== undefined && !(letter === '0' && /\d/.test(this.text[this.#at] ?? ''))) {
      return String.fromCharCode(control);
    }
    const [hex] = /^(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})/.exec(this.text.slice(from + 1, this.#end)) ?? [];
    if (hex !== undefined) {
      this.#at = from + 1 + hex.length;
      const char = String.fromCharCode(Number.parseInt(hex.slice(1), 16));
      if (char.isWellFormed()) return char;
    }
    if (/[A-Za-z0-9]/.test(letter) || !/[ -~]/.test(letter)) {
      const what = /[1-9k]/.test(letter) ? ', which refers back,' : '';
      throw this.#error(
        `'\\${letter}'${what} is not taken`,
        'write some of \\d \\w \\s \\D \\W \\S \\t \\xHH \\uHHHH, or a character without a backslash',
        from,
      );
    }
    return letter;
  }

  #brackets(): CharSet {
    const from = this.#at++;
    const negated = this.#take('^');
    let set = CharSet.of(() => false);
    while (this.text[this.#at] !== ']') {
      if (this.#at >= this.#end)
        throw this.#error("'[' is never closed", "write ']', or '\\[' for the character", from);
      const low = this.#member();
      if (typeof low !== 'string' || this.text[this.#at] !== '-' || this.text[this.#at + 1] === ']') {
        set = set.with(typeof low === 'string' ? CharSet.byte(low.charCodeAt(0)) : low);
        continue;
      }
      const start = this.#at++;
      const high = this.#member();
      if (typeof high !== 'string' || high < low)
        throw this.#error('a range that is none', "write '\\-' for the character", start);
      const [first, last] = [low.charCodeAt(0), high.charCodeAt(0)];
      set = set.with(CharSet.of((code) => code >= first && code <= last));
    }
    this.#at++;
    if (negated) set = set.not();
    if (set.isEmpty) throw this.#error('brackets that take no character', 'write some, or remove them', from);
    return set;
  }

  #member(): CharSet | string {
    const from = this.#at;
    const char = String.fromCodePoint(this.text.codePointAt(this.#at) ?? 0);
    const found = char === '\\' ? this.#escaped() : char;
    if (char !== '\\') this.#at += char.length;
    if (typeof found === 'string' && found.charCodeAt(0) > 127) {
      throw this.#error(
        `'${found}' in brackets, which take single characters of ASCII only`,
        'write it outside of brackets; [^...] takes every character beyond ASCII',
        from,
      );
    }
    return found;
  }

  /** Takes a symbol. What may stand at the end, a `$`, is none of those that are asked for. */
  #take(symbol: string): boolean {
    if (this.text[this.#at] !== symbol) return false;
    this.#at++;
    return true;
  }

  #error(problem: string, fix: string, at = this.#at): LinePatternError {
    return new LinePatternError(`${problem} at character ${at + 1}`, fix);
  }
}

/** Whether a pattern ends in a `$` that is not escaped. */
const endsInDollar = (text: string): boolean => /(?:^|[^\\])(?:\\\\)*\$$/.test(text);
