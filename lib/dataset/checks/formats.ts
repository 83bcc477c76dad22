import type { ColumnType, ValueFormat } from '../model';
import { PatternError, type PatternPart, parsePattern, toldBy } from '../time-pattern';
import { formatHiveType, withInner } from '../types';
import type { Cursor } from './cursor';

/** A format of times, or any JSON as text. */
export type ColumnFormat = ValueFormat | 'json';

const EXAMPLES = "write for example { epoch: 's' }, or { pattern: '%d/%b/%Y:%H:%M:%S %z' }";
const ZONES = "write 'UTC' or an offset such as '+02:00'";

/** Checks a `format` for values of a type: a timestamp, a date or a string, or arrays or maps of them. */
export function readFormat(cursor: Cursor, type: ColumnType): ColumnFormat | undefined {
  const kind = formattedKind(type);
  if (cursor.value === 'json') {
    if (kind === 'string') return 'json';
    return cursor.problem(
      `'json' keeps any JSON as text, for the type '${formatHiveType(type)}'`,
      'change the type to string, or remove it; a field of a struct has its format in fields',
    );
  }
  if (kind === 'string') {
    return cursor.problem(
      `the format of a time, for the type '${formatHiveType(type)}'`,
      "change the type to timestamp or date, or write 'json' to take any JSON as text",
    );
  }
  if (kind === undefined) {
    return cursor.problem(
      `the format of a time, for the type '${formatHiveType(type)}'`,
      'remove it, or change the type to timestamp or date; a field of a struct has its format in fields',
    );
  }
  const object = cursor.object(['epoch', 'pattern', 'zone'], EXAMPLES);
  if (object === undefined) return undefined;
  if (object.epoch.isMissing === object.pattern.isMissing) {
    return cursor.problem(object.epoch.isMissing ? 'says nothing' : 'has both epoch and pattern', EXAMPLES);
  }
  if (object.pattern.isMissing) {
    if (!object.zone.isMissing) object.zone.problem('an epoch has no zone', 'remove it');
    if (kind === 'date') return cursor.problem('an epoch tells more than a date', 'change the type to timestamp');
    const epoch = object.epoch.oneOf(['s', 'ms', 'us', 'ns']);
    return epoch && { epoch };
  }
  const pattern = object.pattern.text(EXAMPLES);
  const offset = object.zone.isMissing ? 0 : readZone(object.zone);
  if (pattern === undefined || offset === undefined) return undefined;
  try {
    const parts = parsePattern(pattern);
    const told = toldBy(parts);
    const problem = likeIso(parts, offset) ?? (kind === 'date' ? dateProblem(told) : timeProblem(told));
    if (problem !== undefined) return object.pattern.problem(...problem);
    if (object.zone.isMissing) return { pattern, offset };
    if (kind === 'date') return object.zone.problem('a date has no zone', 'remove it');
    if (told.has('offset')) return object.zone.problem('the pattern reads a zone already', 'remove one of the two');
    return { pattern, offset };
  } catch (error) {
    if (error instanceof PatternError) return object.pattern.problem(error.problem, error.fix);
    throw error;
  }
}

/** The type with the format in each of its times, or of its strings. */
export function withFormat(type: ColumnType, format: ColumnFormat): ColumnType {
  if (format === 'json') {
    if (type.kind === 'string') return { kind: 'string', json: true };
  } else if (type.kind === 'timestamp' || type.kind === 'date') {
    return { kind: type.kind, format };
  }
  // Fields of structs have formats of their own.
  return withInner(
    type,
    (inner) => withFormat(inner, format),
    (field) => field,
  );
}

function formattedKind(type: ColumnType): 'timestamp' | 'date' | 'string' | undefined {
  switch (type.kind) {
    case 'timestamp':
    case 'date':
    case 'string':
      return type.kind;
    case 'array':
      return formattedKind(type.element);
    case 'map':
      return formattedKind(type.value);
    default:
      return undefined;
  }
}

/** Minutes east of UTC. */
function readZone(cursor: Cursor): number | undefined {
  const text = cursor.text(ZONES);
  if (text === undefined || text === 'UTC') return text && 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):([0-5]\d)$/.exec(text) ?? [];
  const offset = Number(hours) * 60 + Number(minutes);
  if (sign !== undefined && offset <= 14 * 60) return sign === '-' ? -offset : offset;
  return cursor.problem(
    /^[A-Za-z]/.test(text)
      ? `'${text}' has hours that come twice a year, or may have them`
      : `'${text}' is not an offset`,
    `${ZONES}, or read the zone of each value with %z`,
  );
}

type Problem = readonly [problem: string, fix: string];

/** ISO 8601, which events have, is always taken, and first: no pattern may read it otherwise. */
function likeIso(parts: readonly PatternPart[], offset: number): Problem | undefined {
  const [first, second, third] = parts;
  if (first?.kind === 'year' && second?.kind === 'literal' && second.text === '-' && third?.kind === 'day') {
    return ['has the day before the month where ISO 8601 has it after it', 'change the order at the source'];
  }
  const last = parts.at(-1);
  if (offset !== 0 && last?.kind === 'literal' && last.text.endsWith('Z')) {
    return ["ends in 'Z', which means UTC", 'remove the zone'];
  }
  return undefined;
}

const DATE_PARTS = ['year', 'month', 'day'];

function missing(told: ReadonlySet<string>, wanted: readonly string[]): Problem | undefined {
  const part = wanted.find((name) => !told.has(name));
  return part === undefined
    ? undefined
    : [`tells no ${part}, so that no time can be made of it`, 'add it to the pattern'];
}

function dateProblem(told: ReadonlySet<string>): Problem | undefined {
  const more = [...told].find((name) => ![...DATE_PARTS, 'literal', 'weekday'].includes(name));
  if (more !== undefined)
    return ['tells more than a date', 'remove it from the pattern, or change the type to timestamp'];
  return missing(told, DATE_PARTS);
}

function timeProblem(told: ReadonlySet<string>): Problem | undefined {
  const order = ['hour', 'minute', 'second', 'fraction'];
  const last = order.findLastIndex((name) => told.has(name));
  return missing(told, [...DATE_PARTS, ...order.slice(0, Math.max(0, last))]);
}
