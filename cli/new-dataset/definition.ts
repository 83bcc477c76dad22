import type { ColumnDefinition, DatasetDefinition, FieldDefinition } from '../../lib/dataset/model';
import type { ResolvedColumn } from './columns';
import { isSnakeEnough, isSpelled, type Naming, type NamingLevel } from './names';
import type { PresetCall } from './own-presets';
import type { TypeNode } from './resolve';

/** A part of the file, and what is not sure about it. */
export interface Doubt {
  /** Name of a column, or member of the definition. */
  readonly about: { readonly column: string } | { readonly member: keyof DatasetDefinition };
  readonly text: string;
}

export interface Proposal {
  readonly definition: DatasetDefinition;
  readonly doubts: readonly Doubt[];
  /** The call of a preset that makes the definition. @default it is written in full */
  readonly preset?: PresetCall;
}

/** The Hive type as it is declared. */
export function typeText(node: TypeNode): string {
  switch (node.kind) {
    case 'scalar':
      return node.type;
    case 'array':
      return `array<${typeText(node.element)}>`;
    case 'map':
      return `map<${node.key},${typeText(node.value)}>`;
    case 'struct':
      return `struct<${node.fields.map((field, index) => `${node.level[index]?.name}:${typeText(field)}`).join(',')}>`;
  }
}

/** The column as it is declared. */
export function columnOf(
  { source, join, path, resolved: { node } }: Pick<ResolvedColumn, 'source' | 'join' | 'path' | 'resolved'>,
  name: string,
  isSnake: boolean,
  notNull: boolean,
): ColumnDefinition {
  const from = join !== undefined ? { join } : path !== undefined ? { path } : sourceOf({ source, name }, isSnake);
  const format = leafFormat(node);
  const fields = fieldSettings(node, '', isSnake);
  return {
    name,
    type: typeText(node),
    ...(from === undefined ? {} : { from }),
    ...(fields.length === 0 ? {} : { fields: Object.fromEntries(fields) }),
    ...(format === undefined ? {} : { format }),
    ...(notNull ? { notNull } : {}),
  };
}

const sourceOf = (naming: Naming, isSnake: boolean): string | undefined =>
  naming.source === naming.name || (isSnake && isSpelled(naming)) ? undefined : naming.source;

/** The format of the scalar that arrays and maps lead to; fields of structs have their own. */
function leafFormat(node: TypeNode): ColumnDefinition['format'] {
  switch (node.kind) {
    case 'scalar':
      return node.format;
    case 'array':
      return leafFormat(node.element);
    case 'map':
      return leafFormat(node.value);
    default:
      return undefined;
  }
}

function fieldSettings(node: TypeNode, path: string, isSnake: boolean): (readonly [string, FieldDefinition])[] {
  switch (node.kind) {
    case 'scalar':
      return [];
    case 'array':
      return fieldSettings(node.element, path, isSnake);
    case 'map':
      return fieldSettings(node.value, path, isSnake);
    case 'struct':
      return node.fields.flatMap((field, index) => {
        const naming = node.level[index];
        if (naming === undefined) return [];
        const at = path === '' ? naming.name : `${path}.${naming.name}`;
        const from = sourceOf(naming, isSnake);
        const format = leafFormat(field);
        const own = { ...(from === undefined ? {} : { from }), ...(format === undefined ? {} : { format }) };
        return [...(Object.keys(own).length === 0 ? [] : [[at, own] as const]), ...fieldSettings(field, at, isSnake)];
      });
  }
}

/** Names of columns, and of the fields of each struct within. */
function levelsOf(node: TypeNode): readonly NamingLevel[] {
  switch (node.kind) {
    case 'scalar':
      return [];
    case 'array':
      return levelsOf(node.element);
    case 'map':
      return levelsOf(node.value);
    case 'struct':
      return [node.level, ...node.fields.flatMap(levelsOf)];
  }
}

/** Whether `columnNames: 'snake'` says where the values stand. */
export const usesSnake = (names: NamingLevel, nodes: readonly TypeNode[]): boolean =>
  isSnakeEnough([names, ...nodes.flatMap(levelsOf)]);
