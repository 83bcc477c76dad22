/** Sources of the planner's bundle, relative to the project. */
export const PLANNER_ENTRIES = ['lambda/compaction/planner.ts'];
/** Sources of the publisher's bundle. */
export const PUBLISHER_ENTRIES = ['lambda/iceberg/publisher.ts'];
/** Sources of the compactor's bundle: the handler, and the worker thread that it starts from the same folder. */
export const COMPACTOR_ENTRIES = ['lambda/compaction/compactor.ts', 'lambda/compaction/download-worker.ts'];
