import { isNumber } from './number-stats';
import { timeGuesses } from './time-guess';

/** How the lines of a delimited text are written, as far as its beginning tells. */
export interface Dialect {
  readonly delimiter: string;
  /** Names of the fields, from the first line. */
  readonly header: readonly string[];
}

const DELIMITERS = [',', '\t', ';', '|'];
const LINES = 200;

/** @returns the dialect, or why the text is not delimited */
export function detectDialect(head: string, isWhole: boolean): Dialect | { readonly problem: string } {
  const lines = wholeLines(head, isWhole);
  const [first, ...rows] = lines;
  if (first === undefined) return { problem: 'empty: it holds no line' };
  const scored = DELIMITERS.map((delimiter) => ({ delimiter, score: score(lines, delimiter) }));
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  if (best.score === 0) {
    return { problem: 'neither JSON, nor Parquet, nor delimited: its lines share no number of fields' };
  }
  const { delimiter } = best;
  const header = fieldsOf(first, delimiter).map(({ text }) => text);
  const data = rows.map((line) => fieldsOf(line, delimiter).map(({ text }) => text));
  const problem = headerProblem(header, data);
  return problem === undefined ? { delimiter, header } : { problem };
}

/** The first lines; a quoted field may span several. */
function wholeLines(head: string, isWhole: boolean): string[] {
  const lines: string[] = [];
  let held = '';
  const parts = head.split('\n');
  if (!isWhole) parts.pop();
  for (const part of parts) {
    held = held === '' ? part : `${held}\n${part}`;
    if (((held.match(/"/g) ?? []).length & 1) === 1 && held.length < 4096) continue;
    const line = held.replace(/\r$/, '');
    held = '';
    if (line.trim() !== '') lines.push(line);
    if (lines.length === LINES) break;
  }
  return lines;
}

/** Share of the lines that have as many fields as most, times what more fields tell; 0 for one field a line. */
function score(lines: readonly string[], delimiter: string): number {
  const counts = new Map<number, number>();
  for (const line of lines) {
    const fields = fieldsOf(line, delimiter).length;
    counts.set(fields, (counts.get(fields) ?? 0) + 1);
  }
  const [[fields = 1, most = 0] = []] = [...counts].sort(([, a], [, b]) => b - a);
  const share = most / Math.max(1, lines.length);
  return fields < 2 || share < 0.5 ? 0 : share ** 4 * Math.log2(fields + 1);
}

export interface Field {
  readonly text: string;
  readonly quoted: boolean;
}

export function fieldsOf(line: string, delimiter: string): Field[] {
  const fields: Field[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      let end = at + 1;
      while (end < line.length && (line[end] !== '"' || line[end + 1] === '"')) end += line[end] === '"' ? 2 : 1;
      fields.push({ text: line.slice(at + 1, end).replaceAll('""', '"'), quoted: true });
      at = end + 1;
    } else {
      const next = line.indexOf(delimiter, at);
      const end = next === -1 ? line.length : next;
      fields.push({ text: line.slice(at, end), quoted: false });
      at = end;
    }
    const next = line.indexOf(delimiter, at);
    if (next === -1) return fields;
    at = next + delimiter.length;
  }
}

const isValue = (text: string): boolean => isNumber(text) || /^-?\d/.test(text) || timeGuesses(text).length > 0;

function headerProblem(header: readonly string[], rows: readonly (readonly string[])[]): string | undefined {
  const values = header.filter(isValue).length;
  const known = new Set<string>();
  const twice = header.find((name) => known.size === known.add(name).size);
  const isHeader = values === 0 && header.every((name) => name !== '') && twice === undefined;
  // Years and the like may be names, where what stands below them is not alike.
  if (
    isHeader ||
    (values < header.length / 3 && twice === undefined && rows.some((row) => row.filter(isValue).length > values))
  ) {
    return undefined;
  }
  if (twice !== undefined && twice !== '' && values === 0)
    return `its header has the column ${JSON.stringify(twice)} twice`;
  return 'it has no header: its first line holds values';
}
