import { type Column, type ColumnType, type Dataset, partitionKeys } from '../../../lib/dataset';
import { type Canonical, decimal, expected, floating, type Logical, sorted } from '../../data/values';

/** A value as readers send it: text, but for booleans, null, and what is nested. Maps are lists of pairs. */
export type Value = null | boolean | string | readonly Value[] | { readonly [field: string]: Value };

export interface Question {
  /** Name of the table, for engines that ask a catalog. */
  readonly table: string;
  /** URI of its metadata.json, for the others. */
  readonly metadata: string;
  readonly columns: readonly string[];
  /** Id. @default the current one */
  readonly snapshot?: number;
  /** Condition in SQL, with values as {@link Reader.literal} spells them. @default all rows */
  readonly where?: string;
  /** URIs of the files to read, for the reader of symlinks alone. */
  readonly files?: readonly string[];
}

/** An engine that is not ours, and reads tables from their metadata. */
export interface Reader {
  readonly name: string;
  /** Shows a list or map of structs that is null as an empty one: https://github.com/apache/iceberg-python/issues/3833 */
  readonly emptiesNullLists: boolean;
  /** Whether an answer takes a second: it is asked a quarter of the conditions. */
  readonly isSlow: boolean;
  /** A value in SQL. */
  literal(value: Logical, column: Column): string;
  /** @returns values in the order of the columns; rows in any order */
  read(question: Question): Promise<readonly (readonly Value[])[]>;
  /** Runs a statement in which TABLE_NAME stands for a table. Undefined: it only reads. */
  readonly execute?: (table: string, sql: string) => Promise<void>;
  /** A row of {@link columnsOf} in the form in which answers are compared. */
  canonicalRow(dataset: Dataset, row: readonly Value[]): Canonical[];
}

/** Quotes whatever it is, because nothing else is spelled in the same way everywhere. pyiceberg takes times of ISO 8601 only. */
export function quoted(value: Logical, { type }: Pick<Column, 'type'>): string {
  const text = String(expected(value, type));
  return `'${type.kind === 'timestamp' ? text.replace(' ', 'T') : text}'`;
}

/** Columns of the table, keys of the path last, in the order in which {@link canonicalRow} has their values. */
export const columnsOf = (dataset: Dataset): string[] => [
  ...dataset.columns.map(({ name }) => name),
  ...partitionKeys(dataset).map(({ name }) => name),
];

/** A row of all columns in the form in which answers are compared. */
export const canonicalRow = (dataset: Dataset, row: readonly Value[]): Canonical[] => [
  ...dataset.columns.map(({ type }, index) => canonical(row[index], type)),
  ...keysOfRow(dataset, row),
];

/** The keys of the path, which follow the columns. */
export const keysOfRow = (dataset: Dataset, row: readonly Value[]): Canonical[] =>
  row.slice(dataset.columns.length).map((value) => (value === null ? null : String(value)));

function canonical(value: Value | undefined, type: ColumnType): Canonical {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'float':
      return floating(Math.fround(Number(value)));
    case 'double':
      return floating(Number(value));
    case 'decimal':
      return decimal(String(value), type.scale);
    case 'array':
      return (value as readonly Value[]).map((element) => canonical(element, type.element));
    case 'map':
      return sorted(
        (value as readonly (readonly [Value, Value])[]).map(([key, element]) => [
          String(key),
          canonical(element, type.value),
        ]),
      );
    case 'struct': {
      const fields = value as Readonly<Record<string, Value>>;
      return type.fields.map((field) => canonical(fields[field.name], field.type));
    }
    default:
      return value as Canonical;
  }
}

/** A value as a reader shows it that {@link Reader.emptiesNullLists}. */
export function emptied(value: Canonical, type: ColumnType): Canonical {
  const isOfStructs =
    (type.kind === 'array' && type.element.kind === 'struct') || (type.kind === 'map' && type.value.kind === 'struct');
  if (value === null) return isOfStructs ? [] : null;
  switch (type.kind) {
    case 'array':
      return (value as readonly Canonical[]).map((element) => emptied(element, type.element));
    case 'map':
      return (value as readonly (readonly [Canonical, Canonical])[]).map(([key, element]) => [
        key,
        emptied(element, type.value),
      ]);
    case 'struct':
      return type.fields.map((field, index) => emptied((value as readonly Canonical[])[index] ?? null, field.type));
    default:
      return value;
  }
}
