import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { RequestSigner } from '../../../lambda/compaction/download/request-signer';
import { type ConverterSettings, DuckDbConverter } from '../../../lambda/compaction/engine/duckdb-converter';
import { taskBudget } from '../../../lambda/compaction/planning/pending';
import { planCompaction } from '../../../lambda/compaction/planning/plan-compaction';
import type { Lake } from '../../../lambda/compaction/protocol/lake';
import { readManifest } from '../../../lambda/compaction/protocol/manifest';
import type { QuarantineEntry } from '../../../lambda/compaction/protocol/quarantine';
import type { ObjectStore } from '../../../lambda/compaction/store/object-store';
import { S3ObjectStore } from '../../../lambda/compaction/store/s3-object-store';
import { type CompactionResult, runTask } from '../../../lambda/compaction/task/run-task';
import { type Dataset, rawPrefix } from '../../../lib/dataset';
import { type S3Server, startS3Server } from '../../../packages/s3-loopback/src';
import { fastFolder } from '../../support/fast-folder';
import { PARTITION } from './test-dataset';

export { COLUMNS, line, PARTITION, testDataset } from './test-dataset';

import { AMPLE } from './settings';

/** Largest inflated size of one object. */
export const MAX_OBJECT_BYTES = 16 * 1024 * 1024;

/** The real thing: the shipped store, signer and engine against a loopback S3 server in a folder of its own. */
export class RealLake {
  readonly client: S3Client;
  readonly store: S3ObjectStore;
  readonly directory: string;
  readonly server: S3Server;
  /** What the server makes of a GET instead of answering it. */
  refuse: (bucket: string, key: string) => { status: number; code: string } | undefined = () => undefined;
  /** The server's clock. */
  clock = (): Date => new Date();
  now = (): Date => new Date();
  /** Opened by the first query; opening one costs more than most queries. */
  #reader: { instance: DuckDBInstance; connection: DuckDBConnection } | undefined;

  private constructor(directory: string, server: S3Server) {
    this.directory = directory;
    this.server = server;
    this.client = new S3Client({
      endpoint: server.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    this.store = new S3ObjectStore(this.client);
  }

  static async open(): Promise<RealLake> {
    const directory = await mkdtemp(path.join(fastFolder(), 'real-lake-'));
    let lake: RealLake | undefined;
    const server = await startS3Server({
      clock: () => lake?.clock() ?? new Date(),
      onRequest: ({ phase, operation, bucket, key }) =>
        phase === 'before' && operation === 'GetObject' ? lake?.refuse(bucket, key) : undefined,
      root: path.join(directory, 's3'),
      buckets: { raw: { versioned: true }, curated: { versioned: true }, quarantine: {} },
    });
    lake = new RealLake(directory, server);
    return lake;
  }

  async close(): Promise<void> {
    this.#reader?.connection.closeSync();
    this.#reader?.instance.closeSync();
    this.client.destroy();
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  lake(store: ObjectStore = this.store): Lake {
    return {
      store,
      buckets: { raw: 'raw', curated: 'curated', quarantine: 'quarantine' },
      now: () => this.now(),
      sleep: async () => {},
    };
  }

  async converter(more: Partial<ConverterSettings> = {}, store: ObjectStore = this.store): Promise<DuckDbConverter> {
    return new DuckDbConverter(store, 'curated', await RequestSigner.create(this.client, 'raw'), {
      limits: { memoryMiB: 512, spillMiB: 512, threads: 2 },
      workers: 2,
      maxLocalBytes: 64 * 1024 * 1024,
      maxObjectBytes: MAX_OBJECT_BYTES,
      maxAttempts: 1,
      directory: this.directory,
      ...more,
    });
  }

  async put(dataset: Dataset, name: string, body: string | Buffer, partition = PARTITION): Promise<void> {
    await this.store.put('raw', `${rawPrefix(dataset.name, partition)}${name}`, Buffer.from(body));
  }

  /** Plans and runs every task. */
  async compact(dataset: Dataset, more: Partial<ConverterSettings> = {}): Promise<CompactionResult[]> {
    const lake = this.lake();
    const converter = await this.converter(more);
    const results: CompactionResult[] = [];
    const budget = taskBudget(dataset, more.maxLocalBytes ?? 64 * 1024 * 1024);
    const run = randomUUID();
    for (const task of (await planCompaction(lake, dataset, budget)).tasks) {
      results.push(await runTask(lake, { dataset, partition: task.partition }, { ...task, run }, converter, AMPLE));
    }
    return results;
  }

  /** Merges and vacuums a partition. */
  async maintain(dataset: Dataset, partition = PARTITION): Promise<CompactionResult> {
    const task = { kind: 'maintain', dataset: dataset.name, partition } as const;
    return await runTask(this.lake(), { dataset, partition }, task, await this.converter(), AMPLE);
  }

  async files(dataset: Dataset, partition = PARTITION): Promise<string[]> {
    const { files } = await readManifest(this.lake(), { dataset, partition });
    return files.map((key) => path.join(this.directory, 's3', 'curated', key));
  }

  /** Rows that a reader of the manifest sees, values as text.*/
  async query(dataset: Dataset, select: string, tail = '', partition = PARTITION): Promise<Record<string, unknown>[]> {
    const files = await this.files(dataset, partition);
    if (files.length === 0) return [];
    const connection = await this.#connection();
    const list = files.map((file) => `'${file}'`).join(', ');
    const answer = await connection.runAndReadAll(
      `SELECT ${select} FROM read_parquet([${list}], union_by_name = true) ${tail}`,
    );
    return answer.getRowObjectsJson() as Record<string, unknown>[];
  }

  async #connection(): Promise<DuckDBConnection> {
    if (this.#reader === undefined) {
      // No cache of file contents: every answer is to be about the bytes that are there now.
      const settings = { threads: '1', enable_external_file_cache: 'false' };
      const instance = await DuckDBInstance.create(':memory:', settings);
      const connection = await instance.connect();
      await connection.run("SET TimeZone = 'UTC'");
      this.#reader = { instance, connection };
    }
    return this.#reader.connection;
  }

  /** The rows of a query as a Parquet file of DuckDB's. */
  async parquet(query: string): Promise<Buffer> {
    const file = path.join(this.directory, 'made.parquet');
    const connection = await this.#connection();
    await connection.run(`COPY (${query}) TO '${file}' (FORMAT parquet)`);
    return await readFile(file);
  }

  async ids(dataset: Dataset, partition = PARTITION): Promise<string[]> {
    return (await this.query(dataset, 'id', 'ORDER BY id', partition)).map(({ id }) => String(id));
  }

  async keys(bucket: string, prefix = ''): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.store.list(bucket, prefix)) keys.push(key);
    return keys;
  }

  async quarantined(): Promise<QuarantineEntry[]> {
    const entries: QuarantineEntry[] = [];
    for (const key of await this.keys('quarantine', 'lines/')) {
      const { body } = (await this.store.get('quarantine', key)) as { body: Buffer };
      for (const text of gunzipSync(body).toString().trimEnd().split('\n')) entries.push(JSON.parse(text));
    }
    return entries.sort((a, b) => a.source_key.localeCompare(b.source_key) || (a.line ?? 0) - (b.line ?? 0));
  }
}
