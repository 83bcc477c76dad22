import { type ObjectStore, PreconditionFailedError } from '../../lambda/compaction/store/object-store';
import type { Catalog, CatalogTable, CatalogUpdate } from '../../lambda/iceberg/catalog';
import { ICEBERG_PREFIX } from '../../lib/dataset/layout';

const ENDING = '.metadata.json';

/**
 * Takes the place of Glue on this machine: the name of the current metadata.json is in an object beside it, which only a conditional
 * write changes. It is the `version-hint.text` of tables without a catalog, so engines that take the folder of a table find it.
 */
export class HintCatalog implements Catalog {
  readonly #store: ObjectStore;
  readonly #bucket: string;

  constructor(store: ObjectStore, bucket: string) {
    this.#store = store;
    this.#bucket = bucket;
  }

  async find(table: string): Promise<CatalogTable | undefined> {
    const found = await this.#store.get(this.#bucket, hintKey(table));
    if (found === undefined) return undefined;
    const name = found.body.toString('utf8').trim();
    return { metadataLocation: `s3://${this.#bucket}/${metadataKey(table, name)}`, version: found.etag };
  }

  async replace(
    table: string,
    expected: CatalogTable | undefined,
    { metadataLocation }: CatalogUpdate,
  ): Promise<'committed' | 'conflict'> {
    const name = metadataLocation.slice(metadataLocation.lastIndexOf('/') + 1, -ENDING.length);
    const condition = expected === undefined ? { ifAbsent: true as const } : { ifMatch: expected.version };
    try {
      await this.#store.put(this.#bucket, hintKey(table), Buffer.from(name), condition);
      return 'committed';
    } catch (error) {
      if (error instanceof PreconditionFailedError) return 'conflict';
      throw error;
    }
  }
}

/** @param name what the object of {@link hintKey} holds */
export const metadataKey = (table: string, name: string): string =>
  `${ICEBERG_PREFIX}${table}/metadata/${name}${ENDING}`;

export const hintKey = (table: string): string => `${ICEBERG_PREFIX}${table}/metadata/version-hint.text`;
