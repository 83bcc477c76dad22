import type { LeadingKey } from '../../lib/dataset';
import { isSafePathValue } from '../../lib/dataset/path-values';
import { plural } from '../format';

/** A key of `key=value` folders with the values that it has. */
interface FolderKey {
  readonly name: string;
  readonly values: ReadonlySet<string>;
}

/** What folders such as `tenant=acme/year=2026/month=06/day=15` say of the partitions. */
export interface FolderKeys {
  /** The scheme that the time keys are of, where they are in its form. */
  readonly scheme: 'day' | 'hour' | 'dt' | undefined;
  readonly leading: readonly LeadingKey[];
  /** Days that the folders name, as `yyyy-MM-dd`. */
  readonly days: readonly string[];
  readonly doubts: readonly string[];
}

const NOTHING: FolderKeys = { scheme: undefined, leading: [], days: [], doubts: [] };
const TIME_KEYS = ['year', 'month', 'day', 'hour', 'dt'];
/** Keys of tools beside the lake's: no leading key, because a query's partition would repeat the event time. */
const OTHER_TIME =
  /^(?:date|ds|ymd|yyyy|mm|dd|hh|day_?hour|year_?month|(?:event|ingest|load|partition|p)?_?(?:date|day|time|hour|month|year))$/i;
const KEY_NAME = /^[a-z_][a-z0-9_]*$/;
/** More values than this are taken for an open set. */
const MAX_ENUM = 50;

export function readFolders(paths: readonly string[]): FolderKeys {
  const perFile = paths.map((path) => segments(path));
  const [first] = perFile;
  if (first === undefined || first.length === 0) return NOTHING;
  const shape = first.map(([name]) => name).join('/');
  if (perFile.some((found) => found.map(([name]) => name).join('/') !== shape)) {
    return { ...NOTHING, doubts: ['the folders of the files have different keys: none is taken from them'] };
  }
  const keys = first.map(
    ([name], index): FolderKey => ({ name, values: new Set(perFile.map((found) => found[index]?.[1] ?? '')) }),
  );
  const time = keys.filter(({ name }) => TIME_KEYS.includes(name));
  const scheme = schemeOf(time);
  const doubts: string[] = [];
  if (time.length > 0 && scheme === undefined) {
    doubts.push(
      `the folders ${time.map(({ name }) => `${name}=`).join('/')} are no scheme of the lake: rows are placed by their event time`,
    );
  }
  const leading = keys
    .filter(({ name }) => !TIME_KEYS.includes(name) && !OTHER_TIME.test(name))
    .flatMap((key) => leadingKey(key, doubts));
  const days = scheme === undefined ? [] : perFile.map((found) => dayOf(new Map(found)));
  return { scheme, leading, days, doubts };
}

function segments(path: string): (readonly [string, string])[] {
  return path
    .split('/')
    .slice(0, -1)
    .flatMap((segment) => {
      const equals = segment.indexOf('=');
      return equals > 0 ? [[segment.slice(0, equals), segment.slice(equals + 1)] as const] : [];
    });
}

function schemeOf(keys: readonly FolderKey[]): FolderKeys['scheme'] {
  const all = (name: string, pattern: RegExp): boolean =>
    keys.some((key) => key.name === name && [...key.values].every((value) => pattern.test(value)));
  const names = keys.map(({ name }) => name).join('/');
  if (names === 'dt') return all('dt', /^\d{4}-\d\d-\d\d$/) ? 'dt' : undefined;
  const isDay = all('year', /^\d{4}$/) && all('month', /^\d\d$/) && all('day', /^\d\d$/);
  if (names === 'year/month/day') return isDay ? 'day' : undefined;
  return names === 'year/month/day/hour' && isDay && all('hour', /^\d\d$/) ? 'hour' : undefined;
}

const dayOf = (values: ReadonlyMap<string, string>): string =>
  values.get('dt') ?? `${values.get('year')}-${values.get('month')}-${values.get('day')}`;

function leadingKey({ name, values }: FolderKey, doubts: string[]): LeadingKey[] {
  const unsafe = [...values].find((value) => !isSafePathValue(value));
  if (!KEY_NAME.test(name) || unsafe !== undefined) {
    doubts.push(
      `the folders ${name}= cannot be a partition key${unsafe === undefined ? '' : `, because of the value '${unsafe}'`}`,
    );
    return [];
  }
  const folded = new Set([...values].map((value) => value.toLowerCase()));
  if (values.size > MAX_ENUM || folded.size < values.size) {
    doubts.push(`${name} has ${plural(values.size, 'value')} in the samples: every query must name one`);
    return [{ name, kind: 'injected' }];
  }
  doubts.push(`${name} has the values of the samples: add those that are to come, or make its kind 'injected'`);
  return [{ name, kind: 'enum', values: [...values].sort() }];
}
