/** Figures as people read them. Decimal units throughout (1 MB = 1,000,000 bytes), as Athena bills and disks are sold. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `38.2 MB`; whole bytes below 1 kB. */
export function bytes(value: number): string {
  let scaled = value < 1000 ? Math.round(value) : value;
  let unit = 0;
  // 999.95 would print as "1000.0": it belongs to the next unit.
  while (scaled >= (unit === 0 ? 1000 : 999.95) && unit < UNITS.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? scaled : Number(scaled.toFixed(scaled >= 99.95 ? 0 : 1))} ${UNITS[unit]}`;
}

/** `600,000`, the same in every locale. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `1 file`, `4,000 files`. */
export const plural = (value: number, noun: string, several = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : several}`;

/** `840 ms`, `1.28 s`, `2 min 5 s`, `3 h 5 min`, `1 day 6 h`, `12 days`. */
export function seconds(value: number): string {
  if (value < 0.9995) {
    const ms = value * 1000;
    return `${ms < 9.95 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
  }
  if (value < 59.95) {
    return `${value < 9.995 ? value.toFixed(2) : value.toFixed(1)} s`;
  }
  const whole = Math.round(value);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(value / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(value / 3_600);
  const days = Math.floor(hours / 24);
  return days < 10 ? `${plural(days, 'day')} ${hours % 24} h` : plural(days, 'day');
}

/** Two significant digits at least: `$0.000050`, `$0.0012`, `$1.25`, `$12,345`. */
export function dollars(value: number): string {
  if (value === 0) {
    return '$0';
  }
  const digits = value >= 0.1 ? 2 : Math.min(12, 1 - Math.floor(Math.log10(value)));
  return value >= 1000
    ? `$${value.toLocaleString('en-US', { maximumFractionDigits: 0 })}`
    : `$${value.toFixed(digits)}`;
}

/** How many times less `after` is than `before`: `12.4x less`, `768x less`, `same`, `1.3x more`. */
export function improvement(before: number, after: number, less = 'less'): string {
  if (before === after) {
    return 'same';
  }
  if (after === 0 || before === 0) {
    return after === 0 ? 'none left' : 'new';
  }
  const ratio = Math.max(before, after) / Math.min(before, after);
  if (ratio < 1.05) {
    return 'about the same';
  }
  return `${ratio < 99.95 ? Number(ratio.toFixed(1)) : count(ratio)}x ${after < before ? less : 'more'}`;
}
