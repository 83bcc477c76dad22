import { quoteIdentifier } from '../../../lib/dataset/duckdb-types';
import type { Dataset } from '../../../lib/dataset/model';
import { isDeletion } from './deletion';
import { columnsOf, numberedRows, rowsOf } from './parquet-rows';
import type { EngineSession } from './session';
import { SOURCE } from './source';
import { type Open, Ties } from './ties';

export interface Counts {
  /** By source: rows of a file that are superseded, and rows of the batch that replace them. */
  readonly files: ReadonlyMap<number, { readonly removed: number; readonly placed: number }>;
  readonly added: number;
  readonly superseded: number;
  readonly deletions: number;
  readonly buries: boolean;
}

/**
 * Ranks the rows of each key of a batch: `by`, then deletions first, then the event time, then all columns in their order.
 * This is a total order over the contents of rows, so that the first row does not depend on which rows were there before. Nulls come last.
 *
 * Tables: `candidates` has the best rows of each source, with its key (`k0`...), `by` (`b0`...), `event` and `deletes`;
 * `winners` one row a key; `removed` rows of files that are no winners; `placed` the winners that go where one of these was.
 */
export class Ranking {
  /** Columns that decide. */
  readonly columns: readonly string[];
  readonly #session: EngineSession;
  readonly #dataset: Dataset;
  /** The batch. */
  readonly #path: string;
  readonly #keys: string;
  readonly #order: string;

  constructor(session: EngineSession, dataset: Dataset, path: string) {
    const { key, by, keep, deleted } = dataset.dedupe;
    this.#session = session;
    this.#dataset = dataset;
    this.#path = path;
    this.columns = [...new Set([...key, ...by, dataset.eventTime, ...(deleted === undefined ? [] : [deleted.column])])];
    this.#keys = key.map((_, index) => `k${index}`).join(', ');
    const best = keep === 'latest' ? 'DESC NULLS LAST' : 'ASC NULLS LAST';
    this.#order = [...by.map((_, index) => `b${index} ${best}`), 'deletes DESC', `event ${best}`].join(', ');
  }

  /** Ranks the rows of the batch alone. */
  async begin(): Promise<void> {
    const keys = this.#keys;
    await this.#session.table(
      'candidates',
      `SELECT * FROM (${this.#rows(SOURCE.ARRIVED, this.#path, () => true)})
       QUALIFY rank() OVER (PARTITION BY ${keys} ORDER BY ${this.#order}) = 1`,
    );
    await this.#session.table('keys', `SELECT DISTINCT ${keys} FROM candidates`);
  }

  /** Adds the rows with these keys from a file, or from the remembered deletions. One from before a key column was there has none. */
  async add(source: number, path: string): Promise<void> {
    const known = await columnsOf(this.#session, path);
    if (!this.#dataset.dedupe.key.every((name) => known.has(name))) return;
    await this.#session.run(`INSERT INTO candidates
      SELECT * FROM (${this.#rows(source, path, (name) => known.has(name))}) SEMI JOIN keys USING (${this.#keys})`);
  }

  /** @param open reads the file of a source whole */
  async rank(open: Open): Promise<void> {
    const keys = this.#keys;
    await this.#session.table(
      'winners',
      `SELECT * FROM candidates QUALIFY rank() OVER (PARTITION BY ${keys} ORDER BY ${this.#order}) = 1`,
    );
    await this.#session.table(
      'tied',
      `SELECT * FROM winners SEMI JOIN (SELECT ${keys} FROM winners GROUP BY ALL HAVING count(*) > 1) USING (${keys})`,
    );
    if ((await this.#session.number('SELECT count(*) FROM tied')) > 0) {
      await new Ties(this.#session, this.#dataset).break(this.#path, open);
    }
    await this.#session.table(
      'removed',
      `SELECT * FROM candidates ANTI JOIN (SELECT source, row FROM winners WHERE NOT deletes) USING (source, row) WHERE source > 0`,
    );
    await this.#session.table(
      'placed',
      `SELECT row, target FROM winners JOIN (SELECT ${keys}, min(source) AS target FROM removed GROUP BY ALL) USING (${keys})
       WHERE source = ${SOURCE.ARRIVED} AND NOT deletes`,
    );
  }

  async count(): Promise<Counts> {
    const rows = await this.#session.rows(
      `SELECT source, count(*) AS removed, (SELECT count(*) FROM placed WHERE target = source) AS placed
       FROM removed GROUP BY source`,
    );
    const [all] = await this.#session.rows(
      `SELECT count(*) FILTER (NOT deletes) - (SELECT count(*) FROM placed) AS added,
         count(*) FILTER (deletes) AS deletions, (SELECT count(*) FROM ${rowsOf(this.#path)}) - count(*) AS superseded
       FROM winners WHERE source = ${SOURCE.ARRIVED}`,
    );
    const same = this.#dataset.dedupe.by.map((_, index) => `t.b${index} IS NOT DISTINCT FROM w.b${index}`);
    const join = [...this.#dataset.dedupe.key.map((_, index) => `t.k${index} = w.k${index}`), ...same].join(' AND ');
    const buried = await this.#session.number(
      `SELECT count(*) FROM winners AS w ANTI JOIN (SELECT * FROM candidates WHERE source = ${SOURCE.REMEMBERED}) AS t ON ${join}
       WHERE deletes`,
    );
    return {
      files: new Map(
        rows.map(({ source, removed, placed }) => [
          Number(source),
          { removed: Number(removed), placed: Number(placed) },
        ]),
      ),
      added: Number(all?.added),
      superseded: Number(all?.superseded),
      deletions: Number(all?.deletions),
      buries: buried > 0,
    };
  }

  /** The rows that a file has afterwards. Columns that the dataset no longer declares stay. */
  rewrittenSql(path: string, source: number): string {
    return `${selectRows(path)} ANTI JOIN (SELECT row AS file_row_number FROM removed WHERE source = ${source}) USING (file_row_number)
      UNION ALL BY NAME
      ${selectRows(this.#path)} SEMI JOIN (SELECT row AS file_row_number FROM placed WHERE target = ${source}) USING (file_row_number)`;
  }

  /** Rows of the batch whose keys are in no file. */
  addedSql(): string {
    return `${selectRows(this.#path)} SEMI JOIN (
      SELECT row AS file_row_number FROM winners ANTI JOIN placed USING (row)
      WHERE source = ${SOURCE.ARRIVED} AND NOT deletes) USING (file_row_number)`;
  }

  /** The last deletion of each key: what is remembered, and what is new. @param path of what is remembered */
  tombstonesSql(path: string | undefined): string {
    const { key, by } = this.#dataset.dedupe;
    const names = [...key.map((name, index) => [name, `k${index}`]), ...by.map((name, index) => [name, `b${index}`])];
    const list = names.map(([name, alias]) => `${alias} AS ${quoteIdentifier(name ?? '')}`).join(', ');
    const fresh = `SELECT ${list} FROM winners WHERE deletes`;
    if (path === undefined) return fresh;
    return `${fresh} UNION ALL BY NAME SELECT * FROM ${rowsOf(path)}
      ANTI JOIN (${fresh}) USING (${key.map(quoteIdentifier).join(', ')})`;
  }

  #rows(source: number, path: string, known: (name: string) => boolean): string {
    const { dedupe, eventTime } = this.#dataset;
    const { key, by, deleted } = dedupe;
    const value = (name: string): string => (known(name) ? quoteIdentifier(name) : 'NULL');
    const deletes =
      source === SOURCE.REMEMBERED
        ? 'true'
        : deleted === undefined || !known(deleted.column)
          ? 'false'
          : isDeletion(quoteIdentifier(deleted.column), deleted);
    return `SELECT ${source} AS source, file_row_number AS row,
      ${key.map((name, index) => `${value(name)} AS k${index}`).join(', ')},
      ${by.map((name, index) => `${value(name)} AS b${index}`).join(', ')},
      ${value(eventTime)} AS event, ${deletes} AS deletes
      FROM ${numberedRows(path)}`;
  }
}

/** To be joined by number. */
const selectRows = (path: string): string => `SELECT * EXCLUDE (file_row_number) FROM ${numberedRows(path)}`;
