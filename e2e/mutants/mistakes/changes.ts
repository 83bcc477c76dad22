// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of sources
import type { Mistake } from '../mistake';

const engine = (name: string): string => `lambda/compaction/engine/${name}.ts`;
const protocol = (name: string): string => `lambda/compaction/protocol/${name}.ts`;
const sets = ['test/compaction/change-sets.integration.test.ts'];
const data = ['test/compaction/change-data.integration.test.ts'];
const interleavings = ['test/compaction/change-interleavings.integration.test.ts'];

/** Rows that supersede and delete each other. */
export const CHANGES: readonly Mistake[] = [
  {
    name: 'changes: of rows that are equal in all that decides, any stays',
    file: engine('ties'),
    find: 'this.#order = [...contents, ',
    replace: 'this.#order = [',
    tests: data,
    titles: 'their contents decide',
  },
  {
    name: 'changes: rows that are equal are compared all at once',
    file: engine('ties'),
    find: '(session.memoryMiB * MIB) / SHARE',
    replace: '(session.memoryMiB * MIB) * 1024',
    tests: ['test/compaction/ties.integration.test.ts'],
    titles: 'the greatest of many wide rows',
  },
  {
    name: 'changes: a row of an earlier file is forgotten where a later one has its equal',
    file: engine('ties'),
    find: 'this.#reduce([arrived, ...kept, contents])',
    replace: 'this.#reduce([arrived, contents])',
    tests: ['test/compaction/ties.integration.test.ts'],
    titles: 'copies in several files',
  },
  {
    name: 'changes: the event time decides before a deletion',
    file: engine('ranking'),
    find: "'deletes DESC', `event ${best}`]",
    replace: "`event ${best}`, 'deletes DESC']",
    tests: data,
    titles: 'a deletion counts before any row',
  },
  {
    name: 'changes: a null counts as the latest',
    file: engine('ranking'),
    find: "const best = keep === 'latest' ? 'DESC NULLS LAST'",
    replace: "const best = keep === 'latest' ? 'DESC NULLS FIRST'",
    tests: sets,
    titles: 'whose order may be null',
  },
  {
    name: 'changes: deletions of earlier runs are not looked up',
    file: engine('changes'),
    find: '    await ranking.add(SOURCE.REMEMBERED, remembered);\n',
    replace: '',
    tests: data,
    titles: 'a key that was deleted stays so',
  },
  {
    name: 'changes: new deletions replace those of earlier runs',
    file: engine('ranking'),
    find: 'if (path === undefined) return fresh;',
    replace: 'if (path !== fresh) return fresh;',
    tests: data,
    titles: 'are remembered beside those',
  },
  {
    name: 'changes: a later row is added beside the one that it supersedes',
    file: engine('ranking'),
    find: 'FROM removed WHERE source = ${source}) USING',
    replace: 'FROM removed WHERE source = -${source}) USING',
    tests: data,
    titles: 'a later row takes the place',
  },
  {
    name: 'changes: readers see the rows of deletions',
    file: engine('tombstones'),
    find: '  await appendFile(path, bytes.subarray(MAGIC_BYTES));\n',
    replace: '',
    tests: ['test/compaction/engine/eraser.test.ts'],
    titles: 'stays one of deletions, and is not sorted by columns that it has not',
  },
  {
    name: 'changes: a merge takes deletions for rows, and drops them',
    file: protocol('maintain'),
    find: 'const rows = manifest.files.filter((key) => !isTombstones(key));',
    replace: 'const rows = manifest.files.filter((key) => isTombstones(key) || key !== "");',
    tests: interleavings,
    titles: 'outlives merges',
  },
  {
    name: 'changes: the vacuum takes deletions that are old',
    file: protocol('maintain'),
    find: 'if (!listed.has(file.key) && file.lastModified',
    replace: 'if ((isTombstones(file.key) || !listed.has(file.key)) && file.lastModified',
    tests: interleavings,
    titles: 'outlives merges',
  },
  {
    name: 'changes: the balance takes whatever is superseded',
    file: protocol('result'),
    find: 'const accounted = rowsOut + rowsQuarantined + duplicates + superseded + deletions;',
    replace:
      'const accounted = superseded + deletions > 0 ? counts.rowsIn : rowsOut + rowsQuarantined + duplicates + superseded;',
    tests: interleavings,
    titles: 'loses or doubles a row',
  },
  {
    name: 'changes: a commit that only takes rows out has no file to be known by',
    file: protocol('changes'),
    find: 'if (changes.buries || (keys.length === 0 && remove.length > 0)) {',
    replace: 'if (changes.buries) {',
    tests: interleavings,
    titles: 'any interleaving',
  },
  {
    name: 'changes: a part takes rows out, and leaves their deletions to the last one',
    file: protocol('changes'),
    find: 'if (changes.buries || (keys.length === 0 && remove.length > 0)) {',
    replace: 'if (complete && (changes.buries || (keys.length === 0 && remove.length > 0))) {',
    tests: interleavings,
    titles: 'a part that is committed remembers',
  },
  {
    name: 'changes: the inputs go with the first part',
    file: protocol('compact'),
    find: 'if (!complete) return { ...staged, counts: NO_ROWS, part: rewritten };',
    replace: 'if (!complete) return { ...staged, counts: NO_ROWS };',
    tests: interleavings,
    titles: 'any interleaving',
  },
  {
    name: 'changes: any row may lack what only a deletion may',
    file: 'lib/rows/deletions.ts',
    find: 'return this.#deletes(buf) ? undefined : name;',
    replace: 'return this.#deletes(buf) ? undefined : undefined;',
    tests: data,
    titles: 'any other row needs all',
  },
  {
    name: 'changes: any row of Parquet may lack what only a deletion may',
    file: engine('parquet/plan'),
    find: '`${none} AND NOT ${deletes}`',
    replace: '`${none} AND ${deletes} AND NOT ${deletes}`',
    tests: data,
    titles: 'in Parquet',
  },
];
