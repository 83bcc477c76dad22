import type { Mistake } from '../mistake';

const check = (name: string): string => `cli/preflight/checks/${name}.ts`;
const test = (name: string): readonly string[] => [`cli/test/preflight/${name}.test.ts`];

export const PREFLIGHT: readonly Mistake[] = [
  {
    name: 'preflight: a stack that cannot be updated is fine',
    file: check('stack-states'),
    find: "if (status === 'UPDATE_ROLLBACK_FAILED') {",
    replace: "if (status === 'UPDATE_ROLLBACK_COMPLETE_FAILED') {",
    tests: test('stack-checks'),
    titles: 'UPDATE_ROLLBACK_FAILED',
  },
  {
    name: 'preflight: a stack of somebody else is taken for ours',
    file: check('stack-states'),
    find: 'if (resources.length === 0 || ',
    replace: 'if (resources.length >= 0 || ',
    tests: test('stack-checks'),
    titles: 'a stack of somebody else',
  },
  {
    name: 'preflight: names that are taken are free',
    file: check('name-collisions'),
    find: '!own.some((candidate) => isSame(candidate, resource))',
    replace: 'own.some((candidate) => isSame(candidate, resource))',
    tests: test('stack-checks'),
    titles: 'name-collisions Glue crawler',
  },
  {
    name: 'preflight: Lambda keeps nothing for functions that reserve nothing',
    file: check('lambda-concurrency'),
    find: 'const UNRESERVED_AT_LEAST = 100;',
    replace: 'const UNRESERVED_AT_LEAST = 0;',
    tests: test('quota-checks'),
    titles: 'lambda-concurrency',
  },
  {
    name: 'preflight: the assets of a deployment go to an open bucket of somebody else',
    file: check('bootstrap'),
    find: ', ExpectedBucketOwner: account',
    replace: '',
    tests: test('account-checks'),
    titles: 'an open bucket of somebody else',
  },
  {
    name: 'preflight: what AWS lists on a second page is not there',
    file: check('iceberg-tables'),
    find: 'tables.push(...TableList);',
    replace: 'if (tables.length === 0) tables.push(...TableList);',
    tests: test('pages'),
    titles: 'tables, and places',
  },
  {
    name: 'preflight: --strict lets warnings pass',
    file: 'cli/preflight/main.ts',
    find: 'exitCode(count(findings), options.isStrict)',
    replace: 'exitCode(count(findings), false)',
    tests: test('preflight'),
    titles: '--strict decides',
  },
];
