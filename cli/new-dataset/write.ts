import type { DatasetDefinition } from '../../lib/dataset/model';
import type { Doubt, Proposal } from './definition';

/** Width of a line, as the project is formatted. */
const WIDTH = 120;
const COMMENT_WIDTH = 110;
/** Least length of `name: ` from which on the formatter breaks the line behind it: the name is 5 characters or longer. */
const MIN_BREAKING = 'names: '.length;

type Plain = string | number | boolean | readonly Plain[] | { readonly [name: string]: Plain };

/**
 * The text of a dataset file, as the formatter leaves it.
 *
 * @param from how the file imports the model and the presets, such as `'../../lib/dataset/model'`
 * @param intro lines of a comment before the dataset
 */
export function datasetFile(
  { definition, doubts, preset }: Proposal,
  from: { readonly model: string; readonly presets: string },
  intro: readonly string[],
): string {
  const comments = intro.flatMap((text) => comment(text, ''));
  if (preset !== undefined) {
    const { name, options } = preset;
    const elsewhere = doubts.flatMap(({ about, text }) =>
      'member' in about && !(about.member in options) ? [text] : [],
    );
    return [
      `import { ${name} } from ${quoted(from.presets)};`,
      '',
      ...comments,
      ...elsewhere.flatMap((text) => comment(text, '')),
      `export default ${name}({`,
      ...bodyLines(options as MembersOf<DatasetDefinition>, doubts),
      '});',
      '',
    ].join('\n');
  }
  const variable = definition.name
    .replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    .replace(/_+$/, '');
  return [
    `import type { DatasetDefinition } from ${quoted(from.model)};`,
    '',
    ...comments,
    `const ${variable}: DatasetDefinition = {`,
    ...bodyLines(definition, doubts),
    '};',
    '',
    `export default ${variable};`,
    '',
  ].join('\n');
}

type MembersOf<T> = { readonly [K in keyof T]?: T[K] };

/** The members of a definition, or of the options of a preset, each after what is not sure about it. */
const bodyLines = (members: MembersOf<DatasetDefinition>, doubts: readonly Doubt[]): string[] =>
  Object.entries(members).flatMap(([member, value]) => [
    ...doubtsAbout(doubts, member).flatMap((text) => comment(text, '  ')),
    ...(member === 'columns' && members.columns !== undefined
      ? columnLines(members.columns, doubts)
      : memberLines(member, value as Plain, '  ')),
  ]);

/**
 * The text of a dataset file that is a preset.
 *
 * @param from how the file imports the presets
 */
export function presetFile(
  preset: string,
  options: { readonly [name: string]: Plain },
  from: string,
  intro: readonly string[],
): string {
  const isPlain = Object.keys(options).length === 0;
  return [
    `import { ${preset} } from ${quoted(from)};`,
    '',
    ...intro.flatMap((text) => comment(text, '')),
    ...(isPlain ? [`export default ${preset}();`] : valueLines(options, '', `export default ${preset}(`, ');')),
    '',
  ].join('\n');
}

const doubtsAbout = (doubts: readonly Doubt[], member: string): string[] =>
  doubts.flatMap(({ about, text }) => ('member' in about && about.member === member ? [text] : []));

function columnLines(columns: DatasetDefinition['columns'], doubts: readonly Doubt[]): string[] {
  const about = (name: string): string[] =>
    doubts.flatMap((doubt) => ('column' in doubt.about && doubt.about.column === name ? [doubt.text] : []));
  const [only] = columns;
  if (columns.length === 1 && only !== undefined && about(only.name).length === 0) {
    return memberLines('columns', columns as unknown as Plain, '  ');
  }
  return [
    '  columns: [',
    ...columns.flatMap((column) => [
      ...about(column.name).flatMap((text) => comment(text, '    ')),
      ...valueLines(column as unknown as Plain, '    ', '', ','),
    ]),
    '  ],',
  ];
}

function memberLines(name: string, value: Plain, indent: string): string[] {
  return valueLines(value, indent, `${keyOf(name)}: `, ',');
}

/** A value after a text, and what follows it, on one line where it fits. */
function valueLines(value: Plain, indent: string, before: string, after: string): string[] {
  const line = `${indent}${before}${inline(value)}${after}`;
  // A long text goes to a line of its own, except after a short name.
  if (typeof value === 'string' && line.length > WIDTH && before.length >= MIN_BREAKING && before.endsWith(': ')) {
    return [`${indent}${before.trimEnd()}`, `${indent}  ${inline(value)}${after}`];
  }
  if (typeof value !== 'object' || (line.length <= WIDTH && !isSpread(value))) return [line];
  const inner = `${indent}  `;
  if (isList(value)) {
    return [`${indent}${before}[`, ...value.flatMap((item) => valueLines(item, inner, '', ',')), `${indent}]${after}`];
  }
  const members = Object.entries(value).flatMap(([name, member]) => memberLines(name, member, inner));
  return [`${indent}${before}{`, ...members, `${indent}}${after}`];
}

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value);

/** Whether the formatter breaks a value over lines though it fits on one: several objects of several members. */
function isSpread(value: Plain): boolean {
  if (typeof value !== 'object') return false;
  if (!isList(value)) return Object.values(value).some(isSpread);
  const isMany = (item: Plain): boolean => typeof item === 'object' && !isList(item) && Object.keys(item).length > 1;
  return (value.length > 1 && value.every(isMany)) || value.some(isSpread);
}

function inline(value: Plain): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(inline).join(', ')}]`;
  const members = Object.entries(value).map(([name, member]) => `${keyOf(name)}: ${inline(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

const keyOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name));

/** A string of TypeScript, with what cannot be seen written out. */
function quoted(text: string): string {
  const mark = text.split("'").length > text.split('"').length ? '"' : "'";
  const safe = text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`).replace(UNSEEN, escaped);
  return `${mark}${safe}${mark}`;
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u00a0]/gu;
const KNOWN: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const escaped = (char: string): string =>
  KNOWN[char] ??
  [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');

/** Words of a comment, over as many lines as they take. */
function comment(text: string, indent: string): string[] {
  const shown = text.replace(UNSEEN, escaped);
  const sentence = `${shown[0]?.toUpperCase()}${shown.slice(1)}${/[.!?]$/.test(shown) ? '' : '.'}`;
  const lines: string[] = [];
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < COMMENT_WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}// ${word}`);
  }
  return lines;
}
