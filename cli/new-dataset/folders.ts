import type { LeadingKey, PartitionScheme } from '../../lib/dataset';
import { parseLayout, TIME_PLACEHOLDERS } from '../../lib/dataset/layout-template';
import { SCHEME_KEYS } from '../../lib/dataset/partitions';
import { isSafePathValue } from '../../lib/dataset/path-values';
import { plural } from '../format';
import { type FolderTimes, folderTimes, type Level } from './folder-times';
import { nameAll, plainName } from './names';

/** What the folders of the samples say of the partitions. */
export interface Folders {
  /** As `input.layout` has it. @default the folders are Hive's, or tell no time */
  readonly layout?: string;
  /** Undefined where they tell no time. */
  readonly scheme: PartitionScheme['scheme'] | undefined;
  readonly leading: readonly LeadingKey[];
  /** Columns whose values come from the folders. */
  readonly columns: readonly string[];
  /** Days that the folders name, or first days of months, as `yyyy-MM-dd`. */
  readonly days: readonly string[];
  readonly doubts: readonly string[];
}

const NOTHING: Folders = { scheme: undefined, leading: [], columns: [], days: [], doubts: [] };
/** Names that no column or leading key has, whatever the scheme becomes. */
const TAKEN = [...new Set(Object.values(SCHEME_KEYS).flat()), ...Object.keys(TIME_PLACEHOLDERS)];
/** Keys of times: none is a leading key, because it has other values tomorrow. */
const TIME_NAME =
  /^(?:ds|ymd|yyyy|mm|dd|hh|mi|[ymdhs]|day_?hour|year_?month|(?:\w+_)?(?:date|day|time|timestamp|ts|hour|hr|minute|min|second|week|month|mon|quarter|year|yr|dt))$/i;
/** Of whatever order, and with whatever behind it. */
const DATE_LIKE = /^(?:19|20)\d\d[-_.]\d\d?(?!\d)|^\d\d?[-_.]\d\d?[-_.](?:19|20)\d\d/;
const KEY_NAME = /^[a-z_][a-z0-9_]*$/;
/** More values than this are taken for an open set. */
const MAX_ENUM = 50;
/** Names of what AWS puts into folders behind `AWSLogs/`. */
const ACCOUNT = /^\d{12}$/;
const REGION = /^(?:us|eu|ap|sa|ca|me|af|il|mx|cn)-(?:gov-)?[a-z]+-\d$/;
/** Text that a layout can hold around a placeholder, at the beginning of a folder. */
const TEXT = /^[A-Za-z0-9!.'()=-][A-Za-z0-9!_.'()=-]*$/;

/**
 * @param paths of the files, below the folder that would be `raw/<dataset>/`
 * @param members names of the columns of the rows: one from the path would hide that of its name
 */
export function readFolders(paths: readonly string[], members: readonly string[] = []): Folders {
  const all = paths.map((path) => path.split('/').slice(0, -1));
  const depth = Math.min(...all.map(({ length }) => length));
  const levels = Array.from({ length: paths.length === 0 ? 0 : depth }, (_, at) =>
    levelOf(all.map((folders) => folders[at] ?? '')),
  );
  const times = folderTimes(levels);
  if (times === undefined) return withoutTime(all, levels);
  return inHive(levels, times) ?? inLayout(levels, times, all[0] ?? [], members) ?? NOTHING;
}

function levelOf(folders: readonly string[]): Level {
  const prefix = prefixOf(folders[0] ?? '');
  const isShared = prefix !== '' && folders.every((folder) => folder.startsWith(prefix));
  return isShared
    ? { prefix, values: folders.map((folder) => folder.slice(prefix.length)) }
    : { prefix: '', values: folders };
}

const prefixOf = (folder: string): string => /^[^=]+=/.exec(folder)?.[0] ?? '';
const nameOf = ({ prefix }: Level): string => prefix.slice(0, -1);

/**
 * Leading keys, then those of a scheme, each as the lake itself writes it. Folders that are the same for all files may
 * stand above them: they are of where the samples lie today.
 */
function inHive(levels: readonly Level[], { parts, days, units }: FolderTimes): Folders | undefined {
  const start = Math.min(...parts.keys());
  const found = [...parts].map(([at, part]) => `${levels[at]?.prefix}${part}`).join('/');
  const schemes = {
    month: 'year={yyyy}/month={MM}',
    day: 'year={yyyy}/month={MM}/day={dd}',
    hour: 'year={yyyy}/month={MM}/day={dd}/hour={HH}',
    dt: 'dt={yyyy}-{MM}-{dd}',
  } as const;
  const scheme = (['month', 'day', 'hour', 'dt'] as const).find((name) => schemes[name] === found);
  const first = levels.findIndex(({ prefix }) => prefix !== '');
  const isBelow = levels.slice(0, first).every(({ values }) => values.every((value) => value === values[0]));
  const before = levels.slice(first, start);
  const hasMore = levels.slice(start + parts.size).some(isMeant);
  if (scheme === undefined || !isBelow || hasMore || !before.every((level) => isKey(level, before))) return undefined;
  const doubts: string[] = units.length === 2 ? ['the folders tell no day: partitions are months'] : [];
  return { scheme, leading: before.map((level) => leadingKey(level, doubts)), columns: [], days, doubts };
}

/** Numbers are those of shards, accounts or the like: no list of them stays complete. */
const areNumbers = ({ values }: Level): boolean => values.every((value) => /^\d+$/.test(value));

/** Whether a level can be a leading key under its own name. */
function isKey(level: Level, all: readonly Level[]): boolean {
  const name = nameOf(level);
  return (
    KEY_NAME.test(name) &&
    nameAll([name], 'column', TAKEN)[0]?.name === name &&
    !TIME_NAME.test(name) &&
    !areNumbers(level) &&
    level.values.every(isSafePathValue) &&
    !level.values.some((value) => DATE_LIKE.test(value)) &&
    folderTimes([level]) === undefined &&
    all.filter((other) => nameOf(other) === name).length === 1
  );
}

function leadingKey(level: Level, doubts: string[]): LeadingKey {
  const name = nameOf(level);
  const values = [...new Set(level.values)].sort();
  const folded = new Set(values.map((value) => value.toLowerCase()));
  if (values.length > MAX_ENUM || folded.size < values.length) {
    doubts.push(`${name} has ${plural(values.length, 'value')} in the samples: every query must name one`);
    return { name, kind: 'injected' };
  }
  doubts.push(`${name} has the values of the samples: add those that are to come, or make its kind 'injected'`);
  return { name, kind: 'enum', values };
}

/** Whether Hive folders behind those of the time hold more of it than minutes do. */
const isMeant = (level: Level): boolean =>
  level.prefix !== '' && !TIME_NAME.test(nameOf(level)) && level.values.every(isSafePathValue);

function inLayout(
  levels: readonly Level[],
  times: FolderTimes,
  example: readonly string[],
  members: readonly string[],
): Folders | undefined {
  const last = Math.max(...times.parts.keys());
  const end = Math.max(last, ...levels.flatMap((level, at) => (at > last && isMeant(level) ? [at] : [])));
  const columns: string[] = [];
  const any: string[] = [];
  const segments = levels.slice(0, end + 1).map((level, at) => {
    const time = times.parts.get(at);
    if (time !== undefined)
      return TEXT.test(level.prefix) || level.prefix === '' ? `${level.prefix}${time}` : undefined;
    const { segment, column } = segmentOf(level, at, columns, members);
    if (column !== undefined) columns.push(column);
    if (segment?.includes('*') === true) any.push(example[at] ?? '');
    return segment;
  });
  const layout = `${segments.join('/')}/`;
  if (segments.includes(undefined) || !isLayout(layout)) return undefined;
  return {
    layout,
    scheme: times.units.includes('day') ? 'day' : 'month',
    leading: [],
    columns,
    days: times.days,
    doubts: [
      `the folders ${example.join('/')}/ are taken for this layout, below raw/<dataset>/`,
      ...(columns.length === 0 ? [] : [`${plural(columns.length, 'column')} from the path: ${columns.join(', ')}`]),
      ...(any.length === 0 ? [] : [`any text may stand where the samples have ${any.join(', ')}`]),
    ],
  };
}

function isLayout(layout: string): boolean {
  try {
    parseLayout(layout);
    return true;
  } catch {
    return false;
  }
}

/** A folder beside those of the time: text where all have the same, a column where it has a meaning, else any text; none without a name. */
function segmentOf(
  level: Level,
  at: number,
  taken: readonly string[],
  members: readonly string[],
): { segment?: string; column?: string } {
  const { prefix, values } = level;
  const [first = ''] = values;
  if (prefix !== '' && !TEXT.test(prefix)) return { segment: '*' };
  if (prefix === '' && values.every((value) => value === first) && !ACCOUNT.test(first) && !REGION.test(first)) {
    return first === '' ? {} : { segment: TEXT.test(first) ? first : '*' };
  }
  if (values.includes('')) return prefix === '' ? {} : { segment: '*' };
  const isTime = prefix !== '' && (TIME_NAME.test(nameOf(level)) || folderTimes([level]) !== undefined);
  if (isTime || !values.every(isSafePathValue)) return { segment: `${prefix}*` };
  const name = columnName(level, at, taken);
  const column = members.includes(name) ? `path_${name}` : name;
  return { segment: `${prefix}{${column}}`, column };
}

function columnName(level: Level, at: number, taken: readonly string[]): string {
  const { values, prefix } = level;
  const known = values.every((value) => ACCOUNT.test(value))
    ? 'account'
    : values.every((value) => REGION.test(value))
      ? 'region'
      : undefined;
  const own =
    known ??
    (prefix === '' ? `folder_${at + 1}` : KEY_NAME.test(nameOf(level)) ? nameOf(level) : plainName(nameOf(level)));
  const isFree = (name: string): boolean => nameAll([name], 'column', [...TAKEN, ...taken])[0]?.name === name;
  if (isFree(own)) return own;
  // Such as `partition`, which is a reserved word.
  const renamed = taken.includes(own) ? own : `${own}_${areNumbers(level) ? 'number' : 'name'}`;
  return isFree(renamed) ? renamed : `${renamed}_${at + 1}`;
}

/** Keys of Hive folders, which the local lake takes in by the time of the rows. */
function withoutTime(all: readonly (readonly string[])[], levels: readonly Level[]): Folders {
  const keysOf = (folders: readonly string[]): string =>
    folders
      .map(prefixOf)
      .filter((prefix) => prefix !== '')
      .join('/');
  const keys = keysOf(all[0] ?? []);
  if (all.some((folders) => keysOf(folders) !== keys)) {
    return { ...NOTHING, doubts: ['the folders of the files have different keys: none is taken from them'] };
  }
  const doubts: string[] = [];
  const named = levels.filter(({ prefix }) => prefix !== '');
  const leading = named.flatMap((level) => {
    if (isKey(level, named)) return [leadingKey(level, doubts)];
    doubts.push(`the folders ${level.prefix} are no partition key: ${whyNoKey(level)}`);
    return [];
  });
  return { ...NOTHING, leading, doubts };
}

function whyNoKey(level: Level): string {
  const name = nameOf(level);
  if (TIME_NAME.test(name))
    return 'they are of a time, but the folders tell no month, so that rows are placed by their own time';
  const unsafe = level.values.find((value) => !isSafePathValue(value));
  if (unsafe !== undefined) return `the value '${unsafe}' cannot be one`;
  if (areNumbers(level))
    return "their numbers are no fixed set; if queries need them, write a leading key of kind 'injected'";
  return 'their name is taken, reserved by Athena, or no lowercase name';
}
