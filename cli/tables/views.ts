import {
  curatedTable,
  type Dataset,
  duckdbType,
  formatHiveType,
  type InputFormat,
  quoteIdentifier,
  rawTable,
  type TableDefinition,
  withOwnNames,
} from '../../lib/dataset';
import type { ReadablePaths } from '../input/readable';
import { BUCKETS, type LocalLake } from '../lake';
import type { QueryEngine } from './engine';
import type { KeyValues } from './projection';
import { type PartitionFiles, tableFiles } from './table-files';
import { timestampOf, withTimestamps } from './text-timestamps';

/** A view over one zone, and what lies under it. */
export interface ZoneView {
  readonly name: 'raw' | 'curated';
  /** Indexed by the view's `"partition no"`. */
  readonly partitions: readonly PartitionFiles[];
}

/** The tables of a dataset as synth puts them into the catalog, over this lake's buckets. */
export const zoneTables = (dataset: Dataset): { readonly raw: TableDefinition; readonly curated: TableDefinition } => ({
  raw: rawTable(dataset, { bucket: BUCKETS.raw }),
  curated: curatedTable(dataset, { bucket: BUCKETS.curated }),
});

/** View `curated`: the curated table as synth defines it, over the buckets as plain files. */
export async function viewCurated(
  engine: QueryEngine,
  lake: LocalLake,
  dataset: Dataset,
  where: KeyValues = {},
): Promise<ZoneView> {
  const table = zoneTables(dataset).curated;
  const partitions = await tableFiles(table, lake.root, where);
  await engine.createView('curated', table, partitions);
  return { name: 'curated', partitions };
}

/**
 * View `raw`: the raw zone as it was before compaction, through the raw table that synth defines. A dataset that takes
 * several formats gets the table that each would have as the first, because one Glue table reads one format. The columns
 * have the dataset's types, as an analyst's query would cast them.
 */
export async function viewRaw(
  engine: QueryEngine,
  lake: LocalLake,
  dataset: Dataset,
  readable: ReadablePaths,
  where: KeyValues = {},
): Promise<ZoneView> {
  const found = await tableFiles(zoneTables(dataset).raw, lake.before, where);
  const parts: string[] = [];
  for (const format of dataset.input.formats) {
    const partitions = found.map((partition) => ({ ...partition, files: readableFiles(partition, format, readable) }));
    if (parts.length > 0 && partitions.every(({ files }) => files.length === 0)) {
      continue;
    }
    // Readable objects have the columns' own names.
    const columns = withOwnNames(dataset.columns);
    const table = zoneTables({ ...dataset, columns, input: { ...dataset.input, formats: [format] } }).raw;
    // Files of different types have no common type but the declared one: each kind is read by itself.
    const kinds = format === 'parquet' ? await bySchema(engine, partitions) : [partitions];
    for (const [index, kind] of kinds.entries()) {
      const name = `raw ${format} ${index}`;
      await engine.createView(name, table, kind);
      parts.push(`SELECT ${typedColumns(dataset, table)} FROM ${quoteIdentifier(name)}`);
    }
  }
  await engine.run(`CREATE OR REPLACE TEMP VIEW raw AS ${parts.join(' UNION ALL ')}`);
  return { name: 'raw', partitions: found };
}

/** The partitions once for each schema that their Parquet files have, with the files of it. */
async function bySchema(engine: QueryEngine, partitions: readonly PartitionFiles[]): Promise<PartitionFiles[][]> {
  const schemas = await engine.parquetSchemas(partitions.flatMap(({ files }) => files));
  const kinds = [...new Set(schemas.values())];
  if (kinds.length < 2) return [[...partitions]];
  return kinds.map((kind) =>
    partitions.map((partition) => ({
      ...partition,
      files: partition.files.filter((file) => schemas.get(file) === kind),
    })),
  );
}

function readableFiles({ files }: PartitionFiles, format: InputFormat, readable: ReadablePaths): string[] {
  return files.flatMap((file) => {
    const entry = readable.get(file);
    return entry?.object.format === format && entry.path !== undefined ? [entry.path] : [];
  });
}

function typedColumns(dataset: Dataset, table: TableDefinition): string {
  const declared = new Map(table.columns.map(({ name, type }) => [name, type]));
  const columns = dataset.columns.map(({ name, type }) => {
    const column = quoteIdentifier(name);
    const text = declared.get(name) === 'string';
    if (type.kind === 'timestamp') {
      const value = text ? timestampOf(column) : `date_trunc('millisecond', ${column})`;
      return `${value} AS ${column}`;
    }
    if (text && type.kind !== 'string') return `CAST(NULLIF(${column}, '') AS ${duckdbType(type)}) AS ${column}`;
    // Text at any depth, where the table is of JSON.
    return declared.get(name) === formatHiveType(type) ? column : `${withTimestamps(column, type)} AS ${column}`;
  });
  const keys = table.partitionKeys.map(({ name }) => quoteIdentifier(name));
  return [...columns, ...keys, '"partition no"'].join(', ');
}
