import type { Mistake } from '../mistake';

const destroy = ['cli/test/smoke/destroy.integration.test.ts'];
const command = ['cli/test/smoke/main.test.ts'];

export const SMOKE: readonly Mistake[] = [
  {
    name: 'smoke: a stage that holds rows is destroyed',
    file: 'cli/smoke/destroy/remains.ts',
    find: 'if (NO_DATA.test(key) || key === JOURNAL) continue;',
    replace: 'continue;',
    tests: destroy,
    titles: 'a stage that holds rows is refused',
  },
  {
    name: 'smoke: a stage that is named wrongly is destroyed',
    file: 'cli/smoke/destroy/run.ts',
    find: 'if (named !== name) {',
    replace: "if (named === '') {",
    tests: destroy,
    titles: 'names it twice',
  },
  {
    name: 'smoke: a stage that keeps its data is destroyed',
    file: 'cli/smoke/destroy/run.ts',
    find: "if (dataRemoval !== 'delete') {",
    replace: "if (dataRemoval === 'delete' && named === '') {",
    tests: destroy,
    titles: 'names it twice',
  },
  {
    name: 'smoke: data that is lost by a destroy without switches is not missed',
    file: 'cli/smoke/destroy/index.ts',
    find: 'const gone = before.filter((version) => !after.has(version));',
    replace: 'const gone = before.filter((version) => after.size === 0 && !after.has(version));',
    tests: destroy,
    titles: 'where a version of an object goes',
  },
  {
    name: 'smoke: a check that fails is no failure of the command',
    file: 'cli/smoke/main.ts',
    find: 'return failed > 0 ? 1 : 0;',
    replace: 'return failed > CHECKS.length ? 1 : 0;',
    tests: command,
    titles: 'functions that are Pending',
  },
  {
    name: 'smoke: rejected rows of others lie in a partition that is reserved',
    file: 'cli/smoke/reserve.ts',
    find: '    [buckets.quarantine, rejectedLinesPrefix(dataset, partition)],\n',
    replace: '',
    tests: command,
    titles: 'none in which anything lies',
  },
  {
    name: 'smoke: a smoke test begins while another is at work',
    file: 'cli/smoke/journal.ts',
    find: 'bodyOf(journal), { ifAbsent: true }',
    replace: 'bodyOf(journal)',
    tests: command,
    titles: 'while another is at work',
  },
];
