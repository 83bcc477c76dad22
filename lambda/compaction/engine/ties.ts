import { rm } from 'node:fs/promises';
import { quoteIdentifier, quoteText } from '../../../lib/dataset/duckdb-types';
import type { Dataset } from '../../../lib/dataset/model';
import { MIB } from '../../../lib/dataset/units';
import { columnsOf, numberedRows, rowsOf } from './parquet-rows';
import type { EngineSession } from './session';
import { SOURCE } from './source';

/** Reads the file of a source whole. */
export type Open = (source: number, use: (path: string) => Promise<void>) => Promise<void>;

/** Share of the engine's memory for the contents of rows that are compared at a time. */
const SHARE = 8;

/** Rows of a row group of what is kept: the least that DuckDB writes, and what it holds in memory. */
const KEPT_ROWS = 2048;

/** Where to find the contents of rows, by the number of the row in its source. */
interface Contents {
  readonly source: number;
  /** A table with the column `file_row_number`. */
  readonly from: string;
  /** Columns of the dataset that it has. */
  readonly known: ReadonlySet<string>;
}

/**
 * Finds the one row that stays for each key of the table `tied`, by all columns in their order. Of equal rows, one
 * that is committed stays, so that no file changes; of deletions the one that arrived, which counts.
 *
 * It takes one file at a time to the local disk, and compares slices of rows whose contents are a part of the engine's memory,
 * in rounds: what it needs does not depend on how many rows are equal, or on what the partition holds.
 *
 * Table `best` has the key, source and row of the best rows so far.
 */
export class Ties {
  readonly #session: EngineSession;
  readonly #dataset: Dataset;
  readonly #keys: string;
  readonly #order: string;

  constructor(session: EngineSession, dataset: Dataset) {
    this.#session = session;
    this.#dataset = dataset;
    const { key, keep } = dataset.dedupe;
    this.#keys = key.map((_, index) => `k${index}`).join(', ');
    const better = keep === 'latest' ? 'DESC NULLS LAST' : 'ASC NULLS LAST';
    const contents = dataset.columns.map((_, index) => `c${index} ${better}`);
    this.#order = [...contents, `source = ${SOURCE.ARRIVED}`, 'source', 'row'].join(', ');
  }

  /** Leaves in `winners` one row for each key of `tied`. @param path of the batch */
  async break(path: string, open: Open): Promise<void> {
    const session = this.#session;
    const keys = this.#keys;
    await session.table(
      'best',
      `SELECT ${keys}, source, row FROM tied WHERE source = ${SOURCE.ARRIVED} AND NOT deletes`,
    );
    const arrived = await this.#contents(SOURCE.ARRIVED, path);
    await this.#reduce([arrived]);
    const sources = await session.rows(
      'SELECT DISTINCT source FROM tied WHERE source > 0 AND NOT deletes ORDER BY source',
    );
    const kept: Contents[] = [];
    for (const { source } of sources) {
      await open(Number(source), async (file) => {
        const contents = await this.#contents(Number(source), file);
        await session.run(
          `INSERT INTO best SELECT ${keys}, source, row FROM tied WHERE source = ${source} AND NOT deletes`,
        );
        await this.#reduce([arrived, ...kept, contents]);
        const copy = await this.#keep(contents);
        if (copy !== undefined) kept.push(copy);
      });
    }
    await session.table(
      'decided',
      `SELECT tied.* FROM tied SEMI JOIN best USING (source, row)
       UNION ALL
       SELECT * FROM tied WHERE deletes
       QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY source = ${SOURCE.ARRIVED} DESC, source, row) = 1`,
    );
    await session.run('DELETE FROM winners USING tied WHERE winners.source = tied.source AND winners.row = tied.row');
    await session.run('INSERT INTO winners SELECT * FROM decided');
    for (const { source } of kept) await rm(this.#keptPath(source));
  }

  /** Reduces the rows of each key in `best` to one, in rounds that each look at slices of the rows. */
  async #reduce(all: readonly Contents[]): Promise<void> {
    const session = this.#session;
    const keys = this.#keys;
    let sliceBytes = Math.floor((session.memoryMiB * MIB) / SHARE);
    for (;;) {
      await session.table(
        'open',
        `SELECT * FROM best SEMI JOIN (SELECT ${keys} FROM best GROUP BY ALL HAVING count(*) > 1) USING (${keys})`,
      );
      const before = await session.number('SELECT count(*) FROM open');
      if (before === 0) return;
      const sources = new Set(
        (await session.rows('SELECT DISTINCT source FROM open')).map(({ source }) => Number(source)),
      );
      const taking = all.filter(({ source }) => sources.has(source));
      await session.table('sized', taking.map((contents) => this.#sizes(contents)).join(' UNION ALL '));
      // The rows of a key are in one slice, unless they alone are more than one.
      await session.table(
        'sliced',
        `SELECT * EXCLUDE (bytes, upto, whole, first),
           ((CASE WHEN whole <= ${sliceBytes} THEN first ELSE upto END) // ${sliceBytes})::INTEGER AS slice
         FROM (SELECT *, sum(bytes) OVER (PARTITION BY ${keys}) AS whole, min(upto) OVER (PARTITION BY ${keys}) AS first
           FROM (SELECT *, sum(bytes) OVER (ORDER BY ${keys}, source, row ROWS UNBOUNDED PRECEDING) AS upto
             FROM open JOIN sized USING (source, row)))`,
      );
      await session.table('better', 'SELECT * FROM open LIMIT 0');
      const slices = await session.rows('SELECT DISTINCT slice FROM sliced ORDER BY slice');
      for (const { slice } of slices) {
        const rows = taking.map((contents) => this.#slice(contents, Number(slice))).join(' UNION ALL ');
        await session.run(`INSERT INTO better SELECT ${keys}, source, row FROM (${rows})
          QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY ${this.#order}) = 1`);
      }
      await session.run('DELETE FROM best USING open WHERE best.source = open.source AND best.row = open.row');
      await session.run('INSERT INTO best SELECT * FROM better');
      // Rows that are longer than a slice are never compared with each other.
      if ((await session.number('SELECT count(*) FROM better')) === before) sliceBytes *= 2;
    }
  }

  /** Bytes of the rows of a source that are compared, as text. */
  #sizes({ source, from, known }: Contents): string {
    const lengths = this.#dataset.columns
      .filter(({ name }) => known.has(name))
      .map(({ name }) => `coalesce(strlen(CAST(${quoteIdentifier(name)} AS VARCHAR)), 0)`);
    return `SELECT ${source} AS source, file_row_number AS row, ${['64', ...lengths].join(' + ')} AS bytes
      FROM ${from} SEMI JOIN (SELECT row AS file_row_number FROM open WHERE source = ${source}) USING (file_row_number)`;
  }

  #slice({ source, from, known }: Contents, slice: number): string {
    const contents = this.#dataset.columns.map(
      ({ name }, index) => `${known.has(name) ? quoteIdentifier(name) : 'NULL'} AS c${index}`,
    );
    return `SELECT ${this.#keys}, ${source} AS source, file_row_number AS row, ${contents.join(', ')}
      FROM ${from} JOIN (SELECT ${this.#keys}, row AS file_row_number FROM sliced
        WHERE source = ${source} AND slice = ${slice}) USING (file_row_number)`;
  }

  /** Keeps the rows of a file that later files have equals of: of keys that are in several files, which no run leaves. */
  async #keep({ source, from, known }: Contents): Promise<Contents | undefined> {
    const session = this.#session;
    await session.table(
      'again',
      `SELECT row AS file_row_number FROM best SEMI JOIN (SELECT ${this.#keys} FROM tied WHERE source > ${source}) USING (${this.#keys})
       WHERE source = ${source}`,
    );
    if ((await session.number('SELECT count(*) FROM again')) === 0) return undefined;
    const path = this.#keptPath(source);
    const names = this.#dataset.columns.filter(({ name }) => known.has(name)).map(({ name }) => quoteIdentifier(name));
    await session.run(
      `COPY (SELECT file_row_number, ${names.join(', ')} FROM ${from} SEMI JOIN again USING (file_row_number))
       TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${KEPT_ROWS})`,
    );
    return { source, from: rowsOf(path), known };
  }

  #keptPath(source: number): string {
    return this.#session.path(`tied-${source}.parquet`);
  }

  async #contents(source: number, path: string): Promise<Contents> {
    return { source, from: numberedRows(path), known: await columnsOf(this.#session, path) };
  }
}
