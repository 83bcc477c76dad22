import type { TimeFormat } from '../../lib/dataset';
import { count, plural } from '../format';
import { type NamingLevel, nameAll, plainName } from './names';
import { kindsOf, MAX_FIELDS, type Shape } from './shape';
import type { TimeFinding } from './time-candidates';
import { epochUnit, saysTime, type TimeGuess } from './time-guess';

/** The type of a column, field, element or value of a map. */
export type TypeNode =
  | { readonly kind: 'scalar'; readonly type: string; readonly format?: TimeFormat | 'json' }
  | { readonly kind: 'array'; readonly element: TypeNode }
  | { readonly kind: 'map'; readonly key: string; readonly value: TypeNode }
  | { readonly kind: 'struct'; readonly level: NamingLevel; readonly fields: readonly TypeNode[] };

export interface Resolved {
  readonly node: TypeNode;
  /** What is not sure about it, in sentences. */
  readonly doubts: readonly string[];
  /** For times: the readings that fit, the chosen one first. */
  readonly times?: readonly TimeFinding[];
}

const MAX_DEPTH = 20;
/** More names of members than this, each in few of the objects, are data: a map. */
const MAP = { names: 20, share: 0.2 };
/** Structs beyond this many fields are kept as JSON. */
const MAX_STRUCT = 200;

const scalar = (type: string, ...doubts: readonly string[]): Resolved => ({ node: { kind: 'scalar', type }, doubts });

const formatted = (type: string, format: TimeFormat | 'json' | undefined): TypeNode => ({
  kind: 'scalar',
  type,
  ...(format === undefined ? {} : { format }),
});

/** Any JSON, as text: what takes values of several kinds. */
const anyJson = (...doubts: readonly string[]): Resolved => ({ node: formatted('string', 'json'), doubts });

/**
 * The type that takes every value.
 *
 * @param name in the input, for what it says of numbers
 */
export function resolve(shape: Shape, name: string, depth = 0): Resolved {
  if (shape.values === 0) return scalar('string', 'it is null in every row: its type is a guess');
  if (shape.texts > 0) return ofText(shape, name);
  const kinds = kindsOf(shape);
  const [kind, ...others] = kinds;
  if (others.length > 0 || kind === undefined) {
    const found = kinds.length === 2 ? kinds.join(' and ') : `${kinds.slice(0, -1).join(', ')} and ${kinds.at(-1)}`;
    const time = mixedTime(shape, name);
    return time ?? anyJson(`values are ${found}: kept as JSON text`);
  }
  switch (kind) {
    case 'boolean':
      return scalar('boolean');
    case 'number':
      return ofNumbers(shape, name) ?? anyJson('no number type holds all of its numbers: kept as JSON text');
    case 'string':
      return ofStrings(shape, name);
    case 'array':
      return depth >= MAX_DEPTH ? anyJson('it is nested deeply') : ofArray(shape, name, depth);
    case 'object':
      return depth >= MAX_DEPTH ? anyJson('it is nested deeply') : ofObject(shape, depth);
  }
}

function ofNumbers(shape: Shape, name: string, isText = false): Resolved | undefined {
  const { numbers } = shape;
  const unit = saysTime(plainName(name)) ? epochUnit(numbers.least, numbers.largest) : undefined;
  if (unit !== undefined) return epoch(shape, unit, isText);
  // Texts of an AWS account: some begin with 0, though none of the samples does.
  if (isText && /account/.test(plainName(name)) && numbers.least >= 1e11 && numbers.largest < 1e12)
    return scalar('string', 'ids of accounts may begin with 0: kept as text');
  const found = numbers.type(isText);
  if (found === undefined) return undefined;
  const long = numbers.isLong && found.type === 'bigint' ? ['some are beyond 2^53, which many tools round'] : [];
  return scalar(found.type, ...long, ...(found.doubt === undefined ? [] : [found.doubt]));
}

export type EpochUnit = 's' | 'ms' | 'us' | 'ns';

/** Numbers as times. Whole milliseconds need no format. */
export function epoch(shape: Shape, unit: EpochUnit, isText: boolean): Resolved {
  const stats = shape.numbers.count > 0 ? shape.numbers : shape.numberTexts;
  const isPlain = unit === 'ms' && stats.integers === stats.count && (shape.strings === 0 || isText);
  const factor = { s: 1e3, ms: 1, us: 1e-3, ns: 1e-6 }[unit];
  const [first, last] = [stats.least * factor, stats.largest * factor];
  const guess: TimeGuess = { kind: 'timestamp', ...(isPlain ? {} : { format: { epoch: unit } }) };
  return {
    node: formatted('timestamp', guess.format),
    doubts: [`numbers taken for times, as ${UNIT_NAMES[unit]} since 1970: ${day(first)} to ${day(last)}`],
    times: [{ ...guess, read: stats.count, first: Math.floor(first), last: Math.floor(last) }],
  };
}

const UNIT_NAMES = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' } as const;
const day = (millis: number): string => new Date(millis).toISOString().slice(0, 10);

/** Strings and numbers mixed are times where the same epoch is written both ways. */
function mixedTime(shape: Shape, name: string): Resolved | undefined {
  const { numbers, numberTexts, strings, values } = shape;
  if (numbers.count + strings !== values || numberTexts.count !== strings || !saysTime(plainName(name)))
    return undefined;
  const unit = epochUnit(Math.min(numbers.least, numberTexts.least), Math.max(numbers.largest, numberTexts.largest));
  return unit === undefined ? undefined : epoch(shape, unit, false);
}

function ofStrings(shape: Shape, name: string): Resolved {
  const times = ofTimes(shape, name);
  if (times !== undefined) return times;
  const { numberTexts, strings, emptyStrings } = shape;
  if (numberTexts.count === strings && saysTime(plainName(name))) {
    const unit = epochUnit(numberTexts.least, numberTexts.largest);
    if (unit !== undefined) return epoch(shape, unit, false);
  }
  return scalar('string', ...nearTime(shape), ...(emptyStrings === strings ? ['every value is the empty string'] : []));
}

/** Times where each value is one. A version that is a date today, as `2024-04-10`, is `2025-03-31.basil` tomorrow. */
function ofTimes(shape: Shape, name: string): Resolved | undefined {
  const [best, ...others] = shape.times.best;
  if (best === undefined || best.read !== shape.values) return undefined;
  if (best.kind === 'date' && /(?:^|_)version(?:_|$)/.test(plainName(name))) return undefined;
  return timesAs(best, others);
}

export function timesAs(best: TimeFinding, others: readonly TimeFinding[]): Resolved {
  return { node: formatted(best.kind, best.format), doubts: timeDoubts(best, others), times: [best, ...others] };
}

function timeDoubts(best: TimeFinding, others: readonly TimeFinding[]): string[] {
  const { format } = best;
  if (format === undefined || !('pattern' in format)) return [];
  const rival = others.find(
    (other) => other.format !== undefined && (other.first !== best.first || other.last !== best.last),
  );
  const other = rival?.format !== undefined && 'pattern' in rival.format ? rival.format.pattern : undefined;
  return [
    ...(other === undefined ? [] : [`'${other}' reads every value too: check which it is`]),
    ...(best.kind === 'date' || /%[zZ]/.test(format.pattern) ? [] : ['the times have no zone: taken as UTC']),
  ];
}

/** Most, but not all of the values are times. */
function nearTime({ times, values }: Shape): string[] {
  const [best] = times.best;
  if (best === undefined || best.read < 0.8 * values) return [];
  return [`${count(best.read)} of ${plural(values, 'value')} would be a ${best.kind}${shownFormat(best)}`];
}

const shownFormat = ({ format }: TimeGuess): string =>
  format === undefined ? '' : 'epoch' in format ? `, epoch in ${format.epoch}` : `, '${format.pattern}'`;

/** Fields of delimited text, which have no types of their own. */
function ofText(shape: Shape, name: string): Resolved {
  const { texts, booleans, numbers } = shape;
  const times = ofTimes(shape, name);
  // Eight digits are a date only where the name says so.
  const isNumeric = numbers.count === texts;
  if (times !== undefined && (!isNumeric || saysTime(plainName(name)))) return times;
  if (booleans === texts) return scalar('boolean');
  if (isNumeric) return ofNumbers(shape, name, true) ?? scalar('string', 'no number type holds all of its numbers');
  const almost = Math.max(numbers.count, booleans);
  const odd = [...shape.examples].find((text) => !/^-?[\d.]+$|^(?:true|false)$/.test(text));
  const near =
    almost >= 0.8 * texts
      ? [
          `${count(almost)} of ${plural(texts, 'value')} are ${numbers.count > booleans ? 'numbers' : 'booleans'}${odd === undefined ? '' : `, but not ${JSON.stringify(odd)}`}`,
        ]
      : [];
  return scalar('string', ...near, ...nearTime(shape));
}

function ofArray(shape: Shape, name: string, depth: number): Resolved {
  if (shape.element.values === 0) {
    return anyJson('every array is empty: kept as JSON text until one is not');
  }
  const { node, doubts } = resolve(shape.element, name, depth + 1);
  return { node: { kind: 'array', element: node }, doubts };
}

function ofObject(shape: Shape, depth: number): Resolved {
  const { fields, members, objects } = shape;
  if (members === 0) return anyJson('every object is empty: kept as JSON text until one is not');
  const isData = fields.size > MAP.names && members / objects < MAP.share * fields.size;
  if (isData || shape.otherFields > 0) return ofNames(shape, depth);
  if (fields.size > MAX_STRUCT) return anyJson(`it has ${count(fields.size)} fields: kept as JSON text`);
  const level = nameAll([...fields.keys()], 'field');
  const resolved = [...fields].map(([name, field]) => ({ name, ...resolve(field, name, depth + 1) }));
  return {
    node: { kind: 'struct', level, fields: resolved.map(({ node }) => node) },
    doubts: resolved.flatMap(({ name, doubts }) => doubts.map((doubt) => `Field ${JSON.stringify(name)}: ${doubt}`)),
  };
}

/** An object whose names are data, as those of labels are. */
function ofNames(shape: Shape, depth: number): Resolved {
  const names = `${shape.otherFields > 0 ? 'more than ' : ''}${count(Math.min(shape.fields.size, MAX_FIELDS))} names of members`;
  const { node } = resolve(shape.merged(), '', depth + 1);
  if (node.kind === 'scalar' && node.format === undefined && shape.otherFields === 0) {
    return { node: { kind: 'map', key: 'string', value: node }, doubts: [`${names}, taken for data: a map`] };
  }
  return anyJson(`${names}, taken for data, with values of several kinds: kept as JSON text`);
}
