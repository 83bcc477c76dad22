import { isUtf8 } from 'node:buffer';
import { type Dataset, inputFormat } from '../../../lib/dataset';
import { Fields } from '../../../lib/rows/fields';
import { LineMatcher } from '../../../lib/rows/line-matcher';
import { unescaped } from './key-text';

/** What stands in a text, read as its format has it up to where it breaks. */
export interface LineValues {
  /** Whole values, without their quotes and escapes; numbers as they are written. */
  readonly values: readonly string[];
  /** The text from where it breaks: what is a value there cannot be told. */
  readonly rest: string;
}

/** Reads rejected lines of raw objects, which may be in another encoding than UTF-8, at least in part: then as each of both. */
export function lineReader(dataset: Dataset): (line: Buffer, rawKey: string) => readonly LineValues[] {
  const [ofCsv, ofPattern] = [csvReader(dataset), patternReader(dataset)];
  return (line, rawKey) => {
    const format = inputFormat(dataset, rawKey);
    const own = format === 'csv' ? ofCsv : format === 'lines' ? ofPattern : jsonValues;
    // Rows of Parquet are kept as JSON, whatever the name of their object.
    const read = (text: string): LineValues => {
      const json = own === jsonValues || !text.startsWith('{') ? undefined : jsonValues(text);
      return nested(json?.rest === '' ? json : own(text));
    };
    return [line.toString('utf8'), ...(isUtf8(line) ? [] : [line.toString('latin1')])].map(read);
  };
}

/** With what a value is without its escapes, which writers put in more than once, and with the values of JSON in a text. */
function nested({ values, rest }: LineValues): LineValues {
  const all = new Set(values);
  const inner: LineValues[] = [];
  for (const value of all) {
    const plain = unescaped(value);
    if (plain !== value) all.add(plain);
    if (!/^\s*[[{]/.test(value)) continue;
    const found = jsonValues(value);
    for (const one of found.values) all.add(one);
    inner.push(found);
  }
  return {
    values: [...all],
    rest: [rest, ...inner.map((found) => found.rest)].join('\n').trim(),
  };
}

const PIECE = /(?:-?\d[\d.eE+-]*(?![^\s,}\]])|true\b|false\b|null\b|[{}[\],:])/y;

function pieceAt(text: string, at: number): string | undefined {
  if (text[at] !== '"') {
    PIECE.lastIndex = at;
    return PIECE.exec(text)?.[0];
  }
  // Of a long text, an expression needs more memory than there is.
  for (let to = at + 1; to < text.length; to++) {
    if (text[to] === '\\') to++;
    else if (text[to] === '"') return text.slice(at, to + 1);
  }
  return undefined;
}

/** Of one record or several of JSON. A number at the end of a record that is cut off may be cut off too. */
export function jsonValues(text: string): LineValues {
  const values: string[] = [];
  const open: string[] = [];
  let next: 'value' | 'first' | 'name' | 'colon' | 'end' = 'value';
  let at = text.length - text.replace(/^[\s\uFEFF]+/, '').length;
  while (at < text.length) {
    const piece = pieceAt(text, at);
    if (piece === undefined) break;
    const to = at + piece.length;
    const top = open.at(-1);
    if (next === 'end' && top === undefined) next = 'value';
    const closes = (piece === '}' && top === '{') || (piece === ']' && top === '[');
    if (closes && (next === 'end' || next === 'first')) {
      open.pop();
      next = 'end';
    } else if (next === 'end') {
      if (piece !== ',') break;
      next = top === '{' ? 'name' : 'value';
    } else if (next === 'colon') {
      if (piece !== ':') break;
      next = 'value';
    } else if (next === 'name' || (next === 'first' && top === '{')) {
      if (!piece.startsWith('"')) break;
      next = 'colon';
    } else if (piece === '{' || piece === '[') {
      open.push(piece);
      next = 'first';
    } else {
      if (/^[}\],:]/.test(piece)) break;
      const isNumber = /^[-\d]/.test(piece);
      if (isNumber && open.length > 0 && to === text.length) break;
      if (isNumber) values.push(piece);
      if (piece.startsWith('"')) values.push(textOf(piece));
      next = 'end';
    }
    at = to;
    while (/\s/.test(text[at] ?? '')) at++;
  }
  return { values, rest: text.slice(at) };
}

function textOf(piece: string): string {
  try {
    return JSON.parse(piece) as string;
  } catch {
    return unescaped(piece.slice(1, -1));
  }
}

const csvReader = ({ input: { csv } }: Dataset) => {
  const { delimiter, quote = '"' } = csv;
  const hasBackslash = csv.escape === 'backslash';
  const end = (text: string, at: number): number => {
    let to = at;
    for (; to < text.length && text[to] !== delimiter && text[to] !== '\n'; to++)
      if (hasBackslash && text[to] === '\\') to++;
    return Math.min(to, text.length);
  };
  return (text: string): LineValues => {
    const values: string[] = [];
    let at = 0;
    while (at <= text.length) {
      let to = end(text, at);
      if (quote !== false && text[at] === quote) {
        let close = at + 1;
        for (; close < text.length; close++) {
          if (text[close] === '\\' && hasBackslash) close++;
          else if (text[close] === quote && text[close + 1] === quote && !hasBackslash) close++;
          else if (text[close] === quote) break;
        }
        to = end(text, close + 1);
        // The quote is not closed, or something follows it: what are fields from here on cannot be told.
        if (text.slice(close + 1, to).trim() !== '' || close >= text.length) break;
        values.push(text.slice(at + 1, close).replaceAll(quote + quote, quote));
      } else {
        values.push(text.slice(at, to).replace(/\r$/, ''));
      }
      at = to + 1;
    }
    return { values, rest: text.slice(at) };
  };
};

const patternReader = ({ input: { lines } }: Dataset) => {
  const matcher = lines && new LineMatcher(lines.pattern);
  const fields = new Fields();
  return (text: string): LineValues => {
    const line = Buffer.from(text);
    if (matcher?.match(line, 0, line.length, fields) !== true) return { values: [], rest: text };
    const values = Array.from({ length: fields.count }, (_, field) =>
      line.toString('utf8', fields.from(field), fields.to(field)),
    );
    return { values, rest: '' };
  };
};
