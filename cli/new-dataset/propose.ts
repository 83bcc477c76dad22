import type { DatasetDefinition, InputFormat, LeadingKey, PartitionScheme } from '../../lib/dataset';
import type { JsonInputSettings } from '../../lib/dataset/json-input';
import { SCHEME_KEYS } from '../../lib/dataset/partitions';
import type { CsvSettings } from '../../lib/dataset/text-format';
import { plural } from '../format';
import { type Changes, debeziumChanges, dedupeOf, findChanges, findUpdates } from './changes';
import { type ResolvedColumn, resolveColumns } from './columns';
import { CHANGE_TIME } from './debezium';
import { columnOf, type Doubt, type Proposal, usesSnake } from './definition';
import { formatDoubts, keyDoubts, notNullDoubts, rangeDoubts, timeDoubts } from './doubts';
import { nestedTimes, type TimeColumn, takenApart, timeColumns, timeNumbers, yearsOf } from './event-time';
import { type Folders, readFolders } from './folders';
import { joinTimes } from './joined-time';
import { jsonSettings } from './json-look';
import { candidateOf, idRank, type KeyCandidate, type KeySearch } from './keys';
import { nameAll, plainName } from './names';
import { ownPreset, presetCall } from './own-presets';
import type { Sample } from './samples';
import type { SampleTable } from './table';

/** The samples hold no row, or nothing that says when one happened. */
export class NoDatasetError extends Error {
  override readonly name = 'NoDatasetError';
}

/** Rows from which on a value in each of them is taken for the rule. */
const ROWS_THAT_TELL = 100;
/** Years that the range of partitions goes on after this one. */
const YEARS_AHEAD = 9;
/** Years of days that are fewer than a million partitions. */
const MOST_YEARS = 2500;
const SANE_YEARS = [1900, 2199] as const;

/** What can be said before it is known which columns are a key. */
export interface Draft {
  readonly name: string;
  readonly table: SampleTable;
  readonly columns: readonly ResolvedColumn[];
  readonly time: TimeColumn;
  readonly folders: Folders;
  readonly candidates: readonly KeyCandidate[];
  /** What tells that rows are changes of a table. */
  readonly changes: Changes | undefined;
  readonly doubts: readonly Doubt[];
}

/** @throws NoDatasetError */
export function draft(name: string, table: SampleTable, samples: readonly Sample[]): Draft {
  const { columns: separate, withoutType } = resolveColumns(table);
  const [sample] = samples;
  const isDebezium = sample?.format === 'json' && sample.look.isDebezium === true;
  // A value of another place has no column of its own there.
  const isByPosition = sample?.format === 'delimited' && typeof sample.dialect.csv.header === 'object';
  const plain = isDebezium || isByPosition ? separate : joinTimes(separate);
  const doubts: Doubt[] = withoutType.map(({ source, label }) => ({
    about: { member: 'columns' },
    text: `left out: ${JSON.stringify(source)} of type ${label}, which no type of the lake holds`,
  }));
  if (table.leftOut.size > 0)
    doubts.push({ about: { member: 'columns' }, text: 'left out: all columns beyond the first 1,000' });
  const found = timesOf(plain, table.rows, isDebezium);
  const [time, ...others] = found;
  const folders = readFolders(
    samples.map(({ relative }) => relative),
    plain.map(({ source }) => plainName(source)),
  );
  if (time === undefined) throw noTime(plain, table.rows, folders);
  const columns = time.column.path === undefined ? plain : takenApart(plain, time.column, table.rows);
  doubts.push(...timeDoubts(time, others, table.rows));
  const withTime = columns.map((column) => (column === time.column ? { ...column, resolved: time.resolved } : column));
  return {
    name,
    table,
    columns: withTime,
    time,
    folders,
    candidates: keyCandidates(withTime, name),
    changes: (isDebezium ? debeziumChanges : findChanges)(withTime, time.column.source),
    doubts,
  };
}

/** Columns that may be the event time: by their values, their names, or within others. */
function timesOf(columns: readonly ResolvedColumn[], rows: number, isDebezium: boolean): readonly TimeColumn[] {
  const named = timeColumns(columns, rows);
  // The time of the change is no time of the row, but better than none.
  const own = isDebezium ? named.filter(({ column }) => column.source !== CHANGE_TIME) : named;
  if (own.length > 0) return own;
  if (named.length > 0) return named;
  const numbers = timeNumbers(columns, rows);
  return numbers.length > 0 ? numbers : nestedTimes(columns, rows);
}

/** A day whose year has two digits, wherever it stands. */
const SHORT_YEAR = /^\d{1,2}([/.-])(?:\d{1,2}|[A-Za-z]{3})\1\d{2}(?!\d)/;

/** A time behind which a zone stands that is no offset. */
const ZONE_NAME = /\d:\d\d(?:[.,]\d+)? ?[A-Z]{2,5}$/;

function noTime(columns: readonly ResolvedColumn[], rows: number, { scheme }: Folders): NoDatasetError {
  const blank = columns.filter(
    ({ shape }) => shape.examples.size > 0 && [...shape.examples].every((text) => /^ +\S/.test(text)),
  );
  const near = columns.flatMap(({ source, shape }) => (shape.times.best.length > 0 ? [JSON.stringify(source)] : []));
  const short = columns.find(
    ({ shape }) => shape.examples.size > 0 && [...shape.examples].every((text) => SHORT_YEAR.test(text)),
  );
  const zoned = columns.find(
    ({ shape }) => shape.examples.size > 0 && [...shape.examples].every((text) => ZONE_NAME.test(text)),
  );
  return new NoDatasetError(
    `No column says when a row happened, in at least a fifth of ${plural(rows, 'row')}: a dataset needs one. ` +
      `There ${columns.length === 1 ? 'is' : 'are'} ${columns
        .slice(0, 8)
        .map(({ source }) => JSON.stringify(source))
        .join(', ')}` +
      `${columns.length > 8 ? ` and ${columns.length - 8} more` : ''}` +
      `${blank.length === 0 ? '' : `; the values of ${blank.map(({ source }) => JSON.stringify(source)).join(', ')} begin with blanks, which belong to them: remove those behind the delimiters, for example: sed 's/, */,/g' FILE > NEW`}` +
      `${short === undefined ? '' : `; the years of ${JSON.stringify(short.source)} have two digits, as in ${JSON.stringify([...short.shape.examples][0])}, which do not tell the century: let the source write four`}` +
      `${zoned === undefined ? '' : `; the times of ${JSON.stringify(zoned.source)} end in the name of a zone, as in ${JSON.stringify([...zoned.shape.examples][0])}, and such names mean several offsets: let the source write the offset, as +02:00, or UTC`}` +
      `${scheme !== undefined ? '; the folders tell a day, but the time of a row must be in the row: let the source write it there as a column, too' : ''}` +
      `${near.length === 0 ? '' : `; times stand in some rows of ${near.join(', ')}`}.`,
  );
}

/** Columns that may be an id of the row, the likeliest first. */
function keyCandidates(columns: readonly ResolvedColumn[], dataset: string): readonly KeyCandidate[] {
  return columns
    .flatMap(({ source, shape, isComplete, join, path, resolved: { node, times } }) => {
      const isSimple = isComplete && join === undefined && path === undefined && times === undefined;
      if (!isSimple || node.kind !== 'scalar' || node.format !== undefined) return [];
      if (!/^(?:string|int|bigint|smallint|decimal\(\d+,0\))$/.test(node.type)) return [];
      const texts = node.type === 'string' ? [...shape.examples] : [];
      return candidateOf(source, plainName(source), texts, dataset) ?? [];
    })
    .sort((a, b) => a.rank - b.rank);
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
 * @param unique the candidates that told all rows apart
 */
export function propose(
  { name, table, columns, time, folders, changes: marked, doubts }: Draft,
  samples: readonly Sample[],
  { unique, differing }: Pick<KeySearch, 'unique' | 'differing'>,
  now: Date,
): Proposal {
  const changes =
    marked ??
    findUpdates(
      columns,
      differing.filter((source) => idRank(plainName(source)) === 0),
      time.column.source,
    );
  const preset = ownPreset(samples, changes);
  const found = folders.scheme ?? 'day';
  const scheme = found === 'hour' && time.time.kind === 'date' ? 'day' : found;
  const partition = partitionOf(scheme, time, folders, now);
  const reserved = [
    ...SCHEME_KEYS[partition.scheme],
    ...(partition.leading ?? []).map((key) => key.name),
    ...folders.columns,
  ];
  const names = nameAll(
    columns.map(({ source }) => source),
    'column',
    reserved,
  );
  const isSnake =
    preset === undefined &&
    usesSnake(
      names,
      columns.map(({ resolved }) => resolved.node),
    );
  const nameOf = new Map(names.map((naming) => [naming.source, naming.name]));
  const key = unique.find(({ values, least }) => values >= least);
  const required = new Set([
    time.column.source,
    ...(changes === undefined ? (key === undefined ? [] : [key.source]) : [...changes.key, ...changes.by.slice(0, 1)]),
  ]);
  const isTelling = table.rows >= ROWS_THAT_TELL;
  const eventTime = nameOf.get(time.column.source) ?? '';
  const dedupeKey = changes === undefined && key !== undefined ? [nameOf.get(key.source) ?? ''] : undefined;
  const sample = samples[0];
  const definition: DatasetDefinition = {
    name,
    description: `Rows of ${name.replaceAll('_', ' ')}.`,
    columns: [
      ...folders.columns.map((column) => ({ name: column, type: 'string', notNull: true })),
      ...columns.map((column) => {
        const notNull = required.has(column.source) || (isTelling && column.isComplete);
        return columnOf(column, nameOf.get(column.source) ?? '', isSnake, notNull);
      }),
    ],
    ...(isSnake ? { columnNames: 'snake' as const } : {}),
    partition,
    eventTime,
    ...(dedupeKey === undefined ? {} : { dedupeKey }),
    ...(changes === undefined ? {} : { dedupe: dedupeOf(changes, (source) => nameOf.get(source) ?? '') }),
    sortBy: [eventTime],
    input: {
      formats: [formatOf(sample)],
      ...jsonInput(sample),
      ...csvSettings(sample),
      ...(sample?.format === 'lines' ? { lines: sample.look.lines } : {}),
      ...(folders.layout === undefined ? {} : { layout: folders.layout }),
    },
  };
  const call = preset === undefined ? undefined : presetCall(preset, definition);
  return {
    definition: call?.definition ?? definition,
    ...(call === undefined ? {} : { preset: call }),
    doubts: [
      ...doubts,
      { about: { member: 'description' }, text: 'say what a row is and where it comes from' },
      ...columns.flatMap(({ source, resolved }): Doubt[] =>
        resolved.doubts.map((text) => ({ about: { column: nameOf.get(source) ?? '' }, text })),
      ),
      ...notNullDoubts(columns, required, isTelling, nameOf, table.rows),
      ...[...folders.doubts, ...rangeDoubts(time)].map((text): Doubt => ({ about: { member: 'partition' }, text })),
      ...formatDoubts(sample).map((text): Doubt => ({ about: { member: 'input' }, text })),
      ...(changes === undefined
        ? keyDoubts(key, unique, nameOf, table.rows)
        : changes.doubts.map((text): Doubt => ({ about: { member: 'dedupe' }, text }))),
    ],
  };
}

function partitionOf(
  scheme: PartitionScheme['scheme'],
  time: TimeColumn,
  folders: Folders,
  now: Date,
): PartitionScheme {
  const years = folders.days.map((day) => Number(day.slice(0, 4)));
  const [first, last] = yearsOf(time.time);
  const all = [Math.min(first, ...years), Math.max(last, now.getUTCFullYear(), ...years) + YEARS_AHEAD] as const;
  // Days of thousands of years are more partitions than a query can list: those are mistakes in the data.
  const [least, most] = all[1] - all[0] < MOST_YEARS ? [1000, 9999] : SANE_YEARS;
  const from = Math.max(least, all[0]);
  const to = Math.min(most, all[1]);
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

function csvSettings(sample: Sample | undefined): { csv?: CsvSettings } {
  if (sample?.format !== 'delimited') return {};
  const { delimiter, ...others } = sample.dialect.csv;
  const csv = delimiter === ',' ? others : { delimiter, ...others };
  return Object.keys(csv).length === 0 ? {} : { csv };
}
