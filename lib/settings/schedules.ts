/**
 * Schedule expressions of EventBridge Scheduler and Glue. CloudFormation accepts any text, and the service would refuse it only at
 * deployment, so they are checked at synth.
 */

interface CronField {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const CRON_FIELDS: readonly CronField[] = [
  { name: 'minutes', least: 0, most: 59 },
  { name: 'hours', least: 0, most: 23 },
  { name: 'day of month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of week', least: 1, most: 7, names: WEEKDAYS },
  { name: 'year', least: 1970, most: 2199 },
];

/** What is wrong with a `rate(...)` expression, or undefined. */
export function rateProblem(expression: string): string | undefined {
  const match = /^rate\((\d+) (minute|minutes|hour|hours|day|days)\)$/.exec(expression);
  if (match === null) return "is not of the form 'rate(15 minutes)'";
  const [, value, unit] = match as unknown as [string, string, string];
  if (Number(value) < 1) return 'must be at least 1';
  return (value === '1') === unit.endsWith('s')
    ? `must be singular for 1 and plural otherwise, not '${value} ${unit}'`
    : undefined;
}

/** What is wrong with a six-field `cron(...)` expression, or undefined. */
export function cronProblem(expression: string): string | undefined {
  const fields = /^cron\((.*)\)$/.exec(expression)?.[1]?.split(' ');
  if (fields?.length !== 6) return "is not of the form 'cron(minutes hours day-of-month month day-of-week year)'";
  const bad = CRON_FIELDS.find((field, index) => !isField(field, fields[index] ?? ''));
  if (bad !== undefined) return `has a ${bad.name} field that AWS does not accept`;
  return (fields[2] === '?') === (fields[4] === '?')
    ? "needs '?' in exactly one of day of month and day of week"
    : undefined;
}

function isField(field: CronField, text: string): boolean {
  if (field.name.startsWith('day') && text === '?') return true;
  if (field.name === 'day of month' && /^(L|LW|([1-9]|[12]\d|3[01])W)$/.test(text)) return true;
  if (field.name === 'day of week' && /^(L|[1-7]L|[1-7]#[1-5])$/.test(text)) return true;
  return text.split(',').every((part) => isPart(field, part));
}

function isPart(field: CronField, part: string): boolean {
  const [range = '', step, ...rest] = part.split('/');
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
  if (range === '*') return true;
  const [from, to, ...more] = range.split('-').map((text) => cronValue(field, text));
  if (more.length > 0 || from === undefined) return false;
  return range.includes('-') ? to !== undefined && from <= to : true;
}

function cronValue(field: CronField, text: string): number | undefined {
  const name = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (name >= 0) return name + 1;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= field.least && value <= field.most ? value : undefined;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

/** Seconds between two runs of a `rate(...)`; undefined for a cron expression, whose runs are not evenly spaced. */
export function rateSeconds(expression: string): number | undefined {
  const [, value, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const seconds = UNIT_SECONDS[unit];
  return seconds === undefined ? undefined : Number(value) * seconds;
}
