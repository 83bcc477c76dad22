import type { IcebergField } from '../../lib/iceberg';

/** What a catalog says about a table. */
export interface CatalogTable {
  /** URI of the current metadata.json. Undefined: the table is there, and is no Iceberg table yet, or no more. */
  readonly metadataLocation: string | undefined;
  /** Opaque: changes with every change of the table. */
  readonly version: string;
}

export interface CatalogUpdate {
  readonly metadataLocation: string;
  /** Where the table is, a URI without a slash at its end. */
  readonly location: string;
  readonly description: string;
  readonly fields: readonly IcebergField[];
}

/**
 * Where readers find the current metadata of a table. A commit of the follower is one conditional change of it.
 * `GlueCatalog` is the one that ships; tests have another over the same interface.
 */
export interface Catalog {
  /** The table, or undefined when there is none. */
  find(table: string): Promise<CatalogTable | undefined>;
  /**
   * Makes a metadata.json the current one, if the table is still what {@link find} returned.
   *
   * @returns `conflict` when another writer was faster. An error with an unknown outcome is thrown unchanged.
   */
  replace(table: string, expected: CatalogTable | undefined, update: CatalogUpdate): Promise<'committed' | 'conflict'>;
}
