import type { RowCounts } from '../lambda/compaction/protocol/result';
import type { Accepted } from './accepted';
import type { Figures, PartitionFigures } from './accounting';
import type { CompactionReport } from './compact';
import type { Scaled } from './estimate/scale';
import type { IcebergFigures } from './iceberg/publish';
import type { PostedCounts } from './posted';
import type { QueryResult } from './query';

/**
 * Everything that a run found out: what `--json` writes, and what the report and the table are made from. Bytes as
 * stored, times in seconds, dollars in USD. Fields are only ever added as long as `formatVersion` stays 1.
 */
export interface RunResult {
  readonly formatVersion: 1;
  readonly dataset: string;
  /** True when every row is accounted for, no answer differs without reason, and enough rows were accepted: exit code 0. */
  readonly ok: boolean;
  /** What is wrong, in words. */
  readonly problems: readonly string[];
  /** How many rows were fit to be data. When that is all that is wrong, the exit code is 3. */
  readonly accepted: Accepted;
  readonly input: InputSummary;
  /** The whole lake, earlier runs on the same kept folder included. */
  readonly total: Figures;
  readonly partitions: readonly PartitionFigures[];
  /** Partitions whose raw files cannot be read back together; their duplicates are those that compaction reported. */
  readonly unreadPartitions: readonly string[];
  readonly quarantine: {
    /** The first few lines, for a look; all of them are in the quarantine bucket. */
    readonly lines: readonly QuarantinedLine[];
    /** Every object that is there as a whole. */
    readonly objects: readonly Omit<QuarantinedLine, 'line' | 'object'>[];
  };
  readonly queries: readonly QueryResult[];
  /** With `--scale`, if there was raw data: the same at that scale. */
  readonly scaled?: Scaled;
  readonly compaction: {
    readonly tasks: number;
    /** What the handlers of this run reported; the figures above are counted independently of it. */
    readonly reported: RowCounts;
    /** Data files that this run merged into fewer. */
    readonly filesReplaced: number;
    readonly filesWritten: number;
    /** Members and columns without a declared column, the most frequent first: counted, not stored. */
    readonly undeclared: CompactionReport['undeclared'];
    /** Occurrences of those that are not listed by name. */
    readonly otherUndeclared: number;
    /** Partitions with event times more than a day outside of them. */
    readonly outsidePartition: CompactionReport['outsidePartition'];
    /** Raw objects outside of every partition, which compaction leaves alone. */
    readonly unplacedObjects: number;
    /** Keys of the first twenty of them. */
    readonly unplacedNames: readonly string[];
  };
  /** Null: the dataset is no Iceberg table. */
  readonly iceberg: IcebergFigures | null;
  /** Wall time by step. */
  readonly seconds: {
    readonly load: number;
    readonly compact: number;
    readonly query: number;
    readonly total: number;
  };
  /** Largest memory of this process. */
  readonly peakMemoryBytes: number;
}

export interface QuarantinedLine {
  readonly partition: string;
  /** Path of the input file; for generated data, key of the raw object. */
  readonly source: string;
  /** Raw object that the line number counts in, when the file was split by event time; null: it counts in the source. */
  readonly object: string | null;
  /** 1-based; for CSV the line where the record starts, for Parquet the row. */
  readonly line: number;
  readonly reason: string;
}

export interface InputSummary {
  readonly kind: 'generated' | 'files' | 'kept';
  /** Files found (or generated), and how many of them an earlier run on the same kept folder had loaded. */
  readonly files: number;
  readonly alreadyTaken: number;
  /** With `--through-ingest`: what the gateway answered, by rows. */
  readonly posted?: PostedCounts;
  /** What this run put into the raw zone. */
  readonly objectsLoaded: number;
  readonly rowsLoaded: number;
  readonly bytesLoaded: number;
  /** Files left out, with the reason. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}
