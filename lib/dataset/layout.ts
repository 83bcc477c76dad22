/**
 * Where everything lives in the lake's buckets. The one place that spells a key; stacks (policies, lifecycle rules,
 * table locations), handlers and the local lake all import it.
 *
 * `partition` is always the Hive path of a partition without a trailing slash, e.g. `year=2026/month=06/day=15`.
 */

/** Raw bucket: the inbox. An object under it is pending work. */
export const RAW_PREFIX = 'raw/';
/** Curated bucket: Parquet data files. */
export const DATA_PREFIX = 'data/';
/** Curated bucket: one manifest object a partition, the only commit point. */
export const MANIFEST_PREFIX = 'manifests/';
/** Curated bucket: one commit intent for each data file whose raw inputs are not all deleted yet. */
export const RECORD_PREFIX = 'records/';
/** Curated bucket: plans that a planner run writes for the Distributed Map. Expire after days. */
export const PLAN_PREFIX = 'plans/';
export const PLAN_MODES = ['compact', 'maintain'] as const;
/** `compact` consumes raw objects; `maintain` merges, expires and vacuums. */
export type PlanMode = (typeof PLAN_MODES)[number];
/** Curated bucket: how far the planner came, one small object for each mode. */
export const PROGRESS_PREFIX = 'progress/';
export const progressKey = (mode: PlanMode): string => `${PROGRESS_PREFIX}${mode}.json`;
/** Curated bucket: raw objects that S3 refused to return, by run. They expire after days without a refusal. */
export const SET_ASIDE_PREFIX = 'set-aside/';
/** Days without a refusal after which a bucket rule forgets it: much more than the hours between two tries. */
export const SET_ASIDE_DAYS = 7;
/** Curated bucket: the newest event time of each dataset with `freshness`. */
export const NEWEST_PREFIX = 'newest/';
/** Curated bucket: what imports have copied into the inbox, by import. */
export const IMPORT_PREFIX = 'imports/';
export const importPrefix = (id: string): string => `${IMPORT_PREFIX}${id}/`;
/** Curated bucket: partitions that an unfinished `npm run lake -- replay` has rebuilt. */
export const REPLAY_PREFIX = 'replays/';
/** Curated bucket: what was erased, so that a replay leaves it out; expires once no raw version can have it. */
export const ERASURE_PREFIX = 'erasures/';
/** Curated bucket: metadata of Iceberg tables, by dataset. No engine may take it for the place of the data. */
export const ICEBERG_PREFIX = 'iceberg/';
/** What the vacuum has to know about the snapshots of a dataset. */
export const publishedKey = (dataset: string): string => `${ICEBERG_PREFIX}${dataset}/published.json`;
/** Quarantine bucket: rejected lines, one object for each raw object that has some. */
export const REJECTED_LINES_PREFIX = 'lines/';
/** Quarantine bucket: objects that could not be read at all, kept byte for byte. */
export const REJECTED_OBJECTS_PREFIX = 'objects/';

/** The dataset in metrics of raw objects that are under no dataset's name. No dataset can have this name. */
export const UNDECLARED = '(undeclared)';

/** Exactly one object may exist under a partition's manifest prefix; the engine reads every one that it finds there. */
export const MANIFEST_NAME = 'manifest';

export const rawPrefix = (dataset: string, partition = ''): string => join(RAW_PREFIX, dataset, partition);
export const dataPrefix = (dataset: string, partition = ''): string => join(DATA_PREFIX, dataset, partition);
export const manifestPrefix = (dataset: string, partition = ''): string => join(MANIFEST_PREFIX, dataset, partition);
export const recordPrefix = (dataset: string, partition = ''): string => join(RECORD_PREFIX, dataset, partition);
export const setAsidePrefix = (dataset: string, partition = ''): string => join(SET_ASIDE_PREFIX, dataset, partition);
export const newestPrefix = (dataset: string): string => join(NEWEST_PREFIX, dataset, '');
export const replayPrefix = (dataset: string, partition = ''): string => join(REPLAY_PREFIX, dataset, partition);
export const erasurePrefix = (dataset: string): string => join(ERASURE_PREFIX, dataset, '');
/** Where a retry of quarantine tells that it is at work. */
export const retryPrefix = (dataset: string): string => join('retries/', dataset, '');
export const rejectedLinesPrefix = (dataset: string, partition = ''): string =>
  join(REJECTED_LINES_PREFIX, dataset, partition);
export const rejectedObjectsPrefix = (dataset: string, partition = ''): string =>
  join(REJECTED_OBJECTS_PREFIX, dataset, partition);

export const manifestKey = (dataset: string, partition: string): string =>
  `${manifestPrefix(dataset, partition)}${MANIFEST_NAME}`;

function join(root: string, dataset: string, partition: string): string {
  return partition === '' ? `${root}${dataset}/` : `${root}${dataset}/${partition}/`;
}
