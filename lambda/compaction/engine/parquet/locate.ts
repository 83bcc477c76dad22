import { quoteIdentifier, quoteText } from '../../../../lib/dataset/duckdb-types';
import type { SourcePath } from '../../../../lib/dataset/model';
import { isSpelling } from '../../../../lib/dataset/snake-case';
import { describePath, isJoined, partsOf, pathsOf, type Sourced } from '../../../../lib/dataset/sources';
import { quoteName, UnreadableObjectError } from '../../../../lib/rows';
import { describeNode } from './messages';
import type { FileNode } from './schema';

/** A place in a file that may hold the value of a column or field. */
export interface LocatedNode {
  readonly node: FileNode;
  /** SQL of its value. */
  readonly value: string;
}

export interface LocateOptions {
  /** SQL of the struct that the nodes are fields of; undefined for columns. */
  readonly within?: string;
  /** Texts that mean null. @default none */
  readonly nulls?: readonly string[] | undefined;
}

/**
 * The places that a file has for a column or a field, in order of preference.
 *
 * @param nodes columns of the file, or fields of a struct
 * @throws UnreadableObjectError when a name is there twice, or a path leads through something that is not a struct
 */
export function locate(target: Sourced, nodes: readonly FileNode[], options: LocateOptions = {}): LocatedNode[] {
  const { within, nulls = [] } = options;
  const values = (of: Sourced, own?: boolean): LocatedNode[] =>
    placesOf(of, nodes, within, own).map((place) => withoutNulls(place, nulls));
  const parts = partsOf(target);
  const whole = values(target);
  if (parts.length === 0) return whole;
  const found = parts.map((path) => values({ name: target.name, from: [path] }, false)[0]);
  if (found.includes(undefined)) return whole;
  return [
    joined(
      target,
      found.filter((place) => place !== undefined),
    ),
    ...whole,
  ];
}

/** The value of a place, null for a text that means null. */
function withoutNulls({ node, value }: LocatedNode, nulls: readonly string[]): LocatedNode {
  const isText = node.shape === 'value' && ['text', 'enum', 'bytes'].includes(node.found.kind);
  if (nulls.length === 0 || !isText) return { node, value };
  const texts = nulls.map((text) => (node.text ? quoteText(text) : `encode(${quoteText(text)})`));
  return { node, value: `CASE WHEN ${value} NOT IN (${texts.join(', ')}) THEN ${value} END` };
}

/** Several texts or numbers joined with a space, null if one of them is null. */
function joined({ name }: Sourced, parts: readonly LocatedNode[]): LocatedNode {
  /** Whether texts are read as bytes, because some in the file are not UTF-8: so is what is joined, to be judged. */
  const isBytes = parts.some(({ node }) => node.shape === 'value' && !node.text && node.found.kind === 'text');
  const texts = parts.map(({ node, value }) => {
    const found = node.shape === 'value' ? node.found.kind : undefined;
    if (found === 'text') return value;
    if (found === 'integer' || found === 'date') {
      return isBytes ? `encode(CAST(${value} AS VARCHAR))` : `CAST(${value} AS VARCHAR)`;
    }
    throw new UnreadableObjectError(
      `column ${node.name}: the file has ${describeNode(node)}, but ${name} is joined from texts, whole numbers and dates`,
    );
  });
  const isNull = parts.map(({ value }) => `${value} IS NULL`).join(' OR ');
  const value = `CASE WHEN ${isNull} THEN NULL ELSE ${texts.join(isBytes ? " || encode(' ') || " : " || ' ' || ")} END`;
  const label = `${parts.map(({ node }) => node.name).join(' and ')}, joined`;
  return { node: { name, alias: name, shape: 'value', found: { kind: 'text', label }, text: !isBytes }, value };
}

/** @param own whether the declared name itself is a place too */
function placesOf(target: Sourced, nodes: readonly FileNode[], within?: string, own = true): LocatedNode[] {
  const inside = (struct: string | undefined, { alias }: FileNode): string =>
    struct === undefined ? quoteIdentifier(alias) : `struct_extract(${struct}, ${quoteText(alias)})`;
  if (target.from === 'snake') {
    const found = nodes.filter(({ name }) => isSpelling(name, target.name));
    if (found.length > 1) {
      const names = found.map(({ name }) => quoteName(name)).join(' and ');
      throw new UnreadableObjectError(`it has ${found.length} columns for ${target.name}: ${names}; keep one of them`);
    }
    return found.map((node) => ({ node, value: inside(within, node) }));
  }
  const paths = own || typeof target.from !== 'object' || isJoined(target.from) ? pathsOf(target) : target.from;
  return paths.flatMap((path) => {
    let at = nodes;
    let value = within;
    for (const [depth, name] of path.entries()) {
      const found = at.filter((node) => node.name === name);
      if (found.length > 1) throw new UnreadableObjectError(`it has ${found.length} columns ${shownPath(path, depth)}`);
      const [node] = found;
      if (node === undefined) return [];
      value = inside(value, node);
      if (depth === path.length - 1) return [{ node, value }];
      if (node.shape !== 'struct') {
        throw new UnreadableObjectError(
          `column ${shownPath(path, depth)}: the file has ${describeNode(node)}, but ${target.name} is taken out of a group; ` +
            'write a group, or change the from of the dataset',
        );
      }
      at = node.fields;
    }
    return [];
  });
}

const shownPath = (path: SourcePath, depth: number): string =>
  path.length === 1 ? (path[0] ?? '') : describePath(path.slice(0, depth + 1));
