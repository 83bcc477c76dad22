import { DAY_MS, nextMonth, parseDay } from '../calendar';
import type { Dataset, LeadingKey } from '../model';
import { SCHEME_KEYS } from '../partitions';
import { isSafePathValue, PATH_VALUE_RULE } from '../path-values';
import { type Cursor, count, show } from './cursor';
import { readColumnName } from './names';

const MAX_ENUM_VALUES = 1000;
/** A query without a predicate lists every projected partition: each is a LIST request. */
const MAX_PARTITIONS = 1_000_000;
/**
 * Athena slows down when most projected partitions are empty, and hours are 24 times as many as days.
 * https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
 */
const MAX_HOUR_YEARS = 10;

const EXAMPLE = "write for example { scheme: 'day', from: '2026-01-01', to: '2035-12-31' }";

/** @param columns names of the dataset's columns, which no partition key may repeat */
export function checkPartition(cursor: Cursor, columns: readonly string[]): Dataset['partition'] | undefined {
  const object = cursor.object(['scheme', 'from', 'to', 'leading'], EXAMPLE);
  if (object === undefined) return undefined;
  const scheme = object.scheme.oneOf(['day', 'hour', 'dt', 'month']);
  const from = readDay(object.from);
  const to = readDay(object.to);
  const leading = object.leading.isMissing ? [] : checkLeading(object.leading);
  checkKeyNames(object.scheme, scheme, object.leading, leading, columns);
  if (from === undefined || to === undefined) return undefined;
  if (from > to) {
    return object.from.problem(`the range starts on ${from}, after its end on ${to}`, 'write the earlier day as from');
  }
  if (scheme === undefined) return undefined;
  if (scheme === 'month') checkWholeMonths(object.from, from, object.to, to);
  const keys = leading.filter((key) => key !== undefined);
  checkSize(cursor, { scheme, from, to, leading: keys });
  return { scheme, from, to, leading: keys };
}

function readDay(cursor: Cursor): string | undefined {
  const fix = 'write a day that exists as yyyy-MM-dd, for example 2026-01-31';
  const text = cursor.text(fix);
  if (text === undefined) return undefined;
  if (parseDay(text) === undefined) return cursor.problem(`${show(text)} is not a day of the calendar`, fix);
  // Projection does not pad the year, so it must have four digits.
  return text < '1000' ? cursor.problem(`'${text}' is too early`, 'write a year from 1000 to 9999') : text;
}

/** A partition is all in the range, or not at all. */
function checkWholeMonths(fromCursor: Cursor, from: string, toCursor: Cursor, to: string): void {
  if (!from.endsWith('-01')) {
    fromCursor.problem(`'${from}' is not the first day of a month`, `write ${from.slice(0, 8)}01 for scheme 'month'`);
  }
  const end = new Date(nextMonth(new Date(to)).getTime() - DAY_MS).toISOString().slice(0, 10);
  if (to !== end) toCursor.problem(`'${to}' is not the last day of a month`, `write ${end} for scheme 'month'`);
}

function checkLeading(cursor: Cursor): readonly (LeadingKey | undefined)[] {
  const items = cursor.array("write for example [{ name: 'tenant', kind: 'injected' }]") ?? [];
  return items.map((item) => {
    const injected =
      typeof item.value === 'object' && item.value !== null && 'kind' in item.value
        ? item.value.kind === 'injected'
        : false;
    const object = item.object(
      injected ? ['name', 'kind'] : ['name', 'kind', 'values'],
      "write for example { name: 'tenant', kind: 'injected' }",
    );
    if (object === undefined) return undefined;
    const name = readColumnName(object.name);
    const kind = object.kind.oneOf(['enum', 'injected']);
    const values = kind === 'enum' && 'values' in object ? checkEnumValues(object.values as Cursor) : [];
    if (name === undefined || kind === undefined) return undefined;
    return kind === 'enum' ? { name, kind, values } : { name, kind };
  });
}

function checkEnumValues(cursor: Cursor): readonly string[] {
  const fix = "list every value of the key, or make it kind 'injected'";
  const items = cursor.array(fix) ?? [];
  if (Array.isArray(cursor.value) && items.length === 0) cursor.problem('is empty', fix);
  if (items.length > MAX_ENUM_VALUES) {
    cursor.problem(
      `has ${count(items.length)} values`,
      `write at most ${count(MAX_ENUM_VALUES)}, or make the key kind 'injected'`,
    );
  }
  const seen = new Map<string, string>();
  const values: string[] = [];
  for (const item of items) {
    const value = item.text('write a string');
    if (value === undefined) continue;
    const earlier = seen.get(value.toLowerCase());
    if (!isSafePathValue(value)) {
      item.problem(`${show(value)} is not safe in an S3 path and in partition projection`, PATH_VALUE_RULE);
    } else if (earlier === value) {
      item.problem(`value '${value}' occurs twice`, 'remove one of them');
    } else if (earlier !== undefined) {
      item.problem(`values '${value}' and '${earlier}' differ only by case`, 'use one spelling');
    }
    seen.set(value.toLowerCase(), value);
    values.push(value);
  }
  return values;
}

function checkKeyNames(
  schemeCursor: Cursor,
  scheme: Dataset['partition']['scheme'] | undefined,
  leadingCursor: Cursor,
  leading: readonly (LeadingKey | undefined)[],
  columns: readonly string[],
): void {
  const report = leadingCursor.report;
  const taken = new Set(columns.map((name) => name.toLowerCase()));
  const timeKeys: readonly string[] = scheme === undefined ? [] : SCHEME_KEYS[scheme];
  const keys = new Set(timeKeys);
  for (const [index, key] of leading.entries()) {
    if (key === undefined) continue;
    const field = `${leadingCursor.field}[${index}].name`;
    const folded = key.name.toLowerCase();
    if (taken.has(folded)) {
      report.add(
        field,
        `partition key '${key.name}' is also a column`,
        'remove the column: queries read the key from the path',
      );
    }
    if (keys.has(folded)) {
      report.add(field, `partition key '${key.name}' occurs twice`, 'give each partition key its own name');
    }
    keys.add(folded);
  }
  for (const key of timeKeys) {
    if (taken.has(key)) {
      schemeCursor.problem(
        `partition key '${key}' of scheme '${scheme}' is also a column`,
        `rename the column, for example to 'event_${key}'`,
      );
    }
  }
}

function checkSize(cursor: Cursor, partition: Dataset['partition']): void {
  const { scheme, from, to, leading } = partition;
  const years = Number(to.slice(0, 4)) - Number(from.slice(0, 4)) + 1;
  if (scheme === 'hour' && years > MAX_HOUR_YEARS) {
    cursor.problem(
      `scheme 'hour' projects the hours of ${count(years)} years`,
      `narrow the range to ${MAX_HOUR_YEARS} years, or use scheme 'day'`,
    );
    return;
  }
  // Projected are all months with all of 31 days, whether they exist or not.
  const days =
    scheme === 'dt' ? (Date.parse(to) - Date.parse(from)) / DAY_MS + 1 : years * 12 * (scheme === 'month' ? 1 : 31);
  const combinations = leading.reduce((product, key) => product * (key.kind === 'enum' ? key.values.length : 1), 1);
  const partitions = days * (scheme === 'hour' ? 24 : 1) * combinations;
  if (partitions > MAX_PARTITIONS) {
    cursor.problem(
      `projects ${count(partitions)} partitions, and a query without a predicate lists all of them`,
      `stay below ${count(MAX_PARTITIONS)}: narrow the range, or make an enum key kind 'injected'`,
    );
  }
}
