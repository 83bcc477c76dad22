import { parquetMetadata, parquetReadObjects, type SchemaElement } from 'hyparquet';
import type { ColumnType } from '../../../lib/dataset/model';
import { formatHiveType } from '../../../lib/dataset/types';

/**
 * A value as a reader that is not DuckDB finds it: whole numbers and decimals (unscaled) as text, dates as days and
 * timestamps as milliseconds since 1970, bytes as hex, maps as entries in their order.
 */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [field: string]: Plain };

/** Physical types and annotations that a curated file has for each type: what Athena relies on. */
const COLUMN: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  tinyint: 'INT32 INT_8',
  smallint: 'INT32 INT_16',
  int: 'INT32 INT_32',
  bigint: 'INT64 INT_64',
  float: 'FLOAT',
  double: 'DOUBLE',
  string: 'BYTE_ARRAY UTF8',
  date: 'INT32 DATE',
  timestamp: 'INT64 TIMESTAMP_MICROS',
  binary: 'BYTE_ARRAY',
};

/**
 * Reads a file of the lake with hyparquet, as physical values, and says what they mean by the declared types.
 *
 * @throws Error when a column is not of the type that the lake promises for its declared type
 */
export async function readRows(
  bytes: Buffer,
  columns: readonly { readonly name: string; readonly type: ColumnType }[],
): Promise<Record<string, Plain>[]> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const metadata = parquetMetadata(file);
  // hyparquet's own conversions round decimals and make maps into objects: read without annotations, and keep them.
  const annotations = new Map<string, string>();
  const schema = metadata.schema.map((element) => {
    const { converted_type: converted, logical_type: _, ...rest } = element;
    if (element.type === undefined) return converted === 'LIST' ? { ...rest, converted_type: converted } : rest;
    annotations.set(element.name, annotationOf(element));
    return rest;
  });
  for (const { name, type } of columns) {
    const expected = COLUMN[type.kind];
    if (expected !== undefined && annotations.get(name) !== expected) {
      throw new Error(`${name} is ${annotations.get(name)}, not ${expected} for ${formatHiveType(type)}`);
    }
  }
  const rows = await parquetReadObjects({
    file,
    metadata: { ...metadata, schema: schema as SchemaElement[] },
    utf8: false,
  });
  return rows.map((row) => Object.fromEntries(columns.map(({ name, type }) => [name, plain(row[name], type)])));
}

function annotationOf({ type, converted_type: converted, precision, scale }: SchemaElement): string {
  const decimal = converted === 'DECIMAL' ? `(${precision},${scale ?? 0})` : '';
  return converted === undefined ? `${type}` : `${type} ${converted}${decimal}`;
}

function plain(value: unknown, type: ColumnType): Plain {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'boolean':
      return value as boolean;
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return String(value);
    case 'float':
    case 'double':
    case 'date':
      return value as number;
    case 'decimal':
      return value instanceof Uint8Array ? signed(value).toString() : String(value);
    case 'string':
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value as Uint8Array);
    case 'binary':
      return Buffer.from(value as Uint8Array).toString('hex');
    case 'timestamp': {
      const micros = value as bigint;
      if (micros % 1000n !== 0n) throw new Error(`${micros} microseconds are not cut to milliseconds`);
      return Number(micros / 1000n);
    }
    case 'array':
      return (value as unknown[]).map((item) => plain(item, type.element));
    case 'map': {
      const { key_value: entries } = value as { key_value: { key: unknown; value: unknown }[] | null };
      return (entries ?? []).map((entry) => [plain(entry.key, type.key), plain(entry.value, type.value)]);
    }
    case 'struct': {
      const members = value as Record<string, unknown>;
      return Object.fromEntries(type.fields.map((field) => [field.name, plain(members[field.name], field.type)]));
    }
  }
}

/** Two's complement, most significant byte first. */
export function signed(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}
