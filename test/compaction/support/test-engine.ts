import { copyFile, readdir, stat } from 'node:fs/promises';
import { EngineSession } from '../../../lambda/compaction/engine/session';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { quoteText } from '../../../lib/dataset/duckdb-types';

/** One session for the tests of a suite, with Parquet files in its folder that stand for objects of the curated bucket. */
export class TestEngine {
  #made = 0;

  private constructor(readonly session: EngineSession) {}

  static async open(): Promise<TestEngine> {
    return new TestEngine(await EngineSession.open({ memoryMiB: 512, spillMiB: 64, threads: 1 }));
  }

  close(): Promise<void> {
    return this.session.close();
  }

  /** Writes the rows of a query. @returns the path */
  async parquet(query: string, options = ''): Promise<string> {
    const path = this.session.path(`made-${this.#made++}`);
    await this.session.run(`COPY (${query}) TO ${quoteText(path)} (FORMAT parquet${options})`);
    return path;
  }

  /** The file as an object whose key ends in a name. */
  async object(path: string, name: string): Promise<ObjectInfo> {
    const { size } = await stat(path);
    return { key: `data/${path}/${name}`, etag: '"e"', size, lastModified: new Date(0) };
  }

  /** A copy of an object's file, as a download is one. */
  async copy({ key }: ObjectInfo, name: string): Promise<string> {
    const path = this.session.path(name);
    await copyFile(key.slice('data/'.length, key.lastIndexOf('/')), path);
    return path;
  }

  /** One column of the rows of files, as text, sorted. */
  async texts(paths: readonly string[], select: string): Promise<string[]> {
    if (paths.length === 0) return [];
    const list = paths.map(quoteText).join(', ');
    const rows = await this.session.rows(
      `SELECT ${select} AS text FROM read_parquet([${list}], union_by_name = true, hive_partitioning = false) ORDER BY text`,
    );
    return rows.map(({ text }) => String(text));
  }

  /** Local files that nobody made here, by name. */
  async leftovers(): Promise<string[]> {
    const names = await readdir(this.session.directory);
    return names.filter((name) => name !== 'spill' && !/^made-\d+$/.test(name)).sort();
  }
}
