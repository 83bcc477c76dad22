import type { Mistake } from '../mistake';

const checks = ['test/local/own-checks.test.ts'];
const accounting = ['test/local/accounting.test.ts'];
const query = ['test/local/query.test.ts'];

/** The local lake and its query command. */
export const LOCAL: readonly Mistake[] = [
  {
    name: 'local lake: unequal answers are no problem of the run',
    file: 'local/run.ts',
    find: 'if (!equal && conflictingKeys === 0) {',
    replace: 'if (!equal && conflictingKeys < 0) {',
    tests: checks,
    titles: 'an engine that changes a value',
  },
  {
    name: 'local lake: rows acknowledged but missing in raw are no problem of the run',
    file: 'local/run.ts',
    find: 'posted.stored !== found) {',
    replace: 'posted.stored < found) {',
    tests: checks,
    titles: 'a gateway that acknowledges rows',
  },
  {
    name: 'local lake: missing rows are no problem of the run',
    file: 'local/accounting.ts',
    find: 'if (unaccounted !== 0) {',
    replace: 'if (unaccounted < 0) {',
    tests: accounting,
    titles: 'a lost row is found',
  },
  {
    name: 'local lake: other rows than came in are no problem of the run',
    file: 'local/accounting.ts',
    find: 'raw?.digest !== out?.digest',
    replace: 'raw?.rows !== out?.rows',
    tests: accounting,
    titles: 'one row in place of another',
  },
  {
    name: 'local lake: a run of which nothing was accepted is a success',
    file: 'local/accepted.ts',
    find: 'least === undefined ? rowsAccepted > 0',
    replace: 'least === undefined ? rowsAccepted >= 0',
    tests: ['test/local/own-files.test.ts'],
    titles: 'nothing accepted is no success no row fits',
  },
  {
    name: 'local lake: projection takes numbers outside of its range',
    file: 'local/tables/projection.ts',
    find: 'number >= from && number <= to && ',
    replace: '',
    tests: ['test/local/tables.test.ts'],
    titles: 'an integer key matches',
  },
  {
    name: 'query: the engine is not locked',
    file: 'local/query-main.ts',
    find: '      await engine.lock([join(root, BUCKETS.curated), scratch]);\n',
    replace: '',
    tests: query,
    titles: 'the lock sniff_csv',
  },
  {
    name: 'query: statements that write run',
    file: 'local/query-guard.ts',
    find: "if (kind !== 'SELECT')",
    replace: "if (kind === 'SELECT' && kinds.length > 1)",
    tests: query,
    titles: 'the lock (?:CREATE|PRAGMA)',
  },
  {
    name: 'query: an injected key needs no equality',
    file: 'local/query-guard.ts',
    find: 'if (!filters.some((filter) => equality(key).test(filter))) throw',
    replace: 'if (key === table) throw',
    tests: query,
    titles: 'an injected key without',
  },
  {
    name: 'query: values steer the terminal',
    file: 'local/query-main.ts',
    find: 'visible(typeof value',
    replace: 'String(typeof value',
    tests: query,
    titles: 'are shown escaped',
  },
];
