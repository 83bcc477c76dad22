import type { ValueFormat } from '../../lib/dataset';
import { MONTHS, type PatternPart, parsePattern, WEEKDAYS } from '../../lib/dataset/time-pattern';

/** Units since 1970 in a millisecond. */
const PER_MILLI = { us: 1000n, ns: 1_000_000n } as const;
const MINUTE_MS = 60_000;

/** A time as a producer writes it in a format. @param text ISO 8601, or `yyyy-MM-dd` */
export function timeIn(format: ValueFormat, text: string): string | number {
  const millis = Date.parse(text);
  if ('pattern' in format) {
    const local = new Date(millis + format.offset * MINUTE_MS);
    return parsePattern(format.pattern)
      .map((part) => written(part, local))
      .join('');
  }
  switch (format.epoch) {
    case 's':
      return millis / 1000;
    case 'ms':
      return millis;
    default:
      return String(BigInt(millis) * PER_MILLI[format.epoch]);
  }
}

function written(part: PatternPart, time: Date): string {
  const [year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = ''] = time
    .toISOString()
    .replace(/Z$/, '')
    .split(/[-T:.]/);
  switch (part.kind) {
    case 'literal':
      return part.text;
    case 'year':
      return year;
    case 'month':
      return month;
    case 'day':
      return day;
    case 'hour':
      return hour;
    case 'hour12':
      return String(Number(hour) % 12 || 12).padStart(2, '0');
    case 'half':
      return Number(hour) < 12 ? 'AM' : 'PM';
    case 'minute':
      return minute;
    case 'second':
      return second;
    case 'fraction':
      return fraction;
    case 'monthName':
      return (MONTHS[Number(month) - 1] ?? '').slice(0, 3);
    case 'weekday':
      return (WEEKDAYS[(time.getUTCDay() + 6) % 7] ?? '').slice(0, 3);
    case 'offset':
      return '+00:00';
    case 'utc':
      return 'UTC';
  }
}
