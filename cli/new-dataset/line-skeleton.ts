import { isPattern } from './line-matching';

/** A pattern that was made of lines. */
export interface Skeleton {
  readonly pattern: string;
  /** What is the same in the lines, and may be another in others: the group that takes it, or undefined for part of the pattern. */
  readonly constants: readonly Constant[];
  /** Texts that stand where a value may. */
  readonly nulls?: readonly string[];
}

export interface Constant {
  readonly group: string | undefined;
  readonly text: string;
}

/** Lines that tell that a word is always the same. */
const LINES_THAT_TELL = 20;
/** Share of the lines that may differ from the others. */
const MOST_OTHERS = 0.05;
const MAX_PARTS = 40;

const DAY_NAME = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTH_NAME = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const ZONES = ['(?:Z|[+\\-]\\d\\d:?\\d\\d)', ' (?:Z|UTC|GMT|[+\\-]\\d\\d:?\\d\\d)', ''];
const FRACTIONS = ['[.,]\\d+', '', '(?:[.,]\\d+)?'];
const CLOCKS = FRACTIONS.flatMap((fraction) => ZONES.map((zone) => `\\d\\d:\\d\\d:\\d\\d${fraction}${zone}`));
/** What times look like, and how a pattern has them: the longer ones first. */
const TIMES: readonly string[] = [
  ...CLOCKS.flatMap((clock) => [
    `\\d{4}[\\-/.]\\d\\d[\\-/.]\\d\\d[T ]${clock}`,
    `\\d\\d[/\\-. ](?:\\d\\d|${MONTH_NAME})[/\\-. ]\\d{4}[: ]${clock}`,
  ]),
  `${DAY_NAME} ${MONTH_NAME} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)? (?:(?:UTC|GMT|[+\\-]\\d{4}) )?\\d{4}`,
  '\\d{8}[T ]\\d{6}(?:[.,]\\d+)?Z?',
  '1\\d{9}(?:\\d{3}|\\.\\d+)?',
];
const WHOLE_TIMES = TIMES.map((source) => ({ source, start: new RegExp(`^${source}(?=$|[\\]\\s,;|"):])`) }));
const LEVELS =
  /^(?:trace|debug|info|information|notice|warn|warning|error|err|critical|crit|fatal|severe|alert|emerg)$/i;

interface Part {
  /** Of a pattern. */
  readonly source: string;
  /** What of a line it takes. */
  readonly take: RegExp;
  readonly isTime?: boolean;
  /** Whether "-" stands in the place of a value. */
  readonly isDash?: boolean;
  readonly constant?: Constant;
}

/**
 * A pattern of what the lines have in common from their beginning on: times, texts in quotes or brackets, `name=value`, words
 * that are the same in each, numbers and levels. Where they begin to differ, the rest is `message`.
 *
 * @returns undefined where they have no time
 */
export function skeletonOf(all: readonly string[]): Skeleton | undefined {
  // Messages of several lines go on without a time.
  const lines = all.filter((line) => /\d\d:?\d\d:?\d\d|1\d{9}/.test(line));
  if (lines.length < all.length / 2) return undefined;
  const least = Math.max(1, Math.ceil(lines.length * (1 - MOST_OTHERS)));
  let rests: readonly string[] = lines;
  let pattern = '';
  const names = new Set(['message']);
  let hasTime = false;
  let hasDash = false;
  const constants: Constant[] = [];
  const checked = (whole: string): Skeleton | undefined =>
    isPattern(whole) ? { pattern: whole, constants, ...(hasDash ? { nulls: ['-'] } : {}) } : undefined;
  for (let parts = 0; parts < MAX_PARTS; parts += 1) {
    if (rests.every((rest) => rest === '')) return hasTime ? checked(`^${pattern}$`) : undefined;
    const part = nextPart(rests, least, names, hasTime, hasDash);
    if (part === undefined) break;
    rests = rests.flatMap((rest) => {
      const taken = part.take.exec(rest)?.[0];
      return taken === undefined ? [] : [rest.slice(taken.length)];
    });
    hasTime ||= part.isTime === true;
    hasDash ||= part.isDash === true;
    if (part.constant !== undefined) constants.push(part.constant);
    pattern += part.source;
  }
  if (!hasTime) return undefined;
  return checked(`^${pattern}(?<message>.*)$`) ?? checked(`^${pattern.replace(/ \+$/, ' ')}(?<message>.*)$`);
}

function nextPart(
  rests: readonly string[],
  least: number,
  names: Set<string>,
  hasTime: boolean,
  hasDash: boolean,
): Part | undefined {
  const most = (take: RegExp): boolean => rests.filter((rest) => take.test(rest)).length >= least;
  const named = (name: string): string => {
    let free = name;
    for (let next = 2; names.has(free); next += 1) free = `${name}_${next}`;
    names.add(free);
    return `(?<${free}>`;
  };
  const simple = (take: RegExp, source: () => string): Part | undefined =>
    most(take) ? { source: source(), take, isDash: rests.some((rest) => rest.startsWith('"-"')) } : undefined;
  const time = WHOLE_TIMES.find(({ start }) => most(start));
  if (time !== undefined) return { source: `${named('time')}${time.source})`, take: time.start, isTime: true };
  const key = sameOf(rests, /^([A-Za-z_@][\w.@-]*)=(?=\S)/, least);
  if (key !== undefined) return keyed(key, most, named);
  return (
    simple(/^ (?! )/, () => ' ') ??
    simple(/^ +/, () => ' +') ??
    simple(/^\t/, () => '\\t') ??
    simple(/^"(?:[^"\\]|\\.)*"(?=$|[\s,;|])/, () => `"${named('text')}(?:[^"\\\\]|\\\\.)*)"`) ??
    bracketed(rests, most, named) ??
    simple(/^[,;|](?=.)/, () => '[,;|]') ??
    word(rests, least, most, named, hasTime, names, hasDash)
  );
}

function bracketed(
  rests: readonly string[],
  most: (take: RegExp) => boolean,
  named: (name: string) => string,
): Part | undefined {
  const take = /^\[[^\]]*\]/;
  if (!most(take)) return undefined;
  const times = rests.filter((rest) => WHOLE_TIMES.some(({ start }) => start.test(rest.slice(1))));
  const isTime = times.length > rests.length / 2;
  return { source: `\\[${named(isTime ? 'time' : 'bracket')}[^\\]]*)\\]`, take, isTime };
}

/** `name=value`, the value in quotes or up to a blank. */
function keyed(key: string, most: (take: RegExp) => boolean, named: (name: string) => string): Part | undefined {
  const before = escaped(key);
  const name = key
    .slice(0, -1)
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_*(?=\d)/, '_')
    .toLowerCase();
  const group = /^[a-z_]\w*$/.test(name) ? name : 'value';
  const isTime = WHOLE_TIMES.some(({ source }) => most(new RegExp(`^${before}"?${source}(?=$|[\\s",;])`)));
  const quoted = new RegExp(`^${before}"[^"]*"(?=$|[\\s,;])`);
  if (most(quoted)) return { source: `${before}"${named(group)}[^"]*)"`, take: quoted, isTime };
  const either = new RegExp(`^${before}(?:"[^"]*"|[^" ,;][^ ,;]*)?(?=$|[\\s,;])`);
  if (!most(either)) return undefined;
  return { source: `${before}${named(group)}(?:"[^"]*"|[^" ,;][^ ,;]*)?)`, take: either, isTime };
}

function word(
  rests: readonly string[],
  least: number,
  most: (take: RegExp) => boolean,
  named: (name: string) => string,
  hasTime: boolean,
  names: ReadonlySet<string>,
  hasDash: boolean,
): Part | undefined {
  const take = /^[^\s,;|[\]"]+/;
  const words = rests.map((rest) => take.exec(rest)?.[0] ?? '');
  const isDash = words.includes('-');
  const field = (): Part => ({ source: `${named('field')}[^\\s,;|\\[\\]"]+)`, take, isDash });
  const same = sameOf(rests, /^([^\s,;|[\]"]+)/, least);
  // To the end of the line they stand for values, and so they do beside fields that have them; between words they are marks.
  const isEnd = rests.filter((rest) => /^-(?: -)*$/.test(rest)).length >= least;
  if (same === '-' && hasTime && (isEnd || hasDash)) return field();
  const isConstant = same !== undefined && rests.length >= LINES_THAT_TELL && !/\d/.test(same);
  // Hosts and the like are the same in a sample, and others elsewhere: only punctuation and names of what follows stay.
  if (isConstant && (/^[^\p{L}]+$/u.test(same) || /^[A-Za-z_]+[=:]$/.test(same))) {
    return {
      source: escaped(same),
      take: new RegExp(`^${escaped(same)}`),
      constant: { group: undefined, text: same },
    };
  }
  if (words.filter((text) => LEVELS.test(text.replace(/:$/, ''))).length >= least) {
    return words.filter((text) => text.endsWith(':')).length >= least
      ? { source: `${named('level')}[A-Za-z]+):`, take: /^[A-Za-z]+:/ }
      : { source: `${named('level')}[A-Za-z]+)`, take: /^[A-Za-z]+/ };
  }
  if (most(/^-?\d+(?=$|[\s,;|[\]"])/)) return { source: `${named('number')}-?\\d+)`, take: /^-?\d+/ };
  if (isConstant) return { ...field(), constant: { group: [...names].at(-1), text: same } };
  // Before the time stand hosts and the like; after it, what has as many words in each line.
  const counts = new Set(rests.map((rest) => rest.trim().split(/\s+/).length));
  if ((!hasTime || counts.size === 1) && most(take)) return field();
  return undefined;
}

/** What the first group takes of most texts, where it is the same in them. */
function sameOf(texts: readonly string[], pattern: RegExp, least: number): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const found = pattern.exec(text);
    if (found !== null) counts.set(found[0], (counts.get(found[0]) ?? 0) + 1);
  }
  return [...counts].find(([, count]) => count >= least)?.[0];
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
