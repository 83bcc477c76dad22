import type { CsvSettings } from '../../lib/dataset/text-format';
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
  /** What is not sure about it. */
  readonly doubts: readonly string[];
}

const DELIMITERS = [',', '\t', ';', '|', ' ', '\u0001'];
const LINES = 500;
export const FIELDS_LINE = '#Fields:';

/** @returns the dialect, or why the text is not delimited */
export function detectDialect(head: string, all: readonly string[]): Dialect | { readonly problem: string } {
  const isBackslash = /[^"\\]\\"/.test(head) && !/[^,;|\t ]""/.test(head);
  const lines = all.filter((line) => !line.startsWith('#'));
  const comments = all.length - lines.length;
  const [first] = lines;
  if (first === undefined) return { problem: 'empty: it holds no line' };
  const scored = DELIMITERS.map((delimiter) => ({ delimiter, score: score(lines, delimiter, isBackslash) }));
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  if (best.score === 0) {
    return {
      problem: 'neither JSON, nor Parquet, nor delimited: its lines share no number of fields, and most have no time',
    };
  }
  const { delimiter } = best;
  const isTrailing = lines.length > 1 && lines.every((line) => line.endsWith(delimiter)) && delimiter !== ' ';
  const rows = lines.map((line) => fieldsOf(isTrailing ? line.slice(0, -1) : line, delimiter, isBackslash));
  const names = all.find((line) => line.startsWith(FIELDS_LINE)) === undefined ? headerOf(rows) : FIELDS_LINE;
  const data = names === true ? rows.slice(1) : rows;
  const nulls = nullsOf(data);
  return {
    share: shareOf(rows),
    hasTime: rows.filter((row) => row.some(isTimeAlone)).length > rows.length / 2,
    csv: {
      delimiter,
      ...(names === true ? {} : { header: names }),
      ...(comments > 0 && names !== FIELDS_LINE ? { comment: '#' } : {}),
      ...(nulls.length === 0 ? {} : { nulls }),
      ...(isBackslash ? { escape: 'backslash' as const } : {}),
      ...(hasDecimalComma(data)
        ? { decimal: ',' as const, ...(delimiter === ',' ? { quote: '"' as const } : {}) }
        : {}),
      ...(isTrailing ? { trailingDelimiter: true } : {}),
    },
    doubts: [
      ...(Array.isArray(names) ? ['the files have no header: give the fields their names, here and in columns'] : []),
      ...(nulls.length === 0 ? [] : [`taken for null: ${nulls.map((text) => JSON.stringify(text)).join(', ')}`]),
    ],
  };
}

/** One dialect for all files: what means null in one means it in each. */
export function sameDialect(dialects: readonly Dialect[]): Dialect | undefined {
  const [first] = dialects;
  if (first === undefined) return undefined;
  const all = (nulls: readonly string[]): Dialect => ({
    share: Math.min(...dialects.map(({ share }) => share)),
    hasTime: dialects.every(({ hasTime }) => hasTime),
    csv: { ...first.csv, ...(nulls.length === 0 ? {} : { nulls }) },
    doubts: [...new Set(dialects.flatMap(({ doubts }) => doubts))],
  });
  return all([...new Set(dialects.flatMap(({ csv }) => csv.nulls ?? []))]);
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
    if (lines.length === LINES) break;
  }
  return lines;
}

/** Share of the lines that have as many fields as most, times what more fields tell; 0 for one field a line. */
function score(lines: readonly string[], delimiter: string, isBackslash: boolean): number {
  const counts = new Map<number, number>();
  for (const line of lines) {
    const fields = fieldsOf(line, delimiter, isBackslash).length;
    counts.set(fields, (counts.get(fields) ?? 0) + 1);
  }
  const [[fields = 1, most = 0] = []] = [...counts].sort(([, a], [, b]) => b - a);
  const share = most / Math.max(1, lines.length);
  // Blanks stand in texts too.
  const weight = delimiter === ' ' ? 0.6 : 1;
  return fields < 2 || share < 0.5 ? 0 : weight * share ** 4 * Math.log2(fields + 1);
}

function shareOf(rows: readonly (readonly Field[])[]): number {
  const counts = new Map<number, number>();
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
  return Math.max(...counts.values()) / rows.length;
}

const isValue = ({ text }: Field): boolean => isNumber(text) || /^-?\d/.test(text) || timeGuesses(text).length > 0;

/** Not the beginning of a line of a log, which goes on with words. */
const isTimeAlone = ({ text }: Field): boolean =>
  /^1\d{9}(?:\d{3}){0,3}(?:\.\d+)?$/.test(text) || (timeGuesses(text).length > 0 && !/[A-Za-z]{4}|\[/.test(text));

/** Whether the first line names the fields; else names for them. */
function headerOf(rows: readonly (readonly Field[])[]): true | readonly string[] {
  const [header = [], ...data] = rows;
  const names = header.map(({ text }) => text);
  const values = header.filter(isValue).length;
  // Nothing is called after a moment.
  if (names.some((name) => /\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d/.test(name))) return unnamed(rows);
  const isDistinct = new Set(names).size === names.length;
  const below = data.some((row) => row.filter(isValue).length > values);
  if (isDistinct && !names.includes('') && (values === 0 || (values < names.length / 3 && below))) {
    // Without any value below it, a line of texts is a header all the same, unless it looks like the others.
    if (values === 0 && (below || data.length === 0 || names.every((name) => /^["\w@.#:() -]{1,64}$/.test(name))))
      return true;
    if (values > 0) return true;
  }
  return unnamed(rows);
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

function nullsOf(rows: readonly (readonly Field[])[]): string[] {
  const found = new Set<string>();
  const width = Math.max(0, ...rows.map((row) => row.length));
  for (let index = 0; index < width; index += 1) {
    const fields = rows.flatMap((row) => row[index] ?? []);
    const others = fields.filter(({ text }) => text !== '' && !ALWAYS.has(text) && !BESIDE_VALUES.has(text));
    const areValues =
      others.length > 0 && others.every((field) => isValue(field) || /^(?:true|false)$/.test(field.text));
    for (const { text, quoted } of fields) {
      if (ALWAYS.has(text) || (areValues && BESIDE_VALUES.has(text))) found.add(quoted ? `"${text}"` : text);
    }
  }
  return [...found].sort();
}

/** Whether numbers have a comma for their point: some column holds nothing else. */
function hasDecimalComma(rows: readonly (readonly Field[])[]): boolean {
  const width = rows[0]?.length ?? 0;
  return Array.from({ length: width }, (_, index) =>
    rows.flatMap((row) => ((row[index]?.text ?? '') === '' ? [] : [row[index]?.text ?? ''])),
  ).some(
    (texts) =>
      texts.length > 0 &&
      texts.every((text) => /^-?\d+(?:,\d+)?$/.test(text)) &&
      texts.some((text) => text.includes(',')),
  );
}
