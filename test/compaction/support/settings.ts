import { LOCAL_S3 } from '../../../cli/lake';
import { type CompactionSettings, type Environment, readSettings } from '../../../lambda/compaction/runtime/settings';
import type { TaskSettings } from '../../../lambda/compaction/task/run-task';

/** Buckets as most servers of these tests have them. */
export const BUCKETS = { RAW_BUCKET: 'raw', CURATED_BUCKET: 'curated', QUARANTINE_BUCKET: 'quarantine' } as const;

/** What a function is told by these variables, before an S3 server of the test. */
export const settingsFor = (endpoint: string, variables: Environment = {}): CompactionSettings => ({
  ...readSettings({ ...BUCKETS, ...variables }),
  s3: { endpoint, ...LOCAL_S3 },
});

/** A disk that no task of these tests fills. */
export const AMPLE: TaskSettings = { maxLocalBytes: 2560 * 1024 * 1024 };
