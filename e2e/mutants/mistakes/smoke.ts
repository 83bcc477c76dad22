import type { Mistake } from '../mistake';

const destroy = ['cli/test/smoke/destroy.integration.test.ts'];

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
];
