import type { Column, ColumnType } from '../../lib/dataset';
import { quoteIdentifier } from '../../lib/dataset/duckdb-types';

/** An aggregate of a column, which Athena and DuckDB compute alike, as text. */
export interface Measure {
  readonly of: string;
  readonly athena: string;
  readonly duckdb: string;
}

/** Of very wide datasets the first suffice. */
const MOST_MEASURES = 200;

/**
 * What tells whether columns were read as they were written: values that are not null, on every level of structs; elements of
 * arrays and maps; sums, lengths and latest times.
 */
export const measuresOf = (columns: readonly Column[]): readonly Measure[] =>
  columns.flatMap(({ name, type }) => measure(type, quoteIdentifier(name), name)).slice(0, MOST_MEASURES);

function measure(type: ColumnType, value: string, of: string): readonly Measure[] {
  const text = (athena: string, duckdb = athena): Measure => ({
    of,
    athena: `CAST(${athena} AS varchar)`,
    duckdb: `CAST(${duckdb} AS VARCHAR)`,
  });
  const present = text(`count(${value})`);
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return [present, text(`coalesce(sum(CAST(${value} AS decimal(38,0))), 0)`)];
    case 'decimal':
      return [present, text(`sum(${value})`)];
    case 'boolean':
      return [present, text(`count_if(${value})`)];
    case 'string':
      return [present, text(`coalesce(sum(length(${value})), 0)`)];
    case 'date':
      return [present, text(`max(${value})`)];
    case 'timestamp':
      // Athena rounds to milliseconds.
      return [
        present,
        text(`date_format(max(${value}), '%Y-%m-%d %H:%i')`, `strftime(max(${value}), '%Y-%m-%d %H:%M')`),
      ];
    case 'array':
      return [present, text(`coalesce(sum(cardinality(${value})), 0)`, `coalesce(sum(len(${value})), 0)`)];
    case 'map':
      return [present, text(`coalesce(sum(cardinality(${value})), 0)`)];
    case 'struct':
      return [
        present,
        ...type.fields.flatMap((field) =>
          measure(field.type, `${value}.${quoteIdentifier(field.name)}`, `${of}.${field.name}`),
        ),
      ];
    default:
      return [present];
  }
}
