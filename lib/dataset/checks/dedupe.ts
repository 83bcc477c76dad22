import type { Dedupe, DeletionMarker } from '../dedupe';
import type { Column } from '../model';
import { formatHiveType } from '../types';
import type { CheckedColumn } from './columns';
import { type Cursor, show } from './cursor';
import { checkColumnList, findColumn, reportNullable } from './references';

const NONE: Dedupe = { key: [], keep: 'earliest', by: [], deleted: undefined };
const EXAMPLE = "write for example { key: ['id'], keep: 'latest', by: 'updated_at' }";

/** Checks `dedupe`, or `dedupeKey`, which is short for keeping the earliest. */
export function checkDedupe(cursor: Cursor, short: Cursor, columns: readonly CheckedColumn[]): Dedupe {
  if (cursor.isMissing) return { ...NONE, key: checkKey(short, columns) };
  if (!short.isMissing) {
    short.problem('stands beside dedupe, which says the same and more', 'remove it and write dedupe.key');
  }
  const object = cursor.object(['key', 'keep', 'by', 'deleted'], EXAMPLE);
  if (object === undefined) return NONE;
  if (object.key.isMissing) object.key.problem('is missing', "write the columns that identify a row, such as ['id']");
  const key = checkKey(object.key, columns);
  if (Array.isArray(object.key.value) && object.key.value.length === 0) {
    object.key.problem('is empty', "write the columns that identify a row, such as ['id']");
  }
  const keep = object.keep.oneOf(['earliest', 'latest']) ?? NONE.keep;
  const by = checkBy(object.by, columns, key);
  if (keep === 'latest' && object.by.isMissing) {
    object.by.problem(
      "is missing, and keep: 'latest' needs it",
      "name what says which row is later, such as 'updated_at'",
    );
  }
  const deleted = object.deleted.isMissing ? undefined : checkDeleted(object.deleted, columns, key);
  if (deleted !== undefined && keep !== 'latest') {
    object.deleted.problem("belongs to keep: 'latest'", "write keep: 'latest', or remove it");
  } else if (deleted !== undefined) {
    const first = columns.find(({ name }) => name !== undefined && name === by[0]);
    if (first?.notNull === false) {
      reportNullable(object.by, by[0] ?? '', 'a deletion without it would delete nothing');
    }
  }
  return { key, keep, by, deleted };
}

function checkKey(cursor: Cursor, columns: readonly CheckedColumn[]): readonly string[] {
  return checkColumnList(cursor, columns, (item, column, name) => {
    if (!column.notNull) reportNullable(item, name, 'a row without a key cannot be told from another');
  });
}

function checkBy(cursor: Cursor, columns: readonly CheckedColumn[], key: readonly string[]): readonly string[] {
  const outside = (item: Cursor, _: CheckedColumn, name: string): void => {
    if (key.includes(name))
      item.problem(`column '${name}' is part of the key`, 'name a column that tells rows of one key apart');
  };
  if (cursor.isMissing || typeof cursor.value !== 'string') return checkColumnList(cursor, columns, outside);
  // One name stands for a list of one.
  const item = cursor;
  const names = checkColumnList(cursor.as([cursor.value]), columns, (_, column, name) => outside(item, column, name));
  return names;
}

function checkDeleted(
  cursor: Cursor,
  columns: readonly CheckedColumn[],
  key: readonly string[],
): DeletionMarker | undefined {
  if (typeof cursor.value === 'string') {
    const column = findColumn(cursor, cursor.value, columns);
    if (column === undefined || column.type === undefined) return undefined;
    if (column.type.kind === 'boolean') return { column: cursor.value, values: [true] };
    return cursor.problem(
      `column '${cursor.value}' has type '${formatHiveType(column.type)}'`,
      `name a boolean column, or write { column: '${cursor.value}', values: ['D'] } with the values that delete`,
    );
  }
  const object = cursor.object(['column', 'values'], "write for example { column: 'op', values: ['D'] }");
  if (object === undefined) return undefined;
  const name = object.column.text('write the name of a column');
  const column = name === undefined ? undefined : findColumn(object.column, name, columns);
  if (name !== undefined && key.includes(name)) {
    object.column.problem(`column '${name}' is part of the key`, 'name a column that is not');
  }
  const kind = column?.type?.kind;
  const isText = kind === 'string';
  if (column?.type !== undefined && !isText && !INTEGERS.has(kind ?? '')) {
    object.column.problem(
      `column '${name}' has type '${formatHiveType(column.type)}'`,
      kind === 'boolean' ? `write deleted: '${name}'` : 'name a boolean, string or integer column',
    );
    return undefined;
  }
  const values: (string | number)[] = [];
  const items = object.values.array("write the values that delete, such as ['D']");
  if (items?.length === 0) object.values.problem('is empty', "write the values that delete, such as ['D']");
  for (const item of items ?? []) {
    const { value } = item;
    if (kind !== undefined && !(isText ? typeof value === 'string' : Number.isSafeInteger(value))) {
      item.problem(
        `${show(value)} is no value of column '${name}'`,
        isText ? 'write a string' : 'write a whole number',
      );
    } else if (typeof value === 'string' || typeof value === 'number') {
      if (values.includes(value)) item.problem(`${show(value)} occurs twice`, 'remove one of them');
      values.push(value);
    }
  }
  return name === undefined ? undefined : { column: name, values };
}

const INTEGERS: ReadonlySet<string> = new Set(['tinyint', 'smallint', 'int', 'bigint']);

/** The columns, those that a deletion need not have told apart. */
export function withDeletions(columns: readonly Column[], { key, by, deleted }: Dedupe): readonly Column[] {
  if (deleted === undefined) return columns;
  return columns.map((column) =>
    column.notNull && !key.includes(column.name) && !by.includes(column.name) ? { ...column, unless: deleted } : column,
  );
}
