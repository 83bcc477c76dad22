import { ANY, type CharSet, DIGIT, SPACE, WORD } from './char-set';
import type { PatternNode } from './syntax';

/**
 * The same pattern for Java, whose classes mean other things by `[`, `&&` and blanks: every set is written out anew. Groups of
 * a name in `taken` become numbered ones, in the order of the pattern, which is all that the RegexSerDe knows; others are not
 * captured. https://docs.aws.amazon.com/athena/latest/ug/regex-serde.html
 */
export function javaPattern(node: PatternNode, taken: ReadonlySet<string>): string {
  return written(node, taken, NAMED);
}

/** The same pattern for RE2, without groups. Its `\s` lacks a character. */
export function re2Pattern(node: PatternNode): string {
  return written(node, new Set(), [[ANY, '[^\\n\\r]']]);
}

function written(node: PatternNode, taken: ReadonlySet<string>, named: typeof NAMED): string {
  switch (node.kind) {
    case 'set':
      return writtenSet(node.set, named);
    case 'sequence':
      if (node.text !== undefined) return node.text;
      return node.items
        .map((item) => (item.kind === 'choice' ? `(?:${written(item, taken, named)})` : written(item, taken, named)))
        .join('');
    case 'choice':
      return node.items.map((item) => written(item, taken, named)).join('|');
    case 'group':
      return `(${taken.has(node.name) ? '' : '?:'}${written(node.item, taken, named)})`;
    case 'repeat': {
      const inner = written(node.item, taken, named);
      const isOne = node.item.kind === 'set' || node.item.kind === 'group';
      return `${isOne ? inner : `(?:${inner})`}${counts(node.min, node.max)}${node.lazy ? '?' : ''}`;
    }
  }
}

function counts(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

const NAMED: readonly (readonly [CharSet, string])[] = [
  [DIGIT, '\\d'],
  [WORD, '\\w'],
  [SPACE, '\\s'],
  [DIGIT.not(), '\\D'],
  [WORD.not(), '\\W'],
  [SPACE.not(), '\\S'],
  [ANY, '[^\\n\\r]'],
];

function writtenSet(set: CharSet, names: typeof NAMED): string {
  const named = names.find(([known]) => known.equals(set));
  if (named !== undefined) return named[1];
  const [only, ...more] = Array.from({ length: 128 }, (_, code) => code).filter((code) => set.has(code));
  if (only !== undefined && more.length === 0 && !set.isWide) return javaChar(only);
  const listed = set.isWide ? set.not() : set;
  if (listed.isEmpty) return '[\\s\\S]';
  return `[${set.isWide ? '^' : ''}${ranges(listed)}]`;
}

function ranges(set: CharSet): string {
  let text = '';
  for (let code = 0; code < 128; code += 1) {
    if (!set.has(code)) continue;
    let last = code;
    while (last < 127 && set.has(last + 1)) last += 1;
    text += last - code > 1 ? `${javaChar(code)}-${javaChar(last)}` : javaChar(code);
    if (last - code === 1) text += javaChar(last);
    code = last;
  }
  return text;
}

function javaChar(code: number): string {
  const char = String.fromCharCode(code);
  if (/[A-Za-z0-9 ]/.test(char)) return char;
  return code < 32 || code === 127 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\${char}`;
}
