import { rm, stat } from 'node:fs/promises';
import { type Dataset, pathValues, rowsDataset } from '../../../lib/dataset';
import { MIB } from '../../../lib/dataset/units';
import { type UnknownField, UnreadableObjectError } from '../../../lib/rows';
import { type Loaded, loadObjects } from '../download/loader';
import type { GetSigner } from '../download/request-signer';
import type { Segment } from '../download/segments';
import type {
  Batch,
  Changes,
  Converter,
  LoadedInput,
  LocalFiles,
  OutsidePartition,
  RefusedObject,
} from '../protocol/converter';
import type { PartitionRef } from '../protocol/lake';
import { mergePolicy } from '../protocol/merge-policy';
import type { ObjectInfo, ObjectStore } from '../store/object-store';
import { type ChangeCalls, planChanges } from './changes';
import { deduplicate, fetchKeys } from './deduplicate';
import { findOutsidePartition, newestEventTime } from './event-times';
import { type AllRows, localFiles } from './local-files';
import { checkParquet } from './parquet-input';
import { copyTo, split } from './parquet-output';
import { segmentQueries, withPathColumns } from './path-columns';
import { type EngineLimits, EngineSession, literals } from './session';
import { fetchColumns } from './sparse-file';

export interface ConverterSettings {
  readonly limits: EngineLimits;
  /** Worker threads that download and check; small batches use none. */
  readonly workers: number;
  /** Local bytes of accepted rows at which a batch stops starting further objects. */
  readonly maxLocalBytes: number;
  /** Largest inflated size of one object. */
  readonly maxObjectBytes: number;
  readonly maxAttempts: number;
  /** Size above which a data file is divided, in bytes. @default a quarter above the dataset's target, at most 512 MiB */
  readonly divideBytes?: number;
  /** Total size of the data files that one commit rewrites because some of their rows are superseded, in bytes. @default 2 GiB */
  readonly rewriteBytes?: number;
  /** Time in which a download must make progress; otherwise it is retried. @default 30 s */
  readonly stallMillis?: number;
  /** Aborts downloads and statements. @default none */
  readonly signal?: AbortSignal;
  /** Parent of the working directories. @default the system's */
  readonly directory?: string;
  /** @default the clock of the machine */
  readonly now?: () => Date;
  /** Called with fields of objects that the dataset does not declare: those listed by name, and the number of all others. */
  readonly onUnknownFields?: (fields: readonly UnknownField[], others: number) => void;
  /** Called with rows whose event time is more than a day outside of their partition. */
  readonly onOutsidePartition?: (found: OutsidePartition) => void;
}

/** A Lambda function of 3,008 MB needs one to two minutes to read, sort and upload them. */
const REWRITE_BYTES = 2 * 1024 ** 3;

/** Converts with DuckDB, in one locked-down session per batch, on the local disk. */
export class DuckDbConverter implements Converter {
  readonly #store: ObjectStore;
  readonly #curatedBucket: string;
  readonly #signer: GetSigner;
  readonly #settings: ConverterSettings;

  constructor(store: ObjectStore, curatedBucket: string, signer: GetSigner, settings: ConverterSettings) {
    this.#store = store;
    this.#curatedBucket = curatedBucket;
    this.#signer = signer;
    this.#settings = settings;
  }

  async load(ref: PartitionRef, objects: readonly ObjectInfo[]): Promise<Batch> {
    const { dataset } = ref;
    const { limits, directory, divideBytes, rewriteBytes, now, onUnknownFields, onOutsidePartition, ...settings } =
      this.#settings;
    const session = await EngineSession.open(limits, directory, settings.signal);
    try {
      const loaded = await loadObjects(this.#signer, objects, { ...settings, dataset, directory: session.directory });
      const sources = await checkInputs(session, dataset, loaded);
      onUnknownFields?.(sources.unknownFields, sources.otherUnknownFields);
      return new DuckDbBatch(session, ref, sources, loaded, {
        divideBytes: divideBytes ?? splitLimit(dataset),
        rewriteBytes: rewriteBytes ?? REWRITE_BYTES,
        fetchKeys: (files, prefix) => fetchKeys(session, dataset, this.#store, this.#curatedBucket, files, prefix),
        fetchColumns: (file, columns, name) =>
          fetchColumns(this.#store, this.#curatedBucket, file, columns, session, name),
        fetchFile: async ({ key, etag }, name) => {
          const path = session.path(name);
          await this.#store.getFile(this.#curatedBucket, key, etag, path);
          return path;
        },
        now: now ?? (() => new Date()),
        onOutsidePartition: onOutsidePartition ?? (() => undefined),
      });
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async merge({ dataset }: PartitionRef, files: readonly ObjectInfo[]): Promise<LocalFiles> {
    const { limits, directory, signal } = this.#settings;
    const session = await EngineSession.open(limits, directory, signal);
    try {
      const paths: string[] = [];
      for (const { key, etag } of files) {
        const path = session.path(`merge-${paths.length}.parquet`);
        await this.#store.getFile(this.#curatedBucket, key, etag, path);
        paths.push(path);
      }
      const rows = await session.number(`SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(${literals(paths)})`);
      const bytes = files.reduce((total, { size }) => total + size, 0);
      const target = session.path('merged.parquet');
      // Types are unified, never cast: every column of a file stays, even one that the dataset no longer declares.
      const query = `SELECT * FROM read_parquet(${literals(paths)}, union_by_name = true, hive_partitioning = false)`;
      const written = await copyTo(session, dataset, query, target, (4 * bytes) / Math.max(1, rows));
      if (written !== rows) throw new Error(`Merging ${files.length} files with ${rows} rows wrote ${written}`);
      await Promise.all(paths.map((path) => rm(path)));
      const parts = await split(session, dataset, target, rows, this.#settings.divideBytes ?? splitLimit(dataset));
      return await localFiles(parts, rows, 0, () => session.close());
    } catch (error) {
      await session.close();
      throw error;
    }
  }
}

/** A file may exceed the target by this much before it is divided: two halves would both be far below it. */
function splitLimit(dataset: Dataset): number {
  return Math.min(512 * MIB, mergePolicy(dataset).capBytes * 1.25);
}

interface Sources {
  readonly inputs: readonly LoadedInput[];
  readonly segments: readonly Segment[];
  /** Queries that return the accepted rows of Parquet inputs. */
  readonly parquet: readonly string[];
  readonly unknownFields: readonly UnknownField[];
  readonly otherUnknownFields: number;
}

/** Turns what was downloaded into inputs; Parquet rows are checked here, by the engine. */
async function checkInputs(session: EngineSession, dataset: Dataset, loaded: Loaded): Promise<Sources> {
  const parquet: string[] = [];
  const inputs: LoadedInput[] = [];
  const unknownFields: UnknownField[] = [];
  let otherUnknownFields = 0;
  for (const outcome of loaded.objects) {
    const { key, etag, size } = outcome.object;
    const pinned = { key, etag, size, versionId: outcome.versionId };
    if (outcome.status === 'unreadable') {
      inputs.push({ ...pinned, accepted: 0, rejected: [], unreadable: outcome.reason });
    } else if (outcome.parquet === undefined) {
      const rejected = outcome.rejected.map(({ raw, ...line }) => ({ ...line, raw: Buffer.from(raw) }));
      inputs.push({ ...pinned, accepted: outcome.accepted, rejected });
      unknownFields.push(...outcome.unknownFields);
      otherUnknownFields += outcome.otherUnknownFields;
    } else {
      try {
        const columns = pathValues(dataset, key);
        const checked = await checkParquet(session, rowsDataset(dataset, columns), outcome.parquet);
        parquet.push(withPathColumns(dataset, checked.query, columns));
        unknownFields.push(...checked.unknownFields);
        inputs.push({ ...pinned, accepted: checked.accepted, rejected: checked.rejected });
      } catch (error) {
        if (!(error instanceof UnreadableObjectError)) throw error;
        inputs.push({ ...pinned, accepted: 0, rejected: [], unreadable: error.message });
      }
    }
  }
  return { inputs, segments: loaded.segments, parquet, unknownFields, otherUnknownFields };
}

interface BatchCalls extends ChangeCalls {
  readonly fetchKeys: (files: readonly ObjectInfo[], prefix: string) => Promise<string[]>;
  readonly now: () => Date;
  readonly onOutsidePartition: (found: OutsidePartition) => void;
}

class DuckDbBatch implements Batch {
  readonly inputs: readonly LoadedInput[];
  readonly refused: readonly RefusedObject[];
  readonly complete: boolean;
  readonly #session: EngineSession;
  readonly #dataset: Dataset;
  readonly #partition: string;
  readonly #sources: Sources;
  readonly #calls: BatchCalls;
  /** All rows as Parquet; the same for every base. */
  #all: AllRows | undefined;
  #writes = 0;

  constructor(
    session: EngineSession,
    { dataset, partition }: PartitionRef,
    sources: Sources,
    { refused, complete }: Loaded,
    calls: BatchCalls,
  ) {
    this.#session = session;
    this.#dataset = dataset;
    this.#partition = partition;
    this.#sources = sources;
    this.#calls = calls;
    this.inputs = sources.inputs;
    this.refused = refused;
    this.complete = complete;
  }

  async write(base: readonly ObjectInfo[]): Promise<LocalFiles> {
    this.#all ??= await this.#convert();
    const all = this.#all;
    return { ...(await this.#writeUnique(all, base)), rowsOutsidePartition: all.outside, newestEvent: all.newestEvent };
  }

  async change(base: readonly ObjectInfo[]): Promise<Changes> {
    this.#all ??= await this.#convert();
    const all = this.#all;
    if (all.rows === 0) return NO_CHANGES;
    return await planChanges(this.#session, this.#dataset, all, base, `change-${this.#writes++}`, this.#calls);
  }

  /** All rows but the duplicates. */
  async #writeUnique(all: AllRows, base: readonly ObjectInfo[]): Promise<LocalFiles> {
    const nothing = async (): Promise<void> => {};
    if (all.rows === 0) return await localFiles([], 0, 0, nothing);
    const name = `write-${this.#writes++}`;
    let { path, rows }: { path: string; rows: number } = all;
    if (this.#dataset.dedupe.key.length > 0) {
      const keys = await this.#calls.fetchKeys(base, `${name}-keys`);
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

  async dispose(): Promise<void> {
    await this.#session.close();
  }

  /** Writes every accepted row to one Parquet file and frees the space of what it was made from. */
  async #convert(): Promise<AllRows> {
    const { segments, parquet, inputs } = this.#sources;
    const accepted = inputs.reduce((total, input) => total + input.accepted, 0);
    const path = this.#session.path('all.parquet');
    if (accepted === 0) return { path, rows: 0, rowBytes: 0, outside: 0 };
    const queries = [...parquet];
    queries.unshift(...segmentQueries(this.#dataset, segments));
    const sizes = await Promise.all(segments.map(async (segment) => (await stat(segment.path)).size));
    const lineBytes = sizes.reduce((total, size) => total + size, 0) / accepted;
    const rows = await copyTo(
      this.#session,
      this.#dataset,
      `SELECT * FROM (${queries.join(' UNION ALL ')})`,
      path,
      lineBytes,
    );
    if (rows !== accepted) {
      throw new Error(`${accepted} rows were accepted, but ${rows} were written; nothing was committed`);
    }
    await Promise.all(segments.map((segment) => rm(segment.path)));
    const outside = await findOutsidePartition(this.#session, this.#dataset, this.#partition, path);
    if (outside !== undefined) this.#calls.onOutsidePartition(outside);
    const newestEvent =
      this.#dataset.freshness === undefined
        ? undefined
        : await newestEventTime(this.#session, this.#dataset, path, this.#calls.now().getTime());
    return { path, rows, rowBytes: lineBytes, outside: outside?.rows ?? 0, newestEvent };
  }
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
