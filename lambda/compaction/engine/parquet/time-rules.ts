import { quoteText } from '../../../../lib/dataset/duckdb-types';
import type { ValueFormat } from '../../../../lib/dataset/model';
import { MONTHS, type PatternPart, parsePattern, WEEKDAYS } from '../../../../lib/dataset/time-pattern';
import { MAX_EPOCH_MILLIS, MIN_EPOCH_MILLIS } from '../../../../lib/rows/calendar';
import type { Found } from './found';
import type { Rule } from './rule';

/**
 * Rules for times of a declared format, the same as of lines: see `lib/rows/time-format.ts`. What the file
 * itself marks as a time or a date needs no format.
 */
export function fromFormat(
  found: Found,
  type: { readonly kind: 'timestamp' | 'date'; readonly format: ValueFormat },
  x: string,
  isText: boolean,
  iso: Rule | undefined,
): Rule | undefined {
  const { kind, format } = type;
  if (found.kind === 'text') {
    const text = isText ? x : `decode(${x}, 'replace')`;
    const own = `regexp_full_match(${text}, '${OWN_FORM[kind]}')`;
    const value = 'epoch' in format ? epochOfText(text, format.epoch) : patternValue(text, format, kind);
    if (iso === undefined) return undefined;
    const misfit = `CASE WHEN ${own} THEN ${iso.misfit ?? 'false'} ELSE ${isNoTime(value, kind)} END`;
    return { how: 'by the format', value: `CASE WHEN ${own} THEN ${iso.value} ELSE ${value} END`, misfit };
  }
  if (!('epoch' in format)) return undefined;
  switch (found.kind) {
    case 'integer': {
      const value = timeOf(`${x}::HUGEINT`, '0', format.epoch);
      return { how: 'by the format', value, misfit: isNoTime(value, kind) };
    }
    case 'float':
    case 'double':
    case 'decimal': {
      const value = epochOfText(`CAST(${x} AS VARCHAR)`, format.epoch);
      return { how: 'by the format', value, misfit: isNoTime(value, kind) };
    }
    default:
      return undefined;
  }
}

const OWN_FORM = {
  timestamp: '[0-9]{4}-[0-9]{2}-[0-9]{2}T.*(Z|[+-][0-9]{2}:?[0-9]{2})',
  date: '[0-9]{4}-[0-9]{2}-[0-9]{2}',
} as const;

const RANGE = {
  timestamp: "NOT BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999'",
  date: "NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'",
} as const;

const isNoTime = (value: string, kind: 'timestamp' | 'date'): string => `coalesce(${value} ${RANGE[kind]}, true)`;

const PER_MILLI = { s: '0', ms: '1', us: '1000', ns: '1000000' } as const;

/** A time from whole units since 1970 and, for seconds, the remaining milliseconds; NULL when it is out of range. */
function timeOf(units: string, millis: string, unit: keyof typeof PER_MILLI): string {
  const per = PER_MILLI[unit];
  // Integer division cuts towards zero, and times before 1970 are cut towards the past like all others.
  const whole =
    unit === 's'
      ? `${units} * 1000 + ${millis}`
      : `${units} // ${per} - CASE WHEN ${units} % ${per} < 0 THEN 1 ELSE 0 END`;
  const bounds = `greatest(least(${units}, 300000000000000000000), -300000000000000000000)`;
  const bounded = whole.replaceAll(units, bounds);
  const inRange = `CASE WHEN (${bounded}) BETWEEN ${MIN_EPOCH_MILLIS} AND ${MAX_EPOCH_MILLIS} THEN (${bounded}) END`;
  return `make_timestamp_ms(CAST(${inRange} AS BIGINT))`;
}

const NUMBER = '-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?';

/** The shortest text of a number, as JSON would have it. */
function epochOfText(text: string, unit: keyof typeof PER_MILLI): string {
  // A cast would round.
  const cut = `regexp_replace(${text}, '(\\.[0-9]{16})[0-9]+', '\\1')`;
  const number = `CASE WHEN regexp_full_match(${text}, '${NUMBER}') THEN TRY_CAST(${cut} AS DECIMAL(38,16)) END`;
  const whole = `CAST(floor(${number}) AS HUGEINT)`;
  const millis = `CAST(floor(CAST(${number} - floor(${number}) AS DECIMAL(38,16)) * 1000) AS HUGEINT)`;
  return timeOf(whole, millis, unit);
}

function patternValue(x: string, format: { pattern: string; offset: number }, kind: 'timestamp' | 'date'): string {
  const parts = parsePattern(format.pattern);
  const names = parts.flatMap((part) => (CAPTURED.has(part.kind) ? [part.kind] : []));
  const pattern = quoteText(`^${parts.map(expression).join('')}$`);
  const group = (name: PatternPart['kind']): string | undefined => {
    const index = names.indexOf(name);
    return index < 0 ? undefined : `trim(regexp_extract(${x}, ${pattern}, ${index + 1}))`;
  };
  const two = (name: PatternPart['kind']): string => {
    const found = group(name);
    return found === undefined ? "'00'" : `lpad(${found}, 2, '0')`;
  };
  const monthName = group('monthName');
  const months = `[${MONTHS.map((month) => quoteText(month.slice(0, 3).toLowerCase())).join(', ')}]`;
  const month =
    monthName === undefined
      ? two('month')
      : `lpad(CAST(list_position(${months}, lower(left(${monthName}, 3))) AS VARCHAR), 2, '0')`;
  const date = `${group('year')} || '-' || ${month} || '-' || ${two('day')}`;
  if (kind === 'date') return `TRY_CAST(${date} AS DATE)`;
  const fraction = group('fraction');
  const millis = fraction === undefined ? '' : ` || '.' || left(${fraction}, 3)`;
  const local = `TRY_CAST(${date} || ' ' || ${hour(group, two)} || ':' || ${two('minute')} || ':' || ${two('second')}${millis} AS TIMESTAMP)`;
  return `(${local} - to_minutes(${offsetMinutes(group('offset'), format.offset)}))`;
}

type Group = (name: PatternPart['kind']) => string | undefined;

function hour(group: Group, two: (name: PatternPart['kind']) => string): string {
  const hour12 = group('hour12');
  // The engine reads 24:00:00 as the following midnight.
  if (hour12 === undefined) return `nullif(${two('hour')}, '24')`;
  const number = `TRY_CAST(${hour12} AS INTEGER)`;
  const shifted = `${number} % 12 + CASE WHEN lower(${group('half')}) = 'pm' THEN 12 ELSE 0 END`;
  return `lpad(CAST(CASE WHEN ${number} BETWEEN 1 AND 12 THEN ${shifted} END AS VARCHAR), 2, '0')`;
}

function offsetMinutes(text: string | undefined, declared: number): string {
  if (text === undefined) return `${declared}`;
  const digits = `rpad(replace(substr(${text}, 2), ':', ''), 4, '0')`;
  const minutes = `TRY_CAST(left(${digits}, 2) AS INTEGER) * 60 + TRY_CAST(right(${digits}, 2) AS INTEGER)`;
  return `CASE WHEN ${text} = 'Z' THEN 0 WHEN ${text} LIKE '-%' THEN -(${minutes}) ELSE ${minutes} END`;
}

const CAPTURED = new Set<PatternPart['kind']>([
  ...([
    'year',
    'month',
    'monthName',
    'day',
    'hour',
    'hour12',
    'half',
    'minute',
    'second',
    'fraction',
    'offset',
  ] as const),
]);

const anyOf = (names: readonly string[]): string =>
  `(?i:${[...names, ...names.map((name) => name.slice(0, 3))].join('|')})`;

function expression(part: PatternPart): string {
  switch (part.kind) {
    case 'literal':
      return part.text.replace(/[^A-Za-z0-9 ]/gu, (char) => (char.charCodeAt(0) < 128 ? `\\${char}` : char));
    case 'year':
      return '([0-9]{4})';
    case 'fraction':
      return '([0-9]{1,9})';
    case 'monthName':
      return `(${anyOf(MONTHS)})`;
    case 'weekday':
      return anyOf(WEEKDAYS);
    case 'half':
      return '((?i:am|pm))';
    case 'offset':
      return '(Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)';
    case 'utc':
      return '(?i:utc|gmt|z)';
    default:
      return part.blank ? `( [0-9]|[0-9]{${part.exact ? 2 : '1,2'}})` : `([0-9]{${part.exact ? 2 : '1,2'}})`;
  }
}
