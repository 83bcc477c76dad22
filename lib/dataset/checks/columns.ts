import type { ColumnType } from '../model';
import { formatHiveType, parseType, TypeSyntaxError } from '../types';
import { type Cursor, count } from './cursor';
import { readColumnName } from './names';
import { DML_RESERVED } from './reserved-words';
import { readComment } from './texts';

/** A column as far as it could be read; parts that are wrong have been reported and are undefined. */
export interface CheckedColumn {
  readonly name: string | undefined;
  readonly type: ColumnType | undefined;
  readonly notNull: boolean;
  readonly comment: string | undefined;
  readonly typeCursor: Cursor;
}

/** The lake's own limit: beyond it a table's CloudFormation and its Parquet row groups get out of hand. */
const MAX_COLUMNS = 1000;
/** Limit of a column's type in the Glue API. */
const MAX_TYPE_LENGTH = 131_072;

const EXAMPLE = "write for example [{ name: 'event_id', type: 'string', notNull: true }]";

export function checkColumns(cursor: Cursor): readonly CheckedColumn[] {
  const items = cursor.array(EXAMPLE);
  if (items === undefined) return [];
  if (items.length === 0) cursor.problem('is empty', EXAMPLE);
  if (items.length > MAX_COLUMNS) {
    cursor.problem(
      `has ${count(items.length)} columns`,
      `write at most ${count(MAX_COLUMNS)}; group columns that belong together into a struct`,
    );
  }
  const seen = new Map<string, string>();
  return items.map((item) => checkColumn(item, seen));
}

function checkColumn(cursor: Cursor, seen: Map<string, string>): CheckedColumn {
  const object = cursor.object(
    ['name', 'type', 'notNull', 'comment'],
    "write for example { name: 'id', type: 'string' }",
  );
  if (object === undefined) {
    return { name: undefined, type: undefined, notNull: false, comment: undefined, typeCursor: cursor };
  }
  const name = readColumnName(object.name);
  if (name !== undefined) reportCollision(object.name, name, seen);
  return {
    name,
    type: readType(object.type),
    notNull: object.notNull.isMissing ? false : (object.notNull.boolean('write true or false') ?? false),
    comment: object.comment.isMissing ? undefined : readComment(object.comment),
    typeCursor: object.type,
  };
}

function reportCollision(cursor: Cursor, name: string, seen: Map<string, string>): void {
  const folded = name.toLowerCase();
  const earlier = seen.get(folded);
  if (earlier === undefined) {
    seen.set(folded, name);
  } else if (earlier === name) {
    cursor.problem(`column '${name}' occurs twice`, 'give each column its own name');
  } else {
    cursor.problem(
      `'${name}' and '${earlier}' differ only by case, and Athena compares names without case`,
      'give each column its own name',
    );
  }
}

function readType(cursor: Cursor): ColumnType | undefined {
  const text = cursor.text("write a Hive type, for example 'string' or 'array<int>'");
  if (text === undefined) return undefined;
  if (text.length > MAX_TYPE_LENGTH) {
    return cursor.problem(`has ${count(text.length)} characters`, `write at most ${count(MAX_TYPE_LENGTH)}`);
  }
  try {
    const type = parseType(text);
    for (const field of fieldNames(type)) {
      if (DML_RESERVED.has(field)) {
        cursor.problem(
          `struct field '${field}' is a reserved word of Athena`,
          `write another name, for example 'event_${field}'`,
        );
      }
    }
    return type;
  } catch (error) {
    if (error instanceof TypeSyntaxError) return cursor.problem(error.problem, error.fix);
    throw error;
  }
}

function fieldNames(type: ColumnType): readonly string[] {
  switch (type.kind) {
    case 'array':
      return fieldNames(type.element);
    case 'map':
      return fieldNames(type.value);
    case 'struct':
      return type.fields.flatMap((field) => [field.name, ...fieldNames(field.type)]);
    default:
      return [];
  }
}

/** CSV holds text only: nested values have no agreed form there, and bytes none at all. */
export function checkFitsCsv(columns: readonly CheckedColumn[]): void {
  for (const { type, typeCursor } of columns) {
    if (type?.kind === 'array' || type?.kind === 'map' || type?.kind === 'struct' || type?.kind === 'binary') {
      typeCursor.problem(
        `type '${formatHiveType(type)}' cannot come from CSV`,
        "remove 'csv' from input.formats, or use a scalar type other than binary",
      );
    }
  }
}
