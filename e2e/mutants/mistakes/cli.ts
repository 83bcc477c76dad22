import type { Mistake } from '../mistake';

const checks = ['cli/test/own-checks.integration.test.ts'];
const accounting = ['cli/test/accounting.test.ts'];
const query = ['cli/test/query.integration.test.ts'];

/** The local lake and its query command. */
export const CLI: readonly Mistake[] = [
  {
    name: 'local lake: unequal answers are no problem of the run',
    file: 'cli/run.ts',
    find: 'if (!equal && conflictingKeys === 0) {',
    replace: 'if (!equal && conflictingKeys < 0) {',
    tests: checks,
    titles: 'an engine that changes a value',
  },
  {
    name: 'local lake: missing rows are no problem of the run',
    file: 'cli/accounting.ts',
    find: 'if (unaccounted !== 0) {',
    replace: 'if (unaccounted < 0) {',
    tests: accounting,
    titles: 'a lost row is found',
  },
  {
    name: 'local lake: other rows than came in are no problem of the run',
    file: 'cli/accounting.ts',
    find: '(raw?.digest ?? NO_DIGEST) !== (out?.digest ?? NO_DIGEST)',
    replace: 'raw?.rows !== out?.rows',
    tests: accounting,
    titles: 'one row in place of another',
  },
  {
    name: 'local lake: a run of which nothing was accepted is a success',
    file: 'cli/accepted.ts',
    find: 'least === undefined ? rowsAccepted > 0',
    replace: 'least === undefined ? rowsAccepted >= 0',
    tests: ['cli/test/own-files.integration.test.ts'],
    titles: 'nothing accepted is not a success no row fits',
  },
  {
    name: 'local lake: projection takes numbers outside of its range',
    file: 'cli/tables/projection.ts',
    find: 'number >= from && number <= to && ',
    replace: '',
    tests: ['cli/test/tables.test.ts'],
    titles: 'an integer key matches',
  },
  {
    name: 'query: the engine is not locked',
    file: 'cli/query-main.ts',
    find: '      await engine.lock([join(root, BUCKETS.curated), scratch]);\n',
    replace: '',
    tests: query,
    titles: 'the lock sniff_csv',
  },
  {
    name: 'query: statements that write run',
    file: 'cli/query-guard.ts',
    find: "if (kind !== 'SELECT')",
    replace: "if (kind === 'SELECT' && kinds.length > 1)",
    tests: query,
    titles: 'the lock (?:CREATE|PRAGMA)',
  },
  {
    name: 'query: an injected key needs no equality',
    file: 'cli/query-guard.ts',
    find: 'if (!filters.some((filter) => equality(key).test(filter))) throw',
    replace: 'if (key === table) throw',
    tests: query,
    titles: 'an injected key without',
  },
  {
    name: 'query: values steer the terminal',
    file: 'cli/query-main.ts',
    find: 'visible(typeof value',
    replace: 'String(typeof value',
    tests: query,
    titles: 'are shown escaped',
  },
  {
    name: 'verbs: a plan without --yes is carried out',
    file: 'cli/verbs/verb.ts',
    find: 'const mayChange = changes && values.yes === true;',
    replace: 'const mayChange = changes;',
    tests: ['cli/test/verbs/plan.integration.test.ts'],
    titles: 'deletes only with --yes',
  },
  {
    name: 'verify: a file that is listed twice is none',
    file: 'cli/verbs/verify/manifest-text.ts',
    find: 'if (files.includes(key)) twice.add(key);',
    replace: 'if (files.includes(key)) problems.length = 0;',
    tests: ['cli/test/verbs/verify.integration.test.ts'],
    titles: 'a file that is listed twice',
  },
  {
    name: 'verify: a file that queries may still read is an orphan',
    file: 'cli/verbs/verify/partition.ts',
    find: 'if (replaced < before) break;',
    replace: 'if (replaced < Number.POSITIVE_INFINITY) break;',
    tests: ['cli/test/verbs/verify.integration.test.ts'],
    titles: 'merged away within the grace',
  },
];
