// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of sources
import type { Mistake } from '../mistake';

const engine = (name: string): string => `lambda/compaction/engine/${name}.ts`;
const rows = ['test/compaction/row-checks.integration.test.ts'];
const hold = ['test/compaction/hold.integration.test.ts'];

export const CHECKS: readonly Mistake[] = [
  {
    name: 'checks: a value that is null fails',
    file: engine('row-checks'),
    find: '`coalesce(NOT (${sql}), false)`',
    replace: '`coalesce(NOT (${sql}), true)`',
    tests: rows,
    titles: 'rows that fail are in quarantine',
  },
  {
    name: 'checks: an expression that ends in an error passes',
    file: engine('row-checks'),
    find: 'IS NOT FALSE) IS NOT TRUE`',
    replace: 'IS NOT FALSE) IS FALSE`',
    tests: rows,
    titles: 'null passes, false fails',
  },
  {
    name: 'checks: rows in quarantine count as warned too',
    file: engine('row-checks'),
    find: " AND NOT ${any('quarantine')}) AS warn`",
    replace: ') AS warn`',
    tests: rows,
    titles: 'a check that warns only counts',
  },
  {
    name: 'checks: rows of the second file of an object are taken for those of the first',
    file: engine('row-checks'),
    find: 'vetoes.set(start + number - first, reason);',
    replace: 'vetoes.set(number, reason);',
    tests: rows,
    titles: 'rows that fail are in quarantine',
  },
  {
    name: 'checks: values should be unique in a commit alone',
    file: 'lib/dataset/row-checks.ts',
    find: ' || uniqueChecks(dataset).length > 0;',
    replace: ';',
    tests: rows,
    titles: 'against the files of the partition',
  },
  {
    name: 'checks: NaN is in every range without a maximum',
    file: 'lib/dataset/checks/row-checks.ts',
    find: '[`NOT isnan(${sql})`]',
    replace: '[]',
    tests: ['test/compaction/row-checks-properties.integration.test.ts'],
    titles: 'NaN is in no range',
  },
  {
    name: 'checks: an expression may use the time of day',
    file: engine('sql-checks'),
    find: "stability === 'CONSISTENT'",
    replace: "stability !== ''",
    tests: ['test/compaction/sql-checks.test.ts'],
    titles: 'is refused',
  },
  {
    name: 'checks: an expression may be a query',
    file: engine('sql-checks'),
    find: 'parts.find((part) => !CLASSES.has(part.class))',
    replace: "parts.find((part) => part.class === 'PARAMETER')",
    tests: ['test/compaction/sql-checks.test.ts'],
    titles: 'is refused',
  },
  {
    name: 'checks: expressions are not looked at before a task',
    file: engine('duckdb-converter'),
    find: '      await assertSqlChecks(session, dataset);\n',
    replace: '',
    tests: rows,
    titles: 'fails the task before',
  },
  {
    name: 'checks: a partition that waits does so until somebody deletes its mark',
    file: 'lambda/compaction/protocol/hold.ts',
    find: 'Date.parse(hold.at) + RETRY_MILLIS',
    replace: 'Number.POSITIVE_INFINITY',
    tests: hold,
    titles: 'waits for six hours',
  },
  {
    name: 'checks: a partition does not wait, so that each run fails again',
    file: 'lambda/compaction/task/run-task.ts',
    find: 'if (error instanceof ChecksFailedError) await writeHold(lake, ref, error);',
    replace: '',
    tests: hold,
    titles: 'waits for six hours',
  },
  {
    name: 'checks: a corrected check waits like the old one',
    file: 'lambda/compaction/protocol/hold.ts',
    find: 'hold.checks !== digestOf(ref.dataset)',
    replace: 'hold.checks === undefined',
    tests: hold,
    titles: 'the check is corrected',
  },
  {
    name: 'checks: an alarm hears nothing of a commit that failed',
    file: 'lambda/compaction/task/report.ts',
    find: '  telemetry.emitMetrics(dataset, { RowsRefused: error.rows });\n',
    replace: '',
    tests: ['test/compaction/report.test.ts'],
    titles: 'a task that has ended because rows fail a check says so of its dataset',
  },
];
