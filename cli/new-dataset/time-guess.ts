import type { TimeFormat } from '../../lib/dataset';

/** A way to read times: `format` as a column has it; absent for ISO 8601. */
export interface TimeGuess {
  readonly kind: 'timestamp' | 'date';
  readonly format?: TimeFormat | undefined;
}

interface Piece {
  readonly pattern: RegExp;
  readonly written: readonly string[];
}

const piece = (pattern: RegExp, ...written: readonly string[]): Piece => ({ pattern, written });

const MONTH_NAME = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*';
const DAY_NAME = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*';
const year = '\\d{4}';
const two = '\\d{1,2}';
const of = (...parts: readonly string[]): RegExp => new RegExp(`^${parts.join('')}`, 'i');

/** Dates, the likelier reading of a form first. */
const DATES: readonly Piece[] = [
  ...['-', '/', '.'].flatMap((mark) => [
    piece(of(year, `\\${mark}`, two, `\\${mark}`, two), `%Y${mark}%m${mark}%d`),
    piece(
      of(two, `\\${mark}`, two, `\\${mark}`, year),
      ...(mark === '/' ? ['%m/%d/%Y', '%d/%m/%Y'] : [`%d${mark}%m${mark}%Y`, `%m${mark}%d${mark}%Y`]),
    ),
  ]),
  ...['/', '-', ' '].map((mark) => piece(of(two, mark, MONTH_NAME, mark, year), `%d${mark}%b${mark}%Y`)),
  piece(of(MONTH_NAME, ' ', two, ', ', year), '%b %d, %Y'),
  piece(of(MONTH_NAME, ' {1,2}', two, ' ', year), '%b %e %Y'),
  piece(/^\d{8}(?=$|[T _-])|^\d{8}(?=\d{6}$)/, '%Y%m%d'),
];
const JOINS: readonly string[] = ['T', ' ', ', ', ' @ ', ':', '_', '-', ''];
const FRACTIONS = ['.', ','];
const TIMES: readonly Piece[] = [
  ...FRACTIONS.map((mark) => piece(of(two, ':\\d\\d:\\d\\d', `\\${mark}`, '\\d{1,9}'), `%H:%M:%S${mark}%f`)),
  piece(of(two, ':\\d\\d:\\d\\d ?[AP]M'), '%I:%M:%S %p', '%I:%M:%S%p'),
  piece(of(two, ':\\d\\d ?[AP]M'), '%I:%M %p', '%I:%M%p'),
  piece(of(two, ':\\d\\d:\\d\\d'), '%H:%M:%S'),
  piece(of(two, ':\\d\\d(?!:)'), '%H:%M'),
  ...['.', '-'].map((mark) => piece(of(two, `\\${mark}\\d\\d\\${mark}\\d\\d`), `%H${mark}%M${mark}%S`)),
  piece(of('\\d{6}\\.\\d{1,9}'), '%H%M%S.%f'),
  piece(of('\\d{6}'), '%H%M%S'),
  piece(of('\\d{4}(?!\\d)'), '%H%M'),
];
const ZONES: readonly Piece[] = [
  piece(/^$/, ''),
  piece(/^ ?(?:Z|[+-]\d\d:?(?:\d\d)?)$/, '%z', ' %z'),
  piece(/^ ?(?:UTC|GMT|Z)$/i, '%Z', ' %Z'),
];
/** Forms in which the year comes last. */
const WHOLE: readonly Piece[] = [
  piece(of(DAY_NAME, ' ', MONTH_NAME, ' {1,2}', two, ' [\\d:]+\\.\\d+ ', year, '$'), '%a %b %e %H:%M:%S.%f %Y'),
  piece(of(DAY_NAME, ' ', MONTH_NAME, ' {1,2}', two, ' [\\d:]+ ', year, '$'), '%a %b %e %H:%M:%S %Y'),
  piece(of(DAY_NAME, ' ', MONTH_NAME, ' {1,2}', two, ' [\\d:]+ [+-]\\d{4} ', year, '$'), '%a %b %e %H:%M:%S %z %Y'),
  piece(of(DAY_NAME, ' ', MONTH_NAME, ' {1,2}', two, ' [\\d:]+ (?:UTC|GMT) ', year, '$'), '%a %b %e %H:%M:%S %Z %Y'),
];

/** The ways in which a text may be read as a time, the likeliest first. Whether one does is for the reader of times to say. */
export function timeGuesses(text: string): readonly TimeGuess[] {
  if (text.length > 64 || !/\d{2}/.test(text)) return [];
  const iso: TimeGuess[] = /^\d{4}-\d\d-\d\d$/.test(text)
    ? [{ kind: 'date' }]
    : /^\d{4}-\d\d-\d\d[T ]/.test(text)
      ? [{ kind: 'timestamp' }]
      : [];
  return [...iso, ...wholes(text), ...pieces(text)];
}

const wholes = (text: string): TimeGuess[] =>
  WHOLE.filter(({ pattern }) => pattern.test(text)).flatMap(({ written }) =>
    written.map((pattern) => ({ kind: 'timestamp', format: { pattern } }) as const),
  );

function pieces(text: string): TimeGuess[] {
  const [weekday = ''] = new RegExp(`^${DAY_NAME},? `, 'i').exec(text) ?? [];
  const before = weekday === '' ? '' : `%a${weekday.slice(weekday.search(/,? $/))}`;
  const rest = text.slice(weekday.length);
  return DATES.flatMap((date) => {
    const found = date.pattern.exec(rest)?.[0];
    if (found === undefined) return [];
    const after = rest.slice(found.length);
    const dates = date.written.map((written) => `${before}${written}`);
    if (after === '')
      return dates.map((pattern): TimeGuess => ({ kind: 'date', format: { pattern } })).filter(isNotIso);
    const clocks = clockPatterns(after);
    return dates
      .flatMap((written) =>
        clocks.map((clock): TimeGuess => ({ kind: 'timestamp', format: { pattern: `${written}${clock}` } })),
      )
      .filter(isNotIso);
  });
}

/** What is declared as ISO 8601 already, by the type alone. */
const isNotIso = ({ format }: TimeGuess): boolean =>
  format === undefined || !('pattern' in format) || !/^%Y-%m-%d(?:[T ]%H:%M:%S(?:\.%f)?(?:%z)?)?$/.test(format.pattern);

function clockPatterns(text: string): string[] {
  return JOINS.filter((join) => text.startsWith(join)).flatMap((join) =>
    TIMES.flatMap((time) => {
      const rest = text.slice(join.length);
      const found = time.pattern.exec(rest)?.[0];
      if (found === undefined) return [];
      const zone = rest.slice(found.length);
      return ZONES.filter(({ pattern }) => pattern.test(zone)).flatMap(({ written }) =>
        written.flatMap((zoned) => time.written.map((written_) => `${join}${written_}${zoned}`)),
      );
    }),
  );
}

const UNITS = [
  ['s', 1],
  ['ms', 1e3],
  ['us', 1e6],
  ['ns', 1e9],
] as const;
/** Seconds since 1970 of 1990 and of 2100. The units do not overlap. */
const PLAUSIBLE = [631_152_000, 4_102_444_800] as const;

/** The unit in which numbers from the least to the largest are times between 1990 and 2100. */
export function epochUnit(least: number, largest: number): (typeof UNITS)[number][0] | undefined {
  return UNITS.find(([, factor]) => least >= PLAUSIBLE[0] * factor && largest < PLAUSIBLE[1] * factor)?.[0];
}

const TIME_WORDS =
  /(?:^|_)(?:time|times|timestamp|ts|tstamp|date|datetime|epoch|created|updated|modified|started|ended|start|end|at|on|when|since|until|expires|expiry|millis|ms|seconds|sec|micros|nanos|day|modtime|mtime|ctime|utc)(?:_|$)|time(?:stamp)?$|date$/;

/** Whether a name in snake case says that a number is a time. */
export const saysTime = (name: string): boolean =>
  TIME_WORDS.test(name) && !/duration|elapsed|latency|took|timeout/.test(name);
