import type { ColumnType } from './model';

/** Names that DuckDB's DDL and casts take: `DECIMAL(12,2)`, `STRUCT("a" VARCHAR, "b" INTEGER[])`, `MAP(VARCHAR, BIGINT)`. */
export function duckdbType(type: ColumnType): string {
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'bigint':
    case 'float':
    case 'double':
    case 'date':
    case 'timestamp':
      return type.kind.toUpperCase();
    case 'int':
      return 'INTEGER';
    case 'string':
      return 'VARCHAR';
    case 'binary':
      return 'BLOB';
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'array':
      return `${duckdbType(type.element)}[]`;
    case 'map':
      return `MAP(${duckdbType(type.key)}, ${duckdbType(type.value)})`;
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${quoteIdentifier(field.name)} ${duckdbType(field.type)}`).join(', ')})`;
  }
}

/** A text as SQL literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as SQL identifier, quoted so that a keyword can be a name. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
