import type { ColumnType, ValueSource } from '../model';
import { isJoined } from '../sources';
import { formatHiveType, parseType, TypeSyntaxError } from '../types';
import { type Cursor, count } from './cursor';
import { readFormat, withFormat } from './formats';
import { readColumnName } from './names';
import { DML_RESERVED } from './reserved-words';
import { checkDistinct, type Located, readFieldSettings, readSource, sourcedType } from './sources';
import { readComment } from './texts';

/** A column as far as it could be read; parts that are wrong have been reported and are undefined. */
export interface CheckedColumn {
  readonly name: string | undefined;
  readonly type: ColumnType | undefined;
  readonly notNull: boolean;
  readonly comment: string | undefined;
  readonly from: ValueSource | undefined;
  readonly typeCursor: Cursor;
  readonly fromCursor: Cursor;
  readonly formatCursor: Cursor;
}

/** The lake's own limit: beyond it a table's CloudFormation and its Parquet row groups get out of hand. */
const MAX_COLUMNS = 1000;
/** Limit of a column's type in the Glue API. https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html */
const MAX_TYPE_LENGTH = 131_072;

const EXAMPLE = "write for example [{ name: 'event_id', type: 'string', notNull: true }]";

/** @param names what columns and fields without `from` are called in the input */
export function checkColumns(cursor: Cursor, names: 'exact' | 'snake' | undefined): readonly CheckedColumn[] {
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
  const otherwise = names === 'snake' ? 'snake' : undefined;
  const columns = items.map((item) => checkColumn(item, seen, otherwise));
  checkDistinct(
    columns.flatMap(({ name, from, fromCursor }) => (name === undefined ? [] : [located(name, from, fromCursor)])),
    'column',
  );
  return columns;
}

const located = (name: string, from: ValueSource | undefined, cursor: Cursor): Located =>
  from === undefined ? { name, cursor } : { name, from, cursor };

function checkColumn(cursor: Cursor, seen: Map<string, string>, otherwise: 'snake' | undefined): CheckedColumn {
  const object = cursor.object(
    ['name', 'type', 'from', 'fields', 'format', 'notNull', 'comment'],
    "write for example { name: 'id', type: 'string' }",
  );
  if (object === undefined) {
    const nothing = { name: undefined, type: undefined, notNull: false, comment: undefined, from: undefined };
    return { ...nothing, typeCursor: cursor, fromCursor: cursor, formatCursor: cursor };
  }
  const name = readColumnName(object.name);
  if (name !== undefined) reportCollision(object.name, name, seen);
  const type = readType(object.type);
  const from = object.from.isMissing ? otherwise : readSource(object.from);
  if (isJoined(from) && type !== undefined && type.kind !== 'timestamp' && type.kind !== 'string') {
    object.from.problem(
      `joins texts to the type '${formatHiveType(type)}'`,
      'change the type to timestamp or string, or name one value',
    );
  }
  return {
    name,
    type: type && readFields(object.fields, readTimes(object.format, type), otherwise),
    from,
    fromCursor: object.from.isMissing ? object.name : object.from,
    notNull: object.notNull.isMissing ? false : (object.notNull.boolean('write true or false') ?? false),
    comment: object.comment.isMissing ? undefined : readComment(object.comment),
    typeCursor: object.type,
    formatCursor: object.format,
  };
}

/** The type, its times with their format. */
function readTimes(cursor: Cursor, type: ColumnType): ColumnType {
  const format = cursor.isMissing ? undefined : readFormat(cursor, type);
  return format === undefined ? type : withFormat(type, format);
}

/** The type, its fields with where their values come from. */
function readFields(cursor: Cursor, type: ColumnType, otherwise: 'snake' | undefined): ColumnType {
  if (cursor.isMissing) {
    return otherwise === undefined ? type : sourcedType(type, { sources: new Map(), formats: new Map() }, otherwise);
  }
  const { cursors, ...settings } = readFieldSettings(cursor, type);
  const sourced = sourcedType(type, settings, otherwise);
  checkFields(sourced, '', cursors, cursor);
  return sourced;
}

/** Checks that no two fields of a struct take their values from one name. */
function checkFields(type: ColumnType, path: string, cursors: ReadonlyMap<string, Cursor>, whole: Cursor): void {
  switch (type.kind) {
    case 'array':
      checkFields(type.element, path, cursors, whole);
      break;
    case 'map':
      checkFields(type.value, path, cursors, whole);
      break;
    case 'struct': {
      const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
      checkDistinct(
        type.fields.map(({ name, from }) => located(name, from, cursors.get(at(name)) ?? whole)),
        'struct field',
      );
      for (const field of type.fields) checkFields(field.type, at(field.name), cursors, whole);
      break;
    }
  }
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
