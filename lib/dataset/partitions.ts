import { DAY_MS, HOUR_MS, nextMonth, parseDay } from './calendar';
import type { Dataset, LeadingKey } from './model';
import { isSafePathValue, PATH_VALUE_RULE } from './path-values';

/** Values of a partition's keys in their canonical spelling: `{ tenant: 'acme', year: '2026', month: '06', day: '15' }`. */
export type PartitionValues = Readonly<Record<string, string>>;

export interface PartitionKey {
  readonly name: string;
  readonly type: 'string' | 'int';
  readonly comment: string;
}

export type ParsedPartition =
  | { readonly ok: true; readonly values: PartitionValues; readonly path: string }
  | { readonly ok: false; readonly problem: string };

/** A partition that the dataset does not have: not in canonical form, unknown value, or outside the range. */
export class PartitionError extends Error {
  override readonly name = 'PartitionError';
}

/** Characters of a value that a message repeats. */
const LONGEST_SHOWN = 80;

const TIME_KEYS = {
  year: { type: 'int', comment: 'Year of the event time, UTC', form: 'yyyy', digits: 4 },
  month: { type: 'int', comment: 'Month of the event time, UTC, 1 to 12', form: 'MM', digits: 2 },
  day: { type: 'int', comment: 'Day of the event time, UTC, 1 to 31', form: 'dd', digits: 2 },
  hour: { type: 'int', comment: 'Hour of the event time, UTC, 0 to 23', form: 'HH', digits: 2 },
  dt: { type: 'string', comment: 'Day of the event time, UTC, yyyy-MM-dd', form: 'yyyy-MM-dd', digits: undefined },
} as const;

export type TimeKey = keyof typeof TIME_KEYS;

/** The time keys of a scheme, outermost first. */
export const SCHEME_KEYS: Readonly<Record<Dataset['partition']['scheme'], readonly TimeKey[]>> = {
  day: ['year', 'month', 'day'],
  hour: ['year', 'month', 'day', 'hour'],
  dt: ['dt'],
  month: ['year', 'month'],
};

/** What follows from a dataset's partitioning alone. Paths are read by the million, so it is computed once. */
interface Partitioning {
  readonly keys: readonly PartitionKey[];
  /** Epoch milliseconds of the range: start inclusive, end exclusive. */
  readonly start: number;
  readonly end: number;
}

const partitionings = new WeakMap<Dataset['partition'], Partitioning>();

function partitioningOf({ partition }: Dataset): Partitioning {
  const known = partitionings.get(partition);
  if (known !== undefined) return known;
  const partitioning = {
    keys: keysOf(partition),
    start: parseDay(partition.from)?.getTime() ?? Number.NaN,
    end: (parseDay(partition.to)?.getTime() ?? Number.NaN) + DAY_MS,
  };
  partitionings.set(partition, partitioning);
  return partitioning;
}

function keysOf({ leading, scheme }: Dataset['partition']): readonly PartitionKey[] {
  return [
    ...leading.map(
      (key): PartitionKey => ({
        name: key.name,
        type: 'string',
        comment:
          key.kind === 'enum'
            ? 'One of a fixed set of values'
            : 'Any value; every query must give one with an equality',
      }),
    ),
    ...SCHEME_KEYS[scheme].map(
      (name): PartitionKey => ({ name, type: TIME_KEYS[name].type, comment: TIME_KEYS[name].comment }),
    ),
  ];
}

/** The partition keys of both tables of a dataset, outermost first. */
export function partitionKeys(dataset: Dataset): readonly PartitionKey[] {
  return partitioningOf(dataset).keys;
}

/** The form of the dataset's partition paths, for messages and documentation: `tenant=<tenant>/year=<yyyy>/...`. */
export function partitionForm(dataset: Dataset): string {
  return [
    ...dataset.partition.leading.map(({ name }) => `${name}=<${name}>`),
    ...SCHEME_KEYS[dataset.partition.scheme].map((name) => `${name}=<${TIME_KEYS[name].form}>`),
  ].join('/');
}

/**
 * The Hive path of a partition, without a trailing slash: `tenant=acme/year=2026/month=06/day=15`.
 *
 * @throws PartitionError when a key is missing or too many, or a value is not one that `parsePartitionPath` accepts
 */
export function partitionPath(dataset: Dataset, values: PartitionValues): string {
  const names = partitionKeys(dataset).map(({ name }) => name);
  const extra = Object.keys(values).find((name) => !names.includes(name));
  if (extra !== undefined) {
    throw new PartitionError(
      `dataset ${dataset.name} has no partition key ${shown(extra)}, its keys are ${names.join(', ')}`,
    );
  }
  const path = names
    .map((name) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined) throw new PartitionError(`no value for partition key '${name}' of ${dataset.name}`);
      return `${name}=${value}`;
    })
    .join('/');
  const parsed = parsePartitionPath(dataset, path);
  if (!parsed.ok) throw new PartitionError(parsed.problem);
  return path;
}

/**
 * Reads a partition's path. Accepts only the canonical form, a day that exists, known enum values and a time inside the
 * dataset's range: exactly the partitions that the projected tables can see, because rows anywhere else would be stored
 * but never found.
 */
export function parsePartitionPath(dataset: Dataset, path: string): ParsedPartition {
  const keys = partitionKeys(dataset);
  const parts = path.split('/');
  const values: Record<string, string> = {};
  const fail = (problem: string): ParsedPartition => ({
    ok: false,
    problem: `partition path ${shown(path)} of dataset ${dataset.name}: ${problem}`,
  });
  if (parts.length !== keys.length) return fail(`must have the form ${partitionForm(dataset)}`);
  for (const [index, key] of keys.entries()) {
    const part = parts[index] ?? '';
    if (!part.startsWith(`${key.name}=`)) return fail(`must have the form ${partitionForm(dataset)}`);
    values[key.name] = part.slice(key.name.length + 1);
  }
  const problem = leadingProblem(dataset, values) ?? timeProblem(dataset, values);
  return problem === undefined ? { ok: true, values, path } : fail(problem);
}

/**
 * The path of the partition that holds an event time. Days and hours are those of UTC.
 *
 * @param leading values of the leading keys, which no event time can tell
 * @throws PartitionError when the time is invalid or outside the dataset's range, or a leading value is not acceptable
 */
export function partitionForTime(dataset: Dataset, time: Date, leading: PartitionValues = {}): string {
  if (Number.isNaN(time.getTime())) throw new PartitionError(`invalid event time for dataset ${dataset.name}`);
  if (!isInRange(dataset, time.getTime())) {
    throw new PartitionError(
      `event time ${time.toISOString()} is outside the range of dataset ${dataset.name}, ${rangeText(dataset)}`,
    );
  }
  const iso = time.toISOString();
  const all: Record<TimeKey, string> = {
    year: iso.slice(0, 4),
    month: iso.slice(5, 7),
    day: iso.slice(8, 10),
    hour: iso.slice(11, 13),
    dt: iso.slice(0, 10),
  };
  const own = SCHEME_KEYS[dataset.partition.scheme].map((name) => [name, all[name]]);
  return partitionPath(dataset, { ...leading, ...Object.fromEntries(own) });
}

/**
 * The time that a partition covers: `start` inclusive, `end` exclusive.
 *
 * @throws PartitionError when the path is not one of the dataset's
 */
export function partitionInterval(dataset: Dataset, path: string): { readonly start: Date; readonly end: Date } {
  const parsed = parsePartitionPath(dataset, path);
  if (!parsed.ok) throw new PartitionError(parsed.problem);
  const start = startOf(dataset, parsed.values) ?? new Date(Number.NaN);
  const { scheme } = dataset.partition;
  if (scheme === 'month') return { start, end: nextMonth(start) };
  return { start, end: new Date(start.getTime() + (scheme === 'hour' ? HOUR_MS : DAY_MS)) };
}

/**
 * The SQL predicate that selects exactly one partition, with one comparison for each key so that all of them are pruned:
 * `tenant = 'acme' AND year = 2026 AND month = 6 AND day = 15`.
 *
 * @throws PartitionError when the path is not one of the dataset's
 */
export function partitionPredicate(dataset: Dataset, path: string): string {
  const parsed = parsePartitionPath(dataset, path);
  if (!parsed.ok) throw new PartitionError(parsed.problem);
  return partitionKeys(dataset)
    .map(({ name, type }) => {
      const value = parsed.values[name] ?? '';
      return `${name} = ${type === 'int' ? Number(value) : `'${value}'`}`;
    })
    .join(' AND ');
}

function leadingProblem(dataset: Dataset, values: PartitionValues): string | undefined {
  for (const key of dataset.partition.leading) {
    const problem = leadingValueProblem(key, values[key.name] ?? '');
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Why a text cannot be the value of a leading key, if it cannot. */
export function leadingValueProblem(key: LeadingKey, value: string): string | undefined {
  if (key.kind === 'enum' && !key.values.includes(value)) return `${shown(value)} is not a value of key ${key.name}`;
  if (!isSafePathValue(value)) return `${shown(value)} cannot be a value of key ${key.name}: ${PATH_VALUE_RULE}`;
  return undefined;
}

/** Values come from outside: what a message repeats of one has an end. */
const shown = (value: string): string =>
  `'${value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}...` : value}'`;

function timeProblem(dataset: Dataset, values: PartitionValues): string | undefined {
  for (const name of SCHEME_KEYS[dataset.partition.scheme]) {
    const { digits } = TIME_KEYS[name];
    const value = values[name] ?? '';
    if (digits !== undefined && (value.length !== digits || !/^\d+$/.test(value))) {
      return `${name} must be ${digits} digits, but got ${shown(value)}`;
    }
  }
  const start = startOf(dataset, values);
  if (start === undefined) return `names no ${dataset.partition.scheme === 'month' ? 'month' : 'day'} that exists`;
  if (dataset.partition.scheme === 'hour' && Number(values.hour) > 23) return 'hour must be 00 to 23';
  return isInRange(dataset, start.getTime()) ? undefined : `is outside the range ${rangeText(dataset)}`;
}

function startOf(dataset: Dataset, values: PartitionValues): Date | undefined {
  const { scheme } = dataset.partition;
  const dayOfMonth = scheme === 'month' ? '01' : values.day;
  const day = parseDay((scheme === 'dt' ? values.dt : `${values.year}-${values.month}-${dayOfMonth}`) ?? '');
  return day === undefined || scheme !== 'hour' ? day : new Date(day.getTime() + Number(values.hour) * HOUR_MS);
}

function isInRange(dataset: Dataset, time: number): boolean {
  const { start, end } = partitioningOf(dataset);
  return time >= start && time < end;
}

function rangeText(dataset: Dataset): string {
  return `${dataset.partition.from} to ${dataset.partition.to}`;
}
