import { rm } from 'node:fs/promises';
import { type Dataset, duckdbType } from '../../../lib/dataset';
import { quoteIdentifier, quoteText } from '../../../lib/dataset/duckdb-types';
import type { LocalFiles } from '../protocol/converter';
import type { Eraser } from '../protocol/erase';
import { isTombstones } from '../protocol/names';
import type { ObjectInfo, ObjectStore } from '../store/object-store';
import { localFiles } from './local-files';
import { copyOptions, orderBy } from './parquet-output';
import { rowsOf } from './parquet-rows';
import { rowBytesIfSorted } from './row-bytes';
import type { EngineSession } from './session';
import { seal, unseal } from './tombstones';

/** Which rows are erased: those for which one of the conditions is true. */
export interface EraseCondition {
  /** SQL of the value: a column, or a field of a struct. Rows of files without it are kept. */
  readonly value: string;
  /** SQL of the condition over it. */
  readonly condition: string;
}

/** Erases with DuckDB, file by file on the local disk. */
export class DuckDbEraser implements Eraser {
  readonly #session: EngineSession;
  readonly #store: ObjectStore;
  readonly #bucket: string;
  readonly #dataset: Dataset;
  readonly #erased: readonly EraseCondition[];
  #files = 0;

  constructor(
    session: EngineSession,
    store: ObjectStore,
    curatedBucket: string,
    dataset: Dataset,
    erased: readonly EraseCondition[],
  ) {
    this.#session = session;
    this.#store = store;
    this.#bucket = curatedBucket;
    this.#dataset = dataset;
    this.#erased = erased;
  }

  async count(file: ObjectInfo): Promise<number> {
    return await this.#with(file, async (path) => {
      const condition = await this.#condition(path);
      if (condition === undefined) return 0;
      return await this.#session.number(`SELECT count(*) FROM ${rowsOf(path)} WHERE ${condition}`);
    });
  }

  async rest(file: ObjectInfo): Promise<LocalFiles> {
    return await this.#with(file, async (path) => {
      const condition = (await this.#condition(path)) ?? 'false';
      const before = await this.#session.number(`SELECT count(*) FROM ${rowsOf(path)}`);
      const erased = await this.#session.number(`SELECT count(*) FROM ${rowsOf(path)} WHERE ${condition}`);
      if (erased === before) return await localFiles([], 0, 0, async () => {});
      const target = `${path}-rest`;
      const isSealed = isTombstones(file.key);
      const order = isSealed ? '' : orderBy(this.#dataset);
      const options = copyOptions(this.#dataset, await rowBytesIfSorted(this.#session, this.#dataset, rowsOf(path)));
      const query = `SELECT * FROM ${rowsOf(path)} WHERE (${condition}) IS NOT TRUE ${order}`;
      const rows = await this.#session.number(`COPY (${query}) TO ${quoteText(target)} (${options})`);
      if (rows !== before - erased) {
        throw new Error(`${file.key} has ${before} rows, ${erased} of them to erase, but ${rows} were written`);
      }
      if (isSealed) await seal(this.#session, this.#dataset, target);
      return await localFiles([target], rows, 0, () => rm(target));
    });
  }

  async empty(): Promise<LocalFiles> {
    const path = this.#session.path(`erase-${this.#files++}`);
    const columns = this.#dataset.columns.map(
      ({ name, type }) => `NULL::${duckdbType(type)} AS ${quoteIdentifier(name)}`,
    );
    const query = `SELECT * FROM (SELECT ${columns.join(', ')}) LIMIT 0`;
    await this.#session.run(`COPY (${query}) TO ${quoteText(path)} (FORMAT parquet)`);
    return await localFiles([path], 0, 0, () => rm(path));
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async #with<T>(file: ObjectInfo, use: (path: string) => Promise<T>): Promise<T> {
    const path = this.#session.path(`erase-${this.#files++}`);
    try {
      await this.#store.getFile(this.#bucket, file.key, file.etag, path);
      if (isTombstones(file.key)) await unseal(path);
      return await use(path);
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Undefined: the file has none of the values. */
  async #condition(path: string): Promise<string | undefined> {
    const own: string[] = [];
    for (const { value, condition } of this.#erased) {
      try {
        await this.#session.rows(`SELECT ${value} FROM ${rowsOf(path)} LIMIT 0`);
        own.push(condition);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('Binder Error'))) throw error;
      }
    }
    return own.length === 0 ? undefined : own.join(' OR ');
  }
}
