import { join, relative, sep } from 'node:path';
import {
  curatedTable,
  type Dataset,
  duckdbType,
  formatHiveType,
  type InputFormat,
  parsePartitionPath,
  pathColumns,
  placeByPath,
  quoteIdentifier,
  rawPrefix,
  rawTable,
  type TableDefinition,
  withOwnNames,
} from '../../lib/dataset';
import { isCopiedAsJson, type ReadablePaths } from '../input/readable';
import { BUCKETS, type LocalLake } from '../lake';
import type { QueryEngine } from './engine';
import type { KeyValues } from './projection';
import { type PartitionFiles, tableFiles } from './table-files';
import { timestampOf, withTimestamps } from './text-timestamps';

/** A view over one zone, and its files. */
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
  const found = await rawFiles(lake, dataset, where);
  const parts: string[] = [];
  // What paths give is in copies in Parquet, and so are rows beside those that were erased.
  const formats = new Set<InputFormat>([...(pathColumns(dataset).length > 0 ? [] : dataset.input.formats), 'parquet']);
  for (const format of formats) {
    const partitions = found.map((partition) => ({ ...partition, files: readableFiles(partition, format, readable) }));
    if (parts.length > 0 && partitions.every(({ files }) => files.length === 0)) {
      continue;
    }
    // Readable objects have the columns' own names.
    const columns = withOwnNames(dataset.columns);
    // And JSON is one record a line in them, with null for a text that means it.
    const { json: _, nulls: __, ...input } = dataset.input;
    const formats = [format === 'json' || isCopiedAsJson(dataset, format) ? ('ndjson' as const) : format];
    const table = zoneTables(inHive({ ...dataset, columns, input: { ...input, formats } })).raw;
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

/** The dataset as if its producers wrote to Hive folders, which the lake itself does. */
function inHive(dataset: Dataset): Dataset {
  const { layout: _, ...input } = dataset.input;
  return { ...dataset, input };
}

/**
 * The files of the raw zone by partition of the dataset: those that the raw table finds in the layout, in whatever
 * partitions it has them, and those in Hive folders beside them.
 */
async function rawFiles(lake: LocalLake, dataset: Dataset, where: KeyValues): Promise<readonly PartitionFiles[]> {
  const hive = await tableFiles(zoneTables(inHive(dataset)).raw, lake.before, where);
  if (dataset.input.layout === undefined) return hive;
  const laidOut = await tableFiles(zoneTables(dataset).raw, lake.before);
  const files = new Set([...hive, ...laidOut].flatMap((partition) => partition.files));
  const found = new Map<string, { values: KeyValues; files: string[]; manifestBytes: number }>();
  const root = join(lake.before, BUCKETS.raw, rawPrefix(dataset.name));
  for (const file of files) {
    const placed = placeByPath(dataset, relative(root, file).split(sep).join('/'));
    const parsed = placed.ok ? parsePartitionPath(dataset, placed.partition) : undefined;
    if (parsed?.ok !== true) continue;
    if (Object.entries(where).some(([name, value]) => parsed.values[name] !== value)) continue;
    const partition = found.get(parsed.path) ?? { values: parsed.values, files: [], manifestBytes: 0 };
    partition.files.push(file);
    found.set(parsed.path, partition);
  }
  return [...found.values()];
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
