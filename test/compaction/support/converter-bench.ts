/** A converter with the shipped store, signer and loader, and without the protocol around it. */
import { copyFile, readdir, readFile } from 'node:fs/promises';
import type { ConverterSettings } from '../../../lambda/compaction/engine/duckdb-converter';
import type { Batch, LocalFiles } from '../../../lambda/compaction/protocol/converter';
import type { Erasure } from '../../../lambda/compaction/protocol/erasures';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { type Dataset, type DatasetDefinition, rawPrefix } from '../../../lib/dataset';
import { PARTITION, RealLake, testDataset } from './real-lake';
import { TestEngine } from './test-engine';

export const ONE = {
  limits: { memoryMiB: 256, spillMiB: 16, threads: 1 },
  workers: 1,
} satisfies Partial<ConverterSettings>;

const TEXT = `id || ' ' || coalesce(n::VARCHAR, '-')`;

/** A lake for the tests of a suite, and an engine that looks at what the converter made. */
export class ConverterBench {
  #made = 0;

  private constructor(
    readonly lake: RealLake,
    readonly engine: TestEngine,
  ) {}

  static async open(): Promise<ConverterBench> {
    return new ConverterBench(...(await Promise.all([RealLake.open(), TestEngine.open()])));
  }

  async close(): Promise<void> {
    await Promise.all([this.lake.close(), this.engine.close()]);
  }

  /** A dataset of its own, so that the objects of the tests do not mix. */
  dataset(more: Partial<DatasetDefinition> = {}): Dataset {
    return testDataset({ name: `set_${this.#made++}`, ...more });
  }

  async list(bucket: string, prefix: string): Promise<ObjectInfo[]> {
    const found: ObjectInfo[] = [];
    for await (const info of this.lake.store.list(bucket, prefix)) found.push(info);
    return found;
  }

  async offered(dataset: Dataset, files: Readonly<Record<string, string | Buffer>>): Promise<ObjectInfo[]> {
    for (const [name, body] of Object.entries(files)) await this.lake.put(dataset, name, body);
    return await this.list('raw', rawPrefix(dataset.name));
  }

  async load(
    dataset: Dataset,
    files: Readonly<Record<string, string | Buffer>>,
    more: Partial<ConverterSettings> = {},
    erasures: readonly Erasure[] = [],
  ): Promise<Batch> {
    const converter = await this.lake.converter({ ...ONE, ...more });
    return await converter.load({ dataset, partition: PARTITION }, await this.offered(dataset, files), erasures);
  }

  /** Rows of local files, as text, sorted. */
  async texts({ paths }: Pick<LocalFiles, 'paths'>, select = TEXT): Promise<string[]> {
    const copies = await Promise.all(
      paths.map(async (path) => {
        const copy = this.engine.session.path(`made-${1e6 + this.#made++}`);
        await copyFile(path, copy);
        return copy;
      }),
    );
    return await this.engine.texts(copies, select);
  }

  /** The only file of a batch, as an object of the curated bucket. */
  async stored({ paths: [path = ''] }: LocalFiles, dataset: Dataset): Promise<ObjectInfo> {
    const key = `data/${dataset.name}/${PARTITION}/part-${this.#made++}-0.parquet`;
    await this.lake.store.put('curated', key, await readFile(path));
    return (await this.list('curated', key))[0] as ObjectInfo;
  }

  /** Names of the folders that sessions have, and of the files in them. */
  async local(): Promise<string[]> {
    const folders = (await readdir(this.lake.directory)).filter((name) => name.startsWith('compaction-'));
    const files = await Promise.all(folders.map((name) => readdir(`${this.lake.directory}/${name}`)));
    return files.flat().sort();
  }
}

/** The last part of a key. */
export const nameOf = ({ key }: { readonly key: string }): string => key.slice(key.lastIndexOf('/') + 1);

/** A query of such rows, in which AT is a time of the partition. */
export const rows = (...select: readonly string[]): string =>
  select
    .map((one) => `SELECT ${one}`)
    .join(' UNION ALL ')
    .replaceAll('AT', "TIMESTAMP '2026-06-15 10:00:00'");
