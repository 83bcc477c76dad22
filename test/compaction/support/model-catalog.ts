import type { Catalog, CatalogTable, CatalogUpdate } from '../../../lambda/iceberg/catalog';
import { ICEBERG_PREFIX } from '../../../lib/dataset/layout';
import {
  currentSnapshot,
  decodeManifest,
  decodeManifestList,
  type Snapshot,
  STATUS,
  type TableMetadata,
} from '../../../lib/iceberg';
import type { Gate, MemoryBuckets } from './memory-store';

const BUCKET = 's3://curated/';

/** A catalog with the one table of a model lake, as Glue keeps it: a version for each change. */
export class ModelCatalog {
  #location: string | undefined;
  #version = 0;

  get location(): string | undefined {
    return this.#location;
  }

  copyTo(copy: ModelCatalog): void {
    copy.#location = this.#location;
    copy.#version = this.#version;
  }

  /** Somebody drops the table, and the engine empties the place of the table. */
  drop(buckets: MemoryBuckets): void {
    this.#location = undefined;
    this.#version++;
    for (const { key } of buckets.list('curated', ICEBERG_PREFIX)) buckets.objects.delete(`curated/${key}`);
  }

  /** One client's view: each operation passes the gates. */
  client(before: Gate, after: Gate): Catalog {
    return {
      find: async (): Promise<CatalogTable | undefined> => {
        await before('get catalog');
        const found = { metadataLocation: this.#location, version: String(this.#version) };
        await after('get catalog');
        return found.metadataLocation === undefined ? undefined : found;
      },
      replace: async (_table: string, expected: CatalogTable | undefined, update: CatalogUpdate) => {
        await before('put catalog');
        const known = expected?.version ?? (this.#location === undefined ? String(this.#version) : undefined);
        const isCurrent = known === String(this.#version);
        if (isCurrent) {
          this.#location = update.metadataLocation;
          this.#version++;
        }
        await after('put catalog');
        return isCurrent ? 'committed' : 'conflict';
      },
    };
  }
}

/** The table of a model lake, as readers find it at one instant. */
export class ModelTable {
  readonly metadata: TableMetadata;
  readonly #buckets: MemoryBuckets;

  /** @throws Error when the metadata is gone */
  constructor(buckets: MemoryBuckets, location: string) {
    this.#buckets = buckets;
    this.metadata = JSON.parse(this.#read(location).toString()) as TableMetadata;
  }

  get current(): Snapshot {
    return currentSnapshot(this.metadata) as Snapshot;
  }

  /** Keys of the data files of a snapshot. @throws Error when metadata of it is gone */
  files(snapshot: Snapshot): string[] {
    return decodeManifestList(this.#read(snapshot['manifest-list']))
      .flatMap(({ manifest_path: path }) => decodeManifest(this.#read(path)))
      .filter(({ status }) => status !== STATUS.deleted)
      .map(({ data_file }) => data_file.file_path.slice(BUCKET.length))
      .sort();
  }

  #read(uri: string): Buffer {
    const found = this.#buckets.get('curated', uri.slice(BUCKET.length));
    if (found === undefined) throw new Error(`the Iceberg table needs ${uri}, which does not exist`);
    return found.body;
  }
}
