import type { Rejection } from '../../../lib/rows';
import type { ObjectInfo } from '../store/object-store';
import type { Erasure } from './erasures';
import type { PartitionRef } from './lake';
import type { PinnedInput } from './names';

/**
 * The engine, as the protocol sees it: it turns raw objects into local Parquet files and never writes to the lake.
 * `DuckDbConverter` is the one that ships.
 */
export interface Converter {
  /**
   * Downloads objects, each only if it still has the listed ETag, and checks every line. It may stop early before memory
   * or disk runs out: objects that it did not consume stay pending. Runs the checks of the dataset: rows that fail one that
   * quarantines are among the rejected ones.
   *
   * @param erasures whose rows are left out of what is written. @default none
   * @throws ChecksFailedError when a row fails a check that fails the commit
   */
  load(ref: PartitionRef, objects: readonly ObjectInfo[], erasures?: readonly Erasure[]): Promise<Batch>;
  /** Merges data files of a partition into few; rows are kept exactly. */
  merge(ref: PartitionRef, files: readonly ObjectInfo[]): Promise<LocalFiles>;
}

/** Rows of a batch that fail checks of its dataset. */
export interface CheckCounts {
  /** Of the rows that are not in quarantine, duplicates included, those that fail a check that warns. */
  readonly rowsWarned: number;
  /** Of the rows in quarantine, those that are there because they fail a check. */
  readonly rowsFailed: number;
  /** Rows that fail each check, by its name; checks that no row fails are left out. */
  readonly failedChecks: Readonly<Record<string, number>>;
}

/** Raw objects on the local disk, read and checked. */
export interface Batch {
  readonly inputs: readonly LoadedInput[];
  /** Objects that S3 lists but refuses to return. They are not among the inputs. */
  readonly refused: readonly RefusedObject[];
  /** Whether every offered object was consumed, rejected, or found deleted or overwritten. */
  readonly complete: boolean;
  /** Rows that fail checks. @default the dataset has none */
  readonly checks?: CheckCounts | undefined;
  /**
   * Writes the rows as Parquet, without those whose dedupe key is in `base` or came earlier in this batch.
   * May be called again with another base.
   */
  write(base: readonly ObjectInfo[]): Promise<LocalFiles>;
  /**
   * For a dataset whose rows supersede each other: works out what the rows change in the partition's files, without writing
   * any. May be called again with another base.
   */
  change(base: readonly ObjectInfo[]): Promise<Changes>;
  /** Frees the local disk. */
  dispose(): Promise<void>;
}

/**
 * What a batch changes in the files of a partition. The rows that stay, and the deletions that are remembered, are the largest
 * of each key in a total order over rows: so they are the same whatever was applied before, in whatever order, and a part of
 * the rewrites may be committed ahead of the rest.
 */
export interface Changes {
  /** Files with superseded rows, in the order of the base; no more than one commit should rewrite. */
  readonly rewrites: readonly Rewrite[];
  /** Whether these are all of them. If not, another call returns the rest once these are committed. */
  readonly complete: boolean;
  /** Rows of keys that are in no file. */
  readonly added: number;
  /** Rows of the batch for whose key there is a later or equal row. */
  readonly superseded: number;
  /** Rows of the batch that delete their key. */
  readonly deletions: number;
  /** Whether there are deletions that the base does not remember. */
  readonly buries: boolean;
  readonly rowsOutsidePartition: number;
  /** As in {@link LocalFiles}. */
  readonly erased?: number | undefined;
  /** As in {@link LocalFiles}. */
  readonly newestEvent?: number | undefined;
  /** Rewrites a file: without superseded rows, and with the later ones of their keys. */
  rewrite(file: ObjectInfo): Promise<LocalFiles>;
  writeAdded(): Promise<LocalFiles>;
  /** Writes the deletions of the base and of the batch. */
  writeTombstones(): Promise<LocalFiles>;
  dispose(): Promise<void>;
}

export interface Rewrite {
  readonly file: ObjectInfo;
  /** Superseded rows. */
  readonly removed: number;
  /** Rows of the batch that are written into the file. */
  readonly placed: number;
}

export interface RefusedObject {
  readonly key: string;
  readonly etag: string;
  /** Status and code: `HTTP 403 AccessDenied`. */
  readonly error: string;
}

export interface LoadedInput extends PinnedInput {
  readonly size: number;
  /** Rows that fit the schema. */
  readonly accepted: number;
  /** For Parquet, the line is the row, from 1. `raw` is a copy. */
  readonly rejected: readonly Rejection[];
  /** Why the object could not be read at all; then it has no rows. */
  readonly unreadable?: string;
}

export interface LocalFiles {
  /** Paths in the order of their indexes; empty when there are no rows. */
  readonly paths: readonly string[];
  readonly rows: number;
  readonly duplicates: number;
  readonly bytes: number;
  /** Rows, duplicates included, whose event time is more than a day outside of the partition. @default 0 */
  readonly rowsOutsidePartition?: number;
  /** Rows of the batch that are left out because they were erased. @default 0 */
  readonly erased?: number | undefined;
  /**
   * Newest event time of the batch, epoch milliseconds, of those that are not in the future. Undefined: there is none, or the dataset has
   * no `freshness`.
   */
  readonly newestEvent?: number | undefined;
  /** Rows that repeat values which should be unique in the partition, by the name of the check. @default none */
  readonly repeats?: Readonly<Record<string, number>>;
  dispose(): Promise<void>;
}

/** Rows whose event time is more than a day outside of the partition that their path gave them. */
export interface OutsidePartition {
  readonly rows: number;
  /** Those that would lie within if their milliseconds were seconds. */
  readonly epochSeconds: number;
  /** One of the times, ISO 8601 in UTC. */
  readonly example: string;
}
