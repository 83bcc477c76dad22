import { INGEST_LEFT_OUT, INGEST_ROOMS } from '../../ingest/e2e/rooms'; // with ingest
import { projectFiles } from '../tools/sources';
import { below, type Room, suites } from './room';

/**
 * Each with the suites that are about it. Those that load a whole lake for everything, measure memory or play for minutes are left
 * out: what they find, named mistakes and proofs hold.
 */
export const ROOMS: readonly Room[] = [
  {
    name: 'dataset',
    code: ['lib/dataset'],
    suites: [
      ...suites(
        'test/dataset',
        'calendar',
        'declared',
        'derivations',
        'duckdb-types',
        'evolution',
        'ignored',
        'json-schema',
        'layout',
        'layout-template',
      ),
      ...suites('test/dataset', 'line-pattern', 'line-pattern-syntax', 'partitions', 'parts', 'path-values'),
      ...suites(
        'test/dataset',
        'placement',
        'problems',
        'raw-layouts',
        'raw-text',
        'sources',
        'sql-expression',
        'time-pattern',
      ),
      ...suites('test/dataset', 'schema-and-compaction', 'tables', 'text-format', 'text-tables', 'types'),
      'test/dataset/checks/*.test.ts',
    ],
  },
  {
    name: 'rows',
    code: ['lib/rows'],
    suites: ['test/rows/*.test.ts'],
  },
  {
    name: 'planning',
    code: [
      ...below('lambda/compaction', 'planning'),
      ...below('lambda/compaction/protocol', 'manifest.ts', 'merge-policy.ts'),
    ],
    suites: suites(
      'test/compaction',
      'manifest',
      'merge-policy',
      'pending',
      'planning',
      'planning-layouts.integration',
    ),
  },
  {
    name: 'protocol',
    code: [
      ...below(
        'lambda/compaction',
        'compactor.ts',
        'concurrency.ts',
        'limits',
        'planner.ts',
        'protocol',
        'runtime',
        'task',
      ),
      ...below('lambda/compaction/protocol', ':!manifest.ts', ':!merge-policy.ts'),
    ],
    suites: [
      ...suites(
        'test/compaction',
        'ages',
        'erase',
        'findings',
        'handlers',
        'limits',
        'plan-maintenance',
        'plan-writer',
        'planner',
        'planner-deadline',
        'planning',
      ),
      ...suites('test/compaction', 'refusals', 'rejected-lines', 'report', 'run-task', 'runtime-settings', 'telemetry'),
      'test/compaction/protocol/*.test.ts',
      ...suites('cli/test/verbs', 'erase-keys', 'erase-lines'),
    ],
  },
  {
    name: 'engine',
    code: below('lambda/compaction', 'engine'),
    suites: [
      'test/compaction/engine/*.test.ts',
      ...suites(
        'test/compaction',
        'engine-files.integration',
        'engine-lock',
        'event-times.integration',
        'freshness.integration',
        'layouts.integration',
        'parquet-*',
        'row-checks.integration',
        'row-checks-properties.integration',
        'sources.integration',
        'sql-checks',
      ),
    ],
  },
  {
    name: 'iceberg',
    code: ['lambda/iceberg', 'lib/iceberg'],
    suites: suites(
      'test/iceberg',
      'avro',
      'bounds',
      'committed',
      'conformity',
      'files',
      'footer',
      'format',
      'glue-catalog',
      'manifests',
      'mapping',
      'metadata',
      'publish',
      'publish-all',
      'publisher',
      'schema',
      'versions',
    ),
  },
  {
    name: 'downloads',
    code: below('lambda/compaction', 'download', 'download-worker.ts', 'store'),
    suites: [
      ...suites(
        'test/compaction',
        'download-errors.integration',
        'downloads.integration',
        'list-page',
        'whole-objects',
      ),
      ...suites(
        'test/compaction/download',
        'batcher',
        'loader',
        'object-downloader',
        'request-signer',
        'response',
        'segments',
        'workers.integration',
      ),
      ...suites(
        'test/compaction/store',
        'bounded-requests',
        'contract.integration',
        'copies',
        'deletes',
        'key-order',
        'listings',
        'object-at',
        'requests',
        'uploads',
      ),
    ],
  },
  ...INGEST_ROOMS, // with ingest
];

/** Suites about the code of the rooms that are in none: for every mutant that survives they would be run to their end. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'test/compaction/change-data.integration.test.ts': 'runs whole lakes',
  'test/compaction/change-interleavings.integration.test.ts': 'plays for long',
  'test/compaction/change-sets.integration.test.ts': 'runs whole lakes',
  'test/compaction/compactor.integration.test.ts': 'runs whole lakes',
  'test/compaction/crash.integration.test.ts': 'runs whole lakes',
  'test/compaction/deadline.integration.test.ts': 'runs whole lakes',
  'test/compaction/explore/explore.integration.test.ts': 'plays for a minute',
  'test/compaction/hold.integration.test.ts': 'runs whole lakes',
  'test/compaction/protocol-interleavings.integration.test.ts': 'plays for long',
  'test/compaction/replay.integration.test.ts': 'runs whole lakes',
  'test/compaction/set-aside.integration.test.ts': 'runs whole lakes',
  'test/compaction/throttling.integration.test.ts': 'runs whole lakes',
  'test/compaction/ties.integration.test.ts': 'runs whole lakes',
  'test/dataset/config.test.ts': 'builds and starts programs',
  'test/rows/abuse.test.ts': 'fills memory',
  'test/rows/dialects.integration.test.ts': 'is random, and plays for long',
  'test/rows/fuzz.integration.test.ts': 'is random, and plays for long',
  'test/rows/fuzz-compressed.integration.test.ts': 'is random, and plays for long',
  'test/rows/json-records.integration.test.ts': 'is random, and plays for long',
  'test/rows/longest.test.ts': 'fills memory',
  'test/rows/pattern-rows.integration.test.ts': 'is random, and plays for long',
  'test/rows/plain-rows.integration.test.ts': 'is random, and plays for long',
  'test/rows/row-reader.integration.test.ts': 'is random, and plays for long',
  'test/rows/sources.integration.test.ts': 'is random, and plays for long',
  'test/rows/usual-lines.integration.test.ts': 'is random, and plays for long',
  ...INGEST_LEFT_OUT, // with ingest
};

/** The room's files whose path contains one of the texts. */
export const filesOf = ({ code }: Room, texts: readonly string[] = ['']): readonly string[] =>
  projectFiles(...code).filter((file) => file.endsWith('.ts') && texts.some((text) => file.includes(text)));
