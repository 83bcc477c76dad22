import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

import { avroMetadata } from 'icebird/src/avro/avro.metadata.js';
import { avroRead } from 'icebird/src/avro/avro.read.js';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import { readManifest, replaceManifest } from '../../lambda/compaction/protocol/manifest';
import { dataFileKey, transactionId } from '../../lambda/compaction/protocol/names';
import type { Catalog, CatalogTable, CatalogUpdate } from '../../lambda/iceberg/catalog';
import type { Dataset } from '../../lib/dataset';
import type { TableMetadata } from '../../lib/iceberg';
import { MemoryBuckets, MemoryStore } from '../compaction/support/memory-store';
import { fastFolder } from '../support/fast-folder';

/** A catalog that keeps its tables in memory, with a version for each change, as Glue does. */
export class MemoryCatalog implements Catalog {
  readonly tables = new Map<string, { location: string; version: number }>();
  /** Called before a commit; the table may be changed here. */
  beforeReplace: () => Promise<void> = async () => {};
  /** Thrown after a commit. */
  lostAnswer: Error | undefined;

  async find(name: string): Promise<CatalogTable | undefined> {
    const table = this.tables.get(name);
    return table === undefined ? undefined : { metadataLocation: table.location, version: String(table.version) };
  }

  async replace(name: string, expected: CatalogTable | undefined, update: CatalogUpdate) {
    await this.beforeReplace();
    const table = this.tables.get(name);
    if ((table === undefined ? undefined : String(table.version)) !== expected?.version) return 'conflict' as const;
    this.tables.set(name, { location: update.metadataLocation, version: (table?.version ?? 0) + 1 });
    if (this.lostAnswer !== undefined) throw this.lostAnswer;
    return 'committed' as const;
  }
}

/** What an independent reader finds of a file. */
export interface FoundFile {
  readonly file_path: string;
  readonly record_count: bigint;
  readonly partition: unknown;
  readonly lower_bounds: unknown;
  readonly upper_bounds: unknown;
}

/** A lake in memory whose data files are real Parquet, and its catalog. */
export class IcebergLake {
  readonly buckets = new MemoryBuckets();
  readonly store = new MemoryStore(
    this.buckets,
    async () => {},
    async () => {},
  );
  readonly catalog = new MemoryCatalog();
  time = Date.parse('2026-06-20T00:00:00Z');
  readonly lake: Lake = {
    store: this.store,
    buckets: { raw: 'raw', curated: 'curated', quarantine: 'quarantine' },
    now: () => new Date(this.time),
    sleep: async () => {},
  };
  #files = 0;
  #connection: DuckDBConnection | undefined;
  #directory: string | undefined;

  constructor() {
    this.buckets.now = () => new Date(this.time);
  }

  async close(): Promise<void> {
    this.#connection?.closeSync();
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
  }

  pass(hours: number): void {
    this.time += hours * 3_600_000;
  }

  /** A Parquet file with the rows of a query. */
  async parquet(query: string, options = ''): Promise<Buffer> {
    this.#directory ??= await mkdtemp(path.join(fastFolder(), 'iceberg-'));
    this.#connection ??= await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    const file = path.join(this.#directory, 'made.parquet');
    await this.#connection.run(`COPY (${query}) TO '${file}' (FORMAT parquet${options === '' ? '' : `, ${options}`})`);
    return await readFile(file);
  }

  /** Puts a data file without committing it. @returns its key */
  async put(dataset: Dataset, partition: string, body: Buffer): Promise<string> {
    const id = transactionId([{ key: String(this.#files++), etag: '' }], []);
    const key = dataFileKey({ dataset, partition }, id, 0);
    await this.store.put('curated', key, body);
    return key;
  }

  async commit(dataset: Dataset, partition: string, files: readonly string[]): Promise<void> {
    const ref = { dataset, partition };
    expect(await replaceManifest(this.lake, ref, await readManifest(this.lake, ref), files)).toBe('committed');
  }

  async metadata(dataset: Dataset): Promise<TableMetadata> {
    const location = this.catalog.tables.get(dataset.name)?.location as string;
    const body = (await this.store.get('curated', location.slice('s3://curated/'.length)))?.body as Buffer;
    return JSON.parse(body.toString()) as TableMetadata;
  }

  /** The live files of a snapshot as icebird reads them. @default the current snapshot */
  async read(metadata: TableMetadata, snapshot = metadata['current-snapshot-id']): Promise<FoundFile[]> {
    const list = metadata.snapshots.find((own) => own['snapshot-id'] === snapshot)?.['manifest-list'] as string;
    const manifests = (await this.#avro(list)) as { manifest_path: string }[];
    const entries: { status: number; data_file: FoundFile }[] = [];
    for (const { manifest_path: path } of manifests) entries.push(...((await this.#avro(path)) as typeof entries));
    return entries
      .filter(({ status }) => status !== 2)
      .map(({ data_file }) => data_file)
      .sort((a, b) => (a.file_path < b.file_path ? -1 : 1));
  }

  async #avro(uri: string): Promise<unknown[]> {
    const body = (await this.store.get('curated', uri.slice('s3://curated/'.length)))?.body as Buffer;
    const reader = { view: new DataView(body.buffer, body.byteOffset, body.length), offset: 0 };
    const { metadata, syncMarker } = avroMetadata(reader);
    return avroRead({ reader, metadata, syncMarker });
  }
}
