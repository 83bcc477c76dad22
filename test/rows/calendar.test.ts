/** The calendar of the checker against that of JavaScript, which counts the same days. */
import fc from 'fast-check';
import { daysInMonth, epochDay, MAX_EPOCH_MILLIS, MIN_EPOCH_MILLIS, writeTimestamp } from '../../lib/rows/calendar';

/** Midnight of a day; `Date.UTC` takes years below 100 for those of the 20th century. */
const midnight = (year: number, month: number, day: number): number => new Date(0).setUTCFullYear(year, month - 1, day);

const written = (millis: number, at = 0): string => {
  const target = Buffer.alloc(at + 24, 'x');
  writeTimestamp(target, at, millis);
  return target.toString();
};

/** A year as each calendar has it: every month with its length, every day with its number and its name. */
const ours = (year: number): readonly string[] =>
  months((month) => daysInMonth(year, month)).map(
    ([month, day]) => `${epochDay(year, month, day)} ${written(midnight(year, month, day))}`,
  );
const theirs = (year: number): readonly string[] =>
  months((month) => new Date(midnight(year, month + 1, 0)).getUTCDate()).map(([month, day]) => {
    const at = midnight(year, month, day);
    return `${at / 86_400_000} ${new Date(at).toISOString().slice(0, -1)}x`;
  });

const months = (days: (month: number) => number): readonly (readonly [number, number])[] =>
  Array.from({ length: 12 }, (_, i) =>
    Array.from({ length: days(i + 1) }, (_, day) => [i + 1, day + 1] as const),
  ).flat();

/** Those that are leap years by one rule and not by another, their neighbours, and both ends. */
const YEARS = [1, 2, 4, 99, 100, 101, 399, 400, 401, 1899, 1900, 1901, 1969, 1970, 1972, 2000, 2023, 2024, 2100, 9999];

test.each(YEARS)('in %i every month has its days, and every day its number and its name', (year) => {
  expect(ours(year)).toEqual(theirs(year));
});

test('there is no month before the first and none after the last', () => {
  expect([daysInMonth(2024, 0), daysInMonth(2024, 13), daysInMonth(2024, 99)]).toEqual([0, 0, 0]);
});

test('the ends of what a timestamp may hold', () => {
  expect(written(MIN_EPOCH_MILLIS)).toBe('0001-01-01T00:00:00.000x');
  expect(written(MAX_EPOCH_MILLIS)).toBe('9999-12-31T23:59:59.999x');
});

test('a timestamp is written where it belongs, and nothing around it', () => {
  expect(written(0, 3)).toBe('xxx1970-01-01T00:00:00.000x');
});

test('any millisecond between them is written as ISO 8601 has it', () => {
  fc.assert(
    fc.property(fc.integer({ min: MIN_EPOCH_MILLIS, max: MAX_EPOCH_MILLIS }), (millis) => {
      expect(written(millis)).toBe(`${new Date(millis).toISOString().slice(0, -1)}x`);
    }),
  );
});
