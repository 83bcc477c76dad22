import type { Mistake } from '../../../e2e/mutants/mistake';

const tests = ['ingest/test/smoke/ingest.integration.test.ts'];
const rows = 'cli/smoke/own-rows.ts';

/** What the smoke test may delete of a partition where others write as well. */
export const SMOKE: readonly Mistake[] = [
  {
    name: 'smoke: committed rows of others are deleted with those of the smoke test',
    file: rows,
    find: "if (row !== undefined && row.others !== '0') return undefined;",
    replace: '',
    tests,
    titles: 'rows of the smoke test go',
  },
  {
    name: 'smoke: objects of others are deleted with those of the smoke test',
    file: rows,
    find: 'if (found?.etag === object.etag && isOwn(object.key, found.body, mark)) own.push(object);',
    replace:
      "if (found?.etag === object.etag && (isOwn(object.key, found.body, mark) || mark !== '')) own.push(object);",
    tests,
    titles: 'rows of the smoke test go',
  },
  {
    name: 'smoke: an acknowledged event that is missing is not noticed',
    file: 'ingest/smoke/send.ts',
    find: 'const missing = ids.filter((one) => !found.has(one));',
    replace: 'const missing = ids.filter(() => false);',
    tests,
    titles: 'what an instance acknowledged goes with it',
  },
  {
    name: 'smoke: an image that is not rolled back is not noticed',
    file: 'ingest/smoke/rollback.ts',
    find: "if (ended.Status === 'RollbackSuccessful') return;",
    replace: "if (ended.Status !== 'Successful') return;",
    tests,
    titles: 'the rollback fails',
  },
];
