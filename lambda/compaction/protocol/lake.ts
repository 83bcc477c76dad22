import type { Dataset } from '../../../lib/dataset';
import type { ObjectStore } from '../store/object-store';

export interface LakeBuckets {
  readonly raw: string;
  readonly curated: string;
  readonly quarantine: string;
}

/** What every step of the protocol works on. */
export interface Lake {
  readonly store: ObjectStore;
  readonly buckets: LakeBuckets;
  /** The current time; tests replace it. */
  readonly now: () => Date;
  /** Waits some milliseconds; tests do not wait. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Called when a new version of a manifest is there, before anything else is done. @default nobody hears of it */
  readonly committed?: (commit: Commit) => void;
}

/** A new version of a manifest. */
export interface Commit {
  /** The transaction, by which its data files are named. Undefined when it adds none. */
  readonly id: string | undefined;
  readonly dataset: string;
  readonly partition: string;
  /** Data files. */
  readonly added: number;
  readonly removed: number;
}

/** One partition of one dataset: the unit of a transaction. */
export interface PartitionRef {
  readonly dataset: Dataset;
  /** Hive path without a trailing slash: `year=2026/month=06/day=15`. */
  readonly partition: string;
}

/** In messages: `orders/year=2026/month=06/day=15`. */
export const nameOf = ({ dataset, partition }: PartitionRef): string => `${dataset.name}/${partition}`;
