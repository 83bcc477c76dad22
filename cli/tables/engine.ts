import { type DuckDBConnection, DuckDBInstance, type Json, StatementType } from '@duckdb/node-api';
import { duckdbType, quoteIdentifier, quoteText } from '../../lib/dataset/duckdb-types';
import type { ColumnType, TableDefinition } from '../../lib/dataset/model';
import { parseType } from '../../lib/dataset/types';
import { MAX_LINE_BYTES } from '../../lib/rows';
import type { PartitionFiles } from './table-files';

export type Row = Record<string, Json>;

const MEMORY_LIMIT = '700MB';

export interface ColumnRange {
  readonly column: string;
  /** SQL type in which the values compare. */
  readonly type: string;
  /** SQL literals, both inclusive. */
  readonly from: string;
  readonly to: string;
}

export interface Footprint {
  /** Top-level columns that the query touches. */
  readonly columns: readonly string[];
  /** Rows outside of these ranges cannot match. @default none */
  readonly ranges?: readonly ColumnRange[];
}

/** A node of a plan in JSON, as far as it is looked at. */
interface PlanNode {
  readonly children: readonly PlanNode[];
  readonly extra_info: { readonly Table?: string; readonly Filters?: string | readonly string[] };
}

/** DuckDB as a stand-in for Athena: it sees nothing of a table but its definition and the files that follow from it. */
export class QueryEngine {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /**
   * @param tempFolder Where results larger than the memory limit spill.
   * @param memory Beside that of the process itself. @default 700 MB
   */
  static async open(tempFolder: string, memory = MEMORY_LIMIT): Promise<QueryEngine> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '2',
      memory_limit: memory,
      temp_directory: tempFolder,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return new QueryEngine(instance, connection);
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async rows(sql: string): Promise<Row[]> {
    return (await this.#connection.runAndReadAll(sql)).getRowObjectsJson();
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** The one number that a statement answers. */
  async number(sql: string): Promise<number> {
    return Number((await this.#connection.runAndReadAll(sql)).getRows()[0]?.[0]);
  }

  /**
   * From now on statements reach files in these folders and nowhere else, load no extension, and change no setting. It
   * cannot be undone.
   */
  async lock(folders: readonly string[]): Promise<void> {
    // The order matters: folders first, then no access beyond them, then no further change.
    await this.run(`SET allowed_directories = [${folders.map(quoteText).join(', ')}]`);
    for (const setting of [
      'allow_community_extensions = false',
      'enable_external_access = false',
      'lock_configuration = true',
    ]) {
      await this.run(`SET ${setting}`);
    }
  }

  /** What kinds of statement a text holds, such as `SELECT`. @throws Error when one cannot be understood */
  async statementKinds(sql: string): Promise<string[]> {
    // The parser of DuckDB's client takes a text without a statement for a fault of its own.
    if (sql.replace(/--.*$|\/\*[\s\S]*?\*\/|[\s;]/gm, '') === '') return [];
    const statements = await this.#connection.extractStatements(sql);
    // Only one alone can be prepared for sure: a later one may need what an earlier one creates.
    if (statements.count > 1) return Array.from({ length: statements.count }, () => 'MULTI');
    const prepared = await statements.prepare(0);
    const kind = StatementType[prepared.statementType] ?? 'UNKNOWN';
    prepared.destroySync();
    return [kind];
  }

  /** An empty table with the columns and partition keys of another, which {@link scans} plans over. */
  async createEmptyTable({ name, columns, partitionKeys }: TableDefinition): Promise<void> {
    const typed = [...columns, ...partitionKeys].map(
      (column) => `${quoteIdentifier(column.name)} ${sqlType(column.type)}`,
    );
    // Otherwise a count would be answered by what is known of the table, and its scan be gone from the plan.
    await this.run("SET disabled_optimizers = 'statistics_propagation,late_materialization'");
    await this.run(`CREATE TABLE ${quoteIdentifier(name)} (${[...typed, '"partition no" INTEGER'].join(', ')})`);
  }

  /** The tables that a query reads, each with the conditions that reach it, as DuckDB plans it. */
  async scans(sql: string): Promise<{ readonly table: string; readonly filters: readonly string[] }[]> {
    const [row] = await this.rows(`EXPLAIN (FORMAT JSON) ${sql}`);
    const found: { table: string; filters: readonly string[] }[] = [];
    const visit = ({ children, extra_info: { Table: table, Filters: filters = [] } }: PlanNode): void => {
      if (table !== undefined) found.push({ table: table.split('.').at(-1) ?? '', filters: [filters].flat() });
      children.forEach(visit);
    };
    (JSON.parse(`${row?.explain_value}`) as PlanNode[]).forEach(visit);
    return found;
  }

  /**
   * Creates a view that reads a table's files the way its SerDe does. It has the table's columns, its partition keys and
   * `"partition no"`, the index into `partitions`.
   *
   * @param partitions What `tableFiles` found, perhaps pruned. None give a view without rows.
   */
  async createView(name: string, table: TableDefinition, partitions: readonly PartitionFiles[]): Promise<void> {
    const view = quoteIdentifier(name);
    const placesName = quoteIdentifier(`${name} places`);
    await this.run(`DROP VIEW IF EXISTS ${view}; DROP TABLE IF EXISTS ${placesName}`);
    const keys = table.partitionKeys.map((key) => ({ name: quoteIdentifier(key.name), type: sqlType(key.type) }));
    const columns = table.columns.map((column) => quoteIdentifier(column.name));
    const files = partitions.flatMap((partition) => partition.files);
    const declared = table.columns.map(({ name: column, type }) => ({ name: column, type: parseType(type) }));
    if (files.length === 0) {
      const empty = [
        ...declared.map(({ name: column, type }) => `NULL::${duckdbType(type)} AS ${quoteIdentifier(column)}`),
        ...keys.map((key) => `NULL::${key.type} AS ${key.name}`),
        'NULL::INTEGER AS "partition no"',
      ];
      await this.run(`CREATE TEMP VIEW ${view} AS SELECT ${empty.join(', ')} WHERE false`);
      return;
    }
    const scan = await this.#scan(table, declared, files);
    const keyValues = (partition: PartitionFiles): string[] =>
      table.partitionKeys.map(({ name: key, type }) => `${quoteText(partition.values[key] ?? '')}::${sqlType(type)}`);
    const [only] = partitions;
    if (partitions.length === 1 && only !== undefined) {
      const constants = keyValues(only).map((value, index) => `${value} AS ${keys[index]?.name}`);
      await this.run(
        `CREATE TEMP VIEW ${view} AS SELECT ${[...columns, ...constants, '0 AS "partition no"'].join(', ')} FROM ${scan}`,
      );
      return;
    }
    const places = partitions.flatMap((partition, index) =>
      [...new Set(partition.files)].map((file) => `(${[quoteText(file), ...keyValues(partition), index].join(', ')})`),
    );
    const placeColumns = ['"source file"', ...keys.map((key) => key.name), '"partition no"'].join(', ');
    await this.run(
      `CREATE TEMP TABLE ${placesName} AS SELECT * FROM (VALUES ${places.join(', ')}) AS places(${placeColumns})`,
    );
    await this.run(
      `CREATE TEMP VIEW ${view} AS SELECT ${[...columns, ...keys.map((key) => key.name), '"partition no"'].join(', ')}
       FROM ${scan} JOIN ${placesName} USING ("source file")`,
    );
  }

  /**
   * Bytes that a query must read of Parquet files: the footers, and the chunks of its columns in the row groups whose
   * minima and maxima do not rule them out. That is what Athena's Parquet reader fetches and bills.
   */
  async parquetBytes(files: readonly string[], { columns, ranges = [] }: Footprint): Promise<number> {
    if (files.length === 0) {
      return 0;
    }
    const list = fileList(files);
    const skipped = ranges.map(
      ({ column, type, from, to }) => `path_in_schema = ${quoteText(column)} AND (
        TRY_CAST(stats_max_value AS ${type}) < ${from} OR TRY_CAST(stats_min_value AS ${type}) > ${to})`,
    );
    const [row] = await this.rows(`
      WITH chunks AS (FROM parquet_metadata(${list})),
      skipped AS (SELECT DISTINCT file_name, row_group_id FROM chunks WHERE ${skipped.join(' OR ') || 'false'})
      SELECT
        coalesce((SELECT sum(total_compressed_size) FROM chunks ANTI JOIN skipped USING (file_name, row_group_id)
          WHERE list_contains([${columns.map(quoteText).join(', ')}], split_part(path_in_schema, ', ', 1))), 0)::DOUBLE
        + (SELECT sum(footer_size + 8) FROM parquet_file_metadata(${list}))::DOUBLE AS bytes`);
    return Number(row?.bytes);
  }

  /** The schema of each Parquet file, as a text that is the same for equal ones. */
  async parquetSchemas(files: readonly string[]): Promise<Map<string, string>> {
    if (files.length === 0) return new Map();
    const rows = await this.rows(`SELECT file_name, string_agg(concat_ws(' ', name, type, converted_type, logical_type,
      num_children, repetition_type), ',' ORDER BY column_id) AS columns
      FROM parquet_schema(${fileList(files)}) GROUP BY file_name`);
    return new Map(rows.map((row) => [`${row.file_name}`, `${row.columns}`]));
  }

  async #scan(
    table: TableDefinition,
    columns: readonly { name: string; type: ColumnType }[],
    files: readonly string[],
  ) {
    const list = fileList(files);
    switch (table.serializationLibrary) {
      case 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe': {
        const source = `read_parquet(${list}, union_by_name = true, filename = 'source file', hive_partitioning = false)`;
        const described = await this.rows(`DESCRIBE FROM ${source}`);
        const present = new Map(described.map((row) => [`${row.column_name}`, `${row.column_type}`]));
        // Columns bind by name; one that an older file does not have is NULL.
        const typed = columns.map(({ name, type }) => {
          const column = present.has(name) ? quoteIdentifier(name) : 'NULL';
          // Text without an annotation that says so.
          const value = present.get(name) === 'BLOB' && type.kind === 'string' ? `decode(${column})` : column;
          return `${value}::${duckdbType(type)} AS ${quoteIdentifier(name)}`;
        });
        return `(SELECT ${typed.join(', ')}, "source file" FROM ${source})`;
      }
      case 'org.openx.data.jsonserde.JsonSerDe': {
        const malformed = table.serdeParameters['ignore.malformed.json'] === 'true';
        const types = columns.map(({ name, type }) => `${quoteText(name)}: ${quoteText(jsonType(type))}`);
        const typed = columns.map(
          ({ name, type }) => `${jsonValue(quoteIdentifier(name), type)} AS ${quoteIdentifier(name)}`,
        );
        return `(SELECT ${typed.join(', ')}, "source file" FROM read_json(${list}, format = 'newline_delimited',
          columns = {${types.join(', ')}}, ignore_errors = ${malformed}, filename = 'source file', hive_partitioning = false))`;
      }
      case 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe': {
        const types = columns.map(({ name }) => `${quoteText(name)}: 'VARCHAR'`);
        return `read_csv(${list}, auto_detect = false, header = false, delim = ${quoteText(table.serdeParameters['field.delim'] ?? '\u0001')},
          quote = '', escape = '', columns = {${types.join(', ')}}, max_line_size = ${MAX_LINE_BYTES},
          filename = 'source file', hive_partitioning = false)`;
      }
      case 'org.apache.hadoop.hive.serde2.OpenCSVSerde': {
        const { separatorChar = ',', quoteChar = '"' } = table.serdeParameters;
        const types = columns.map(({ name }) => `${quoteText(name)}: 'VARCHAR'`);
        const skip = Number(table.parameters['skip.header.line.count'] ?? 0);
        return `read_csv(${list}, auto_detect = false, header = false, skip = ${skip}, delim = ${quoteText(separatorChar)},
          quote = ${quoteText(quoteChar)}, escape = ${quoteText(quoteChar)}, columns = {${types.join(', ')}},
          allow_quoted_nulls = false, filename = 'source file', hive_partitioning = false)`;
      }
      default:
        throw new Error(`table ${table.name}: SerDe ${table.serializationLibrary} is not understood`);
    }
  }
}

/** A list of paths for a table function, in which no character of a path acts as a wildcard. */
export const fileList = (files: readonly string[]): string =>
  `[${files.map((file) => quoteText(file.replace(/[*?[]/g, '[$&]'))).join(', ')}]`;

const sqlType = (hiveType: string): string => duckdbType(parseType(hiveType));

/** Binaries are read as text first: `jsonValue` gives them the meaning that the SerDe gives them. */
const jsonType = (type: ColumnType): string => (type.kind === 'binary' ? 'VARCHAR' : duckdbType(type));

const jsonValue = (column: string, type: ColumnType): string =>
  type.kind === 'binary' ? `from_base64(${column})` : column;
