import { INGEST_ROOMS } from '../../ingest/e2e/rooms'; // with ingest
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
    // Without the suite that builds and starts programs of it.
    suites: [
      ...suites('test/dataset', 'calendar', 'derivations', 'duckdb-types', 'ignored', 'json-schema', 'layout'),
      ...suites('test/dataset', 'line-pattern', 'partitions', 'path-values', 'placement', 'raw-layouts', 'sources'),
      ...suites('test/dataset', 'schema-and-compaction', 'tables', 'text-tables', 'types'),
      'test/dataset/checks/*.test.ts',
    ],
  },
  {
    name: 'rows',
    code: ['lib/rows'],
    // Without those that fill memory.
    suites: [
      ...suites(
        'test/rows',
        'calendar',
        'column-value',
        'csv',
        'json-records.integration',
        'look-alikes',
        'properties',
        'reader',
        'rules',
        'sql',
      ),
      ...suites('test/rows', 'sources.integration', 'strict', 'time-format', 'unsupported', 'usual-lines'),
      ...suites('test/rows', 'plain-rows', 'visible'),
    ],
  },
  {
    name: 'planning',
    code: [
      ...below('lambda/compaction', 'planning'),
      ...below('lambda/compaction/protocol', 'manifest.ts', 'merge-policy.ts'),
    ],
    suites: suites('test/compaction', 'manifest', 'merge-policy', 'pending', 'planning'),
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
    suites: suites(
      'test/compaction',
      'compactor.integration',
      'crash.integration',
      'deadline.integration',
      'findings',
      'planner',
      'planning',
      'set-aside.integration',
    ),
  },
  {
    name: 'engine',
    code: below('lambda/compaction', 'engine'),
    suites: suites(
      'test/compaction',
      'engine-files.integration',
      'engine-lock',
      'event-times.integration',
      'parquet-*',
    ),
  },
  {
    name: 'iceberg',
    code: ['lambda/iceberg', 'lib/iceberg'],
    suites: suites('test/iceberg', 'format', 'mapping', 'publish', 'publish-all'),
  },
  {
    name: 'downloads',
    code: below('lambda/compaction', 'download', 'download-worker.ts', 'store'),
    suites: [
      ...suites('test/compaction', 'download-errors.integration', 'downloads.integration'),
      ...suites('test/compaction/store', 'contract.integration'),
    ],
  },
  ...INGEST_ROOMS, // with ingest
];

/** The room's files whose path contains one of the texts. */
export const filesOf = ({ code }: Room, texts: readonly string[] = ['']): readonly string[] =>
  projectFiles(...code).filter((file) => file.endsWith('.ts') && texts.some((text) => file.includes(text)));
