import type { FaultCounts } from './faults';
import type { Delivered } from './producer';
import type { Work } from './workers';

/** What the lake holds in the end. */
export interface Found {
  /** How often each id is visible, by dataset. */
  readonly ids: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** The version of each id of the changed rows. */
  readonly versions: ReadonlyMap<string, number>;
  readonly quarantined: readonly string[];
  readonly pending: readonly string[];
  /** Objects of the curated zone that nothing refers to, after a vacuum. */
  readonly leftOver: readonly string[];
}

/** What happened while workers were killed. */
export interface Events {
  readonly delivered: Delivered;
  readonly work: Work;
  readonly faults: FaultCounts;
  /** Queries meanwhile, and what was wrong with their answers. */
  readonly queries: { count: number; wrong: string[] };
}

export interface KillResult extends Events {
  readonly found: Found;
}
