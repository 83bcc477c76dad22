import type { KeyRange } from '../protocol/key-ranges';

/** By what logs name a task. The planner gives both to each task. */
export interface TaskIds {
  /** The execution that planned it: a repeated task is of the same run. Absent: a run of its own. */
  readonly run?: string;
  /** Number in the plan, from 1. Absent: outside of plans. */
  readonly id?: number;
}

/** Compacts the pending raw objects of one partition whose keys lie in ranges. */
export interface CompactTask extends TaskIds {
  readonly kind: 'compact';
  readonly dataset: string;
  /** Hive path, `year=2026/month=06/day=15`. */
  readonly partition: string;
  /** Where they lie, in the layout of their producers; `after` and `through` are absent then. Absent: in Hive folders. */
  readonly ranges?: readonly KeyRange[];
  /** Only keys after this one. Absent: from the start. */
  readonly after?: string;
  /** Only keys up to this one. Absent: to the end, including objects that arrive after planning. */
  readonly through?: string;
}

/** Merges undersized files of one partition, empties it when its retention is over, and vacuums. */
export interface MaintainTask extends TaskIds {
  readonly kind: 'maintain';
  readonly dataset: string;
  readonly partition: string;
}

/**
 * One item of the Distributed Map. A task names ranges, not objects: it stays small for any number of objects, and
 * the compactor sees the objects as they are when it runs.
 */
export type CompactionTask = CompactTask | MaintainTask;
