import type { CsvSettings } from '../../lib/dataset/text-format';
import { namesIn } from '../../lib/rows';
import { marksOf } from './decimal-marks';
import { type Field, fieldsOf } from './fields';
import { isNumber } from './number-stats';
import { timeGuesses } from './time-guess';

/** How the lines of a delimited text are written, as far as its beginning tells. */
export interface Dialect {
  readonly csv: CsvSettings & { readonly delimiter: string };
  /** Share of its lines that have as many fields as most. */
  readonly share: number;
  /** Whether some of its fields hold times and nothing else. */
  readonly hasTime: boolean;
  /** Texts that would mean null beside numbers, but are values of some column. */
  readonly kept: readonly string[];
  /** What is not sure about it. */
  readonly doubts: readonly string[];
}

const DELIMITERS = [',', '\t', ';', '|', ' ', '\u0001'];
/** Lines of a file that its form is looked for in. */
export const LOOKED_AT_LINES = 500;
export const FIELDS_LINE = '#Fields:';

/** Why a text cannot be read as delimited. */
export interface NoDialect {
  readonly problem: string;
  /** Whether it is delimited all the same. */
  readonly isDelimited?: boolean;
}

/** The first line that Excel takes the delimiter from. */
const EXCEL = /^"?sep=.?"?$/;

/**
 * @param records lines, of which one may span several for a quoted field
 * @param plain the same, one for each line end
 * @param mayTrail whether a delimiter at the end of each line may be no more than that
 * @returns the dialect, or why the text is not delimited
 */
export function detectDialect(
  head: string,
  records: readonly string[],
  plain: readonly string[],
  mayTrail = true,
): Dialect | NoDialect {
  if (!isInSingleQuotes(head, plain)) return withDoubleQuotes(head, records, plain, mayTrail);
  const swapped = (text: string): string => text.replaceAll("'", '"');
  const found = withDoubleQuotes(swapped(head), wholeLines(swapped(head), true), plain.map(swapped), mayTrail);
  if (!('csv' in found)) return found;
  const { nulls, ...csv } = found.csv;
  const doubts = [...found.doubts, 'values are in single quotes'];
  return {
    ...found,
    doubts,
    csv: { ...csv, quote: "'", ...(nulls && { nulls: nulls.map((text) => text.replaceAll('"', "'")) }) },
  };
}

/** Whether single quotes stand around fields, and nowhere else, in most lines of a text without double ones. */
function isInSingleQuotes(head: string, lines: readonly string[]): boolean {
  if (head.includes('"')) return false;
  const quoted = /(^|[,;\t|])'(?:[^'\\]|''|\\.)*'(?=[,;\t|]|$)/g;
  return (
    lines.filter((line) => line.search(quoted) >= 0).length > lines.length / 2 &&
    lines.every((line) => !line.replace(quoted, '$1').includes("'"))
  );
}

function withDoubleQuotes(
  head: string,
  records: readonly string[],
  plain: readonly string[],
  mayTrail: boolean,
): Dialect | NoDialect {
  const isBackslash = /[^"\\]\\"/.test(head) && !/[^,;|\t \\]""/.test(head);
  const isExcel = EXCEL.test(records[0] ?? '');
  const isLiteral = !isBackslash && hasLiteralQuotes(records, plain);
  const all = isLiteral ? plain : records;
  const lines = all.slice(isExcel ? 1 : 0).filter((line) => !line.startsWith('#'));
  const comments = all.length - lines.length - (isExcel ? 1 : 0);
  const split = (line: string, delimiter: string): Field[] =>
    isLiteral ? plainFields(line, delimiter) : fieldsOf(line, delimiter, isBackslash);
  const [first] = lines;
  if (first === undefined) return { problem: 'empty: it holds no line' };
  const scored = DELIMITERS.map((delimiter) => ({ delimiter, score: score(lines, delimiter, split) }));
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  if (best.score === 0) {
    return {
      problem: 'neither JSON, nor Parquet, nor delimited: its lines share no number of fields, and most have no time',
    };
  }
  const { delimiter } = best;
  const isTrailing =
    mayTrail &&
    lines.length > 1 &&
    lines.every((line) => line.endsWith(delimiter)) &&
    delimiter !== ' ' &&
    !hasEmptyColumn(lines.map((line) => split(line, delimiter)));
  const rows = lines.map((line) => split(isTrailing ? line.slice(0, -1) : line, delimiter));
  const twice = isDoubled(lines, delimiter) ? doubled(delimiter) : namedTwice(rows);
  if (twice !== undefined) return { problem: twice, isDelimited: true };
  const mark = all.some((line) => line.startsWith(FIELDS_LINE)) ? FIELDS_LINE : namesMark(all, delimiter, rows);
  const names = mark ?? headerOf(rows);
  const data = names === true ? rows.slice(1) : rows;
  const marks = marksOf(data);
  const { nulls, kept, doubts } = nullsOf(data, nameOfField(names === true ? rows[0] : undefined));
  return {
    share: commonWidth(rows).share,
    kept,
    hasTime: rows.filter((row) => row.some(isTimeAlone)).length > rows.length / 2,
    csv: {
      delimiter,
      ...(names === true ? {} : { header: names }),
      ...(isExcel ? { comment: records[0]?.startsWith('"') === true ? '"sep=' : 'sep=' } : {}),
      ...(isLiteral ? { quote: false as const } : {}),
      ...(comments > 0 && !isExcel && mark === undefined ? { comment: '#' } : {}),
      ...(nulls.length === 0 ? {} : { nulls }),
      ...(isBackslash ? { escape: 'backslash' as const } : {}),
      ...marks?.csv,
      ...(marks?.csv.decimal === delimiter ? { quote: '"' as const } : {}),
      ...(isTrailing ? { trailingDelimiter: true } : {}),
    },
    doubts: [
      ...(Array.isArray(names) ? ['the files have no header: give the fields their names, here and in columns'] : []),
      ...(names === true && rows[0]?.some(({ text }) => text === '') === true
        ? [
            'a field has no name in the header, as the index that pandas writes: it is left out (to_csv(index_label=...) names it)',
          ]
        : []),
      ...(isExcel ? ['the first line, sep=, is for Excel alone: it is skipped as a comment'] : []),
      ...(isLiteral
        ? ['quotes stand within the values: with quote: false more lines have the fields of the others']
        : []),
      ...(marks?.doubts ?? []),
      ...doubts,
    ],
  };
}

/**
 * What the line of comments begins with that names as many fields as the lines have: `#fields` of Zeek, `# ` of tools that put
 * a mark before their header.
 */
function namesMark(
  all: readonly string[],
  delimiter: string,
  rows: readonly (readonly Field[])[],
): `#${string}` | undefined {
  const width = commonWidth(rows).fields;
  for (const line of all.filter((text) => text.startsWith('#'))) {
    const [found = ''] = /^#(?:[A-Za-z]+:?(?=\s))?\s*/.exec(line) ?? [];
    const mark = found.trim();
    const names = namesIn(line.slice(mark.length), delimiter);
    const areNames = names.every((name) => /^[A-Za-z_][\w .()/-]*$/.test(name)) && new Set(names).size === width;
    const isAlone = all.filter((text) => text.startsWith(mark)).length === 1;
    if (areNames && names.length === width && isAlone && mark.startsWith('#')) return mark as `#${string}`;
  }
  return undefined;
}

const nameOfField =
  (header: readonly Field[] | undefined) =>
  (index: number): string =>
    JSON.stringify(header?.[index]?.text ?? `column_${index + 1}`);

/** One dialect for all files: what means null in one, or marks its numbers, means it in each. */
export function sameDialect(dialects: readonly Dialect[]): Dialect | undefined {
  const [first] = dialects;
  if (first === undefined) return undefined;
  const { nulls: _, decimal: _decimal, thousands: _thousands, quote: _quote, ...form } = first.csv;
  // A file whose numbers are small has no marks.
  const marked =
    dialects.find(({ csv }) => csv.thousands !== undefined) ?? dialects.find(({ csv }) => csv.decimal !== undefined);
  const { decimal, thousands, quote } = (marked ?? first).csv;
  const others = {
    ...form,
    ...(quote === undefined ? {} : { quote }),
    ...(decimal === undefined ? {} : { decimal }),
    ...(thousands === undefined ? {} : { thousands }),
  };
  const kept = [...new Set(dialects.flatMap((dialect) => dialect.kept))];
  const all = (nulls: readonly string[]): Dialect => ({
    share: Math.min(...dialects.map(({ share }) => share)),
    hasTime: dialects.every(({ hasTime }) => hasTime),
    kept,
    csv: { ...others, ...(nulls.length === 0 ? {} : { nulls }) },
    doubts: [...new Set(dialects.flatMap(({ doubts }) => doubts))],
  });
  return all([...new Set(dialects.flatMap(({ csv }) => csv.nulls ?? []))].filter((text) => !kept.includes(text)));
}

/** The first lines; a quoted field may span several. */
export function wholeLines(head: string, isWhole: boolean): string[] {
  const lines: string[] = [];
  let held = '';
  const parts = head.split('\n');
  if (!isWhole) parts.pop();
  for (const part of parts) {
    held = held === '' ? part : `${held}\n${part}`;
    if (((held.match(/(?<!\\)"/g) ?? []).length & 1) === 1 && held.length < 4096) continue;
    const line = held.replace(/\r$/, '');
    held = '';
    if (line.trim() !== '') lines.push(line);
    if (lines.length === LOOKED_AT_LINES) break;
  }
  return lines;
}

/** Share of the lines that have as many fields as most, times what more fields tell; 0 for one field a line. */
function score(
  lines: readonly string[],
  delimiter: string,
  split: (line: string, delimiter: string) => readonly Field[],
): number {
  const rows = lines.map((line) => split(line, delimiter));
  const { fields, share } = commonWidth(rows);
  // Those of times between other delimiters, under a header without any.
  if (delimiter === ' ' && rows[0]?.length === 1) return 0;
  // Blanks stand in texts too.
  const weight = delimiter === ' ' ? 0.6 : 1;
  return fields < 2 || share < 0.5 ? 0 : weight * share ** 4 * Math.log2(fields + 1);
}

const plainFields = (line: string, delimiter: string): Field[] =>
  line.split(delimiter).map((text) => ({ text, quoted: false }));

/** Whether more lines are rows where a quote is a character as any other: `5" disk`. */
function hasLiteralQuotes(records: readonly string[], plain: readonly string[]): boolean {
  if (!plain.some((line) => line.includes('"'))) return false;
  return ['\t', ',', ';', '|'].some((delimiter) => {
    const width = plain[0]?.split(delimiter).length ?? 0;
    const quoted = fieldsOf(records[0] ?? '', delimiter, false).length;
    const isQuoted = (line: string): boolean => {
      const fields = fieldsOf(line, delimiter, false);
      const written = fields.map((field) => (field.quoted ? `"${field.text.replaceAll('"', '""')}"` : field.text));
      return fields.length === quoted && written.join(delimiter) === line && !fields.some(isBroken);
    };
    const literal = plain.filter((line) => line.split(delimiter).length === width).length;
    return width > 1 && literal === plain.length && literal > records.filter(isQuoted).length;
  });
}

const isBroken = ({ text, quoted }: Field): boolean => !quoted && text.includes('"');

/** Whether a field before the last is empty in every line: then the last is another such, and no sign of a delimiter at the end. */
const hasEmptyColumn = (rows: readonly (readonly Field[])[]): boolean =>
  (rows[0] ?? []).slice(0, -1).some((_, index) => rows.every((row) => (row[index]?.text ?? '') === ''));

/** As many fields as most of the rows have, and the share that has them. */
function commonWidth(rows: readonly (readonly Field[])[]): { readonly fields: number; readonly share: number } {
  const counts = new Map<number, number>();
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [[fields = 1, most = 0] = []] = [...counts].sort(([, a], [, b]) => b - a);
  return { fields, share: most / Math.max(1, rows.length) };
}

const isValue = ({ text }: Field): boolean => isNumber(text) || /^-?\d/.test(text) || timeGuesses(text).length > 0;

/** Not the beginning of a line of a log, which goes on with words. */
const isTimeAlone = ({ text }: Field): boolean =>
  /^1\d{9}(?:\d{3}){0,3}(?:\.\d+)?$/.test(text) || (timeGuesses(text).length > 0 && !/[A-Za-z]{4}|\[/.test(text));

/** Whether the delimiter stands twice wherever it stands, and so in every line. */
const isDoubled = (lines: readonly string[], delimiter: string): boolean =>
  delimiter !== ' ' &&
  lines.every(
    (line) => line.includes(delimiter.repeat(2)) && !line.replaceAll(delimiter.repeat(2), '').includes(delimiter),
  );

const doubled = (delimiter: string): string =>
  `its fields are separated by ${JSON.stringify(delimiter.repeat(2))}, and a delimiter is one character: replace it by one that no value holds, ` +
  `for example: sed 's/${delimiter.repeat(2)}/\\x01/g' FILE > NEW`;

/** What to do about a header that has a name twice. */
function namedTwice([header = [], ...data]: readonly (readonly Field[])[]): string | undefined {
  const names = header.map(({ text }) => text);
  const isHeader =
    !header.some(isValue) &&
    names.every((name) => name === '' || (/^[A-Za-z_][\w .:/()#-]*$/.test(name) && !BESIDE_VALUES.has(name))) &&
    data.filter((row) => row.some(isValue)).length > data.length / 2;
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (!isHeader || twice === undefined) return undefined;
  const what = twice === '' ? 'several fields without a name' : `the name ${JSON.stringify(twice)} twice`;
  return `its header has ${what}, so that no row says which is meant: give each field a name of its own in the first line`;
}

/** Whether the first line names the fields; else names for them. */
function headerOf(rows: readonly (readonly Field[])[]): true | readonly string[] {
  const [header = [], ...data] = rows;
  const names = header.map(({ text }) => text);
  const values = header.filter(isValue).length;
  // Nothing is called after a moment.
  if (names.some((name) => /\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d/.test(name))) return unnamed(rows);
  const isDistinct = new Set(names).size === names.length;
  const below = data.some((row) => row.filter(isValue).length > values);
  if (isDistinct && names.some((name) => name !== '') && (values === 0 || (values < names.length / 3 && below))) {
    // Without any value below it, a line of texts is a header all the same, unless it looks like the others.
    const isNamed = !names.includes('');
    if (
      values === 0 &&
      ((below && (isNamed || isIndex(rows))) ||
        (isNamed && data.length === 0) ||
        names.every((name) => /^["\w@.#:() -]{1,64}$/.test(name)))
    )
      return true;
    if (values > 0 && isNamed) return true;
  }
  return unnamed(rows);
}

/** Whether the one field without a name has a value in all other lines. */
function isIndex([header = [], ...data]: readonly (readonly Field[])[]): boolean {
  const at = header.findIndex(({ text }) => text === '');
  return (
    data.every((row) => (row[at]?.text ?? '') !== '') &&
    header.every(({ text }, index) => index === at || /[A-Za-z]/.test(text))
  );
}

/** Names of fields that have none. */
function unnamed(rows: readonly (readonly Field[])[]): readonly string[] {
  const isOperation = rows.filter(([first]) => /^[IUD]$/.test(first?.text ?? '')).length > rows.length / 2;
  const width = Math.max(0, ...rows.map(({ length }) => length));
  const counts = rows.map(({ length }) => length).sort((a, b) => a - b);
  const most = counts[counts.length >> 1] ?? width;
  return Array.from({ length: most }, (_, index) => (index === 0 && isOperation ? 'op' : `column_${index + 1}`));
}

/** Texts that no value is, wherever they stand. */
const ALWAYS = new Set(['-', '\\N']);
/** Texts that are null where the others of the column are numbers, times or booleans. */
const BESIDE_VALUES = new Set([
  'NULL',
  'null',
  'N/A',
  'n/a',
  'NA',
  'None',
  'none',
  'nan',
  'NaN',
  'Null',
  '(null)',
  '--',
]);

/** Those of them that are values too: Namibia, a surname, a plan that is none. */
const VALUES_TOO = /^(?:NA|None|none|Null)$/;

const isNullWord = (field: Field | undefined): boolean => field?.text === 'NULL' && !field.quoted;

/** Nulls hold for all columns: a text that is a value in one of them is not taken for null in the others. */
function nullsOf(
  rows: readonly (readonly Field[])[],
  nameOf: (index: number) => string,
): { readonly nulls: readonly string[]; readonly kept: readonly string[]; readonly doubts: readonly string[] } {
  const found = new Set<string>();
  /** Columns of texts that hold them, by the text. */
  const beside = new Map<string, string[]>();
  const width = Math.max(0, ...rows.map((row) => row.length));
  // One column may have it as a value; several have it because a database wrote them.
  const isNull = Array.from({ length: width }, (_, index) => rows.some((row) => isNullWord(row[index])));
  if (isNull.filter(Boolean).length > 1) found.add('NULL');
  for (let index = 0; index < width; index += 1) {
    const fields = rows.flatMap((row) => row[index] ?? []);
    const others = fields.filter(({ text }) => text !== '' && !ALWAYS.has(text) && !BESIDE_VALUES.has(text));
    const areValues =
      others.length > 0 && others.every((field) => isValue(field) || /^(?:true|false)$/.test(field.text));
    const held = new Set(
      fields
        .filter(({ text }) => ALWAYS.has(text) || BESIDE_VALUES.has(text))
        .map(({ text, quoted }) => (quoted ? `"${text}"` : text)),
    );
    for (const text of held) {
      if (ALWAYS.has(text.replace(/^"(.*)"$/, '$1')) || areValues) found.add(text);
      if (others.length > 0 && !areValues) beside.set(text, [...(beside.get(text) ?? []), nameOf(index)]);
    }
  }
  const kept = [...beside.keys()].filter((text) => VALUES_TOO.test(text.replace(/^"(.*)"$/, '$1')));
  const nulls = [...found].filter((text) => !kept.includes(text)).sort();
  const texts = nulls.filter((text) => beside.has(text));
  return {
    nulls,
    kept,
    doubts: [
      ...(nulls.length === 0
        ? []
        : [`taken for null in all columns: ${nulls.map((text) => JSON.stringify(text)).join(', ')}`]),
      ...texts.map((text) => `${JSON.stringify(text)} is null among the texts of ${beside.get(text)?.join(', ')} too`),
      ...kept
        .filter((text) => found.has(text))
        .map(
          (text) =>
            `${JSON.stringify(text)} is not taken for null, as ${beside.get(text)?.join(', ')} may mean it: columns of numbers ` +
            'that hold it are strings. If it is no value there, name it in nulls, and give those columns their types',
        ),
    ],
  };
}
