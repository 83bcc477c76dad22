import type { Mistake } from '../mistake';

const explore = 'test/compaction/explore/explore.integration.test.ts';
const verb = 'cli/test/verbs/erase.integration.test.ts';
const formats = 'cli/test/verbs/erase-formats.integration.test.ts';
const keys = 'cli/test/verbs/erase-keys.test.ts';
const protocol = 'lambda/compaction/protocol/erase.ts';
const erasures = 'lambda/compaction/protocol/erasures.ts';
const replay = 'lambda/compaction/protocol/replay.ts';

export const ERASE: readonly Mistake[] = [
  {
    name: 'erase: files that a merge replaced stay for the grace',
    file: protocol,
    find: 'const left = young.filter(({ key }) => !listedBefore.has(key));',
    replace: 'const left = young.filter(({ key }) => !listedBefore.has(key.slice(1)));',
    tests: [verb],
    titles: 'a merge replaced',
  },
  {
    name: 'erase: a restore does not notice an erase that began after it',
    file: 'lambda/compaction/protocol/restore.ts',
    find: 'if (!sameErasures(await since(), erasures)) return undefined;',
    replace: '',
    tests: [explore],
    titles: 'recanted:eraseThird',
  },
  {
    name: 'erase: a restore copies what was erased',
    file: 'lambda/compaction/protocol/restore.ts',
    find: 'if (eraser !== undefined && (await eraser.count(file)) > 0)',
    replace: 'if (eraser !== undefined && (await eraser.count(file)) < 0)',
    tests: [explore],
    titles: 'recanted:eraseThird',
  },
  {
    name: 'erase: a file that an active run may commit is deleted',
    file: protocol,
    find: 'const young = unlisted.filter(({ lastModified }) => lastModified.getTime() >= before);',
    replace: 'const young = unlisted.filter(({ lastModified }) => lastModified.getTime() >= before && before < 0);',
    tests: [verb],
    titles: 'no manifest lists',
  },
  {
    name: 'erase: a replay brings back what was erased',
    file: replay,
    find: 'const own = rebuilt.erasures.filter(({ at }) => at >= transaction.at);',
    replace: 'const own = rebuilt.erasures.filter(({ at }) => at < new Date(0) && at >= transaction.at);',
    tests: [verb],
    titles: 'a replay leaves out',
  },
  {
    name: 'erase: a replay leaves out what came later too',
    file: replay,
    find: 'const own = rebuilt.erasures.filter(({ at }) => at >= transaction.at);',
    replace: 'const own = rebuilt.erasures;',
    tests: [verb],
    titles: 'a replay leaves out',
  },
  {
    name: 'erase: a replay does not notice an erase that began after it',
    file: replay,
    find: 'if (!sameErasures(await readErasures(lake, ref), erasures)) return undefined;',
    replace: '',
    tests: [explore],
    titles: 'withdrawn:eraseThird',
  },
  {
    name: 'erase: a replay puts erased lines back into quarantine',
    file: replay,
    find: 'rejected: input.rejected.filter(({ raw }) => !isErased(raw, input.key)),',
    replace: 'rejected: input.rejected.filter(({ raw }) => !isErased(Buffer.alloc(0), input.key)),',
    tests: [verb],
    titles: 'a replay leaves out',
  },
  {
    name: 'erase: the record is not written again at the end',
    file: 'cli/verbs/erase/verb.ts',
    find: 'const record = mayChange ? await keep({ rows, lines, left: left.length }) : null;',
    replace: 'const record = mayChange ? await Promise.resolve(String(rows)) : null;',
    tests: [verb],
    titles: 'a replay leaves out',
  },
  {
    name: 'erase: the record has the keys themselves',
    file: erasures,
    find: 'const digests = (all: readonly string[]): string[] => [...new Set(all)].map((text) => digestOf(salt, text)).sort();',
    replace: 'const digests = (all: readonly string[]): string[] => [...new Set(all)].sort();',
    tests: [verb],
    titles: 'a replay leaves out',
  },
  {
    name: 'erase: decimals are compared by how they are written',
    file: 'lambda/compaction/engine/erasure-sql.ts',
    find: 'return type.scale === 0 ?',
    replace: 'return type.scale >= 0 ?',
    tests: [keys],
    titles: 'price',
  },
  {
    name: 'erase: a key within a word is taken for the key',
    file: 'lambda/compaction/protocol/key-text.ts',
    find: 'if (start > 0 && inWord[start - 1] === 1) continue;',
    replace: '',
    tests: [keys],
    titles: 'does not stand in',
  },
  {
    name: 'erase: lines that cannot be told are said to be of no key',
    file: 'cli/verbs/erase/lines.ts',
    find: 'return this.doubt === undefined ? false : undefined;',
    replace: 'return false;',
    tests: [formats],
    titles: 'carry',
  },
  {
    name: 'erase: escapes of other writers are not understood',
    file: 'lambda/compaction/protocol/key-text.ts',
    find: '[before, now] = [now, unescaped(now)]',
    replace: '[before, now] = [now, now]',
    tests: [formats],
    titles: 'json_escapes',
  },
  {
    name: 'erase: a key of the path is looked for in lines',
    file: 'cli/verbs/erase/lines.ts',
    find: 'if (given !== undefined) return this.#values.has(given);',
    replace: '',
    tests: [formats],
    titles: 'layout_column',
  },
  {
    name: 'erase: rows that were erased end a replay by a check',
    file: 'lambda/compaction/engine/row-checks.ts',
    find: "check.onFail === 'fail' ? { ...check, unless: erased } : check",
    replace: "check.onFail === 'warn' ? { ...check, unless: erased } : check",
    tests: [formats],
    titles: 'a check that came later',
  },
  {
    name: 'erase: a damaged object in quarantine has no key',
    file: 'cli/verbs/erase/quarantine.ts',
    find: 'if (error instanceof UnreadableObjectError) return undefined;',
    replace: 'if (error instanceof UnreadableObjectError) return Buffer.alloc(0);',
    tests: [formats],
    titles: 'cut off',
  },
];
