import { rm } from 'node:fs/promises';
import { findOutsidePartition } from '../../../lambda/compaction/engine/event-times';
import type { Element } from '../../../lambda/compaction/engine/parquet/element';
import { readFooter } from '../../../lambda/compaction/engine/parquet/footer';
import { rowsOf, rowsOfAll } from '../../../lambda/compaction/engine/parquet-rows';
import { EngineSession } from '../../../lambda/compaction/engine/session';
import { fetchColumns } from '../../../lambda/compaction/engine/sparse-file';
import type { PartitionRef } from '../../../lambda/compaction/protocol/lake';
import { isTombstones } from '../../../lambda/compaction/protocol/names';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { type Dataset, duckdbType, quoteIdentifier, quoteText } from '../../../lib/dataset';
import { messageOf } from '../../failure';
import type { OperatedLake } from '../lake';
import { schemaProblem } from './schema';

/** What is wrong with a data file, or how many rows it has. */
type FileLook =
  | { readonly rows: number; readonly schema: string | undefined; readonly outside: string | undefined }
  | { readonly unreadable: string };

/** Looks into data files, with an engine of its own: at footers and the column of event times, or at everything. */
export class FileReader {
  readonly #lake: OperatedLake;
  readonly #session: EngineSession;
  readonly #schemas = new Map<Dataset, readonly Element[]>();
  #files = 0;

  private constructor(lake: OperatedLake, session: EngineSession) {
    this.#lake = lake;
    this.#session = session;
  }

  static async open(lake: OperatedLake): Promise<FileReader> {
    const { memoryMiB, threads, spillMiB, directory } = lake.settings.compactor;
    return new FileReader(lake, await EngineSession.open({ memoryMiB, threads, spillMiB }, directory));
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** @param deep whether every page of every column is read, too */
  async look({ dataset, partition }: PartitionRef, file: ObjectInfo, deep: boolean): Promise<FileLook> {
    const path = this.#session.path(`file-${this.#files++}`);
    try {
      await this.#fetch(dataset, file, path, deep);
      const { rows, elements, start } = await readFooter(path);
      await this.#expectChunks(path, start);
      const needed = [dataset.eventTime, ...dataset.dedupe.key];
      const schema = schemaProblem(elements, await this.#today(dataset), needed);
      if (deep) await this.#session.rows(`SELECT bit_xor(hash(COLUMNS(*))) FROM ${rowsOf(path)}`);
      if (schema !== undefined || rows === 0) return { rows, schema, outside: undefined };
      const outside = await findOutsidePartition(this.#session, dataset, partition, path);
      const example =
        outside === undefined
          ? undefined
          : `${outside.rows} rows have an event time more than a day outside of the partition, such as ${outside.example}`;
      return { rows, schema, outside: example };
    } catch (error) {
      if (isOfStore(error)) throw error;
      return { unreadable: messageOf(error).split('\n')[0] ?? '' };
    } finally {
      await rm(path, { force: true });
    }
  }

  /** How many keys of the dataset are in several rows of these files, and one of them. */
  async duplicates(
    dataset: Dataset,
    files: readonly ObjectInfo[],
  ): Promise<{ readonly keys: number; readonly example: string } | undefined> {
    const { key } = dataset.dedupe;
    const rows = files.filter((file) => !isTombstones(file.key));
    if (key.length === 0 || rows.length === 0) return undefined;
    const paths: string[] = [];
    try {
      for (const file of rows) {
        const name = `file-${this.#files++}`;
        paths.push(this.#session.path(name));
        await fetchColumns(this.#lake.store, this.#lake.buckets.curated, file, key, this.#session, name);
      }
      const columns = key.map(quoteIdentifier).join(', ');
      const [found] = await this.#session.rows(
        `SELECT count(*) AS keys, min(to_json(struct_pack(${columns}))::VARCHAR) AS example FROM (
           SELECT ${columns} FROM ${rowsOfAll(paths)} GROUP BY ALL HAVING count(*) > 1)`,
      );
      const keys = Number(found?.keys);
      return keys === 0 ? undefined : { keys, example: `${found?.example}` };
    } finally {
      for (const path of paths) await rm(path, { force: true });
    }
  }

  async #fetch(dataset: Dataset, file: ObjectInfo, path: string, deep: boolean): Promise<void> {
    const { store, buckets } = this.#lake;
    if (deep) await store.getFile(buckets.curated, file.key, file.etag, path);
    else {
      const name = path.slice(path.lastIndexOf('/') + 1);
      await fetchColumns(store, buckets.curated, file, [dataset.eventTime], this.#session, name);
    }
  }

  /** @throws Error when the footer speaks of data that the file is too short for: its beginning was lost */
  async #expectChunks(path: string, end: number): Promise<void> {
    const last = await this.#session.number(
      `SELECT coalesce(max(least(data_page_offset, nullif(dictionary_page_offset, 0)) + total_compressed_size), 0)
       FROM parquet_metadata(${quoteText(path)})`,
    );
    if (last > end) throw new Error(`its footer speaks of ${last} bytes of data, but there are ${end}`);
  }

  /** The schema of a file as the lake writes it today. */
  async #today(dataset: Dataset): Promise<readonly Element[]> {
    const known = this.#schemas.get(dataset);
    if (known !== undefined) return known;
    const columns = dataset.columns.map(({ name, type }) => `NULL::${duckdbType(type)} AS ${quoteIdentifier(name)}`);
    const path = this.#session.path(`schema-${this.#schemas.size}`);
    await this.#session.run(
      `COPY (SELECT * FROM (SELECT ${columns.join(', ')}) LIMIT 0) TO ${quoteText(path)} (FORMAT parquet)`,
    );
    const { elements } = await readFooter(path);
    this.#schemas.set(dataset, elements);
    return elements;
  }
}

/** What the store refuses is no fault of the file. */
const isOfStore = (error: unknown): boolean =>
  error instanceof Error && ('$metadata' in error || error.name === 'MissingPermission' || 'syscall' in error);
