import type { ColumnType } from '../../../../lib/dataset/model';
import { formatHiveType, parseType } from '../../../../lib/dataset/types';
import type { Found } from './found';
import type { FileNode } from './schema';

export function describeNode(node: FileNode): string {
  switch (node.shape) {
    case 'value':
      return node.found.label;
    case 'list':
      return `a list of ${node.element.shape === 'value' ? node.element.found.label : `${node.element.shape}s`}`;
    default:
      return `a ${node.shape}`;
  }
}

/** What to do about a column whose type in the file is not a form of the declared one. */
export function advice(node: FileNode, type: ColumnType): string {
  const write = `write it as ${written(type, node)}`;
  const declare = declarable(node);
  const possible = declare !== undefined && declare !== formatHiveType(type);
  return possible ? `${write}, or declare ${declare}` : write;
}

function written(type: ColumnType, node: FileNode): string {
  switch (type.kind) {
    case 'boolean':
      return 'BOOLEAN';
    case 'tinyint':
    case 'smallint':
    case 'int':
      return 'INT32';
    case 'bigint':
      return 'INT64';
    case 'float':
    case 'double':
      return type.kind.toUpperCase();
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'string':
      return node.shape === 'value' ? 'a STRING' : 'JSON in a STRING';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'TIMESTAMP';
    case 'binary':
      return 'BYTE_ARRAY without an annotation';
    case 'array':
      return 'a LIST';
    case 'map':
      return 'a MAP';
    case 'struct':
      return 'a group';
  }
}

/** The type of the lake that holds every value of a column, if there is one. */
function declarable(node: FileNode): string | undefined {
  try {
    return formatHiveType(parseType(declarableText(node)));
  } catch {
    // What the lake does not take: a type of a value, a field's name, or the type of a key.
    return undefined;
  }
}

function declarableText(node: FileNode): string {
  switch (node.shape) {
    case 'list':
      return `array<${declarableText(node.element)}>`;
    case 'map':
      return `map<${declarableText(node.key)},${declarableText(node.value)}>`;
    case 'struct':
      return `struct<${node.fields.map((field) => `${field.name}:${declarableText(field)}`).join(',')}>`;
    default:
      return declarableScalar(node.found) ?? 'no type';
  }
}

/** The type to declare for values of a column; undefined where there is none. */
export function declarableScalar(found: Found): string | undefined {
  switch (found.kind) {
    case 'integer': {
      const bits = found.signed ? found.bits : found.bits + 1;
      if (bits > 64) return 'decimal(20,0)';
      return bits > 32 ? 'bigint' : bits > 16 ? 'int' : bits > 8 ? 'smallint' : 'tinyint';
    }
    case 'decimal':
      return `decimal(${found.precision},${found.scale})`;
    case 'boolean':
    case 'float':
    case 'double':
    case 'date':
      return found.kind;
    case 'float16':
      return 'float';
    case 'timestamp':
    case 'int96':
      return 'timestamp';
    case 'text':
    case 'enum':
    case 'json':
    case 'uuid':
      return 'string';
    case 'bson':
    case 'bytes':
      return 'binary';
    default:
      return undefined;
  }
}

/** Why a value that is of the right kind does not fit. */
export function limits(found: Found, type: ColumnType): string {
  if (found.kind === 'null') return 'is a value in a column of nulls';
  if (type.kind === 'string') return 'is not UTF-8';
  switch (type.kind) {
    case 'date':
      return found.kind === 'date' ? 'is not a day of the years 0001 to 9999' : 'is not a date: it has a time of day';
    case 'timestamp':
      return 'is not a time of the years 0001 to 9999';
    default:
      return `does not fit ${article(formatHiveType(type))} exactly`;
  }
}

export const article = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
