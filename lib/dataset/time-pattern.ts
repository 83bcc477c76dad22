/** Patterns of times as `strptime` has them, in the parts that can be read in one pass. */

/** A number of at most two digits, or of exactly two beside another digit: what lacks one would be another time. */
type NumberKind = 'month' | 'day' | 'hour' | 'hour12' | 'minute' | 'second';

export type PatternPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: NumberKind; readonly exact: boolean; readonly blank: boolean }
  | { readonly kind: 'year' | 'fraction' | 'monthName' | 'weekday' | 'half' | 'offset' | 'utc' };

/** A pattern that cannot be read. The message is `problem` followed by `fix`. */
export class PatternError extends Error {
  override readonly name = 'PatternError';

  constructor(
    readonly problem: string,
    readonly fix: string,
  ) {
    super(`${problem}; ${fix}`);
  }
}

export const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November'],
  'December',
];
export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const NUMBERS: Readonly<Record<string, NumberKind>> = {
  ...{ m: 'month', d: 'day', e: 'day', H: 'hour', I: 'hour12', M: 'minute', S: 'second' },
};
const OTHERS: Readonly<Record<string, 'year' | 'fraction' | 'monthName' | 'weekday' | 'half' | 'offset' | 'utc'>> = {
  ...{ Y: 'year', f: 'fraction', b: 'monthName', B: 'monthName', a: 'weekday', A: 'weekday', p: 'half' },
  ...{ z: 'offset', Z: 'utc' },
};
const SHORTHANDS: Readonly<Record<string, string>> = { F: '%Y-%m-%d', T: '%H:%M:%S', R: '%H:%M' };
const KNOWN = '%Y %m %d %e %b %B %a %A %H %I %p %M %S %f %z %Z %F %T %R %%';

/** What two parts tell alike. */
const TELLS: Readonly<Record<string, string>> = { monthName: 'month', hour12: 'hour', utc: 'offset' };

/** @throws PatternError that says what is wrong */
export function parsePattern(pattern: string): readonly PatternPart[] {
  const text = pattern.replace(/%(?:%|([FTR]))/g, (all, letter: string | undefined) =>
    letter === undefined ? all : (SHORTHANDS[letter] ?? all),
  );
  const tokens = [...text.matchAll(/%(.?)|[^%]+/gsu)];
  const parts: PatternPart[] = [];
  const told = new Set<string>();
  for (const [index, [token, letter]] of tokens.entries()) {
    if (letter === undefined || letter === '%') {
      parts.push({ kind: 'literal', text: letter ?? token });
      continue;
    }
    const kind = NUMBERS[letter] ?? OTHERS[letter];
    if (letter === 'y') {
      throw new PatternError(
        "'%y', a year of two digits, does not tell the century",
        "let the source write four digits, which '%Y' reads, or keep the column as a string",
      );
    }
    if (kind === undefined) throw new PatternError(`'%${letter}' is not known`, `write some of ${KNOWN}`);
    const tells = TELLS[kind] ?? kind;
    if (told.has(tells)) throw new PatternError(`'%${letter}' tells the ${tells} again`, 'remove one of the two');
    told.add(tells);
    const [next = '', nextLetter] = tokens[index + 1] ?? [];
    const [before = '', letterBefore] = tokens[index - 1] ?? [];
    const afterDigit =
      letterBefore === undefined ? /\d$/.test(before) : letterBefore === 'Y' || letterBefore in NUMBERS;
    const beforeDigit = nextLetter === undefined ? /^\d/.test(next) : nextLetter === 'Y' || nextLetter in NUMBERS;
    if (kind === 'fraction' && (beforeDigit || nextLetter === 'f')) {
      throw new PatternError("after '%f' comes a digit", 'put a character between the two');
    }
    parts.push(
      isNumber(kind)
        ? { kind, exact: afterDigit || beforeDigit || nextLetter === 'f', blank: letter === 'e' }
        : { kind },
    );
  }
  if (parts.some((part) => part.kind === 'literal' && /["\\\p{Cc}]/u.test(part.text))) {
    throw new PatternError('holds a quote, a backslash or a control character', 'write a pattern without it');
  }
  if (parts.some(({ kind }) => kind === 'hour12') !== told.has('half')) {
    throw new PatternError("'%I' and '%p' need each other", "write both, or '%H' for hours from 0 to 23");
  }
  return parts;
}

const isNumber = (kind: string): kind is NumberKind => Object.values(NUMBERS).some((known) => known === kind);

/** What a pattern tells: `year`, `month`, `day`, `hour` and so on. */
export const toldBy = (parts: readonly PatternPart[]): ReadonlySet<string> =>
  new Set(parts.map(({ kind }) => TELLS[kind] ?? kind));
