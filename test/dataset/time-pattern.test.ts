/** Patterns of times, in the parts that are read. */
import { MONTHS, PatternError, parsePattern, toldBy, WEEKDAYS } from '../../lib/dataset/time-pattern';

function told(pattern: string): string {
  try {
    parsePattern(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    expect([error.name, error.message]).toEqual(['PatternError', `${error.problem}; ${error.fix}`]);
    return error.message;
  }
  return 'taken';
}

const KNOWN = 'write some of %Y %m %d %e %b %B %a %A %H %I %p %M %S %f %z %Z %F %T %R %%';
const HALF = "'%I' and '%p' need each other; write both, or '%H' for hours from 0 to 23";
const QUOTE = 'holds a quote, a backslash or a control character; write a pattern without it';

test.each([
  ['%q', `'%q' is not known; ${KNOWN}`],
  ['%', `'%' is not known; ${KNOWN}`],
  ['%💥', `'%💥' is not known; ${KNOWN}`],
  [
    '%y',
    "'%y', a year of two digits, does not tell the century; let the source write four digits, which '%Y' reads, or keep the column as a string",
  ],
  ['%F %m', "'%m' tells the month again; remove one of the two"],
  ['%b %m', "'%m' tells the month again; remove one of the two"],
  ['%m %B', "'%B' tells the month again; remove one of the two"],
  ['%d %e', "'%e' tells the day again; remove one of the two"],
  ['%H %I %p', "'%I' tells the hour again; remove one of the two"],
  ['%z %Z', "'%Z' tells the offset again; remove one of the two"],
  ['%a %A', "'%A' tells the weekday again; remove one of the two"],
  ['%f%H', "after '%f' comes a digit; put a character between the two"],
  ['%f%Y', "after '%f' comes a digit; put a character between the two"],
  ['%f1', "after '%f' comes a digit; put a character between the two"],
  ['%f%f', "after '%f' comes a digit; put a character between the two"],
  ['%I', HALF],
  ['%p', HALF],
  ['%H %p', HALF],
  ['%F"', QUOTE],
  ['%F\\', QUOTE],
  ['%F\t', QUOTE],
])('the pattern %j is refused with what to write', (pattern, message) => {
  expect(told(pattern)).toBe(message);
});

const number = (kind: string, exact = false, blank = false) => ({ kind, exact, blank });
const literal = (text: string) => ({ kind: 'literal', text });

test.each<readonly [string, readonly object[]]>([
  ['%F', [{ kind: 'year' }, literal('-'), number('month'), literal('-'), number('day')]],
  ['%T', [number('hour'), literal(':'), number('minute'), literal(':'), number('second')]],
  ['%R', [number('hour'), literal(':'), number('minute')]],
  ['%%F', [literal('%'), literal('F')]],
  ['%e.%b', [number('day', false, true), literal('.'), { kind: 'monthName' }]],
  ['%A %B', [{ kind: 'weekday' }, literal(' '), { kind: 'monthName' }]],
  ['%a%Z', [{ kind: 'weekday' }, { kind: 'utc' }]],
  ['%I %p', [number('hour12'), literal(' '), { kind: 'half' }]],
  ['%S.%f%z', [number('second'), literal('.'), { kind: 'fraction' }, { kind: 'offset' }]],
  // Beside another digit a number has exactly two.
  ['%H%M', [number('hour', true), number('minute', true)]],
  ['%Y%m', [{ kind: 'year' }, number('month', true)]],
  ['%d%Y', [number('day', true), { kind: 'year' }]],
  ['%H1', [number('hour', true), literal('1')]],
  ['%Hh1', [number('hour'), literal('h1')]],
  ['1%H', [literal('1'), number('hour', true)]],
  ['1h%H', [literal('1h'), number('hour')]],
  ['%S%f', [number('second', true), { kind: 'fraction' }]],
  ['%b%d', [{ kind: 'monthName' }, number('day')]],
  ['%d%b', [number('day'), { kind: 'monthName' }]],
  ['%%%H', [literal('%'), number('hour')]],
  ['', []],
])('the pattern %j has its parts', (pattern, parts) => {
  expect(parsePattern(pattern)).toEqual(parts);
});

test('a pattern tells what any of its parts tells', () => {
  expect([...toldBy(parsePattern('%e.%b %I:%M %p %Z'))]).toEqual([
    ...['day', 'literal', 'month', 'hour', 'minute', 'half', 'offset'],
  ]);
});

test('months and days of the week have their English names, in order', () => {
  const name = (options: Intl.DateTimeFormatOptions, month: number, day: number): string =>
    new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' }).format(Date.UTC(2024, month, day));
  expect(MONTHS).toEqual(Array.from({ length: 12 }, (_, index) => name({ month: 'long' }, index, 1)));
  // 1 January 2024 is a Monday.
  expect(WEEKDAYS).toEqual(Array.from({ length: 7 }, (_, index) => name({ weekday: 'long' }, 0, index + 1)));
});
