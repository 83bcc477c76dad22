import type { Mistake } from '../mistake';

const folder = 'lambda/compaction';
const downloads = ['test/compaction/downloads.test.ts'];
const setAside = ['test/compaction/set-aside.test.ts'];

/** Downloads, what is set aside, times outside of their partition, names, calendar. */
export const COMPACTION: readonly Mistake[] = [
  {
    name: 'downloads: the response of a download that was given up stays open',
    file: `${folder}/download/response.ts`,
    find: '    body?.destroy();\n',
    replace: '',
    tests: downloads,
    titles: 'refused before its end is read a CSV',
  },
  {
    name: 'downloads: a body that comes byte by byte is waited for',
    file: `${folder}/limits/transfer-watch.ts`,
    find: 'if (this.#bytes < LEAST_BYTES) {',
    replace: 'if (this.#bytes === 0) {',
    tests: downloads,
    titles: 'byte by byte',
  },
  {
    name: 'downloads: what a body is, is told from its first piece, however short',
    file: `${folder}/download/response.ts`,
    find: 'const MAGIC_BYTES = 4;',
    replace: 'const MAGIC_BYTES = 0;',
    tests: downloads,
    titles: 'in pieces of one byte',
  },
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
    titles: 'a real lake 403 AccessDenied',
  },
  {
    name: 'set aside: what was taken in keeps its marks',
    file: `${folder}/protocol/set-aside.ts`,
    find: 'if (marks.length > 0) await this.#lake.store.deleteMatching(this.#lake.buckets.curated, marks);',
    replace: 'if (marks.length < 0) throw new Error();',
    tests: setAside,
    titles: 'a real lake 403 AccessDenied',
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
  {
    name: 'rows: a name of another case ends as a null',
    file: `${folder}/lines/likeness.ts`,
    find: "name.normalize('NFKC').toLowerCase()",
    replace: "name.normalize('NFKC')",
    tests: ['test/lines/look-alikes.test.ts'],
  },
  {
    name: 'rows: a name without its underscore ends as a null',
    file: `${folder}/lines/likeness.ts`,
    find: '[_.',
    replace: '[.',
    tests: ['test/lines/look-alikes.test.ts'],
  },
  {
    name: 'rows: 29 February 1900 is accepted',
    file: `${folder}/lines/calendar.ts`,
    find: '(year % 100 !== 0 || year % 400 === 0)',
    replace: 'year > 0',
    tests: ['test/lines/rules.test.ts'],
  },
  {
    name: 'rows: records over several lines are rejected line by line',
    file: `${folder}/lines/spanning.ts`,
    find: "if (this.#state === 'open' && this.#lines === LINES_THAT_TELL) throw this.#spanning();",
    replace: "if (this.#state === 'open' && this.#lines === LINES_THAT_TELL) this.#state = 'decided';",
    tests: ['test/lines/spanning.test.ts'],
  },
];
