/** Days of the proleptic Gregorian calendar in UTC, the only time zone of the lake. */

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Midnight UTC of a `yyyy-MM-dd` day, or undefined when the text is not in that form or names no day that exists. */
export function parseDay(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && formatDay(date) === text ? date : undefined;
}

/** The UTC day of a time as `yyyy-MM-dd`. For the years 0000 to 9999. */
export function formatDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}
