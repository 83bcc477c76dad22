import type { Dedupe } from '../dedupe';
import type { ColumnType, Dataset, SourcePath } from '../model';
import { describePath, isJoined, partsOf } from '../sources';
import { type CsvDialect, canHold } from '../text-format';
import { parsePattern } from '../time-pattern';
import type { CheckedColumn } from './columns';
import { type Cursor, show } from './cursor';

interface Declared {
  readonly checked: readonly CheckedColumn[];
  readonly dedupe: Dedupe;
  readonly input: Dataset['input'];
  /** Columns whose values the layout takes from the path. */
  readonly fromPath: ReadonlySet<string>;
}

/** Refuses settings that are valid alone but contradict another setting. */
export function checkContradictions({ report }: Cursor, declared: Declared): void {
  const { checked, input, fromPath } = declared;
  const read = checked.filter(({ name }) => name !== undefined && !fromPath.has(name));
  for (const column of read) {
    checkTimes(column, input);
    checkUnwrapped(column, input);
    for (const { where, nulls } of nullsOf(input)) {
      const word =
        column.type?.kind === 'boolean' ? nulls.find((text) => text === 'true' || text === 'false') : undefined;
      if (word === undefined) continue;
      report.add(
        where,
        `${show(word)} is a value of column '${column.name}', a boolean, which would be null`,
        'remove it, or change the type of the column to string',
      );
    }
  }
  checkDeletions(report, declared);
}

/** Records are looked up in by themselves: a path from the envelope on leads nowhere. */
function checkUnwrapped({ from, fromCursor }: CheckedColumn, { json }: Dataset['input']): void {
  if (json === undefined || from === undefined || from === 'snake') return;
  const { unwrap } = json;
  const isOutside = (path: SourcePath): boolean =>
    path.length > unwrap.length && unwrap.every((name, index) => name === path[index]);
  const paths = isJoined(from) ? from.join : from;
  const [first = []] = paths;
  if (!paths.every(isOutside)) return;
  const inside = first.slice(unwrap.length).map((name) => `'${name}'`);
  fromCursor.problem(
    `begins with ${describePath(unwrap)}, which input.json.unwrap takes the records out of`,
    `name what stands in a record: ${inside.length === 1 ? inside[0] : `{ path: [${inside.join(', ')}] }`}`,
  );
}

/** What is null in a dataset, in text as a field without quotes. */
const nullsOf = ({ formats, csv, lines, nulls }: Dataset['input']) => [
  ...(nulls === undefined ? [] : [{ where: 'input.nulls', nulls }]),
  ...(formats.includes('csv') ? [{ where: 'input.csv.nulls', nulls: csv.nulls ?? [] }] : []),
  ...(formats.includes('lines') ? [{ where: 'input.lines.nulls', nulls: lines?.nulls ?? [] }] : []),
];

/** A pattern, or an epoch, that no field or no joined fields can be. */
function checkTimes({ name, type, from, typeCursor, formatCursor }: CheckedColumn, input: Dataset['input']): void {
  const format = type !== undefined && 'format' in type ? type.format : undefined;
  // Without a format, a time may be a number as well; a date may not.
  if (type?.kind === 'date' && format === undefined) checkDelimiter(typeCursor, '-', 'yyyy-MM-dd ', input);
  if (format === undefined) return;
  const parts = partsOf(from === undefined ? { name: name ?? '' } : { name: name ?? '', from });
  if (!('pattern' in format)) {
    if (parts.length > 0) {
      formatCursor.problem(`is a number, and column '${name}' is joined from several values`, 'name one value in from');
    }
    return;
  }
  const pattern = parsePattern(format.pattern);
  const literals = pattern.map((part) => (part.kind === 'literal' ? part.text : '')).join('');
  if (isJoined(from)) {
    // A day of one digit may have one before it.
    const days = pattern.filter((part) => 'blank' in part && part.blank).length;
    if (literals.split(' ').length - 1 + days >= parts.length - 1) return;
    formatCursor.problem(
      `has fewer blanks than there are between the ${parts.length} values that column '${name}' joins`,
      "write a blank where one value ends, for example '%Y-%m-%d %H:%M:%S'",
    );
    return;
  }
  checkDelimiter(formatCursor, literals, '', input);
}

/** @param literals of a form of times that has a name, or none, at the beginning of the message */
function checkDelimiter(cursor: Cursor, literals: string, form: string, { csv, formats }: Dataset['input']): void {
  if (!formats.includes('csv') || canHold(csv) || !literals.includes(csv.delimiter)) return;
  cursor.problem(
    `${form}holds the delimiter ${JSON.stringify(csv.delimiter)}, so that no field is such a time`,
    "name the fields in from: { join: ['date', 'time'] }, or change input.csv.quote",
  );
}

const BITS: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, int: 32, bigint: 64 };

/** Values that tell a deletion, and that no row can have. */
function checkDeletions(report: Cursor['report'], { checked, dedupe, input, fromPath }: Declared): void {
  const { deleted } = dedupe;
  const type = checked.find(({ name }) => name === deleted?.column)?.type;
  if (deleted === undefined || type === undefined) return;
  const isText = input.formats.length > 0 && input.formats.every((format) => format === 'csv' || format === 'lines');
  for (const [index, value] of deleted.values.entries()) {
    // Booleans that are null are reported with their column.
    if (typeof value === 'boolean') continue;
    const at = `dedupe.deleted.values[${index}]`;
    const known = nullsOf(input).find(({ nulls }) => nulls.includes(String(value)));
    if (known !== undefined && !fromPath.has(deleted.column)) {
      report.add(
        at,
        `${show(value)} is null as ${known.where} says, so that no row with it would delete its key`,
        'remove it from one of the two',
      );
    }
    const why = typeof value === 'number' ? outOfRange(type, value) : noText(value, isText ? input : undefined);
    if (why !== undefined)
      report.add(at, `${show(value)} ${why}, so that no row has it`, 'write a value that rows have');
  }
}

function outOfRange({ kind }: ColumnType, value: number): string | undefined {
  const limit = 2 ** ((BITS[kind] ?? 64) - 1);
  return value >= -limit && value < limit ? undefined : `is out of the range of ${kind}`;
}

/** @param input of a dataset that takes nothing but text */
function noText(value: string, input: Dataset['input'] | undefined): string | undefined {
  if (!value.isWellFormed()) return 'holds half of a surrogate pair';
  if (input === undefined) return undefined;
  const csv = input.formats.includes('csv') ? input.csv : undefined;
  if (value === '') return csv === undefined || !canBeEmpty(csv) ? 'is null in the input' : undefined;
  if (/[\n\r]/.test(value) && (csv === undefined || !canHold(csv))) return 'is of several lines';
  if (input.lines === undefined && csv !== undefined && value.includes(csv.delimiter) && !canHold(csv)) {
    return 'holds the delimiter';
  }
  return undefined;
}

const canBeEmpty = ({ empty, quote }: CsvDialect): boolean => empty === 'string' || quote !== false;
