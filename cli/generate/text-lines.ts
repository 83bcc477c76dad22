import { type Column, type CsvDialect, type Dataset, declaredFields, fieldName, partsOf } from '../../lib/dataset';
import { compileNode, groupNames, type PatternNode, parseLinePattern } from '../../lib/dataset/line-pattern';
import { Fields } from '../../lib/rows/fields';
import { LineMatcher } from '../../lib/rows/line-matcher';
import { Random } from './random';
import { sourced } from './source-object';
import type { Value } from './values';

type Row = Readonly<Record<string, Value>>;

/** The line of names as producers write it; undefined for text that has none. */
export function csvHeader(dataset: Dataset): string | undefined {
  const { csv } = dataset.input;
  const { header = true, delimiter } = csv;
  const names = fieldsOf(dataset);
  if (header === true) return ended(names.map((name) => quoted(name, csv)).join(delimiter), csv);
  return typeof header === 'string' ? `${header} ${names.join(' ')}` : undefined;
}

/** Names of the fields in their order. Of a joined column they are those of its parts. */
function fieldsOf({ columns, input }: Dataset): readonly string[] {
  return declaredFields(input.csv, columns) ?? columns.flatMap(namesOf);
}

const namesOf = (column: Column): readonly string[] => {
  const parts = partsOf(column).map(([name = '']) => name);
  return parts.length > 0 ? parts : [fieldName(column)];
};

/** Texts of a row by the names of their fields. */
function textsOf({ columns, input }: Dataset, row: Row, isInOrder: boolean): ReadonlyMap<string, string | null> {
  const texts = new Map<string, string | null>();
  for (const column of columns) {
    const value = sourced(column.type, row[column.name] ?? null);
    const text = value === null ? null : numberText(column, String(value), input.csv);
    const names = isInOrder ? [column.name] : namesOf(column);
    if (text === null || names.length === 1) {
      for (const name of names) texts.set(name, text);
      continue;
    }
    // The last part takes what is left.
    const parts = text
      .replace(/^(\d{4}-\d\d-\d\d)T/, '$1 ')
      .replace(/Z$/, '')
      .split(' ');
    for (const [index, name] of names.entries()) {
      const part = index < names.length - 1 ? parts[index] : parts.slice(index).join(' ');
      texts.set(name, part === undefined || part === '' ? '0' : part);
    }
  }
  return texts;
}

const NUMBERS = new Set(['tinyint', 'smallint', 'int', 'bigint', 'float', 'double', 'decimal']);

function numberText({ type }: Column, text: string, { decimal = '.', thousands }: CsvDialect): string {
  if (!NUMBERS.has(type.kind) || !/^-?\d+(?:\.\d+)?$/.test(text)) return text;
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, thousands ?? '');
  return fraction === undefined ? grouped : `${grouped}${decimal}${fraction}`;
}

/** A row as a record of delimited text. */
export function csvRecord(dataset: Dataset, row: Row): string {
  const { csv } = dataset.input;
  const texts = textsOf(dataset, row, csv.header === false);
  const record = fieldsOf(dataset)
    .map((name) => {
      const text = texts.get(name);
      return text === null || text === undefined ? (csv.nulls?.[0] ?? '') : quoted(text, csv);
    })
    .join(csv.delimiter);
  return ended(record, csv);
}

const ended = (record: string, { delimiter, trailingDelimiter }: CsvDialect): string =>
  trailingDelimiter === true ? `${record}${delimiter}` : record;

function quoted(text: string, csv: CsvDialect): string {
  const { delimiter, quote = '"', escape: style, nulls = [], comment } = csv;
  const hasBackslash = style === 'backslash';
  const needed =
    text.includes(delimiter) ||
    /[\r\n]/.test(text) ||
    (quote !== false && text.includes(quote)) ||
    (hasBackslash && text.includes('\\')) ||
    nulls.includes(text) ||
    (comment !== undefined && text.startsWith(comment));
  if (!needed) return text;
  if (hasBackslash) {
    const special = [delimiter, '\\', ...(quote === false ? [] : [quote])];
    const escaped = [...text.replaceAll('\n', '\u0000n').replaceAll('\r', '\u0000r')]
      .map((char) => (special.includes(char) ? `\\${char}` : char))
      .join('')
      .replaceAll('\u0000', '\\');
    return quote === false ? escaped : `${quote}${escaped}${quote}`;
  }
  // Without quotes and escapes there is nothing that could hold it.
  if (quote === false) return text.replaceAll(delimiter, '_').replace(/[\r\n]/g, '_');
  return `${quote}${text.replaceAll(quote, `${quote}${quote}`)}${quote}`;
}

/** Attempts to make a text that a group of a pattern takes. */
const ATTEMPTS = 20;
const PRINTABLE = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./ :;,()[]<>=+*&%$#@!?|~^\'"\\`{}\t';

/** Writes rows as lines that a pattern takes. */
export class PatternLines {
  readonly #dataset: Dataset;
  readonly #node: PatternNode;
  readonly #matcher: LineMatcher;
  readonly #groups: ReadonlyMap<string, (text: string) => boolean>;
  /** Groups whose columns are numbers. */
  readonly #numbers: ReadonlySet<string>;

  constructor(dataset: Dataset) {
    const { pattern } = dataset.input.lines ?? { pattern: '(?<line>.*)' };
    this.#dataset = dataset;
    this.#node = parseLinePattern(pattern);
    this.#matcher = new LineMatcher(pattern);
    const numbers = dataset.columns.filter(({ type }) => NUMBERS.has(type.kind));
    this.#numbers = new Set(numbers.flatMap(namesOf));
    this.#groups = new Map(
      groupNames(this.#node).map((name) => {
        const inner = groupNode(this.#node, name);
        const matcher = new LineMatcher(compileNode(pattern, inner ?? this.#node));
        return [name, (text: string) => matches(matcher, text)];
      }),
    );
  }

  matches(line: string): boolean {
    return matches(this.#matcher, line);
  }

  line(row: Row): string {
    const texts = textsOf(this.#dataset, row, false);
    // The same row gives the same line.
    const random = new Random(hashOf(JSON.stringify(row)));
    for (let attempt = 0; ; attempt += 1) {
      const line = this.#written(this.#node, random, texts) ?? '';
      if (this.matches(line) || attempt === ATTEMPTS) return line;
    }
  }

  /** A text that a part of the pattern takes; undefined for a group that must have a value where the row has none. */
  #written(node: PatternNode, random: Random, texts: ReadonlyMap<string, string | null>): string | undefined {
    switch (node.kind) {
      case 'set': {
        const found = [...PRINTABLE].filter((char) => node.set.has(char.charCodeAt(0)));
        if (found.length > 0) return found[random.below(Math.min(found.length, 20))];
        return String.fromCharCode(
          Array.from({ length: 256 }, (_, byte) => byte).find((byte) => node.set.has(byte)) ?? 32,
        );
      }
      case 'sequence': {
        if (node.text !== undefined) return node.text;
        const parts = node.items.map((item) => this.#written(item, random, texts));
        return parts.includes(undefined) ? undefined : parts.join('');
      }
      case 'choice': {
        // One that holds what the row has, else any.
        const ways = node.items.map((item) => ({
          item,
          known: groupNames(item).filter((name) => texts.get(name)).length,
        }));
        const most = Math.max(...ways.map(({ known }) => known));
        const best = ways.filter(({ known }) => known === most);
        return this.#written((best[random.below(best.length)] ?? { item: node }).item, random, texts);
      }
      case 'repeat': {
        const names = groupNames(node.item);
        const isWanted = names.length > 0 && names.some((name) => texts.get(name));
        const most = Math.min(node.max, node.min + (names.length > 0 ? 1 : 3));
        const count = names.length > 0 ? (isWanted ? most : node.min) : node.min + random.below(most - node.min + 1);
        const parts = Array.from({ length: count }, () => this.#written(node.item, random, texts));
        if (!parts.includes(undefined)) return parts.join('');
        return node.min === 0 ? '' : undefined;
      }
      case 'group':
        return this.#groupText(node.name, node.item, random, texts);
    }
  }

  #groupText(
    name: string,
    item: PatternNode,
    random: Random,
    texts: ReadonlyMap<string, string | null>,
  ): string | undefined {
    const takes = this.#groups.get(name) ?? (() => false);
    const nulls = this.#dataset.input.lines?.nulls ?? [];
    const text = texts.get(name);
    if (text !== null && text !== undefined && takes(text) && !nulls.includes(text)) return text;
    if (text === null || text === '') {
      const none = ['', ...nulls].find(takes);
      if (none !== undefined) return none;
    }
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const made = this.#written(item, random, new Map());
      if (made === undefined || made === '' || nulls.includes(made) || !takes(made)) continue;
      if (!this.#numbers.has(name) || String(Number(made)) === made) return made;
    }
    return undefined;
  }
}

function groupNode(node: PatternNode, name: string): PatternNode | undefined {
  switch (node.kind) {
    case 'set':
      return undefined;
    case 'group':
      return node.name === name ? node.item : groupNode(node.item, name);
    case 'repeat':
      return groupNode(node.item, name);
    default:
      return node.items.map((item) => groupNode(item, name)).find((found) => found !== undefined);
  }
}

function matches(matcher: LineMatcher, text: string): boolean {
  const bytes = Buffer.from(text);
  return !bytes.includes(10) && matcher.match(bytes, 0, bytes.length, new Fields());
}

function hashOf(text: string): number {
  let code = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) code = Math.imul(code ^ text.charCodeAt(i), 0x01000193);
  return code;
}
