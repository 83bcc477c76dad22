/** Proleptic Gregorian calendar arithmetic on plain numbers; `Date` is slow here and mistakes years below 100. */

/** 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z, in milliseconds since 1970: what a timestamp may hold. */
export const MIN_EPOCH_MILLIS = -62_135_596_800_000;
export const MAX_EPOCH_MILLIS = 253_402_300_799_999;

// A global of a vm context, as tests run in, is slow to look up.
const { floor } = Math;

const DAY_MILLIS = 86_400_000;
const MONTH_DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function daysInMonth(year: number, month: number): number {
  if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) return 29;
  return MONTH_DAYS[month] ?? 0;
}

/** Days from 1970-01-01 to a date. Years are counted from March, so that the leap day is the last of its year. */
export function epochDay(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return 365 * y + floor(y / 4) - floor(y / 100) + floor(y / 400) + dayOfYear - 719_468;
}

/** Writes `yyyy-MM-ddTHH:mm:ss.SSS` in UTC, 23 bytes, for milliseconds between the two limits. */
export function writeTimestamp(target: Buffer, at: number, epochMillis: number): void {
  const days = floor(epochMillis / DAY_MILLIS);
  const millis = epochMillis - days * DAY_MILLIS;
  // Inverse of epochDay: eras of 400 years of 146,097 days.
  const shifted = days + 719_468;
  const era = floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = floor(
    (dayOfEra - floor(dayOfEra / 1460) + floor(dayOfEra / 36_524) - floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + floor(yearOfEra / 4) - floor(yearOfEra / 100));
  const marchMonth = floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);

  digits(target, at, 4, year);
  target[at + 4] = 0x2d;
  digits(target, at + 5, 2, month);
  target[at + 7] = 0x2d;
  digits(target, at + 8, 2, day);
  target[at + 10] = 0x54;
  digits(target, at + 11, 2, floor(millis / 3_600_000));
  target[at + 13] = 0x3a;
  digits(target, at + 14, 2, floor(millis / 60_000) % 60);
  target[at + 16] = 0x3a;
  digits(target, at + 17, 2, floor(millis / 1000) % 60);
  target[at + 19] = 0x2e;
  digits(target, at + 20, 3, millis % 1000);
}

function digits(target: Buffer, at: number, width: number, value: number): void {
  let rest = value;
  for (let i = at + width - 1; i >= at; i--) {
    const next = floor(rest / 10);
    target[i] = 0x30 + rest - next * 10;
    rest = next;
  }
}
