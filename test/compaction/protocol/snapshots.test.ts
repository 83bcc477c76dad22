/** What the vacuum knows of the snapshots of an Iceberg table: when it does not know, files stay. */
import type { Manifest } from '../../../lambda/compaction/protocol/manifest';
import {
  maySnapshotsListMore,
  readSnapshotsSince,
  storeSnapshotsSince,
} from '../../../lambda/compaction/protocol/snapshots';
import { MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const KEY = 'iceberg/events/published.json';
const table = testDataset({ iceberg: true });
const ref = { dataset: table, partition: PARTITION };
let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});

test('it is stored, and read again', async () => {
  await storeSnapshotsSince(lake, table, 5);
  expect(lake.text('curated', KEY)).toBe('{"readSince":5}');
  expect(await readSnapshotsSince(lake, table)).toBe(5);
});

test.each([
  ['earlier', 4],
  ['equal', 5],
])('an %s time does not replace it', async (_, time) => {
  await storeSnapshotsSince(lake, table, 5);
  lake.operations.length = 0;
  await storeSnapshotsSince(lake, table, time);
  expect(lake.did('put')).toEqual([]);
});

test('a later one does', async () => {
  await storeSnapshotsSince(lake, table, 5);
  await storeSnapshotsSince(lake, table, 6);
  expect(await readSnapshotsSince(lake, table)).toBe(6);
});

test.each(['{"readSince":"5"}', '{}', 'null', '5', '', 'no JSON', '{"readSince":null}'])(
  'what says nothing, %p, is no time, and is replaced',
  async (text) => {
    lake.put('curated', KEY, text);
    expect(await readSnapshotsSince(lake, table)).toBeUndefined();
    await storeSnapshotsSince(lake, table, 1);
    expect(await readSnapshotsSince(lake, table)).toBe(1);
  },
);

test('nothing was published: there is no time', async () => {
  expect(await readSnapshotsSince(lake, table)).toBeUndefined();
});

describe('snapshots may list more than a manifest', () => {
  const written = (time: number | undefined): Manifest => ({
    files: [],
    etag: '"e"',
    lastModified: time === undefined ? undefined : new Date(time),
  });

  test.each([
    ['written before all of them', 99, 100, false],
    ['as old as the oldest', 100, 100, true],
    ['that is newer', 101, 100, true],
    ['when nobody knows of snapshots', 99, undefined, true],
    ['when there is none', undefined, 100, true],
  ])('%s', async (_, time, since, wanted) => {
    if (since !== undefined) await storeSnapshotsSince(lake, table, since);
    expect(await maySnapshotsListMore(lake, ref, written(time))).toBe(wanted);
  });

  test('not of a dataset that is no Iceberg table, and nothing is read to find out', async () => {
    expect(await maySnapshotsListMore(lake, { ...ref, dataset: testDataset() }, written(undefined))).toBe(false);
    expect(lake.operations).toEqual([]);
  });
});
