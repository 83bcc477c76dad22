// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of sources
import type { Mistake } from '../mistake';

const engine = (name: string): string => `lambda/compaction/engine/${name}.ts`;
const lock = ['test/compaction/engine-lock.test.ts'];
const files = ['test/compaction/engine-files.integration.test.ts'];
const compactor = ['test/compaction/compactor.integration.test.ts'];

export const ENGINE: readonly Mistake[] = [
  {
    name: 'engine: external access is not switched off',
    file: engine('session'),
    find: "      'enable_external_access = false',\n",
    replace: '',
    tests: lock,
    titles: 'a session reads and writes',
  },
  {
    name: 'engine: the configuration is not locked',
    file: engine('session'),
    find: "      'lock_configuration = true',\n",
    replace: '',
    tests: lock,
    titles: 'a session reads and writes',
  },
  {
    name: 'engine: the folder above its own may be read',
    file: engine('session'),
    find: 'allowed_directories = [${quoteText(directory)}]',
    replace: 'allowed_directories = [${quoteText(parent)}]',
    tests: lock,
    titles: 'a session reads and writes',
  },
  {
    name: 'engine: no file is ever divided',
    file: engine('parquet-output'),
    find: 'if (parts <= 1) return [path];',
    replace: 'if (parts >= 1) return [path];',
    tests: files,
    titles: 'that is a byte larger',
  },
  {
    name: 'engine: what a task writes is not divided',
    file: engine('duckdb-converter'),
    find: 'path, rows, this.#calls.divideBytes)',
    replace: 'path, rows, 2 ** 40)',
    tests: files,
    titles: 'that a task or a merge',
  },
  {
    name: 'engine: what a merge writes is not divided',
    file: engine('duckdb-converter'),
    find: 'this.#settings.divideBytes ?? splitLimit(dataset));',
    replace: '2 ** 40);',
    tests: files,
    titles: 'that a task or a merge',
  },
  {
    name: 'engine: a footer above 256 KiB is not read whole',
    file: engine('sparse-file'),
    find: 'if (footer > tail.length) tail',
    replace: 'if (footer < 0) tail',
    tests: files,
    titles: 'a footer of more than 256 KiB',
  },
  {
    name: 'engine: of rows with one key the last event stays',
    file: engine('deduplicate'),
    find: '${quoteIdentifier(dataset.eventTime)}, file_row_number) AS',
    replace: '${quoteIdentifier(dataset.eventTime)} DESC, file_row_number) AS',
    tests: compactor,
    titles: 'keeps a row once within a task',
  },
  {
    name: 'engine: keys that the partition holds already are not looked up',
    file: engine('deduplicate'),
    find: 'if (base.length > 0) {',
    replace: 'if (base.length < 0) {',
    tests: compactor,
    titles: 'keeps a row once when it arrives again',
  },
  {
    name: 'engine: files are not sorted',
    file: engine('parquet-output'),
    find: "return dataset.sortBy.length === 0 ? ''",
    replace: "return dataset.sortBy.length >= 0 ? ''",
    tests: compactor,
    titles: 'is sorted, in row groups',
  },
  {
    name: 'planner: objects under the name of no dataset are not looked for',
    file: 'lambda/compaction/planning/write-plan.ts',
    find: '  await findUndeclared(lake, declared, undeclared);\n',
    replace: '',
    tests: ['test/compaction/planner.test.ts'],
    titles: 'objects outside of every partition',
  },
  {
    name: 'planner: unplaced objects are always reported as 0',
    file: 'lambda/compaction/planning/write-plan.ts',
    find: 'UnplacedObjects: summary.unplaced,',
    replace: 'UnplacedObjects: 0 * summary.unplaced,',
    tests: ['test/compaction/planner.test.ts'],
    titles: 'objects outside of every partition',
  },
  {
    name: 'planner: the age is that of the youngest pending object',
    file: 'lambda/compaction/planning/plan-compaction.ts',
    find: 'object.lastModified < summary.oldest',
    replace: 'object.lastModified > summary.oldest',
    tests: ['test/compaction/planner.test.ts'],
    titles: 'the age is that of the oldest',
  },
  {
    name: 'planner: names that begin with _ are planned',
    file: 'lambda/compaction/planning/pending.ts',
    find: "if (hidden) return { kind: 'unplaced'",
    replace: "if (!hidden && depth < 0) return { kind: 'unplaced'",
    tests: ['test/compaction/planning.test.ts'],
    titles: 'data outside of any partition',
  },
];
