import { projectFiles } from '../tools/sources';

/** A part of the code in which every mutant is made, and the suites that are its tests. */
export interface Room {
  readonly name: string;
  /** Files, or folders of them, from the root of the project. */
  readonly code: readonly string[];
  /** Glob patterns of its suites, from the root. Those that reach a mutant are run for it until a test fails. */
  readonly suites: readonly string[];
}

const compaction = (...names: readonly string[]): readonly string[] => names.map((name) => `lambda/compaction/${name}`);
const suites = (folder: string, ...names: readonly string[]): readonly string[] =>
  names.map((name) => `test/${folder}/${name}.test.ts`);

/** Suites that load a whole lake, measure memory or play for minutes stay out: what they find, named mistakes and proofs hold. */
export const ROOMS: readonly Room[] = [
  { name: 'client', code: ['client'], suites: suites('client', 'answer', 'client', 'options', 'room') },
  { name: 'dataset', code: ['lib/dataset'], suites: ['test/dataset/**/*.test.ts'] },
  { name: 'rows', code: compaction('lines'), suites: ['test/lines/*.test.ts'] },
  {
    name: 'compaction',
    code: compaction(
      ...['compactor.ts', 'concurrency.ts', 'download', 'download-worker.ts', 'engine', 'limits', 'planner.ts'],
      ...['planning', 'protocol', 'runtime', 'store'],
    ),
    suites: [
      ...suites('compaction', 'compactor', 'crash', 'deadline', 'download-errors', 'downloads', 'engine-files'),
      ...suites('compaction', 'engine-lock', 'event-times', 'findings', 'manifest', 'merge-policy', 'parquet-engine'),
      ...suites('compaction', 'parquet-names', 'parquet-nested', 'parquet-types', 'planner', 'planning', 'set-aside'),
      ...suites('compaction/store', 'contract'),
    ],
  },
  {
    name: 'gateway',
    code: ['service/ingest'],
    suites: [
      ...suites('ingest', 'admission', 'cognito-tokens', 'confined-tokens', 'conflict', 'events', 'hostile-bodies'),
      ...suites('ingest', 'hostile-events', 'http', 'keys', 'pipelines', 'rate', 'refused-requests', 'settings'),
      ...suites('ingest', 'store-bucket', 'tokens', 'turns'),
    ],
  },
];

/** The room's files whose path contains the text. */
export const filesOf = ({ code }: Room, text = ''): readonly string[] =>
  projectFiles(...code).filter((file) => file.endsWith('.ts') && file.includes(text));
