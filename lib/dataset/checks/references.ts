import type { Dataset } from '../model';
import { parsePattern, toldBy } from '../time-pattern';
import { formatHiveType, isScalar } from '../types';
import { closest } from './closest';
import type { CheckedColumn } from './columns';
import type { Cursor } from './cursor';

/** Checks `eventTime`: a column that can say when every row happened. */
export function checkEventTime(
  cursor: Cursor,
  columns: readonly CheckedColumn[],
  scheme: Dataset['partition']['scheme'] | undefined,
): string | undefined {
  const name = cursor.text('write the name of a timestamp or date column');
  if (name === undefined) return undefined;
  const column = findColumn(cursor, name, columns);
  if (column === undefined) return undefined;
  const { type } = column;
  if (type !== undefined && type.kind !== 'timestamp' && type.kind !== 'date') {
    cursor.problem(
      `column '${name}' has type '${formatHiveType(type)}'`,
      "name a column of type 'timestamp' or 'date', or change the type of this one",
    );
  } else if (type?.kind === 'date' && scheme === 'hour') {
    cursor.problem(`column '${name}' is a date, which tells no hour`, "use a timestamp column, or scheme 'day'");
  } else if (type?.kind === 'timestamp' && scheme === 'hour' && type.format !== undefined && 'pattern' in type.format) {
    if (!toldBy(parsePattern(type.format.pattern)).has('hour')) {
      cursor.problem(
        `the format of column '${name}' tells no hour`,
        "add the hour to its pattern, or use scheme 'day'",
      );
    }
  }
  if (!column.notNull) reportNullable(cursor, name, 'a row without an event time has no partition');
  return name;
}

/** Checks `sortBy`: columns that have an order. */
export function checkSortBy(cursor: Cursor, columns: readonly CheckedColumn[]): readonly string[] {
  return checkColumnList(cursor, columns, () => undefined);
}

/** Checks an array of names of scalar columns. */
export function checkColumnList(
  cursor: Cursor,
  columns: readonly CheckedColumn[],
  check: (item: Cursor, column: CheckedColumn, name: string) => void,
): readonly string[] {
  if (cursor.isMissing) return [];
  const names: string[] = [];
  for (const item of cursor.array('write an array of column names') ?? []) {
    const name = item.text('write the name of a column');
    if (name === undefined) continue;
    if (names.includes(name)) {
      item.problem(`column '${name}' occurs twice`, 'remove one of them');
      continue;
    }
    names.push(name);
    const column = findColumn(item, name, columns);
    if (column === undefined) continue;
    if (column.type !== undefined && !isScalar(column.type)) {
      item.problem(`column '${name}' has type '${formatHiveType(column.type)}'`, 'name a column of a scalar type');
    }
    check(item, column, name);
  }
  return names;
}

/** The column of a name, or a report that names the nearest. */
export function findColumn(cursor: Cursor, name: string, columns: readonly CheckedColumn[]): CheckedColumn | undefined {
  const column = columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const names = columns.map((candidate) => candidate.name).filter((candidate) => candidate !== undefined);
  const near = closest(name, names);
  return cursor.problem(
    `there is no column '${name}'`,
    near === undefined ? 'write the name of one of the columns' : `write '${near}'`,
  );
}

export function reportNullable(cursor: Cursor, name: string, reason: string): void {
  cursor.problem(`column '${name}' may be null, but ${reason}`, `add notNull: true to column '${name}'`);
}
