import type { ColumnType, Dataset } from '../../../lib/dataset/model';
import { isSpelling } from '../../../lib/dataset/snake-case';
import { pathsOf, type Sourced, Sources } from '../../../lib/dataset/sources';
import {
  type LookAlike,
  likeness,
  lookAlikeColumns,
  lookAlikes,
  quoteName,
  UnreadableObjectError,
} from '../../../lib/rows';
import { CONVERTED, REPETITION, type Element as SchemaElement } from './parquet/element';

/** A column of the object that the dataset does not declare. */
export interface UndeclaredColumn {
  readonly name: string;
  /** A declared name that differs only in case or separators, and is there too. */
  readonly similarTo: string | undefined;
}

/** An element of a Parquet schema: a column, a field, or a level of a list or map. */
interface Element {
  readonly name: string;
  readonly repeated: boolean;
  readonly list: boolean;
  readonly children: Element[];
}

type Names = readonly (Sourced & { readonly type: ColumnType })[];

/**
 * Checks the names of a Parquet schema as they are in the file. The engine does not distinguish names that differ only
 * in case, and renames the second: a value could come from the wrong one, or silently be null.
 *
 * @returns the columns that the dataset does not declare
 * @throws UnreadableObjectError when a declared name is missing where an undeclared one looks like it, or is there twice;
 * in structs at any depth too
 */
export function checkNames(dataset: Pick<Dataset, 'columns'>, elements: readonly SchemaElement[]): UndeclaredColumn[] {
  const [root] = readElements(elements[Symbol.iterator](), 1);
  const found: LookAlike[] = [];
  const children = root?.children ?? [];
  compare(dataset.columns, children, '', found);
  if (found.length > 0) throw new UnreadableObjectError(`its schema has ${lookAlikeColumns(found)}`);
  const sources = new Sources(dataset.columns);
  const alike = new Map(dataset.columns.map(({ name }) => [likeness(name), name]));
  return children
    .filter(({ name }) => !sources.uses(name))
    .map(({ name }) => ({ name, similarTo: alike.get(likeness(name)) }));
}

/** The schema comes as its elements in depth-first order, each with the number of its children. */
function readElements(rows: Iterator<SchemaElement>, count: number): Element[] {
  const elements: Element[] = [];
  for (let i = 0; i < count; i++) {
    const next = rows.next();
    if (next.done === true) break;
    const { name, children, repetition, converted, logical } = next.value;
    elements.push({
      name,
      repeated: repetition === REPETITION.REPEATED,
      list: (logical?.name ?? CONVERTED[converted ?? -1]) === 'LIST',
      children: readElements(rows, children ?? 0),
    });
  }
  return elements;
}

function compare(declared: Names, present: readonly Element[], path: string, found: LookAlike[]): void {
  const missing = lookAlikes(
    declared,
    present.map(({ name }) => name),
  );
  for (const { declared: name, undeclared } of missing) found.push({ declared: `${path}${name}`, undeclared });
  const sources = new Sources(declared);
  for (const { name, type, from } of declared) {
    if (from !== undefined) {
      for (const element of elementsOf({ name, from }, present)) descend(type, element, `${path}${name}`, found);
      continue;
    }
    const element = present.find((candidate) => candidate.name === name);
    if (element === undefined) continue;
    // A twin that is another column's has a meaning of its own.
    const twins = present.filter(
      (candidate) =>
        candidate.name.toLowerCase() === name && (candidate.name === name || !sources.uses(candidate.name)),
    );
    // Of two such names, the engine keeps the first.
    if (twins[0]?.name !== name || twins.filter((twin) => twin.name === name).length > 1) {
      const names = twins.slice(0, 3).map((twin) => quoteName(twin.name));
      throw new UnreadableObjectError(
        `its schema has ${path}${name} more than once but for case: ${names.join(', ')}; keep one of them`,
      );
    }
    descend(type, element, `${path}${name}`, found);
  }
}

/** The elements that a column or field of another name takes its value from. */
function elementsOf(target: Sourced, present: readonly Element[]): Element[] {
  if (target.from === 'snake') {
    return present.filter(({ name }) => isSpelling(name, target.name));
  }
  return pathsOf(target).flatMap((path) => {
    let at = present;
    for (const name of path.slice(0, -1)) at = at.find((element) => element.name === name)?.children ?? [];
    return at.filter(({ name }) => name === path.at(-1));
  });
}

function descend(type: ColumnType, element: Element, path: string, found: LookAlike[]): void {
  switch (type.kind) {
    case 'struct':
      compare(type.fields, element.children, `${path}.`, found);
      break;
    case 'array': {
      const item = itemOf(element);
      if (item !== undefined) descend(type.element, item, path, found);
      break;
    }
    case 'map': {
      const value = element.children[0]?.children[1];
      if (value !== undefined) descend(type.value, value, path, found);
      break;
    }
  }
}

/**
 * The element of a list, by the rules for files of old writers too:
 * https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists
 */
function itemOf(element: Element): Element | undefined {
  if (!element.list) return element.repeated ? { ...element, repeated: false } : undefined;
  const [repeated] = element.children;
  const isItem =
    repeated === undefined ||
    repeated.children.length !== 1 ||
    repeated.name === 'array' ||
    repeated.name === `${element.name}_tuple`;
  return isItem ? repeated : repeated.children[0];
}
