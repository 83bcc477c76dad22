import type { DatasetDefinition, InputFormat, LeadingKey, PartitionScheme } from '../../lib/dataset';
import type { JsonInputSettings } from '../../lib/dataset/json-input';
import { SCHEME_KEYS } from '../../lib/dataset/partitions';
import type { CsvSettings } from '../../lib/dataset/text-format';
import { count, plural } from '../format';
import { type ResolvedColumn, resolveColumns } from './columns';
import { columnOf, type Doubt, type Proposal, usesSnake } from './definition';
import { type TimeColumn, timeColumns, timeNumbers, yearsOf } from './event-time';
import { type FoldersLayout, readTemplate } from './folder-template';
import { type FolderKeys, readFolders } from './hive-folders';
import { joinTimes } from './joined-time';
import { jsonSettings } from './json-look';
import { idRank, type KeyCandidate, NO_ID_RANK, PART_RANK } from './keys';
import { nameAll, plainName } from './names';
import type { Sample } from './samples';
import type { SampleTable } from './table';

/** The samples hold nothing that says when a row happened, or no row at all. */
export class NoDatasetError extends Error {
  override readonly name = 'NoDatasetError';
}

/** Rows from which on a value in each of them is taken for the rule. */
const ROWS_THAT_TELL = 100;
/** Years that the range of partitions goes on after this one. */
const YEARS_AHEAD = 9;

/** What can be said before it is known which columns are a key. */
export interface Draft {
  readonly name: string;
  readonly table: SampleTable;
  readonly columns: readonly ResolvedColumn[];
  readonly time: TimeColumn;
  readonly folders: FolderKeys;
  /** How the folders are laid out, where not as Hive's. */
  readonly layout: FoldersLayout | undefined;
  readonly candidates: readonly KeyCandidate[];
  readonly doubts: readonly Doubt[];
}

/** @throws NoDatasetError */
export function draft(name: string, table: SampleTable, samples: readonly Sample[]): Draft {
  if (table.rows === 0) throw new NoDatasetError('No row can be read from the files.');
  const { columns: separate, withoutType } = resolveColumns(table);
  const columns = joinTimes(separate);
  const doubts: Doubt[] = withoutType.map(({ source, label }) => ({
    about: { member: 'columns' },
    text: `left out: ${JSON.stringify(source)} of type ${label}, which no type of the lake holds`,
  }));
  if (table.leftOut.size > 0)
    doubts.push({ about: { member: 'columns' }, text: 'left out: all columns beyond the first 1,000' });
  const named = timeColumns(columns, table.rows);
  const found = named.length > 0 ? named : timeNumbers(columns, table.rows);
  const [time, ...others] = found;
  if (time === undefined) throw noTime(columns, table);
  doubts.push(...timeDoubts(time, others, table.rows));
  const withTime = columns.map((column) => (column === time.column ? { ...column, resolved: time.resolved } : column));
  const folders = readFolders(samples.map(({ relative }) => relative));
  const isHive = folders.scheme !== undefined || folders.leading.length > 0;
  const layout = isHive ? undefined : readTemplate(samples.map(({ relative }) => relative));
  return {
    name,
    table,
    columns: withTime,
    time,
    folders,
    layout,
    candidates: keyCandidates(withTime, time, name),
    doubts,
  };
}

function noTime(columns: readonly ResolvedColumn[], table: SampleTable): NoDatasetError {
  const near = columns.flatMap(({ source, shape }) => (shape.times.best.length > 0 ? [JSON.stringify(source)] : []));
  return new NoDatasetError(
    `No column says when a row happened, in at least a fifth of ${plural(table.rows, 'row')}: a dataset needs one. ` +
      `There ${columns.length === 1 ? 'is' : 'are'} ${columns
        .slice(0, 8)
        .map(({ source }) => JSON.stringify(source))
        .join(', ')}` +
      `${columns.length > 8 ? ` and ${columns.length - 8} more` : ''}` +
      `${near.length === 0 ? '' : `; times stand in some rows of ${near.join(', ')}`}.`,
  );
}

function timeDoubts({ time, share, column }: TimeColumn, others: readonly TimeColumn[], rows: number): Doubt[] {
  const about = { member: 'eventTime' } as const;
  const rest = others.slice(0, 5).map(({ column: { source } }) => source);
  const missing = rows - time.read;
  return [
    ...(rest.length > 0 ? [{ about, text: `other times are ${rest.join(', ')}` }] : []),
    ...(share < 1
      ? [{ about, text: `${plural(missing, 'row')} of ${count(rows)} without such a time are refused` }]
      : []),
    ...(column.resolved.times === undefined &&
    column.resolved.node.kind === 'scalar' &&
    column.resolved.node.type !== 'string'
      ? [{ about, text: 'no name says that these numbers are times; they are the only ones that may be' }]
      : []),
  ];
}

/** Columns that may be a key, alone or with another, the likeliest first. */
function keyCandidates(columns: readonly ResolvedColumn[], time: TimeColumn, dataset: string): readonly KeyCandidate[] {
  const keys = columns.flatMap((column) => {
    const { node, times } = column.resolved;
    const isKey = column.isComplete && node.kind === 'scalar' && node.format === undefined && times === undefined;
    if (!isKey || !/^(?:string|int|bigint|smallint|decimal)/.test(node.type)) return [];
    const name = plainName(column.source);
    const isOwn = name === `${dataset}_id` || name === `${dataset.replace(/s$/, '')}_id`;
    return [{ source: column.source, rank: isOwn ? -1 : idRank(name) }];
  });
  const ids = keys.filter(({ rank }) => rank < NO_ID_RANK).sort((a, b) => a.rank - b.rank);
  const at = time.share === 1 && time.column.join === undefined ? [time.column.source] : [];
  const alone = ids.filter(({ rank }) => rank < PART_RANK).map(({ source }) => ({ sources: [source] }));
  const withTime = ids.flatMap(({ source }) => at.map((second) => ({ sources: [source, second] })));
  return [...alone, ...withTime];
}

function formatOf(sample: Sample | undefined): InputFormat {
  if (sample?.format === 'json') return sample.look.isOneALine ? 'ndjson' : 'json';
  if (sample?.format === 'lines') return 'lines';
  return sample?.format === 'parquet' ? 'parquet' : 'csv';
}

function jsonInput(sample: Sample | undefined): { json?: JsonInputSettings } {
  const json = sample?.format === 'json' ? jsonSettings(sample.look) : undefined;
  return json === undefined ? {} : { json };
}

/**
 * The dataset file in full.
 *
 * @param keys the candidates that told all rows apart
 */
export function propose(
  { name, table, columns, time, folders, layout, doubts }: Draft,
  samples: readonly Sample[],
  keys: readonly (KeyCandidate & { readonly repeated: number })[],
  now: Date,
): Proposal {
  const found = folders.scheme ?? layout?.scheme ?? 'day';
  const scheme = found === 'hour' && time.time.kind === 'date' ? 'day' : found;
  const days = [...folders.days, ...(layout?.days ?? [])];
  const partition = partitionOf(scheme, time, { ...folders, days }, now);
  const reserved = [
    ...SCHEME_KEYS[partition.scheme],
    ...(partition.leading ?? []).map((key) => key.name),
    ...(layout?.columns ?? []),
  ];
  const names = nameAll(
    columns.map(({ source }) => source),
    'column',
    reserved,
  );
  const isSnake = usesSnake(
    names,
    columns.map(({ resolved }) => resolved.node),
  );
  const nameOf = new Map(names.map((naming) => [naming.source, naming.name]));
  const key = keys[0];
  const required = new Set([time.column.source, ...(key?.sources ?? [])]);
  const isTelling = table.rows >= ROWS_THAT_TELL;
  const eventTime = nameOf.get(time.column.source) ?? '';
  const dedupeKey = key?.sources.map((source) => nameOf.get(source) ?? '');
  const sample = samples[0];
  const definition: DatasetDefinition = {
    name,
    description: `Rows of ${name.replaceAll('_', ' ')}.`,
    columns: [
      ...(layout?.columns ?? []).map((column) => ({ name: column, type: 'string', notNull: true })),
      ...columns.map((column) => {
        const notNull = required.has(column.source) || (isTelling && column.isComplete);
        return columnOf(column, nameOf.get(column.source) ?? '', isSnake, notNull);
      }),
    ],
    ...(isSnake ? { columnNames: 'snake' as const } : {}),
    partition,
    eventTime,
    ...(dedupeKey === undefined ? {} : { dedupeKey }),
    sortBy: dedupeKey?.includes(eventTime) === true ? dedupeKey : [eventTime],
    input: {
      formats: [formatOf(sample)],
      ...jsonInput(sample),
      ...csvSettings(sample),
      ...(sample?.format === 'lines' ? { lines: sample.look.lines } : {}),
      ...(layout === undefined ? {} : { layout: layout.layout }),
    },
  };
  return {
    definition,
    doubts: [
      ...doubts,
      { about: { member: 'description' }, text: 'say what a row is and where it comes from' },
      ...columns.flatMap(({ source, resolved }): Doubt[] =>
        resolved.doubts.map((text) => ({ about: { column: nameOf.get(source) ?? '' }, text })),
      ),
      ...notNullDoubts(columns, required, isTelling, nameOf, table.rows),
      ...[...(layout === undefined ? folders.doubts : layout.doubts), ...rangeDoubts(time)].map(
        (text): Doubt => ({ about: { member: 'partition' }, text }),
      ),
      ...formatDoubts(sample).map((text): Doubt => ({ about: { member: 'input' }, text })),
      ...keyDoubts(key, keys.slice(1), nameOf, table.rows),
    ],
  };
}

function partitionOf(
  scheme: PartitionScheme['scheme'],
  time: TimeColumn,
  folders: FolderKeys,
  now: Date,
): PartitionScheme {
  const years = folders.days.map((day) => Number(day.slice(0, 4)));
  const [first, last] = yearsOf(time.time);
  const from = Math.max(1000, Math.min(first, ...years));
  const to = Math.min(9999, Math.max(last, now.getUTCFullYear(), ...years) + YEARS_AHEAD);
  const tooManyHours = to - from + 1 > 10;
  const end = scheme === 'hour' && tooManyHours ? from + 9 : to;
  const isEnough = end >= Math.max(last, ...years);
  return {
    scheme: isEnough ? scheme : 'day',
    from: `${from}-01-01`,
    to: `${isEnough ? end : to}-12-31`,
    ...(folders.leading.length === 0 ? {} : { leading: bounded(folders.leading, to - from + 1, scheme) }),
  };
}

/** Enum keys multiply the partitions that a query may list, a million at most. */
function bounded(
  leading: readonly LeadingKey[],
  years: number,
  scheme: PartitionScheme['scheme'],
): readonly LeadingKey[] {
  let partitions = years * 372 * (scheme === 'hour' ? 24 : 1);
  return leading.map((key) => {
    if (key.kind === 'injected') return key;
    partitions *= key.values.length;
    return partitions <= 1_000_000 ? key : { name: key.name, kind: 'injected' };
  });
}

function rangeDoubts({ time }: TimeColumn): string[] {
  const [first, last] = yearsOf(time);
  const strange = [time.first, time.last]
    .map((millis) => new Date(millis))
    .filter((date) => {
      const year = date.getUTCFullYear();
      return year < first || year > last;
    });
  const found = `times from ${dayOf(time.first)} to ${dayOf(time.last)}`;
  return [
    strange.length === 0
      ? `${found}: rows outside of the range are refused`
      : `${found}: those outside of the range are refused, as few rows have them`,
  ];
}

const dayOf = (millis: number): string => new Date(millis).toISOString().slice(0, 10);

function notNullDoubts(
  columns: readonly ResolvedColumn[],
  required: ReadonlySet<string>,
  isTelling: boolean,
  nameOf: ReadonlyMap<string, string>,
  rows: number,
): Doubt[] {
  const complete = columns.filter(({ source, isComplete }) => isComplete && !required.has(source));
  if (complete.length === 0) return [];
  const text = isTelling
    ? `columns with a value in each of ${plural(rows, 'row')} are notNull: a row without one is refused`
    : `these have a value in every row, too few to make them notNull: ${complete.map(({ source }) => nameOf.get(source)).join(', ')}`;
  return [{ about: { member: 'columns' }, text }];
}

function keyDoubts(
  key: (KeyCandidate & { readonly repeated: number }) | undefined,
  others: readonly KeyCandidate[],
  nameOf: ReadonlyMap<string, string>,
  rows: number,
): Doubt[] {
  if (key === undefined) {
    return [{ about: { member: 'sortBy' }, text: 'no dedupeKey: no column whose name is that of an id is unique' }];
  }
  const shown = ({ sources }: KeyCandidate): string => sources.map((source) => nameOf.get(source)).join(' and ');
  const rest = others.filter(({ sources }) => sources.length === 1).slice(0, 3);
  const found =
    key.repeated === 0
      ? `unique in ${plural(rows, 'row')}`
      : `unique in ${plural(rows, 'row')} but for ${plural(key.repeated, 'whole copy', 'whole copies')}`;
  return [
    {
      about: { member: 'dedupeKey' },
      text: `${found}${rest.length === 0 ? '' : `; so is ${rest.map(shown).join(', ')}`}. Rows of one partition with the same key are kept once`,
    },
  ];
}

function formatDoubts(sample: Sample | undefined): readonly string[] {
  if (sample?.format === 'delimited') return sample.dialect.doubts;
  return sample?.format === 'lines' ? sample.look.doubts : [];
}

function csvSettings(sample: Sample | undefined): { csv?: CsvSettings } {
  if (sample?.format !== 'delimited') return {};
  const { delimiter, ...others } = sample.dialect.csv;
  const csv = delimiter === ',' ? others : { delimiter, ...others };
  return Object.keys(csv).length === 0 ? {} : { csv };
}
