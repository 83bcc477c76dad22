import { rm } from 'node:fs/promises';
import type { Dataset } from '../../../lib/dataset';
import { MIB } from '../../../lib/dataset/units';
import type { UnknownField } from '../../../lib/rows';
import { type LoadedObject, loadObjects } from '../download/loader';
import type { GetSigner } from '../download/request-signer';
import type { Batch, Converter, LocalFiles, OutsidePartition } from '../protocol/converter';
import type { Erasure } from '../protocol/erasures';
import type { PartitionRef } from '../protocol/lake';
import { mergePolicy } from '../protocol/merge-policy';
import type { ObjectInfo, ObjectStore } from '../store/object-store';
import { type BatchCalls, convertRows, DuckDbBatch, removeSegments } from './batch';
import { Offer, runChecks } from './checked-load';
import { fetchKeys } from './deduplicate';
import { erasedSql } from './erasure-sql';
import { checkInputs } from './inputs';
import { localFiles } from './local-files';
import { copyTo, split } from './parquet-output';
import { rowsOfAll } from './parquet-rows';
import { rowBytesIfSorted } from './row-bytes';
import { exceptErased } from './row-checks';
import { type EngineLimits, EngineSession, literals } from './session';
import { fetchColumns } from './sparse-file';
import { assertSqlChecks } from './sql-checks';

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
  /** Rows of a batch that are put in quarantine because they fail checks: with more, batches are smaller. @default 100,000 */
  readonly maxFailingRows?: number;
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
  /** Objects that are loaded together at most. */
  #most = Number.POSITIVE_INFINITY;

  constructor(store: ObjectStore, curatedBucket: string, signer: GetSigner, settings: ConverterSettings) {
    this.#store = store;
    this.#curatedBucket = curatedBucket;
    this.#signer = signer;
    this.#settings = settings;
  }

  async load(ref: PartitionRef, objects: readonly ObjectInfo[], erasures: readonly Erasure[] = []): Promise<Batch> {
    const erased = erasures.length === 0 ? undefined : erasedSql(ref, erasures);
    const offer = new Offer(objects, this.#most);
    for (;;) {
      const batch = await this.#load(ref, offer, erased);
      if (batch !== undefined) {
        // Where many rows fail a check, batches are small, and then larger again.
        this.#most = 2 * offer.most;
        return batch;
      }
    }
  }

  /** Undefined: the offer is another one by now. */
  async #load(ref: PartitionRef, offer: Offer, erased: string | undefined): Promise<Batch | undefined> {
    const { dataset } = ref;
    const { limits, directory, onUnknownFields, ...settings } = this.#settings;
    const session = await EngineSession.open(limits, directory, settings.signal);
    try {
      const loader = { ...settings, dataset, directory: session.directory };
      await assertSqlChecks(session, dataset);
      const loaded = await loadObjects(this.#signer, offer.objects, loader);
      const sources = await checkInputs(session, dataset, loaded);
      if (typeof sources === 'number') {
        offer.limit((loaded.objects[sources] as LoadedObject).object);
        await session.close();
        return undefined;
      }
      const checks = dataset.checks && exceptErased(dataset.checks, erased);
      const checked =
        checks &&
        (await runChecks(session, dataset, checks, { loaded, sources, offer }, { ...loader, signer: this.#signer }));
      if (checks !== undefined && checked === undefined) {
        await session.close();
        return undefined;
      }
      onUnknownFields?.(sources.unknownFields, sources.otherUnknownFields);
      const convert = async () => {
        if (checked !== undefined) return checked.rows;
        const rows = await convertRows(session, dataset, sources);
        await removeSegments(sources);
        return rows;
      };
      const { inputs, complete } = offer.settle(checked?.inputs ?? sources.inputs, loaded);
      const contents = {
        inputs,
        complete,
        refused: loaded.refused,
        ...(checked && { checks: checked.checks }),
        convert,
        erased,
      };
      return new DuckDbBatch(session, ref, contents, this.#calls(session, dataset));
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  #calls(session: EngineSession, dataset: Dataset): BatchCalls {
    const { divideBytes, rewriteBytes, now, onOutsidePartition } = this.#settings;
    return {
      divideBytes: divideBytes ?? splitLimit(dataset),
      rewriteBytes: rewriteBytes ?? REWRITE_BYTES,
      fetchKeys: (files, prefix, keys) => fetchKeys(session, keys, this.#store, this.#curatedBucket, files, prefix),
      fetchColumns: (file, columns, name) =>
        fetchColumns(this.#store, this.#curatedBucket, file, columns, session, name),
      fetchFile: async ({ key, etag }, name) => {
        const path = session.path(name);
        await this.#store.getFile(this.#curatedBucket, key, etag, path);
        return path;
      },
      now: now ?? (() => new Date()),
      onOutsidePartition: onOutsidePartition ?? (() => undefined),
    };
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
      const target = session.path('merged.parquet');
      // Every column of a file stays, even one that the dataset no longer declares.
      const all = rowsOfAll(paths);
      const rowBytes = await rowBytesIfSorted(session, dataset, all);
      const written = await copyTo(session, dataset, `SELECT * FROM ${all}`, target, rowBytes);
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

/** Bytes above which a file is divided. It may exceed the target by a quarter: two halves of it would both be far below. */
export function splitLimit(dataset: Dataset): number {
  return Math.min(512 * MIB, mergePolicy(dataset).capBytes * 1.25);
}
