import { type ColumnType, type Dataset, partitionKeys } from '../../../lib/dataset';
import { type Canonical, decimal, floating, sorted } from '../../data/values';

/** A value as readers send it: text, but for booleans, null, and what is nested. Maps are lists of pairs. */
export type Value = null | boolean | string | readonly Value[] | { readonly [field: string]: Value };

export interface Question {
  /** URI of a metadata.json. */
  readonly metadata: string;
  readonly columns: readonly string[];
  /** Id. @default the current one */
  readonly snapshot?: number;
  /** Condition in SQL, with all values in quotes. @default all rows */
  readonly where?: string;
}

/** An engine that is not ours, and reads tables from their metadata. */
export interface Reader {
  readonly name: string;
  /** Shows a list or map of structs that is null as an empty one: https://github.com/apache/iceberg-python/issues/3833 */
  readonly emptiesNullLists: boolean;
  /** @returns values in the order of the columns; rows in any order */
  read(question: Question): Promise<readonly (readonly Value[])[]>;
}

/** Columns of the table, keys of the path last, in the order in which {@link canonicalRow} has their values. */
export const columnsOf = (dataset: Dataset): string[] => [
  ...dataset.columns.map(({ name }) => name),
  ...partitionKeys(dataset).map(({ name }) => name),
];

/** A row of all columns in the form in which answers are compared. */
export const canonicalRow = (dataset: Dataset, row: readonly Value[]): Canonical[] => [
  ...dataset.columns.map(({ type }, index) => canonical(row[index], type)),
  ...row.slice(dataset.columns.length).map((value) => (value === null ? null : String(value))),
];

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
