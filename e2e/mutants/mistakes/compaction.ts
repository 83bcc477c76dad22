import type { Mistake } from '../mistake';

const folder = 'lambda/compaction';
const setAside = ['test/compaction/set-aside.test.ts'];

/** What is set aside, and times outside of their partition. */
export const COMPACTION: readonly Mistake[] = [
  {
    name: 'set aside: one run is enough',
    file: `${folder}/protocol/set-aside.ts`,
    find: 'const RUNS = 2;',
    replace: 'const RUNS = 1;',
    tests: setAside,
    titles: 'a real lake 403 AccessDenied',
  },
  {
    name: 'set aside: a role that may read nothing sets every object aside',
    file: `${folder}/protocol/set-aside.ts`,
    find: 'await assertReadable(this.#lake, ref, refused);',
    replace: '',
    tests: setAside,
    titles: 'when the role may',
  },
  {
    name: 'set aside: an object is never tried again',
    file: `${folder}/protocol/set-aside.ts`,
    find: "? 'waiting' : 'due'",
    replace: "? 'waiting' : 'waiting'",
    tests: setAside,
    titles: 'an object is set aside after two runs',
  },
  {
    name: 'set aside: what was taken in keeps its marks',
    file: `${folder}/protocol/set-aside.ts`,
    find: 'if (marks.length > 0) await this.#lake.store.deleteMatching(this.#lake.buckets.curated, marks);',
    replace: 'if (marks.length < 0) throw new Error();',
    tests: setAside,
    titles: 'an object is set aside after two runs',
  },
  {
    name: 'set aside: a repeat of one run counts as another',
    file: `${folder}/protocol/set-aside.ts`,
    find: "createHash('sha256').update(run)",
    replace: "createHash('sha256').update(run + randomUUID())",
    tests: setAside,
    titles: 'repeated within its run',
  },
  {
    name: 'event times: a time outside of its partition is not counted',
    file: `${folder}/engine/event-times.ts`,
    find: 'if (rows === 0) return undefined;',
    replace: 'if (rows >= 0) return undefined;',
    tests: ['test/compaction/event-times.test.ts'],
    titles: 'outside of a partition by day',
  },
  {
    name: 'event times: the tolerance is a week',
    file: `${folder}/engine/event-times.ts`,
    find: 'const TOLERANCE_MILLIS = 86_400_000;',
    replace: 'const TOLERANCE_MILLIS = 7 * 86_400_000;',
    tests: ['test/compaction/event-times.test.ts'],
    titles: 'outside of a partition by day',
  },
];
