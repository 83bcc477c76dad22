import { duckdbType, quoteIdentifier, quoteText } from '../dataset/duckdb-types';
import type { ColumnType, Dataset } from '../dataset/model';
import { MAX_LINE_BYTES } from './limits';

/** How DuckDB reads the lines that a checker accepted. */
export interface ReadLinesSql {
  /** Struct literal for `read_json(..., columns = {...})`. */
  readonly columns: string;
  /** The other arguments of `read_json`, all of them needed: nothing is detected, guessed or skipped. */
  readonly options: string;
  /** Typed expressions, each `AS` its quoted column name. */
  readonly select: string;
}

/**
 * ```ts
 * const { columns, options, select } = readLinesSql(dataset);
 * `COPY (SELECT ${select} FROM read_json([...], columns = ${columns}, ${options})) TO ...`
 * ```
 *
 * @param fileColumn name of one more column, the path of the file. @default none
 */
export function readLinesSql(dataset: Pick<Dataset, 'columns'>, fileColumn?: string): ReadLinesSql {
  const columns = dataset.columns.map(
    ({ name, type }) => `${quoteIdentifier(name)}: ${quoteText(duckdbType(textual(type)))}`,
  );
  const select = dataset.columns.map(({ name, type }) => {
    const column = quoteIdentifier(name);
    return `${decode(type, column, 0)} AS ${column}`;
  });
  const options = `${OPTIONS}, filename = ${fileColumn === undefined ? 'false' : quoteText(fileColumn)}`;
  return { columns: `{${columns.join(', ')}}`, options, select: select.join(', ') };
}

/** `maximum_object_size` is just above `MAX_LINE_BYTES`: DuckDB allocates buffers of a multiple of it. */
const OPTIONS = [
  `format = 'newline_delimited'`,
  `records = 'true'`,
  'auto_detect = false',
  'ignore_errors = false',
  'convert_strings_to_integers = false',
  'hive_partitioning = false',
  `compression = 'uncompressed'`,
  `maximum_object_size = ${MAX_LINE_BYTES + 1024}`,
].join(', ');

/** The type as it is read: binary comes as base64 text. */
function textual(type: ColumnType): ColumnType {
  switch (type.kind) {
    case 'binary':
      return { kind: 'string' };
    case 'array':
      return { kind: 'array', element: textual(type.element) };
    case 'map':
      return { kind: 'map', key: type.key, value: textual(type.value) };
    case 'struct':
      return { kind: 'struct', fields: type.fields.map(({ name, type: field }) => ({ name, type: textual(field) })) };
    default:
      return type;
  }
}

function holdsBinary(type: ColumnType): boolean {
  switch (type.kind) {
    case 'binary':
      return true;
    case 'array':
      return holdsBinary(type.element);
    case 'map':
      return holdsBinary(type.value);
    case 'struct':
      return type.fields.some((field) => holdsBinary(field.type));
    default:
      return false;
  }
}

/** An expression that turns the text in every binary part of a value into bytes, and leaves a null a null. */
function decode(type: ColumnType, value: string, depth: number): string {
  if (!holdsBinary(type)) return value;
  // DuckDB prefers a column to a parameter of the same name; no column has a blank in its name.
  const inner = `"item ${depth}"`;
  switch (type.kind) {
    case 'array':
      return `list_transform(${value}, lambda ${inner}: ${decode(type.element, inner, depth + 1)})`;
    case 'map':
      return `map_from_entries(list_transform(map_entries(${value}), lambda ${inner}: struct_pack(k := struct_extract(${inner}, 'key'), v := ${decode(type.value, `struct_extract(${inner}, 'value')`, depth + 1)})))`;
    case 'struct': {
      const fields = type.fields.map(({ name, type: field }) => {
        const part = `struct_extract(${value}, ${quoteText(name)})`;
        return `${quoteIdentifier(name)} := ${decode(field, part, depth)}`;
      });
      return `CASE WHEN ${value} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
    }
    default:
      return `from_base64(${value})`;
  }
}
