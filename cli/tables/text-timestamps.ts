import { type ColumnType, duckdbType, quoteIdentifier } from '../../lib/dataset';
import { quoteText } from '../../lib/dataset/duckdb-types';

/** ISO 8601 with any offset or none (UTC), or milliseconds since 1970; cut to the milliseconds that Athena keeps. */
export const timestampOf = (text: string): string =>
  `coalesce(TRY(make_timestamp_ms(TRY_CAST(${text} AS BIGINT))),
    date_trunc('millisecond', CAST(${text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'))`;

/**
 * A column of a raw JSON table, in which timestamps are text at any depth, with the type that the dataset declares.
 *
 * @param value SQL of the column
 */
export function withTimestamps(value: string, type: ColumnType, depth = 0): string {
  // Parameters of functions within functions need names of their own.
  const each = `e${depth}`;
  switch (type.kind) {
    case 'timestamp':
      return timestampOf(value);
    case 'array':
      if (!holdsTimestamp(type)) return value;
      return `list_transform(${value}, lambda ${each}: ${withTimestamps(each, type.element, depth + 1)})`;
    case 'map': {
      if (!holdsTimestamp(type)) return value;
      const pair = `struct_pack(k := ${each}.key, v := ${withTimestamps(`${each}.value`, type.value, depth + 1)})`;
      return unlessNull(
        value,
        type,
        `map_from_entries(list_transform(map_entries(${value}), lambda ${each}: ${pair}))`,
      );
    }
    case 'struct': {
      if (!holdsTimestamp(type)) return value;
      const fields = type.fields.map(({ name, type: inner }) => {
        const member = `struct_extract(${value}, ${quoteText(name)})`;
        return `${quoteIdentifier(name)} := ${withTimestamps(member, inner, depth + 1)}`;
      });
      return unlessNull(value, type, `struct_pack(${fields.join(', ')})`);
    }
    default:
      return value;
  }
}

const unlessNull = (value: string, type: ColumnType, made: string): string =>
  `CASE WHEN ${value} IS NULL THEN NULL::${duckdbType(type)} ELSE ${made} END`;

function holdsTimestamp(type: ColumnType): boolean {
  switch (type.kind) {
    case 'array':
      return holdsTimestamp(type.element);
    case 'map':
      return holdsTimestamp(type.value);
    case 'struct':
      return type.fields.some((field) => holdsTimestamp(field.type));
    default:
      return type.kind === 'timestamp';
  }
}
