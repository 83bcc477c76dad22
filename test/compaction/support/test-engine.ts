import { copyFile, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { EngineSession } from '../../../lambda/compaction/engine/session';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { quoteText } from '../../../lib/dataset/duckdb-types';
import { fastFolder } from '../../support/fast-folder';

/** One session for the tests of a suite, with Parquet files in its folder that stand for objects of the curated bucket. */
export class TestEngine {
  #made = 0;

  private constructor(
    readonly session: EngineSession,
    readonly parent: string,
  ) {}

  static async open(): Promise<TestEngine> {
    // Names of folders that look like partitions say nothing of the files in them.
    const parent = await mkdtemp(path.join(fastFolder(), 'engine-'));
    const folder = path.join(parent, 'id=folder', 'n=77', 'k0=folder', 'at=2001-01-01');
    await mkdir(folder, { recursive: true });
    return new TestEngine(await EngineSession.open({ memoryMiB: 512, spillMiB: 64, threads: 1 }, folder), parent);
  }

  async close(): Promise<void> {
    await this.session.close();
    await rm(this.parent, { recursive: true, force: true });
  }

  /** Writes the rows of a query. @returns the path */
  async parquet(query: string, options = ''): Promise<string> {
    const file = this.session.path(`made-${this.#made++}`);
    await this.session.run(`COPY (${query}) TO ${quoteText(file)} (FORMAT parquet${options})`);
    return file;
  }

  /** The file as an object whose key ends in a name. */
  async object(file: string, name: string): Promise<ObjectInfo> {
    const { size } = await stat(file);
    return { key: `data/${file}/${name}`, etag: '"e"', size, lastModified: new Date(0) };
  }

  /** A copy of an object's file, as a download is one. */
  async copy({ key }: ObjectInfo, name: string): Promise<string> {
    const copy = this.session.path(name);
    await copyFile(key.slice('data/'.length, key.lastIndexOf('/')), copy);
    return copy;
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
