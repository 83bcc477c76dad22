import type { PathValues } from '../../../lib/dataset';
import type { Dataset, InputFormat } from '../../../lib/dataset/model';
import type { UnknownField, VetoList } from '../../../lib/rows';
import type { SignedRequest } from './request-signer';
import type { Segment } from './segments';

/** One object to download. Plain data, since it is sent between threads. */
export interface DownloadJob {
  readonly id: number;
  readonly request: SignedRequest;
  /** Bytes as listed. */
  readonly size: number;
  readonly format: InputFormat;
  /** Columns whose values come from its path, not from its rows. @default none */
  readonly columns?: PathValues | undefined;
  /** Of a second look at an object: rows that fit and are rejected all the same. No line is kept then. @default none */
  readonly vetoes?: VetoList | undefined;
}

export type DownloadOutcome =
  | {
      readonly status: 'taken';
      readonly id: number;
      readonly versionId: string | undefined;
      readonly accepted: number;
      readonly rejected: readonly RejectedBytes[];
      /** Bytes of the object's accepted rows on the local disk. */
      readonly localBytes: number;
      /** Set for Parquet: the local copy. Its rows are checked by the engine. */
      readonly parquet?: string;
      readonly unknownFields: readonly UnknownField[];
      /** Occurrences of undeclared fields that are not listed by name. */
      readonly otherUnknownFields: number;
    }
  | {
      readonly status: 'unreadable';
      readonly id: number;
      readonly versionId: string | undefined;
      readonly reason: string;
    }
  /** Deleted or rewritten since it was listed. */
  | { readonly status: 'changed'; readonly id: number }
  /** Not returned by S3, for a reason that lies in the object: another key, another owner, an archive class. */
  | { readonly status: 'refused'; readonly id: number; readonly error: string }
  | { readonly status: 'failed'; readonly id: number; readonly error: string; readonly retryable: boolean };

export interface RejectedBytes {
  readonly line: number;
  readonly record?: number;
  readonly offset?: number;
  readonly reason: string;
  /** A Buffer arrives in another thread as a plain Uint8Array. */
  readonly raw: Uint8Array;
}

export interface WorkerSettings {
  readonly dataset: Dataset;
  readonly directory: string;
  /** Distinguishes the files of workers that share a directory. */
  readonly name: string;
  /** Largest inflated size of one object, in bytes. A larger one is quarantined as a whole. */
  readonly maxObjectBytes: number;
  /** Time in which a download must make progress. @default 30 s */
  readonly stallMillis?: number | undefined;
}

export type WorkerRequest =
  | { readonly type: 'jobs'; readonly jobs: readonly DownloadJob[] }
  | { readonly type: 'finish' };
export type WorkerAnswer =
  | { readonly type: 'outcomes'; readonly outcomes: readonly DownloadOutcome[] }
  | { readonly type: 'finished'; readonly segments: readonly Segment[] };
