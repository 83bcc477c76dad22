import type { DeletionMarker } from '../../../../lib/dataset/dedupe';
import { duckdbType, quoteIdentifier } from '../../../../lib/dataset/duckdb-types';
import type { Dataset } from '../../../../lib/dataset/model';
import { UnreadableObjectError } from '../../../../lib/rows';
import { isDeletion } from '../deletion';
import { locate } from './locate';
import { type Plan, planColumn } from './plan';
import type { FileNode, FileSchema } from './schema';

export interface ColumnPlans {
  /** One for each declared column, in order; `name` is quoted. */
  readonly columns: readonly (Plan & { readonly name: string })[];
  /** Fields of structs that the dataset does not declare. */
  readonly undeclared: readonly { readonly name: string; readonly similarTo: string | undefined }[];
}

/** @throws UnreadableObjectError when the columns of the file cannot be those of the dataset */
export function planColumns(dataset: Dataset, schema: FileSchema): ColumnPlans {
  const undeclared: { name: string; similarTo: string | undefined }[] = [];
  const note = (path: string, siblings: readonly string[]): void => {
    const name = path.slice(path.lastIndexOf('.') + 1);
    undeclared.push({ name: path, similarTo: siblings.find((other) => other === name.toLowerCase()) });
  };
  const columns = dataset.columns.map((column) => {
    const name = quoteIdentifier(column.name);
    const places = locate(column, schema.columns, { nulls: dataset.input.nulls });
    const deletes = column.unless && deletesSql(dataset, column.unless, schema);
    if (places.length > 0)
      return { name, ...planColumn(column, places, { undeclared: note, nulls: dataset.input.nulls }, deletes) };
    if (column.notNull) throw new UnreadableObjectError(`it has no column ${column.name}, which must not be null`);
    return { name, value: `NULL::${duckdbType(column.type)}` };
  });
  return { columns, undeclared };
}

/** Whether a row of the file deletes. One whose marker does not fit is rejected for that. */
function deletesSql(
  { columns, input: { nulls } }: Dataset,
  marker: DeletionMarker,
  schema: FileSchema,
): string | undefined {
  const column = columns.find(({ name }) => name === marker.column);
  const places = column === undefined ? [] : locate(column, schema.columns, { nulls });
  if (column === undefined || places.length === 0) return undefined;
  return isDeletion(`TRY(${planColumn(column, places, { undeclared: () => undefined, nulls }).value})`, marker);
}

/** A row as JSON text: what quarantine keeps of it. Bytes that are not text are shown as `\xFF`. */
export function rowAsJson(schema: FileSchema): string {
  const members = schema.columns.map((node) => `${quoteIdentifier(node.alias)} := ${shown(node)}`);
  return `to_json(struct_pack(${members.join(', ')}))::VARCHAR`;
}

function shown(node: FileNode): string {
  const x = quoteIdentifier(node.alias);
  if (node.shape !== 'value') return x;
  const { found, text } = node;
  switch (found.kind) {
    case 'text':
    case 'enum':
    case 'json':
    case 'bytes':
      if (text) return x;
      return `CASE WHEN encode(decode(${x}, 'replace')) = ${x} THEN decode(${x}, 'replace') ELSE CAST(${x} AS VARCHAR) END`;
    case 'timestamp': {
      const time = { MILLIS: 'make_timestamp_ms', MICROS: 'make_timestamp', NANOS: 'make_timestamp_ns' }[found.unit];
      return `coalesce(TRY(CAST(${time}(${x}) AS VARCHAR)), CAST(${x} AS VARCHAR))`;
    }
    default:
      return x;
  }
}
