/**
 * Reads an event time as compaction reads it: `yyyy-MM-dd`, `T` or a space, `HH:mm:ss`, up to nine digits of fraction, and
 * a zone (`Z`, `±hh:mm`, `±hhmm`, `±hh`, or none, which means UTC); or whole milliseconds since 1970; or `yyyy-MM-dd` for a date.
 * Undefined for anything else, a day that does not exist included.
 */
export function parseEventTime(value: unknown, kind: 'timestamp' | 'date'): Date | undefined {
  if (kind === 'date') {
    return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)
      ? existing(value, `${value}T00:00:00Z`)
      : undefined;
  }
  if (typeof value === 'number') {
    return Number.isInteger(value) ? valid(new Date(value)) : undefined;
  }
  if (typeof value !== 'string') {
    return undefined;
  }
  const match = /^(\d{4}-\d\d-\d\d)[T ]((?:[01]\d|2[0-3]):\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(value);
  if (match === null) {
    return undefined;
  }
  const [, day = '', time = '', fraction = '.', zone = 'Z'] = match;
  const offset = zone === 'Z' ? zone : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '').padEnd(2, '0')}`;
  return existing(day, `${day}T${time}${fraction.padEnd(4, '0').slice(0, 4)}${offset}`);
}

/** JavaScript takes 30 February for 2 March. */
function existing(day: string, iso: string): Date | undefined {
  const midnight = valid(new Date(`${day}T00:00:00Z`));
  return midnight?.toISOString().slice(0, 10) === day ? valid(new Date(iso)) : undefined;
}

const valid = (date: Date): Date | undefined => (Number.isNaN(date.getTime()) ? undefined : date);
