import {
  AlreadyExistsException,
  ConcurrentModificationException,
  CreateTableCommand,
  DeleteTableCommand,
  EntityNotFoundException,
  GetTableCommand,
  type GlueClient,
  GlueServiceException,
  paginateGetTables,
  type TableInput,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { hiveType, type IcebergField } from '../../lib/iceberg';
import type { Catalog, CatalogTable, CatalogUpdate } from './catalog';

const METADATA = 'metadata_location';
const PREVIOUS = 'previous_metadata_location';

/** A Glue database whose tables only the follower changes. A commit is an `UpdateTable` that names the version that it replaces. */
export class GlueCatalog implements Catalog {
  readonly #client: GlueClient;
  readonly #database: string;

  constructor(client: GlueClient, database: string) {
    this.#client = client;
    this.#database = database;
  }

  async find(table: string): Promise<CatalogTable | undefined> {
    try {
      const { Table } = await this.#client.send(new GetTableCommand({ DatabaseName: this.#database, Name: table }));
      if (Table?.VersionId === undefined) throw new Error(`Glue returned no version of ${this.#database}.${table}`);
      return { metadataLocation: Table.Parameters?.[METADATA], version: Table.VersionId };
    } catch (error) {
      if (error instanceof EntityNotFoundException) return undefined;
      throw error;
    }
  }

  /** Names of all tables, a page at a time. */
  async list(): Promise<string[]> {
    const names: string[] = [];
    for await (const { TableList = [] } of paginateGetTables(
      { client: this.#client },
      { DatabaseName: this.#database },
    )) {
      names.push(...TableList.flatMap(({ Name }) => Name ?? []));
    }
    return names;
  }

  /** Takes a table out of the catalog. Its files stay. */
  async drop(table: string): Promise<void> {
    try {
      await this.#client.send(new DeleteTableCommand({ DatabaseName: this.#database, Name: table }));
    } catch (error) {
      if (!(error instanceof EntityNotFoundException)) throw error;
    }
  }

  async replace(
    table: string,
    expected: CatalogTable | undefined,
    update: CatalogUpdate,
  ): Promise<'committed' | 'conflict'> {
    const input = tableInput(table, expected?.metadataLocation, update);
    try {
      if (expected === undefined) {
        await this.#client.send(new CreateTableCommand({ DatabaseName: this.#database, TableInput: input }));
      } else {
        const { version: VersionId } = expected;
        await this.#client.send(
          new UpdateTableCommand({ DatabaseName: this.#database, TableInput: input, VersionId, SkipArchive: true }),
        );
      }
      return 'committed';
    } catch (error) {
      if (isConflict(error, expected)) return 'conflict';
      throw error;
    }
  }
}

/**
 * https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html: Glue tells a stale version in both ways. What is not
 * found is a table that was dropped, or, where one is to be created, the database: that will not change.
 */
const isConflict = (error: unknown, expected: CatalogTable | undefined): boolean =>
  error instanceof ConcurrentModificationException ||
  error instanceof AlreadyExistsException ||
  (error instanceof EntityNotFoundException && expected !== undefined) ||
  (error instanceof GlueServiceException && error.name === 'VersionMismatchException');

function tableInput(name: string, previous: string | undefined, update: CatalogUpdate): TableInput {
  return {
    Name: name,
    Description: update.description,
    TableType: 'EXTERNAL_TABLE',
    Parameters: {
      table_type: 'ICEBERG',
      [METADATA]: update.metadataLocation,
      ...(previous === undefined ? {} : { [PREVIOUS]: previous }),
    },
    StorageDescriptor: { Location: update.location, Columns: update.fields.map(column) },
  };
}

const column = ({ id, name, type, doc }: IcebergField) => ({
  Name: name,
  // What consoles show. Engines read the schema from metadata.json.
  Type: hiveType(type),
  ...(doc === undefined ? {} : { Comment: doc }),
  Parameters: {
    'iceberg.field.id': String(id),
    'iceberg.field.optional': 'true',
    'iceberg.field.current': 'true',
  },
});
