import { groupNames, javaPattern, parseLinePattern } from './line-pattern';
import type { Column, Dataset, TableDefinition } from './model';
import { pathColumns } from './placement';
import { isJoined, type Place, partsOf, Sources } from './sources';
import { commentOf, declaredFields } from './text-format';

type Named = { readonly name: string; readonly type: string; readonly comment?: string };

/** What of a raw table depends on how its text is written. */
export type TextStorage = Pick<TableDefinition, 'serializationLibrary' | 'serdeParameters' | 'parameters'> & {
  readonly columns: readonly Named[];
  /** What the table's description says beside the dataset's. */
  readonly note?: string;
};

const OPEN_CSV = 'org.apache.hadoop.hive.serde2.OpenCSVSerde';
const LAZY_SIMPLE = 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe';
const REGEX = 'org.apache.hadoop.hive.serde2.RegexSerDe';
/** What an escape character is that no text holds: OpenCSVSerDe cannot do without one. */
const NO_ESCAPE = '\u0001';
const OTHER_NO_ESCAPE = '\u0002';

/**
 * How Athena reads delimited text, every column as a string. What it is read by depends on quotes:
 *
 * - OpenCSVSerDe where fields may be in quotes: https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
 * - LazySimpleSerDe where they may not, which knows a text for null: https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html
 * - one column of whole lines where each file says what its fields are, which no SerDe reads, and where the columns do not
 *   tell the order of the fields.
 */
export function csvStorage(whole: Dataset, commentOfColumn: (column: Column) => string | undefined): TextStorage {
  const { csv } = whole.input;
  const { delimiter, quote = '"', escape: style, header = true, nulls = [] } = csv;
  if (typeof header === 'string') {
    return wholeLines(whole, `because the line that begins with ${header} says what its fields are`);
  }
  const given = new Set(pathColumns(whole).map(({ name }) => name));
  const unordered = header === true ? whyUnordered(whole, given) : undefined;
  if (unordered !== undefined) return wholeLines(whole, unordered);
  const dataset = { ...whole, columns: whole.columns.filter(({ name }) => !given.has(name)) };
  const fields = declaredFields(csv, dataset.columns);
  const columns =
    header === true || header === false || fields === undefined
      ? dataset.columns.map((column) => named(column, commentOfColumn(column)))
      : columnsOf(dataset, fields, commentOfColumn);
  const comment = commentOf(csv);
  const notes = comment === undefined ? [] : [`lines that begin with ${comment} are rows here`];
  const parameters: Record<string, string> = header === true ? { 'skip.header.line.count': '1' } : {};
  const common = { columns, parameters, ...(notes.length === 0 ? {} : { note: notes.join('; ') }) };
  if (quote === false) {
    const serdeParameters = {
      'field.delim': delimiter,
      'serialization.format': delimiter,
      'serialization.null.format': nulls[0] ?? '',
      ...(style === 'backslash' ? { 'escape.delim': '\\' } : {}),
    };
    return { ...common, serializationLibrary: LAZY_SIMPLE, serdeParameters };
  }
  // RFC 4180 has no escape character. The SerDe's default, the backslash, swallows the backslashes of the data and any
  // delimiter that follows one.
  const escapeChar = style === 'backslash' ? '\\' : delimiter === NO_ESCAPE ? OTHER_NO_ESCAPE : NO_ESCAPE;
  const serdeParameters = { separatorChar: delimiter, quoteChar: quote, escapeChar };
  return { ...common, serializationLibrary: OPEN_CSV, serdeParameters };
}

/**
 * Why columns do not stand in the order of the fields of a file with a header, which a SerDe reads by position. A column from
 * the path is no field of files, or one that they have all the same; behind all others it moves none of them.
 */
function whyUnordered({ columns }: Dataset, given: ReadonlySet<string>): string | undefined {
  const last = columns.findLastIndex(({ name }) => !given.has(name));
  const between = columns.find(({ name }, index) => given.has(name) && index < last);
  if (between !== undefined) {
    return `the one that names the fields included, because ${between.name} is from the path, and may be a field as well`;
  }
  const joined = columns.find(({ from }) => isJoined(from));
  return joined && `the one that names the fields included, because ${joined.name} is joined from several fields`;
}

/** How Athena reads lines by a pattern: a string for each group that a column takes, in the order of the groups. */
export function linesStorage(whole: Dataset, commentOfColumn: (column: Column) => string | undefined): TextStorage {
  const given = new Set(pathColumns(whole).map(({ name }) => name));
  const dataset = { ...whole, columns: whole.columns.filter(({ name }) => !given.has(name)) };
  const node = parseLinePattern(dataset.input.lines?.pattern ?? '(?<line>.*)');
  const sources = new Sources(dataset.columns);
  const taken = groupNames(node).filter((group) => sources.uses(group));
  return {
    columns: columnsOf(dataset, taken, commentOfColumn),
    serializationLibrary: REGEX,
    serdeParameters: { 'input.regex': javaPattern(node, new Set(taken)) },
    parameters: {},
  };
}

/** A table with one column, in which each line is as it stands in the object. @param reason goes on after a comma */
function wholeLines({ columns, partition }: Dataset, reason: string): TextStorage {
  const others = [...columns, ...partition.leading].map(({ name }) => name);
  const name = others.includes('line') ? 'raw_line' : 'line';
  return {
    columns: [{ name, type: 'string', comment: 'A line of the object' }],
    serializationLibrary: REGEX,
    serdeParameters: { 'input.regex': '([\\s\\S]*)' },
    parameters: {},
    note: `each line of an object is one string, ${reason}`,
  };
}

const named = ({ name }: Pick<Column, 'name'>, comment: string | undefined): Named => ({
  name,
  type: 'string',
  ...(comment === undefined ? {} : { comment }),
});

/** A column for each field, by position: that of the dataset, or one of the field's own where no column is it as a whole. */
function columnsOf(
  dataset: Dataset,
  fields: readonly string[],
  commentOfColumn: (column: Column) => string | undefined,
): readonly Named[] {
  const sources = new Sources(dataset.columns);
  const places = fields.map((field): Place<Column> | undefined => sources.place(field));
  const parts = new Map(
    dataset.columns.flatMap((column) => partsOf(column).map(([field = '']) => [field, column.name] as const)),
  );
  const used = new Set([...dataset.columns, ...dataset.partition.leading].map(({ name }) => name));
  const seen = new Set<Column>();
  return fields.map((field, index) => {
    const column = places[index]?.target;
    if (column !== undefined && !seen.has(column)) {
      seen.add(column);
      return named(column, commentOfColumn(column));
    }
    const name = freeName(field, index, used);
    used.add(name);
    const joined = parts.get(field);
    const shown = `Field ${JSON.stringify(field)}`.replace(/\p{Cc}/gu, '\uFFFD').slice(0, 80);
    return named({ name }, joined === undefined ? shown : `${shown}, which is joined into ${joined}`);
  });
}

function freeName(field: string, index: number, used: ReadonlySet<string>): string {
  const plain = field
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 100);
  const name = `field_${index + 1}${plain === '' ? '' : `_${plain}`}`;
  return used.has(name) ? `${name}_` : name;
}
