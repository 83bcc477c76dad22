import { UnreadableObjectError } from '../../../../lib/rows';
import { CONVERTED, type Element, REPETITION } from './element';
import { type Found, foundIn, readAs, type TextMode } from './found';

/** A column of a file, or a part of one. */
export type FileNode = {
  /** Name in the file. */
  readonly name: string;
  /** Name by which the engine knows it: unique among its siblings, regardless of case. */
  readonly alias: string;
} /** `text`: whether the engine reads it as text; else what may be text comes as bytes. */ & (
  | { readonly shape: 'value'; readonly found: Found; readonly text: boolean }
  | { readonly shape: 'struct'; readonly fields: readonly FileNode[] }
  | { readonly shape: 'list'; readonly element: FileNode }
  | { readonly shape: 'map'; readonly key: FileNode; readonly value: FileNode }
);

export interface FileSchema {
  readonly columns: readonly FileNode[];
  /** The same schema, as the engine reads it rightly: see `readAs`. Every list has three levels. */
  readonly elements: readonly Element[];
}

interface Tree {
  readonly element: Element;
  readonly children: readonly Tree[];
}

interface Built {
  readonly node: FileNode;
  readonly elements: readonly Element[];
}

/** Levels of groups. A column type of the lake nests 32 levels, each of at most three groups here. */
const MAX_DEPTH = 100;
/** Columns that the engine adds to those of a file. */
const RESERVED = ['file_row_number', 'filename', 'file_index'];

/** @throws UnreadableObjectError when the elements do not form a tree */
export function fileSchema(elements: readonly Element[], text: TextMode): FileSchema {
  const { tree, next } = treeAt(elements, 0, 0);
  if (next !== elements.length)
    throw new UnreadableObjectError('not a readable Parquet file: its schema is not a tree');
  const columns = fields(tree, text, RESERVED);
  return {
    columns: columns.map(({ node }) => node),
    elements: [
      { name: 'schema', children: columns.length, repetition: REPETITION.REQUIRED },
      ...columns.flatMap((column) => column.elements),
    ],
  };
}

function treeAt(elements: readonly Element[], at: number, depth: number): { tree: Tree; next: number } {
  const element = elements[at];
  if (element === undefined || depth > MAX_DEPTH) {
    throw new UnreadableObjectError('not a readable Parquet file: its schema is not a tree');
  }
  const children: Tree[] = [];
  let next = at + 1;
  if (element.physical === undefined) {
    for (let i = 0; i < (element.children ?? 0); i++) {
      const child = treeAt(elements, next, depth + 1);
      children.push(child.tree);
      next = child.next;
    }
  }
  return { tree: { element, children }, next };
}

/** The fields of a group. Groups in which there is no column hold nothing, and are left out. */
function fields(group: Tree, text: TextMode, reserved: readonly string[] = []): Built[] {
  const taken = new Set(reserved);
  return group.children.flatMap((child) => {
    if (!hasColumn(child)) return [];
    let alias = child.element.name === '' ? '_' : child.element.name;
    for (let i = 2; taken.has(alias.toLowerCase()); i++) alias = `${child.element.name}_${i}`;
    taken.add(alias.toLowerCase());
    return [build(child, alias, text)];
  });
}

const hasColumn = ({ element, children }: Tree): boolean => element.physical !== undefined || children.some(hasColumn);

/** Follows https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types, its old forms included. */
function build(tree: Tree, alias: string, text: TextMode): Built {
  const { element, children } = tree;
  const names = { name: element.name, alias };
  if (element.repetition === REPETITION.REPEATED) {
    return list(names, REPETITION.REQUIRED, required(tree), text);
  }
  if (element.physical !== undefined) {
    const found = foundIn(element);
    const read = readAs({ ...element, name: alias }, found, text);
    const isText = read.converted === CONVERTED.indexOf('UTF8');
    return { node: { ...names, shape: 'value', found, text: isText }, elements: [read] };
  }
  const repetition = element.repetition ?? REPETITION.REQUIRED;
  const annotation = element.logical?.name ?? CONVERTED[element.converted ?? -1];
  const [only, ...others] = children;
  if (only?.element.repetition === REPETITION.REPEATED && others.length === 0) {
    if (annotation === 'LIST') return list(names, repetition, elementOf(only, element.name), text);
    const [key, value, ...more] = only.children;
    const isMap = annotation === 'MAP' || annotation === 'MAP_KEY_VALUE';
    if (isMap && key !== undefined && value !== undefined && more.length === 0 && isEntry(key) && isEntry(value)) {
      return map(names, repetition, key, value, text);
    }
  }
  const built = fields(tree, text);
  return {
    node: { ...names, shape: 'struct', fields: built.map(({ node }) => node) },
    elements: [{ name: alias, repetition, children: built.length }, ...built.flatMap((field) => field.elements)],
  };
}

const required = (tree: Tree): Tree => ({
  ...tree,
  element: { ...tree.element, repetition: REPETITION.REQUIRED },
});

const isEntry = (tree: Tree): boolean => tree.element.repetition !== REPETITION.REPEATED && hasColumn(tree);

/** What a list holds: the one child of the repeated group, or in lists of two levels what is repeated itself. */
function elementOf(repeated: Tree, list: string): Tree {
  const [only, ...others] = repeated.children;
  const { name } = repeated.element;
  const annotated = repeated.element.logical !== undefined || repeated.element.converted !== undefined;
  const twoLevels =
    only === undefined ||
    others.length > 0 ||
    annotated ||
    only.element.repetition === REPETITION.REPEATED ||
    name === 'array' ||
    name === `${list}_tuple`;
  return twoLevels ? required(repeated) : only;
}

type Names = Pick<FileNode, 'name' | 'alias'>;

function list(names: Names, repetition: number, item: Tree, text: TextMode): Built {
  const { node, elements } = build(item, 'element', text);
  return {
    node: { ...names, shape: 'list', element: node },
    elements: [
      { name: names.alias, repetition, children: 1, converted: CONVERTED.indexOf('LIST') },
      { name: 'list', repetition: REPETITION.REPEATED, children: 1 },
      ...elements,
    ],
  };
}

function map(names: Names, repetition: number, keyTree: Tree, valueTree: Tree, text: TextMode): Built {
  const key = build(keyTree, 'key', text);
  const value = build(valueTree, 'value', text);
  return {
    node: { ...names, shape: 'map', key: key.node, value: value.node },
    elements: [
      { name: names.alias, repetition, children: 1, converted: CONVERTED.indexOf('MAP') },
      { name: 'key_value', repetition: REPETITION.REPEATED, children: 2 },
      ...key.elements,
      ...value.elements,
    ],
  };
}
