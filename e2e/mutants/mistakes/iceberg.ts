import type { Mistake } from '../mistake';

const explore = 'test/compaction/explore/explore.integration.test.ts';
const published = 'test/iceberg/publish.test.ts';
const publish = 'lambda/iceberg/publish.ts';
const snapshots = 'lambda/compaction/protocol/snapshots.ts';

/** The table that follows the manifests, and what the vacuum must know about it. */
export const ICEBERG: readonly Mistake[] = [
  {
    name: 'iceberg: the vacuum deletes what a snapshot lists',
    file: 'lambda/compaction/protocol/maintain.ts',
    find: 'if (old.length > 0 && (await maySnapshotsListMore(lake, ref, manifest))) old.length = 0;',
    replace: 'void maySnapshotsListMore;',
    tests: [explore],
    titles: 'iceberg-behind:maintain.queryCurrent',
  },
  {
    name: 'iceberg: the vacuum asks the current snapshot only',
    file: publish,
    find: 'Math.min(now - CLOCK_MARGIN_MS, ...snapshots.slice(0, -1).map(readAt))',
    replace: 'now - CLOCK_MARGIN_MS',
    tests: [explore],
    titles: 'iceberg-caught:publish.maintain',
  },
  {
    name: 'iceberg: the vacuum is told before the commit',
    file: publish,
    find: 'const result = await catalog.replace',
    replace: 'await storeSnapshotsSince(lake, dataset, outcome.readSince);\n  const result = await catalog.replace',
    tests: [explore],
    titles: 'iceberg-passed:publish.maintain',
  },
  {
    name: 'iceberg: a manifest that is gone is an old one',
    file: snapshots,
    find: 'written === undefined || written >= since',
    replace: '(written ?? 0) >= since',
    tests: [explore],
    titles: 'iceberg-bereft:publish.maintain',
  },
  {
    name: 'iceberg: without a publication the vacuum deletes what it likes',
    file: snapshots,
    find: 'return since === undefined ||',
    replace: 'if (since === undefined) return false;\n  return',
    tests: [explore],
    titles: 'iceberg-untold:maintain.queryCurrent',
  },
  {
    name: 'iceberg: a snapshot counts as read when it was written',
    file: publish,
    find: '[READ_AT]: String(now -',
    replace: '[READ_AT]: String(lake.now().getTime() -',
    tests: [explore],
    titles: 'iceberg-growing:publish.merge',
  },
  {
    name: 'iceberg: an erase deletes what a snapshot lists',
    file: 'lambda/compaction/protocol/erase.ts',
    find: 'if (ref.dataset.iceberg !== true) {',
    replace: 'if (listed.length >= 0) {',
    tests: [explore],
    titles: 'iceberg-behind:erase.publish',
  },
  {
    name: 'iceberg: clocks agree',
    file: publish,
    find: 'CLOCK_MARGIN_MS = 60_000',
    replace: 'CLOCK_MARGIN_MS = 0',
    tests: [published],
    titles: 'more than clocks differ',
  },
  {
    name: 'iceberg: metadata of attempts under way is deleted',
    file: publish,
    find: 'removeUnused(files, published, uri, STATE, now - grace)',
    replace: 'removeUnused(files, published, uri, STATE, Number.POSITIVE_INFINITY)',
    tests: [explore],
    titles: 'iceberg-passed:publish.compactAndPublish',
  },
  {
    name: 'iceberg: manifests that a later snapshot took over expire with their own',
    file: 'lambda/iceberg/expire.ts',
    find: '    ...decodeManifestList(list).map((manifest) => manifest.manifest_path),\n',
    replace: '',
    tests: [published],
    titles: 'random history',
  },
  {
    name: 'iceberg: metadata that was current until now is deleted',
    file: 'lib/iceberg/metadata.ts',
    find: "(log[index + 1]?.['timestamp-ms'] ?? change.now) >= change.logSince",
    replace: "(log[index]?.['timestamp-ms'] ?? 0) >= change.logSince",
    tests: [published],
    titles: 'until they expire',
  },
  {
    name: 'iceberg: an attempt takes files of an earlier one, which are about to be deleted',
    file: publish,
    find: ', state, String(now));',
    replace: ', state);',
    tests: [published],
    titles: 'of an attempt that failed',
  },
  {
    name: 'iceberg: snapshots of someone else are kept',
    file: publish,
    find: '.filter((snapshot) => readAt(snapshot) > 0 && snapshot.summary[STATE] !== undefined)',
    replace: '.filter(() => true)',
    tests: [published],
    titles: 'of someone else',
  },
];
