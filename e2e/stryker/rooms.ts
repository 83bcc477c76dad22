import { projectFiles } from '../tools/sources';

/** A part of the code in which every mutant is made, and the suites that are its tests. */
export interface Room {
  readonly name: string;
  /** Files, or folders of them, from the root of the project; with `:!` before them, those that are not meant. */
  readonly code: readonly string[];
  /** Glob patterns of its suites, from the root. Those that reach a mutant are run for it until a test fails. */
  readonly suites: readonly string[];
}

/** The same names below a folder. */
const below = (folder: string, ...names: readonly string[]): readonly string[] =>
  names.map((name) => (name.startsWith(':!') ? `:!${folder}/${name.slice(2)}` : `${folder}/${name}`));

const suites = (folder: string, ...names: readonly string[]): readonly string[] =>
  names.map((name) => `${folder}/${name}.test.ts`);

/**
 * Each with the suites that are about it. Those that load a whole lake for everything, measure memory or play for minutes are left
 * out: what they find, named mistakes and proofs hold.
 */
export const ROOMS: readonly Room[] = [
  // with ingest: begin
  {
    name: 'client',
    code: ['packages/ingest-client/src'],
    suites: suites('packages/ingest-client/test', 'answer', 'client', 'delivery', 'errors', 'options', 'semaphore'),
  },
  // with ingest: end
  {
    name: 'dataset',
    code: ['lib/dataset'],
    // Without the suite that builds and starts programs of it.
    suites: [
      ...suites('test/dataset', 'calendar', 'derivations', 'duckdb-types', 'json-schema', 'layout', 'partitions'),
      ...suites('test/dataset', 'path-values', 'schema-and-compaction', 'tables', 'types'),
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
        'look-alikes',
        'properties',
        'reader',
        'rules',
        'spanning',
        'sql',
      ),
      ...suites('test/rows', 'sources', 'strict', 'time-format', 'unsupported', 'visible'),
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
    suites: suites('test/compaction', 'compactor', 'crash', 'deadline', 'findings', 'planner', 'planning', 'set-aside'),
  },
  {
    name: 'engine',
    code: below('lambda/compaction', 'engine'),
    suites: suites('test/compaction', 'engine-files', 'engine-lock', 'event-times', 'parquet-*'),
  },
  {
    name: 'downloads',
    code: below('lambda/compaction', 'download', 'download-worker.ts', 'store'),
    suites: [
      ...suites('test/compaction', 'download-errors', 'downloads'),
      ...suites('test/compaction/store', 'contract'),
    ],
  },
  // with ingest: begin
  {
    name: 'gateway-limits',
    code: below('ingest/gateway', 'environment.ts', 'http/admission.ts', 'rate', 'settings.ts', 'work'),
    suites: suites('ingest/test/gateway', 'admission', 'rate', 'settings', 'store-bucket', 'turns'),
  },
  {
    name: 'gateway-tokens',
    code: below('ingest/gateway', 'auth'),
    suites: suites('ingest/test/gateway', 'cognito-tokens', 'confined-tokens', 'keys', 'tokens'),
  },
  {
    name: 'gateway-events',
    code: below('ingest/gateway', 'commit', 'events'),
    suites: suites('ingest/test/gateway', 'conflict', 'events', 'hostile-events', 'recent'),
  },
  {
    name: 'gateway-http',
    code: [
      'ingest/gateway',
      ...below('ingest/gateway', ':!auth', ':!commit', ':!environment.ts', ':!events', ':!http/admission.ts'),
      ...below('ingest/gateway', ':!rate', ':!settings.ts', ':!work'),
    ],
    suites: suites('ingest/test/gateway', 'events', 'hostile-bodies', 'http', 'pipelines', 'refused-requests'),
  },
  // with ingest: end
];

/** The room's files whose path contains one of the texts. */
export const filesOf = ({ code }: Room, texts: readonly string[] = ['']): readonly string[] =>
  projectFiles(...code).filter((file) => file.endsWith('.ts') && texts.some((text) => file.includes(text)));
