import type { Mistake } from '../mistake';

const explore = 'test/compaction/explore/explore.integration.test.ts';
const engine = 'test/compaction/replay.integration.test.ts';
const verb = 'cli/test/verbs/replay.integration.test.ts';
const replay = 'lambda/compaction/protocol/replay.ts';
const source = 'lambda/compaction/protocol/replay-source.ts';
const quarantine = 'lambda/compaction/protocol/replay-quarantine.ts';

export const REPLAY: readonly Mistake[] = [
  {
    name: 'replay: committed transactions are not finished first',
    file: replay,
    find: 'const { manifest } = await readVersion(lake, ref).catch(notMalformed);',
    replace: 'const manifest = await readManifest(lake, ref);',
    tests: [engine],
    titles: 'not finished',
  },
  {
    name: 'replay: the manifest is read after what it is to hold',
    file: replay,
    find: 'const isDone = await commitVersion(lake, ref, manifest, files);',
    replace: 'const isDone = await commitVersion(lake, ref, await readManifest(lake, ref), files);',
    tests: [explore],
    titles: 'crashed:replay.compact',
  },
  {
    name: 'replay: a second attempt takes everything once more',
    file: replay,
    find: 'return this.#done.has(nameOfVersion(object));',
    replace: 'return this.#done.size < 0 && this.#done.has(nameOfVersion(object));',
    tests: [explore],
    titles: 'crashed:replay.compact',
  },
  {
    name: 'replay: transactions are converted together whatever that changes',
    file: replay,
    find: 'if (dataset.dedupe.key.length > 0 && !supersedes(dataset)) {',
    replace: 'if (dataset.dedupe.key.length > 99) {',
    tests: [engine],
    titles: 'of rows with one key',
  },
  {
    name: 'replay: files are not renewed before they are committed',
    file: replay,
    find: 'await rebuilt.renew();',
    replace: '',
    tests: [engine],
    titles: 'longer than the grace',
  },
  {
    name: 'replay: a lost file is taken for the one that is built',
    file: replay,
    find: 'const id = transactionId([], [], randomUUID());',
    replace: "const id = transactionId([], [], '');",
    tests: [engine],
    titles: 'every format',
  },
  {
    name: 'replay: what has expired is left out silently',
    file: replay,
    find: 'if (!incomplete && expired.length > 0) {',
    replace: 'if (!incomplete && expired.length > 1_000_000) {',
    tests: [engine],
    titles: 'raw versions are gone',
  },
  {
    name: 'replay: a history without its beginning is taken for the whole',
    file: replay,
    find: 'if (!incomplete && begins !== undefined) {',
    replace: 'if (!incomplete && begins !== undefined && transactions.length < 0) {',
    tests: [engine],
    titles: 'no record is kept',
  },
  {
    name: 'replay: objects that S3 does not return are left out',
    file: replay,
    find: 'if (first !== undefined) {',
    replace: 'if (first !== undefined && inputs.length < 0) {',
    tests: [engine],
    titles: 'pending again, and refused',
  },
  {
    name: 'replay: a record counts whether it was committed or not',
    file: source,
    find: 'const ids = [...new Set(committed.map(({ id }) => id))].filter((id) => records.has(id));',
    replace: 'const ids = [...records.keys()];',
    tests: [engine],
    titles: 'about to be committed',
  },
  {
    name: 'replay: what is pending again is read too',
    file: replay,
    find: 'if (again !== undefined) {',
    replace: 'if (again !== undefined && again.size < 0) {',
    tests: [engine],
    titles: 'pending again, and refused',
  },
  {
    name: 'replay: only the last version of an object is read',
    file: source,
    find: 'if (wanted.has(name)) found.set(name, version);',
    replace:
      'if (wanted.has(name) && ![...found.values()].some(({ key }) => key === version.key)) found.set(name, version);',
    tests: [engine],
    titles: 'a producer overwrote',
  },
  {
    name: 'replay: what is in quarantine may be in the table too',
    file: quarantine,
    find: 'if (accepted.length > 0) {',
    replace: 'if (accepted.length > 1_000_000) {',
    tests: [engine],
    titles: 'what is in quarantine stays',
  },
  {
    name: 'replay: what was retried goes to quarantine once more',
    file: quarantine,
    find: 'missing.push(...without(input, entries.flat()));',
    replace: 'missing.push(...without(input, []));',
    tests: [verb],
    titles: 'put back from quarantine',
  },
  {
    name: 'replay: what does not fit any more is dropped',
    file: quarantine,
    find: 'await quarantine(this.#lake, this.#ref, missing, true);',
    replace: 'await quarantine(this.#lake, this.#ref, [], true);',
    tests: [engine],
    titles: 'do not fit any more',
  },
  {
    name: 'replay: a partition without current objects is not found',
    file: 'cli/verbs/replay/partitions.ts',
    find: "names.add(key.slice(root.length, Math.max(root.length, key.lastIndexOf('/'))));",
    replace: 'key.slice(root.length);',
    tests: [verb],
    titles: 'its files, or both',
  },
];
