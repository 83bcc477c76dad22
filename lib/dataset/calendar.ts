/** Days of the proleptic Gregorian calendar in UTC, the only time zone of the lake. */

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Midnight UTC of a `yyyy-MM-dd` day, or undefined when the text is not in that form or names no day that exists. */
export function parseDay(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const date = new Date(`${text}T00:00:00Z`);
  // 31 June reads as 1 July: compare the day.
  return date.getUTCDate() === Number(text.slice(8)) ? date : undefined;
}

/** The first instant of the month after that of a time, in UTC. */
export const nextMonth = (time: Date): Date => new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1, 1));
