import { rm, stat } from 'node:fs/promises';
import { type Dataset, uniqueChecks } from '../../../lib/dataset';
import { quoteText } from '../../../lib/dataset/duckdb-types';
import { inStatements } from '../limits/parquet-objects';
import type {
  Batch,
  Changes,
  CheckCounts,
  LoadedInput,
  LocalFiles,
  OutsidePartition,
  RefusedObject,
} from '../protocol/converter';
import type { PartitionRef } from '../protocol/lake';
import type { ObjectInfo } from '../store/object-store';
import { type ChangeCalls, planChanges } from './changes';
import { deduplicate } from './deduplicate';
import { findOutsidePartition, newestEventTime } from './event-times';
import type { ParquetSource, Sources } from './inputs';
import { type AllRows, localFiles } from './local-files';
import { copyTo, split } from './parquet-output';
import { rowsOf, rowsOfAll } from './parquet-rows';
import { segmentQueries } from './path-columns';
import { countRepeats } from './repeats';
import type { EngineSession } from './session';

export interface BatchCalls extends ChangeCalls {
  readonly fetchKeys: (files: readonly ObjectInfo[], prefix: string, keys: readonly string[]) => Promise<string[]>;
  readonly now: () => Date;
  readonly onOutsidePartition: (found: OutsidePartition) => void;
}

/** Accepted rows as Parquet. */
export type ConvertedRows = Pick<AllRows, 'path' | 'rows' | 'rowBytes'>;

/** What a batch holds once it is loaded. */
export interface BatchContents {
  readonly inputs: readonly LoadedInput[];
  readonly refused: readonly RefusedObject[];
  readonly complete: boolean;
  /** Of a dataset with checks. */
  readonly checks?: CheckCounts;
  /** Converts the accepted rows, or returns them. */
  readonly convert: () => Promise<ConvertedRows>;
  /** SQL of the rows that are left out. @default none are */
  readonly erased: string | undefined;
}

export class DuckDbBatch implements Batch {
  readonly inputs: readonly LoadedInput[];
  readonly refused: readonly RefusedObject[];
  readonly complete: boolean;
  readonly checks: CheckCounts | undefined;
  readonly #session: EngineSession;
  readonly #dataset: Dataset;
  readonly #partition: string;
  readonly #convert: () => Promise<ConvertedRows>;
  readonly #erased: string | undefined;
  readonly #calls: BatchCalls;
  /** All rows as Parquet; the same for every base. */
  #all: AllRows | undefined;
  #writes = 0;

  constructor(
    session: EngineSession,
    { dataset, partition }: PartitionRef,
    { inputs, refused, complete, checks, convert, erased }: BatchContents,
    calls: BatchCalls,
  ) {
    this.#session = session;
    this.#dataset = dataset;
    this.#partition = partition;
    this.#convert = convert;
    this.#erased = erased;
    this.#calls = calls;
    this.inputs = inputs;
    this.refused = refused;
    this.complete = complete;
    this.checks = checks;
  }

  async write(base: readonly ObjectInfo[]): Promise<LocalFiles> {
    this.#all ??= await this.#describe(await this.#convert());
    const { outside: rowsOutsidePartition, newestEvent, erased } = this.#all;
    const local = await this.#writeUnique(this.#all, base);
    const repeats = await this.#repeats(local, base);
    return { ...local, repeats, rowsOutsidePartition, newestEvent, erased };
  }

  async change(base: readonly ObjectInfo[]): Promise<Changes> {
    this.#all ??= await this.#describe(await this.#convert());
    const all = this.#all;
    if (all.rows === 0) return { ...NO_CHANGES, erased: all.erased };
    return await planChanges(this.#session, this.#dataset, all, base, `change-${this.#writes++}`, this.#calls);
  }

  /** All rows but the duplicates. */
  async #writeUnique(all: AllRows, base: readonly ObjectInfo[]): Promise<LocalFiles> {
    const nothing = async (): Promise<void> => {};
    if (all.rows === 0) return await localFiles([], 0, 0, nothing);
    const name = `write-${this.#writes++}`;
    let { path, rows }: { path: string; rows: number } = all;
    if (this.#dataset.dedupe.key.length > 0) {
      const keys = await this.#calls.fetchKeys(base, `${name}-keys`, this.#dataset.dedupe.key);
      const target = this.#session.path(`${name}.parquet`);
      ({ path, rows } = await deduplicate(this.#session, this.#dataset, all, keys, target));
      await Promise.all(keys.map((file) => rm(file)));
    }
    if (rows === 0) return await localFiles([], 0, all.rows, nothing);
    const paths = await split(this.#session, this.#dataset, path, rows, this.#calls.divideBytes);
    const temporary = [...new Set([path, ...paths])].filter((file) => file !== all.path);
    return await localFiles(paths, rows, all.rows - rows, async () => {
      await Promise.all(temporary.map((file) => rm(file)));
    });
  }

  /** Rows that have the values of another row of the partition in columns that should be unique, by the name of the check. */
  async #repeats({ paths }: LocalFiles, base: readonly ObjectInfo[]): Promise<Readonly<Record<string, number>>> {
    const found: Record<string, number> = {};
    for (const { name, unique = [] } of paths.length === 0 ? [] : uniqueChecks(this.#dataset)) {
      const files = await this.#calls.fetchKeys(base, `unique-${this.#writes++}`, unique);
      const repeated = await countRepeats(this.#session, unique, paths, files);
      if (repeated > 0) found[name] = repeated;
      await Promise.all(files.map((file) => rm(file)));
    }
    return found;
  }

  async dispose(): Promise<void> {
    await this.#session.close();
  }

  async #describe(all: ConvertedRows): Promise<AllRows> {
    const converted = await this.#withoutErased(all);
    if (converted.rows === 0) return { ...converted, outside: 0 };
    const { path } = converted;
    const outside = await findOutsidePartition(this.#session, this.#dataset, this.#partition, path);
    if (outside !== undefined) this.#calls.onOutsidePartition(outside);
    const newestEvent =
      this.#dataset.freshness === undefined
        ? undefined
        : await newestEventTime(this.#session, this.#dataset, path, this.#calls.now().getTime());
    return { ...converted, outside: outside?.rows ?? 0, newestEvent };
  }

  async #withoutErased(all: ConvertedRows): Promise<ConvertedRows & { readonly erased: number }> {
    const { path, rows, rowBytes } = all;
    if (this.#erased === undefined || rows === 0) return { ...all, erased: 0 };
    const rest = this.#session.path('rest.parquet');
    const query = `SELECT * FROM ${rowsOf(path)} WHERE NOT (${this.#erased})`;
    const kept = await copyTo(this.#session, this.#dataset, query, rest, rowBytes);
    await rm(path);
    return { path: rest, rows: kept, erased: rows - kept, rowBytes };
  }
}

/** Writes every accepted row to one Parquet file. */
export async function convertRows(
  session: EngineSession,
  dataset: Dataset,
  { segments, parquet, inputs }: Sources,
): Promise<ConvertedRows> {
  const accepted = inputs.reduce((total, input) => total + input.accepted, 0);
  const path = session.path('all.parquet');
  if (accepted === 0) return { path, rows: 0, rowBytes: 0 };
  const pieces = await writePieces(session, dataset, parquet);
  const queries = [...segmentQueries(dataset, segments), ...pieces.queries];
  const sizes = await Promise.all(segments.map(async (segment) => (await stat(segment.path)).size));
  const rowBytes = [...sizes, ...parquet.map(({ bytes }) => bytes)].reduce((total, size) => total + size, 0) / accepted;
  const rows = await copyTo(session, dataset, `SELECT * FROM (${queries.join(' UNION ALL ')})`, path, rowBytes);
  if (rows !== accepted) {
    throw new Error(`${accepted} rows were accepted, but ${rows} were written; nothing was committed`);
  }
  await Promise.all(pieces.paths.map((piece) => rm(piece)));
  return { path, rows, rowBytes };
}

/** Rows that are held in memory as one is written. */
const PIECE_ROW_GROUP = '64MiB';

/** Queries that return the rows of all Parquet objects. Of many objects, the rows are first written to fewer files. */
async function writePieces(
  session: EngineSession,
  dataset: Dataset,
  parquet: readonly ParquetSource[],
): Promise<{ readonly queries: readonly string[]; readonly paths: readonly string[] }> {
  const statements = inStatements(dataset, parquet);
  if (statements.length < 2) return { queries: statements.flat(), paths: [] };
  const paths: string[] = [];
  for (const queries of statements) {
    const path = session.path(`piece-${paths.length}.parquet`);
    const rows = queries.join(' UNION ALL ');
    await session.run(
      `COPY (${rows}) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE_BYTES '${PIECE_ROW_GROUP}')`,
    );
    paths.push(path);
  }
  return { queries: [`SELECT * FROM ${rowsOfAll(paths)}`], paths };
}

/** Frees the space of what rows were made from. */
export async function removeSegments({ segments }: Sources): Promise<void> {
  await Promise.all(segments.map((segment) => rm(segment.path)));
}

/** The result of a batch without rows. */
const NO_CHANGES: Changes = {
  rewrites: [],
  complete: true,
  added: 0,
  superseded: 0,
  deletions: 0,
  buries: false,
  rowsOutsidePartition: 0,
  rewrite: () => Promise.reject(new Error('nothing changes')),
  writeAdded: () => Promise.reject(new Error('nothing changes')),
  writeTombstones: () => Promise.reject(new Error('nothing changes')),
  dispose: async () => {},
};
